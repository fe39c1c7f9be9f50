"""Undoes the transfer and content encodings of an HTTP body, never beyond a limit.

Archives hold what servers and archivers made of a body: a charset named as its encoding, a body that was
unpacked while its header stayed, several gzip members one after another, data that end too soon. A body is
what a browser would make of it; what broke off is returned as far as it goes, and marked.
"""

import io
import re
import zlib
from dataclasses import dataclass
from typing import Final

import brotli  # type: ignore[import-untyped]  # has neither stubs nor a marker

from storage.archive.errors import ArchiveError
from storage.models.quoting import quote_value

GZIP_MAGIC: Final = b"\x1f\x8b"
GZIP_WINDOW: Final = 31  # zlib: a gzip header, and the largest window
FIRST_PIECE: Final = 1024  # bytes
LARGEST_PIECE: Final = 256 * 1024
PACKED_MAGIC: Final = {"zstd": b"\x28\xb5\x2f\xfd", "compress": b"\x1f\x9d", "x-compress": b"\x1f\x9d"}
MARKUP: Final = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<")  # no packed data that we read begin so
HALF_MARK: Final = re.compile(rb"[0-9a-fA-F]{1,8}\r?")
CHUNK_SIZE: Final = re.compile(rb"[ \t]*([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")


@dataclass(frozen=True, slots=True)
class DecodedBody:
    """A body as the server meant it; it is not whole where its data end too soon."""

    content: bytes
    is_whole: bool = True


def remove_chunk_marks(stream: io.BytesIO, transfer_encoding: str) -> DecodedBody:
    """Return the rest of the stream without the marks of a chunked transfer.

    Some archivers removed the marks and left the header: the body is returned as it is then.
    """
    body = stream.read()
    if "chunked" not in transfer_encoding.lower() or not CHUNK_SIZE.match(body):
        return DecodedBody(body)
    content, at = bytearray(), 0
    while mark := CHUNK_SIZE.match(body, at):
        size = int(mark[1], 16)
        if size == 0:
            return DecodedBody(bytes(content))
        content += body[mark.end() : mark.end() + size]
        at = mark.end() + size
        at += 2 if body[at : at + 2] == b"\r\n" else body[at : at + 1] == b"\n"
    is_torn = at >= len(body) or HALF_MARK.fullmatch(body, at)
    return DecodedBody(bytes(content), is_whole=False) if is_torn else DecodedBody(body)


def decode_body(url: str, body: bytes, encodings: str, limit_bytes: int) -> DecodedBody:
    """Undo the content encodings of a header, the last one first.

    What is no encoding (a charset, `none`, `8bit`) is passed over, as browsers do. Raises ArchiveError, one
    line, where the body is damaged, packed in a way that we cannot read, or decodes to more than the limit.
    """
    names = [name.strip().strip("\"'").lower() for name in encodings.split(",")]
    is_whole = True
    for encoding in reversed(names):
        try:
            found = _decode_once(body, encoding, limit_bytes)
        except (zlib.error, brotli.error):
            if not MARKUP.match(body):
                raise ArchiveError(f"{url}: the body is not complete {encoding} data") from None
            found = DecodedBody(body)  # an archiver unpacked it and left the header
        if body and not found.content:
            raise ArchiveError(f"{url}: the body is not complete {encoding} data")
        body = check_body_size(url, found.content, limit_bytes)
        is_whole = is_whole and found.is_whole
    return DecodedBody(check_body_size(url, body, limit_bytes), is_whole)


def check_body_size(url: str, body: bytes, limit_bytes: int) -> bytes:
    """Return a body that is within the limit. Raises ArchiveError where it is not."""
    if len(body) > limit_bytes:
        raise ArchiveError(f"{url}: a body of more than {limit_bytes} bytes")
    return body


def _decode_once(body: bytes, encoding: str, limit_bytes: int) -> DecodedBody:
    """Undo one encoding, up to a little more than the limit."""
    match encoding:
        case "gzip" | "x-gzip":  # some archivers decode the body and leave the header
            return _unpack_gzip(body, limit_bytes)
        case "deflate":  # Microsoft's servers left out the zlib header
            if body.startswith(GZIP_MAGIC):  # named wrongly
                return _unpack_gzip(body, limit_bytes)
            window = 15 if _has_zlib_header(body) else -15
            return _unpack_stream(body, 0, window, limit_bytes)[0]
        case "br":
            return _unpack_brotli(body, limit_bytes)
    magic = PACKED_MAGIC.get(encoding)
    if magic and body.startswith(magic):
        raise ArchiveError(f"unknown content encoding: {quote_value(encoding[:20])}")
    return DecodedBody(body)


def _unpack_gzip(body: bytes, limit_bytes: int) -> DecodedBody:
    """Unpack all members of gzip data (RFC 1952, 2.2); what is none, or follows the last one, is no data."""
    if not body.startswith(GZIP_MAGIC):
        return DecodedBody(body)
    content, is_whole, at = bytearray(), True, 0
    while is_whole and body.startswith(GZIP_MAGIC, at) and len(content) <= limit_bytes:
        found, at = _unpack_stream(body, at, GZIP_WINDOW, limit_bytes - len(content))
        content += found.content
        is_whole = found.is_whole
    return DecodedBody(bytes(content), is_whole)


def _unpack_stream(body: bytes, at: int, window: int, limit_bytes: int) -> tuple[DecodedBody, int]:
    """Unpack the stream that begins at a place; return it, and the place behind it.

    The body goes in by pieces, since zlib copies what follows a stream: there may be very many short ones.
    """
    decompressor, content, size = zlib.decompressobj(window), bytearray(), FIRST_PIECE
    while at < len(body) and not decompressor.eof and len(content) <= limit_bytes:
        piece = body[at : at + size]
        content += decompressor.decompress(piece, limit_bytes + 1 - len(content))
        at += len(piece) - len(decompressor.unused_data) - len(decompressor.unconsumed_tail)
        size = min(2 * size, LARGEST_PIECE)
    is_whole = decompressor.eof or len(content) > limit_bytes
    return DecodedBody(bytes(content), is_whole), at


def _unpack_brotli(body: bytes, limit_bytes: int) -> DecodedBody:
    decompressor = brotli.Decompressor()
    content = bytearray(decompressor.process(body, output_buffer_limit=limit_bytes))
    while not decompressor.is_finished() and len(content) <= limit_bytes:
        more = decompressor.process(b"", output_buffer_limit=limit_bytes)
        if not more:
            return DecodedBody(bytes(content), is_whole=False)
        content += more
    return DecodedBody(bytes(content))


def _has_zlib_header(body: bytes) -> bool:
    """Return whether data begin with a zlib header (RFC 1950, 2.2)."""
    return len(body) >= 2 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
