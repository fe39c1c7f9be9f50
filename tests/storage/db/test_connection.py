"""A database file is made once, refused when it is not ours, and left as it was when something is wrong."""

import multiprocessing
import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from storage.db import schema
from storage.db.connection import open_database
from storage.models import StoreError

SPAWN = multiprocessing.get_context("spawn")
OLD_STEPS = (
    *("spine", "verified", "refused", "shared", "counted"),
    *("folded", "retried", "validated", "resumed", "recognised"),
)


def create(path: Path) -> None:
    open_database(path, read_only=False).close()


def make_old_database(path: Path, steps: Iterable[str] = OLD_STEPS) -> None:
    """Write a file as a milwire before its first release left it."""
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE standings (posting_id INTEGER PRIMARY KEY, state TEXT NOT NULL)")
        db.execute(
            "CREATE TABLE _sqlite_migrations "
            "(id INTEGER PRIMARY KEY, migration_set TEXT, name TEXT, applied_at TEXT)"
        )
        rows = [("milwire", name, "2026-03-01 12:00:00+00:00") for name in steps]
        db.executemany(
            "INSERT INTO _sqlite_migrations(migration_set, name, applied_at) VALUES (?, ?, ?)", rows
        )
        db.commit()


def read_refusal(path: Path, *, read_only: bool = False) -> str:
    """Return the line with which a file is refused, and check that the file was left as it was."""
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StoreError) as error:
        open_database(path, read_only=read_only)
    assert (path.read_bytes() if path.is_file() else None) == before
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)
    return str(error.value)


def test_a_file_is_safe_with_many_writers(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "milwire.db", read_only=False)) as db:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        pragmas = [db.execute(f"PRAGMA {name}").fetchone()[0] for name in names]
    assert pragmas == ["wal", 2, 1, 30_000]


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "milwire.db"
    create(path)
    content = path.read_bytes()
    create(path)
    assert path.read_bytes() == content


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "milwire.db"
    create(path)
    with closing(open_database(path, read_only=True)) as db, pytest.raises(StoreError, match="read-only"):
        db.execute("INSERT INTO purges(event_id) VALUES (1)")


def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "milwire.db"
    with closing(open_database(path, read_only=False)) as db:
        step = {"migration_set": "milwire", "name": "add_wings", "applied_at": "2031-01-01"}
        db.table("_sqlite_migrations").insert(step)
    assert read_refusal(path).endswith("made by a newer milwire (step add_wings); update milwire to use it")


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize("count", range(1, len(OLD_STEPS) + 1))
def test_a_file_from_before_the_first_release_is_old_and_not_newer(
    tmp_path: Path, count: int, *, read_only: bool
) -> None:
    path = tmp_path / "milwire.db"
    make_old_database(path, OLD_STEPS[:count])
    line = read_refusal(path, read_only=read_only)
    assert "made before the first release" in line
    assert "newer" not in line


def test_the_refusal_of_an_old_file_names_the_import_of_its_captures(tmp_path: Path) -> None:
    path = tmp_path / "my news.db"
    make_old_database(path)
    (tmp_path / "my news.db.warc").mkdir()
    (tmp_path / "my news.db.warc" / "20260301-1-0a0a0a0a.warc.gz").touch()
    command = f"milwire import '{path}.warc'/*.warc.gz --db '{tmp_path}/new-my news.db'"
    assert read_refusal(path).endswith(f": keep its captures in a new file: {command}".lstrip(": "))


def test_an_old_file_without_captures_has_nothing_to_keep(tmp_path: Path) -> None:
    path = tmp_path / "milwire.db"
    make_old_database(path)
    assert "no captures to keep" in read_refusal(path)


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE songs (title TEXT)")
    assert "another program" in read_refusal(path)


def test_a_file_that_is_not_a_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("not a database, but long enough to look like one", encoding="ascii")
    assert "not an SQLite database" in read_refusal(path)


def test_a_damaged_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "milwire.db"
    path.write_bytes(b"SQLite format 3\x00" + b"\xff" * 2000)
    assert "database" in read_refusal(path)


def test_a_schema_that_cannot_be_read_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "milwire.db"
    create(path)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA writable_schema = ON")
        # A flipped bit in the name of a column: SQLite calls that an error in our SQL, not damage.
        db.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'migration_set', 'migration_sat') "
            "WHERE name = '_sqlite_migrations'"
        )
        db.commit()
    assert "damaged" in read_refusal(path, read_only=True)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    assert "no such folder" in read_refusal(tmp_path / "nowhere" / "milwire.db")


def test_a_folder_is_not_a_database(tmp_path: Path) -> None:
    assert "a folder" in read_refusal(tmp_path)


def test_reading_a_missing_file_makes_none(tmp_path: Path) -> None:
    assert "no such database" in read_refusal(tmp_path / "milwire.db", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    path = tmp_path / "milwire.db"
    path.touch()
    assert "tables are missing" in read_refusal(path, read_only=True)
    with closing(open_database(path, read_only=False)) as db:
        assert "postings" in db.table_names()


def test_a_read_only_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "milwire.db"
    create(path)
    path.chmod(0o444)
    if os.access(path, os.W_OK):  # root may write everything: let the system answer as it does to others
        monkeypatch.setattr(os, "access", lambda *_: False)
    assert "read-only" in read_refusal(path)


def test_first_starts_at_once_do_not_collide(tmp_path: Path) -> None:
    path = tmp_path / "milwire.db"
    starting = [SPAWN.Process(target=create, args=(path,)) for _ in range(4)]
    for process in starting:
        process.start()
    for process in starting:
        process.join(60)
    assert [process.exitcode for process in starting] == [0] * 4
    with closing(open_database(path, read_only=True)) as db:
        assert db.execute("SELECT count(*) FROM _sqlite_migrations").fetchone()[0] == len(schema.STEPS)


def test_a_database_on_a_read_only_disk_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "milwire.db"
    create(path)
    before = set(tmp_path.iterdir())
    monkeypatch.setattr(os, "access", lambda *_: False)  # tests may run as root, who may write everywhere
    with closing(open_database(path, read_only=True)) as db:
        assert db.execute("SELECT count(*) FROM postings").fetchone()[0] == 0
        assert set(tmp_path.iterdir()) == before
        with pytest.raises(StoreError, match="read-only"):
            db.execute("DELETE FROM postings")


def test_changes_that_a_read_only_disk_cannot_show_are_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "milwire.db"
    create(path)
    (tmp_path / "milwire.db-wal").write_bytes(b"x")
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "milwire.db-wal holds changes" in read_refusal(path, read_only=True)


def test_a_new_database_has_the_rights_that_the_umask_allows(tmp_path: Path) -> None:
    for mask, rights in ((0o077, 0o600), (0o007, 0o660)):
        path = tmp_path / f"{mask}.db"
        before = os.umask(mask)
        try:
            create(path)
        finally:
            os.umask(before)
        assert path.stat().st_mode & 0o777 == rights
