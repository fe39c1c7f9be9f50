"""Responses of a WARC file become looks at the newsroom they belong to, or are counted as skipped."""

import gzip
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.history.archived_looks import SkipReason
from crawler.history.warc_import import WarcImport
from crawler.parsing import verdicts
from crawler.parsing.platforms import Platform, registry
from crawler.sources.matching import SourceMatcher
from storage.archive.errors import ArchiveError
from storage.archive.writer import ArchiveWriter, get_archive_folder
from storage.integrity import verify
from storage.models import Look, Page, RunState
from storage.store import Store
from tests.support.make_looks import LISTING_URL, START, address, after, store_at
from tests.support.open_runs import SOURCE

NOW = START + timedelta(days=365)
HTML = (("content-type", "text/html"),)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        yield opened


def write_archive(folder: Path, *pages: Page) -> list[Path]:
    """Return the files of an archive that holds these responses, an hour apart."""
    at = START
    writer = ArchiveWriter(folder, lambda: at)
    for page in pages:
        writer.append_page(page, at)
        at += timedelta(hours=1)
    writer.close()
    return sorted(folder.glob("*.warc.gz"))


def import_pages(store: Store, folder: Path, *pages: Page) -> tuple[WarcImport, list[Look | None]]:
    looks: list[Look | None] = []
    importer = WarcImport(store, SourceMatcher([SOURCE]), lambda: NOW)
    importer.import_files(write_archive(folder, *pages), looks.append)
    return importer, looks


@pytest.mark.parametrize(
    ("url", "headers", "wanted"),
    [
        ("https://www.other.example.mil/News/", HTML, SkipReason.OTHER_SITE),
        (f"{LISTING_URL}photo.jpg", (("content-type", "image/jpeg"),), SkipReason.PAGE_PART),
        ("https://www.wing.example.mil/About/", HTML, SkipReason.OTHER_PAGE),
    ],
)
def test_what_belongs_to_no_newsroom_is_counted_by_its_reason(
    store: Store, tmp_path: Path, url: str, headers: tuple[tuple[str, str], ...], wanted: SkipReason
) -> None:
    page = Page(url, 200, headers, b"<html><p>made up</p></html>")
    importer, looks = import_pages(store, tmp_path / "archive", page)
    assert importer.counts.skipped == {wanted: 1}
    assert looks == [None]
    assert store.db.table("runs").count == 0


def test_a_page_that_is_gone_is_a_look_at_its_own_time_in_one_run(store: Store, tmp_path: Path) -> None:
    gone = [Page(address(number).url, 404, HTML, b"<html>not found</html>") for number in ("1", "2")]
    importer, looks = import_pages(store, tmp_path / "archive", *gone)
    assert [look.at - START for look in looks if look] == [timedelta(0), timedelta(hours=1)]
    assert importer.counts.looks == {SOURCE.id: 2}
    rows = list(store.db.query("SELECT kind, state, complete FROM runs"))
    assert rows == [{"kind": "import", "state": "ok", "complete": 0}]


def test_an_unreadable_release_is_a_failure_of_its_run(store: Store, tmp_path: Path) -> None:
    importer, _ = import_pages(store, tmp_path / "archive", Page(address("1").url, 200, HTML, b""))
    (failure,) = importer.counts.failures
    assert failure.startswith(address("1").url)
    assert [row["state"] for row in store.db.query("SELECT state FROM runs")] == [RunState.FAILED]


def test_no_file_that_can_be_read_is_an_error(store: Store, tmp_path: Path) -> None:
    (tmp_path / "broken.warc.gz").write_bytes(b"no archive")
    importer = WarcImport(store, SourceMatcher([SOURCE]), lambda: NOW)
    with pytest.raises(ArchiveError):
        importer.import_files([tmp_path / "broken.warc.gz"], lambda look: None)


def story(paragraphs: str, end: str = "</div></body></html>") -> Page:
    body = (
        '<html><head><meta name="host" content="DMA Public Web"></head><body><div class="adetail">'
        '<h1 class="maintitle">Ferry returns</h1><div class="category-date">NEWS | March 5, 2026</div>'
        f'<div class="body">{paragraphs}{end}'
    )
    return Page(address("1").url, 200, HTML, body.encode())


WHOLE = "<p>The ferry is back at its pier.</p><p>It sails at noon.</p>"
HALF = "<p>The ferry is back at its pier.</p><p>It sa"


