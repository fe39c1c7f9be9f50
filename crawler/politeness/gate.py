"""One request a host at a time, and a pause after each: held in the store, so across crawls and processes."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from scrapy.crawler import Crawler

from crawler.crawl.download_errors import Stopped
from crawler.crawl.run import Run
from storage.tables import hosts

SLICE_S = 1.0  # how long a stop may go unnoticed while waiting
POLL_S = 0.05  # between two questions to a gate that another process holds


class Gate:
    """The door to one host after another, for one run."""

    def __init__(self, run: Run, is_stopping: Callable[[], bool]) -> None:
        self.run = run
        self.is_stopping = is_stopping
        self._delays_s: dict[str, float] = {}
        self._left_at: dict[str, datetime] = {}

    def slow_down(self, host: str, delay_s: float) -> None:
        """Heed a host's own wish (Crawl-delay) where it asks for more than we would give."""
        self._delays_s[host] = max(delay_s, self._delays_s.get(host, 0.0))  # the names of a site share a gate

    def delay_s(self, host: str) -> float:
        """Return the pause that a host gets."""
        return max(self.run.config.delay_s, self._delays_s.get(host, 0.0))

    async def enter(self, host: str) -> None:
        """Return when the host may be asked; Stopped when the run ends before that."""
        while True:
            if self.is_stopping():
                self.run.interrupt()
            if self.run.over:
                raise Stopped(f"{host}: the run is over")
            wait_s = self._pause_s(host) or hosts.begin_request(
                self.run.store, host, self.run.owner, self.run.clock(), self.delay_s(host)
            )
            if wait_s <= 0:
                self.run.requests += 1
                return
            if wait_s > self.run.longest_wait_s:
                self.run.fail(f"{host} wants {self.delay_s(host):.0f} s between requests: the rest waits")
                self.run.stop()
            await asyncio.sleep(min(max(wait_s, POLL_S / 10), SLICE_S))

    def leave(self, host: str) -> None:
        """Open the gate for the next request, after the pause."""
        now = self._left_at[host] = self.run.clock()
        hosts.end_request(self.run.store, host, self.run.owner, now)

    def _pause_s(self, host: str) -> float:
        """Return what is left of the pause after our own last request: till then no store need be asked."""
        if host not in self._left_at:
            return 0.0
        passed_s = (self.run.clock() - self._left_at[host]).total_seconds()
        return max(self.delay_s(host) - passed_s, 0.0) if passed_s >= 0 else 0.0  # the clock was set back


def gate_of(crawler: Crawler) -> Gate:
    """Return the gate that all requests of a crawler share."""
    gate = getattr(crawler.spider, "gate", None)
    assert isinstance(gate, Gate)
    return gate
