"""Which releases are wanted and which listing page comes next: no network, no database."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from crawler.crawl.pagination import CrawlPlan, ListingWalk, feed_covers_listing, make_control_url
from crawler.parsing import urls
from storage.models import Address, Entry, Listing
from storage.models.known_articles import KnownArticles, PostingKey

SITE = "www.example.mil"
HERE = f"https://{SITE}/News/"


def entry(number: int, on: date | None = None, site: str = SITE) -> Entry:
    address = Address(site, str(number), f"https://{site}/News/Article/{number}/")
    return Entry(address, f"Story {number}", published_on=on)


def entries(*numbers: int) -> tuple[Entry, ...]:
    return tuple(entry(number) for number in numbers)


def page(*numbers: int, following: int | None = None) -> Listing:
    return Listing(entries(*numbers), "afpims:1", f"{HERE}?Page={following}" if following else None)


def keys(numbers: Iterable[int]) -> frozenset[PostingKey]:
    return frozenset((SITE, str(number)) for number in numbers)


def known(
    listed: Iterable[int] = (),
    *,
    stored: Iterable[int] | None = None,
    pending: tuple[Entry, ...] = (),
    horizon: int | None = None,
    place: str | None = None,
    usual: int | None = None,
) -> KnownArticles:
    numbers = tuple(listed)
    return KnownArticles(
        is_first_crawl=not numbers,
        keys=keys(numbers),
        stored_keys=keys(numbers if stored is None else stored),
        pending=pending,
        horizon_number=horizon,
        horizon_on=None,
        backfill_url=place,
        usual_entries=usual,
    )


def walk(
    before: KnownArticles | None = None, plan: CrawlPlan | None = None, max_pages: int = 100
) -> ListingWalk:
    return ListingWalk(SITE, plan or CrawlPlan(), before or known(), max_pages)


def numbers(chosen: Iterable[Entry]) -> list[int]:
    return [int(each.address.number or 0) for each in chosen]


def test_the_first_crawl_ends_after_page_one() -> None:
    first = walk()
    step = first.follow_page(HERE, page(3, 2, 1, following=2))
    assert step.next_url is None
    assert not step.failure
    assert first.is_complete


def test_a_page_of_known_releases_ends_the_walk() -> None:
    later = walk(known([3, 2, 1]))
    assert later.follow_page(HERE, page(3, 2, 1, following=2)).next_url is None
    assert later.is_complete


def test_new_releases_lead_on_until_a_page_is_known() -> None:
    later = walk(known(range(1, 10)))
    assert later.follow_page(HERE, page(12, 11, 10, following=2)).next_url == f"{HERE}?Page=2"
    assert not later.is_complete
    assert later.follow_page(f"{HERE}?Page=2", page(9, 8, 7, following=3)).next_url is None
    assert later.is_complete


def test_what_lies_below_the_horizon_does_not_lead_on() -> None:
    later = walk(known([12, 11, 10], horizon=10))
    assert later.follow_page(HERE, page(13, 12, 11, following=2)).next_url
    assert later.follow_page(f"{HERE}?Page=2", page(10, 9, 8, following=3)).next_url is None
    assert later.is_complete


def test_an_old_pinned_release_on_page_one_does_not_end_the_walk() -> None:
    later = walk(known([12, 11, 10], horizon=10))
    assert later.follow_page(HERE, page(4, 15, 14, following=2)).next_url


def test_the_last_page_is_a_natural_end() -> None:
    later = walk(known([1]))
    assert later.follow_page(HERE, page(5, 4)).next_url is None
    assert later.is_complete


def test_backfill_walks_every_page() -> None:
    backfill = walk(known(range(1, 10)), CrawlPlan(backfill=True))
    assert backfill.follow_page(HERE, page(9, 8, following=2)).next_url
    assert backfill.follow_page(f"{HERE}?Page=2", page(7, 6)).next_url is None
    assert backfill.is_complete


def test_a_killed_backfill_goes_on_where_it_was() -> None:
    place = f"{HERE}?Page=40"
    resumed = walk(known(stored=[9, 8], pending=entries(7), place=place), CrawlPlan(backfill=True))
    before = [resumed.follow_page(HERE, page(11, 10, 9, following=2)).next_url, resumed.is_resuming]
    after = [resumed.follow_page(f"{HERE}?Page=2", page(8, 7, following=3)).next_url, resumed.is_resuming]
    assert [before, after] == [[f"{HERE}?Page=2", True], [place, False]]
    assert resumed.follow_page(place, page(3, 2, following=41)).next_url == f"{HERE}?Page=41"


def test_since_walks_until_a_page_holds_only_older_ones() -> None:
    since = walk(known([1]), CrawlPlan(since=date(2026, 3, 1)))
    new, old, undated = entry(9, date(2026, 3, 2)), entry(8, date(2026, 2, 1)), entry(7)
    assert since.select_entries((new, old, undated)) == (new, undated)
    assert since.follow_page(HERE, Listing((new, old), "p", f"{HERE}?Page=2")).next_url
    assert since.follow_page(f"{HERE}?Page=2", Listing((entry(6), old), "p", f"{HERE}?Page=3")).next_url
    older = Listing((entry(5, date(2026, 2, 28)), entry(4, date(2026, 1, 1))), "p", f"{HERE}?Page=4")
    assert since.follow_page(f"{HERE}?Page=3", older).next_url is None


def test_a_since_that_stops_short_of_what_is_known_is_not_complete() -> None:
    since = walk(known([1]), CrawlPlan(since=date(2026, 3, 1)))
    since.follow_page(HERE, Listing((entry(9, date(2026, 2, 1)),), "p", f"{HERE}?Page=2"))
    assert since.has_ended
    assert not since.is_complete


def test_stored_releases_and_other_sites_are_not_asked_for() -> None:
    later = walk(known([1]))
    assert numbers(later.select_entries((entry(1), entry(2), entry(3, site="www.other.mil")))) == [2]


def test_a_release_is_asked_for_once_a_crawl() -> None:
    first = walk()
    assert numbers(first.select_entries(entries(3, 2))) == [3, 2]
    assert numbers(first.select_entries(entries(3, 2, 1))) == [1]


def test_the_limit_counts_what_is_asked_for() -> None:
    first = walk(plan=CrawlPlan(limit=2))
    assert numbers(first.select_entries(entries(5, 4, 3))) == [5, 4]
    assert first.is_limited
    assert first.follow_page(HERE, page(5, 4, 3, following=2)).next_url is None
    assert not first.is_complete


def test_a_limit_that_is_not_reached_limits_nothing() -> None:
    first = walk(plan=CrawlPlan(limit=2))
    first.select_entries(entries(5, 4))
    first.follow_page(HERE, page(5, 4))
    assert first.is_complete


def test_what_earlier_crawls_did_not_get_is_asked_for_again() -> None:
    later = walk(known([3, 2, 1], stored=[3, 1], pending=(entry(2), entry(9, site="www.other.mil"))))
    assert numbers(later.select_pending()) == [2]


def test_an_empty_listing_is_a_failure_and_no_end() -> None:
    first = walk()
    assert first.follow_page(HERE, page(following=2)).failure == "listing page 1 is empty"
    assert not first.is_complete


@pytest.mark.parametrize(("count", "fails"), [(10, False), (5, False), (4, True)])
def test_fewer_than_half_of_the_usual_entries_is_a_failure(count: int, fails: bool) -> None:
    later = walk(known([1], usual=10))
    assert bool(later.follow_page(HERE, page(*range(1, count + 1))).failure) is fails
    assert later.is_complete is not fails


@pytest.mark.parametrize("repeated", [(8, 9), ()])
def test_a_page_that_adds_nothing_ends_the_walk(repeated: tuple[int, ...]) -> None:
    endless = walk(known([1]), CrawlPlan(backfill=True))
    endless.follow_page(HERE, page(9, 8, following=2))
    step = endless.follow_page(f"{HERE}?Page=2", page(*repeated, following=3))
    assert (step.next_url, step.failure) == (None, "")
    assert endless.is_complete


def test_a_page_that_adds_nothing_after_a_short_one_leaves_the_walk_incomplete() -> None:
    endless = walk(known([1]), CrawlPlan(backfill=True))
    endless.follow_page(HERE, page(9, 8, 7, following=2))
    endless.follow_page(f"{HERE}?Page=2", page(6, following=3))
    step = endless.follow_page(f"{HERE}?Page=3", page(6, following=4))
    assert step.failure == "listing page 3 adds nothing new after a short one (1 of 3)"
    assert not endless.is_complete
    assert not endless.is_complete


def test_a_page_that_leads_back_ends_with_a_failure() -> None:
    endless = walk(known([1]))
    endless.follow_page(HERE, page(9, 8, following=2))
    back = Listing(entries(7, 6), "p", HERE)
    assert "leads back" in endless.follow_page(f"{HERE}?Page=2", back).failure
    assert not endless.is_complete


def test_a_walk_is_bounded() -> None:
    endless = walk(known([1]), CrawlPlan(backfill=True), max_pages=3)
    steps = [endless.follow_page(f"{HERE}?Page={n}", page(100 - n, following=n + 1)) for n in (1, 2, 3)]
    assert [bool(step.next_url) for step in steps] == [True, True, False]
    assert "max_pages" in steps[-1].failure


def test_a_backfill_killed_on_page_one_goes_on_from_there() -> None:
    resumed = walk(known(stored=[9, 8], place=HERE), CrawlPlan(backfill=True))
    assert resumed.follow_page(HERE, page(9, 8, following=2)).next_url == f"{HERE}?Page=2"
    assert resumed.follow_page(f"{HERE}?Page=2", page(7)).next_url is None
    assert resumed.is_complete


def test_a_feed_time_counts_as_the_latest_day_it_can_be_anywhere() -> None:
    since = walk(plan=CrawlPlan(since=date(2026, 3, 1)))
    late = replace(entry(2), published_at=datetime(2026, 2, 28, 12, tzinfo=UTC))
    early = replace(entry(1), published_at=datetime(2026, 2, 28, 8, tzinfo=UTC))
    assert numbers(since.select_entries((late, early))) == [2]


def test_what_answered_not_here_too_often_is_asked_for_by_a_backfill_only() -> None:
    before = known([3, 2], stored=[3])
    assert numbers(walk(before).select_entries(entries(3, 2, 1))) == [1]
    assert numbers(walk(before, CrawlPlan(backfill=True)).select_entries(entries(3, 2, 1))) == [2, 1]


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://www.example.mil/News/Article/123/a-story/", "/News/Article/9123/milwire-control/"),
        ("https://www.example.mil/News/Article/123/123-things/", "/News/Article/9123/milwire-control/"),
        (
            "https://www.example.mil/News/tabid/5/Article/123/a.aspx",
            "/News/tabid/5/Article/9123/milwire-control/",
        ),
        ("https://www.example.mil/Article/123.aspx", "/Article/9123/milwire-control/"),
        ("https://www.example.mil/press/a-story", "/press/milwire-control"),
    ],
)
def test_what_never_was_is_asked_for_in_the_same_shape(url: str, asked: str) -> None:
    where = urls.parse_address(make_control_url(urls.parse_address(url)))
    assert where.url == f"https://www.example.mil{asked}"
    assert where.number == ("9123" if "/Article/" in url else None)


@pytest.mark.parametrize(
    ("named", "joins"),
    [
        ((9, 8, 7, 6, 5), True),  # all known
        ((12, 11, 9, 8, 7), True),  # new ones above known ones
        ((12, 11, 3, 2, 9, 8), True),  # pinned ones stand above newer ones
        ((12, 11, 10), False),  # nothing known: who knows what lies between
        ((12, 11, 9), False),  # one may be there by chance
        ((12, 9, 8, 4, 3), True),  # what is below the horizon was there before we came
        ((), False),
    ],
)
def test_a_feed_joins_where_nothing_can_lie_unseen(named: tuple[int, ...], joins: bool) -> None:
    assert walk(known(range(5, 10), horizon=5)).does_feed_join(page(*named)) is joins


def test_an_unknown_release_between_known_ones_does_not_join() -> None:
    assert not walk(known((5, 6, 8, 9), horizon=5)).does_feed_join(page(9, 8, 7, 6))


def test_the_first_crawl_joins_nothing() -> None:
    assert not walk(replace(known(range(5, 10)), is_first_crawl=True)).does_feed_join(page(9, 8, 7))


@pytest.mark.parametrize(
    ("feed", "listing", "whole"),
    [
        ((9, 8, 7, 6), (9, 8, 7), True),
        ((9, 8), (9, 8, 7), True),  # as far as it reaches
        ((9, 8, 7, 6), (1, 9, 8, 7), True),  # the first is pinned
        ((9, 7, 6, 5), (9, 8, 7), False),
        ((8, 7, 6), (9, 8, 7), False),  # a stale feed
        ((9, 8), (), False),
        ((), (9, 8), False),
    ],
)
def test_a_feed_tells_all_that_names_what_the_listing_names(
    feed: tuple[int, ...], listing: tuple[int, ...], whole: bool
) -> None:
    assert feed_covers_listing(page(*feed), page(*listing)) is whole


def test_what_feeds_alone_brought_does_not_end_the_walk_through_the_listing() -> None:
    before = replace(known(range(1, 30), horizon=1), listed_keys=keys(range(1, 10)))
    onward = walk(before).follow_page(HERE, page(*range(29, 19, -1), following=2))
    assert onward.next_url == f"{HERE}?Page=2"
    assert walk(known(range(1, 30))).follow_page(HERE, page(*range(29, 19, -1), following=2)).next_url is None
