"""Opening a database file: ours, or refused in one clear line and left as it is; prepared by one process."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from storage.db import schema
from storage.db.sql import Tables
from storage.models import StoreError

BUSY_S: Final = 30.0  # how long a write waits for another process's
MAGIC: Final = b"SQLite format 3\x00"


def open_database(path: Path, *, read_only: bool) -> Database:
    """Return a connection to a database of ours, made or brought up to date where need be.

    Raises StoreError where the file cannot be used; it is left as it was then.
    """
    _refuse_strangers(path, read_only=read_only)
    with explained(path):
        with _damage_told(path):
            is_ready = _is_ready(path)
        if read_only and not is_ready:
            raise StoreError(f"{path}: no milwire database yet, or an older one; a crawl prepares it")
        if not is_ready:
            with _alone_in(path.parent):
                _prepare(path)
        return _connect(path, read_only=read_only)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what is wrong with the file into a StoreError of one line; our own mistakes stay what they are."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        reason = REASONS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
        if reason is None:
            raise
        raise StoreError(f"{path}: {reason}") from error
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}") from error


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    """Say that a file is damaged where its schema is not as we wrote it: to SQLite a plain error."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_ERROR:
            raise
        raise StoreError(f"{path}: the database is damaged ({error}); restore a backup") from error
    except UnicodeDecodeError as error:  # what SQLite says of the damage quotes it
        raise StoreError(f"{path}: the database is damaged; restore a backup") from error


def _refuse_strangers(path: Path, *, read_only: bool) -> None:
    if not path.parent.is_dir():
        raise StoreError(f"{path}: there is no folder {path.parent}")
    if not path.exists():
        if read_only:
            raise StoreError(f"{path}: there is no such database")
        return
    if path.is_dir():
        raise StoreError(f"{path}: a folder, not a database")
    with explained(path), path.open("rb") as file:
        begin = file.read(len(MAGIC))
    if begin and begin != MAGIC:
        raise StoreError(f"{path}: not an SQLite database")
    if not read_only and not os.access(path, os.W_OK):
        raise StoreError(f"{path}: the file is read-only")
    if begin:
        with explained(path), _damage_told(path), closing(_connect(path, read_only=True)) as db:
            _refuse_contents(path, db)


def _refuse_contents(path: Path, db: Database) -> None:
    application_id = db.execute("PRAGMA application_id").fetchone()[0]
    if application_id != schema.APPLICATION_ID and db.execute("SELECT 1 FROM sqlite_master").fetchone():
        raise StoreError(f"{path}: a database of another program, left as it is")
    if newer := schema.newer_steps(db):
        raise StoreError(f"{path}: made by a newer milwire (step {newer[-1]!r}); update milwire to use it")


def _is_ready(path: Path) -> bool:
    if not path.exists() or path.stat().st_size == 0:
        return False
    with closing(_connect(path, read_only=True)) as db:
        return db.journal_mode == "wal" and schema.is_current(db)


def _prepare(path: Path) -> None:
    """Bring the file to the current tables in one transaction, so that a kill leaves it as it was."""
    with closing(_connect(path, read_only=False)) as db:
        db.enable_wal()
        db.execute("BEGIN IMMEDIATE")
        try:
            schema.migrate(db)
            db.commit()
        finally:
            db.rollback()


def _connect(path: Path, *, read_only: bool) -> Database:
    uri = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None)
    db = Tables(connection)
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA synchronous = FULL")
    return db


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Hold the lock under which files of a folder are prepared: two first starts at once collide.

    The folder itself is locked, so that no lock file stays behind; SQLite's own locks on the file are others.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


REASONS: Final = {
    sqlite3.SQLITE_FULL: "the disk is full; nothing of this step was kept",
    sqlite3.SQLITE_READONLY: "the file or its folder is read-only",
    sqlite3.SQLITE_BUSY: "another process has been writing for too long",
    sqlite3.SQLITE_LOCKED: "another process is writing",
    sqlite3.SQLITE_PROTOCOL: "another process is writing",
    sqlite3.SQLITE_PERM: "there is no right to use the file",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
    sqlite3.SQLITE_NOTADB: "not an SQLite database",
    sqlite3.SQLITE_CORRUPT: "the database is damaged; restore a backup",
    sqlite3.SQLITE_IOERR: "the disk does not read or write",
}
