"""WARC records of any origin, read as pages: ours back from the archive, other people's for an import.

A WARC that others made may be torn, damaged or hostile: every record that cannot be used is told in one line
and the next one is looked for.
"""

import io
import logging
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import brotli  # type: ignore[import-untyped]  # has neither stubs nor a marker
from warcio.bufferedreaders import ChunkedDataException, ChunkedDataReader
from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParser

from storage.models import Page

log = logging.getLogger(__name__)

LIMIT_BYTES: Final = 16 * 1024 * 1024  # a decoded body; the same as a crawl takes
HEAD_BYTES: Final = 256 * 1024  # what status line, headers and chunk marks may add to it
BLOCK_BYTES: Final = 64 * 1024
MEMBER: Final = re.compile(rb"\x1f\x8b\x08[\x00-\x1f]")  # RFC 1952: the start of a gzip member
KEPT: Final = "x-archive-orig-"  # headers that no longer describe the body, under another name


class ArchiveError(Exception):
    """A capture could not be kept or read; the text is one line."""


@dataclass(frozen=True, slots=True)
class Record:
    """One WARC record: its headers, and its block, which is empty for kinds that hold no page."""

    headers: StatusAndHeaders
    block: bytes


def responses(
    path: Path, damaged: Callable[[str], None] = log.warning, limit_bytes: int = LIMIT_BYTES
) -> Iterator[tuple[Page, datetime]]:
    """Yield each web page of a WARC file, gzip or plain, with the instant of its capture, in order.

    Response and resource records of http(s) addresses count; bodies come decoded. `damaged` gets one line for
    each record that is left out. Raises ArchiveError when the file cannot be read or holds no WARC record.
    """
    tell = _Teller(path.name, damaged)
    empty = True
    try:
        with path.open("rb") as file:
            for record in _records(file, tell, limit_bytes + HEAD_BYTES):
                empty = False
                yield from _told(record, tell, limit_bytes)
    except OSError as error:
        raise ArchiveError(f"{path}: {error.strerror or error}") from error
    if empty:
        raise ArchiveError(f"{path}: no WARC record in it")


def response(record: Record, limit_bytes: int = LIMIT_BYTES) -> tuple[Page, datetime] | None:
    """Return the page of a record and when it was captured; None for other kinds and other schemes.

    Raises ArchiveError, one line, when the record claims to be a page and cannot be read as one.
    """
    url = header(record.headers, "WARC-Target-URI").strip("<>")
    kind = header(record.headers, "WARC-Type")
    if kind not in ("response", "resource") or not url.lower().startswith(("http://", "https://")):
        return None
    if header(record.headers, "WARC-Truncated"):
        raise ArchiveError(f"{url}: cut short when it was captured")
    at = instant(header(record.headers, "WARC-Date"))
    if kind == "response":
        return _exchange(url, record.block, limit_bytes), at
    headers = (("content-type", header(record.headers, "Content-Type")),)
    return Page(url, 200, headers, _limited(url, record.block, limit_bytes)), at


def load(stream: BinaryIO, most_bytes: int = LIMIT_BYTES + HEAD_BYTES, first: bytes = b"") -> Record:
    """Read the record at the stream's place (after its `first` line); a longer block is cut and passed over.

    Raises ArchiveError, one line, when there is no whole record.
    """
    head = StatusAndHeadersParser([], verify=False).parse(_head(stream, first))
    declared = header(head, "Content-Length")
    if not re.fullmatch(r"[0-9]{1,15}", declared):
        raise ArchiveError("a record without its length")
    page = header(head, "WARC-Type") in ("response", "resource")
    block = stream.read(min(most_bytes + 1, int(declared))) if page else b""
    if _skip(stream, int(declared) - len(block)):
        raise ArchiveError("a record that ends before its length")
    return Record(head, block)


def header(headers: StatusAndHeaders, name: str) -> str:
    """Return a header's first value; empty where there is none."""
    return str(headers.get_header(name) or "")


def instant(text: str) -> datetime:
    """Return a WARC-Date as an aware UTC instant; ArchiveError when it is none."""
    try:
        at = datetime.fromisoformat(text.strip())
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ArchiveError(f"WARC-Date: {text[:40]!r} is no date") from None


