"""A body comes out as the server meant it, however it was encoded, and never larger than the limit."""

import contextlib
import gzip
import io
import random
import zlib
from typing import Any

import brotli  # type: ignore[import-untyped]  # has neither stubs nor a marker
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.archive.content_decoding import DecodedBody, check_body_size, decode_body, remove_chunk_marks
from storage.archive.errors import ArchiveError

URL = "https://x.mil/a"
TEXT = b"made up"
LIMIT_BYTES = 1000


def compress_raw(data: bytes) -> bytes:
    """Return deflate data without the zlib header, as Microsoft's servers sent it."""
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(data) + compressor.flush()


@pytest.mark.parametrize(
    ("encodings", "body"),
    [
        ("", TEXT),
        ("identity", TEXT),
        ("none", TEXT),
        ("gzip", gzip.compress(TEXT, mtime=0)),
        ("GZIP", gzip.compress(TEXT, mtime=0)),
        ("x-gzip", gzip.compress(TEXT, mtime=0)),
        ("gzip", TEXT),
        ("br", brotli.compress(TEXT)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", compress_raw(TEXT)),
        ("deflate", gzip.compress(TEXT, mtime=0)),
        ("br, gzip", gzip.compress(brotli.compress(TEXT), mtime=0)),
    ],
)
def test_a_body_is_decoded_by_its_header(encodings: str, body: bytes) -> None:
    assert decode_body(URL, body, encodings, LIMIT_BYTES) == DecodedBody(TEXT)


@pytest.mark.parametrize(
    ("encodings", "body", "line"),
    [
        ("", b"x" * 1001, f"{URL}: a body of more than 1000 bytes"),
        ("gzip", gzip.compress(bytes(100_000), mtime=0), f"{URL}: a body of more than 1000 bytes"),
        ("br", brotli.compress(bytes(100_000)), f"{URL}: a body of more than 1000 bytes"),
        ("gzip", gzip.compress(TEXT, mtime=0)[:10], f"{URL}: the body is not complete gzip data"),
        ("gzip", gzip.compress(TEXT, mtime=0)[:-8] + bytes(8), f"{URL}: the body is not complete gzip data"),
        ("deflate", b"\x78\x9cnonsense", f"{URL}: the body is not complete deflate data"),
        ("br", b"x", f"{URL}: the body is not complete br data"),
        ("zstd", b"\x28\xb5\x2f\xfdx", 'unknown content encoding: "zstd"'),
    ],
)
def test_a_body_that_cannot_be_decoded_is_one_line(encodings: str, body: bytes, line: str) -> None:
    with pytest.raises(ArchiveError) as error:
        decode_body(URL, body, encodings, LIMIT_BYTES)
    assert str(error.value) == line


@given(st.binary(max_size=200), st.sampled_from(["gzip", "x-gzip", "deflate", "br"]))
def test_no_body_crashes_the_decoder(body: bytes, encoding: str) -> None:
    with contextlib.suppress(ArchiveError):
        assert len(decode_body(URL, body, encoding, LIMIT_BYTES).content) <= LIMIT_BYTES


def test_the_limit_itself_is_allowed() -> None:
    assert check_body_size(URL, b"x" * LIMIT_BYTES, LIMIT_BYTES) == b"x" * LIMIT_BYTES


CHUNKED = b"3\r\nmad\r\n4\r\ne up\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("transfer_encoding", "wire", "body"),
    [
        ("", CHUNKED, CHUNKED),
        ("chunked", CHUNKED, TEXT),
        ("Chunked", CHUNKED, TEXT),
        ("chunked", TEXT, TEXT),  # an archiver removed the marks and left the header
    ],
)
def test_the_marks_of_a_chunked_transfer_are_removed(
    transfer_encoding: str, wire: bytes, body: bytes
) -> None:
    stream = io.BytesIO(b"head" + wire)
    stream.seek(4)
    assert remove_chunk_marks(stream, transfer_encoding) == DecodedBody(body)


@pytest.mark.parametrize("wire", [CHUNKED[:5], CHUNKED[:10], CHUNKED[:13], CHUNKED[:9]])
def test_a_chunked_transfer_that_breaks_off_is_kept_as_far_as_it_goes(wire: bytes) -> None:
    found = remove_chunk_marks(io.BytesIO(wire), "chunked")
    assert not found.is_whole
    assert TEXT.startswith(found.content)


MARKUP = b"<html><body><p>made up</p></body></html>"


@pytest.mark.parametrize(
    "encodings", ["UTF-8", "utf8", "iso-8859-1", "none", "8bit", "binary", "text/html", '"gzip"', "zstd", "x"]
)
def test_what_is_no_encoding_is_passed_over(encodings: str) -> None:
    assert decode_body(URL, MARKUP, encodings, LIMIT_BYTES) == DecodedBody(MARKUP)
    both = f"{encodings}, gzip"
    assert decode_body(URL, gzip.compress(MARKUP), both, LIMIT_BYTES) == DecodedBody(MARKUP)


@pytest.mark.parametrize("encodings", ["gzip", "deflate", "br", "gzip, br", "deflate, gzip"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf", b"\r\n "])
def test_a_body_that_was_unpacked_before_is_what_it_is(encodings: str, start: bytes) -> None:
    assert decode_body(URL, start + MARKUP, encodings, LIMIT_BYTES) == DecodedBody(start + MARKUP)


@pytest.mark.parametrize("rest", [b"", bytes(5), b"\r\n"])
def test_all_members_of_gzip_data_are_one_body(rest: bytes) -> None:
    body = gzip.compress(MARKUP[:9]) + gzip.compress(b"") + gzip.compress(MARKUP[9:]) + rest
    assert decode_body(URL, body, "gzip", LIMIT_BYTES) == DecodedBody(MARKUP)
    with pytest.raises(ArchiveError, match="more than 1000 bytes"):
        decode_body(URL, gzip.compress(bytes(600)) * 2, "gzip", LIMIT_BYTES)


LONG = b"<p>" + b" ".join(b"word%d" % number for number in range(100))


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(LONG)),
        ("gzip", gzip.compress(LONG[:50]) + gzip.compress(LONG[50:])),
        ("deflate", zlib.compress(LONG)),
        ("deflate", compress_raw(LONG)),
        ("br", brotli.compress(LONG)),
    ],
)
def test_a_body_whose_data_end_too_soon_is_kept_as_far_as_it_goes(encoding: str, packed: bytes) -> None:
    found = decode_body(URL, packed[:-20], encoding, LIMIT_BYTES)
    assert not found.is_whole
    assert found.content
    assert LONG.startswith(found.content)


class Pieces(bytes):
    """A body that counts the bytes which are copied from it."""

    copied = 0

    def __getitem__(self, where: Any) -> Any:
        found = super().__getitem__(where)
        Pieces.copied += len(found)
        return found


def test_many_short_gzip_members_are_not_copied_again_for_each() -> None:
    body = Pieces(gzip.compress(b"") * 20_000 + gzip.compress(b"word"))
    assert decode_body(URL, body, "gzip", 1000).content == b"word"
    assert Pieces.copied < 100 * len(body)  # the rest for each member would be 10,000 times as much


@pytest.mark.parametrize("size", [1, 1023, 1024, 70_000, 3_000_000])
def test_members_of_any_length_are_read_whole(size: int) -> None:
    words = random.Random(1).randbytes(size)
    body = gzip.compress(words) + gzip.compress(b"end")
    assert decode_body(URL, body, "gzip", size + 3) == DecodedBody(words + b"end")
    assert not decode_body(URL, gzip.compress(words)[:-4], "gzip", size + 3).is_whole
