"""What the captures of an archive show of removals and returns, and what they do not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.history.warc_import import WarcImport
from crawler.sources.matching import SourceMatcher
from storage.archive.writer import ArchiveWriter, get_archive_folder
from storage.integrity import verify
from storage.models import EventKind, Page, Verdict
from storage.queries import evidence
from storage.queries.events import list_events
from storage.queries.filters import Filter
from storage.store import Store
from tests.support.make_looks import START, address, after, bad, crawl, fields, seen, store_at
from tests.support.open_runs import SOURCE

HTML = (("content-type", "text/html"),)
PORT = replace(SOURCE, platform="generic")
Captures = tuple[tuple[float, Page], ...]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db", after(9000)) as opened:
        yield opened


def shown(number: str) -> Page:
    title = f"Ferry number {number} returns to its pier"
    meta = '<meta property="og:type" content="article">'
    meta += '<meta property="article:published_time" content="2026-03-01T14:00:00Z">'
    words = f"The ferry {number} is back at its pier, said the officer in charge of the port on Monday."
    body = f"<article><h1>{title}</h1><p>{words}</p><p>{words.upper()}</p></article>"
    html = f"<html><head><title>{title}</title>{meta}</head><body>{body}</body></html>"
    return Page(address(number).url, 200, HTML, html.encode())


def answered(number: str, status: int, *headers: tuple[str, str], text: str = "Not found") -> Page:
    html = f"<html><head><title>{text}</title></head><body><h1>{text}</h1></body></html>"
    return Page(address(number).url, status, (*HTML, *headers), html.encode())


def gone(status: int = 404) -> Page:
    return answered("1", status)


BEFORE: Captures = ((0, shown("1")), (0, shown("2")), (1, shown("3")))
AFTER: Captures = ((40, shown("3")),)


def import_pages(store: Store, folder: Path, *pages: tuple[float, Page]) -> list[str]:
    """Import captures, each so many hours after the start; return the kinds of the events but `found`."""
    writer = ArchiveWriter(folder, lambda: START)
    for hours, page in pages:
        writer.append_page(page, after(hours))
    writer.close()
    importer = WarcImport(store, SourceMatcher([PORT]), lambda: START + timedelta(days=300))
    importer.import_files(sorted(folder.glob("*.warc.gz")), lambda look: None)
    assert verify.verify_database(store.db, get_archive_folder(store.path)).problem is None
    return sorted(str(kind) for kind in importer.counts.events.elements() if not kind.is_first)


def say(store: Store, kind: str) -> str:
    return evidence.describe_event(next(iter(list_events(store, Filter(kind=EventKind(kind))))))


@pytest.mark.parametrize("order", [1, -1], ids=["in order", "backwards"])
def test_two_absences_among_captured_neighbours_are_a_removal(
    store: Store, tmp_path: Path, order: int
) -> None:
    pages = (*BEFORE, (20.0, gone()), (30.0, gone()), *AFTER)
    assert import_pages(store, tmp_path / "theirs", *pages[::order]) == ["removed"]
    assert say(store, "removed") == (
        "last captured 2026-03-02 12:00 UTC; "
        "absent in the archive from 2026-03-03 08:00 UTC to 2026-03-03 18:00 UTC; 2 captures over 10 h; "
        "the site answered not found; "
        "other releases were captured before and after, 2026-03-02 and 2026-03-04; "
        "no other live copy known"
    )
    assert store.db.execute("SELECT state FROM postings WHERE number = '1'").fetchone() == ("removed",)


ABSENT_TWICE: Captures = ((20, gone()), (30, gone()))


@pytest.mark.parametrize(
    "pages",
    [
        (*BEFORE, (20, gone()), *AFTER),
        (*BEFORE, (20, gone()), (25, gone()), *AFTER),
        (*BEFORE, *ABSENT_TWICE, (35, shown("1")), *AFTER),
        (*BEFORE, *ABSENT_TWICE),
        ((0, shown("1")), *ABSENT_TWICE, *AFTER),
        (*BEFORE, (20, gone()), (30, answered("1", 403)), *AFTER),
        (*BEFORE, (20, answered("1", 503)), (30, answered("1", 503)), *AFTER),
        (*BEFORE, (20, answered("1", 200)), (30, answered("1", 200)), *AFTER),
        (*BEFORE, *ABSENT_TWICE, (32, answered("1", 301, ("location", address("9").url))), *AFTER),
        (*BEFORE, *ABSENT_TWICE, (21, answered("2", 404)), (22, answered("3", 503)), *AFTER),
        (*ABSENT_TWICE, (40, shown("2"))),
    ],
    ids=[
        "once",
        "too close",
        "a later capture",
        "no neighbour after",
        "no neighbour before",
        "a refusal",
        "errors",
        "soft",
        "led on",
        "all failed meanwhile",
        "never seen",
    ],
)
def test_less_than_that_is_no_removal(store: Store, tmp_path: Path, pages: Captures) -> None:
    assert import_pages(store, tmp_path / "theirs", *pages) == []


def test_a_removed_story_that_is_captured_again_has_returned(store: Store, tmp_path: Path) -> None:
    import_pages(store, tmp_path / "one", *BEFORE, *ABSENT_TWICE, *AFTER)
    assert import_pages(store, tmp_path / "two", (50, shown("1"))) == ["returned"]
    assert say(store, "returned") == (
        "last absent in the archive 2026-03-03 18:00 UTC; captured again 2026-03-04 14:00 UTC; "
        "absent at 2 captures"
    )
    assert import_pages(store, tmp_path / "three", (50, shown("1"))) == []


def test_the_same_files_again_tell_nothing_new(store: Store, tmp_path: Path) -> None:
    pages = (*BEFORE, *ABSENT_TWICE, *AFTER)
    assert import_pages(store, tmp_path / "one", *pages) == ["removed"]
    assert import_pages(store, tmp_path / "two", *pages) == []


def test_a_capture_from_between_the_absences_takes_nothing_back(store: Store, tmp_path: Path) -> None:
    import_pages(store, tmp_path / "one", *BEFORE, *ABSENT_TWICE, *AFTER)
    assert import_pages(store, tmp_path / "two", (25, shown("1"))) == []


def test_what_a_crawl_saw_later_counts_too(store: Store, tmp_path: Path) -> None:
    import_pages(store, tmp_path / "one", *BEFORE)
    where = address("1")
    crawl(store, replace(seen(after(100), fields(), where), source_id=PORT.id), at=after(100))
    assert import_pages(store, tmp_path / "two", *ABSENT_TWICE, *AFTER) == []


def test_a_crawl_goes_on_from_an_archived_removal(store: Store, tmp_path: Path) -> None:
    import_pages(store, tmp_path / "one", *BEFORE, *ABSENT_TWICE, *AFTER)
    where = address("1")
    assert "removed" not in crawl(store, bad(after(100), Verdict.GONE, where), at=after(100))
    assert "returned" in crawl(store, seen(after(110), fields(), where), at=after(110))
    assert verify.verify_database(store.db, get_archive_folder(store.path)).problem is None
