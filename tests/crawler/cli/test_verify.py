"""`milwire verify` and `purge` as a person types them."""

import json
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.parsing import reader
from storage.archive.writer import folder_of
from storage.models import Address, Confidence, Look, Page, Role, Source, Verdict
from storage.store import Store
from tests.support.cli import Ran, apart, here
from tests.support.paths import PAGES, ROOT
from tests.support.sample_database import FIRST, filled

RELEASE = "https://www.korea.mil/News/Article/101/made-up/"


@pytest.fixture
def db(tmp_path: Path) -> Path:
    filled(tmp_path / "milwire.db").close()
    return tmp_path / "milwire.db"


def failed(ran: Ran, code: int = 1) -> str:
    """Return the one line that a command failed with."""
    assert ran.code == code, ran
    assert ran.err.splitlines()[-1].startswith("milwire: ")
    assert "Traceback" not in ran.err
    return ran.err.splitlines()[-1]


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


# --- verify ---


def test_a_whole_database_is_said_with_counts(db: Path) -> None:
    ran = here("verify", "--db", db)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"whole: {counted(db, 'events')} events, 7 revisions, 7 captures (")


def test_the_first_bad_row_is_named_in_one_line(db: Path) -> None:
    change(db, "UPDATE revisions SET body = body || ' ' WHERE id = 3")
    assert failed(here("verify", "--db", db)) == "milwire: revision 3: text or digest is not what was written"


def test_machines_get_the_outcome_and_the_exit_code(db: Path) -> None:
    told = json.loads(here("verify", "--json", "--db", db).out)
    assert (told["ok"], told["problem"], told["events"], told["checkpoint"]) == (
        True,
        None,
        counted(db, "events"),
        None,
    )
    change(db, "UPDATE events SET kind = 'edited' WHERE id = 1")
    ran = here("verify", "--json", "--db", db)
    told = json.loads(ran.out)
    assert (ran.code, told["ok"], told["problem"]) == (1, False, "event 1: kind is not what was written")


def test_a_checkpoint_is_written_once_and_checked_from_then_on(db: Path, tmp_path: Path) -> None:
    file, count = tmp_path / "head.json", counted(db, "events")
    assert f"head written to {file}: event {count}" in here("verify", "--checkpoint", file, "--db", db).out
    written = file.read_bytes()
    ran = here("verify", "--checkpoint", file, "--db", db)
    assert "the chain still contains the head" in ran.out
    assert f"event {count} of {count}" in ran.out
    assert file.read_bytes() == written


def test_a_chain_that_lost_the_head_of_a_checkpoint_fails(db: Path, tmp_path: Path) -> None:
    file = tmp_path / "head.json"
    file.write_text(json.dumps({"events": 99, "hash": "0" * 64, "at": "2026-01-01T00:00:00Z"}))
    assert "cut off since" in failed(here("verify", "--checkpoint", file, "--db", db))
    file.write_text(json.dumps({"events": 2, "hash": "0" * 64, "at": "2026-01-01T00:00:00Z"}))
    assert "rewritten since" in failed(here("verify", "--checkpoint", file, "--db", db))
    told = json.loads(here("verify", "--checkpoint", file, "--json", "--db", db).out)
    assert (told["ok"], told["checkpoint"]["is_new"]) == (False, False)


def test_no_checkpoint_is_written_of_a_damaged_database(db: Path, tmp_path: Path) -> None:
    change(db, "UPDATE events SET kind = 'edited' WHERE id = 1")
    failed(here("verify", "--checkpoint", tmp_path / "head.json", "--db", db))
    assert not (tmp_path / "head.json").exists()


