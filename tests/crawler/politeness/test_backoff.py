"""A host that refuses us is left alone by every crawl, longer each time, until it lets us look."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.config import Config
from crawler.crawl.pagination import CrawlPlan
from crawler.politeness import backoff
from crawler.sources.hosts import get_source_site
from simulator import Fault, Served, Trouble, practice_newsroom, serve
from storage.db import timestamps
from storage.models import Confidence, Page, Refusal, Role, Source
from storage.store import Store
from storage.tables import hosts, refusals
from tests.support.cli import run_here
from tests.support.make_looks import START, after, store_at
from tests.support.practice_crawls import QUICK, crawl, source_of

HOST = "www.wing.example.mil"
SITE = "calder"
MINUTE = timedelta(minutes=1)
PATIENT = replace(QUICK, cool_down_s=600)
AT_WAR = Source(
    id="war-news",
    host="www.war.gov",
    organization="",
    branch="",
    platform="afpims",
    section="News",
    listing_url="https://www.war.gov/News/",
    feed_url=None,
    confidence=Confidence.HIGH,
)


@pytest.fixture
def served() -> Iterator[Served]:
    with serve(practice_newsroom()) as practice:
        yield practice


@pytest.fixture
def source(served: Served) -> Source:
    return source_of(served, SITE)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "milwire.db"


def standing(database: Path) -> tuple[Refusal, ...]:
    store = Store.open(database, read_only=True)
    try:
        return refusals.list_refusals(store.db)
    finally:
        store.close()


def test_each_refusal_in_a_row_doubles_the_pause_up_to_a_day() -> None:
    pauses = [backoff.compute_pause(times, 15 * MINUTE) for times in range(1, 12)]
    assert pauses[:4] == [15 * MINUTE, 30 * MINUTE, 60 * MINUTE, 120 * MINUTE]
    assert pauses[-1] == timedelta(days=1)
    assert backoff.compute_pause(10_000, 15 * MINUTE) == timedelta(days=1)


def test_a_public_host_is_never_asked_again_too_soon() -> None:
    hasty = Config(cool_down_s=0)
    assert backoff.get_first_pause(hasty, is_private=False) == 5 * MINUTE
    assert backoff.get_first_pause(hasty, is_private=True) == timedelta(0)


def make_answer(value: str, *more: tuple[str, str]) -> Page:
    return Page("https://www.wing.example.mil/", 429, (("retry-after", value), *more), b"")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        *(("120", 120), (" 120 ", 120), ("0", 0), ("9" * 400, 86_400)),
        *(("", 0), ("-5", 0), ("1.5", 0), ("soon", 0), ("١2", 0)),
        ("Mon, 02 Mar 2026 12:10:00 GMT", 600),
        ("Monday, 02-Mar-26 12:10:00 GMT", 600),  # the obsolete forms are to be understood too
        ("Mon Mar  2 12:10:00 2026", 600),
        *(("Mon, 02 Mar 2026 11:59:59 GMT", 0), ("Wed, 21 Oct 2199 07:28:00 GMT", 86_400)),
        *(("Mon, 31 Feb 2026 12:10:00 GMT", 0), ("Mon, 02 Mar 2026 12:10:00 +9999999999999", 0)),
    ],
)
def test_retry_after_is_taken_at_its_word_within_a_day(value: str, seconds: int) -> None:
    assert backoff.parse_retry_after(make_answer(value), START) == timedelta(seconds=seconds)


def test_a_date_to_come_back_at_is_one_of_the_hosts_own_clock() -> None:
    by_its_clock = make_answer("Sun, 01 Mar 2026 00:05:00 GMT", ("date", "Sun, 01 Mar 2026 00:00:00 GMT"))
    assert backoff.parse_retry_after(by_its_clock, START) == 5 * MINUTE


@given(value=st.text(max_size=40) | st.integers().map(str), date=st.text(max_size=40))
def test_nothing_that_a_host_says_is_worse_than_a_day(value: str, date: str) -> None:
    asked = backoff.parse_retry_after(make_answer(value, ("date", date)), START)
    assert timedelta(0) <= asked <= backoff.LONGEST


@given(at=st.integers(0, 4_000_000_000), ahead=st.integers(0, 86_400))
def test_seconds_and_the_date_that_means_them_are_one(at: int, ahead: int) -> None:
    now = datetime.fromtimestamp(at, UTC)
    value = format_datetime(now + timedelta(seconds=ahead), usegmt=True)
    assert backoff.parse_retry_after(make_answer(value), now) == backoff.parse_retry_after(
        make_answer(str(ahead)), now
    )


@pytest.mark.parametrize("trouble", [Trouble.BLOCKED, Trouble.THROTTLED])
def test_a_refusal_keeps_every_later_crawl_away(
    served: Served, source: Source, database: Path, trouble: Trouble
) -> None:
    served.fault(Fault(trouble, SITE, "RSS.ashx"))
    crawl(database, source, config=PATIENT)
    asked = len(served.log)
    again = crawl(database, source, config=PATIENT)
    assert len(served.log) == asked
    assert "left alone until" in again.result.failures[0]
    (refusal,) = standing(database)
    assert (refusal.host, refusal.times) == (source.host, 1)
    assert refusal.until_at - refusal.last_at == timedelta(seconds=600)


def test_a_refused_robots_txt_is_a_refusal(served: Served, source: Source, database: Path) -> None:
    served.fault(Fault(Trouble.BLOCKED, SITE, "robots.txt"))
    crawl(database, source, config=PATIENT)
    (refusal,) = standing(database)
    assert refusal.reason == "robots.txt: HTTP 403"


def test_a_host_that_lets_us_look_again_starts_anew(served: Served, source: Source, database: Path) -> None:
    served.fault(Fault(Trouble.BLOCKED, SITE, "RSS.ashx", times=2))
    for times in (1, 2):
        crawl(database, source)
        assert [refusal.times for refusal in standing(database)] == [times]
    assert crawl(database, source).result.failures == ()
    assert standing(database) == ()


def test_a_host_that_is_away_and_says_for_how_long_is_left_alone_as_long(
    served: Served, source: Source, database: Path
) -> None:
    served.fault(Fault(Trouble.UNAVAILABLE, SITE, "RSS.ashx", retry_after_s=900))
    crawl(database, source)
    asked = len(served.log)
    again = crawl(database, source)
    assert len(served.log) == asked
    assert "status 503, Retry-After 900 s" in again.result.failures[0]
    assert standing(database) == ()  # it refuses nobody


def test_a_release_that_fails_alone_ends_no_crawl_however_long_it_asks_us_to_wait(
    served: Served, source: Source, database: Path
) -> None:
    again = CrawlPlan(look_again=True)
    crawl(database, source)
    number = served.newsroom.site(SITE).sections[0].posts[0].number
    served.fault(Fault(Trouble.UNAVAILABLE, SITE, f"/Article/{number}/", retry_after_s=1))
    met = crawl(database, source, again)
    with Store.open(database).writing() as db:
        db.execute("UPDATE hosts SET cooling_until = NULL")
    later = crawl(database, source, again)
    assert met.result.verdicts["server_error"] == later.result.verdicts["server_error"] == 1
    known = len(Store.open(database, read_only=True).db.execute("SELECT id FROM postings").fetchall())
    assert len(later.of(Role.ARTICLE)) == known > len(met.of(Role.ARTICLE))
    assert not hosts.find_cool_down(Store.open(database, read_only=True).db, source.host, datetime.now(UTC))


def test_after_the_pause_one_request_asks_whether_we_may_look_again(
    served: Served, source: Source, database: Path
) -> None:
    crawl(database, source)
    asked = len(served.log)
    for trouble in (Trouble.BLOCKED, Trouble.THROTTLED, Trouble.CHALLENGE):
        served.fault(Fault(trouble, SITE, retry_after="0"))
        crawl(database, source, CrawlPlan(look_again=True))
        asked += 1
        assert len(served.log) == asked
    assert [refusal.times for refusal in standing(database)] == [3]


def test_a_count_of_refusals_ends_with_a_visit_without_one(
    served: Served, source: Source, database: Path
) -> None:
    served.fault(Fault(Trouble.BLOCKED, SITE, "/Article/"))
    for times in (1, 2):
        crawl(database, source)
        assert [refusal.times for refusal in standing(database)] == [times]  # though its feed answers
    served.lift()
    assert crawl(database, source).result.complete
    assert standing(database) == ()


def test_one_article_that_is_forbidden_hides_no_other(served: Served, source: Source, database: Path) -> None:
    forbidden = served.newsroom.site(SITE).sections[0].posts[0].number
    served.fault(Fault(Trouble.BLOCKED, SITE, f"/Article/{forbidden}"))
    first = crawl(database, source)
    assert first.articles == set()
    assert [refusal.times for refusal in standing(database)] == [1]
    second = crawl(database, source)
    others = {post.number for post in served.newsroom.site(SITE).sections[0].posts} - {forbidden}
    assert second.articles == others
    assert standing(database) == ()
    assert any("blocked" in line for line in second.result.failures)


def test_a_listing_that_is_forbidden_hides_nothing_that_the_feed_shows(
    served: Served, source: Source, database: Path
) -> None:
    path = served.newsroom.site(SITE).sections[0].path
    served.fault(Fault(Trouble.BLOCKED, SITE, f"^{path}$"))
    for times in (1, 0, 0):
        crawl(database, source)
        assert [refusal.times for refusal in standing(database)] == [times] * times
    assert [each.status for each in served.log].count(403) == 3


def test_a_feed_that_is_forbidden_hides_nothing_for_ever(
    served: Served, source: Source, database: Path
) -> None:
    served.fault(Fault(Trouble.BLOCKED, SITE, "RSS.ashx"))
    for times in range(backoff.MAY_BE_FEED):
        crawl(database, source)
        assert [refusal.times for refusal in standing(database)] == [times + 1]
    for _ in range(2):
        assert crawl(database, source, CrawlPlan(limit=1)).of(Role.LISTING)
        assert standing(database) == ()
    served.fault(Fault(Trouble.BLOCKED, SITE))
    for requests in (2, 1):  # the listing showed that it is not the feed alone
        before = len(served.log)
        crawl(database, source)
        assert len(served.log) - before == requests


def test_a_few_forbidden_articles_are_borne_and_more_are_a_refusal(
    served: Served, source: Source, database: Path
) -> None:
    served.fault(Fault(Trouble.BLOCKED, SITE, "/Article/"))
    for visit in range(backoff.MAX_REFUSED_URLS + 2):
        before = len(served.log)
        crawl(database, source)
        refused = [each for each in served.log[before:] if each.status == 403]
        assert 1 <= len(refused) <= min(visit, backoff.MAX_REFUSED_URLS) + 1
    assert [refusal.times for refusal in standing(database)] == [backoff.MAX_REFUSED_URLS + 2]


def test_a_robots_txt_that_is_refused_while_a_copy_stands_in_is_no_refusal(
    served: Served, source: Source, database: Path
) -> None:
    crawl(database, source)
    age(database, timedelta(hours=30))
    served.fault(Fault(Trouble.BLOCKED, SITE, "robots.txt"))
    assert crawl(database, source).result.complete
    assert standing(database) == ()
    served.fault(Fault(Trouble.THROTTLED, SITE, "robots.txt"))
    crawl(database, source)
    assert [refusal.times for refusal in standing(database)] == [1]  # whoever says so means it


def age(database: Path, by: timedelta) -> None:
    """Make the copies of robots.txt older."""
    store = Store.open(database)
    for row in list(store.db.query("SELECT host, robots_fetched_at FROM hosts")):
        older = timestamps.format_timestamp(timestamps.parse_timestamp(row["robots_fetched_at"]) - by)
        store.db.execute("UPDATE hosts SET robots_fetched_at = ? WHERE host = ?", [older, row["host"]])
    store.close()


def test_all_names_of_a_site_are_one_host_to_us() -> None:
    one, other = (replace(AT_WAR, host=host) for host in ("www.defense.gov", "www.war.gov"))
    assert get_source_site(one) == get_source_site(other) == "www.war.gov"


def test_a_dead_host_refuses_nobody(source: Source, database: Path) -> None:
    gone = replace(source, host="127.0.0.1:9", feed_url="http://127.0.0.1:9/rss", listing_url=None)
    assert crawl(database, gone).result.failures != ()
    assert standing(database) == ()


def test_status_says_since_when_a_host_is_not_observed_and_what_to_do(tmp_path: Path) -> None:
    database = tmp_path / "milwire.db"
    with store_at(database) as store:
        for hour in range(3):
            refusals.record_refusal(store.db, HOST, after(hour), after(2 * hour + 1), "HTTP 403")
    ran = run_here("status", "--db", database)
    assert (
        f"{HOST}: not observed since 2026-03-02 12:00 UTC; it refused us 3 times in a row (HTTP 403)"
        " and is left alone until 2026-03-02 17:00 UTC. Ask its webmaster"
    ) in " ".join(ran.out.split())
    assert '"times": 3' in run_here("status", "--db", database, "--json").out
