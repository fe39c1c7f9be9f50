"""`milwire import`: responses from WARC files."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from simulator import Served
from storage.store import Store
from tests.crawler.cli.conftest import SITE
from tests.support.cli import CommandResult, read_error, read_only_error, run_here
from tests.support.paths import ROOT


def test_an_import_of_our_own_captures_finds_the_same_releases(
    newsroom: tuple[Served, Path, CommandResult], tmp_path: Path
) -> None:
    served, folder, _ = newsroom
    store = Store.open(tmp_path / "milwire.db")
    for source in served.site(SITE).sources:
        store.save_source(source)
    store.close()
    for archive in sorted((folder / "milwire.db.warc").iterdir()):
        assert run_here("import", archive, "--json", cwd=tmp_path).code == 0
    before = run_here("export", cwd=folder).out.splitlines()
    after = run_here("export", cwd=tmp_path).out.splitlines()
    hashes = [sorted(json.loads(line)["content_hash"] for line in lines) for lines in (before, after)]
    assert hashes[0] == hashes[1]
    again = json.loads(run_here("import", archive, "--json", cwd=tmp_path).out)
    assert again["events"] == {}


def test_an_import_counts_what_belongs_to_no_newsroom(
    newsroom: tuple[Served, Path, CommandResult], tmp_path: Path
) -> None:
    _, folder, _ = newsroom
    archive = next((folder / "milwire.db.warc").iterdir())
    told = json.loads(run_here("import", archive, "--json", cwd=tmp_path).out)
    assert told["looks"] == {}
    assert told["skipped"]["not on the site of a newsroom"] > 10


def age_database(folder: Path) -> None:
    """Give a database the steps that a milwire before its first release left in it."""
    with closing(sqlite3.connect(folder / "milwire.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("UPDATE _sqlite_migrations SET name = 'spine' WHERE name = 'create_initial_schema'")
        db.commit()


def run_shell(command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a line as a person pastes it into a shell."""
    script = f'milwire() {{ "{sys.executable}" -m crawler.cli "$@"; }}; {command}'
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        ["bash", "-c", script], cwd=cwd, env=env, capture_output=True, text=True, timeout=120, check=False
    )


def test_an_old_database_is_refused_with_the_import_that_keeps_its_captures(
    newsroom: tuple[Served, Path, CommandResult], tmp_path: Path
) -> None:
    served, folder, _ = newsroom
    old = tmp_path / "my news"
    shutil.copytree(folder, old)
    age_database(old)
    before = (old / "milwire.db").read_bytes()
    line = read_only_error(run_here("status", cwd=old), code=1)
    assert "made before the first release" in line
    assert (old / "milwire.db").read_bytes() == before
    store = Store.open(old / "new-milwire.db")
    for source in served.site(SITE).sources:
        store.save_source(source)
    store.close()
    done = run_shell(line[line.index("milwire import") :], cwd=old)
    assert (done.returncode, done.stderr) == (0, "")
    releases = [
        [json.loads(row)["content_hash"] for row in run_here("export", "--db", db).out.splitlines()]
        for db in (folder / "milwire.db", old / "new-milwire.db")
    ]
    assert sorted(releases[0]) == sorted(releases[1])
    assert releases[0]


def test_of_several_files_one_that_cannot_be_read_is_a_failure(
    newsroom: tuple[Served, Path, CommandResult], tmp_path: Path
) -> None:
    _, folder, _ = newsroom
    (archive, *_) = sorted((folder / "milwire.db.warc").iterdir())
    (tmp_path / "torn.warc.gz").touch()
    ran = run_here("import", tmp_path / "torn.warc.gz", archive, "--json", cwd=tmp_path)
    counts = json.loads(ran.out)
    assert (ran.code, counts["failures"]) == (1, [f"{tmp_path}/torn.warc.gz: no WARC record in it"])
    assert counts["skipped"]["not on the site of a newsroom"] > 10
    alone = run_here("import", tmp_path / "torn.warc.gz", cwd=tmp_path)
    assert read_error(alone).endswith("torn.warc.gz: no WARC record in it")
