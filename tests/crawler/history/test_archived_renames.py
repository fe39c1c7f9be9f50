"""A story that an archive shows under another headline and another address is one posting, as in a crawl."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crawler.history.warc_import import WarcImport
from crawler.sources.matching import SourceMatcher
from storage.archive.writer import ArchiveWriter, get_archive_folder
from storage.integrity import verify
from storage.models import Page
from storage.store import Store
from tests.support.make_looks import START, after, store_at
from tests.support.open_runs import SOURCE

HTML = (("content-type", "text/html"),)
PORT = replace(SOURCE, platform="generic")
OLD = "https://www.wing.example.mil/News/causeway-opens/"
NEW = "https://www.wing.example.mil/News/engineers-hand-back-causeway/"
TEXT = (
    "Crews opened the causeway on Tuesday after nine weeks of work by engineers and divers from three units.",
    "Traffic went back to normal on Thursday, said the officer in charge of the works at the port authority.",
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db", after(9000)) as opened:
        yield opened


def story(url: str, title: str, *paragraphs: str) -> Page:
    words = "".join(f"<p>{each}</p>" for each in paragraphs)
    meta = '<meta property="og:type" content="article">'
    meta += '<meta property="article:published_time" content="2026-03-01T14:00:00Z">'
    body = f"<article><h1>{title}</h1>{words}</article>"
    body = f"<html><head><title>{title}</title>{meta}</head><body>{body}</body></html>"
    return Page(url, 200, HTML, body.encode())


def moved(url: str, target: str) -> Page:
    return Page(url, 301, (*HTML, ("location", target)), b"")


def gone(url: str) -> Page:
    return Page(url, 404, HTML, b"<html><h1>Not found</h1></html>")


def listing(*names: str) -> Page:
    items = "".join(
        f'<article><h2><a href="{url}">A story of the port, number {n}</a></h2>'
        f'<time datetime="2026-03-0{n}">March {n}, 2026</time></article>'
        for n, url in enumerate(names, 1)
    )
    return Page(SOURCE.listing_url or "", 200, HTML, f"<html><body>{items}</body></html>".encode())


def import_pages(store: Store, folder: Path, *pages: tuple[float, Page]) -> list[str]:
    """Import captures, each so many hours after the start; return the kinds of the events, sorted."""
    at = START
    writer = ArchiveWriter(folder, lambda: at)
    for hours, page in pages:
        writer.append_page(page, after(hours))
    writer.close()
    importer = WarcImport(store, SourceMatcher([PORT]), lambda: START + timedelta(days=300))
    importer.import_files(sorted(folder.glob("*.warc.gz")), lambda look: None)
    assert verify.verify_database(store.db, get_archive_folder(store.path)).problem is None
    return sorted(str(kind) for kind in importer.counts.events.elements())


FIRST = story(OLD, "Crews reopen causeway", *TEXT)
OTHERS = [f"https://www.wing.example.mil/News/{name}/" for name in ("one-more", "another")]
SECOND = story(NEW, "Engineers hand the rebuilt causeway back", *TEXT)


@pytest.mark.parametrize("answer", [moved(OLD, NEW), gone(OLD)], ids=["redirect", "gone"])
@pytest.mark.parametrize("at", [29, 31], ids=["before", "after"])
def test_a_story_whose_old_address_leads_on_or_is_gone_is_renamed_and_edited(
    store: Store, tmp_path: Path, answer: Page, at: float
) -> None:
    pages = ((0.0, FIRST), (30.0, SECOND), (at, answer))
    assert import_pages(store, tmp_path / "theirs", *pages) == ["edited", "found", "renamed"]
    (row,) = store.db.query("SELECT url FROM postings")
    assert row["url"] == NEW


def test_an_address_that_goes_on_showing_its_story_is_another_one(store: Store, tmp_path: Path) -> None:
    pages = ((0.0, FIRST), (30.0, SECOND), (31.0, FIRST))
    assert import_pages(store, tmp_path / "theirs", *pages) == ["found", "found"]


def test_without_an_answer_of_the_old_address_nothing_joins_them(store: Store, tmp_path: Path) -> None:
    assert import_pages(store, tmp_path / "theirs", (0, FIRST), (30, SECOND)) == ["found", "found"]


def test_two_stories_that_one_list_names_are_never_one(store: Store, tmp_path: Path) -> None:
    pages = (
        (0.0, FIRST),
        (1.0, listing(OLD, NEW, *OTHERS)),
        (30.0, SECOND),
        (31.0, moved(OLD, NEW)),
    )
    assert import_pages(store, tmp_path / "theirs", *pages) == ["found", "found"]


def test_a_later_crawl_tells_the_rename_no_second_time(store: Store, tmp_path: Path) -> None:
    import_pages(store, tmp_path / "theirs", (0, FIRST), (30, SECOND), (31, moved(OLD, NEW)))
    row = store.db.execute("SELECT url, last_look_at FROM posting_states").fetchone()
    assert row[0] == NEW
    assert datetime.fromisoformat(row[1]) == after(30)
