"""Rows in and out of tables at the cost of the statement itself, where a watch does so a million times a day.

sqlite_utils asks for a table's columns before each insert and wraps each query in a savepoint; that took a
third of the time of a visit (measured).
"""

from collections.abc import Generator, Sequence
from functools import lru_cache
from typing import Any

from sqlite_utils import Database

Row = dict[str, Any]


class Tables(Database):
    """A database of ours."""

    def query(
        self, sql: str, params: Sequence[Any] | dict[str, Any] | None = None
    ) -> Generator[Row, None, None]:
        """Return the rows of a statement that only reads."""
        cursor = self.conn.execute(sql, params or ())
        names = [column[0] for column in cursor.description]
        return (dict(zip(names, row, strict=True)) for row in cursor)


def insert(db: Database, table: str, row: Row, *, ignore: bool = False) -> int:
    """Add a row and return its id; with `ignore`, one that is there already stays as it is."""
    cursor = db.execute(_insert(table, tuple(row), "INSERT OR IGNORE" if ignore else "INSERT"), row)
    return int(cursor.lastrowid or 0)


def upsert(db: Database, table: str, row: Row, key: str) -> None:
    """Add a row, or change these columns of the one that has its key."""
    db.execute(_upsert(table, tuple(row), key), row)


def update(db: Database, table: str, identifier: int, row: Row) -> None:
    """Change these columns of the row that has an id."""
    db.execute(_update(table, tuple(row)), [*row.values(), identifier])


@lru_cache
def _insert(table: str, names: tuple[str, ...], verb: str = "INSERT") -> str:
    marks = ", ".join(f":{name}" for name in names)
    return f"{verb} INTO {table}({', '.join(names)}) VALUES ({marks})"  # names of our own code


@lru_cache
def _upsert(table: str, names: tuple[str, ...], key: str) -> str:
    sets = ", ".join(f"{name} = excluded.{name}" for name in names if name != key)
    return f"{_insert(table, names)} ON CONFLICT({key}) DO UPDATE SET {sets}"


@lru_cache
def _update(table: str, names: tuple[str, ...]) -> str:
    sets = ", ".join(f"{name} = ?" for name in names)
    return f"UPDATE {table} SET {sets} WHERE id = ?"  # noqa: S608  # the same