def _head(stream: BinaryIO, first: bytes) -> io.BytesIO:
    """Read the lines up to the first empty one."""
    lines = [first or stream.readline(BLOCK_BYTES)]
    if not lines[0].startswith(b"WARC/"):
        raise ArchiveError("no WARC record")
    while lines[-1].strip():
        lines.append(stream.readline(BLOCK_BYTES))
        if len(lines) > 1000 or len(lines[-1]) == BLOCK_BYTES:
            raise ArchiveError("a record with endless headers")
    return io.BytesIO(b"".join(lines))


def _skip(stream: BinaryIO, left: int) -> int:
    """Read on and return how many of the bytes are missing."""
    while left > 0 and (data := stream.read(min(left, BLOCK_BYTES))):
        left -= len(data)
    return left


def _exchange(url: str, block: bytes, limit_bytes: int) -> Page:
    """Read an HTTP response as it went over the wire."""
    stream = io.BytesIO(block)
    try:
        head = StatusAndHeadersParser([], verify=False).parse(stream)
    except EOFError:
        raise ArchiveError(f"{url}: an empty record") from None
    code = head.get_statuscode()
    if not head.protocol.upper().startswith("HTTP/") or not re.fullmatch(r"[1-9][0-9][0-9]", code):
        raise ArchiveError(f"{url}: no HTTP response but {head.protocol[:20]!r}")
    content = _decoded(url, _unchunked(stream, head), header(head, "Content-Encoding"), limit_bytes)
    headers = ((name.lower().removeprefix(KEPT), value) for name, value in head.headers)
    return Page(url, int(code), tuple(headers), content)


def _unchunked(stream: io.BytesIO, head: StatusAndHeaders) -> bytes:
    """Return the body without the marks of a chunked transfer; some archivers removed only the marks."""
    if "chunked" not in header(head, "Transfer-Encoding").lower():
        return stream.read()
    start = stream.tell()
    try:
        return bytes(ChunkedDataReader(stream).read())
    except ChunkedDataException:
        stream.seek(start)
        return stream.read()


def _decoded(url: str, body: bytes, encodings: str, limit_bytes: int) -> bytes:
    """Undo the content encodings, last one first, never beyond the limit."""
    named = [name.strip().lower() for name in encodings.split(",")]
    for encoding in reversed([name for name in named if name not in ("", "identity", "none")]):
        try:
            body = _limited(url, _inflated(body, encoding, limit_bytes), limit_bytes)
        except (zlib.error, brotli.error, EOFError):
            raise ArchiveError(f"{url}: the body is no whole {encoding} data") from None
    return _limited(url, body, limit_bytes)


def _inflated(body: bytes, encoding: str, limit_bytes: int) -> bytes:
    """Undo one encoding, up to a little more than the limit. Raises EOFError where the data end too soon."""
    match encoding:
        case "gzip" | "x-gzip":  # some archivers decode the body and keep the header
            return _unzipped(body, 31, limit_bytes) if body.startswith(b"\x1f\x8b") else body
        case "deflate":  # Microsoft's servers left out the zlib header
            return _unzipped(body, 15 if _is_zlib(body) else -15, limit_bytes)
        case "br":
            return _unbrotlied(body, limit_bytes)
    raise ArchiveError(f"the content encoding {encoding[:20]!r} is not known here")


def _unzipped(body: bytes, window: int, limit_bytes: int) -> bytes:
    reader = zlib.decompressobj(window)
    content = reader.decompress(body, limit_bytes + 1)
    if not reader.eof and len(content) <= limit_bytes:
        raise EOFError
    return content


def _unbrotlied(body: bytes, limit_bytes: int) -> bytes:
    reader = brotli.Decompressor()
    content = bytearray(reader.process(body, output_buffer_limit=limit_bytes))
    while not reader.is_finished() and len(content) <= limit_bytes:
        more = reader.process(b"", output_buffer_limit=limit_bytes)
        if not more:
            raise EOFError
        content += more
    return bytes(content)


def _is_zlib(body: bytes) -> bool:
    """Tell whether data begin with a zlib header (RFC 1950, 2.2)."""
    return len(body) >= 2 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0


def _limited(url: str, body: bytes, limit_bytes: int) -> bytes:
    if len(body) > limit_bytes:
        raise ArchiveError(f"{url}: a body of more than {limit_bytes} bytes")
    return body


