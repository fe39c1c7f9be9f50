"""`milwire verify` as a person types it."""

import json
import re
from pathlib import Path

import pytest

from storage.archive.writer import get_archive_folder
from storage.store import Store
from tests.support.cli import read_error, run_here
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


def test_a_whole_database_is_said_with_counts(db: Path) -> None:
    ran = run_here("verify", "--db", db)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"intact: {counted(db, 'events')} events, 7 revisions, 7 captures (")


def test_the_first_bad_row_is_named_in_one_line(db: Path) -> None:
    change(db, "UPDATE revisions SET body = body || ' ' WHERE id = 3")
    assert (
        read_error(run_here("verify", "--db", db))
        == "milwire: revision 3: text or digest is not what was written"
    )


def test_machines_get_the_outcome_and_the_exit_code(db: Path) -> None:
    told = json.loads(run_here("verify", "--json", "--db", db).out)
    assert (told["ok"], told["problem"], told["events"], told["checkpoint"]) == (
        True,
        None,
        counted(db, "events"),
        None,
    )
    change(db, "UPDATE events SET kind = 'edited' WHERE id = 1")
    ran = run_here("verify", "--json", "--db", db)
    told = json.loads(ran.out)
    assert (ran.code, told["ok"], told["problem"]) == (1, False, "event 1: kind is not what was written")


def test_a_checkpoint_is_written_once_and_checked_from_then_on(db: Path, tmp_path: Path) -> None:
    file, count = tmp_path / "head.json", counted(db, "events")
    first = run_here("verify", "--checkpoint", file, "--db", db)
    assert f"checkpoint written to {file}: event {count}" in first.out
    written = file.read_bytes()
    ran = run_here("verify", "--checkpoint", file, "--db", db)
    assert "the ledger still contains the checkpoint" in ran.out
    assert f"event {count} of {count}" in ran.out
    assert file.read_bytes() == written


def test_a_chain_that_lost_the_head_of_a_checkpoint_fails(db: Path, tmp_path: Path) -> None:
    file = tmp_path / "head.json"
    file.write_text(json.dumps({"events": 99, "hash": "0" * 64, "at": "2026-01-01T00:00:00Z"}))
    assert "cut off" in read_error(run_here("verify", "--checkpoint", file, "--db", db))
    file.write_text(json.dumps({"events": 2, "hash": "0" * 64, "at": "2026-01-01T00:00:00Z"}))
    assert "rewritten" in read_error(run_here("verify", "--checkpoint", file, "--db", db))
    told = json.loads(run_here("verify", "--checkpoint", file, "--json", "--db", db).out)
    assert (told["ok"], told["checkpoint"]["is_new"]) == (False, False)


def test_no_checkpoint_is_written_of_a_damaged_database(db: Path, tmp_path: Path) -> None:
    change(db, "UPDATE events SET kind = 'edited' WHERE id = 1")
    read_error(run_here("verify", "--checkpoint", tmp_path / "head.json", "--db", db))
    assert not (tmp_path / "head.json").exists()


def test_what_is_no_checkpoint_is_left_as_it_is(db: Path, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    assert "not a milwire checkpoint" in read_error(run_here("verify", "--checkpoint", file, "--db", db))
    assert file.read_text() == "mine"


def test_a_bad_capture_is_named_set_aside_and_then_all_is_well(db: Path) -> None:
    (path,) = get_archive_folder(db).iterdir()
    data = bytearray(path.read_bytes())
    data[-40] ^= 1
    path.write_bytes(data)
    assert read_error(run_here("verify", "--db", db)).startswith("milwire: capture 7: ")
    copied = run_here("backup", db.parent / "copy", "--db", db)
    assert (copied.code, "copied as it is: capture 7: " in copied.err) == (0, True)
    repaired = run_here("verify", "--repair", "--db", db)
    assert repaired.code == 0
    assert repaired.err.startswith("capture 7 set aside: ")
    again = run_here("verify", "--db", db)
    assert (again.code, again.err) == (0, "")
    assert "set aside, since they cannot be read back: 1 capture" in again.out
    assert run_here("backup", db.parent / "clean", "--db", db).err == ""
    shown = run_here("events", "--kind", "set_aside", "--db", db).out
    assert re.search(r"cannot be read back; .+; set aside", " ".join(shown.split()))


def test_all_bad_captures_are_named(db: Path) -> None:
    (path,) = get_archive_folder(db).iterdir()
    path.write_bytes(path.read_bytes()[:-3000])
    ran = run_here("verify", "--db", db)
    assert ran.code == 1
    assert sum("capture " in line for line in ran.err.splitlines()) > 1


def test_nothing_to_repair_is_no_change(db: Path) -> None:
    before = counted(db, "events")
    ran = run_here("verify", "--repair", "--db", db)
    assert (ran.code, ran.err, counted(db, "events")) == (0, "", before)
