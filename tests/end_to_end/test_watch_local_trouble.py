"""Trouble that is ours while a watch runs: clock, disk, lock, network, mistakes. No host pays for it."""

import asyncio
import errno
import os
import resource
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler import runner
from crawler.crawl.pagination import CrawlPlan
from crawler.politeness import resolver
from crawler.watch import scheduler, visits
from crawler.watch.planner import Planner
from simulator import Fault, Trouble, serve
from storage.archive import writer
from storage.db import timestamps
from storage.db.processes import read_boot_id
from storage.models import Source
from storage.store import Store
from storage.tables import hosts
from tests.support.watch_faults import CONFIG, HALF_A_DAY, Watched, moved_clock, small_newsroom

SITES = ("calder", "archive")
YEAR = timedelta(days=365)
SLOW = pytest.mark.slow
JUMPS = [pytest.param(YEAR, id="ahead"), pytest.param(-YEAR, id="back", marks=SLOW)]


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    with moved_clock() as traveller, serve(small_newsroom()) as served:
        sources = [served.site(site).sources[0] for site in SITES]
        yield Watched(served, tmp_path / "milwire.db", sources, traveller)


def true_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the practice hosts tell the true time, whatever this machine's clock is set to."""
    begun_at, begun_s = time.time(), time.monotonic()

    def date_time_string(self: Any, timestamp: float | None = None) -> str:
        now = time.gmtime(begun_at + time.monotonic() - begun_s)
        return time.strftime("%a, %d %b %Y %H:%M:%S GMT", now)

    monkeypatch.setattr("simulator.http_server.Conversation.date_time_string", date_time_string)


