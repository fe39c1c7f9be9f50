"""Cheap looks, the whole way: they ask for less, read less, and find and tell the same."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.crawl.pagination import CrawlPlan
from simulator import Absence, Fault, Served, Trouble, Validation, another_post, practice_newsroom, serve
from storage.models import EventKind, Role, Verdict
from storage.tables.validators import MAX_CONFIRMATIONS
from tests.support.crawled_newsroom import AT_ONCE, LOOK_AGAIN, SITE, CrawledNewsroom, kinds, longer
from tests.support.practice_crawls import QUICK, Crawled, crawl, source_of

FEED_FIRST = CrawlPlan(feed_first=True)


@pytest.fixture
def served() -> Iterator[Served]:
    with serve(practice_newsroom()) as practice:
        yield practice


@pytest.fixture
def newsroom(served: Served, tmp_path: Path) -> CrawledNewsroom:
    return CrawledNewsroom(served, tmp_path / "milwire.db")


def giving(served: Served, folder: Path, manner: Validation) -> CrawledNewsroom:
    """Return a newsroom whose site gives validators from the first crawl on."""
    served.validate(manner)
    return CrawledNewsroom(served, folder / "milwire.db")


def statuses(served: Served, crawled: Crawled) -> list[int]:
    """Return what the server answered to a crawl's requests, robots.txt aside."""
    log = [each for each in served.log if "robots" not in each.path]
    return [each.status for each in log[-crawled.result.requests :]]


def asked(served: Served, before: int) -> list[str]:
    return [each.path for each in served.log[before:]]


# -- recognised by digest


def test_what_did_not_change_is_recognised_and_not_read(newsroom: CrawledNewsroom) -> None:
    crawled = newsroom.crawl()
    articles = [look for look in crawled.of(Role.ARTICLE) if look.verdict is Verdict.LIVE]
    assert len(articles) > 5
    assert all(look.fields is None and look.revision_id for look in articles)
    assert all(look.page and look.page.content for look in articles)
    rows = newsroom.query("SELECT * FROM looks WHERE role = 'article' AND outcome = 'live'")
    assert {(row["looks"], row["status"]) for row in rows} == {(2, 200)}
    assert all(str(row["article_digest"]).startswith("sha256:") for row in rows)


def test_what_changed_is_read(newsroom: CrawledNewsroom) -> None:
    post = newsroom.posts[0]
    newsroom.edit(post, paragraphs=longer(post.fields))
    crawled = newsroom.crawl()
    read = [look.address.number for look in crawled.of(Role.ARTICLE) if look.fields]
    assert read == [post.number]
    assert kinds(newsroom.told(2)) == []
    assert len(newsroom.query("SELECT * FROM events WHERE kind = 'edited'")) == 1


# -- conditional requests


def test_an_honest_server_sends_nothing_twice(served: Served, tmp_path: Path) -> None:
    newsroom = giving(served, tmp_path, Validation.HONEST)
    crawled = newsroom.crawl()
    assert set(statuses(served, crawled)) == {304}
    assert {look.verdict for look in crawled.looks} == {Verdict.UNCHANGED}
    assert crawled.result.complete
    assert crawled.result.failures == ()
    rows = newsroom.query("SELECT looks, status, outcome FROM looks WHERE role = 'article'")
    assert {tuple(row.values()) for row in rows} == {(2, 200, "live")}


def test_after_a_few_looks_everything_is_asked_for_in_full(served: Served, tmp_path: Path) -> None:
    newsroom = giving(served, tmp_path, Validation.HONEST)
    seen = [set(statuses(served, newsroom.crawl())) for _ in range(MAX_CONFIRMATIONS + 2)]
    assert seen == [*[{304}] * MAX_CONFIRMATIONS, {200}, {304}]


def test_a_plain_server_is_asked_plainly(newsroom: CrawledNewsroom) -> None:
    newsroom.crawl()
    sent = {name for each in newsroom.served.log for name, _ in each.headers}
    assert not sent & {"if-none-match", "if-modified-since"}


def test_a_walk_through_all_pages_asks_in_full(served: Served, tmp_path: Path) -> None:
    newsroom = giving(served, tmp_path, Validation.HONEST)
    crawled = newsroom.crawl(CrawlPlan(backfill=True))
    assert set(statuses(served, crawled)) == {200}


