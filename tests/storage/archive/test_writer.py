"""Captures are safe before they are named, come back as they were, and any WARC can be read."""

import gzip
import io
import os
import resource
import subprocess
import sys
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import brotli  # type: ignore[import-untyped]  # has neither stubs nor a marker
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from storage.archive.writer import Archive, ArchiveError, CaptureRef, digest, folder_of, read, responses
from storage.models import Page

AT = datetime(2026, 1, 31, 14, 0, 0, 250_000, tzinfo=UTC)
HTML = ("content-type", "text/html; charset=utf-8")


def page(
    content: bytes = b"<h1>Made up</h1>", *headers: tuple[str, str], url: str = "https://x.mil/a"
) -> Page:
    return Page(url, 200, (HTML, *headers), content)


def clock() -> datetime:
    return AT


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "milwire.db.warc", clock)


# --- keeping ---


def test_a_capture_comes_back_as_it_was(archive: Archive) -> None:
    kept = page(
        "한국어 日本語".encode(),
        ("content-encoding", "gzip"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
        ("content-length", "17"),
        ("x-note", "Zoë"),
    )
    first, second = archive.append(page(), AT), archive.append(kept, AT)
    assert read(archive.folder, first) == page()
    assert read(archive.folder, second) == kept
    assert second.digest == digest(kept.content)
    assert first.file == second.file == Path(first.file).name


HEADER_TEXT = st.text(st.characters(min_codepoint=33, exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]))


@settings(max_examples=40, deadline=None)
@given(st.binary(), st.sampled_from([200, 304, 404, 418, 599]), HEADER_TEXT)
def test_any_body_and_status_survive(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, status: int, value: str
) -> None:
    archive = Archive(tmp_path_factory.mktemp("any") / "a.warc", clock)
    kept = Page("https://x.mil/a?b=c", status, (("x-a", value),), body)
    assert read(archive.folder, archive.append(kept, AT)) == kept
    archive.close()


def test_other_tools_replay_a_capture_and_agree_on_its_digests(archive: Archive) -> None:
    archive.append(page(b"decoded", ("content-encoding", "br"), ("transfer-encoding", "chunked")), AT)
    archive.close()
    (file,) = archive.folder.iterdir()
    with file.open("rb") as stream:
        records = [
            (r.rec_type, r.rec_headers, r.http_headers, r.content_stream().read())
            for r in ArchiveIterator(stream, check_digests="raise")
        ]
    (info, info_headers, _, text), (kind, headers, http, body) = records
    assert (info, kind, body) == ("warcinfo", "response", b"decoded")
    assert info_headers.get_header("WARC-Filename") == file.name
    assert b"software: milwire/" in text
    assert headers.get_header("WARC-Date") == "2026-01-31T14:00:00.250000Z"
    assert headers.get_header("WARC-Warcinfo-ID") == info_headers.get_header("WARC-Record-ID")
    assert http.get_header("Content-Encoding") is None
    assert http.get_header("X-Archive-Orig-content-encoding") == "br"


def test_each_record_is_a_gzip_member_of_its_own(archive: Archive) -> None:
    refs = [archive.append(page(b"%d" % n), AT) for n in range(3)]
    data = (archive.folder / refs[0].file).read_bytes()
    for ref in refs:
        assert b"WARC-Type: response" in gzip.decompress(data[ref.offset : ref.offset + ref.length])
    assert refs[-1].offset + refs[-1].length == len(data)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc to name what is synced")
def test_a_capture_is_synced_before_it_is_named(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    fsync = os.fsync

    def noting(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noting)
    ref = archive.append(page(), AT)
    folder = str(archive.folder)
    assert synced == [str(archive.folder.parent), f"{folder}/{ref.file}", folder, f"{folder}/{ref.file}"]
    archive.append(page(), AT)
    assert synced[4:] == [f"{folder}/{ref.file}"]


def test_files_rotate_by_day_and_by_size(tmp_path: Path) -> None:
    now = [AT]
    archive = Archive(tmp_path / "a.warc", lambda: now[0], rotate_bytes=5000)
    files = [archive.append(page(body), AT).file for body in (b"small", os.urandom(9000), b"small", b"small")]
    assert files[0] == files[1] != files[2] == files[3]
    now[0] = AT + timedelta(days=1)
    assert [name[:9] for name in (files[3], archive.append(page(), AT).file)] == ["20260131-", "20260201-"]


def test_a_forked_process_writes_to_a_file_of_its_own(archive: Archive) -> None:
    mine = archive.append(page(), AT)
    out, into = os.pipe()
    child = os.fork()
    if not child:
        os.write(into, archive.append(page(b"child"), AT).file.encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(out, 200).decode()
    assert theirs
    assert theirs != mine.file
    assert archive.append(page(b"parent"), AT).file == mine.file
    assert [p.content for p, _ in responses(archive.folder / mine.file)] == [page().content, b"parent"]


def test_two_archives_of_one_process_never_share_a_file(tmp_path: Path) -> None:
    one, two = (Archive(tmp_path / "a.warc", clock) for _ in range(2))
    assert one.append(page(), AT).file != two.append(page(), AT).file


FILLING = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from storage.archive.writer import Archive, ArchiveError, read
from storage.models import Page
archive = Archive(Path(sys.argv[1]), lambda: datetime(2026, 1, 31, tzinfo=UTC))
at = datetime(2026, 1, 31, tzinfo=UTC)
first = archive.append(Page("https://x.mil/a", 200, (), b"fits"), at)
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, resource.RLIM_INFINITY))
import os
try:
    archive.append(Page("https://x.mil/b", 200, (), os.urandom(9000)), at)
