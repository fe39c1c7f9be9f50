"""Undoes the transfer and content encodings of an HTTP body, never beyond a limit."""

import io
import zlib

import brotli  # type: ignore[import-untyped]  # has neither stubs nor a marker
from warcio.bufferedreaders import ChunkedDataException, ChunkedDataReader

from storage.archive.errors import ArchiveError


def remove_chunk_marks(stream: io.BytesIO, transfer_encoding: str) -> bytes:
    """Return the rest of the stream without the marks of a chunked transfer.

    Some archivers removed the marks and left the header: the body is returned as it is then.
    """
    if "chunked" not in transfer_encoding.lower():
        return stream.read()
    start = stream.tell()
    try:
        return bytes(ChunkedDataReader(stream).read())
    except ChunkedDataException:
        stream.seek(start)
        return stream.read()


def decode_body(url: str, body: bytes, encodings: str, limit_bytes: int) -> bytes:
    """Undo the content encodings of a header, the last one first.

    Raises ArchiveError, one line, where the body is not what the header says, or decodes to more than the
    limit.
    """
    names = [name.strip().lower() for name in encodings.split(",")]
    for encoding in reversed([name for name in names if name not in ("", "identity", "none")]):
        try:
            body = check_body_size(url, _decode_once(body, encoding, limit_bytes), limit_bytes)
        except (zlib.error, brotli.error, EOFError):
            raise ArchiveError(f"{url}: the body is not complete {encoding} data") from None
    return check_body_size(url, body, limit_bytes)


def check_body_size(url: str, body: bytes, limit_bytes: int) -> bytes:
    """Return a body that is within the limit. Raises ArchiveError where it is not."""
    if len(body) > limit_bytes:
        raise ArchiveError(f"{url}: a body of more than {limit_bytes} bytes")
    return body


def _decode_once(body: bytes, encoding: str, limit_bytes: int) -> bytes:
    """Undo one encoding, up to a little more than the limit. Raises EOFError where the data end too soon."""
    match encoding:
        case "gzip" | "x-gzip":  # some archivers decode the body and leave the header
            return _inflate(body, 31, limit_bytes) if body.startswith(b"\x1f\x8b") else body
        case "deflate":  # Microsoft's servers left out the zlib header
            return _inflate(body, 15 if _has_zlib_header(body) else -15, limit_bytes)
        case "br":
            return _decode_brotli(body, limit_bytes)
    raise ArchiveError(f"unknown content encoding: {encoding[:20]!r}")


def _inflate(body: bytes, window: int, limit_bytes: int) -> bytes:
    decompressor = zlib.decompressobj(window)
    content = decompressor.decompress(body, limit_bytes + 1)
    if not decompressor.eof and len(content) <= limit_bytes:
        raise EOFError
    return content


def _decode_brotli(body: bytes, limit_bytes: int) -> bytes:
    decompressor = brotli.Decompressor()
    content = bytearray(decompressor.process(body, output_buffer_limit=limit_bytes))
    while not decompressor.is_finished() and len(content) <= limit_bytes:
        more = decompressor.process(b"", output_buffer_limit=limit_bytes)
        if not more:
            raise EOFError
        content += more
    return bytes(content)


def _has_zlib_header(body: bytes) -> bool:
    """Return whether data begin with a zlib header (RFC 1950, 2.2)."""
    return len(body) >= 2 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
