"""The whole path against the practice newsroom: found, published, refused, broken, never lost, never rude."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from crawler import runner
from crawler.config import Config
from crawler.crawl.pagination import CrawlPlan
from simulator import Fault, Served, Trouble, another_post, find_overlaps, practice_newsroom, serve
from storage.db.processes import read_boot_id
from storage.models import EventKind, Role, Source, Verdict
from storage.store import Store
from storage.tables import hosts
from tests.support.practice_crawls import DELAY_S, QUICK, Crawled, crawl, source_of, without_feed

SITE = "calder"
SMALL = "northreach"  # its first section fits on one listing page
DATED = "meridian"  # its lists print the day of each release
TELLING = {EventKind.FOUND, EventKind.PUBLISHED, EventKind.EDITED}


@pytest.fixture
def served() -> Iterator[Served]:
    with serve(practice_newsroom()) as practice:
        yield practice


@pytest.fixture
def source(served: Served) -> Source:
    return source_of(served, SITE)


@pytest.fixture
def small(served: Served) -> Source:
    return source_of(served, SMALL)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "milwire.db"


def told(crawled: Crawled) -> list[EventKind]:
    return [event.kind for event in crawled.events if event.kind in TELLING]


def test_a_first_crawl_finds_feed_and_page_one_and_reads_them_as_they_are(
    served: Served, source: Source, database: Path
) -> None:
    first = crawl(database, source)
    assert first.result.failures == ()
    assert (first.result.state, first.result.complete) == ("ok", True)
    assert set(told(first)) == {EventKind.FOUND}
    assert len(first.of(Role.LISTING)) == 1
    for look in first.of(Role.ARTICLE):
        assert look.fields == served.truth(look.address.url), look.address.url


def test_a_second_crawl_stores_nothing_and_tells_nothing(small: Source, database: Path) -> None:
    crawl(database, small)
    second = crawl(database, small)
    assert second.result.failures == ()
    assert told(second) == []
    assert second.of(Role.ARTICLE) == []


def test_a_new_post_is_published(served: Served, source: Source, database: Path) -> None:
    crawl(database, source)
    url = served.publish(SITE, another_post(served.newsroom, SITE))
    later = crawl(database, source)
    published = [event for event in later.events if event.kind is EventKind.PUBLISHED]
    assert [event.posting for event in published] == [url]
    assert later.result.published == 1


def test_robots_comes_first_and_once(served: Served, small: Source, database: Path) -> None:
    crawl(database, small)
    crawl(database, small)
    paths = [request.path for request in served.log]
    assert paths[0] == "/robots.txt"
    assert paths.count("/robots.txt") == 1


def test_one_request_at_a_time_with_the_delay_between(served: Served, source: Source, database: Path) -> None:
    crawl(database, source, config=replace(QUICK, delay_s=0.1), plan=CrawlPlan(limit=4))
    assert find_overlaps(served.log) == []
    log = sorted(served.log, key=lambda each: each.started)
    gaps = [after.started - before.ended for before, after in pairwise(log)]
    assert min(gaps) >= 0.1 - 0.005  # the end of an answer is noticed a moment later than it is sent


def test_we_say_who_we_are_and_carry_nothing(served: Served, source: Source, database: Path) -> None:
    crawl(database, source, plan=CrawlPlan(limit=2), config=replace(QUICK, contact="me@example.org"))
    for request in served.log:
        headers = dict(request.headers)
        assert headers["user-agent"].startswith("milwire/")
        assert headers["user-agent"].endswith("(+me@example.org)")
        assert not headers.keys() & {"cookie", "referer"}


def test_looks_keep_the_headers_as_they_came(source: Source, database: Path) -> None:
    page = crawl(database, source, plan=CrawlPlan(limit=1)).of(Role.FEED)[0].page
    assert page is not None
    assert dict(page.headers)["content-encoding"] == "gzip"
    assert page.content.lstrip().startswith(b"<")


def test_a_limit_leaves_the_rest_for_the_next_crawl(small: Source, database: Path) -> None:
    clean = crawl(database.with_name("clean.db"), small)
    first = crawl(database, small, CrawlPlan(limit=3))
    assert (first.result.state, first.result.complete) == ("limited", False)
    assert len(first.articles) == 3
    second = crawl(database, small)
    assert first.articles | second.articles == clean.articles
    assert set(told(second)) == {EventKind.FOUND}


def test_backfill_walks_all_pages_and_finds(served: Served, source: Source, database: Path) -> None:
    first = crawl(database, without_feed(source))
    backfill = crawl(database, source, CrawlPlan(backfill=True))
    assert backfill.result.failures == ()
    everything = numbers(served, SITE)
    assert first.articles < everything
    assert first.articles | backfill.articles == everything
    assert set(told(backfill)) == {EventKind.FOUND}


def test_a_backfill_that_was_refused_goes_on_where_it_was(
    served: Served, source: Source, database: Path
) -> None:
    plain = without_feed(source)
    served.fault(Fault(Trouble.BLOCKED, SITE, r"[?]Page=2", times=1))
    first = crawl(database, plain, CrawlPlan(backfill=True))
    assert first.result.state == "failed"
    again = crawl(database, plain, CrawlPlan(backfill=True))
    assert again.result.failures == ()
    everything = numbers(served, SITE)
    assert first.articles | again.articles == everything


def test_since_asks_for_nothing_older(served: Served, database: Path) -> None:
    days = {
        post.number: post.fields.published_on or date.min
        for post in served.newsroom.site(DATED).sections[0].posts
    }
    since = sorted(days.values())[len(days) // 2]
    crawled = crawl(database, source_of(served, DATED), CrawlPlan(since=since))
    assert crawled.articles == {number for number, day in days.items() if day >= since}


def test_sources_of_one_host_and_of_many_are_crawled_once_each(served: Served, database: Path) -> None:
    sources = [source for site in served.sites for source in site.sources]
    results = runner.crawl_newsrooms(sources, CrawlPlan(limit=2), database, QUICK)
    assert [result.source_id for result in results] == [source.id for source in sources]
    assert all(not result.failures for result in results)
    assert find_overlaps(served.log) == []


@pytest.mark.parametrize(
    ("trouble", "verdict"),
    [
        (Trouble.BLOCKED, Verdict.BLOCKED),
        (Trouble.THROTTLED, Verdict.THROTTLED),
        (Trouble.BROKEN, Verdict.SERVER_ERROR),
        (Trouble.UNAVAILABLE, Verdict.SERVER_ERROR),
        (Trouble.HANG, Verdict.UNREACHABLE),
        (Trouble.TRUNCATED, Verdict.UNREADABLE),
        (Trouble.HUGE, Verdict.TOO_LARGE),
        (Trouble.LOOP, Verdict.REDIRECTED),
        (Trouble.PRIVATE, Verdict.REDIRECTED),
        (Trouble.EMPTY, Verdict.UNREADABLE),
        (Trouble.GARBAGE, Verdict.UNREADABLE),
    ],
)
@pytest.mark.parametrize("target", ["feed", "listing", "article"])
def test_trouble_is_one_line_and_loses_nothing(
    served: Served, database: Path, trouble: Trouble, verdict: Verdict, target: str
) -> None:
    source = source_of(served, SMALL)
    config = replace(QUICK, timeout_s=0.3, max_bytes=300_000)
    served.fault(
        Fault(trouble, SMALL, target_of(served, source, target), retry_after_s=0, size_bytes=400_000)
    )
    spoiled = crawl(database, source, config=config)
    assert len(spoiled.result.failures) == 1, spoiled.result.failures
    assert "\n" not in spoiled.result.failures[0]
    assert spoiled.result.state == "failed"
    assert verdict in {look.verdict for look in spoiled.of(Role(target))}
    served.lift()
    again = crawl(database, source)
    assert again.result.failures == ()
    assert spoiled.articles | again.articles == numbers(served, SMALL)
    assert set(told(again)) <= {EventKind.FOUND}


def target_of(served: Served, source: Source, target: str) -> str:
    path = (source.listing_url or "").partition(source.host)[2]
    newest = served.newsroom.site(SMALL).sections[0].posts[0].number
    return {"feed": "RSS.ashx", "listing": f"^{path}($|.again)", "article": f"/Article/{newest}"}[target]


def numbers(served: Served, site: str) -> set[str]:
    return {post.number for post in served.newsroom.site(site).sections[0].posts}


@pytest.mark.parametrize("trouble", [Trouble.BLOCKED, Trouble.THROTTLED])
def test_a_refusal_ends_the_run_at_once(
    served: Served, source: Source, database: Path, trouble: Trouble
) -> None:
    served.fault(Fault(trouble, SITE, "/Article/", skip=2))
    refused = crawl(database, source)
    statuses = [request.status for request in served.log]
    assert statuses[-2:] == [200, 403 if trouble is Trouble.BLOCKED else 429]
    assert len(refused.of(Role.ARTICLE)) == 3
    assert not refused.result.complete


def test_retry_after_is_heeded_by_the_next_crawl(served: Served, source: Source, database: Path) -> None:
    served.fault(Fault(Trouble.THROTTLED, SITE, "RSS.ashx", retry_after_s=600))
    crawl(database, source)
    before = len(served.log)
    again = crawl(database, source)
    assert len(served.log) == before
    assert len(again.result.failures) == 1
    assert "left alone until" in again.result.failures[0]


def test_a_host_that_answers_nothing_is_given_up(served: Served, source: Source, database: Path) -> None:
    served.fault(Fault(Trouble.BROKEN, SITE, "/Article/"))
    broken = crawl(database, source)
    assert len(broken.of(Role.ARTICLE)) == 5
    assert "gave up" in broken.result.failures[-1]


def test_a_listed_release_that_is_gone_is_an_answer_not_a_failure(
    served: Served, small: Source, database: Path
) -> None:
    served.fault(Fault(Trouble.GONE, SMALL, "/Article/", times=1))
    crawled = crawl(database, small)
    assert crawled.result.failures == ()
    assert [look.verdict for look in crawled.of(Role.ARTICLE)].count(Verdict.GONE) == 1


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(Trouble.NO_ITEMS, SMALL, "RSS.ashx"), "feed"),
        (Fault(Trouble.NO_ITEMS, SMALL, r"^(?!.*(RSS|Article|robots))"), "listing"),
    ],
)
def test_an_empty_list_is_a_failure_that_shows(
    served: Served, small: Source, database: Path, fault: Fault, words: str
) -> None:
    served.fault(fault)
    crawled = crawl(database, small)
    assert len(crawled.result.failures) == 1
    assert words in crawled.result.failures[0]


def test_a_shrunken_listing_is_a_failure_that_shows(served: Served, small: Source, database: Path) -> None:
    crawl(database, small)
    served.fault(Fault(Trouble.FEW_ITEMS, SMALL, r"^(?!.*(RSS|Article|robots))", keep=2))
    shrunken = crawl(database, small)
    assert len(shrunken.result.failures) == 1
    assert "shrunk" in shrunken.result.failures[0]
    assert not shrunken.result.complete


def test_endless_paging_is_bounded(served: Served, source: Source, database: Path) -> None:
    served.fault(Fault(Trouble.ENDLESS, SITE))
    endless = crawl(database, source, CrawlPlan(backfill=True))
    assert endless.result.failures == ()
    assert endless.result.requests < 25  # a page that repeats the one before, a full one, ends the list


@pytest.mark.parametrize(
    "trouble", [Trouble.BROKEN, Trouble.BLOCKED, Trouble.THROTTLED, Trouble.ROBOTS_AS_HTML, Trouble.HANG]
)
def test_unknown_robots_means_nothing_is_fetched(
    served: Served, source: Source, database: Path, trouble: Trouble
) -> None:
    served.fault(Fault(trouble, SITE, "^/robots.txt"))
    denied = crawl(database, source, config=replace(QUICK, timeout_s=0.4))
    assert {request.path for request in served.log} <= {
        "/robots.txt"
    }  # a hanging request ends with the server
    assert len(denied.result.failures) == 1
    assert "robots.txt" in denied.result.failures[0]
    assert {look.verdict for look in denied.of(Role.FEED)} == {Verdict.ROBOTS_DENIED}


@pytest.mark.parametrize("trouble", [Trouble.NOT_FOUND, Trouble.GONE])
def test_no_robots_means_no_rules(served: Served, source: Source, database: Path, trouble: Trouble) -> None:
    served.fault(Fault(trouble, SITE, "^/robots.txt"))
    assert crawl(database, source, CrawlPlan(limit=1)).result.failures == ()


@pytest.mark.parametrize(
    ("changes", "settings", "words"),
    [
        ({"private": False}, {}, "contact"),
        ({"private": False}, {"contact": "me@example.org"}, "delay = "),
        ({"feed_url": None, "listing_url": None}, {}, "neither a feed nor a listing"),
    ],
)
def test_a_crawl_that_may_not_begin_says_why_and_sends_nothing(
    served: Served,
    source: Source,
    database: Path,
    changes: dict[str, Any],
    settings: dict[str, Any],
    words: str,
) -> None:
    refused = crawl(database, replace(source, **changes), config=replace(QUICK, **settings))
    assert served.log == ()
    assert len(refused.result.failures) == 1
    assert words in refused.result.failures[0]
    assert refused.result.state == "failed"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1"])
def test_a_public_source_never_reaches_a_private_address(
    served: Served, source: Source, database: Path, host: str
) -> None:
    port = source.host.partition(":")[2]
    moved = replace(
        source, private=False, host=f"{host}:{port}", feed_url=None, listing_url=f"http://{host}:{port}/News/"
    )
    refused = crawl(database, moved, config=Config(contact="me@example.org", delay_s=1, timeout_s=5))
    assert served.log == ()
    assert len(refused.result.failures) == 1
    assert "private address" in refused.result.failures[0]


def test_the_delay_is_never_nothing() -> None:
    assert DELAY_S > 0


def test_a_host_that_is_being_crawled_is_left_to_the_other(
    served: Served, source: Source, database: Path
) -> None:
    store = Store.open(database)
    other = hosts.CrawlOwner(os.getpid(), read_boot_id(), "another crawl")
    claim = hosts.HostClaim(source.host, other, datetime.now(UTC))
    assert hosts.acquire_lease(store.db, claim, 60) is None
    busy = crawl(database, source, config=replace(QUICK, lease_wait_s=0))
    assert served.log == ()
    assert len(busy.result.failures) == 1
    assert "is being crawled already" in busy.result.failures[0]
    hosts.release_lease(store.db, claim)
    store.close()
    assert crawl(database, source, CrawlPlan(limit=1)).result.failures == ()


@pytest.mark.parametrize(("age_h", "goes_on"), [(30, True), (50, False)])
def test_the_last_good_robots_stands_in_for_a_day(
    served: Served, source: Source, database: Path, age_h: int, goes_on: bool
) -> None:
    store = Store.open(database)
    fetched_at = datetime.now(UTC) - timedelta(hours=age_h)
    hosts.save_robots(store.db, source.host, hosts.RobotsCopy(fetched_at, 200, "", "rules"))
    store.close()
    served.fault(Fault(Trouble.UNAVAILABLE, SITE, "^/robots.txt"))
    crawled = crawl(database, source, CrawlPlan(limit=1))
    assert bool(crawled.articles) is goes_on


def test_captures_that_cannot_be_kept_end_the_run_with_one_line(
    served: Served, small: Source, database: Path
) -> None:
    database.with_name("milwire.db.warc").write_text("a file where the folder of captures should be")
    broken = crawl(database, small)
    assert len(broken.result.failures) == 1
    assert broken.result.state == "failed"
    # The next one may be under way when the first cannot be kept.
    assert len([request for request in served.log if "/Article/" in request.path]) <= 2
    assert not broken.result.complete


def test_a_feed_of_another_site_is_a_failure_that_shows(
    served: Served, source: Source, database: Path
) -> None:
    other = source_of(served, DATED)
    wrong = replace(source, feed_url=(other.feed_url or "").replace(other.host, source.host))
    crawled = crawl(database, wrong)
    assert len(crawled.result.failures) == 1
    assert "items are on" in crawled.result.failures[0]
    assert all(look.address.site == source.host for look in crawled.of(Role.ARTICLE))
