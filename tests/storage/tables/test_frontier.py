"""What a crawl knows when it starts, and when a release counts as published."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from storage.models import Role, Verdict
from storage.store import Store
from storage.tables import frontier, pending
from storage.tables.frontier import Horizon, KnownArticles
from tests.support.make_looks import DAY, address, after, bad, crawl, entry, fields, listed, seen, store_at


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        yield opened


def load(store: Store, source: str, site: str | None = None) -> KnownArticles:
    return pending.load_known_articles(store.db, source, site, store.clock())


def story(number: str) -> str:
    return f"Story number {number} of the wing"


def test_a_first_crawl_finds_and_a_later_one_sees_what_was_published(store: Store) -> None:
    first = listed(after(0), entry("100"), entry("99"))
    assert crawl(
        store, first, *(seen(after(1), fields(story(n)), address(n)) for n in ("100", "99")), at=after(0)
    ) == ["found", "found"]
    second = listed(after(5), entry("101"), entry("100"), entry("99"))
    assert crawl(store, second, seen(after(6), fields(story("101")), address("101")), at=after(5)) == [
        "published"
    ]


def test_published_lies_between_the_last_look_without_it_and_the_first_with_it(store: Store) -> None:
    crawl(store, listed(after(0), entry("100")), seen(after(1), fields(), address("100")), at=after(0))
    run = store.start_run("wing-news", "crawl", after(5))
    store.save_look(listed(after(5), entry("101"), entry("100"), run=run))
    (event,) = store.save_look(seen(after(6), fields("Another"), address("101"), run=run))
    assert (event.last_before_at, event.first_after_at, event.at) == (after(0), after(5), after(6))


def test_an_incomplete_first_crawl_publishes_nothing(store: Store) -> None:
    crawl(store, listed(after(0), entry("100")), at=after(0), complete=False)
    assert load(store, "wing-news").is_first_crawl
    kinds = crawl(
        store,
        listed(after(5), entry("101"), entry("100")),
        seen(after(6), fields(), address("101")),
        at=after(5),
    )
    assert kinds == ["found"]


def test_what_was_announced_and_not_fetched_is_pending_with_its_kind(store: Store) -> None:
    crawl(store, listed(after(0), entry("100")), seen(after(1), fields(), address("100")), at=after(0))
    crawl(store, listed(after(5), entry("101"), entry("100")), at=after(5), complete=False)
    known = load(store, "wing-news")
    assert [waiting.address.number for waiting in known.pending] == ["101"]
    assert known.keys == {("www.wing.example.mil", "100")}
    assert crawl(store, seen(after(9), fields("Late"), address("101")), at=after(9)) == ["published"]
    assert load(store, "wing-news").pending == ()


def test_what_lies_below_the_horizon_is_found(store: Store) -> None:
    crawl(
        store,
        listed(after(0), entry("100"), entry("90")),
        seen(after(1), fields(), address("100")),
        at=after(0),
    )
    older = listed(after(5), entry("80", DAY - timedelta(days=9)))
    assert crawl(
        store, older, seen(after(6), fields("Old"), address("80")), at=after(5), kind="backfill"
    ) == ["found"]


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


@pytest.mark.parametrize(
    ("number", "on", "below"),
    [
        ("89", DAY, True),
        ("90", DAY, False),
        ("95", DAY - timedelta(days=30), True),  # an old draft's number says less than its day
        ("50", DAY + timedelta(days=1), False),  # a draft that was begun early and published late
        ("101", DAY - timedelta(days=30), False),  # newer than all we met, whatever day it prints
        ("89", None, True),
        ("95", None, False),
        ("old-slug", None, False),
    ],
)
def test_number_and_day_together_tell_what_was_there_before_us(
    number: str, on: date | None, below: bool
) -> None:
    assert frontier.is_below_horizon(Horizon(90, DAY, 100), entry(number, on)) is below


def test_an_entry_above_a_newer_one_is_pinned() -> None:
    days = [date(2020, 1, 1), DAY, DAY - timedelta(days=1)]
    assert frontier.find_pinned([entry(str(n), on) for n, on in enumerate(days)]) == [True, False, False]
    assert frontier.find_pinned([entry(n, None) for n in ("5", "9", "8")]) == [True, False, False]


def test_a_crawl_begins_with_what_is_due_of_the_pending_articles(store: Store) -> None:
    crawl(store, listed(after(0), entry("100")), at=after(0), complete=False)
    for minute in range(3):
        assert len(load(store, "wing-news").pending) == 1
        crawl(store, bad(after(minute / 60), Verdict.GONE, address("100")), at=after(minute / 60))
    assert load(store, "wing-news").pending == ()
    assert load(store, "wing-news").waiting_keys == {("www.wing.example.mil", "100")}


def test_the_usual_length_of_a_listing_is_that_of_its_first_page(store: Store) -> None:
    pages = [listed(after(0), entry("9"), entry("8"), entry("7")), listed(after(1), entry("6"))]
    crawl(store, *pages, at=after(0))
    assert load(store, "wing-news").usual_entries == 3


def test_the_place_of_a_killed_back_fill_is_kept(store: Store) -> None:
    store.save_backfill_page("wing-news", "https://www.wing.example.mil/News/?Page=7")
    assert load(store, "wing-news").backfill_url == "https://www.wing.example.mil/News/?Page=7"
    store.save_backfill_page("wing-news", None)
    assert load(store, "wing-news").backfill_url is None


def test_postings_of_the_site_are_stored_for_a_new_section_too(store: Store) -> None:
    crawl(store, listed(after(0), entry("100")), seen(after(1), fields(), address("100")), at=after(0))
    assert load(store, "wing-press").stored_keys == frozenset()
    assert load(store, "wing-press", "www.wing.example.mil").stored_keys == {("www.wing.example.mil", "100")}
