"""Visits of a watch: crawls the due newsrooms of a host one after another and records how it went."""

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scrapy.crawler import AsyncCrawlerRunner

from crawler.clock import HostClocks
from crawler.crawl.concurrency import CrawlSlots
from crawler.crawl.run import CrawlOutcome, CrawlRun
from crawler.runner import execute_run
from crawler.watch.planner import Planner, Visit
from storage.db.timestamps import get_utc_now
from storage.models import Event, Look, Role, Source, StoreError, Verdict
from storage.models.quoting import format_error_line
from storage.tables import hosts

LONGEST_VISIT_S = 3600.0  # of one newsroom; the rest is left for the next visit
LONGEST_WAIT_S = 600.0  # for the next request: a host that wants longer pauses gets few per visit
WARN_AGAIN = timedelta(days=1)
REPEAT_AFTER_S = 600.0  # an error of our own is reported again only after this
MAX_REMEMBERED = 1_000  # error lines
OUTAGE_HOSTS = 5  # in a row without an answer, or all there are: this machine is offline


@dataclass(frozen=True, slots=True)
class WatchListener:
    """Functions that a watch calls while it runs."""

    on_crawl: Callable[[CrawlOutcome, Sequence[Event]], None]  # after each crawl, with its events
    on_message: Callable[[str], None]  # one line about the watch itself
    on_beat: Callable[[], None] = lambda: None  # every few seconds, for periodic work
    on_reload: Callable[[str], None] = lambda line: None  # after a reload, in one line


@dataclass
class VisitLooks:
    """What the looks of one crawl brought."""

    events: list[Event] = field(default_factory=list)
    were_lists_read: bool = False  # feed or listing
    were_lists_asked: bool = False  # one of them, or robots.txt for them
    has_looks: bool = False
    has_host_answered: bool = False

    def add_look(self, look: Look, events: list[Event]) -> None:
        """Add a look and its events."""
        self.events += events
        self.has_looks = True
        self.has_host_answered = self.has_host_answered or look.verdict is not Verdict.UNREACHABLE
        self.were_lists_asked = self.were_lists_asked or look.role.is_list or look.role is Role.ROBOTS
        self.were_lists_read = self.were_lists_read or (look.role.is_list and look.verdict.is_present)

    @property
    def lists_read(self) -> bool | None:
        """Return whether feed or listing could be read; None if neither was requested."""
        return self.were_lists_read if self.were_lists_asked else None


class Outage:
    """Whether this machine is offline: then no host is to blame, and none is visited later for it."""

    def __init__(self) -> None:
        self._unanswered: dict[str, None] = {}  # hosts that did not answer since one did, in order
        self.is_on = False

    def record_unanswered(self, host: str, hosts: int) -> bool:
        """Record that one of so many hosts did not answer; return whether an outage begins with it."""
        self._unanswered[host] = None
        begins = not self.is_on and len(self._unanswered) >= min(OUTAGE_HOSTS, max(hosts, 2))
        self.is_on = self.is_on or begins
        return begins

    def record_answer(self) -> tuple[str, ...]:
        """Record that a host answered; return the hosts that did not during the outage that ends with it."""
        unanswered = tuple(self._unanswered) if self.is_on else ()
        self._unanswered.clear()
        self.is_on = False
        return unanswered


