"""The watch itself over a fleet, on an owned clock: started, stopped, started again, sampled each day."""

import asyncio
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, EVENT_JOB_SUBMITTED, JobSubmissionEvent
from scrapy import Request
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response

from benchmarks import growth
from benchmarks.engineless_crawl import EnginelessRunner, Fetch
from benchmarks.fleet_truth import FleetTruth
from benchmarks.growth import Sample, Tables
from benchmarks.server_log import ServerLog
from benchmarks.simulated_clock import SimulatedLoop
from crawler.config import Config
from crawler.crawl.run import CrawlOutcome
from crawler.watch.heartbeat import Heartbeat
from crawler.watch.planner import Planner
from crawler.watch.scheduler import Watcher, WatchListener
from simulator import fleet_pages
from simulator.fleet import START, Fleet
from storage.models import Event, Source
from storage.store import Store

DAY = timedelta(days=1)
CONFIG = Config(contact="endurance@example.org")
OVERDUE = timedelta(hours=1)  # a host that is due for so long, and neither waits for its turn nor is visited


@dataclass
class Jobs:
    """What became of the jobs of a watch."""

    visits: int = 0
    late_s: list[int] = field(default_factory=lambda: [0] * 3601)  # how many began so many seconds late
    missed: int = 0  # dropped by the scheduler
    failed: int = 0  # ended by an error of ours
    began_s: dict[str, float] = field(default_factory=dict)  # of the watch at hand: its first visit to a host
    caught_up_s: list[float] = field(default_factory=list)  # of each watch: until all hosts were visited once
    lost: set[str] = field(default_factory=set)  # hosts that dropped out of the schedule


class FleetWatch:
    """One simulation."""

    def __init__(
        self,
        fleet: Fleet,
        database: Path,
        loop: SimulatedLoop,
        tell: Callable[[Sample], None],
        runner: Callable[[Fetch], AsyncCrawlerRunner] = EnginelessRunner,
    ) -> None:
        self.fleet = fleet
        self.runner = runner
        self.database = database
        self.loop = loop
        self.tell = tell
        self.log = ServerLog(CONFIG)
        self.truth = FleetTruth(fleet)
        self.jobs = Jobs()
        self.samples: list[Sample] = []
        self.first_tables: Tables = {}
        self.lines: list[str] = []
        self._due: dict[str, datetime] = {}
        self._watching_since = START
        self._began_s = time.perf_counter()

    def watch(self, until: datetime) -> None:
        """Watch until a signal at an instant."""
        self._watching_since = utcnow()
        heartbeat, store = Heartbeat.take_lock(self.database), Store.open(self.database)
        try:
            agenda = Planner(store, CONFIG, self.fleet.sources, utcnow)
            watcher = Watcher(
                agenda,
                self._load,
                WatchListener(self._record_events, self.lines.append),
                heartbeat,
                wall=time.monotonic,
                runner=self.runner(self._fetch),
                seed=1,
            )
            watcher._scheduler.add_listener(
                self._record_message, EVENT_JOB_SUBMITTED | EVENT_JOB_MISSED | EVENT_JOB_ERROR
            )
            self.loop.call_at((until - START).total_seconds(), signal.raise_signal, signal.SIGTERM)
            self.loop.run_until_complete(self._watched(watcher, store))
        finally:
            store.close()
            heartbeat.release_lock()

    async def _watched(self, watcher: Watcher, store: Store) -> None:
        sampling = asyncio.get_running_loop().create_task(self._sample(watcher, store))
        assert await watcher.run_until_stopped(), "something was still in flight"
        sampling.cancel()
        self.jobs.caught_up_s.append(max(self.jobs.began_s.values(), default=0.0))
        self.jobs.began_s.clear()

    def _load(self, store: Store) -> tuple[Config, Sequence[Source]]:
        return CONFIG, self.fleet.sources

    def _record_events(self, result: CrawlOutcome, events: Sequence[Event]) -> None:
        self.jobs.visits += 1
        self.truth.record_events(events)
        wrong = [line for line in result.failures if "internal error" in line]
        self.lines += wrong

    def _record_message(self, event: JobSubmissionEvent) -> None:
        if event.code == EVENT_JOB_SUBMITTED:
            self._due[event.job_id] = max(event.scheduled_run_times[0], self._watching_since)
        elif event.code == EVENT_JOB_MISSED:
            self.jobs.missed += 1
        else:
            self.jobs.failed += 1

    async def _fetch(self, request: Request) -> Response:
        """Answer as the host does, after the time it takes."""
        parts = urlsplit(request.url)
        host = self.fleet.hosts[parts.netloc]
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        self._note_begin(host.name)
        now = utcnow()
        self.log.begin(host, target, now)
        asked_by = (request.headers.get("If-None-Match") or b"").decode()
        reply = fleet_pages.answer_request(host, target, now, asked_by)
        await asyncio.sleep(reply.latency_s if reply else CONFIG.timeout_s)
        status = reply.status if reply else None
        self.log.end(host, target, utcnow(), status)
        self.truth.record_answer(host, target, now, status)
        if reply is None:
            raise DownloadTimeoutError("no answer within the time limit")
        headers = {"Content-Type": reply.content_type, **dict(reply.headers)}
        return Response(request.url, reply.status, headers, reply.body, request=request)

    def _note_begin(self, host: str) -> None:
        if due_at := self._due.pop(host, None):
            self.jobs.began_s.setdefault(host, (utcnow() - self._watching_since).total_seconds())
            late_s = max(int((utcnow() - due_at).total_seconds()), 0)
            self.jobs.late_s[min(late_s, len(self.jobs.late_s) - 1)] += 1

    async def _sample(self, watcher: Watcher, store: Store) -> None:
        while True:
            now = utcnow()
            next_at = START + DAY * ((now - START) // DAY + 1)
            await asyncio.sleep((next_at - now).total_seconds())
            self._check(watcher)
            sample = growth.take_sample(
                store,
                (next_at - START).days,
                time.perf_counter() - self._began_s,
                self.log.manners.requests,
                self.jobs.visits,
            )
            self.samples.append(sample)
            self.first_tables = self.first_tables or growth.measure_tables(store)
            self.tell(sample)

    def _check(self, watcher: Watcher) -> None:
        """Look for hosts that are due and that nobody will ever visit."""
        waiting = {job.id: job.next_run_time for job in watcher._scheduler.get_jobs()}
        for host in set(self.fleet.hosts) - set(watcher._running):
            if host not in waiting or waiting[host] < utcnow() - OVERDUE:
                self.jobs.lost.add(host)


def utcnow() -> datetime:
    """Return the time of the simulation."""
    return datetime.now(UTC)