@pytest.mark.parametrize("manner", [Validation.HONEST, pytest.param(Validation.NONE, marks=pytest.mark.slow)])
def test_what_happens_is_found_with_and_without_validators(
    served: Served, tmp_path: Path, manner: Validation
) -> None:
    newsroom = giving(served, tmp_path, manner)
    newsroom.crawl()
    edited, removed = newsroom.posts[0], newsroom.posts[1]
    newsroom.edit(edited, paragraphs=longer(edited.fields))
    newsroom.remove(removed)
    fresh = another_post(served.newsroom, SITE)
    served.publish(SITE, fresh)
    told = newsroom.told(4)
    assert sorted(kinds(told)) == ["edited", "published", "removed", "suspected"]
    assert {event.posting for event in told} == {newsroom.url(post) for post in (edited, removed, fresh)}
    served.restore(SITE, removed.number)
    assert kinds(newsroom.told(2)) == ["returned"]


def test_a_lying_server_hides_nothing_for_long_and_makes_nothing_up(served: Served, tmp_path: Path) -> None:
    newsroom = giving(served, tmp_path, Validation.LYING)
    post = newsroom.posts[0]
    newsroom.edit(post, paragraphs=longer(post.fields))
    fresh = another_post(served.newsroom, SITE)
    served.publish(SITE, fresh)
    assert newsroom.told(MAX_CONFIRMATIONS) == []
    told = newsroom.told()
    assert sorted(kinds(told)) == ["edited", "published"]
    assert newsroom.told(MAX_CONFIRMATIONS + 2) == []
    before = newsroom.query("SELECT last_before_at, first_after_at FROM events WHERE kind = 'edited'")
    assert all(str(row["last_before_at"]) < str(row["first_after_at"]) for row in before)


def test_a_304_that_nobody_asked_for_changes_no_state(newsroom: CrawledNewsroom) -> None:
    newsroom.remove(newsroom.posts[1])
    newsroom.served.validate(Validation.UNASKED)
    crawled = newsroom.crawl()
    assert {look.verdict for look in crawled.looks} == {Verdict.UNREADABLE, Verdict.GONE}
    assert not crawled.result.complete
    assert newsroom.told(2) == []
    assert newsroom.states() == {"live"}
    newsroom.served.validate(Validation.NONE)
    assert kinds(newsroom.told()) == ["suspected"]


def test_validators_belong_to_the_address_that_gave_them(served: Served, tmp_path: Path) -> None:
    """What a redirect leads to is another address: it is asked in full, and its validators are not kept."""
    newsroom = giving(served, tmp_path, Validation.HONEST)
    post = newsroom.posts[0]
    served.edit(SITE, post.number, post.fields, slug="quite-another-name")
    site = served.newsroom.site(SITE)
    rows = tuple(replace(each, strict=each.number == post.number) for each in site.sections[0].posts)
    served.put_site(replace(site, sections=(replace(site.sections[0], posts=rows), *site.sections[1:])))
    before = len(served.log)
    newsroom.crawl()
    hops = [each for each in served.log[before:] if "quite-another-name" in each.path]
    assert [each.status for each in hops] == [200]
    assert not {name for each in hops for name, _ in each.headers} & {"if-none-match", "if-modified-since"}


# -- the feed before the listing


def test_a_feed_that_tells_all_is_asked_alone(newsroom: CrawledNewsroom) -> None:
    before = len(newsroom.served.log)
    crawled = newsroom.crawl(FEED_FIRST)
    assert [path for path in asked(newsroom.served, before) if "RSS.ashx" not in path] == []
    assert crawled.result.complete
    assert crawled.result.requests == 1


def test_a_new_release_is_met_by_the_feed_alone(newsroom: CrawledNewsroom) -> None:
    fresh = another_post(newsroom.served.newsroom, SITE)
    newsroom.served.publish(SITE, fresh)
    crawled = newsroom.crawl(FEED_FIRST)
    assert crawled.of(Role.LISTING) == []
    assert crawled.articles == {fresh.number}
    assert crawled.result.complete
    (event,) = (event for event in crawled.events if event.kind is EventKind.PUBLISHED)
    assert event.last_before_at is not None
    assert newsroom.crawl(CrawlPlan()).articles == set()


