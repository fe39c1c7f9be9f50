"""The watch: APScheduler in the loop of the crawler, one job a host, from the first visit to a clean end."""

import asyncio
import os
import random
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from scrapy.crawler import AsyncCrawlerRunner

from crawler.agenda import Agenda, Visit
from crawler.config import Config, ConfigError
from crawler.heartbeat import Heartbeat, status
from crawler.run import Run, RunResult, utcnow
from crawler.runner import crawl_source, loop, new_runner
from crawler.sources import SourceError
from crawler.supervisor import VARIABLE, Supervisor
from storage.errors import StoreError
from storage.records import Event, Look, Role, Source, Verdict
from storage.store import Store

JITTER_S = 30.0  # at most, on each visit: newsrooms that were added together drift apart
BEAT_S = 10.0
WARN_AGAIN = timedelta(days=1)
JUMP_S = 30.0  # a wall clock that goes this far from the steady one was set, or the machine slept
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
READ = frozenset({Verdict.LIVE, Verdict.UNCHANGED})
LISTS = frozenset({Role.FEED, Role.LISTING})

Load = Callable[[Store], tuple[Config, Sequence[Source]]]


@dataclass(frozen=True, slots=True)
class Told:
    """What a watch tells while it runs."""

    result: Callable[[RunResult, Sequence[Event]], None]  # of each crawl, with all that it brought
    line: Callable[[str], None]  # what happened to the watch itself


@dataclass
class Heard:
    """What one crawl brought."""

    events: list[Event] = field(default_factory=list)
    lists: bool = False

    def look(self, look: Look, events: list[Event]) -> None:
        """Take note of a look."""
        self.events += events
        self.lists = self.lists or (look.role in LISTS and look.verdict in READ)


def watch(database: Path, load: Load, told: Told) -> bool:
    """Watch until a signal ends it; False where something was still in flight after `stop_timeout_s`.

    `load` is called at the start and on SIGHUP. Raises WatchedError where another watch is at work on the
    database, and what `load` raises at the start.
    """
    store = Store.open(database)
    try:
        config, sources = load(store)
        heartbeat = Heartbeat.take(database, Supervisor(os.environ.get(VARIABLE)))
        try:
            running = loop()
            watcher = Watcher(Agenda(store, config, sources, utcnow), load, told, heartbeat)
            return running.run_until_complete(watcher.run())
        finally:
            heartbeat.release()
    finally:
        store.close()


