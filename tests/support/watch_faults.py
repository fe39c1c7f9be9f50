"""A watch in this process, a practice newsroom in trouble, and time that passes when the test says so.

The clock of the process is moved (time_machine); the steady one is not. So time passes as it does for a
machine whose clock is set, and the watch plans anew.
"""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import time_machine

from crawler import runner
from crawler.config import Config
from crawler.crawl.run import CrawlOutcome
from crawler.watch import heartbeat, scheduler
from crawler.watch.planner import Planner
from simulator import Newsroom, Served, Site, another_post, find_overlaps, practice_newsroom
from storage.db.timestamps import get_utc_now
from storage.models import Event, EventKind, Source
from storage.store import Store
from tests.support.cli import run_here

LONGEST_S = 60.0
HALF_A_DAY = timedelta(hours=12)  # all that backs off is due again
CONFIG = Config(delay_s=0.01, timeout_s=20, cool_down_s=900, stop_timeout_s=10, max_bytes=200_000)
FEW = 3  # posts of a section


def small_newsroom(seed: int = 3) -> Newsroom:
    """Return the practice newsroom with a few posts in each section."""
    return Newsroom(tuple(_small(site) for site in practice_newsroom(seed=seed).sites))


def _small(site: Site) -> Site:
    return replace(site, sections=tuple(replace(each, posts=each.posts[:FEW]) for each in site.sections))


@dataclass
class Watched:
    """A watch while it runs, and what it told."""

    served: Served
    database: Path
    sources: Sequence[Source]
    traveller: time_machine.Traveller
    config: Config = CONFIG
    lines: list[str] = field(default_factory=list)
    results: list[CrawlOutcome] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    watcher: scheduler.Watcher | None = None

    def watch(self, story: Callable[["Watched"], Awaitable[None]]) -> bool:
        """Watch while a story happens, then end; return whether nothing was left in flight."""
        store = Store.open(self.database)
        pulse = heartbeat.Heartbeat.take_lock(self.database)
        try:
            store.set_busy_timeout(scheduler.PATIENCE_S)
            planned = Planner(store, self.config, self.sources, get_utc_now)
            told = scheduler.WatchListener(self._result, self.lines.append)
            self.watcher = scheduler.Watcher(planned, self._load, told, pulse)
            return runner.get_loop().run_until_complete(self._both(self.watcher, story))
        finally:
            pulse.release_lock()
            store.close()

    async def _both(self, watcher: scheduler.Watcher, story: Callable[["Watched"], Awaitable[None]]) -> bool:
        watching = asyncio.ensure_future(watcher.run_until_stopped())
        await asyncio.sleep(0)
        try:
            await story(self)
        finally:
            signal.raise_signal(signal.SIGTERM)
            is_clean = await watching
        return is_clean

    async def until(self, what: Callable[[], bool]) -> None:
        """Return when something is so."""
        end = time.monotonic() + LONGEST_S
        while not what():
            assert time.monotonic() < end, f"waited in vain; told: {self.lines}, {self.results[-3:]}"
            await asyncio.sleep(0.01)

    async def visited(self, *sources: Source, times: int = 1) -> None:
        """Return when newsrooms were visited so many times more, all of them where none is named."""
        before = Counter(result.source_id for result in self.results)
        wanted = [source.id for source in sources or self.sources]
        await self.until(lambda: all(self._count(one) >= before[one] + times for one in wanted))
        await self.idle()

    async def idle(self) -> None:
        """Return when no host is being visited."""
        assert self.watcher is not None
        await self.until(lambda: not self.watcher._running)  # type: ignore[union-attr]  # it is there

    def passes(self, span: timedelta) -> None:
        """Let time pass."""
        assert self.watcher is not None
        self.traveller.shift(span)
        self.watcher._check_schedule()

    async def passes_and_visits(self, span: timedelta, *sources: Source) -> None:
        """Let time pass until newsrooms are due, and wait for the visits."""
        before = len(self.results)
        self.passes(span)
        wanted = {source.id for source in sources or self.sources}
        await self.until(lambda: wanted <= {result.source_id for result in self.results[before:]})
        await self.idle()

    def _count(self, source_id: str) -> int:
        return sum(result.source_id == source_id for result in self.results)

    def _load(self, store: Store) -> tuple[Config, Sequence[Source]]:
        return self.config, self.sources

    def _result(self, result: CrawlOutcome, events: Sequence[Event]) -> None:
        self.results.append(result)
        self.events += events

    def last(self, source: Source) -> CrawlOutcome:
        """Return how the last visit of a newsroom ended; LookupError where there was none."""
        return [result for result in self.results if result.source_id == source.id][-1]

    def publish(self, site: str) -> str:
        """Put a story on a site, and return its number."""
        post = another_post(self.served.newsroom, site)
        self.served.publish(site, post)
        return post.number

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Return rows of the database."""
        store = Store.open(self.database, read_only=True)
        try:
            return list(store.db.execute(sql).fetchall())
        finally:
            store.close()

    def check(self, *published: str) -> None:
        """Check that all that was posted is stored, that nothing was told but that, and that it verifies."""
        there = {
            (source.host, post.number)
            for source in self.sources
            for section in self.served.newsroom.site(_site_of(self.served, source)).sections
            if section.name == source.section
            for post in section.posts
        }
        assert set(self.query("SELECT site, number FROM postings")) >= there
        told = self.query("SELECT kind, json_extract(payload, '$.posting') FROM events")
        kinds = Counter(kind for kind, _ in told)
        assert set(kinds) <= {EventKind.FOUND, EventKind.PUBLISHED, EventKind.CAPTURED}, kinds
        numbers = self.query(
            "SELECT p.number FROM events e JOIN postings p ON p.id = e.posting_id WHERE e.kind = 'published'"
        )
        assert sorted(number for (number,) in numbers) == sorted(published)
        assert self.query("SELECT DISTINCT state FROM postings") == [("live",)]
        assert find_overlaps(self.served.log) == []
        verified = run_here("verify", "--db", self.database)
        assert verified.code == 0, verified.out + verified.err


def _site_of(served: Served, source: Source) -> str:
    return next(site.name for site in served.sites if source.id in {one.id for one in site.sources})


@contextmanager
def moved_clock() -> Iterator[time_machine.Traveller]:
    """Let the test move the clock of this process."""
    with time_machine.travel(datetime.now(UTC), tick=True) as traveller:
        yield traveller
