"""A database file: made once, refused when it is not ours, left as it was when something is wrong."""

import multiprocessing
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage.db import schema
from storage.models import StoreError
from storage.store import Store
from tests.support.make_looks import after, fields, seen, store_at

SPAWN = multiprocessing.get_context("spawn")
TABLES = {
    *("sources", "source_progress", "runs", "hosts", "releases", "postings", "posting_sources", "addresses"),
    *("revisions", "captures", "looks", "pending", "listed", "same_text", "events", "changes", "alerts"),
}
VIEWS = {"new_releases", "edits", "takedowns", "returns", "newsroom_health"}


def refused(path: Path, *, read_only: bool = False) -> str:
    """Return the one line with which a file is refused, and check that it was left as it was."""
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StoreError) as error:
        Store.open(path, read_only=read_only)
    assert (path.read_bytes() if path.is_file() else None) == before
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)
    return str(error.value)


def test_a_new_file_has_every_table_and_view(tmp_path: Path) -> None:
    with store_at(tmp_path / "milwire.db") as store:
        assert set(store.db.table_names()) >= TABLES
        assert set(store.db.view_names()) == VIEWS
        for view in VIEWS:
            assert list(store.db.query(f"SELECT * FROM {view}")) == []


def test_a_file_is_safe_with_many_writers(tmp_path: Path) -> None:
    with store_at(tmp_path / "milwire.db") as store:
        pragmas = [
            store.db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
        assert pragmas == ["wal", 2, 1, 30_000]


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "milwire.db"
    with store_at(path) as store:
        store.save_look(seen(after(0), fields()))
    content = path.read_bytes()
    with store_at(path):
        pass
    assert path.read_bytes() == content


def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "milwire.db"
    with store_at(path) as store:
        step = {"migration_set": "milwire", "name": "wings", "applied_at": "2031-01-01"}
        store.db.table("_sqlite_migrations").insert(step)
    assert "newer milwire" in refused(path)


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE songs (title TEXT)")
    assert "another program" in refused(path)


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("not a database, but long enough to look like one", encoding="ascii")
    assert "not an SQLite database" in refused(path)


def test_a_damaged_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "milwire.db"
    path.write_bytes(b"SQLite format 3\x00" + b"\xff" * 2000)
    assert "database" in refused(path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    assert "no such folder" in refused(tmp_path / "nowhere" / "milwire.db")


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    assert "a folder" in refused(tmp_path)


def test_reading_a_missing_file_makes_none(tmp_path: Path) -> None:
    assert "no such database" in refused(tmp_path / "milwire.db", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_reading_an_empty_file_says_that_nothing_is_there_yet(tmp_path: Path) -> None:
    path = tmp_path / "milwire.db"
    path.touch()
    assert "tables are missing" in refused(path, read_only=True)


def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    path = tmp_path / "milwire.db"
    path.touch()
    with store_at(path) as store:
        assert set(store.db.table_names()) >= TABLES


def test_a_read_only_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "milwire.db"
    with store_at(path):
        pass
    path.chmod(0o444)
    if os.access(path, os.W_OK):  # root may write everything; let the system say what it says to others
        monkeypatch.setattr(os, "access", lambda *_: False)
    assert "read-only" in refused(path)


def test_a_store_opened_for_reading_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "milwire.db"
    with store_at(path):
        pass
    store = Store.open(path, read_only=True)
    with pytest.raises(StoreError, match="read-only"):
        store.save_look(seen(after(0), fields()))
    store.close()


def test_the_steps_are_the_migrations_in_order() -> None:
    steps = ["spine", "verified", "refused", "shared", "counted", "folded", "retried", "validated", "resumed"]
    steps += ["recognised"]
    assert [step.__name__ for step in schema.STEPS] == steps


def open_first(path: Path) -> None:
    Store.open(path).close()


def test_first_starts_at_once_do_not_collide(tmp_path: Path) -> None:
    path = tmp_path / "milwire.db"
    starting = [SPAWN.Process(target=open_first, args=(path,)) for _ in range(4)]
    for process in starting:
        process.start()
    for process in starting:
        process.join(60)
    assert [process.exitcode for process in starting] == [0] * 4
    with store_at(path) as store:
        applied = store.db.execute("SELECT count(*) FROM _sqlite_migrations").fetchone()[0]
        assert applied == len(schema.STEPS)


@pytest.mark.parametrize(
    ("index", "word"),
    [
        ("revisions_fts", "rescue"),
        ("revisions_trigram", "共同訓練"),
        ("revisions_trigram", "연합연습"),
        ("revisions_trigram", "scue dri"),
    ],
)
def test_words_of_any_script_are_found(tmp_path: Path, index: str, word: str) -> None:
    body = "River rescue drill.\n\n日米共同訓練を実施した。\n\n한미연합연습을 시작했다."
    with store_at(tmp_path / "milwire.db") as store:
        store.save_look(seen(after(0), fields(body=body)))
        found = store.db.execute(f"SELECT rowid FROM {index} WHERE {index} MATCH ?", [f'"{word}"']).fetchall()
        assert found == [(1,)]


def test_past_text_is_found_beside_the_current_one(tmp_path: Path) -> None:
    current = (
        "SELECT count(*) FROM revisions_fts f JOIN releases r ON r.revision_id = f.rowid"
        " WHERE revisions_fts MATCH ?"
    )
    with store_at(tmp_path / "milwire.db") as store:
        store.save_look(seen(after(0), fields(body="Four helicopters flew.")))
        store.save_look(seen(after(1), fields(body="Five airplanes flew.")))
        every = "SELECT count(*) FROM revisions_fts WHERE revisions_fts MATCH ?"
        assert store.db.execute(every, ["helicopters"]).fetchone() == (1,)
        assert store.db.execute(current, ["helicopters"]).fetchone() == (0,)
        assert store.db.execute(current, ["airplanes"]).fetchone() == (1,)
        for index in ("revisions_fts", "revisions_trigram"):
            store.db.execute(f"INSERT INTO {index}({index}, rank) VALUES ('integrity-check', 1)")


def test_the_text_is_stored_once(tmp_path: Path) -> None:
    with store_at(tmp_path / "milwire.db") as store:
        names = store.db.table_names()
        assert not [name for name in names if name.endswith("_content")]


def test_a_schema_that_cannot_be_read_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "milwire.db"
    Store.open(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA writable_schema = ON")
    # A flipped bit in the name of a column: to SQLite that is a question wrongly put, not a corruption.
    connection.execute(
        "UPDATE sqlite_master SET sql = replace(sql, 'migration_set', 'migration_sat') "
        "WHERE name = '_sqlite_migrations'"
    )
    connection.commit()
    connection.close()
    assert "damaged" in refused(path, read_only=True)
