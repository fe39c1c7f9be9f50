"""A host that refuses us is left alone by every crawl, longer each time, until it lets us look."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler import manners
from crawler.config import Config
from simulator import Fault, Served, Trouble, practice_newsroom, serve
from storage import hosts, refusals
from storage.questions.answers import Refusal
from storage.records import Page, Source
from storage.store import Store
from tests.command_line import here
from tests.crawling import QUICK, crawl, source_of
from tests.looking import START, after, store_at

HOST = "www.wing.example.mil"
SITE = "calder"
MINUTE = timedelta(minutes=1)
PATIENT = replace(QUICK, cool_down_s=600)


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
        return refusals.standing(store)
    finally:
        store.close()


def test_each_refusal_in_a_row_doubles_the_pause_up_to_a_day() -> None:
    pauses = [manners.pause(times, 15 * MINUTE) for times in range(1, 12)]
    assert pauses[:4] == [15 * MINUTE, 30 * MINUTE, 60 * MINUTE, 120 * MINUTE]
    assert pauses[-1] == timedelta(days=1)
    assert manners.pause(10_000, 15 * MINUTE) == timedelta(days=1)


def test_a_public_host_is_never_asked_again_too_soon() -> None:
    hasty = Config(cool_down_s=0)
    assert manners.first_pause(hasty, is_private=False) == 5 * MINUTE
    assert manners.first_pause(hasty, is_private=True) == timedelta(0)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [("120", 120), ("0", 0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0), ("-5", 0), ("9" * 400, 86_400), ("", 0)],
)
def test_retry_after_is_taken_at_its_word_within_a_day(told: str, seconds: int) -> None:
    page = Page("https://www.wing.example.mil/", 429, (("retry-after", told),), b"")
    assert manners.retry_after(page) == timedelta(seconds=seconds)


def test_refusals_are_counted_from_the_first_in_a_row(tmp_path: Path) -> None:
    with store_at(tmp_path / "milwire.db") as store:
        for hour in (0, 1, 3):
            refusals.refuse(store, HOST, after(hour), "HTTP 403", lambda times: times * MINUTE)
        (counted,) = refusals.standing(store)
        assert counted == Refusal(HOST, START, after(3), 3, after(3) + 3 * MINUTE, "HTTP 403")
        assert hosts.cooling(store, HOST, after(3)) is not None
        refusals.forget(store, HOST)
        assert refusals.standing(store) == ()


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


def test_a_dead_host_refuses_nobody(source: Source, database: Path) -> None:
    gone = replace(source, host="127.0.0.1:9", feed_url="http://127.0.0.1:9/rss", listing_url=None)
    assert crawl(database, gone).result.failures != ()
    assert standing(database) == ()


def test_status_says_since_when_a_host_is_not_observed_and_what_to_do(tmp_path: Path) -> None:
    database = tmp_path / "milwire.db"
    with store_at(database) as store:
        for hour in range(3):
            refusals.refuse(store, HOST, after(hour), "HTTP 403", lambda times: timedelta(hours=times))
    ran = here("status", "--db", database)
    assert (
        f"{HOST}: not observed since 2026-03-02 12:00 UTC; it refused us 3 times in a row (HTTP 403)"
        " and is left alone until 2026-03-02 17:00 UTC. Ask its webmaster"
    ) in ran.err
    assert '"times": 3' in here("status", "--db", database, "--json").out
