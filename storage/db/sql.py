"""Writes and reads rows without what sqlite-utils adds to each statement.

sqlite-utils asks for a table's columns before each insert and wraps each query in a savepoint. That took a
third of the time of a visit (measured), and a watch does it a million times a day.
"""

import sqlite3
from collections.abc import Generator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from storage.db.errors import raise_explained


class FastDatabase(Database):
    """A sqlite-utils database whose file errors are a StoreError of one line."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        super().__init__(connection)
        self.path = path

    def execute(self, sql: str, parameters: Sequence[Any] | dict[str, Any] | None = None) -> sqlite3.Cursor:
        """Run a statement. Raises StoreError when the file cannot be read or written."""
        try:
            return super().execute(sql, parameters)
        except sqlite3.DatabaseError as error:
            raise_explained(self.path, error)

    def query(
        self, sql: str, params: Sequence[Any] | dict[str, Any] | None = None
    ) -> Generator[dict[str, Any], None, None]:
        """Return the rows of a statement that only reads. Raises StoreError when the file cannot be read."""
        try:
            return self._read_rows(self.conn.execute(sql, params or ()))
        except sqlite3.DatabaseError as error:
            raise_explained(self.path, error)

    def _read_rows(self, cursor: sqlite3.Cursor) -> Generator[dict[str, Any], None, None]:
        names = [column[0] for column in cursor.description]
        try:
            for row in cursor:
                yield dict(zip(names, row, strict=True))
        except sqlite3.DatabaseError as error:
            raise_explained(self.path, error)


def insert_row(db: Database, table: str, row: dict[str, Any], *, ignore: bool = False) -> int:
    """Insert a row and return its id. With `ignore`, a row with the same key stays as it is."""
    cursor = db.execute(build_insert(table, tuple(row), "INSERT OR IGNORE" if ignore else "INSERT"), row)
    return int(cursor.lastrowid or 0)


def upsert_row(db: Database, table: str, row: dict[str, Any], key: str) -> None:
    """Insert a row, or change these columns of the row that has its key."""
    db.execute(_build_upsert(table, tuple(row), key), row)


def update_row(db: Database, table: str, identifier: int, row: dict[str, Any]) -> None:
    """Change these columns of the row with this id."""
    db.execute(_build_update(table, tuple(row)), [*row.values(), identifier])


@lru_cache
def build_insert(table: str, names: tuple[str, ...], verb: str = "INSERT") -> str:
    """Return the statement that inserts these columns, each given by its name."""
    marks = ", ".join(f":{name}" for name in names)
    return f"{verb} INTO {table}({', '.join(names)}) VALUES ({marks})"  # names of our own code


@lru_cache
def _build_upsert(table: str, names: tuple[str, ...], key: str) -> str:
    sets = ", ".join(f"{name} = excluded.{name}" for name in names if name != key)
    return f"{build_insert(table, names)} ON CONFLICT({key}) DO UPDATE SET {sets}"


@lru_cache
def _build_update(table: str, names: tuple[str, ...]) -> str:
    sets = ", ".join(f"{name} = ?" for name in names)
    return f"UPDATE {table} SET {sets} WHERE id = ?"  # noqa: S608  # the same
