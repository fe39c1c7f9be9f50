"""`milwire backup`: what a user sees; storage/integrity/test_backup.py tests the copy itself."""

import json
from pathlib import Path

from tests.support.cli import read_only_error, read_output, run_here
from tests.support.sample_database import make_sample


def test_a_backup_says_what_it_holds_and_how_to_use_it(tmp_path: Path) -> None:
    make_sample(tmp_path / "milwire.db").close()
    shown = read_output(run_here("backup", "copy", cwd=tmp_path))
    assert "7 revisions, 7 captures" in shown
    assert "use it with: milwire status --db copy/milwire.db" in shown
    assert run_here("verify", "--db", "copy/milwire.db", cwd=tmp_path).code == 0


def test_json_has_the_counts(tmp_path: Path) -> None:
    make_sample(tmp_path / "milwire.db").close()
    made = json.loads(read_output(run_here("backup", "copy", "--json", cwd=tmp_path)))
    assert (made["revisions"], made["captures"], made["database"]) == (7, 7, "milwire.db")


def test_a_folder_that_exists_is_left_alone(tmp_path: Path) -> None:
    make_sample(tmp_path / "milwire.db").close()
    (tmp_path / "copy").mkdir()
    assert "already exists" in read_only_error(run_here("backup", "copy", cwd=tmp_path), 1)


def test_without_a_database_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    assert "no database" in read_only_error(run_here("backup", "copy", cwd=tmp_path), 1)
    assert not (tmp_path / "copy").exists()
