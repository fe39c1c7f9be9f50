"""Captures are on disk before they are named, and come back as they were."""

import gzip
import os
import resource
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from storage.archive.errors import ArchiveError, UnstorablePageError
from storage.archive.reader import read_warc_pages
from storage.archive.writer import ArchiveWriter, CaptureRef, digest_content, get_archive_folder, read_capture
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
def archive(tmp_path: Path) -> ArchiveWriter:
    return ArchiveWriter(tmp_path / "milwire.db.warc", clock)


def test_a_capture_comes_back_as_it_was(archive: ArchiveWriter) -> None:
    kept = page(
        "한국어 日本語".encode(),
        ("content-encoding", "gzip"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
        ("content-length", "17"),
        ("x-note", "Zoë"),
    )
    first, second = archive.append_page(page(), AT), archive.append_page(kept, AT)
    assert read_capture(archive.folder, first) == page()
    assert read_capture(archive.folder, second) == kept
    assert second.content_digest == digest_content(kept.content)
    assert first.file == second.file == Path(first.file).name


HEADER_TEXT = st.text(st.characters(min_codepoint=33, exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]))


@settings(max_examples=40, deadline=None)
@given(st.binary(), st.sampled_from([200, 304, 404, 418, 599]), HEADER_TEXT)
def test_any_body_and_status_survive(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, status: int, value: str
) -> None:
    archive = ArchiveWriter(tmp_path_factory.mktemp("any") / "a.warc", clock)
    kept = Page("https://x.mil/a?b=c", status, (("x-a", value),), body)
    assert read_capture(archive.folder, archive.append_page(kept, AT)) == kept
    archive.close()


def test_other_tools_replay_a_capture_and_agree_on_its_digests(archive: ArchiveWriter) -> None:
    archive.append_page(page(b"decoded", ("content-encoding", "br"), ("transfer-encoding", "chunked")), AT)
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


def test_each_record_is_a_gzip_member_of_its_own(archive: ArchiveWriter) -> None:
    refs = [archive.append_page(page(b"%d" % n), AT) for n in range(3)]
    data = (archive.folder / refs[0].file).read_bytes()
    for ref in refs:
        assert b"WARC-Type: response" in gzip.decompress(data[ref.offset : ref.offset + ref.length])
    assert refs[-1].offset + refs[-1].length == len(data)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc to name what is synced")
