"""Limits what a reader's SQL can take: memory, length of values, and functions that make long ones."""

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final
from weakref import WeakKeyDictionary

LONGEST_VALUE: Final = 16_000_000  # bytes; a body is far shorter
LONGEST_ANSWER: Final = 64_000_000  # characters and bytes of all rows of one query
HEAP: Final = 512_000_000  # bytes that SQLite may hold in this process
LONGEST_PATTERN: Final = 200  # of LIKE and GLOB, whose work grows with each wildcard
LONGEST_TRIMMED: Final = 100  # characters that a text is trimmed of; SQLite looks through all of them at each
REFUSED: Final = ("zeroblob", "randomblob", "printf", "format", "load_extension", "json_patch", "jsonb_patch")

Value = str | bytes | int | float | None  # as SQLite has them


def limit_connection(connection: sqlite3.Connection) -> None:
    """Set the limits on a connection of the web server."""
    sqlite3.enable_callback_tracebacks(False)  # Datasette prints one for each call that is refused
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, LONGEST_PATTERN)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.execute(f"PRAGMA hard_heap_limit = {HEAP}")
    for name in REFUSED:
        connection.create_function(name, -1, refuse_call)
    _replace_slow_functions(connection)
    connection.row_factory = AnswerLimit()


def refuse_call(*_: object) -> None:
    """Stand for a function that makes long values from nothing, or takes minutes for one."""
    raise ValueError("this function is not available here")


def find_part(text: Value, part: Value) -> int | None:
    """Return what SQLite's `instr` does, in time that grows with the length, not with its square."""
    if text is None or part is None:
        return None
    if isinstance(text, bytes) and isinstance(part, bytes):
        return text.find(part) + 1
    return _to_text(text).find(_to_text(part)) + 1


def replace_part(text: Value, part: Value, other: Value) -> Value:
    """Return what SQLite's `replace` does, in time that grows with the length, not with its square."""
    if text is None or part is None or other is None:
        return None
    one, old, new = _to_text(text), _to_text(part), _to_text(other)
    if not old:
        return one if isinstance(text, bytes) else text
    if len(one) + one.count(old) * (len(new) - len(old)) > LONGEST_VALUE:
        raise ValueError("the text would be too long")
    return one.replace(old, new)


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


def _replace_slow_functions(connection: sqlite3.Connection) -> None:
    """Stand for functions whose one call could take minutes, in which no time limit ends it."""
    connection.create_function("instr", 2, find_part, deterministic=True)
    connection.create_function("replace", 3, replace_part, deterministic=True)
    for name, strip in (("trim", str.strip), ("ltrim", str.lstrip), ("rtrim", str.rstrip)):
        connection.create_function(name, 2, partial(_trim_text, strip), deterministic=True)


def _trim_text(strip: Callable[[str, str], str], text: object, characters: object) -> str | None:
    if text is None or characters is None:
        return None
    trimmed = _to_text(characters)
    if len(trimmed) > LONGEST_TRIMMED:
        raise ValueError("too many characters to trim")
    return strip(_to_text(text), trimmed)


def _to_text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _measure_length(values: Sequence[object]) -> int:
    return sum(len(value) for value in values if isinstance(value, str | bytes))
