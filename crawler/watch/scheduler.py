"""Runs a watch: APScheduler in the event loop of the crawler, one job a host, until a signal ends it."""

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
from crawler.runner import create_runner, get_loop, stop_crawls
from crawler.watch.heartbeat import Heartbeat, format_pulse
from crawler.watch.planner import Planner
from crawler.watch.systemd import VARIABLE, Supervisor
from crawler.watch.visits import Visits, WatchListener
from storage.db.timestamps import get_utc_now
from storage.models import Source
from storage.store import Store

__all__ = ["Load", "WatchListener", "Watcher", "watch_until_stopped"]

JITTER_S = 30.0  # at most, added to each visit: newsrooms added together drift apart
BEAT_S = 10.0
AFTER_TROUBLE = timedelta(minutes=10)  # when to try a host again if planning its next visit failed
PATIENCE_S = 5.0  # how long a write waits for another process; all visits and the pulse wait with it
LAST_PATIENCE_S = 1.0  # the same, while the watch ends
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

Load = Callable[[Store], tuple[Config, Sequence[Source]]]


def watch_until_stopped(database: Path, load: Load, listener: WatchListener) -> bool:
    """Watch until a signal ends it; return False if requests were unfinished after `stop_timeout_s`.

    `load` is called at the start and on SIGHUP. Raises WatchedError if another watch is running on the
    database, and whatever `load` raises at the start.
    """
    store = Store.open(database)
    try:
        config, sources = load(store)
        heartbeat = Heartbeat.take_lock(database, Supervisor(os.environ.get(VARIABLE)))
        try:
            store.set_busy_timeout(PATIENCE_S)
            running = get_loop()
            watcher = Watcher(Planner(store, config, sources, get_utc_now), load, listener, heartbeat)
            return running.run_until_complete(watcher.run_until_stopped())
        finally:
            heartbeat.release_lock()
    finally:
        store.close()