def test_a_capture_is_synced_before_it_is_named(
    archive: ArchiveWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    fsync = os.fsync

    def record_sync(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", record_sync)
    ref = archive.append_page(page(), AT)
    folder = str(archive.folder)
    assert synced == [str(archive.folder.parent), f"{folder}/{ref.file}", folder, f"{folder}/{ref.file}"]
    archive.append_page(page(), AT)
    assert synced[4:] == [f"{folder}/{ref.file}"]


def test_files_rotate_by_day_and_by_size(tmp_path: Path) -> None:
    now = [AT]
    archive = ArchiveWriter(tmp_path / "a.warc", lambda: now[0], rotate_bytes=5000)
    files = [
        archive.append_page(page(body), AT).file for body in (b"small", os.urandom(9000), b"small", b"small")
    ]
    assert files[0] == files[1] != files[2] == files[3]
    now[0] = AT + timedelta(days=1)
    assert [name[:9] for name in (files[3], archive.append_page(page(), AT).file)] == [
        "20260131-",
        "20260201-",
    ]


def test_a_forked_process_writes_to_a_file_of_its_own(archive: ArchiveWriter) -> None:
    mine = archive.append_page(page(), AT)
    out, into = os.pipe()
    child = os.fork()
    if not child:
        os.write(into, archive.append_page(page(b"child"), AT).file.encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(out, 200).decode()
    assert theirs
    assert theirs != mine.file
    assert archive.append_page(page(b"parent"), AT).file == mine.file
    assert [p.page.content for p in read_warc_pages(archive.folder / mine.file)] == [
        page().content,
        b"parent",
    ]


def test_two_archives_of_one_process_never_share_a_file(tmp_path: Path) -> None:
    one, two = (ArchiveWriter(tmp_path / "a.warc", clock) for _ in range(2))
    assert one.append_page(page(), AT).file != two.append_page(page(), AT).file


FILLING = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from storage.archive.errors import ArchiveError
from storage.archive.writer import ArchiveWriter, read_capture
from storage.models import Page
archive = ArchiveWriter(Path(sys.argv[1]), lambda: datetime(2026, 1, 31, tzinfo=UTC))
at = datetime(2026, 1, 31, tzinfo=UTC)
first = archive.append_page(Page("https://x.mil/a", 200, (), b"fits"), at)
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, resource.RLIM_INFINITY))
import os
try:
    archive.append_page(Page("https://x.mil/b", 200, (), os.urandom(9000)), at)
except ArchiveError as error:
    print(error)
after = archive.append_page(Page("https://x.mil/c", 200, (), b"fits too"), at)
print(read_capture(archive.folder, first).content, read_capture(archive.folder, after).content)
"""


def test_a_full_disk_is_one_line_and_damages_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "a.warc"
    done = subprocess.run([sys.executable, "-c", FILLING, folder], capture_output=True, text=True, check=True)
    said, contents = done.stdout.splitlines()
    assert said.startswith(f"{folder}: capture not stored: ")
    assert contents == "b'fits' b'fits too'"
    lines: list[str] = []
    assert sum(1 for file in folder.iterdir() for _ in read_warc_pages(file, lines.append)) == 2
    assert not lines
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 3000


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ArchiveError, match=r"file/a\.warc: capture not stored: Not a directory$"):
        ArchiveWriter(tmp_path / "file" / "a.warc", clock).append_page(page(), AT)


def test_a_capture_that_is_not_there_is_one_line(archive: ArchiveWriter) -> None:
    ref = archive.append_page(page(), AT)
    folder = archive.folder
    wrong = {
        "missing": CaptureRef("20260131-1-0.warc.gz", 0, 10, ref.content_digest),
        "outside": CaptureRef("../milwire.db", 0, 10, ref.content_digest),
        "elsewhere": CaptureRef(ref.file, ref.offset + 3, ref.length, ref.content_digest),
        "torn": CaptureRef(ref.file, ref.offset, ref.length - 9, ref.content_digest),
        "warcinfo": CaptureRef(ref.file, 0, ref.offset, ref.content_digest),
        "another": CaptureRef(ref.file, ref.offset, ref.length, digest_content(b"another")),
    }
    for case in wrong.values():
        with pytest.raises(ArchiveError) as caught:
            read_capture(folder, case)
        assert "\n" not in str(caught.value)
        assert case.file in str(caught.value)


def test_the_folder_is_named_after_the_database() -> None:
    assert get_archive_folder(Path("/data/my.db")) == Path("/data/my.db.warc")


@pytest.mark.parametrize(
    "odd",
    [
        replace(page(), status=42),
        replace(page(), status=1000),
        replace(page(), status=0),
        page(url="https://x.mil/" + "a" * 70_000),
        page(url="https://x.mil/a\nb"),
    ],
    ids=["two-digits", "four-digits", "zero", "long-address", "address-of-two-lines"],
)
def test_what_cannot_be_read_back_is_not_appended(archive: ArchiveWriter, odd: Page) -> None:
    first = archive.append_page(page(), AT)
    with pytest.raises(UnstorablePageError) as caught:
        archive.append_page(odd, AT)
    assert len(str(caught.value)) < 300
    size = (archive.folder / first.file).stat().st_size
    assert size == first.offset + first.length
    assert archive.append_page(page(), AT).offset == size


@pytest.mark.parametrize(
    "header",
    [
        ("location", "/" + "a" * 70_000),
        ("content-encoding ", "br"),
        (" transfer-encoding", "chunked"),
        ("x-long", "b" * 300_000),
        ("", "no name"),
        ("x-note", "a\r\n\r\nb"),
    ],
)
def test_odd_headers_do_not_keep_a_page_from_coming_back(
    archive: ArchiveWriter, header: tuple[str, str]
) -> None:
    ref = archive.append_page(page(b"<p>made up</p>", header), AT)
    assert read_capture(archive.folder, ref).content == b"<p>made up</p>"
