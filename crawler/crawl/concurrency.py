"""How many crawls run at once: in all, and per platform, for hosts of one platform often share servers."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

Waiter = tuple[str, asyncio.Future[None]]  # a platform, and what is set when its crawl may begin


class CrawlSlots:
    """Slots for crawls, first come, first served; a crawl that waits for its platform holds up no other.

    Limits may change while crawls run: none is stopped for it.
    """

    def __init__(self, in_all: int, of_platform: int) -> None:
        self.max_crawls = in_all
        self.max_per_platform = of_platform
        self._running: Counter[str] = Counter()  # by platform
        self._waiting: list[Waiter] = []

    def set_limits(self, in_all: int, of_platform: int) -> None:
        """Set the limits that hold from now on."""
        self.max_crawls, self.max_per_platform = in_all, of_platform
        self._admit_waiting()

    @asynccontextmanager
    async def hold_slot(self, platform: str) -> AsyncIterator[None]:
        """Wait for a slot for a crawl of a platform's host, and hold it."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((platform, turn))
        self._admit_waiting()
        try:
            await turn
            yield
        finally:
            self._release_slot(platform, turn)

    def _admit_waiting(self) -> None:
        for waiter in tuple(self._waiting):
            if self._running.total() >= self.max_crawls:
                return
            platform, turn = waiter
            if self._running[platform] < self.max_per_platform and not turn.done():
                self._waiting.remove(waiter)
                self._running[platform] += 1
                turn.set_result(None)

    def _release_slot(self, platform: str, turn: asyncio.Future[None]) -> None:
        if (platform, turn) in self._waiting:  # it gave up before it began
            self._waiting.remove((platform, turn))
            return
        self._running[platform] -= 1
        self._admit_waiting()
