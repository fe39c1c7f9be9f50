"""Responses of a WARC file become looks at the newsroom they belong to, or are counted as skipped."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.history.warc_import import SkipReason, WarcImport
from crawler.sources.matching import SourceMatcher
from storage.archive.errors import ArchiveError
from storage.archive.writer import ArchiveWriter
from storage.models import Look, Page, RunState
from storage.store import Store
from tests.support.make_looks import LISTING_URL, START, address, store_at
from tests.support.open_runs import SOURCE

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
    importer = WarcImport(store, SourceMatcher([SOURCE]), lambda: START)
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
    importer = WarcImport(store, SourceMatcher([SOURCE]), lambda: START)
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
