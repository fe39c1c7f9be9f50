"""A copy of a database and of the captures it names, made while crawls write, and proved before it counts.

The database is copied first, from one snapshot; a capture is on disk before the row that names it commits,
so all that the copy names is there to be copied after it. What is made has a temporary name until checked.
"""

import os
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from storage.archive.writer import folder_of
from storage.db.connection import explained, open_database
from storage.integrity import verify
from storage.models import StoreError
from storage.store import Store

CHUNK_BYTES: Final = 1 << 20
# Files are only appended to: what lies before the end of the last capture that the copy names is complete.
NAMED: Final = "SELECT warc_file, max(offset + length) FROM captures GROUP BY warc_file ORDER BY warc_file"

Progress = Callable[[str, int, int], None]  # what is done now, parts done, parts in all


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds."""

    folder: str
    database: str  # its name in the folder, the original's
    database_bytes: int
    files: int  # of captures
    file_bytes: int
    events: int
    revisions: int
    captures: int
    head: str  # hash of the newest event


def backup(database: Path, target: Path, progress: Progress = lambda what, done, parts: None) -> Backup:
    """Copy a database and its captures into the new folder `target`, check it, and return what it holds.

    Raises StoreError, one line, and leaves nothing behind: where `target` exists, the database cannot be
    read, there is no room, or the copy is not whole.
    """
    _refuse(database, target)
    with explained(target), _unfinished(target) as folder:
        copy = folder / database.name
        _copy_database(database, copy, progress)
        with closing(open_database(copy, read_only=True)) as db:
            bounds = db.execute(NAMED).fetchall()
        for done, (name, length) in enumerate(bounds):
            progress("captures", done, len(bounds))
            _copy_start(folder_of(database) / name, folder_of(copy) / name, length)
        proved = _proved(copy, progress)
        _sync(folder_of(copy), folder)
        _refuse(database, target)
        folder.rename(target)
        _sync(target.absolute().parent)
    return Backup(
        folder=str(target),
        database=database.name,
        database_bytes=(target / database.name).stat().st_size,
        files=len(bounds),
        file_bytes=sum(length for _, length in bounds),
        events=proved.events,
        revisions=proved.revisions,
        captures=proved.captures,
        head=proved.head,
    )


def _refuse(database: Path, target: Path) -> None:
    if os.path.lexists(target):
        raise StoreError(f"{target}: is there already; a backup overwrites nothing")
    if not target.absolute().parent.is_dir():
        raise StoreError(f"{target}: there is no folder {target.absolute().parent}")
    if target.absolute().is_relative_to(folder_of(database).absolute()):
        raise StoreError(f"{target}: lies among the captures; keep backups elsewhere")


@contextmanager
def _unfinished(target: Path) -> Iterator[Path]:
    """Give a folder beside the target, and remove it with all that is in it unless it was renamed."""
    folder = target.with_name(f".{target.name}.unfinished-{secrets.token_hex(4)}")
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy_database(database: Path, copy: Path, progress: Progress) -> None:
    """Copy the newest state in one step: with a pause in between, each commit of a crawl would restart it."""
    with explained(database), closing(open_database(database, read_only=True)) as source:
        progress("database", 0, 1)
        with explained(copy), closing(sqlite3.connect(copy)) as made:
            source.conn.backup(made)


def _copy_start(original: Path, copy: Path, length: int) -> None:
    """Copy the first bytes of a file through to the disk; one that is gone is left for the check to name."""
    copy.parent.mkdir(exist_ok=True)
    if not original.exists():
        return
    with original.open("rb") as source, copy.open("xb") as made:
        left = length
        while left and (chunk := source.read(min(CHUNK_BYTES, left))):
            made.write(chunk)
            left -= len(chunk)
        made.flush()
        os.fsync(made.fileno())


def _proved(copy: Path, progress: Progress) -> verify.Proof:
    """Return the proof of a copy; StoreError where it is not whole.

    A purge that the original had not finished is finished in the copy first: opening it for writing does so.
    """
    with closing(Store.open(copy)) as store:
        found = store.db.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if found != "ok":
            raise StoreError(f"not backed up: the copy is damaged: {' '.join(found.split())}")
        proved = verify.verify(store.db, folder_of(copy), lambda done, rows: progress("check", done, rows))
    if proved.problem:
        raise StoreError(f"not backed up, the copy is not whole: {proved.problem}")
    return proved


def _sync(*folders: Path) -> None:
    """Make sure that what these folders hold, files included, outlasts a power cut."""
    for folder in folders:
        files = [one for one in folder.iterdir() if one.is_file()] if folder.is_dir() else []
        for path in (*files, *((folder,) if folder.is_dir() else ())):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