except ArchiveError as error:
    print(error)
after = archive.append(Page("https://x.mil/c", 200, (), b"fits too"), at)
print(read(archive.folder, first).content, read(archive.folder, after).content)
"""


def test_a_full_disk_is_one_line_and_spoils_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "a.warc"
    done = subprocess.run([sys.executable, "-c", FILLING, folder], capture_output=True, text=True, check=True)
    said, contents = done.stdout.splitlines()
    assert said.startswith(f"{folder}: capture not kept: ")
    assert contents == "b'fits' b'fits too'"
    lines: list[str] = []
    assert sum(1 for file in folder.iterdir() for _ in responses(file, lines.append)) == 2
    assert not lines
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 3000


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ArchiveError, match=r"file/a\.warc: capture not kept: Not a directory$"):
        Archive(tmp_path / "file" / "a.warc", clock).append(page(), AT)


def test_a_capture_that_is_not_there_is_one_line(archive: Archive) -> None:
    ref = archive.append(page(), AT)
    folder = archive.folder
    wrong = {
        "missing": CaptureRef("20260131-1-0.warc.gz", 0, 10, ref.digest),
        "outside": CaptureRef("../milwire.db", 0, 10, ref.digest),
        "elsewhere": CaptureRef(ref.file, ref.offset + 3, ref.length, ref.digest),
        "torn": CaptureRef(ref.file, ref.offset, ref.length - 9, ref.digest),
        "warcinfo": CaptureRef(ref.file, 0, ref.offset, ref.digest),
        "another": CaptureRef(ref.file, ref.offset, ref.length, digest(b"another")),
    }
    for case in wrong.values():
        with pytest.raises(ArchiveError) as caught:
            read(folder, case)
        assert "\n" not in str(caught.value)
        assert case.file in str(caught.value)


def test_the_folder_is_named_after_the_database() -> None:
    assert folder_of(Path("/data/my.db")) == Path("/data/my.db.warc")


# --- reading any WARC ---


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
def taken(tmp_path: Path) -> Read:
    """Return a function that reads WARC bytes: the pages, and the lines told about the rest."""

    def take(data: bytes) -> tuple[list[Page], list[str]]:
        path = tmp_path / "other.warc.gz"
        path.write_bytes(data)
        lines: list[str] = []
        return [found for found, _ in responses(path, lines.append, limit_bytes=100_000)], lines

    return take


def contents(pages: list[Page]) -> list[bytes]:
    return [found.content for found in pages]


@pytest.mark.parametrize(
    "pack",
    [gz, lambda *records: b"".join(records), lambda *records: gzip.compress(b"".join(records))],
    ids=["member a record", "plain", "one member"],
)
def test_pages_are_read_however_the_file_is_packed(taken: Read, pack: Callable[..., bytes]) -> None:
    data = pack(
        record(b"software: other\r\n", "", "warcinfo", ""),
        record(b"one"),
        record(b"", "GET /a HTTP/1.1", "request"),
        record(b"two", "HTTP/2 404", url="<http://x.mil/b>"),
        record(b"an answer", "", "response", "dns:x.mil"),
        record(b"three", "", "resource", Content_Type="text/html"),
    )
    pages, lines = taken(data)
    assert [(p.url, p.status, p.headers, p.content) for p in pages] == [
        ("https://x.mil/a", 200, (("content-type", "text/html"),), b"one"),
        ("http://x.mil/b", 404, (), b"two"),
        ("https://x.mil/a", 200, (("content-type", "text/html"),), b"three"),
    ]
    assert not lines


def test_the_instant_is_the_look_of_whoever_captured_it(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(record() + record(WARC_Date="2024-05-06T07:08:09.5+09:00"))
    assert [at for _, at in responses(path)] == [
        datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC),
        datetime(2024, 5, 6, 7, 8, 9, 500_000, tzinfo=timezone(timedelta(hours=9))),
    ]


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def chunked(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(data), data)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ("Content-Encoding: gzip", gzip.compress(b"made up", mtime=0)),
        ("Content-Encoding: GZIP", gzip.compress(b"made up", mtime=0)),
        ("Content-Encoding: gzip", b"made up"),
        ("Content-Encoding: br", brotli.compress(b"made up")),
        ("Content-Encoding: deflate", raw_deflate(b"made up")),
        ("Content-Encoding: identity", b"made up"),
        ("Transfer-Encoding: chunked", chunked(b"made up")),
        ("Transfer-Encoding: chunked", b"made up"),
        ("Transfer-Encoding: chunked\r\nContent-Encoding: gzip", chunked(gzip.compress(b"made up", mtime=0))),
        ("Content-Encoding: br, gzip", gzip.compress(brotli.compress(b"made up"), mtime=0)),
    ],
)
def test_bodies_come_decoded(taken: Read, headers: str, body: bytes) -> None:
    pages, lines = taken(gz(record(body, f"HTTP/1.1 200 OK\r\n{headers}")))
    assert (contents(pages), lines) == ([b"made up"], [])


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
            record(gzip.compress(b"x" * 99, mtime=0)[:-9], "HTTP/1.1 200 OK\r\nContent-Encoding: gzip"),
            "https://x.mil/a: the body is no whole gzip data",
        ),
        (
            record(b"x", "HTTP/1.1 200 OK\r\nContent-Encoding: br"),
            "https://x.mil/a: the body is no whole br data",
        ),
        (
            record(b"x", "HTTP/1.1 200 OK\r\nContent-Encoding: zstd"),
            "the content encoding 'zstd' is not known here",
        ),
        (record(b"x", ""), "https://x.mil/a: no HTTP response but 'x'"),
        (record(b"x", "HTTP/1.1 abc"), "https://x.mil/a: no HTTP response but 'HTTP/1.1'"),
        (record(b"", ""), "https://x.mil/a: an empty record"),
        (record(WARC_Date="yesterday"), "WARC-Date: 'yesterday' is no date"),
        (record(WARC_Date="0001-01-01T00:00:00+05:00"), "WARC-Date: '0001-01-01T00:00:00+05:00' is no date"),
        (record(WARC_Truncated="length"), "https://x.mil/a: cut short when it was captured"),
        (record(b"x", "", url="https://x.mil/\x1b[2J"), "https://x.mil/?[2J: no HTTP response but 'x'"),
        (record(Content_Length=""), "at byte 0: a record without its length"),
        (record(Content_Length="-5"), "at byte 0: a record without its length"),
        (record(Content_Length="9" * 12), "at byte 0: a record that ends before its length"),
        (b"WARC/1.0\r\n" + b"a: b\r\n" * 2000, "at byte 0: a record with endless headers"),
        (b"not a record at all", "at byte 0: no WARC record"),
    ],
)
def test_a_bad_record_is_one_line_and_the_next_is_read(taken: Read, bad: bytes, reason: str) -> None:
    pages, lines = taken(gz(bad, record(b"next")))
    assert (contents(pages), lines) == ([b"next"], [f"other.warc.gz: {reason}"])


def test_a_torn_tail_is_one_line(taken: Read) -> None:
    whole = gz(record(b"one"), record(b"two"))
    for cut in (1, 5, 12, 60):
        pages, lines = taken(whole[:-cut])
        assert (contents(pages), len(lines)) == ([b"one"], 1)
    pages, lines = taken((record(b"one") + record(b"two"))[:-6])
    assert (contents(pages), len(lines)) == ([b"one"], 1)


def test_garbage_between_members_is_passed_over(taken: Read) -> None:
    data = b"\x00" * 50 + gz(record(b"one")) + os.urandom(300) + gz(record(b"two")) + b"\n\n"
    pages, lines = taken(data)
    assert contents(pages) == [b"one", b"two"]
    assert [line.split(": ")[2] for line in lines] == ["no WARC record"] * 3


def test_a_damaged_member_costs_only_itself(taken: Read) -> None:
    middle = bytearray(gz(record(os.urandom(2000))))
    for place in (30, 700, len(middle) - 6):  # in the data, and in the checksum
        spoilt = middle.copy()
        spoilt[place] ^= 0xFF
        pages, lines = taken(gz(record(b"one")) + bytes(spoilt) + gz(record(b"three")))
        assert (contents(pages), len(lines)) == ([b"one", b"three"], 1)


def test_a_plain_file_goes_on_after_a_wrong_length(taken: Read) -> None:
    pages, lines = taken(record(b"one two", Content_Length="46") + record(b"three"))
    assert contents(pages)[-1] == b"three"
    assert len(lines) == 1


@pytest.mark.parametrize("data", [b"", b"<html>", gzip.compress(b"hello", mtime=0), bytes(range(256)) * 400])
def test_a_file_that_is_no_warc_is_refused_in_one_line(taken: Read, data: bytes) -> None:
    with pytest.raises(ArchiveError, match=r"other\.warc\.gz: no WARC record in it$"):
        taken(data)


def test_a_file_that_is_not_there_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"gone\.warc: No such file or directory$"):
        list(responses(tmp_path / "gone.warc"))


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
        list(responses(path, lines.append))
    except ArchiveError as error:
        lines.append(str(error))
    assert all("\n" not in line for line in lines)


def test_memory_stays_bounded_by_the_limit(taken: Read) -> None:
    endless = b"WARC/1.0\r\nWARC-Type: resource\r\nContent-Length: 300000000\r\n\r\n"
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as file:
        file.write(endless)
        for _ in range(300):
            file.write(bytes(1_000_000))
    tracemalloc.start()
    pages, lines = taken(packed.getvalue() + gz(record(b"next")))
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert contents(pages) == [b"next"]
    assert peak_bytes < 8_000_000, lines