@pytest.mark.parametrize("trouble", [Trouble.EMPTY, Trouble.NOT_FOUND, Trouble.NO_ITEMS, Trouble.GARBAGE])
def test_a_feed_that_fails_is_followed_by_the_listing(newsroom: CrawledNewsroom, trouble: Trouble) -> None:
    newsroom.served.fault(Fault(trouble, SITE, "RSS"))
    assert len(newsroom.crawl(FEED_FIRST).of(Role.LISTING)) == 1


def test_a_first_crawl_reads_the_listing(served: Served, tmp_path: Path) -> None:
    crawled = crawl(tmp_path / "milwire.db", source_of(served, SITE), FEED_FIRST, QUICK)
    assert len(crawled.of(Role.LISTING)) == 1


def test_a_feed_that_does_not_join_is_followed_by_the_listing(newsroom: CrawledNewsroom) -> None:
    for _ in range(25):
        newsroom.served.publish(SITE, another_post(newsroom.served.newsroom, SITE))
    crawled = newsroom.crawl(FEED_FIRST)
    assert crawled.of(Role.LISTING) != []
    assert len(crawled.articles) == 25


def test_an_absence_is_judged_beside_the_listing(newsroom: CrawledNewsroom) -> None:
    post = newsroom.posts[1]
    newsroom.remove(post)
    addresses = tuple(look.address for look in newsroom.crawl(LOOK_AGAIN).of(Role.ARTICLE))
    crawled = crawl(
        newsroom.database, newsroom.source, CrawlPlan(feed_first=True, known_addresses=addresses), AT_ONCE
    )
    assert len(crawled.of(Role.LISTING)) == 1
    assert len(crawled.of(Role.CONTROL)) == 1


@pytest.mark.slow
def test_what_the_feed_alone_drops_is_not_unlisted(newsroom: CrawledNewsroom) -> None:
    """A release may be on the listing and not in the feed; only who reads both can say that it is on none."""
    post = newsroom.posts[2]
    newsroom.remove(post, Absence.UNLISTED)
    for _ in range(4):
        addresses = tuple(
            look.address for look in newsroom.crawl(CrawlPlan(look_again=True, reads_lists=False)).looks
        )
        crawled = crawl(
            newsroom.database, newsroom.source, CrawlPlan(feed_first=True, known_addresses=addresses), AT_ONCE
        )
        assert crawled.of(Role.LISTING) == []
        assert "unlisted" not in kinds(crawled.events)
    assert "unlisted" in kinds(newsroom.told(4))


def test_what_only_the_listing_shows_is_found_by_it_behind_what_feeds_brought(
    newsroom: CrawledNewsroom,
) -> None:
    """Known releases of later hours fill the first listing page; the walk goes on to what it never saw."""
    section = newsroom.served.newsroom.site(SITE).sections[0]
    for _ in range(section.per_page + 2):
        newsroom.served.publish(SITE, another_post(newsroom.served.newsroom, SITE))
    fed = newsroom.crawl(FEED_FIRST)
    assert fed.of(Role.LISTING) == []
    crawled = newsroom.crawl(CrawlPlan())
    assert len(crawled.of(Role.LISTING)) >= 2  # though all of the first page is known


# -- packed bodies


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_packed_pages_are_asked_for_and_unpacked(served: Served, tmp_path: Path, coding: str) -> None:
    served.coding = coding
    crawled = crawl(tmp_path / "milwire.db", source_of(served, SITE))
    assert crawled.result.failures == ()
    assert crawled.articles
    wanted = {value for each in served.log for name, value in each.headers if name == "accept-encoding"}
    assert all(coding in value for value in wanted)
    pages = [look.page for look in crawled.looks if look.page and look.role is not Role.ROBOTS]
    assert all(b"<" in page.content[:500] for page in pages)
    assert all(("content-encoding", coding) in page.headers for page in pages)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_a_page_that_swells_beyond_the_limit_is_too_large(
    served: Served, tmp_path: Path, coding: str
) -> None:
    served.coding = coding
    served.fault(Fault(Trouble.BOMB, SITE, "/Article/", size_bytes=4 * 2**20))
    config = replace(QUICK, max_bytes=2**20)
    crawled = crawl(tmp_path / "milwire.db", source_of(served, SITE), config=config)
    assert {look.verdict for look in crawled.of(Role.ARTICLE)} == {Verdict.TOO_LARGE}