@pytest.mark.parametrize("jump", JUMPS)
def test_nothing_is_kept_by_a_clock_that_is_wrong_and_all_goes_on_once_it_is_right(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    true_clock(monkeypatch)
    published: list[str] = []

    async def story(watch: Watched) -> None:
        await watch.visited()
        published.extend(watch.publish(site) for site in SITES)
        looks = watch.query("SELECT max(last_at), min(first_at), count(*) FROM looks")
        await watch.passes_and_visits(jump)
        assert all("set the clock" in watch.last(source).failures[0] for source in watch.sources)
        assert watch.query("SELECT max(last_at), min(first_at), count(*) FROM looks") == looks
        await watch.passes_and_visits(-jump + HALF_A_DAY)

    assert watched.watch(story)
    assert [line for line in watched.lines if "jumped by" in line]
    assert all(watched.last(source).complete for source in watched.sources)
    watched.check(*published)


@pytest.mark.parametrize("jump", JUMPS)
def test_a_clock_that_was_wrong_between_two_watches_silences_nothing(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    """The first watch believes a wrong clock, for no host tells the time; the second has the right one."""
    monkeypatch.setattr("simulator.http_server.Conversation.date_time_string", lambda *_: "")
    published: list[str] = []

    async def first(watch: Watched) -> None:
        await watch.visited()
        watch.served.fault(Fault(Trouble.BLOCKED, SITES[0]))
        await watch.passes_and_visits(HALF_A_DAY)
        watch.served.lift()

    async def second(watch: Watched) -> None:
        published.extend(watch.publish(site) for site in SITES)
        await watch.passes_and_visits(timedelta(days=2))

    watched.traveller.shift(jump)
    assert watched.watch(first)
    watched.traveller.shift(-jump)
    assert watched.watch(second)
    assert all(watched.last(source).complete for source in watched.sources)
    watched.check(*published)
    soon = timestamps.format_timestamp(timestamps.get_utc_now() + timedelta(days=61))
    assert watched.query(f"SELECT count(*) FROM postings WHERE next_look_at > '{soon}'") == [(0,)]


@contextmanager
def full_archive() -> Iterator[None]:
    """Let the archive meet a full disk, in the middle of a record."""

    def refuse(descriptor: int, data: bytes) -> None:
        os.write(descriptor, data[:100])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "_write_all", refuse)
        yield


@contextmanager
def full_database(watch: Watched) -> Iterator[None]:
    """Let the database grow no more; a limit on file sizes stands in for the disk."""
    journal = watch.database.with_name(watch.database.name + "-wal")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (journal.stat().st_size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def read_only(watch: Watched) -> Iterator[None]:
    """Let the database refuse all that writes."""
    assert watch.watcher is not None
    db = watch.watcher.planner.store.db
    db.execute("PRAGMA query_only = ON")
    try:
        yield
    finally:
        db.execute("PRAGMA query_only = OFF")


@contextmanager
def locked(watch: Watched) -> Iterator[None]:
    """Let somebody else write, for as long as it takes."""
    with closing(sqlite3.connect(watch.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


STORAGE = [
    pytest.param(
        lambda _: full_archive(), "No space left on device", id="a full disk for captures", marks=SLOW
    ),
    pytest.param(full_database, "the disk", id="a full disk for the database"),
    pytest.param(read_only, "read-only", id="a database that is read-only", marks=SLOW),
    pytest.param(locked, "another process has been writing", id="a database that somebody locked"),
]


@pytest.mark.parametrize(("trouble", "words"), STORAGE)
def test_what_cannot_be_kept_is_said_and_asked_for_again(
    watched: Watched,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Callable[[Watched], AbstractContextManager[None]],
    words: str,
) -> None:
    monkeypatch.setattr(scheduler, "PATIENCE_S", 0.05)
    published: list[str] = []

    async def story(watch: Watched) -> None:
        await watch.visited()
        published.extend(watch.publish(site) for site in SITES)
        with trouble(watch):
            asked = len(watch.served.log)
            for _ in range(2):
                await watch.passes_and_visits(HALF_A_DAY)
                said = [*watch.lines, *(line for one in watch.results[-2:] for line in one.failures)]
                assert words in " ".join(said)
            assert len(watch.served.log) - asked <= 2 * 2 * 4  # robots, feed, listing and one release a visit
        await watch.passes_and_visits(timedelta(minutes=25))  # nobody waits for what was our fault

    assert watched.watch(story)
    assert all(watched.last(source).complete for source in watched.sources)
    watched.check(*published)


def test_an_end_while_somebody_locks_the_database_comes_in_time(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "PATIENCE_S", 0.2)
    monkeypatch.setattr(scheduler, "LAST_PATIENCE_S", 0.1)
    watched.served.latency_s = 0.05
    held = ExitStack()

    async def story(watch: Watched) -> None:
        await watch.until(lambda: len(watch.served.log) > 3)
        held.enter_context(locked(watch))

    began = time.monotonic()
    with held:
        assert watched.watch(story)
    assert time.monotonic() - began < watched.config.stop_timeout_s


def named(watched: Watched) -> None:
    """Give the hosts names that somebody has to look up."""
    sources = []
    for source, site in zip(watched.sources, SITES, strict=True):
        host = source.host.replace("127.0.0.1", f"{site}.example")
        watched.served.base_urls[site] = f"http://{host}"
        urls = (url and url.replace(source.host, host) for url in (source.feed_url, source.listing_url))
        feed_url, listing_url = urls
        sources.append(replace(source, host=host, feed_url=feed_url, listing_url=listing_url))
    watched.sources = sources


class Names:
    """Tells where hosts are, until it does not."""

    def __init__(self) -> None:
        self.answer: Callable[[str], resolver.ResolvedAddresses] = self.here

    def __call__(self, host: str, port: int) -> resolver.ResolvedAddresses:
        return self.answer(host)

    def here(self, host: str) -> resolver.ResolvedAddresses:
        return [(socket.AF_INET, "127.0.0.1")]

    def nowhere(self, host: str) -> resolver.ResolvedAddresses:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    def hang(self, host: str) -> resolver.ResolvedAddresses:
        time.sleep(5)
        return []


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    runner.get_loop()
    from twisted.internet import reactor

    names = Names()
    monkeypatch.setattr(resolver.install_resolver(reactor), "look_up", names)
    monkeypatch.setattr(resolver, "TIMEOUT_S", 0.2)
    return names


@pytest.mark.parametrize("how", ["nowhere", pytest.param("hang", marks=SLOW)])
def test_when_no_name_resolves_it_is_us_and_all_are_visited_soon_after(
    watched: Watched, names: Names, how: str
) -> None:
    named(watched)
    published: list[str] = []

    async def story(watch: Watched) -> None:
        await watch.visited()
        published.extend(watch.publish(site) for site in SITES)
        names.answer = getattr(names, how)
        for _ in range(3):
            await watch.passes_and_visits(HALF_A_DAY)
        assert "the host's name does not resolve" in watch.last(watch.sources[0]).failures[0]
        names.answer = names.here
        await watch.passes_and_visits(timedelta(hours=6, minutes=1))

    assert watched.watch(story)
    told = [line for line in watched.lines if "clock" not in line]
    assert [line.split(":")[0] for line in told] == ["no host answers", "hosts answer again"]
    assert all(watched.last(source).complete for source in watched.sources)
    watched.check(*published)


def test_a_name_that_hangs_holds_up_neither_others_nor_the_end(watched: Watched, names: Names) -> None:
    named(watched)
    hanging, well = watched.sources
    names.answer = lambda host: names.hang(host) if host in hanging.host else names.here(host)

    async def story(watch: Watched) -> None:
        await watch.visited(well)

    began = time.monotonic()
    assert watched.watch(story)
    assert time.monotonic() - began < 5
    assert watched.last(well).complete


ERRORS = [
    pytest.param(ZeroDivisionError("ours"), id="bug"),
    pytest.param(MemoryError("no room"), id="memory", marks=SLOW),
]
MISTAKES = [
    pytest.param("crawler.parsing.reader.read_page", id="a reader"),
    pytest.param("storage.store.Store.save_look", id="the store", marks=SLOW),
    pytest.param("storage.store.Store.detect_changes", id="detection"),
    pytest.param("crawler.watch.planner.Planner.plan_visit", id="the planner"),
    pytest.param("crawler.watch.planner.Planner.record_visit", id="what a visit means", marks=SLOW),
    pytest.param("crawler.watch.planner.Planner.find_next_visit_at", id="the plan", marks=SLOW),
    pytest.param("crawler.watch.visits.execute_run", id="Scrapy", marks=SLOW),
    pytest.param("storage.store.Store.start_run", id="the record", marks=SLOW),
    pytest.param("storage.store.Store.finish_run", id="the end of the record"),
    pytest.param("storage.tables.hosts.acquire_lease", id="the lease", marks=SLOW),
    pytest.param("storage.tables.hosts.release_lease", id="the end of the lease", marks=SLOW),
    pytest.param("crawler.crawl.pagination.ListingWalk.__init__", id="the walk", marks=SLOW),
]


@pytest.mark.parametrize("where", MISTAKES)
@pytest.mark.parametrize("error", ERRORS)
def test_a_mistake_of_ours_is_told_and_ends_neither_the_watch_nor_a_host(
    watched: Watched, where: str, error: Exception
) -> None:
    published: list[str] = []

    def fail(*args: object, **kwargs: object) -> None:
        raise error

    async def story(watch: Watched) -> None:
        await watch.visited()
        published.extend(watch.publish(site) for site in SITES)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(where, fail)
            watch.passes(HALF_A_DAY)
            await watch.until(lambda: type(error).__name__ in said(watch))
            await watch.idle()
        for _ in range(2):
            watch.passes(HALF_A_DAY)
            await asyncio.sleep(0.05)
            await watch.idle()
        await watch.until(lambda: all(watch.last(source).complete for source in watch.sources))

    assert watched.watch(story)
    assert type(error).__name__ in said(watched)
    watched.check(*published)


def said(watch: Watched) -> str:
    return " ".join([*watch.lines, *(line for one in watch.results for line in one.failures)])


def test_a_section_that_cannot_be_planned_holds_up_no_other_of_its_host(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = watched.served.site("meridian").sources
    watched.sources = [first, second]
    plan = Planner._plan_crawl

    def planned(self: Planner, source: Source, now: datetime) -> CrawlPlan | None:
        if source == first:
            raise ZeroDivisionError("ours")
        return plan(self, source, now)

    async def story(watch: Watched) -> None:
        await watch.visited(second)

    monkeypatch.setattr(Planner, "_plan_crawl", planned)
    assert watched.watch(story)
    (line,) = watched.lines
    assert line.startswith(
        f"{first.id}: internal error: ZeroDivisionError (test_watch_local_trouble.py, line "
    )
    assert watched.last(second).complete


def test_a_host_that_dropped_out_of_the_schedule_is_found_by_the_next_beat(watched: Watched) -> None:
    async def story(watch: Watched) -> None:
        await watch.visited()
        assert watch.watcher is not None
        watch.watcher._scheduler.remove_all_jobs()
        watch.watcher._check_schedule()
        planned = {job.id for job in watch.watcher._scheduler.get_jobs()}
        assert planned == set(watch.watcher.planner.hosts)

    assert watched.watch(story)


def test_a_visit_without_an_end_leaves_its_place_to_others(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits, "LONGEST_VISIT_S", 0.5)
    watched.config = replace(CONFIG, max_crawls=1, timeout_s=30)
    slow, well = watched.sources
    watched.served.fault(Fault(Trouble.SLOW, SITES[0], seconds=0.04))

    async def story(watch: Watched) -> None:
        await watch.visited()

    assert watched.watch(story)
    assert "the next visit does the rest" in " ".join(watched.last(slow).failures)
    assert watched.last(well).complete


def test_a_host_that_wants_long_pauses_does_not_keep_its_place_for_them(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.pages.plain.ROBOTS", "User-agent: *\nCrawl-delay: 3600\n")
    watched.sources = watched.sources[:1]

    async def story(watch: Watched) -> None:
        await watch.visited()

    assert watched.watch(story)
    assert [each.path for each in watched.served.log] == ["/robots.txt"]
    assert "wants 3600 s between requests" in watched.results[0].failures[0]


def test_a_visit_that_waits_for_another_process_is_made_soon_and_blames_nobody(watched: Watched) -> None:
    watched.config = replace(CONFIG, lease_wait_s=0)
    first = watched.sources[0]
    other = hosts.CrawlOwner(os.getppid(), read_boot_id(), "another crawl")
    claim = hosts.HostClaim(first.host, other, timestamps.get_utc_now())
    store = Store.open(watched.database)
    assert hosts.acquire_lease(store.db, claim, 60) is None

    async def story(watch: Watched) -> None:
        await watch.visited()
        assert watch.last(first).deferred
        assert watch.last(first).state == "interrupted"
        hosts.release_lease(store.db, claim)
        await watch.passes_and_visits(timedelta(minutes=2), first)

    assert watched.watch(story)
    store.close()
    assert watched.last(first).complete
