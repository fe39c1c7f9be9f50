"""Limits what a reader's SQL can take: memory, length of values, and functions that make long ones."""

import sqlite3
from collections.abc import Sequence
from typing import Any, Final
from weakref import WeakKeyDictionary

LONGEST_VALUE: Final = 16_000_000  # bytes; a body is far shorter
LONGEST_ANSWER: Final = 64_000_000  # characters and bytes of all rows of one query
HEAP: Final = 512_000_000  # bytes that SQLite may hold in this process
LONGEST_PATTERN: Final = 200  # of LIKE and GLOB, whose work grows with each wildcard
REFUSED: Final = ("zeroblob", "randomblob", "printf", "format", "load_extension")


def limit_connection(connection: sqlite3.Connection) -> None:
    """Set the limits on a connection of the web server."""
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, LONGEST_PATTERN)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.execute(f"PRAGMA hard_heap_limit = {HEAP}")
    for name in REFUSED:
        connection.create_function(name, -1, refuse_call)
    connection.row_factory = AnswerLimit()


def refuse_call(*_: object) -> None:
    """Stand for a function that makes long values from nothing."""
    raise ValueError("this function is not available here")


class AnswerLimit:
    """A row factory that ends a query whose rows together are too long."""

    def __init__(self) -> None:
        self._lengths: WeakKeyDictionary[sqlite3.Cursor, int] = WeakKeyDictionary()

    def __call__(self, cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> sqlite3.Row:
        """Return a row, or raise OperationalError where the answer has become too long."""
        length = self._lengths.get(cursor, 0) + _measure_length(values)
        if length > LONGEST_ANSWER:
            raise sqlite3.OperationalError("the answer is too long")
        self._lengths[cursor] = length
        return sqlite3.Row(cursor, values)


def _measure_length(values: Sequence[object]) -> int:
    return sum(len(value) for value in values if isinstance(value, str | bytes))
