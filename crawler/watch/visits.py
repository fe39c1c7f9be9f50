"""What a watch does at a host that is due: its newsrooms one after another, whatever one of them brings."""

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scrapy.crawler import AsyncCrawlerRunner

from crawler.clock import Witnesses
from crawler.crawl.concurrency import CrawlSlots
from crawler.crawl.run import CrawlOutcome, CrawlRun
from crawler.crawl.run import format_crawl_error as said_of
from crawler.runner import execute_run
from crawler.sources.hosts import get_source_site
from crawler.watch import observation_gaps
from crawler.watch.outage import Outage
from crawler.watch.planner import Planner, Visit, share_limits, count_poll_requests
from storage.db.timestamps import get_utc_now
from storage.models import Event, Look, Role, Source, StoreError, Verdict
from storage.tables import hosts

LONGEST_VISIT_S = 3600.0  # of one newsroom; the rest is left for the next one, others wait for the place
LONGEST_WAIT_S = 600.0  # for the next request: a host that wants longer pauses gets few a visit
WARN_AGAIN = timedelta(days=1)
SAY_AGAIN_S = 600.0  # the same line, when it is about ourselves
MOST_LINES = 1_000  # remembered for that


@dataclass(frozen=True, slots=True)
class Told:
    """What a watch tells while it runs."""

    result: Callable[[CrawlOutcome, Sequence[Event]], None]  # of each crawl, with all that it brought
    line: Callable[[str], None]  # what happened to the watch itself
    tick: Callable[[], None] = lambda: None  # with each beat: time to do what is done now and then
    reload: Callable[[str], None] = lambda line: None  # that configuration and newsrooms were read again


@dataclass
class Heard:
    """What one crawl brought."""

    events: list[Event] = field(default_factory=list)
    read: bool = False  # feed or listing
    asked: bool = False  # for one of them, or for the leave to do so
    looked: bool = False
    answered: bool = False

    def look(self, look: Look, events: list[Event]) -> None:
        """Take note of a look."""
        self.events += events
        self.looked = True
        self.answered = self.answered or look.verdict is not Verdict.UNREACHABLE
        self.asked = self.asked or look.role.is_list or look.role is Role.ROBOTS
        self.read = self.read or (look.role.is_list and look.verdict.is_present)

    @property
    def lists(self) -> bool | None:
        """Return whether feed or listing could be read; None where the host was not even asked."""
        return self.read if self.asked else None