def test_what_is_no_checkpoint_is_left_as_it_is(db: Path, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    assert "no checkpoint" in failed(here("verify", "--checkpoint", file, "--db", db))
    assert file.read_text() == "mine"


WORDS = (("verify",), ("purge", "101", "--why", "safety", "--yes"), ("reparse",))


@pytest.mark.parametrize("words", WORDS)
def test_where_there_is_no_database_none_is_made(words: tuple[str, ...], tmp_path: Path) -> None:
    failed(here(*words, "--db", tmp_path / "none.db"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", WORDS)
def test_a_foreign_database_is_left_as_it_is(words: tuple[str, ...], tmp_path: Path) -> None:
    db = tmp_path / "other.db"
    foreign = sqlite3.connect(db)
    foreign.execute("CREATE TABLE theirs (x)")
    foreign.close()
    before = db.read_bytes()
    failed(here(*words, "--db", db))
    assert db.read_bytes() == before


# --- purge ---


def test_a_purge_asks_first_and_no_is_no(db: Path) -> None:
    before = here("show", "1", "--json", "--db", db).out
    ran = apart("purge", RELEASE, "--why", "safety", "--db", db, cwd=db.parent, stdin=b"n\n")
    assert "nothing was purged" in failed(ran)
    assert "Nothing brings them back" in ran.out
    assert here("show", "1", "--json", "--db", db).out == before


def test_a_purge_without_an_answer_is_no(db: Path) -> None:
    ran = apart("purge", RELEASE, "--why", "safety", "--db", db, cwd=db.parent)
    assert "nothing was purged" in failed(ran)


def test_a_purge_that_is_allowed_removes_and_verifies(db: Path) -> None:
    ran = apart("purge", RELEASE, "--why", "safety", "--db", db, cwd=db.parent, stdin=b"y\n")
    assert (ran.code, ran.out.splitlines()[-1]) == (
        0,
        "purged; the ledger says so, and `milwire verify` still holds",
    )
    ran = here("verify", "--db", db)
    assert (ran.code, "they were purged" in ran.out) == (0, True)


def test_a_purge_names_the_copies_that_stay(db: Path) -> None:
    ran = here("purge", RELEASE, "--why", "safety", "--yes", "--db", db)
    assert ran.code == 0
    assert "stays, as it is another posting of the same release: https://www.japan.mil/" in ran.err
    assert here("search", "troops", "--db", db).out.count("www.japan.mil")


def test_a_purge_of_what_was_purged_is_done_already(db: Path) -> None:
    for _ in range(2):
        assert here("purge", RELEASE, "--why", "safety", "--yes", "--db", db).code == 0
    store = Store.open(db, read_only=True)
    assert store.db.execute("SELECT count(*) FROM events WHERE kind = 'purged'").fetchone()[0] == 1
    store.close()


def test_a_name_that_is_no_ones_or_several_is_refused(db: Path) -> None:
    assert "no posting 999" in failed(here("purge", "999", "--why", "x", "--yes", "--db", db))
    assert "names 2 postings" in failed(here("purge", "101", "--why", "x", "--yes", "--db", db))


def test_a_purge_needs_a_reason(db: Path) -> None:
    failed(here("purge", RELEASE, "--yes", "--db", db), 2)
    failed(here("purge", RELEASE, "--why", " ", "--yes", "--db", db), 2)


KILLED = """
import sys
from pathlib import Path
from storage import archive
from crawler.cli import run

def killed(*_):
    import os
    os._exit(9)

setattr(sys.modules[sys.argv[1]], sys.argv[2], killed)
run(["purge", sys.argv[3], "--why", "safety", "--yes", "--db", sys.argv[4]])
"""


@pytest.mark.parametrize(
    ("module", "function"),
    [
        ("storage.db.ledger", "append"),
        ("storage.archive.writer", "erase"),
        ("storage.integrity.purge", "_wash"),
        ("storage.integrity.orphans", "strays"),
    ],
)
def test_a_purge_killed_anywhere_is_whole_or_not_at_all(db: Path, module: str, function: str) -> None:
    arguments = [sys.executable, "-c", f"import storage.store\n{KILLED}", module, function, RELEASE, str(db)]
    root = ROOT
    done = subprocess.run(arguments, cwd=root, capture_output=True, timeout=60, check=False)
    assert done.returncode == 9, done.stderr
    Store.open(db).close()  # what any command that writes does first
    assert here("verify", "--db", db).code == 0
    left = [
        path.read_bytes()
        for path in (*db.parent.glob("milwire.db*"), *folder_of(db).glob("*"))
        if path.is_file()
    ]
    told = here("events", "--json", "--db", db).out
    assert ("Exercise ends" in told) == ('"purged"' not in told) == any(b"1,250" in one for one in left)


# --- reparse ---


def test_what_todays_parsers_have_read_is_not_read_again(tmp_path: Path) -> None:
    Store.open(tmp_path / "milwire.db").close()
    ran = here("reparse", "--db", tmp_path / "milwire.db")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("nothing to read again")


def older(db: Path, source: str) -> None:
    """Fill a database with a release that a newsroom showed to an older parser."""
    store = Store.open(db)
    store.save_source(NEWSROOM)
    page = Page(SEED.url, 200, (("content-type", "text/html"),), PRACTICE.read_bytes())
    fields = reader.read(page, "generic").fields
    assert fields
    read = replace(fields, parser="generic:0", byline=None)
    store.save(Look(Role.ARTICLE, SEED, FIRST, Verdict.LIVE, source, None, page, read))
    store.close()


PRACTICE = PAGES / "generic" / "json_ld.html"
NEWSROOM = Source(
    id="unit-news",
    host="www.unit.example.mil",
    organization="Unit",
    branch="Army",
    platform="generic",
    section="News",
    listing_url="https://www.unit.example.mil/News/",
    feed_url=None,
    confidence=Confidence.LOW,
    origin="user",
)
SEED = Address("www.usfk.mil", "4100000", "https://www.usfk.mil/News/Article/4100000/made-up/")


def test_a_reparse_says_what_it_did_and_is_done_then(tmp_path: Path) -> None:
    db = tmp_path / "milwire.db"
    older(db, "unit-news")
    ran = here("reparse", "--db", db)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "unit-news: 1 captures read, 0 texts alike, 1 with a new measure\n"
    assert json.loads(here("reparse", "unit-news", "--json", "--db", db).out)["read"] == 0
    assert "edited" not in here("events", "--db", db).out
    assert here("verify", "--db", db).code == 0


def test_a_capture_that_cannot_be_read_fails_a_reparse_and_is_named(tmp_path: Path) -> None:
    db = tmp_path / "milwire.db"
    older(db, "usfk-news")
    ran = here(
        "reparse", "--json", "--db", db
    )  # the catalogue says that this host is AFPIMS, the page is not
    assert ran.code == 1
    assert SEED.url in json.loads(ran.out)["failures"][0]


def test_an_unknown_source_is_wrong_usage(db: Path) -> None:
    failed(here("reparse", "no-such-news", "--db", db), 2)
