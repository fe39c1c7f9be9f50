"""Reads pages from WARC records: from our own archive, and from other people's files for an import.

Other people's files may be torn, damaged or hostile. A record that cannot be used is reported in one line,
and reading goes on with the next one.
"""

import io
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final, cast

from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParser

from storage.archive.content_decoding import check_body_size, decode_body, remove_chunk_marks
from storage.archive.errors import ArchiveError
from storage.archive.gzip_members import BLOCK_BYTES, GzipMember, find_member, is_gzip_warc
from storage.models import Page
from storage.models.quoting import quote_value

log = logging.getLogger(__name__)

MAX_BODY_BYTES: Final = 16 * 1024 * 1024  # of a decoded body; the same limit as a crawl's
MAX_HEAD_BYTES: Final = 256 * 1024  # what status line, headers and chunk marks may add to it
MAX_BLOCK_BYTES: Final = MAX_BODY_BYTES + MAX_HEAD_BYTES
BARE_DATE: Final = re.compile(r"^(\d{8})(\d{6})$")  # as in ARC files, which some tools converted
MAX_HEADER_LINES: Final = 1000
PAGE_KINDS: Final = frozenset({"response", "resource", "revisit"})
INTERIM_STATUSES: Final = frozenset({"100", "102", "103"})  # the response itself follows (RFC 9110, 15.2)
ORIGINAL_PREFIX: Final = "x-archive-orig-"  # before headers that are untrue of a decoded body


@dataclass(frozen=True, slots=True)
class Original:
    """The capture that a revisit record names: its page was as that one."""

    url: str
    at: datetime | None  # None: the record does not say
    digest: str  # of the payload, as the archive writes it; may be empty


@dataclass(frozen=True, slots=True)
class ArchivedPage:
    """A page of a WARC file, and when it was captured."""

    page: Page
    at: datetime
    is_whole: bool = True  # False: its record says that it was cut short, or its data end too soon
    original: Original | None = None  # of a revisit; the page has status and headers then, and no body
    digest: str = ""  # of the payload, as the archive writes it


@dataclass(frozen=True, slots=True)
class WarcRecord:
    """One WARC record: its headers, and its block, which is empty for kinds that hold no page."""

    headers: StatusAndHeaders
    block: bytes


def read_warc_pages(
    path: Path, report: Callable[[str], None] = log.warning, limit_bytes: int = MAX_BODY_BYTES
) -> Iterator[ArchivedPage]:
    """Yield each web page of a WARC file, gzip or plain, in order.

    Pages are the response, resource and revisit records of http(s) addresses; bodies are decoded. `report`
    gets one line for each record that cannot be used. Raises ArchiveError where the file cannot be read or
    holds no record.
    """
    damage = _DamageReport(path.name, report)
    is_empty = True
    try:
        with path.open("rb") as file:
            for record in _read_records(file, damage, limit_bytes + MAX_HEAD_BYTES):
                is_empty = False
                yield from _parse_or_report(record, damage, limit_bytes)
    except OSError as error:
        raise ArchiveError(f"{path}: {error.strerror or error}") from error
    if is_empty:
        raise ArchiveError(f"{path}: no WARC record in it")


def parse_record(record: WarcRecord, limit_bytes: int = MAX_BODY_BYTES) -> ArchivedPage | None:
    """Return the page of a record; None for other kinds and other schemes.

    Raises ArchiveError, one line, when the record claims to be a page and cannot be read as one.
    """
    url = get_warc_header(record.headers, "WARC-Target-URI").strip("<>")
    kind = _get_kind(record.headers)
    if kind not in PAGE_KINDS or not url.lower().startswith(("http://", "https://")):
        return None
    at = parse_warc_date(get_warc_header(record.headers, "WARC-Date"))
    digest = get_warc_header(record.headers, "WARC-Payload-Digest")
    if kind == "revisit":
        return ArchivedPage(
            _parse_revisit(url, record.block), at, original=_find_original(url, record.headers)
        )
    is_cut = bool(get_warc_header(record.headers, "WARC-Truncated"))
    if kind == "response":
        page, is_whole = _parse_http_response(url, record.block, limit_bytes)
        return ArchivedPage(page, at, is_whole and not is_cut, digest=digest)
    headers = (("content-type", get_warc_header(record.headers, "Content-Type")),)
    page = Page(url, 200, headers, check_body_size(url, record.block, limit_bytes))
    return ArchivedPage(page, at, not is_cut, digest=digest)