class Visits:
    """The visits of one watch, within the limits for all of them."""

    def __init__(
        self, agenda: Planner, told: Told, runner: AsyncCrawlerRunner, again: Callable[[str], None]
    ) -> None:
        self.agenda = agenda
        self.told = told
        self.runner = runner
        self.places = CrawlSlots(agenda.config.max_crawls, agenda.config.max_platform_crawls)
        self.running: dict[str, CrawlRun | None] = {}  # None: it waits for its turn
        self.count = 0
        self.stopping = False
        self._again = again  # puts a host on the schedule anew
        self._witnesses = Witnesses()
        self._outage = Outage()
        self._warned: dict[str, datetime] = {}
        self._said: dict[str, float] = {}

    async def host(self, host: str) -> None:
        """Do what is due at a host."""
        self.running[host] = None
        try:
            sources = self.agenda.hosts[host]
            async with self.places.hold_slot(sources[0].platform):
                for source in sources:
                    await self._source(host, source)
        finally:
            del self.running[host]

    def stop(self) -> None:
        """Begin no visit any more, and send no request."""
        self.stopping = True
        for run in self.running.values():
            if run is not None:
                run.interrupt_run()

    def complain(self, what: str, error: Exception) -> None:
        """Tell what went wrong with us, a line each ten minutes."""
        said = said_of(error) if isinstance(error, StoreError) else f"{what}: {said_of(error)}"
        now_s = time.monotonic()
        if now_s - self._said.get(said, -math.inf) < SAY_AGAIN_S:
            return
        if len(self._said) >= MOST_LINES:
            self._said.clear()
        self._said[said] = now_s
        self.told.line(said)

    async def _source(self, host: str, source: Source) -> None:
        if self.stopping or source not in self.agenda.hosts.get(host, ()):  # a reload may have taken it away
            return
        try:
            if visit := self.agenda.plan_visit(source):
                await self._carry_out(host, visit)
        except Exception as error:  # whatever it is: the others of the host get their turn
            self.complain(source.id, error)

    def _free_host(self, host: str, at: datetime) -> None:
        """Give back what an earlier visit of this process left: this is its only visit of the host now."""
        store = self.agenda.store
        if hosts.is_held_by_this_process(store.db, host):
            with store.writing() as db:
                hosts.free_host(db, host, at)

    async def _carry_out(self, host: str, visit: Visit) -> None:
        heard, began_at = Heard(), get_utc_now()
        run = self._run(visit, heard)
        self._free_host(host, began_at)
        self.running[host] = run
        end = asyncio.get_running_loop().call_later(LONGEST_VISIT_S, _cut, run)
        try:
            result = await execute_run(self.runner, run)
        finally:
            end.cancel()
        self.count += 1
        try:
            self._settle(host, visit, began_at, result, heard)
        finally:
            self.told.result(result, heard.events)
        self._warn(host, result)

    def _run(self, visit: Visit, heard: Heard) -> CrawlRun:
        return CrawlRun(
            visit.source,
            visit.plan,
            self.agenda.store,
            self.agenda.config,
            on_look=heard.look,
            on_events=heard.events.extend,
            witnesses=self._witnesses,
            max_wait_s=LONGEST_WAIT_S,
            list_interval=self._lists_apart(visit.source),
        )

    def _lists_apart(self, source: Source) -> timedelta:
        """Return half of how long a list may stay unread: a longer gap is kept as one without a look."""
        alike = self.agenda.hosts.get(get_source_site(source), (source,))  # a reload may have taken it away
        limits = share_limits(self.agenda.config, alike)
        return observation_gaps.patience(limits, count_poll_requests(source)) / 2

    def _settle(self, host: str, visit: Visit, began_at: datetime, result: CrawlOutcome, heard: Heard) -> None:
        if visit.source not in self.agenda.hosts.get(host, ()):
            return
        if result.deferred:
            self.agenda.postpone_visit(visit.source)
        else:
            told_all = result.feed_covers_listing and result.complete
            self.agenda.record_visit(
                visit, began_at, lists_read=None if result.has_own_errors else heard.lists, feed_covers_listing=told_all
            )
        if heard.answered:
            self._hearten(self._outage.answer())
        elif heard.looked and self._outage.silence(host, len(self.agenda.hosts)):
            self.told.line("no host answers: is this machine connected? The watch goes on trying")

    def _hearten(self, silent: Sequence[str]) -> None:
        """Visit hosts soon that seemed silent while it was us who reached nobody."""
        if silent:
            self.told.line(f"hosts answer again: {len(silent)} that did not are visited soon")
        for host in silereset_backoff            self.agenda.hearten(host)
            if host in self.agenda.hosts and host not in self.running:
                self._again(host)

    def _warn(self, host: str, result: CrawlOutcome) -> None:
        """Say once a day when it is not one host that refuses us but its platform."""
        if not result.failures or host not in self.agenda.hosts:
            return
        platform, now = self.agenda.hosts[host][0].platform, get_utc_now()
        trouble = self.agenda.describe_platform_refusals(host)
        if trouble and abs(now - self._warned.get(platform, now - WARN_AGAIN)) >= WARN_AGAIN:
            self._warned[platform] = now
            self.told.line(trouble)


def _cut(run: CrawlRun) -> None:
    run.record_failure(
        f"{run.host}: not done within {LONGEST_VISIT_S / 60:.0f} minutes; the rest is left for the next visit"
    )
    run.stop_requests()
