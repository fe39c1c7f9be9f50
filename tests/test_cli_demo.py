"""`milwire demo`: the whole path in seconds, as often as wanted, and nobody else's files are touched."""

import json
import time
from pathlib import Path

from tests.command_line import here


def test_the_demo_shows_the_whole_path_in_time_and_can_be_repeated(tmp_path: Path) -> None:
    for _ in range(2):
        started = time.monotonic()
        ran = here("demo", cwd=tmp_path)
        assert (ran.code, ran.err) == (0, "")
        assert time.monotonic() - started < 30
        assert "published" in ran.out
        assert "훈련" in ran.out
        assert "milwire browse --db milwire-demo/milwire.db" in ran.out
        assert "programs and one cap" in ran.out  # the silent edit, in words
        assert "last seen 2025-03-07 14:00 UTC; first absent 2025-03-09 14:00 UTC; 3 looks" in ran.out
        assert "changed meanwhile; quote" in ran.out
        assert "delete" not in ran.out
    kinds = [json.loads(line)["kind"] for line in stored_events(tmp_path)]
    assert [kinds.count(kind) for kind in ("published", "edited", "removed", "returned")] == [3, 2, 2, 1]
    assert kinds.count("found") > 30


def test_a_folder_that_no_demo_made_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "milwire-demo"
    folder.mkdir()
    (folder / "milwire.db").write_text("mine")
    ran = here("demo", cwd=tmp_path)
    assert ran.code == 1
    assert ran.err.count("\n") == 1
    assert (folder / "milwire.db").read_text() == "mine"


def stored_events(folder: Path) -> list[str]:
    return here("events", "--json", "--db", "milwire-demo/milwire.db", cwd=folder).out.splitlines()
