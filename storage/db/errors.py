"""What SQLite and the file system say is wrong with a database file, as a StoreError of one line."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn

from storage.models import StoreError


@contextmanager
def explain_errors(path: Path) -> Iterator[None]:
    """Raise StoreError for what is wrong with the file; a mistake of our own stays the error that it is."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise_explained(path, error)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}") from error


def raise_explained(path: Path, error: sqlite3.DatabaseError) -> NoReturn:
    """Raise StoreError for what is wrong with the file, or the error itself where it is our mistake."""
    reason = REASONS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    if reason is None:
        raise error
    raise StoreError(f"{path}: {reason}") from error


REASONS: Final = {
    sqlite3.SQLITE_FULL: "the disk is full; nothing of this step was stored",
    sqlite3.SQLITE_READONLY: "the file or its folder is read-only",
    sqlite3.SQLITE_BUSY: "another process has been writing for too long",
    sqlite3.SQLITE_LOCKED: "another process is writing",
    sqlite3.SQLITE_PROTOCOL: "another process is writing",
    sqlite3.SQLITE_PERM: "no permission to use the file",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
    sqlite3.SQLITE_NOTADB: "not an SQLite database",
    sqlite3.SQLITE_CORRUPT: "the database is damaged; restore a backup",
    sqlite3.SQLITE_IOERR: "the disk does not read or write",
}
