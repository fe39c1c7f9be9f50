"""Writes captures to WARC files beside the database, reads them back, and erases them.

Each process writes files of its own, one gzip member a record. A record is on disk before `append_page`
returns, so that no row ever names a record that is not there.
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
from storage.archive.errors import ArchiveError, UnstorablePageError
from storage.archive.reader import parse_record, read_record
from storage.models import Page
from storage.models.quoting import quote_value

ROTATE_BYTES: Final = 1_000_000_000
MAX_COMPRESSION: Final = 1100  # gzip reaches at most about 1030 to 1
# Headers that are untrue of a decoded body.
WIRE_HEADERS: Final = frozenset({"content-encoding", "transfer-encoding", "content-length"})
WARC_VERSION: Final = "1.1"  # the first one whose dates may have fractions of a second


@dataclass(frozen=True, slots=True)
class CaptureRef:
    """Where a capture is in the archive folder, and the digests that identify it."""

    file: str  # a plain name, relative to the folder
    offset: int
    length: int  # bytes in the file, compressed
    content_digest: str  # of the decoded body, "sha256:" and 64 hex digits
    record_digest: str = ""  # of the bytes in the file; empty: not compared


def get_archive_folder(database: Path) -> Path:
    """Return the folder of a database's captures: its name with `.warc` at the end."""
    return database.with_name(f"{database.name}.warc")


def digest_content(content: bytes) -> str:
    """Return the digest that identifies a decoded body, as `sha256:` and 64 hex digits."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def read_capture(folder: Path, ref: CaptureRef) -> Page:
    """Return a captured page as it was appended. Raises ArchiveError where it is missing or differs."""
    path = resolve_file(folder, ref)
    try:
        stored = read_stored_bytes(path, ref)
        found = _unpack_page(stored)
    except (OSError, EOFError, zlib.error, ArchiveError) as error:
        raise ArchiveError(f"{path}, byte {ref.offset}: {_format_error(error)}") from error
    is_same = not ref.record_digest or digest_content(stored) == ref.record_digest
    if found is None or not is_same or digest_content(found.content) != ref.content_digest:
        raise ArchiveError(f"{path}, byte {ref.offset}: not the capture that was stored there")
    return found


def read_stored_bytes(path: Path, ref: CaptureRef) -> bytes:
    """Return the bytes at a capture's position; fewer where the file ends before."""
    with path.open("rb") as file:
        file.seek(ref.offset)
        return file.read(min(ref.length, os.fstat(file.fileno()).st_size))


def erase_capture(folder: Path, ref: CaptureRef) -> None:
    """Overwrite a capture with a record that says `purged`, and sync it; later records stay where they are.

    Other processes may append to the file meanwhile. In a file that was cut off, what is left of the
    capture is overwritten. Raises ArchiveError, one line, where that fails.
    """
    path = resolve_file(folder, ref)
    try:
        if not path.exists():
            return
        tombstone = _build_tombstone(path, ref)
        with path.open("r+b") as file:
            file.seek(ref.offset)
            file.write(tombstone)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise ArchiveError(f"{path}: capture not erased: {_format_error(error)}") from error


def is_erased(folder: Path, ref: CaptureRef) -> bool:
    """Return whether a tombstone stands where a capture was, or the file is gone."""
    path = resolve_file(folder, ref)
    return not path.exists() or read_stored_bytes(path, ref) == _build_tombstone(path, ref)


class ArchiveWriter:
    """Appends captures for this process."""

    def __init__(self, folder: Path, clock: Callable[[], datetime], rotate_bytes: int = ROTATE_BYTES) -> None:
        self.folder = folder
        self._clock = clock
        self._rotate_bytes = rotate_bytes
        self._file: _File | None = None

    def append_page(self, page: Page, at: datetime) -> CaptureRef:
        """Write a response that came at `at`, sync it, and return where it is.

        Raises ArchiveError, one line, when that fails; no half-written record stays behind. A response that
        cannot be read back from its record is not written: UnstorablePageError.
        """
        try:
            file = self._open_current_file()
            record = _pack_page(page, at, file.info_id)
            offset, length = file.append_record(record)
        except OSError as error:
            self.close()  # the next one starts a file of its own
            raise ArchiveError(f"{self.folder}: capture not stored: {_format_error(error)}") from error
        return CaptureRef(file.name, offset, length, digest_content(page.content), digest_content(record))

    def close(self) -> None:
        """Close the file of this process; the next capture opens a new one."""
        if self._file:
            self._file.close()
        self._file = None

    def _open_current_file(self) -> "_File":
        """Return the file to write to: a new one each day, at the size limit, and after a fork."""
        day = self._clock().astimezone(UTC).strftime("%Y%m%d")
        file = self._file
        if file and file.size_bytes < self._rotate_bytes and (file.day, file.pid) == (day, os.getpid()):
            return file
        self.close()
        self._file = _File(self.folder, day, self._clock())
        return self._file