class Watcher:
    """All the visits of one watch."""

    def __init__(
        self,
        agenda: Agenda,
        load: Load,
        told: Told,
        heartbeat: Heartbeat,
        *,
        wall: Callable[[], float] = time.time,
        runner: AsyncCrawlerRunner | None = None,
        seed: int | None = None,
    ) -> None:
        self.agenda = agenda
        self.told = told
        self._load = load
        self._heartbeat = heartbeat
        self._wall = wall  # the clock that somebody may set
        self._runner: AsyncCrawlerRunner = runner or new_runner()
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            # Two: a visit that puts the next one on the schedule is still ending when that is due at once, and
            # a job over the limit is dropped for good. `_running` is what keeps visits of a host apart.
            job_defaults={"coalesce": True, "max_instances": 2, "misfire_grace_time": None},
        )
        self._stop = asyncio.Event()
        self._running: dict[str, Run | None] = {}
        self._visits: set[asyncio.Task[None]] = set()
        self._chance = random.Random(seed)  # noqa: S311  # spreads visits, keeps no secret
        self._clock_offset_s = 0.0
        self._count = 0
        self._warned: dict[str, datetime] = {}
        self._began_at = utcnow()
        self._limit(agenda.config)

    async def run(self) -> bool:
        """Visit newsrooms until asked to stop; return whether all that was in flight could be stored."""
        with self._signals():
            self._scheduler.start()
            self._clock_offset_s = self._wall() - time.monotonic()
            self._scheduler.add_job(self._beat, "interval", seconds=BEAT_S, next_run_time=utcnow())
            for host in self.agenda.hosts:
                self._first(host)
            self._ready()
            await self._stop.wait()
            return await self._end()

    def _first(self, host: str) -> None:
        """Put a host on the schedule that is new to this watch; what is due runs at once, late ones first."""
        for source in self.agenda.hosts[host]:
            self.agenda.arrange(source, utcnow() + timedelta(days=1))
        self._schedule(host)

    def _schedule(self, host: str) -> None:
        due_at = self.agenda.next_at(host)
        if due_at > utcnow():
            due_at += timedelta(seconds=self._chance.uniform(0, JITTER_S))
        self._scheduler.add_job(
            self._visit, "date", run_date=due_at, args=[host], id=host, replace_existing=True
        )

    async def _visit(self, host: str) -> None:
        """Do what is due at a host, and put its next visit on the schedule."""
        task = asyncio.current_task()
        assert task is not None
        if host in self._running:  # a reload put it on the schedule while it is visited: it ends by itself
            return
        self._visits.add(task)
        self._running[host] = None
        try:
            platform = self.agenda.hosts[host][0].platform
            async with self._platforms[platform], self._places:
                await self._crawl(host)
        except StoreError as error:
            self.told.line(str(error))
        finally:  # whatever happened, no host drops out of the schedule
            self._visits.discard(task)
            del self._running[host]
            if not self._stop.is_set() and host in self.agenda.hosts:
                self._again(host)
                self._heartbeat.beat(self._pulse())

    async def _crawl(self, host: str) -> None:
        for visit in self.agenda.visits(host):
            if self._stop.is_set():
                return
            heard, began_at = Heard(), utcnow()
            result = await self._carry_out(host, visit, heard)
            self._count += 1
            self.told.result(result, heard.events)
            self._warn(host, result)
            if host in self.agenda.hosts:  # a reload may have taken it away meanwhile
                self.agenda.settle(visit, began_at, heard=heard.lists)

    async def _carry_out(self, host: str, visit: Visit, heard: Heard) -> RunResult:
        agenda = self.agenda
        run = Run(
            visit.source,
            visit.plan,
            agenda.store,
            agenda.config,
            on_look=heard.look,
            on_judged=heard.events.extend,
        )
        self._running[host] = run
        return await crawl_source(self._runner, run)

    def _warn(self, host: str, result: RunResult) -> None:
        """Say once a day when it is not one host that refuses us but its platform."""
        if not result.failures or host not in self.agenda.hosts:
            return
        platform, now = self.agenda.hosts[host][0].platform, utcnow()
        trouble = self.agenda.trouble(host)
        if trouble and now - self._warned.get(platform, now - WARN_AGAIN) >= WARN_AGAIN:
            self._warned[platform] = now
            self.told.line(trouble)

    def _again(self, host: str) -> None:
        try:
            self._schedule(host)
        except StoreError as error:  # the disk is full, say: the watch goes on when it is not
            self.told.line(str(error))
            later = utcnow() + timedelta(minutes=10)
            self._scheduler.add_job(self._again, "date", run_date=later, args=[host], id=host)

    async def _end(self) -> bool:
        """Start no request any more, store what is in flight, and end within the time that is given."""
        self._heartbeat.supervisor.stopping()
        self._scheduler.pause()
        for run in self._running.values():
            if run is not None:
                run.interrupt()
        try:
            async with asyncio.timeout(self.agenda.config.stop_timeout_s):
                await self._runner.stop()
                await self._runner.join()
                await asyncio.gather(*self._visits)
        except TimeoutError:
            return False
        finally:
            self._scheduler.shutdown(wait=False)
            self._heartbeat.beat(self._pulse() | {"stopped_at": utcnow().isoformat()})
        return True

    def _reload(self) -> None:
        """Take up the configuration and the sources as they are now; what is wrong leaves all as it was."""
        self._heartbeat.supervisor.reloading()
        try:
            self._take_up()
        finally:
            self._ready()

    def _take_up(self) -> None:
        try:
            config, sources = self._load(self.agenda.store)
        except (ConfigError, SourceError, StoreError) as error:
            self.told.line(f"not reloaded: {error}")
            return
        before = set(self.agenda.hosts)
        self.agenda = Agenda(self.agenda.store, config, sources, utcnow)
        self._limit(config)
        for host in before - set(self.agenda.hosts):
            self._forget(host)
        for host in self.agenda.hosts:
            if host not in self._running:
                self._first(host)
        self.told.line(f"reloaded: {len(sources)} newsrooms on {len(self.agenda.hosts)} hosts")

    def _forget(self, host: str) -> None:
        try:
            self._scheduler.remove_job(host)
        except JobLookupError:  # it is being visited, and not put on the schedule again
            return

    def _limit(self, config: Config) -> None:
        self._places = asyncio.Semaphore(config.max_crawls)
        at_once = config.max_platform_crawls
        self._platforms = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(at_once))

    async def _beat(self) -> None:
        """Show that the schedule lives; when the clock was set, work out all visits anew."""
        offset_s = self._wall() - time.monotonic()
        if abs(offset_s - self._clock_offset_s) > JUMP_S:
            self.told.line(
                f"the clock jumped by {offset_s - self._clock_offset_s:.0f} s: visits planned anew"
            )
            self._clock_offset_s = offset_s
            for host in set(self.agenda.hosts) - set(self._running):
                self._schedule(host)
        self._heartbeat.beat(self._pulse())

    def _ready(self) -> None:
        self._heartbeat.supervisor.ready(status(self._pulse()))

    def _pulse(self) -> dict[str, object]:
        waiting = [job.next_run_time for job in self._scheduler.get_jobs() if job.id in self.agenda.hosts]
        return {
            "pid": os.getpid(),
            "at": utcnow().isoformat(),
            "started_at": self._began_at.isoformat(),
            "hosts": len(self.agenda.hosts),
            "running": sorted(self._running),
            "crawls": self._count,
            "next_at": min(waiting).isoformat() if waiting else None,
        }

    @contextmanager
    def _signals(self) -> Iterator[None]:
        running = asyncio.get_running_loop()
        for number in SIGNALS:
            running.add_signal_handler(number, self._reload if number is signal.SIGHUP else self._stop.set)
        try:
            yield
        finally:
            for number in SIGNALS:
                running.remove_signal_handler(number)
