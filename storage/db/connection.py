"""Opens a database file, creates its tables where it is new, and refuses files that are not ours."""

import fcntl
import os
import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from storage.db import schema
from storage.db.errors import explain_errors
from storage.db.sql import FastDatabase
from storage.models import StoreError

BUSY_S: Final = 30.0  # how long a write waits for another process's
SQLITE_HEADER: Final = b"SQLite format 3\x00"


def open_database(path: Path, *, read_only: bool) -> Database:
    """Return a connection to a database of ours. Unless it is read-only, create or migrate the file first.

    Raises StoreError, one line, where the file cannot be used; the file is left as it was.
    """
    _refuse_unusable_file(path, read_only=read_only)
    with explain_errors(path):
        with _report_damage(path):
            is_ready = _is_ready(path)
        if read_only and not is_ready:
            raise StoreError(f"{path}: its tables are missing or of an older milwire; run a crawl first")
        if not is_ready:
            with _lock_folder(path.parent):  # two first starts at once collide
                path.touch()  # SQLite would give it 0644 at most, whatever the umask allows
                _migrate_file(path)
        return _connect(path, read_only=read_only)


@contextmanager
def _report_damage(path: Path) -> Iterator[None]:
    """Raise StoreError where the schema is damaged, which SQLite reports as an error in our SQL."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_ERROR:
            raise
        raise StoreError(f"{path}: the database is damaged ({error}); restore a backup") from error
    except UnicodeDecodeError as error:  # SQLite's message quotes the damaged text
        raise StoreError(f"{path}: the database is damaged; restore a backup") from error


def _refuse_unusable_file(path: Path, *, read_only: bool) -> None:
    if not path.parent.is_dir():
        raise StoreError(f"{path}: no such folder: {path.parent}")
    if not path.exists():
        if read_only:
            raise StoreError(f"{path}: no such database")
        return
    if path.is_dir():
        raise StoreError(f"{path}: a folder, not a database")
    with explain_errors(path), path.open("rb") as file:
        header = file.read(len(SQLITE_HEADER))
    if header and header != SQLITE_HEADER:
        raise StoreError(f"{path}: not an SQLite database")
    if not read_only and not os.access(path, os.W_OK):
        raise StoreError(f"{path}: the file is read-only")
    if header:
        with explain_errors(path), _report_damage(path), closing(_connect(path, read_only=True)) as db:
            _refuse_other_versions(path, db)


def _refuse_other_versions(path: Path, db: Database) -> None:
    application_id = db.execute("PRAGMA application_id").fetchone()[0]
    if application_id != schema.APPLICATION_ID and db.execute("SELECT 1 FROM sqlite_master").fetchone():
        raise StoreError(f"{path}: a database of another program")
    if schema.list_old_steps(db):
        raise StoreError(f"{path}: made before the first release of milwire; {_explain_import(path)}")
    if newer := schema.list_newer_steps(db):
        raise StoreError(f"{path}: made by a newer milwire (step {newer[-1]}); update milwire to use it")


def _explain_import(path: Path) -> str:
    """Return how to take over the captures of a database that is too old to open."""
    folder = path.with_name(f"{path.name}.warc")
    if not any(folder.glob("*.warc.gz")):
        return "it has no captures to keep; start with another file"
    files, new = f"{shlex.quote(str(folder))}/*.warc.gz", shlex.quote(str(path.with_name(f"new-{path.name}")))
    return f"keep its captures in a new file: milwire import {files} --db {new}"


def _is_ready(path: Path) -> bool:
    if not path.exists() or path.stat().st_size == 0:
        return False
    with closing(_connect(path, read_only=True)) as db:
        return (db.journal_mode == "wal" or is_on_read_only_disk(path)) and schema.is_current(db)


def _migrate_file(path: Path) -> None:
    """Apply all migrations in one transaction, so that a kill leaves the file as it was."""
    with closing(_connect(path, read_only=False)) as db:
        db.enable_wal()
        db.execute("BEGIN IMMEDIATE")
        try:
            schema.apply_migrations(db)
            db.commit()
        finally:
            db.rollback()


def is_on_read_only_disk(path: Path) -> bool:
    """Return whether nothing can be written beside a database, so that it is read as a file nobody changes.

    SQLite shares what is being written in a file beside the database; where that file is, it is used.
    """
    return not (os.access(path.parent, os.W_OK) or path.with_name(f"{path.name}-shm").exists())


def _refuse_unread_changes(path: Path) -> None:
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        raise StoreError(f"{path}: its folder is read-only and {log.name} holds changes; copy both to read")


def _connect(path: Path, *, read_only: bool) -> Database:
    uri = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
    if read_only and is_on_read_only_disk(path):
        _refuse_unread_changes(path)
        uri += "&immutable=1"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None)
    db = FastDatabase(connection, path)
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA synchronous = FULL")
    return db


@contextmanager
def _lock_folder(folder: Path) -> Iterator[None]:
    """Hold the lock under which one process at a time creates or migrates the files of a folder.

    The lock is on the folder itself, so that no lock file stays behind. It does not touch SQLite's own locks.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
