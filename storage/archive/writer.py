"""Captures: every response worth keeping, as it came, in WARC files beside the database.

Each process writes files of its own, one gzip member a record; a record is on disk before `append` returns,
so that a row naming it is never there without it.
"""

import gzip
import hashlib
import io
import os
import re
import secrets
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from typing import Final

from warcio.recordbuilder import RecordBuilder
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from storage.archive import tombstones
from storage.archive.reader import ArchiveError, load, response, responses
from storage.models import Page

__all__ = ["Archive", "ArchiveError", "CaptureRef", "digest", "folder_of", "read", "responses"]

ROTATE_BYTES: Final = 1_000_000_000
STALE: Final = frozenset(
    {"content-encoding", "transfer-encoding", "content-length"}
)  # untrue of a decoded body
WARC_VERSION: Final = "1.1"  # the first one whose dates may have fractions of a second


@dataclass(frozen=True, slots=True)
class CaptureRef:
    """Where a capture lies in the archive's folder, and the digests by which it is known."""

    file: str  # a plain name, relative to the folder
    offset: int
    length: int  # bytes in the file, compressed
    digest: str  # of the decoded body, "sha256:" and 64 hex digits
    record: str = ""  # of the bytes in the file; empty where they need not be compared


def folder_of(database: Path) -> Path:
    """Return the folder of captures that belongs to a database: its own name and `.warc`."""
    return database.with_name(f"{database.name}.warc")


def digest(content: bytes) -> str:
    """Return the digest by which a decoded body is known, as `sha256:` and 64 hex digits."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def read(folder: Path, ref: CaptureRef) -> Page:
    """Return a kept page as it was appended. Raises ArchiveError when it is missing, damaged or another."""
    path = _file_of(folder, ref)
    try:
        most_bytes = ref.length * 1100  # more than gzip can pack into it
        packed = stored(path, ref)
        found = response(load(io.BytesIO(gzip.decompress(packed)), most_bytes), most_bytes)
    except (OSError, EOFError, zlib.error, ArchiveError) as error:
        raise ArchiveError(f"{path}, byte {ref.offset}: {_line(error)}") from error
    is_same = digest(packed) == (ref.record or digest(packed))
    if found is None or not is_same or digest(found[0].content) != ref.digest:
        raise ArchiveError(f"{path}, byte {ref.offset}: not the capture that was kept there")
    return found[0]


def stored(path: Path, ref: CaptureRef) -> bytes:
    """Return the bytes that lie at a capture's place; fewer where the file ends before."""
    with path.open("rb") as file:
        file.seek(ref.offset)
        return file.read(min(ref.length, os.fstat(file.fileno()).st_size))


def erase(folder: Path, ref: CaptureRef) -> None:
    """Put a record that says `purged` over a capture, through to the disk; nothing behind it moves.

    Others may append to the file meanwhile. Of a file that was cut off, what is left of the capture goes.
    Raises ArchiveError, one line, where it cannot be overwritten.
    """
    path = _file_of(folder, ref)
    try:
        if not path.exists():
            return
        left = _tombstone(path, ref)
        with path.open("r+b") as file:
            file.seek(ref.offset)
            file.write(left)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise ArchiveError(f"{path}: capture not erased: {_line(error)}") from error


def is_erased(folder: Path, ref: CaptureRef) -> bool:
    """Tell whether nothing but a tombstone lies where a capture was, or nothing at all."""
    path = _file_of(folder, ref)
    return not path.exists() or stored(path, ref) == _tombstone(path, ref)


class Archive:
    """The end of the archive at which this process writes."""

    def __init__(self, folder: Path, clock: Callable[[], datetime], rotate_bytes: int = ROTATE_BYTES) -> None:
        self.folder = folder
        self._clock = clock
        self._rotate_bytes = rotate_bytes
        self._file: _File | None = None

    def append(self, page: Page, at: datetime) -> CaptureRef:
        """Keep a response that came at `at` and return where; it is safely on disk then.

        Raises ArchiveError, one line, when it cannot be kept; nothing half-written stays behind in its way.
        """
        try:
            file = self._current()
            record = _response(page, at, file.info_id)
            offset, length = file.append(record)
        except OSError as error:
            self.close()  # the next one starts a file of its own
            raise ArchiveError(f"{self.folder}: capture not kept: {_line(error)}") from error
        return CaptureRef(file.name, offset, length, digest(page.content), digest(record))

    def close(self) -> None:
        """Close the file of this process; the next capture opens a new one."""
        if self._file:
            self._file.close()
        self._file = None

    def _current(self) -> "_File":
        """Return the file to write to: a new one each day, at the size limit and after a fork."""
        day = self._clock().astimezone(UTC).strftime("%Y%m%d")
        file = self._file
        if file and file.size_bytes < self._rotate_bytes and (file.day, file.pid) == (day, os.getpid()):
            return file
        self.close()
        self._file = _File(self.folder, day, self._clock())
        return self._file