def test_a_capture_that_breaks_off_is_no_edit(store: Store, tmp_path: Path) -> None:
    pages = (story(WHOLE), story(HALF, end=""), story(WHOLE))
    importer, _ = import_pages(store, tmp_path / "archive", *pages)
    assert [failure.endswith("the page breaks off") for failure in importer.counts.failures] == [True]
    assert importer.counts.looks == {SOURCE.id: 3}
    assert {str(kind) for kind in importer.counts.events} == {"found"}


def test_a_first_capture_without_its_end_is_provisional(store: Store, tmp_path: Path) -> None:
    edited = WHOLE.replace("noon", "one")
    pages = (story(HALF, end=""), story(WHOLE), story(edited))
    importer, _ = import_pages(store, tmp_path / "archive", *pages)
    assert importer.counts.failures == []
    assert {str(kind): count for kind, count in importer.counts.events.items()} == {"found": 1, "edited": 1}
    ends = [row["has_end"] for row in store.db.query("SELECT has_end FROM revisions ORDER BY seq")]
    assert ends == [0, 1, 1]


def test_a_page_that_never_closes_is_read_at_every_look(store: Store, tmp_path: Path) -> None:
    edited = WHOLE.replace("noon", "one")
    importer, _ = import_pages(store, tmp_path / "archive", story(WHOLE, end=""), story(edited, end=""))
    assert {str(kind): count for kind, count in importer.counts.events.items()} == {"found": 1, "edited": 1}


