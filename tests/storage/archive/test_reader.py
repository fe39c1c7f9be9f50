"""Any WARC file can be read: what cannot be used is one line, and the next record is read."""

import gzip
import io
import os
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import brotli  # type: ignore[import-untyped]  # has neither stubs nor a marker
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.archive.errors import ArchiveError
from storage.archive.reader import ArchivedPage, Original, parse_warc_date, read_record, read_warc_pages
from storage.models import Page


def record(
    body: bytes = b"<p>made up</p>",
    head: str = "HTTP/1.1 200 OK\r\nContent-Type: text/html",
    kind: str = "response",
    url: str = "https://x.mil/a",
    **headers: str,
) -> bytes:
    """Return a WARC record as another tool would write it; `headers` replace its own."""
    block = f"{head}\r\n\r\n".encode() + body if head else body
    named = {
        "WARC-Type": kind,
        "WARC-Target-URI": url,
        "WARC-Date": "2024-05-06T07:08:09Z",
        "Content-Length": str(len(block)),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items() if value)
    return f"WARC/1.0\r\n{lines}\r\n".encode() + block + b"\r\n\r\n"


def gz(*records: bytes) -> bytes:
    return b"".join(gzip.compress(one) for one in records)


Read = Callable[[bytes], tuple[list[Page], list[str]]]


@pytest.fixture
def read_bytes(tmp_path: Path) -> Read:
    """Return a function that reads WARC bytes: the pages, and a line for each record that was left out."""

    def take(data: bytes) -> tuple[list[Page], list[str]]:
        path = tmp_path / "other.warc.gz"
        path.write_bytes(data)
        lines: list[str] = []
        return [found.page for found in read_warc_pages(path, lines.append, limit_bytes=100_000)], lines

    return take


def contents(pages: list[Page]) -> list[bytes]:
    return [found.content for found in pages]


@pytest.mark.parametrize(
    "pack",
    [gz, lambda *records: b"".join(records), lambda *records: gzip.compress(b"".join(records))],
    ids=["member a record", "plain", "one member"],
)
def test_pages_are_read_however_the_file_is_packed(read_bytes: Read, pack: Callable[..., bytes]) -> None:
    data = pack(
        record(b"software: other\r\n", "", "warcinfo", ""),
        record(b"one"),
        record(b"", "GET /a HTTP/1.1", "request"),
        record(b"two", "HTTP/2 404", url="<http://x.mil/b>"),
        record(b"an answer", "", "response", "dns:x.mil"),
        record(b"three", "", "resource", Content_Type="text/html"),
    )
    pages, lines = read_bytes(data)
    assert [(p.url, p.status, p.headers, p.content) for p in pages] == [
        ("https://x.mil/a", 200, (("content-type", "text/html"),), b"one"),
        ("http://x.mil/b", 404, (), b"two"),
        ("https://x.mil/a", 200, (("content-type", "text/html"),), b"three"),
    ]
    assert not lines


def test_the_instant_is_the_look_of_whoever_captured_it(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(record() + record(WARC_Date="2024-05-06T07:08:09.5+09:00"))
    assert [found.at for found in read_warc_pages(path)] == [
        datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC),
        datetime(2024, 5, 6, 7, 8, 9, 500_000, tzinfo=timezone(timedelta(hours=9))),
    ]