class _File:
    """One WARC file that this process made and that nobody else writes to."""

    def __init__(self, folder: Path, day: str, at: datetime) -> None:
        self.day = day
        self.pid = os.getpid()
        self.name = f"{day}-{self.pid}-{secrets.token_hex(4)}.warc.gz"
        self.size_bytes = 0
        _make(folder)
        self._descriptor = os.open(
            folder / self.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644
        )
        try:
            self.info_id, record = _warcinfo(self.name, at)
            self.append(record)
            _sync_folder(folder)
        except OSError:
            self.close()
            (folder / self.name).unlink()
            raise

    def append(self, record: bytes) -> tuple[int, int]:
        """Write a record through to the disk, wholly or not at all, and return its place and length."""
        offset = self.size_bytes
        try:
            _write(self._descriptor, record)
            os.fsync(self._descriptor)
        except OSError:
            os.ftruncate(self._descriptor, offset)
            raise
        self.size_bytes += len(record)
        return offset, len(record)

    def close(self) -> None:
        os.close(self._descriptor)


def _file_of(folder: Path, ref: CaptureRef) -> Path:
    if ref.file in ("", ".", "..") or Path(ref.file).name != ref.file:
        raise ArchiveError(f"{ref.file!r}: not the name of a file in {folder}")
    return folder / ref.file


def _tombstone(path: Path, ref: CaptureRef) -> bytes:
    """Return what is to lie where a capture was, as far as the file goes."""
    length = len(stored(path, ref))
    whole = tombstones.record(ref.file, ref.offset, ref.length)
    return whole if length == ref.length else bytes(length)


def _response(page: Page, at: datetime, info_id: str) -> bytes:
    """Return the WARC record of a page, packed."""
    head = _Headers(_status_line(page.status), [_header(*pair) for pair in page.headers], "HTTP/1.1")
    warc_headers = {
        "WARC-Date": _warc_date(at),
        "WARC-Warcinfo-ID": info_id,
        "WARC-Payload-Digest": digest(page.content),
    }
    record = RecordBuilder(WARC_VERSION).create_warc_record(
        page.url,
        "response",
        payload=io.BytesIO(page.content),
        length=len(page.content),
        warc_headers_dict=warc_headers,
        http_headers=head,
    )
    return _packed(record)


def _warcinfo(name: str, at: datetime) -> tuple[str, bytes]:
    """Return the record at the head of a file: its identity and its packed bytes."""
    info = {
        "software": f"milwire/{version('milwire')}",
        "format": f"WARC File Format {WARC_VERSION}",
        "description": "Bodies are kept decoded; headers untrue of them begin with X-Archive-Orig-.",
    }
    record = RecordBuilder(WARC_VERSION).create_warcinfo_record(name, info)
    record.rec_headers.replace_header("WARC-Date", _warc_date(at))
    return str(record.rec_headers.get_header("WARC-Record-ID")), _packed(record)


def _packed(record: object) -> bytes:
    out = io.BytesIO()
    WARCWriter(out, gzip=True, warc_version=WARC_VERSION).write_record(record)
    return out.getvalue()


class _Headers(StatusAndHeaders):  # type: ignore[misc]  # warcio has no types
    """HTTP headers written as they are; warcio's own percent-encode what is not ASCII."""

    def to_ascii_bytes(self, header_filter: object = None) -> bytes:
        return bytes(self.to_str(header_filter).encode("utf-8", "replace") + b"\r\n")


def _header(name: str, value: str) -> tuple[str, str]:
    """Return a header for a decoded body, on one line."""
    kept = f"X-Archive-Orig-{name}" if name.lower() in STALE else name
    return kept, re.sub(r"[\r\n]+", " ", value)


def _status_line(status: int) -> str:
    known = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"
    return f"{status} {known}"


def _warc_date(at: datetime) -> str:
    """Return an instant as a WARC-Date, with microseconds where there are any."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _make(folder: Path) -> None:
    """Make the archive's folder, and make sure that it stays."""
    if not folder.is_dir():
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def _line(error: Exception) -> str:
    return " ".join(str(getattr(error, "strerror", None) or error).split())
