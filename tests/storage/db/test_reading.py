"""A query returns all its rows, and what is wrong with the file is one line."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.db.reading import query_rows
from storage.models import StoreError
from tests.support.make_looks import store_at


@dataclass(frozen=True)
class Connection:
    """A database opened by another program, as Datasette does."""

    db: Database
    path: Path


def test_all_rows_come_at_once(tmp_path: Path) -> None:
    with store_at(tmp_path / "milwire.db") as store:
        rows = query_rows(store, "SELECT value FROM json_each(?)", ["[1, 2]"])
        named = query_rows(store, "SELECT :a AS a", {"a": "b"})
    assert [dict(row) for row in rows] == [{"value": 1}, {"value": 2}]
    assert [dict(row) for row in named] == [{"a": "b"}]


def test_damage_is_one_line_on_any_connection(tmp_path: Path) -> None:
    path = tmp_path / "damaged.db"
    path.write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)
    connection = Connection(Database(path), path)
    with pytest.raises(StoreError) as error:
        query_rows(connection, "SELECT * FROM sqlite_master")
    connection.db.close()
    assert str(error.value).startswith(f"{path}: ")