class _File:
    """One WARC file that this process created; no other process writes to it."""

    def __init__(self, folder: Path, day: str, at: datetime) -> None:
        self.day = day
        self.pid = os.getpid()
        self.name = f"{day}-{self.pid}-{secrets.token_hex(4)}.warc.gz"
        self.size_bytes = 0
        _make_folder(folder)
        self._descriptor = os.open(
            folder / self.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o666
        )
        try:
            self.info_id, record = _build_info_record(self.name, at)
            self.append_record(record)
            _sync_folder(folder)
        except OSError:
            self.close()
            (folder / self.name).unlink()
            raise

    def append_record(self, record: bytes) -> tuple[int, int]:
        """Write a record and sync it, completely or not at all; return its offset and length."""
        offset = self.size_bytes
        try:
            _write_all(self._descriptor, record)
            os.fsync(self._descriptor)
        except OSError:
            os.ftruncate(self._descriptor, offset)
            raise
        self.size_bytes += len(record)
        return offset, len(record)

    def close(self) -> None:
        os.close(self._descriptor)


def resolve_file(folder: Path, ref: CaptureRef) -> Path:
    """Return the file of a capture. Raises ArchiveError where its name leads out of the folder."""
    if ref.file in ("", ".", "..") or Path(ref.file).name != ref.file:
        raise ArchiveError(f"{quote_value(ref.file)}: not the name of a file in {folder}")
    return folder / ref.file


def _build_tombstone(path: Path, ref: CaptureRef) -> bytes:
    """Return the bytes that replace a capture, as far as the file goes."""
    length = len(read_stored_bytes(path, ref))
    tombstone = tombstones.build_tombstone(ref.file, ref.offset, ref.length)
    return tombstone if length == ref.length else bytes(length)


def _pack_page(page: Page, at: datetime, info_id: str) -> bytes:
    """Return the record of a page, once it has been read back: a record that cannot be read spoils a file.

    Servers send what no archive can hold: statuses of two or four digits, targets of 70,000 characters.
    """
    if not page.has_http_status:
        raise UnstorablePageError(f"status {page.status} is none that HTTP knows")
    try:
        record = _build_response_record(page, at, info_id)
        found = _unpack_page(record)
    except (ArchiveError, ValueError) as error:
        raise UnstorablePageError(f"the answer cannot be stored: {_format_error(error)[:200]}") from error
    if found is None or (found.url, found.status, found.content) != (page.url, page.status, page.content):
        raise UnstorablePageError("the answer cannot be stored: it would read as another one")
    return record


def _unpack_page(stored: bytes) -> Page | None:
    """Return the page of a compressed record; None where it holds none."""
    limit_bytes = len(stored) * MAX_COMPRESSION
    record = read_record(io.BytesIO(gzip.decompress(stored)), limit_bytes)
    found = parse_record(record, limit_bytes)
    return found.page if found else None


def _build_response_record(page: Page, at: datetime, info_id: str) -> bytes:
    """Return the WARC record of a page, compressed."""
    head = _Headers(
        _format_status_line(page.status), [_format_header(*pair) for pair in page.headers], "HTTP/1.1"
    )
    warc_headers = {
        "WARC-Date": _format_warc_date(at),
        "WARC-Warcinfo-ID": info_id,
        "WARC-Payload-Digest": digest_content(page.content),
    }
    record = RecordBuilder(WARC_VERSION).create_warc_record(
        page.url,
        "response",
        payload=io.BytesIO(page.content),
        length=len(page.content),
        warc_headers_dict=warc_headers,
        http_headers=head,
    )
    return _compress_record(record)


def _build_info_record(name: str, at: datetime) -> tuple[str, bytes]:
    """Return the first record of a file: its id and its compressed bytes."""
    info = {
        "software": f"milwire/{version('milwire')}",
        "format": f"WARC File Format {WARC_VERSION}",
        "description": "Bodies are stored decoded; headers untrue of them begin with X-Archive-Orig-.",
    }
    record = RecordBuilder(WARC_VERSION).create_warcinfo_record(name, info)
    record.rec_headers.replace_header("WARC-Date", _format_warc_date(at))
    return str(record.rec_headers.get_header("WARC-Record-ID")), _compress_record(record)


def _compress_record(record: object) -> bytes:
    out = io.BytesIO()
    WARCWriter(out, gzip=True, warc_version=WARC_VERSION).write_record(record)
    return out.getvalue()


class _Headers(StatusAndHeaders):  # type: ignore[misc]  # warcio has no types
    """HTTP headers written as they are; warcio's own class percent-encodes what is not ASCII."""

    def to_ascii_bytes(self, header_filter: object = None) -> bytes:
        return bytes(self.to_str(header_filter).encode("utf-8", "replace") + b"\r\n")


def _format_header(name: str, value: str) -> tuple[str, str]:
    """Return a header for a decoded body, on one line."""
    new_name = f"X-Archive-Orig-{name}" if name.strip().lower() in WIRE_HEADERS else name
    return new_name, re.sub(r"[\r\n]+", " ", value)


def _format_status_line(status: int) -> str:
    known = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"
    return f"{status} {known}"


def _format_warc_date(at: datetime) -> str:
    """Return an instant as a WARC-Date, with microseconds where there are any."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _make_folder(folder: Path) -> None:
    """Create the archive folder and sync its parent, so that it survives a power cut."""
    if not folder.is_dir():
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def _format_error(error: Exception) -> str:
    return " ".join(str(getattr(error, "strerror", None) or error).split())