class Visits:
    """The visits of one watch, within the limits on crawls at once."""

    def __init__(
        self,
        planner: Planner,
        listener: WatchListener,
        runner: AsyncCrawlerRunner,
        reschedule: Callable[[str], None],
    ) -> None:
        self.planner = planner
        self.listener = listener
        self.runner = runner
        self.slots = CrawlSlots(planner.config.max_crawls, planner.config.max_platform_crawls)
        self.running: dict[str, CrawlRun | None] = {}  # by host; None: it waits for a slot
        self.crawl_count = 0
        self.stopping = False
        self._reschedule = reschedule  # puts a host on the schedule again
        self._host_clocks = HostClocks()
        self._outage = Outage()
        self._warned: dict[str, datetime] = {}
        self._reported_s: dict[str, float] = {}

    async def visit_host(self, host: str) -> None:
        """Crawl the newsrooms of a host that are due."""
        self.running[host] = None
        try:
            sources = self.planner.hosts[host]
            async with self.slots.hold_slot(sources[0].platform):
                for source in sources:
                    await self._visit_source(host, source)
        finally:
            del self.running[host]

    def stop_visits(self) -> None:
        """Begin no more visits and send no more requests."""
        self.stopping = True
        for run in self.running.values():
            if run is not None:
                run.interrupt_run()

    def report_error(self, subject: str, error: Exception) -> None:
        """Report an error of our own; the same line at most once in ten minutes."""
        reason = format_error_line(error)
        line = reason if isinstance(error, StoreError) else f"{subject}: {reason}"
        now_s = time.monotonic()
        if now_s - self._reported_s.get(line, -math.inf) < REPEAT_AFTER_S:
            return
        if len(self._reported_s) >= MAX_REMEMBERED:
            self._reported_s.clear()
        self._reported_s[line] = now_s
        self.listener.on_message(line)

    async def _visit_source(self, host: str, source: Source) -> None:
        if self.stopping or source not in self.planner.hosts.get(host, ()):  # a reload may have removed it
            return
        try:
            if visit := self.planner.plan_visit(source):
                await self._crawl(host, visit)
        except Exception as error:  # whatever it is: the host's other newsrooms get their turn
            self.report_error(source.id, error)

    def _release_host(self, host: str, at: datetime) -> None:
        """Release a host that an earlier visit of this process still holds: there is no other visit now."""
        store = self.planner.store
        if hosts.is_held_by_this_process(store.db, host):
            with store.writing() as db:
                hosts.free_host(db, host, at)

    async def _crawl(self, host: str, visit: Visit) -> None:
        looks, began_at = VisitLooks(), get_utc_now()
        run = self._build_run(visit, looks)
        self._release_host(host, began_at)
        self.running[host] = run
        end = asyncio.get_running_loop().call_later(LONGEST_VISIT_S, _cut_off, run)
        try:
            result = await execute_run(self.runner, run)
        finally:
            end.cancel()
        self.crawl_count += 1
        try:
            self._record_visit(host, visit, began_at, result, looks)
        finally:
            self.listener.on_crawl(result, looks.events)
        self._warn_of_platform(host, result)

    def _build_run(self, visit: Visit, looks: VisitLooks) -> CrawlRun:
        return CrawlRun(
            visit.source,
            visit.plan,
            self.planner.store,
            self.planner.config,
            on_look=looks.add_look,
            on_events=looks.events.extend,
            witnesses=self._host_clocks,
            max_wait_s=LONGEST_WAIT_S,
            list_interval=self.planner.find_patience(visit.source) / 2,  # a longer gap counts as one
        )

    def _record_visit(
        self, host: str, visit: Visit, began_at: datetime, result: CrawlOutcome, looks: VisitLooks
    ) -> None:
        if visit.source not in self.planner.hosts.get(host, ()):
            return
        if result.deferred:
            self.planner.postpone_visit(visit.source)
        else:
            self.planner.record_visit(
                visit,
                began_at,
                lists_read=None if result.has_own_errors else looks.lists_read,
                feed_covers_listing=result.feed_covers_listing and result.complete,
            )
        if looks.has_host_answered:
            self._visit_soon(self._outage.record_answer())
        elif looks.has_looks and self._outage.record_unanswered(host, len(self.planner.hosts)):
            self.listener.on_message("no host answers: is this machine online? The watch keeps trying")

    def _visit_soon(self, unanswered: Sequence[str]) -> None:
        """Visit hosts soon that did not answer while this machine was offline."""
        if unanswered:
            self.listener.on_message(
                f"hosts answer again: the {len(unanswered)} that did not are visited soon"
            )
        for host in unanswered:
            self.planner.reset_backoff(host)
            if host in self.planner.hosts and host not in self.running:
                self._reschedule(host)

    def _warn_of_platform(self, host: str, result: CrawlOutcome) -> None:
        """Report once a day if many hosts of a platform refuse us."""
        if not result.failures or host not in self.planner.hosts:
            return
        platform, now = self.planner.hosts[host][0].platform, get_utc_now()
        trouble = self.planner.describe_platform_refusals(host)
        if trouble and abs(now - self._warned.get(platform, now - WARN_AGAIN)) >= WARN_AGAIN:
            self._warned[platform] = now
            self.listener.on_message(trouble)


def _cut_off(run: CrawlRun) -> None:
    run.record_failure(
        f"{run.host}: not finished within {LONGEST_VISIT_S / 60:.0f} minutes; the next visit does the rest"
    )
    run.stop_requests()