def chunked(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(data), data)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (record(b"x" * 100_001), "https://x.mil/a: a body of more than 100000 bytes"),
        (record(b"x" * 999_999), "https://x.mil/a: a body of more than 100000 bytes"),
        (
            record(gzip.compress(b"x" * 10_000_000, mtime=0), "HTTP/1.1 200 OK\r\nContent-Encoding: gzip"),
            "https://x.mil/a: a body of more than 100000 bytes",
        ),
        (
            record(brotli.compress(b"x" * 10_000_000), "HTTP/1.1 200 OK\r\nContent-Encoding: br"),
            "https://x.mil/a: a body of more than 100000 bytes",
        ),
        (
            record(gzip.compress(b"x" * 99, mtime=0)[:10], "HTTP/1.1 200 OK\r\nContent-Encoding: gzip"),
            "https://x.mil/a: the body is not complete gzip data",
        ),
        (
            record(b"x", "HTTP/1.1 200 OK\r\nContent-Encoding: br"),
            "https://x.mil/a: the body is not complete br data",
        ),
        (
            record(b"\x28\xb5\x2f\xfdx", "HTTP/1.1 200 OK\r\nContent-Encoding: zstd"),
            'unknown content encoding: "zstd"',
        ),
        (record(b"x", ""), 'https://x.mil/a: not an HTTP response: "x"'),
        (record(b"x", "HTTP/1.1 abc"), 'https://x.mil/a: not an HTTP response: "HTTP/1.1"'),
        (record(b"", ""), "https://x.mil/a: an empty record"),
        (record(WARC_Date="yesterday"), 'WARC-Date: "yesterday" is not a date'),
        (
            record(WARC_Date="0001-01-01T00:00:00+05:00"),
            'WARC-Date: "0001-01-01T00:00:00+05:00" is not a date',
        ),
        (record(b"x", "", url="https://x.mil/\x1b[2J"), 'https://x.mil/?[2J: not an HTTP response: "x"'),
        (record(Content_Length=""), "at byte 0: a record without its length"),
        (record(Content_Length="-5"), "at byte 0: a record without its length"),
        (record(Content_Length="9" * 12), "at byte 0: a record that ends before its length"),
        (b"WARC/1.0\r\n" + b"a: b\r\n" * 2000, "at byte 0: a record with endless headers"),
        (b"not a record at all", "at byte 0: no WARC record"),
    ],
)
def test_a_bad_record_is_one_line_and_the_next_is_read(read_bytes: Read, bad: bytes, reason: str) -> None:
    pages, lines = read_bytes(gz(bad, record(b"next")))
    assert (contents(pages), lines) == ([b"next"], [f"other.warc.gz: {reason}"])


def test_a_torn_tail_is_one_line(read_bytes: Read) -> None:
    whole = gz(record(b"one"), record(b"two"))
    for cut in (1, 5, 12, 60):
        pages, lines = read_bytes(whole[:-cut])
        assert (contents(pages), len(lines)) == ([b"one"], 1)
    pages, lines = read_bytes((record(b"one") + record(b"two"))[:-6])
    assert (contents(pages), len(lines)) == ([b"one"], 1)


def test_garbage_between_members_is_passed_over(read_bytes: Read) -> None:
    data = b"\x00" * 50 + gz(record(b"one")) + os.urandom(300) + gz(record(b"two")) + b"\n\n"
    pages, lines = read_bytes(data)
    assert contents(pages) == [b"one", b"two"]
    assert [line.split(": ")[2] for line in lines] == ["no WARC record"] * 3


def test_a_damaged_member_costs_only_itself(read_bytes: Read) -> None:
    middle = bytearray(gz(record(os.urandom(2000))))
    for offset in (30, 700, len(middle) - 6):  # in the data, and in the checksum
        damaged = middle.copy()
        damaged[offset] ^= 0xFF
        pages, lines = read_bytes(gz(record(b"one")) + bytes(damaged) + gz(record(b"three")))
        assert (contents(pages), len(lines)) == ([b"one", b"three"], 1)


def test_a_plain_file_goes_on_after_a_wrong_length(read_bytes: Read) -> None:
    pages, lines = read_bytes(record(b"one two", Content_Length="46") + record(b"three"))
    assert contents(pages)[-1] == b"three"
    assert len(lines) == 1


@pytest.mark.parametrize("data", [b"", b"<html>", gzip.compress(b"hello", mtime=0), bytes(range(256)) * 400])
def test_a_file_that_is_no_warc_is_refused_in_one_line(read_bytes: Read, data: bytes) -> None:
    with pytest.raises(ArchiveError, match=r"other\.warc\.gz: no WARC record in it$"):
        read_bytes(data)