class _Teller:
    """Tells of each stretch of damage once, however many tries it takes to get past it."""

    def __init__(self, name: str, damaged: Callable[[str], None]) -> None:
        self._name = name
        self._damaged = damaged
        self._inside = False

    def say(self, line: str) -> None:
        """Tell of one record, in one printable line."""
        self._damaged("".join(c if c.isprintable() else "?" for c in f"{self._name}: {line}")[:400])

    def bad(self, start: int, line: str) -> None:
        """Tell that damage begins here, unless we are in the middle of it."""
        if not self._inside:
            self.say(f"at byte {start}: {line}")
        self._inside = True

    def good(self) -> None:
        """Note that a record was whole."""
        self._inside = False


class Member(io.RawIOBase):
    """One gzip member of a file, inflated as it is read."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        super().__init__()
        file.seek(start)
        self._file = file
        self._inflate = zlib.decompressobj(31)
        self.start = start
        self.broken = ""

    def readable(self) -> bool:
        """Say yes, as BufferedReader asks."""
        return True

    def readinto(self, buffer: Any) -> int:  # a writable buffer, which has no name in Python 3.11
        """Fill the buffer with what comes next; 0 at the end of the member and where it breaks."""
        data = b""
        while not data and not self._inflate.eof and not self.broken:
            data = self._more(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def next_start(self) -> int:
        """Return where to look for the next member, once this one has been read."""
        return self.start + 1 if self.broken else self._file.tell() - len(self._inflate.unused_data)

    def _more(self, most_bytes: int) -> bytes:
        raw = self._inflate.unconsumed_tail or self._file.read(BLOCK_BYTES)
        if not raw:
            self.broken = "the file ends in the middle of a record"
            return b""
        try:
            return self._inflate.decompress(raw, most_bytes)
        except zlib.error:
            self.broken = "damaged data"
            return b""


def _told(record: Record, tell: _Teller, limit_bytes: int) -> Iterator[tuple[Page, datetime]]:
    """Yield the page of a record; or nothing, after telling what is wrong with it."""
    try:
        found = response(record, limit_bytes)
    except ArchiveError as error:
        tell.say(str(error))
        return
    if found:
        yield found


def _records(file: BinaryIO, tell: _Teller, most_bytes: int) -> Iterator[Record]:
    """Yield the whole records of a file and tell of the others."""
    if not _is_packed(file):
        file.seek(0)
        yield from _stretch(file, None, tell, most_bytes)
        return
    offset = 0
    while (start := _next_member(file, offset)) is not None:
        if start > offset:
            tell.bad(offset, "no WARC record")
        member = Member(file, start)
        yield from _stretch(
            cast("BinaryIO", io.BufferedReader(member, BLOCK_BYTES)), member, tell, most_bytes
        )
        offset = member.next_start()
    if file.seek(0, io.SEEK_END) > offset:
        tell.bad(offset, "no WARC record")


def _stretch(stream: BinaryIO, member: Member | None, tell: _Teller, most_bytes: int) -> Iterator[Record]:
    """Yield the records of a gzip member or of a plain file; what is no record is skipped line by line."""
    start = member.start if member else 0
    line = _next_line(stream)
    while line:
        try:
            record = load(stream, most_bytes, line)
            line = _next_line(stream)
            if (
                member and member.broken
            ):  # a record counts when its checksum, read with the next line, is right
                break
            tell.good()
            yield record
        except ArchiveError as error:
            tell.bad(start, str(error))
            line = _next_line(stream)
    if member and member.broken:
        tell.bad(start, member.broken)


def _next_line(stream: BinaryIO) -> bytes:
    """Return the next line that is not blank; empty at the end."""
    while line := stream.readline(BLOCK_BYTES):
        if line.strip():
            return line
    return b""


def _is_packed(file: BinaryIO) -> bool:
    """Tell whether a file is made of gzip members, be it that its first bytes are damaged."""
    start = file.read(BLOCK_BYTES)
    return bool(MEMBER.match(start)) or (b"WARC/" not in start and _next_member(file, 0) is not None)


def _next_member(file: BinaryIO, offset: int) -> int | None:
    """Return where the next gzip member starts at or after `offset`; None when there is none."""
    file.seek(offset)
    kept = b""
    while data := file.read(BLOCK_BYTES):
        data = kept + data
        if found := MEMBER.search(data):
            return offset + found.start()
        kept = data[-3:]
        offset += len(data) - len(kept)
    return None
