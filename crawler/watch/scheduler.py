"""The watch: APScheduler in the loop of the crawler, one job a host, from the first visit to a clean end."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from scrapy.crawler import AsyncCrawlerRunner

from crawler.clock import SteadyClock
from crawler.config import Config
from crawler.runner import get_loop, create_runner, stop_crawls
from crawler.watch.heartbeat import Heartbeat, status
from crawler.watch.planner import Planner
from crawler.watch.systemd import VARIABLE, Supervisor
from crawler.watch.visits import Told, Visits
from storage.db.timestamps import get_utc_now
from storage.models import Source
from storage.store import Store

__all__ = ["Load", "Told", "Watcher", "watch"]

JITTER_S = 30.0  # at most, on each visit: newsrooms that were added together drift apart
BEAT_S = 10.0
AFTER_TROUBLE = timedelta(minutes=10)  # when a host is tried again whose next visit could not be worked out
PATIENCE_S = 5.0  # how long a write waits for another process: all visits wait with it, and the pulse does
LAST_PATIENCE_S = 1.0  # the same, while the watch ends
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

Load = Callable[[Store], tuple[Config, Sequence[Source]]]


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
            store.set_busy_timeout(PATIENCE_S)
            running = get_loop()
            watcher = Watcher(Planner(store, config, sources, get_utc_now), load, told, heartbeat)
            return running.run_until_complete(watcher.run())
        finally:
            heartbeat.release()
    finally:
        store.close()


class Watcher:
    """The schedule of one watch: which host is visited when, and what happens to the watch itself."""

    def __init__(
        self,
        agenda: Planner,
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
        self._runner: AsyncCrawlerRunner = runner or create_runner()
        self._visits = Visits(agenda, told, self._runner, self._again)
        self._running = self._visits.running
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            # Two: a visit that puts the next one on the schedule is still ending when that is due at once,
            # and a job over the limit is dropped for good. `_running` is what keeps visits of a host apart.
            job_defaults={"coalesce": True, "max_instances": 2, "misfire_grace_time": None},
        )
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._chance = random.Random(seed)  # noqa: S311  # spreads visits, keeps no secret
        self._clock = SteadyClock(wall)
        self._began_at = get_utc_now()

    async def run(self) -> bool:
        """Visit newsrooms until asked to stop; return whether all that was in flight could be stored."""
        with self._signals():
            self._scheduler.start()
            self._plan(self.agenda.hosts)
            beating = asyncio.ensure_future(self._beats())
            self._ready()
            await self._stop.wait()
            beating.cancel()
            return await self._end()

    def _plan(self, hosts: Iterable[str]) -> None:
        """Put hosts on the schedule by what is known of them; what is due runs at once, late ones first."""
        with self._told("the plan"):
            self.agenda.clear_far_looks()
        for host in hosts:
            with self._told(host):
                for source in self.agenda.hosts[host]:
                    self.agenda.plan_looks(source, get_utc_now() + timedelta(days=1))
            self._again(host)

    def _again(self, host: str) -> None:
        """Put the next visit of a host on the schedule, whatever happens."""
        due_at = get_utc_now() + AFTER_TROUBLE
        with self._told(host):
            due_at = self.agenda.find_next_visit_at(host)
        self._schedule(host, due_at)

    def _schedule(self, host: str, due_at: datetime) -> None:
        if due_at > get_utc_now():
            due_at += timedelta(seconds=self._chance.uniform(0, JITTER_S))
        self._scheduler.add_job(
            self._visit, "date", run_date=due_at, args=[host], id=host, replace_existing=True
        )

    async def _visit(self, host: str) -> None:
        """Do what is due at a host, and put its next visit on the schedule."""
        task = asyncio.current_task()
        assert task is not None
        if host in self._running or host not in self.agenda.hosts:  # a reload: that visit ends by itself
            return
        self._tasks.add(task)
        try:
            with self._told(host):
                await self._visits.host(host)
        finally:
            self._tasks.discard(task)
            if not self._stop.is_set() and host in self.agenda.hosts:
                self._again(host)
                self._heartbeat.beat(self._pulse())

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Tell what goes wrong and go on: no error of ours may end the watch, or lose a host."""
        try:
            yield
        except Exception as error:  # those that nobody thought of are the point
            self._visits.complain(what, error)

    async def _end(self) -> bool:
        """Start no request any more, store what is in flight, and end within the time that is given."""
        self._heartbeat.supervisor.stopping()
        self._scheduler.pause()
        self._visits.stop()
        try:
            async with asyncio.timeout(self.agenda.config.stop_timeout_s):
                with self._told("the end"):
                    self.agenda.store.set_busy_timeout(LAST_PATIENCE_S)
                await stop_crawls(self._runner)
                await self._runner.join()
                await asyncio.gather(*self._tasks, return_exceptions=True)
        except TimeoutError:
            return False
        finally:
            self._scheduler.shutdown(wait=False)
            self._heartbeat.beat(self._pulse() | {"stopped_at": get_utc_now().isoformat()})
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
            planned = Planner(self.agenda.store, config, sources, get_utc_now)
        except Exception as error:  # a mistake, a full disk: the watch goes on as before
            self.told.line(f"not reloaded: {error}")
            return
        before = set(self.agenda.hosts)
        self.agenda = self._visits.agenda = planned
        self._visits.places.set_limits(config.max_crawls, config.max_platform_crawls)
        for host in before - set(planned.hosts):
            self._forget(host)
        self._plan(set(planned.hosts) - set(self._running))
        self.told.reload(f"reloaded: {len(sources)} newsrooms on {len(planned.hosts)} hosts")

    def _forget(self, host: str) -> None:
        try:
            self._scheduler.remove_job(host)
        except JobLookupError:  # it is being visited, and not put on the schedule again
            return

    async def _beats(self) -> None:
        while True:
            with self._told("the pulse"):
                self._beat()
            with self._told("what is told"):
                self.told.tick()
            await asyncio.sleep(BEAT_S)  # by the steady clock: the schedule's own may stand still for a year

    def _beat(self) -> None:
        """Show that the schedule lives; plan anew when the clock was set, and hosts that are not on it."""
        if jump_s := self._clock.jump_s():
            self.told.line(f"the clock jumped by {jump_s:.0f} s: visits planned anew")
            self._plan(set(self.agenda.hosts) - set(self._running))
        planned = {job.id for job in self._scheduler.get_jobs()}
        for host in set(self.agenda.hosts) - set(self._running) - planned:
            self._again(host)
        self._heartbeat.beat(self._pulse())

    def _ready(self) -> None:
        self._heartbeat.supervisor.ready(status(self._pulse()))

    def _pulse(self) -> dict[str, object]:
        waiting = [job.next_run_time for job in self._scheduler.get_jobs()]
        return {
            "pid": os.getpid(),
            "at": get_utc_now().isoformat(),
            "started_at": self._began_at.isoformat(),
            "hosts": len(self.agenda.hosts),
            "running": sorted(self._running),
            "crawls": self._visits.count,
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