def test_a_file_that_is_not_there_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"gone\.warc: No such file or directory$"):
        list(read_warc_pages(tmp_path / "gone.warc"))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_damage_crashes_the_reader(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    whole = bytearray(
        gz(
            record(b"one"),
            record(gzip.compress(b"two", mtime=0), "HTTP/1.1 200 OK\r\nContent-Encoding: gzip"),
        )
    )
    if data.draw(st.booleans()):
        whole = bytearray(
            record(b"one") + record(chunked(b"two"), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked")
        )
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "fuzz.warc"
    path.write_bytes(whole[: data.draw(st.integers(1, len(whole)))])
    lines: list[str] = []
    try:
        list(read_warc_pages(path, lines.append))
    except ArchiveError as error:
        lines.append(str(error))
    assert all("\n" not in line for line in lines)


def test_memory_stays_bounded_by_the_limit(read_bytes: Read) -> None:
    endless = b"WARC/1.0\r\nWARC-Type: resource\r\nContent-Length: 300000000\r\n\r\n"
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as file:
        file.write(endless)
        for _ in range(300):
            file.write(bytes(1_000_000))
    tracemalloc.start()
    pages, lines = read_bytes(packed.getvalue() + gz(record(b"next")))
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert contents(pages) == [b"next"]
    assert peak_bytes < 8_000_000, lines


def test_a_date_that_names_no_zone_is_utc() -> None:
    assert parse_warc_date("2024-05-06T07:08:09") == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert parse_warc_date("20240506070809") == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    with pytest.raises(ArchiveError, match="is not a date"):
        parse_warc_date("")


def test_an_interim_response_stands_before_the_page(read_bytes: Read) -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
    block = early + b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\nmade up"
    pages, lines = read_bytes(record(block, ""))
    assert ([(page.status, page.content) for page in pages], lines) == ([(200, b"made up")], [])


def test_all_values_of_an_encoding_count(read_bytes: Read) -> None:
    head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Encoding: gzip"
    pages, _ = read_bytes(record(gzip.compress(gzip.compress(b"made up")), head))
    assert contents(pages) == [b"made up"]


def test_a_block_over_the_limit_is_cut_and_passed_over() -> None:
    stream = io.BytesIO(record(b"x" * 50, "") + record(b"next", ""))
    assert read_record(stream, limit_bytes=10).block == b"x" * 11
    stream.readline()
    stream.readline()
    assert read_record(stream).block == b"next"


def list_archived(path: Path, *records: bytes) -> list[ArchivedPage]:
    path.write_bytes(gz(*records))
    return list(read_warc_pages(path))


def test_a_record_of_any_letter_case_is_read(tmp_path: Path) -> None:
    kinds = ("Response", "RESPONSE", " response", "Resource")
    found = list_archived(tmp_path / "a.warc.gz", *(record(kind=kind) for kind in kinds))
    assert len(found) == 4


@pytest.mark.parametrize(
    "cut",
    [
        record(WARC_Truncated="length"),
        record(gzip.compress(b"made up " * 50)[:-8], "HTTP/1.1 200 OK\r\nContent-Encoding: gzip"),
        record(b"8\r\nmade", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked"),
    ],
    ids=["mark", "gzip", "chunks"],
)
def test_what_was_cut_short_is_a_page_that_says_so(tmp_path: Path, cut: bytes) -> None:
    (found,) = list_archived(tmp_path / "a.warc.gz", cut)
    assert (found.is_whole, bool(found.page.content)) == (False, True)


def test_a_revisit_names_the_capture_that_it_repeats(tmp_path: Path) -> None:
    named = {
        "WARC_Refers_To_Target_URI": "http://x.mil/b",
        "WARC_Refers_To_Date": "2024-05-01T00:00:00Z",
        "WARC_Payload_Digest": "sha1:ABC",
    }
    bare = record(b"", "", "revisit")
    headed = record(b"", "HTTP/1.1 404 Not Found\r\nX-A: b", "revisit", **named)
    first, second = list_archived(tmp_path / "a.warc.gz", bare, headed)
    assert first.page == Page("https://x.mil/a", 200, (), b"")
    assert first.original == Original("https://x.mil/a", None, "")
    assert (second.page.status, second.page.headers) == (404, (("x-a", "b"),))
    assert second.original == Original("http://x.mil/b", parse_warc_date("2024-05-01T00:00:00Z"), "sha1:ABC")
