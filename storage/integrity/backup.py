"""Copies a database and the captures that it names while crawls write, and checks the copy.

The database is copied first, from one snapshot. A capture is on disk before the row that names it commits,
so everything that the copy names can be copied after it. The copy has a temporary name until it has been
checked.
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

from sqlite_utils import Database

from storage.archive.errors import ArchiveError
from storage.archive.writer import get_archive_folder
from storage.db.connection import open_database
from storage.db.errors import explain_errors
from storage.db.timestamps import get_utc_now
from storage.integrity import bad_captures, purge, verify
from storage.models import StoreError

CHUNK_BYTES: Final = 1 << 20
# Files are only appended to: all before the end of the last capture that the copy names is complete.
CAPTURE_FILES: Final = (
    "SELECT warc_file, max(offset + length) FROM captures GROUP BY warc_file ORDER BY warc_file"
)

BackupProgress = Callable[[str, int, int], None]  # the step (database, captures or check), parts done, parts


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds."""

    folder: str
    database: str  # file name in the folder, the same as the original's
    database_bytes: int
    files: int  # WARC files
    file_bytes: int
    events: int
    revisions: int
    captures: int
    head: str  # hash of the newest event
    bad_captures: tuple[str, ...] = ()  # that cannot be read in the original either, one line each


def create_backup(
    database: Path, target: Path, progress: BackupProgress = lambda step, done, parts: None
) -> Backup:
    """Copy a database and its captures into the new folder `target` and return what it holds.

    A capture that cannot be read in the original either is copied as it is, and named.
    Raises StoreError, one line, and leaves nothing behind where `target` exists, the database cannot be
    read, the disk is full, or the copy fails the check.
    """
    _refuse_target(database, target)
    with explain_errors(target), _make_temporary_folder(target) as folder:
        copy = folder / database.name
        _copy_database(database, copy, progress)
        with closing(open_database(copy, read_only=True)) as db:
            files = db.execute(CAPTURE_FILES).fetchall()
        for done, (name, length) in enumerate(files):
            progress("captures", done, len(files))
            _copy_first_bytes(get_archive_folder(database) / name, get_archive_folder(copy) / name, length)
        report = _check_copy(copy, progress, get_archive_folder(database))
        _sync_folders(get_archive_folder(copy), folder)
        _refuse_target(database, target)
        folder.rename(target)
        _sync_folders(target.absolute().parent)
    return Backup(
        folder=str(target),
        database=database.name,
        database_bytes=(target / database.name).stat().st_size,
        files=len(files),
        file_bytes=sum(length for _, length in files),
        events=report.events,
        revisions=report.revisions,
        captures=report.captures,
        head=report.head,
        bad_captures=report.problems,
    )


def _refuse_target(database: Path, target: Path) -> None:
    if os.path.lexists(target):
        raise StoreError(f"{target}: already exists; a backup overwrites nothing")
    if not target.absolute().parent.is_dir():
        raise StoreError(f"{target}: no such folder: {target.absolute().parent}")
    if target.absolute().is_relative_to(get_archive_folder(database).absolute()):
        raise StoreError(f"{target}: is inside the folder of captures; keep backups elsewhere")


@contextmanager
def _make_temporary_folder(target: Path) -> Iterator[Path]:
    """Yield a new folder beside the target, and remove it in the end unless it was renamed."""
    folder = target.with_name(f".{target.name}.unfinished-{secrets.token_hex(4)}")
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy_database(database: Path, copy: Path, progress: BackupProgress) -> None:
    """Copy the newest state in one step. With pauses, each commit of a crawl would restart the copy."""
    with explain_errors(database), closing(open_database(database, read_only=True)) as source:
        progress("database", 0, 1)
        with explain_errors(copy), closing(sqlite3.connect(copy)) as made:
            source.conn.backup(made)


def _copy_first_bytes(original: Path, copy: Path, length: int) -> None:
    """Copy the first bytes of a file and sync them. A missing file is reported later, by the check."""
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


def _check_copy(copy: Path, progress: BackupProgress, original: Path) -> verify.IntegrityReport:
    """Return the report on a copy. Raises StoreError where the copy is damaged.

    `original` is the folder of captures that was copied.
    """
    with closing(open_database(copy, read_only=False)) as db:
        _finish_purges(db, get_archive_folder(copy))
        found = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if found != "ok":
            raise StoreError(f"no backup made: the copy is damaged: {' '.join(found.split())}")
        report = verify.verify_database(
            db, get_archive_folder(copy), lambda done, rows: progress("check", done, rows)
        )
        unlike = [one for one in report.bad_captures if not bad_captures.is_bad_alike(db, original, one)]
    if unlike or len(report.problems) > len(report.bad_captures):
        raise StoreError(f"no backup made: the copy fails the check: {report.problem}")
    return report


def _finish_purges(db: Database, folder: Path) -> None:
    """Erase from the copy what a purge has not erased from the original yet."""
    try:
        if purge.has_unfinished_purge(db):
            purge.erase_purged_bytes(db, folder, get_utc_now())
    except ArchiveError as error:
        raise StoreError(str(error)) from error


def _sync_folders(*folders: Path) -> None:
    """Sync these folders and the files in them, so that they survive a power cut."""
    for folder in folders:
        files = [one for one in folder.iterdir() if one.is_file()] if folder.is_dir() else []
        for path in (*files, *((folder,) if folder.is_dir() else ())):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