def record(page_url: str, at: datetime, block: bytes, kind: str = "response", **named: str) -> bytes:
    """Return a record as other tools write it."""
    headers = {
        "WARC-Type": kind,
        "WARC-Target-URI": page_url,
        "WARC-Date": f"{at.isoformat()[:19]}Z",
        "Content-Length": str(len(block)),
        **{name.replace("_", "-"): value for name, value in named.items()},
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"WARC/1.0\r\n{lines}\r\n".encode() + block + b"\r\n\r\n"


def answer(page: Page, *lines: str, body: bytes | None = None) -> bytes:
    head = "\r\n".join((f"HTTP/1.1 {page.status} X", "Content-Type: text/html", *lines))
    return f"{head}\r\n\r\n".encode() + (page.content if body is None else body)


def import_records(store: Store, folder: Path, *records: bytes) -> WarcImport:
    (folder / "theirs.warc").write_bytes(b"".join(records))
    importer = WarcImport(store, SourceMatcher([SOURCE]), lambda: NOW)
    importer.import_files([folder / "theirs.warc"], lambda look: None)
    return importer


URL = address("1").url
REPEATS = {"WARC_Refers_To_Target_URI": URL, "WARC_Refers_To_Date": f"{START.isoformat()[:19]}Z"}
EDITED = story(WHOLE.replace("noon", "one"))


def list_spans(store: Store) -> list[tuple[object, ...]]:
    return store.db.execute(
        "SELECT outcome, reason, revision_id, looks FROM looks ORDER BY first_at"
    ).fetchall()


def count_events(importer: WarcImport) -> dict[str, int]:
    return {str(kind): count for kind, count in importer.counts.events.items()}


def test_a_revisit_is_a_look_at_the_page_that_it_repeats(store: Store, tmp_path: Path) -> None:
    importer = import_records(
        store,
        tmp_path,
        record(URL, after(30), b"HTTP/1.1 200 OK\r\n\r\n", "revisit", **REPEATS),
        record(URL, after(20), answer(EDITED)),
        record(URL, START, answer(story(WHOLE))),
        record(URL, after(1), b"", "Revisit", **REPEATS),
        record(URL, after(2), b"HTTP/1.1 304 Not Modified\r\n\r\n", "revisit"),
    )
    assert importer.counts.failures == []
    assert importer.counts.skipped == {SkipReason.REPEATED: 3}
    assert [(span[0], span[3]) for span in list_spans(store)] == [("live", 3), ("live", 1), ("live", 1)]
    assert count_events(importer) == {"found": 1, "edited": 2}
    assert verify.verify_database(store.db, get_archive_folder(store.path)).problem is None


def test_a_revisit_by_digest_alone_is_found(store: Store, tmp_path: Path) -> None:
    digest = {"WARC_Payload_Digest": "sha1:ABC"}
    import_records(
        store,
        tmp_path,
        record(URL, START, answer(story(WHOLE)), **digest),
        record(URL, after(1), answer(EDITED)),
        record(URL, after(2), b"", "revisit", **digest),
    )
    assert [span[2] for span in list_spans(store)] == [1, 2, 3]


def test_a_revisit_of_what_is_not_here_is_counted_by_name(store: Store, tmp_path: Path) -> None:
    importer = import_records(
        store,
        tmp_path,
        record(URL, START, answer(story(WHOLE))),
        record(address("3").url, after(1), b"", "revisit"),
        record(URL, after(2), b"", "revisit", WARC_Refers_To_Target_URI=address("2").url),
        record("https://www.elsewhere.example/", after(2), b"", "revisit"),
    )
    assert importer.counts.skipped == {SkipReason.REVISIT: 2, SkipReason.OTHER_SITE: 1}


def test_a_revisit_of_an_absence_is_an_absence(store: Store, tmp_path: Path) -> None:
    gone = b"HTTP/1.1 404 Not Found\r\n\r\n"
    import_records(
        store, tmp_path, record(URL, START, answer(story(WHOLE))), record(URL, after(9), gone, "revisit")
    )
    assert [span[0] for span in list_spans(store)] == ["live", "gone"]


@pytest.mark.parametrize("year", [1990, 2036, 9999])
def test_a_capture_from_when_none_can_be_is_named_and_judged_by_nothing(
    store: Store, tmp_path: Path, year: int
) -> None:
    odd = datetime(year, 1, 1, tzinfo=UTC)
    importer = import_records(
        store, tmp_path, record(URL, START, answer(story(WHOLE))), record(URL, odd, answer(EDITED))
    )
    (failure,) = importer.counts.failures
    assert URL in failure
    assert f"WARC-Date {year}-01-01 00:00 UTC lies" in failure
    assert count_events(importer) == {"found": 1}


@pytest.mark.parametrize("encoding", ["UTF-8", "none", "gzip", "br", "deflate"])
def test_a_body_without_its_encoding_is_read(store: Store, tmp_path: Path, encoding: str) -> None:
    page = answer(story(WHOLE), f"Content-Encoding: {encoding}")
    importer = import_records(store, tmp_path, record(URL, START, page))
    assert (importer.counts.failures, count_events(importer)) == ([], {"found": 1})


def test_packed_data_that_end_too_soon_are_a_look_at_a_page_that_breaks_off(
    store: Store, tmp_path: Path
) -> None:
    packed = gzip.compress(story(WHOLE).content)
    importer = import_records(
        store,
        tmp_path,
        record(URL, START, answer(story(WHOLE))),
        record(URL, after(1), answer(story(WHOLE), "Content-Encoding: gzip", body=packed[:-60])),
        record(URL, after(2), answer(story(WHOLE), body=story(WHOLE).content[:-90]), WARC_Truncated="length"),
        record(URL, after(3), answer(story(WHOLE), "Content-Encoding: gzip", body=packed[:-4])),
    )
    assert [span[:2] for span in list_spans(store)] == [
        ("live", ""),
        ("unreadable", "the page breaks off"),
        ("live", ""),
    ]
    assert importer.counts.failures == [f"{URL}: the page breaks off"] * 2
    assert count_events(importer) == {"found": 1}


def test_a_reader_that_fails_stops_no_import(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose_platform = registry.choose_platform

    def fail_once(page: Page, hint: str | None = None) -> Platform:
        if page.url == URL:
            raise IndexError
        return choose_platform(page, hint)

    monkeypatch.setattr(registry, "choose_platform", fail_once)
    other = replace(story(WHOLE), url=address("2").url)
    importer, _ = import_pages(store, tmp_path / "archive", story(WHOLE), other)
    (failure,) = importer.counts.failures
    assert failure.startswith(URL)
    assert failure.endswith("the reader failed: IndexError")
    rows = store.db.execute("SELECT outcome, capture_id IS NOT NULL FROM looks ORDER BY first_at").fetchall()
    assert rows == [("unreadable", 1), ("live", 1)]


def test_a_verdict_that_fails_stops_no_import(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise KeyError

    monkeypatch.setattr(verdicts, "decide_verdict", fail)
    importer, _ = import_pages(store, tmp_path / "archive", story(WHOLE))
    assert importer.counts.failures == [f"{URL}: the reader failed: KeyError"]
