"""Rows go in and out fast, and what is wrong with the file is one line."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.db.sql import FastDatabase, insert_row, update_row, upsert_row
from storage.models import StoreError


@pytest.fixture
def db(tmp_path: Path) -> Iterator[FastDatabase]:
    path = tmp_path / "a.db"
    opened = FastDatabase(sqlite3.connect(path, isolation_level=None), path)
    opened.execute("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT UNIQUE, number INTEGER)")
    yield opened
    opened.close()


def read_things(db: FastDatabase) -> list[dict[str, object]]:
    return list(db.query("SELECT name, number FROM things ORDER BY id"))


def test_a_row_is_inserted_under_the_id_that_is_returned(db: FastDatabase) -> None:
    assert [insert_row(db, "things", {"name": name}) for name in "ab"] == [1, 2]
    assert read_things(db) == [{"name": "a", "number": None}, {"name": "b", "number": None}]


def test_a_row_with_the_same_key_is_an_error_unless_it_may_be_ignored(db: FastDatabase) -> None:
    insert_row(db, "things", {"name": "a", "number": 1})
    insert_row(db, "things", {"name": "a", "number": 2}, ignore=True)
    assert read_things(db) == [{"name": "a", "number": 1}]
    with pytest.raises(sqlite3.IntegrityError):
        insert_row(db, "things", {"name": "a", "number": 2})


def test_an_upsert_changes_only_the_columns_that_it_names(db: FastDatabase) -> None:
    upsert_row(db, "things", {"name": "a", "number": 1}, "name")
    upsert_row(db, "things", {"id": 1, "name": "b"}, "id")
    assert read_things(db) == [{"name": "b", "number": 1}]


def test_an_update_changes_only_its_row(db: FastDatabase) -> None:
    for name in "ab":
        insert_row(db, "things", {"name": name, "number": 0})
    update_row(db, "things", 2, {"number": 5, "name": "c"})
    assert read_things(db) == [{"name": "a", "number": 0}, {"name": "c", "number": 5}]


def test_a_query_takes_values_by_place_and_by_name(db: FastDatabase) -> None:
    insert_row(db, "things", {"name": "a", "number": 1})
    assert list(db.query("SELECT id FROM things WHERE name = ?", ["a"])) == [{"id": 1}]
    assert list(db.query("SELECT id FROM things WHERE name = :name", {"name": "a"})) == [{"id": 1}]
    assert list(db.query("SELECT id FROM things WHERE name = 'b'")) == []


def test_a_damaged_file_is_one_line_that_names_it(db: FastDatabase, tmp_path: Path) -> None:
    path = tmp_path / "damaged.db"
    path.write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)
    damaged = FastDatabase(sqlite3.connect(path), path)
    for read in (damaged.execute, lambda sql: list(damaged.query(sql))):
        with pytest.raises(StoreError) as error:
            read("SELECT * FROM sqlite_master")
        assert str(error.value).startswith(f"{path}: ")
        assert "\n" not in str(error.value)
    damaged.close()


def test_a_mistake_in_our_own_sql_stays_what_it_is(db: FastDatabase) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such column"):
        db.execute("SELECT color FROM things")
