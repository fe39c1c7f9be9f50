"""A platform that refuses us as a whole, and what all processes together may ask of one."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler import runner
from crawler.crawl.pagination import CrawlPlan
from simulator import Fault, LoggedRequest, Served, Trouble, serve
from storage.db.timestamps import get_utc_now
from storage.models import Refusal, Source
from storage.store import Store
from storage.tables import refusals
from tests.support.paths import ROOT
from tests.support.watch_faults import CONFIG, Watched, moved_clock, small_newsroom
from tests.support.watch_processes import WatchProcesses, end_watch

SITES = ("calder", "archive", "meridian", "press", "northreach")
MINUTES = timedelta(minutes=1)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    with moved_clock() as traveller, serve(small_newsroom()) as served:
        config = replace(CONFIG, cool_down_s=1800)
        yield Watched(served, tmp_path / "milwire.db", sources(served), traveller, config)


def sources(served: Served) -> list[Source]:
    return [served.site(site).sources[0] for site in SITES]


def most_at_once(log: tuple[LoggedRequest, ...]) -> int:
    """Return how many requests were on their way at the same time, to whatever hosts."""
    begins = [(each.started, 1) for each in log]
    ends = [(each.ended, -1) for each in log]
    most = now = 0
    for _, step in sorted(begins + ends):
        now += step
        most = max(most, now)
    return most


def test_a_storm_of_refusals_is_met_with_one_request_a_host_and_ever_longer_pauses(watched: Watched) -> None:
    published: list[str] = []

    async def story(watch: Watched) -> None:
        await watch.visited()
        watch.served.fault(Fault(Trouble.BLOCKED))
        published.extend(watch.publish(site) for site in SITES)
        asked = len(watch.served.log)
        await watch.passes_and_visits(timedelta(hours=5))
        for pause in (30, 60, 120):  # each twice as long as the one before
            watch.passes((pause - 5) * MINUTES)
            await watch.idle()
            await watch.passes_and_visits(10 * MINUTES)
        assert len(watch.served.log) - asked == 4 * len(SITES)
        assert {one.times for one in standing(watch)} == {4}
        watch.served.lift()
        await watch.passes_and_visits(timedelta(hours=5))

    assert watched.watch(story)
    told = [line for line in watched.lines if "clock" not in line]
    assert len(told) == 1
    assert "hosts of the platform afpims refused us within the hour" in told[0]
    assert standing(watched) == ()
    assert all(watched.last(source).complete for source in watched.sources)
    watched.check(*published)


def standing(watch: Watched) -> tuple[Refusal, ...]:
    store = Store.open(watch.database, read_only=True)
    try:
        return refusals.list_refusals(store.db)
    finally:
        store.close()


SLOW = pytest.mark.slow
WORDS = [
    ("in an hour", 60),
    pytest.param("7200", 120, marks=SLOW),
    pytest.param("-60", 30, marks=SLOW),
    pytest.param("9" * 30, 24 * 60, marks=SLOW),
    pytest.param("Thu, 01 Jan 1970 00:00:00 GMT", 30, marks=SLOW),
]


@pytest.mark.parametrize(("said", "minutes"), WORDS)
def test_a_host_that_says_when_to_come_back_is_taken_at_its_word(
    watched: Watched, said: str, minutes: int
) -> None:
    watched.sources = watched.sources[:1]
    (source,) = watched.sources
    published: list[str] = []

    async def story(watch: Watched) -> None:
        await watch.visited()
        published.append(watch.publish(SITES[0]))
        watch.traveller.shift(timedelta(hours=5))
        in_an_hour = f"{get_utc_now() + 60 * MINUTES:%a, %d %b %Y %H:%M:%S GMT}"
        asked = in_an_hour if said == "in an hour" else said
        watch.served.fault(Fault(Trouble.THROTTLED, SITES[0], "RSS|News", times=1, retry_after=asked))
        await watch.passes_and_visits(MINUTES)
        asked_for = len(watch.served.log)
        watch.passes((minutes - 2) * MINUTES)
        await watch.idle()
        assert len(watch.served.log) == asked_for
        await watch.passes_and_visits(4 * MINUTES)

    assert watched.watch(story)
    assert watched.last(source).complete
    watched.check(*published)


def test_many_hosts_that_are_due_at_once_are_visited_a_few_at_a_time(watched: Watched) -> None:
    watched.config = replace(CONFIG, max_crawls=3, max_platform_crawls=2)
    watched.served.latency_s = 0.02

    async def story(watch: Watched) -> None:
        await watch.visited()
        await watch.passes_and_visits(timedelta(days=30))

    assert watched.watch(story)
    assert most_at_once(watched.served.log) == 2
    watched.check()


@SLOW
def test_a_watch_and_a_crawl_beside_it_keep_to_one_limit(tmp_path: Path) -> None:
    with serve(small_newsroom(), latency_s=0.02) as served:
        database = tmp_path / "milwire.db"
        store = Store.open(database)
        for seed in ("usfk-news", "spacecom-news"):
            store.set_enabled(seed, False)
        for source in sources(served):
            store.save_source(source)
            store.set_enabled(source.id, True)
        store.close()
        settings = "delay = 0.01\nmax_platform_crawls = 1\nlease_wait = 60\n"
        (tmp_path / "milwire.toml").write_text(settings)
        watches = WatchProcesses(database)
        watch = watches.start()
        watches.wait(lambda: len(served.log) > 2)
        command = [sys.executable, "-m", "crawler.cli", "crawl", "--db", str(database)]
        beside = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
        assert beside.returncode == 0, beside.stderr
        watches.wait(lambda: len(watches.crawled()) == len(SITES))
        end_watch(watch)
        assert most_at_once(served.log) == 1
        assert {state for (state,) in watches.query("SELECT state FROM runs")} <= {"ok", "interrupted"}


def test_a_crawl_of_many_hosts_keeps_to_the_same_limits(tmp_path: Path) -> None:
    with serve(small_newsroom(), latency_s=0.02) as served:
        config = replace(CONFIG, max_crawls=3, max_platform_crawls=1)
        results = runner.crawl_newsrooms(sources(served), CrawlPlan(), tmp_path / "milwire.db", config)
        assert all(result.complete for result in results)
        assert most_at_once(served.log) == 1