def read_record(stream: BinaryIO, limit_bytes: int = MAX_BLOCK_BYTES, first_line: bytes = b"") -> WarcRecord:
    """Read one record from the stream, whose first line may have been read already.

    A block longer than the limit is cut and the rest of it passed over. Raises ArchiveError, one line,
    where there is no complete record.
    """
    headers = StatusAndHeadersParser([], verify=False).parse(_read_head(stream, first_line))
    length = get_warc_header(headers, "Content-Length")
    if not re.fullmatch(r"[0-9]{1,15}", length):
        raise ArchiveError("a record without its length")
    is_page = _get_kind(headers) in PAGE_KINDS
    block = stream.read(min(limit_bytes + 1, int(length))) if is_page else b""
    if _skip_bytes(stream, int(length) - len(block)):
        raise ArchiveError("a record that ends before its length")
    return WarcRecord(headers, block)


def get_warc_header(headers: StatusAndHeaders, name: str) -> str:
    """Return a header's first value; empty where there is none."""
    return str(headers.get_header(name) or "")


def parse_warc_date(text: str) -> datetime:
    """Return a WARC-Date as an aware UTC instant. Raises ArchiveError where it is not a date."""
    try:
        at = datetime.fromisoformat(BARE_DATE.sub(r"\1T\2", text.strip()))
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ArchiveError(f"WARC-Date: {quote_value(text[:40])} is not a date") from None


class _DamageReport:
    """Reports each stretch of damage once, however many attempts it takes to get past it."""

    def __init__(self, name: str, report: Callable[[str], None]) -> None:
        self._name = name
        self._report = report
        self._is_inside = False

    def report_record(self, line: str) -> None:
        """Report what is wrong with one record, in one printable line."""
        self._report("".join(c if c.isprintable() else "?" for c in f"{self._name}: {line}")[:400])

    def report_damage(self, start: int, line: str) -> None:
        """Report that damage begins here, unless it began before."""
        if not self._is_inside:
            self.report_record(f"at byte {start}: {line}")
        self._is_inside = True

    def end_damage(self) -> None:
        """Note that a complete record was read."""
        self._is_inside = False


def _parse_or_report(record: WarcRecord, damage: _DamageReport, limit_bytes: int) -> Iterator[ArchivedPage]:
    try:
        found = parse_record(record, limit_bytes)
    except ArchiveError as error:
        damage.report_record(str(error))
        return
    if found:
        yield found


def _get_kind(headers: StatusAndHeaders) -> str:
    return get_warc_header(headers, "WARC-Type").strip().lower()


def _parse_http_response(url: str, block: bytes, limit_bytes: int) -> tuple[Page, bool]:
    """Return the page of a block, and whether its body is whole."""
    stream = io.BytesIO(block)
    head = _parse_http_head(url, stream)
    while head.get_statuscode() in INTERIM_STATUSES and stream.tell() < len(block):
        head = _parse_http_head(url, stream)
    sent = remove_chunk_marks(stream, _join_values(head, "transfer-encoding"))
    body = decode_body(url, sent.content, _join_values(head, "content-encoding"), limit_bytes)
    page = Page(url, int(head.get_statuscode()), _list_headers(head), body.content)
    return page, sent.is_whole and body.is_whole


def _parse_http_head(url: str, stream: io.BytesIO) -> StatusAndHeaders:
    try:
        head = StatusAndHeadersParser([], verify=False).parse(stream)
    except EOFError:
        raise ArchiveError(f"{url}: an empty record") from None
    is_status = re.fullmatch(r"[1-9][0-9][0-9]", head.get_statuscode())
    if not head.protocol.upper().startswith("HTTP/") or not is_status:
        raise ArchiveError(f"{url}: not an HTTP response: {quote_value(head.protocol[:20])}")
    return head


