"""Runs a query for `storage.queries` and returns all rows at once."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from sqlite_utils import Database

from storage.db.errors import explain_errors
from storage.db.rows import Row


class Readable(Protocol):
    """What has an open database: a Store, or a connection of Datasette."""

    @property
    def db(self) -> Database:
        """Return the database."""

    @property
    def path(self) -> Path:
        """Return its file."""


def query_rows(store: Readable, sql: str, values: Sequence[object] | dict[str, object] = ()) -> list[Row]:
    """Return all rows of a statement. Raises StoreError, one line, when the file cannot be read."""
    with explain_errors(store.path):
        return list(store.db.query(sql, values))
