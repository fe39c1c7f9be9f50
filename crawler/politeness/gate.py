"""One request a host at a time, and a pause after each.

The database holds the gates of all hosts, so that this is so across crawls and processes.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime

from scrapy.crawler import Crawler

from crawler.crawl.download_errors import RunStoppedError
from crawler.crawl.run import CrawlRun
from storage.store import Store
from storage.tables import hosts
from storage.tables.hosts import HostClaim

SLICE_S = 1.0  # how long a stop may go unnoticed while waiting
POLL_S = 0.05  # a tenth of it is the shortest wait


class Gate:
    """The gates of the hosts that one run asks."""

    def __init__(self, run: CrawlRun, is_stopping: Callable[[], bool]) -> None:
        self.run = run
        self.is_stopping = is_stopping
        self._delays_s: dict[str, float] = {}
        self._left_at: dict[str, datetime] = {}

    def slow_down(self, host: str, delay_s: float) -> None:
        """Make the pause of a host as long as its robots.txt asks (Crawl-delay), where ours is shorter."""
        self._delays_s[host] = max(delay_s, self._delays_s.get(host, 0.0))  # all names of a site share a gate

    def get_delay_s(self, host: str) -> float:
        """Return the pause after each request to a host, in seconds."""
        return max(self.run.config.delay_s, self._delays_s.get(host, 0.0))

    async def enter_host(self, host: str) -> None:
        """Wait until the host may be asked, and take its gate. RunStoppedError when the run ends first."""
        while True:
            if self.is_stopping():
                self.run.interrupt_run()
            if self.run.is_over:
                raise RunStoppedError(f"{host}: the run is over")
            wait_s = self._compute_pause_s(host) or try_gate(
                self.run.store, self._make_claim(host, self.run.clock()), self.get_delay_s(host)
            )
            if wait_s <= 0:
                self.run.count_request()
                return
            if wait_s > self.run.max_wait_s:
                pause_s = self.get_delay_s(host)
                self.run.record_failure(f"{host} wants {pause_s:.0f} s between requests: the rest waits")
                self.run.stop_requests()
            await asyncio.sleep(min(max(wait_s, POLL_S / 10), SLICE_S))

    def leave_host(self, host: str) -> None:
        """Give the gate back after a request; the pause begins."""
        now = self._left_at[host] = self.run.clock()
        # Not synced: after a loss of power the gate is free in any case. Who held it did so before this start
        # of the machine, and starting takes longer than any pause.
        with self.run.store.writing_unsynced() as db:
            hosts.release_gate(db, self._make_claim(host, now))

    def _make_claim(self, host: str, at: datetime) -> HostClaim:
        return HostClaim(host, self.run.owner, at)

    def _compute_pause_s(self, host: str) -> float:
        """Return the seconds that are left of the pause after our own last request, without the database."""
        if host not in self._left_at:
            return 0.0
        passed_s = (self.run.clock() - self._left_at[host]).total_seconds()
        return max(self.get_delay_s(host) - passed_s, 0.0) if passed_s >= 0 else 0.0  # the clock was set back


def try_gate(store: Store, claim: HostClaim, delay_s: float) -> float:
    """Take the gate of a host and return 0.0, or return the seconds after which to ask again.

    Waiting only reads. A gate that is free is taken in one statement without a sync to disk; what that cannot
    decide (see `hosts.take_gate`) is decided under the write lock.
    """
    wait_s = hosts.compute_gate_wait_s(store.db, claim, delay_s)
    if wait_s > 0:
        return wait_s
    with store.writing_unsynced() as db:
        if hosts.take_gate(db, claim, delay_s):
            return 0.0
    with store.writing() as db:
        return hosts.take_gate_locked(db, claim, delay_s)


def get_gate(crawler: Crawler) -> Gate:
    """Return the gate that all requests of a crawler share."""
    gate = getattr(getattr(crawler.spider, "session", None), "gate", None)
    assert isinstance(gate, Gate)
    return gate