def _join_values(head: StatusAndHeaders, name: str) -> str:
    """Return all values of a header, which a list may be split over (RFC 9110, 5.3)."""
    return ", ".join(str(value) for key, value in head.headers if key.lower() == name)


def _list_headers(head: StatusAndHeaders) -> tuple[tuple[str, str], ...]:
    return tuple((name.lower().removeprefix(ORIGINAL_PREFIX), value) for name, value in head.headers)


def _parse_revisit(url: str, block: bytes) -> Page:
    """Return what a revisit record says of its response: status and headers, where it has them."""
    if not block.strip():
        return Page(url, 200, (), b"")
    head = _parse_http_head(url, io.BytesIO(block))
    return Page(url, int(head.get_statuscode()), _list_headers(head), b"")


def _find_original(url: str, headers: StatusAndHeaders) -> Original:
    """Return the capture that a revisit names; by default an earlier one of its own address."""
    named = get_warc_header(headers, "WARC-Refers-To-Target-URI").strip("<>")
    date = get_warc_header(headers, "WARC-Refers-To-Date")
    digest = get_warc_header(headers, "WARC-Payload-Digest")
    return Original(named or url, parse_warc_date(date) if date else None, digest)


def _read_records(file: BinaryIO, damage: _DamageReport, limit_bytes: int) -> Iterator[WarcRecord]:
    """Yield the complete records of a file and report everything else."""
    if not is_gzip_warc(file):
        file.seek(0)
        yield from _read_stream(file, None, damage, limit_bytes)
        return
    offset = 0
    while (start := find_member(file, offset)) is not None:
        if start > offset:
            damage.report_damage(offset, "no WARC record")
        member = GzipMember(file, start)
        stream = cast("BinaryIO", io.BufferedReader(member, BLOCK_BYTES))
        yield from _read_stream(stream, member, damage, limit_bytes)
        offset = member.find_next_start()
    if file.seek(0, io.SEEK_END) > offset:
        damage.report_damage(offset, "no WARC record")


def _read_stream(
    stream: BinaryIO, member: GzipMember | None, damage: _DamageReport, limit_bytes: int
) -> Iterator[WarcRecord]:
    """Yield the records of a gzip member or of a plain file; skip line by line what is not a record."""
    start = member.start if member else 0
    line = _read_filled_line(stream)
    while line:
        try:
            record = read_record(stream, limit_bytes, line)
            line = _read_filled_line(stream)
            if member and member.error:  # the checksum is read with the next line
                break
            damage.end_damage()
            yield record
        except ArchiveError as error:
            damage.report_damage(start, str(error))
            line = _read_filled_line(stream)
    if member and member.error:
        damage.report_damage(start, member.error)


def _read_filled_line(stream: BinaryIO) -> bytes:
    """Return the next line that is not blank; empty at the end."""
    while line := stream.readline(BLOCK_BYTES):
        if line.strip():
            return line
    return b""


def _read_head(stream: BinaryIO, first_line: bytes) -> io.BytesIO:
    """Read the lines up to the first empty one."""
    lines = [first_line or stream.readline(BLOCK_BYTES)]
    if not lines[0].startswith(b"WARC/"):
        raise ArchiveError("no WARC record")
    while lines[-1].strip():
        lines.append(stream.readline(BLOCK_BYTES))
        if len(lines) > MAX_HEADER_LINES or len(lines[-1]) == BLOCK_BYTES:
            raise ArchiveError("a record with endless headers")
    return io.BytesIO(b"".join(lines))


def _skip_bytes(stream: BinaryIO, count: int) -> int:
    """Pass over so many bytes and return how many of them are missing."""
    while count > 0 and (data := stream.read(min(count, BLOCK_BYTES))):
        count -= len(data)
    return count
