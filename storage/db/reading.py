"""How a question is put to a database: rows at once, and what is wrong with the file in one line."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from sqlite_utils import Database

from storage.db.connection import explained

Row = Mapping[str, Any]  # values as SQLite keeps them


class Readable(Protocol):
    """What holds an open database: a Store, or a connection of the browser."""

    @property
    def db(self) -> Database:
        """Return the database."""

    @property
    def path(self) -> Path:
        """Return its file."""


def ask(store: Readable, sql: str, values: Sequence[object] | dict[str, object] = ()) -> list[Row]:
    """Return all rows of a statement. Raises StoreError, one line, when the file cannot be read."""
    with explained(store.path):
        return list(store.db.query(sql, values))
