"""Each gzip member of a file is found and read alone, damaged ones among them."""

import gzip
import io
from typing import BinaryIO, cast

import pytest

from storage.archive.gzip_members import BLOCK_BYTES, GzipMember, find_member, is_gzip_warc

FIRST, SECOND = (gzip.compress(text, mtime=0) for text in (b"WARC/1.1 first", b"WARC/1.1 second"))


def read_member(member: GzipMember) -> bytes:
    return cast("BinaryIO", io.BufferedReader(member)).read()


def test_members_are_read_one_after_another() -> None:
    file = io.BytesIO(FIRST + SECOND)
    first = GzipMember(file, 0)
    assert (read_member(first), first.error) == (b"WARC/1.1 first", "")
    assert first.find_next_start() == len(FIRST)
    second = GzipMember(file, len(FIRST))
    assert read_member(second) == b"WARC/1.1 second"
    assert second.find_next_start() == len(FIRST + SECOND)


def test_a_large_member_is_read_in_pieces() -> None:
    text = bytes(range(256)) * 4000
    member = GzipMember(io.BytesIO(gzip.compress(text, mtime=0)), 0)
    assert read_member(member) == text


@pytest.mark.parametrize(
    ("data", "error"),
    [(FIRST[:-3], "the file ends in the middle of a record"), (FIRST[:-8] + bytes(8), "damaged data")],
)
def test_a_damaged_member_says_why_and_the_search_goes_on_behind_its_start(data: bytes, error: str) -> None:
    member = GzipMember(io.BytesIO(data), 0)
    read_member(member)
    assert (member.error, member.find_next_start()) == (error, 1)


@pytest.mark.parametrize("gap", [0, 1, 500, BLOCK_BYTES - 2, BLOCK_BYTES, 3 * BLOCK_BYTES + 1])
def test_a_member_is_found_behind_any_other_bytes(gap: int) -> None:
    assert find_member(io.BytesIO(b"x" * gap + FIRST), 0) == gap


def test_no_member_is_found_where_there_is_none() -> None:
    assert find_member(io.BytesIO(FIRST + b"end"), 1) is None
    assert find_member(io.BytesIO(b""), 0) is None


@pytest.mark.parametrize(
    ("data", "is_gzip"),
    [
        (FIRST, True),
        (b"torn" + FIRST, True),
        (b"WARC/1.1\r\n" + FIRST, False),
        (b"", False),
        (b"<html>", False),
    ],
)
def test_a_plain_warc_is_not_taken_for_gzip(data: bytes, is_gzip: bool) -> None:
    assert is_gzip_warc(io.BytesIO(data)) is is_gzip
