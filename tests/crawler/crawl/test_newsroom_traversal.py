"""What a crawl of a newsroom requests: feed, listing, releases, known releases, controls."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.crawl.newsroom_traversal import NewsroomTraversal, list_front_urls
from crawler.crawl.pagination import CONTROL_SLUG, CrawlPlan
from crawler.crawl.response import Target
from storage.models import Entry, Look, Role, Source, Verdict
from storage.store import Store
from tests.support.make_looks import (
    DAY,
    LISTING_URL,
    START,
    address,
    bad,
    crawl,
    entry,
    fields,
    listed,
    seen,
    store_at,
)
from tests.support.open_runs import SOURCE, open_run

FEED_URL = LISTING_URL + "feed"
WITH_FEED = replace(SOURCE, feed_url=FEED_URL)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        yield opened


def begin(
    store: Store, plan: CrawlPlan | None = None, source: Source = SOURCE
) -> tuple[NewsroomTraversal, list[Target]]:
    """Return a traversal and its first targets."""
    traversal = NewsroomTraversal(open_run(store, plan, source))
    return traversal, list(traversal.list_first_targets())


def asked(targets: Iterator[Target] | list[Target]) -> list[tuple[Role, str | None]]:
    return [(target.role, target.address.number) for target in targets]


def known_release(number: str) -> Target:
    return Target(Role.ARTICLE, address(number), address(number).url, is_known=True)


def show(*entries: Entry, role: Role = Role.LISTING, next_url: str | None = None) -> Look:
    look = listed(START, *entries, role=role)
    assert look.listing is not None
    return replace(look, listing=replace(look.listing, next_url=next_url))


@pytest.mark.parametrize(
    ("plan", "source", "wanted"),
    [
        (CrawlPlan(), SOURCE, [Role.LISTING]),
        (CrawlPlan(), WITH_FEED, [Role.FEED]),
        (CrawlPlan(reads_lists=False), WITH_FEED, []),
    ],
)
def test_a_crawl_begins_with_the_feed_or_else_the_listing(
    store: Store, plan: CrawlPlan, source: Source, wanted: list[Role]
) -> None:
    _, targets = begin(store, plan, source)
    assert [target.role for target in targets] == wanted


def test_known_releases_follow_the_longest_not_looked_at_first(store: Store) -> None:
    for number in ("102", "101"):
        crawl(store, seen(START, fields(f"Story {number}"), address(number)), at=START)
    _, targets = begin(store, CrawlPlan(look_again=True))
    assert asked(targets) == [(Role.LISTING, None), (Role.ARTICLE, "102"), (Role.ARTICLE, "101")]
    assert [target.is_known for target in targets] == [False, True, True]


def test_a_plan_may_name_the_known_releases(store: Store) -> None:
    plan = CrawlPlan(known_addresses=(address("7"), address("9")), reads_lists=False)
    assert asked(begin(store, plan)[1]) == [(Role.ARTICLE, "7"), (Role.ARTICLE, "9")]


def test_a_feed_leads_to_its_releases_then_to_the_listing(store: Store) -> None:
    traversal, (feed,) = begin(store, source=WITH_FEED)
    targets = traversal.follow_look(feed, show(entry("2"), entry("1"), role=Role.FEED))
    assert asked(targets) == [(Role.ARTICLE, "2"), (Role.ARTICLE, "1"), (Role.LISTING, None)]


def test_a_release_is_requested_once_however_often_it_is_listed(store: Store) -> None:
    traversal, (feed,) = begin(store, source=WITH_FEED)
    *_, listing = traversal.follow_look(feed, show(entry("2"), entry("1"), role=Role.FEED))
    assert asked(traversal.follow_look(listing, show(entry("2"), entry("1")))) == []


def test_a_back_fill_goes_on_to_the_next_page_and_saves_where_it_is(store: Store) -> None:
    traversal, (first,) = begin(store, CrawlPlan(backfill=True))
    *_, second = traversal.follow_look(first, show(entry("3"), next_url=f"{LISTING_URL}?Page=2"))
    assert second.url == f"{LISTING_URL}?Page=2"
    known = open_run(store, CrawlPlan(backfill=True)).known
    assert known is not None
    assert known.backfill_url == first.address.url


def test_an_empty_listing_is_a_failure_of_the_run(store: Store) -> None:
    run = open_run(store)
    traversal = NewsroomTraversal(run)
    (listing,) = traversal.list_first_targets()
    assert list(traversal.follow_look(listing, show())) == []
    assert run.outcome.failures == ("listing page 1 is empty",)
    assert not run.outcome.complete


def test_a_run_is_complete_once_each_wanted_release_was_looked_at(store: Store) -> None:
    run = open_run(store)
    traversal = NewsroomTraversal(run)
    (listing,) = traversal.list_first_targets()
    releases = list(traversal.follow_look(listing, show(entry("2"), entry("1"))))
    progress = [run.outcome.complete]
    for target in releases:
        list(traversal.follow_look(target, seen(START, fields(), target.address)))
        progress.append(run.outcome.complete)
    assert progress == [False, False, True]


def test_the_first_absence_of_a_known_release_leads_to_one_control(store: Store) -> None:
    traversal, _ = begin(store)
    (control,) = traversal.follow_look(known_release("100"), bad(START, Verdict.GONE, address("100")))
    assert control.role is Role.CONTROL
    assert CONTROL_SLUG in control.url
    assert list(traversal.follow_look(known_release("101"), bad(START, Verdict.GONE, address("101")))) == []


def page_url(number: int) -> str:
    return f"{LISTING_URL}?Page={number}"


def read_on(
    store: Store, absent: list[str], pages: dict[int, list[str]], last: int, behind: str | None = None
) -> list[str]:
    """Crawl a newsroom of 120..100 of which some are absent; return the further pages that are read."""
    numbers = [str(n) for n in range(120, 99, -1)]
    days = {n: DAY + timedelta(days=int(n) - 100) for n in numbers}
    for n in numbers:
        look = seen(START, fields(f"Story {n}", on=days[n]), address(n), source=SOURCE.id)
        store.save_look(look)
    traversal, (listing, *known) = begin(store, CrawlPlan(look_again=True))
    run = traversal._run  # as the spider saves each look

    def follow(target: Target, look: Look) -> list[Target]:
        run.save_look(replace(look, run_id=run.id, source_id=SOURCE.id, at=run.clock()))
        return list(traversal.follow_look(target, look))

    follow(listing, show(*(entry(n, days[n]) for n in pages[1]), next_url=page_url(2)))
    for target in known:
        number = target.address.number or ""
        gone = bad(START, Verdict.GONE, target.address)
        there = seen(START, fields(f"Story {number}", on=days[number]), target.address)
        follow(target, gone if number in absent else there)
    read = []
    while targets := [one for one in traversal.list_last_targets() if one.role is Role.LISTING]:
        (target,) = targets
        read.append(target.url)
        page = len(read) + 1
        next_url = page_url(page + 1) if page < last else behind
        look = show(*(entry(n, days[n]) for n in pages.get(page, [])), next_url=next_url)
        where = replace(look.address, url=target.address.url)
        assert follow(target, replace(look, address=where)) == []
    return read


OLD = [str(n) for n in range(101, 107)]


def test_where_many_are_absent_the_listing_is_read_down_to_the_last_of_their_places(store: Store) -> None:
    pages = {1: ["120", "119"], 2: ["118", "117"], 3: ["112", "104"], 4: ["100"], 5: ["99"]}
    assert read_on(store, OLD, pages, 5) == [page_url(2), page_url(3), page_url(4)]


def test_a_few_lead_on_too_where_they_are_a_tenth_of_the_releases(store: Store) -> None:
    """Three of thirty stood on the third page of the list, and were removed although it named them."""
    pages = {1: ["120", "119"], 2: ["118", "117"], 3: ["101", "100"]}
    assert read_on(store, ["101", "102", "103"], pages, 5) == [page_url(2), page_url(3)]


def test_no_more_than_ten_further_pages_are_read(store: Store) -> None:
    pages = {number: ["120", "119"] for number in range(1, 40)}
    assert read_on(store, OLD, pages, 40) == [page_url(n) for n in range(2, 12)]


def test_pages_that_lead_in_a_circle_are_read_once(store: Store) -> None:
    pages = {number: ["120", "119"] for number in range(1, 40)}
    assert read_on(store, OLD, pages, 3, behind=page_url(2)) == [page_url(2), page_url(3)]


@pytest.mark.parametrize("absent", [[], ["101", "102"], [str(n) for n in range(115, 121)]])
def test_no_further_page_is_read_where_few_are_absent_or_the_first_reaches_them(
    store: Store, absent: list[str]
) -> None:
    pages = {1: [str(n) for n in range(120, 110, -1)]}
    assert read_on(store, absent, pages, 5) == []


@pytest.mark.parametrize("verdict", [Verdict.BLOCKED, Verdict.SERVER_ERROR, Verdict.UNREACHABLE])
def test_trouble_of_the_host_leads_to_no_control(store: Store, verdict: Verdict) -> None:
    traversal, _ = begin(store)
    assert list(traversal.follow_look(known_release("100"), bad(START, verdict, address("100")))) == []


def test_the_front_pages_of_a_newsroom_are_its_feed_and_its_listing() -> None:
    assert len(list_front_urls(WITH_FEED)) == 2
    assert len(list_front_urls(SOURCE)) == 1


@pytest.mark.parametrize(
    ("verdicts", "failures"),
    [
        ((Verdict.GONE, Verdict.GONE), ("none of the 2 releases that the lists name could be read",)),
        ((Verdict.GONE, Verdict.UNREADABLE), ("none of the 2 releases that the lists name could be read",)),
        ((Verdict.GONE, Verdict.LIVE), ()),
    ],
)
def test_a_crawl_in_which_all_that_the_lists_name_fails_is_not_well(
    store: Store, verdicts: tuple[Verdict, ...], failures: tuple[str, ...]
) -> None:
    traversal, (front,) = begin(store)
    targets = list(traversal.follow_look(front, show(entry("101"), entry("102"))))
    for target, verdict in zip(targets, verdicts, strict=True):
        list(
            traversal.follow_look(target, replace(bad(START, Verdict.GONE, target.address), verdict=verdict))
        )
    list(traversal.list_last_targets())
    assert traversal._run.outcome.failures == failures


def test_one_new_release_that_fails_beside_known_ones_is_no_failure_of_the_crawl(store: Store) -> None:
    crawl(store, seen(START, fields("Story"), address("101")), at=START)
    traversal, (front,) = begin(store)
    (target,) = traversal.follow_look(front, show(entry("102"), entry("101")))
    list(traversal.follow_look(target, bad(START, Verdict.GONE, target.address)))
    list(traversal.list_last_targets())
    assert traversal._run.outcome.failures == ()
