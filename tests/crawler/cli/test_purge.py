"""`milwire purge` as a person types it."""

import subprocess
import sys
from pathlib import Path

import pytest

from storage.archive.writer import get_archive_folder
from storage.store import Store
from tests.support.cli import read_error, run_apart, run_here
from tests.support.paths import ROOT
from tests.support.sample_database import make_sample

RELEASE = "https://www.korea.mil/News/Article/101/made-up/"


@pytest.fixture
def db(tmp_path: Path) -> Path:
    make_sample(tmp_path / "milwire.db").close()
    return tmp_path / "milwire.db"


def counted(db: Path, table: str) -> int:
    store = Store.open(db, read_only=True)
    try:
        return store.db.table(table).count
    finally:
        store.close()


def change(db: Path, sql: str) -> None:
    store = Store.open(db)
    store.db.execute(sql)
    store.close()


def test_a_purge_asks_first_and_no_is_no(db: Path) -> None:
    before = run_here("show", "1", "--json", "--db", db).out
    ran = run_apart("purge", RELEASE, "--why", "safety", "--db", db, cwd=db.parent, stdin=b"n\n")
    assert "nothing was purged" in read_error(ran)
    assert "cannot be undone" in ran.out
    assert run_here("show", "1", "--json", "--db", db).out == before


def test_a_purge_without_an_answer_is_no(db: Path) -> None:
    ran = run_apart("purge", RELEASE, "--why", "safety", "--db", db, cwd=db.parent)
    assert "nothing was purged" in read_error(ran)


def test_a_purge_that_is_allowed_removes_and_verifies(db: Path) -> None:
    ran = run_apart("purge", RELEASE, "--why", "safety", "--db", db, cwd=db.parent, stdin=b"y\n")
    assert (ran.code, ran.out.splitlines()[-1]) == (
        0,
        "purged and recorded in the ledger; `milwire verify` still passes",
    )
    ran = run_here("verify", "--db", db)
    assert (ran.code, "were purged; only their digests are left" in ran.out) == (0, True)


def test_a_purge_names_the_copies_that_stay(db: Path) -> None:
    ran = run_here("purge", RELEASE, "--why", "safety", "--yes", "--db", db)
    assert ran.code == 0
    assert "stays, because it is another posting of the same release: https://www.japan.mil/" in ran.err
    assert run_here("search", "troops", "--db", db).out.count("www.japan.mil")


def test_a_purge_of_what_was_purged_is_done_already(db: Path) -> None:
    for _ in range(2):
        assert run_here("purge", RELEASE, "--why", "safety", "--yes", "--db", db).code == 0
    store = Store.open(db, read_only=True)
    assert store.db.execute("SELECT count(*) FROM events WHERE kind = 'purged'").fetchone()[0] == 1
    store.close()


def test_a_name_that_is_no_ones_or_several_is_refused(db: Path) -> None:
    assert "no posting 999" in read_error(run_here("purge", "999", "--why", "x", "--yes", "--db", db))
    assert "matches 2 postings" in read_error(run_here("purge", "101", "--why", "x", "--yes", "--db", db))


def test_a_purge_needs_a_reason(db: Path) -> None:
    read_error(run_here("purge", RELEASE, "--yes", "--db", db), 2)
    read_error(run_here("purge", RELEASE, "--why", " ", "--yes", "--db", db), 2)


KILLED = """
import sys
from pathlib import Path
from storage import archive
from crawler.cli import run_command_line

def killed(*_):
    import os
    os._exit(9)

setattr(sys.modules[sys.argv[1]], sys.argv[2], killed)
run_command_line(["purge", sys.argv[3], "--why", "safety", "--yes", "--db", sys.argv[4]])
"""


@pytest.mark.parametrize(
    ("module", "function"),
    [
        ("storage.db.ledger", "append_event"),
        ("storage.archive.writer", "erase_capture"),
        ("storage.integrity.purge", "_rebuild_database"),
        ("storage.integrity.orphans", "find_orphans"),
    ],
)
def test_a_purge_killed_anywhere_is_whole_or_not_at_all(db: Path, module: str, function: str) -> None:
    arguments = [sys.executable, "-c", f"import storage.store\n{KILLED}", module, function, RELEASE, str(db)]
    root = ROOT
    done = subprocess.run(arguments, cwd=root, capture_output=True, timeout=60, check=False)
    assert done.returncode == 9, done.stderr
    Store.open(db).close()  # what any command that writes does first
    assert run_here("verify", "--db", db).code == 0
    left = [
        path.read_bytes()
        for path in (*db.parent.glob("milwire.db*"), *get_archive_folder(db).glob("*"))
        if path.is_file()
    ]
    told = run_here("events", "--json", "--db", db).out
    assert ("Exercise ends" in told) == ('"purged"' not in told) == any(b"1,250" in one for one in left)
