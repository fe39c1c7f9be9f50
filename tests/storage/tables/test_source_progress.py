"""What a complete crawl listed is known from then on, down to the horizon."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from storage.models import Role
from storage.models.known_articles import KnownArticles
from storage.store import Store
from storage.tables import pending, source_progress
from tests.support.make_looks import DAY, after, crawl, entry, listed, store_at


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        yield opened


def load(store: Store, source: str, site: str | None = None) -> KnownArticles:
    return pending.load_known_articles(store.db, source, site, store.clock())


def test_a_pinned_entry_does_not_lower_the_horizon(store: Store) -> None:
    pinned = entry("7", date(2019, 1, 1))
    page = listed(after(0), pinned, entry("100"), entry("90", DAY - timedelta(days=1)))
    crawl(store, page, at=after(0))
    known = load(store, "wing-news")
    assert (known.horizon_number, known.horizon_on, known.top_number) == (90, DAY - timedelta(days=1), 100)


def test_the_shallower_of_feed_and_listing_is_the_horizon(store: Store) -> None:
    deep = [entry(str(n), DAY - timedelta(days=100 - n)) for n in range(100, 90, -1)]
    crawl(store, listed(after(0), *deep, role=Role.FEED), listed(after(0), *deep[:4]), at=after(0))
    assert load(store, "wing-news").horizon_number == 97


def test_a_complete_back_fill_makes_the_whole_archive_known(store: Store) -> None:
    crawl(store, listed(after(0), entry("100")), at=after(0))
    crawl(store, listed(after(5), entry("100"), entry("3", date(2015, 1, 1))), at=after(5), kind="backfill")
    assert load(store, "wing-news").horizon_number == 3


def test_the_usual_length_of_a_listing_is_that_of_its_first_page(store: Store) -> None:
    pages = [listed(after(0), entry("9"), entry("8"), entry("7")), listed(after(1), entry("6"))]
    crawl(store, *pages, at=after(0))
    assert load(store, "wing-news").usual_entries == 3


def test_the_place_of_a_killed_back_fill_is_kept(store: Store) -> None:
    store.save_backfill_page("wing-news", "https://www.wing.example.mil/News/?Page=7")
    assert load(store, "wing-news").backfill_url == "https://www.wing.example.mil/News/?Page=7"
    store.save_backfill_page("wing-news", None)
    assert load(store, "wing-news").backfill_url is None


def test_a_crawl_of_the_feed_alone_leaves_what_the_listing_named_unknown(store: Store) -> None:
    crawl(store, listed(after(0), entry("100")), at=after(0))
    crawl(store, listed(after(5), entry("101"), entry("100")), at=after(5), complete=False)
    crawl(store, listed(after(6), entry("102"), role=Role.FEED), at=after(6))
    assert {number for _, number in load(store, "wing-news").keys} == {"100", "102"}
    progress = source_progress.read_progress(store.db, "wing-news")
    assert (progress["last_listed_at"][11:13], progress["last_feed_at"][11:13]) == ("12", "18")


def test_a_source_has_a_listing_once_it_has_shown_one(store: Store) -> None:
    crawl(store, listed(after(0), entry("100"), role=Role.FEED), at=after(0))
    assert not source_progress.has_listing(store.db, "wing-news")
    crawl(store, listed(after(1), entry("99")), at=after(1))
    assert source_progress.has_listing(store.db, "wing-news")
    assert not source_progress.has_listing(store.db, "wing-press")


def test_before_the_first_complete_crawl_nothing_is_known(store: Store) -> None:
    crawl(store, listed(after(0), entry("100")), at=after(0), complete=False)
    progress = source_progress.read_progress(store.db, "wing-news")
    assert {value for name, value in progress.items() if name != "source_id"} == {None}
    assert load(store, "wing-news").is_first_crawl