class Watcher:
    """The schedule of one watch, from the first visit to a clean stop."""

    def __init__(
        self,
        planner: Planner,
        load: Load,
        listener: WatchListener,
        heartbeat: Heartbeat,
        *,
        wall: Callable[[], float] = time.time,
        runner: AsyncCrawlerRunner | None = None,
        seed: int | None = None,
    ) -> None:
        self.planner = planner
        self.listener = listener
        self._load = load
        self._heartbeat = heartbeat
        self._runner: AsyncCrawlerRunner = runner or create_runner()
        self._visits = Visits(planner, listener, self._runner, self._schedule_next)
        self._running = self._visits.running
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            # Two: a visit that puts the next one on the schedule is still ending when that is due at once,
            # and a job over the limit is dropped for good. `_running` keeps visits of a host apart.
            job_defaults={"coalesce": True, "max_instances": 2, "misfire_grace_time": None},
        )
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._chance = random.Random(seed)  # noqa: S311  # spreads visits, keeps no secret
        self._clock = SteadyClock(wall)
        self._began_at = get_utc_now()

    async def run_until_stopped(self) -> bool:
        """Visit newsrooms until a signal; return whether all requests in flight were stored."""
        with self._handle_signals():
            self._scheduler.start()
            self._schedule_hosts(self.planner.hosts)
            beating = asyncio.ensure_future(self._keep_beating())
            self._notify_ready()
            await self._stop.wait()
            beating.cancel()
            return await self._shut_down()

    def _schedule_hosts(self, hosts: Iterable[str]) -> None:
        """Put hosts on the schedule; those that are due run at once, the longest overdue first."""
        with self._report_errors("planning"):
            self.planner.clear_far_looks()
        for host in hosts:
            with self._report_errors(host):
                for source in self.planner.hosts[host]:
                    self.planner.plan_looks(source, get_utc_now() + timedelta(days=1))
            self._schedule_next(host)

    def _schedule_next(self, host: str) -> None:
        """Put the next visit of a host on the schedule, even if planning it fails."""
        due_at = get_utc_now() + AFTER_TROUBLE
        with self._report_errors(host):
            due_at = self.planner.find_next_visit_at(host)
        self._schedule_at(host, due_at)

    def _schedule_at(self, host: str, due_at: datetime) -> None:
        if due_at > get_utc_now():
            due_at += timedelta(seconds=self._chance.uniform(0, JITTER_S))
        self._scheduler.add_job(
            self._run_visit, "date", run_date=due_at, args=[host], id=host, replace_existing=True
        )

    async def _run_visit(self, host: str) -> None:
        """Visit a host, then put its next visit on the schedule."""
        task = asyncio.current_task()
        assert task is not None
        if (
            host in self._running or host not in self.planner.hosts
        ):  # after a reload: that visit ends by itself
            return
        self._tasks.add(task)
        try:
            with self._report_errors(host):
                await self._visits.visit_host(host)
        finally:
            self._tasks.discard(task)
            if not self._stop.is_set() and host in self.planner.hosts:
                self._schedule_next(host)
                self._heartbeat.write_pulse(self._build_pulse())

    @contextmanager
    def _report_errors(self, subject: str) -> Iterator[None]:
        """Report an error and go on: no error of ours may end the watch or lose a host."""
        try:
            yield
        except Exception as error:  # unexpected errors are the point
            self._visits.report_error(subject, error)

    async def _shut_down(self) -> bool:
        """Start no more requests and store those in flight; return False if that took too long."""
        self._heartbeat.supervisor.notify_stopping()
        self._scheduler.pause()
        self._visits.stop_visits()
        try:
            async with asyncio.timeout(self.planner.config.stop_timeout_s):
                with self._report_errors("stopping"):
                    self.planner.store.set_busy_timeout(LAST_PATIENCE_S)
                await stop_crawls(self._runner)
                await self._runner.join()
                await asyncio.gather(*self._tasks, return_exceptions=True)
        except TimeoutError:
            return False
        finally:
            self._scheduler.shutdown(wait=False)
            self._heartbeat.write_pulse(self._build_pulse() | {"stopped_at": get_utc_now().isoformat()})
        return True

    def _reload_newsrooms(self) -> None:
        """Read configuration and newsrooms again; with a mistake in them, the watch goes on as before."""
        self._heartbeat.supervisor.notify_reloading()
        try:
            self._apply_reload()
        finally:
            self._notify_ready()

    def _apply_reload(self) -> None:
        try:
            config, sources = self._load(self.planner.store)
            planned = Planner(self.planner.store, config, sources, get_utc_now)
        except Exception as error:  # a mistake, a full disk: the watch goes on as before
            self.listener.on_message(f"not reloaded: {error}")
            return
        before = set(self.planner.hosts)
        self.planner = self._visits.planner = planned
        self._visits.slots.set_limits(config.max_crawls, config.max_platform_crawls)
        for host in before - set(planned.hosts):
            self._unschedule(host)
        self._schedule_hosts(set(planned.hosts) - set(self._running))
        self.listener.on_reload(f"reloaded: {len(sources)} newsrooms on {len(planned.hosts)} hosts")

    def _unschedule(self, host: str) -> None:
        try:
            self._scheduler.remove_job(host)
        except JobLookupError:  # it is being visited, and is not scheduled again
            return

    async def _keep_beating(self) -> None:
        while True:
            with self._report_errors("pulse"):
                self._check_schedule()
            with self._report_errors("periodic tasks"):
                self.listener.on_beat()
            await asyncio.sleep(
                BEAT_S
            )  # monotonic: the scheduler's clock may stand still if the wall clock is set back

    def _check_schedule(self) -> None:
        """Write a pulse; schedule all hosts again if the clock was set, and any host that is missing."""
        if jump_s := self._clock.measure_jump_s():
            self.listener.on_message(f"the clock jumped by {jump_s:.0f} s: all visits are planned again")
            self._schedule_hosts(set(self.planner.hosts) - set(self._running))
        planned = {job.id for job in self._scheduler.get_jobs()}
        for host in set(self.planner.hosts) - set(self._running) - planned:
            self._schedule_next(host)
        self._heartbeat.write_pulse(self._build_pulse())

    def _notify_ready(self) -> None:
        self._heartbeat.supervisor.notify_ready(format_pulse(self._build_pulse()))

    def _build_pulse(self) -> dict[str, object]:
        waiting = [job.next_run_time for job in self._scheduler.get_jobs()]
        return {
            "pid": os.getpid(),
            "at": get_utc_now().isoformat(),
            "started_at": self._began_at.isoformat(),
            "hosts": len(self.planner.hosts),
            "running": sorted(self._running),
            "crawls": self._visits.crawl_count,
            "next_at": min(waiting).isoformat() if waiting else None,
        }

    @contextmanager
    def _handle_signals(self) -> Iterator[None]:
        running = asyncio.get_running_loop()
        for number in SIGNALS:
            running.add_signal_handler(
                number, self._reload_newsrooms if number is signal.SIGHUP else self._stop.set
            )
        try:
            yield
        finally:
            for number in SIGNALS:
                running.remove_signal_handler(number)
