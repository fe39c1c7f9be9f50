"""What listings and feeds name is pending until it is stored, and stays with the posting then."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.models import Role, Verdict
from storage.models.known_articles import KnownArticles
from storage.store import Store
from storage.tables import pending
from tests.support.make_looks import (
    DAY,
    address,
    after,
    bad,
    crawl,
    entry,
    fields,
    listed,
    seen,
    store_at,
    table,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        yield opened


def test_a_feeds_time_fills_the_gap_and_never_makes_an_edit(store: Store) -> None:
    store.save_look(listed(after(0), entry("100", at=after(-1)), role=Role.FEED))
    store.save_look(seen(after(1), fields(), address("100")))
    times = "SELECT published_at, published_source FROM postings"
    assert store.db.execute(times).fetchone() == ("2026-03-02T11:00:00.000000Z", "rss")
    store.save_look(listed(after(2), entry("100", at=after(1.5)), role=Role.FEED))
    assert store.save_look(seen(after(3), fields(), address("100"))) == []
    assert store.db.execute(times).fetchone() == ("2026-03-02T11:00:00.000000Z", "rss")


def test_a_feed_that_comes_after_the_article_fills_the_gap_too(store: Store) -> None:
    store.save_look(seen(after(0), fields(), address("100")))
    store.save_look(listed(after(1), entry("100", at=after(-1)), role=Role.FEED))
    assert store.db.execute("SELECT published_source FROM postings").fetchone() == ("rss",)


def test_the_pages_own_time_counts_before_the_feeds(store: Store) -> None:
    store.save_look(listed(after(0), entry("100", at=after(-1)), role=Role.FEED))
    store.save_look(seen(after(1), fields(published_at=after(-2), published_source="jss"), address("100")))
    assert store.db.execute("SELECT published_source FROM postings").fetchone() == ("jss",)


@pytest.mark.parametrize("article_first", [True, False])
def test_sources_and_addresses_do_not_depend_on_what_came_first(store: Store, article_first: bool) -> None:
    looks = [
        listed(after(0), entry("100", slug="from-the-feed"), source="wing-feed"),
        listed(after(0), entry("100", slug="from-the-list")),
        seen(after(0), fields(), address("100")),
    ]
    for look in reversed(looks) if article_first else looks:
        store.save_look(look)
    assert [row[1] for row in table(store, "posting_sources")] == ["wing-feed", "wing-news"]
    slugs = [str(row[1]).split("/")[-2] for row in table(store, "addresses")]
    assert slugs == ["a-story", "from-the-feed", "from-the-list"]
    assert table(store, "pending") == []


def waits(store: Store, hours: float) -> tuple[list[str], list[str]]:
    """Return the numbers that a crawl asks for at an hour, and those that it leaves for later."""
    known = pending.load_known_articles(store.db, "wing-news", None, after(hours))
    return [str(each.address.number) for each in known.pending], sorted(key for _, key in known.waiting_keys)


def test_what_does_not_answer_is_asked_for_at_growing_intervals_and_not_lost(store: Store) -> None:
    store.save_look(listed(after(0), entry("100")))
    asked = []
    for quarter in range(30 * 24 * 4):
        if waits(store, quarter / 4)[0]:
            asked.append(quarter / 4)
            store.save_look(bad(after(quarter / 4), Verdict.SOFT_GONE, address("100")))
    assert asked[:8] == [0, 0.25, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert {later - sooner for sooner, later in pairwise(asked[8:])} == {24}
    assert waits(store, 30 * 24)[1] == ["100"]
    store.save_look(seen(after(30 * 24 + 1), fields(), address("100")))
    assert waits(store, 30 * 24 + 1) == ([], [])


def test_what_never_answers_is_given_up_in_the_end(store: Store) -> None:
    store.save_look(listed(after(0), entry("100")))
    for day in range(pending.MOST_ABSENT):
        assert waits(store, 24 * (day + 1))[0] == ["100"]
        store.save_look(bad(after(24 * (day + 1)), Verdict.GONE, address("100")))
    assert waits(store, 24 * 1000) == ([], ["100"])


def test_after_an_update_of_the_parser_all_is_asked_for_at_once(store: Store) -> None:
    store.save_look(listed(after(0), entry("100")))
    for quarter in range(5):
        store.save_look(bad(after(quarter / 4), Verdict.UNREADABLE, address("100"), 200))
    assert waits(store, 1.5)[0] == []
    with store.writing() as db:
        pending.reset_retries(db, "wing-news")
    assert waits(store, 1.5)[0] == ["100"]


def test_a_broken_server_is_asked_for_a_pending_article_for_ever(store: Store) -> None:
    store.save_look(listed(after(0), entry("100")))
    for day in range(2 * pending.MOST_ABSENT):
        store.save_look(bad(after(24 * (day + 1)), Verdict.SERVER_ERROR, address("100"), 500))
    assert waits(store, 24 * 1000)[0] == ["100"]


def test_a_next_try_that_a_wrong_clock_planned_is_made_now(store: Store) -> None:
    store.save_look(listed(after(0), entry("100")))
    for _ in range(3):
        store.save_look(bad(after(24 * 365), Verdict.GONE, address("100")))
    assert waits(store, 1)[0] == ["100"]


@given(st.integers(min_value=1, max_value=pending.MOST_ABSENT))
def test_pauses_grow_up_to_a_day(tries: int) -> None:
    pause = pending.compute_retry_pause(tries)
    assert pending.compute_retry_pause(tries - 1) <= pause <= pending.LONGEST_PAUSE


def story(number: str) -> str:
    return f"Story number {number} of the wing"


def load(store: Store, source: str, site: str | None = None) -> KnownArticles:
    return pending.load_known_articles(store.db, source, site, store.clock())


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


def test_a_crawl_begins_with_what_is_due_of_the_pending_articles(store: Store) -> None:
    crawl(store, listed(after(0), entry("100")), at=after(0), complete=False)
    for minute in range(3):
        assert len(load(store, "wing-news").pending) == 1
        crawl(store, bad(after(minute / 60), Verdict.GONE, address("100")), at=after(minute / 60))
    assert load(store, "wing-news").pending == ()
    assert load(store, "wing-news").waiting_keys == {("www.wing.example.mil", "100")}


def test_postings_of_the_site_are_stored_for_a_new_section_too(store: Store) -> None:
    crawl(store, listed(after(0), entry("100")), seen(after(1), fields(), address("100")), at=after(0))
    assert load(store, "wing-press").stored_keys == frozenset()
    assert load(store, "wing-press", "www.wing.example.mil").stored_keys == {("www.wing.example.mil", "100")}


def test_a_back_fill_finds_old_stories_with_high_numbers(store: Store) -> None:
    """Numbers that do not follow days: January was put in after March."""
    march = [entry(str(number), DAY - timedelta(days=100 - number)) for number in (100, 99, 98)]
    january = [entry(str(number), DAY - timedelta(days=60)) for number in (500, 501)]
    undated = [entry(str(number), None) for number in (600, 97)]
    texts = [seen(after(0), fields(f"Story {one.title}"), one.address) for one in march]
    crawl(store, listed(after(0), *march), *texts, at=after(0))
    events = crawl(
        store,
        listed(after(5), *march),
        listed(after(5.1), *january, *undated),
        *(seen(after(6), fields(f"Story {one.title}"), one.address) for one in (*january, *undated)),
        at=after(5),
        kind="backfill",
    )
    assert events == ["found"] * 4


def test_a_back_fill_sees_what_was_published_since(store: Store) -> None:
    known, since = entry("100", DAY), entry("101", DAY + timedelta(days=4))
    backdated = entry("102", DAY - timedelta(days=9))
    crawl(
        store,
        listed(after(0), known, entry("90", DAY - timedelta(days=30))),
        seen(after(0), fields(), known.address),
        at=after(0),
    )
    looks = [
        listed(after(99), since, known, backdated, entry("90", DAY - timedelta(days=30))),
        *(seen(after(99), fields(f"Story {one.title}"), one.address) for one in (since, backdated)),
    ]
    assert crawl(store, *looks, at=after(99), kind="backfill") == ["published", "published"]


def test_a_crawl_that_goes_on_to_the_second_page_publishes_nothing_of_long_ago(store: Store) -> None:
    first = [entry(str(number), DAY) for number in (100, 99)]
    crawl(
        store,
        listed(after(0), *first),
        *(seen(after(0), fields(one.title), one.address) for one in first),
        at=after(0),
    )
    new, old = entry("300", DAY + timedelta(days=2)), entry("200", DAY - timedelta(days=40))
    looks = [
        listed(after(50), new, first[0]),
        listed(after(50.1), first[1], old),
        *(seen(after(51), fields(f"New {one.title}"), one.address) for one in (new, old)),
    ]
    assert crawl(store, *looks, at=after(50)) == ["published", "found"]
