"""How many crawls are at work at once: in all, and of one platform, whose hosts often share their servers."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

Waiting = tuple[str, asyncio.Future[None]]


class Places:
    """Lets crawls in, first come, first served; whoever waits for a platform holds up no other.

    Limits may change while crawls are at work: nobody is turned out.
    """

    def __init__(self, in_all: int, of_platform: int) -> None:
        self.in_all = in_all
        self.of_platform = of_platform
        self._taken: Counter[str] = Counter()
        self._waiting: list[Waiting] = []

    def limit(self, in_all: int, of_platform: int) -> None:
        """Let so many in from now on."""
        self.in_all, self.of_platform = in_all, of_platform
        self._admit()

    @asynccontextmanager
    async def of(self, platform: str) -> AsyncIterator[None]:
        """Hold a place for a crawl of a platform's host."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((platform, turn))
        self._admit()
        try:
            await turn
            yield
        finally:
            self._leave(platform, turn)

    def _admit(self) -> None:
        for each in tuple(self._waiting):
            if self._taken.total() >= self.in_all:
                return
            platform, turn = each
            if self._taken[platform] < self.of_platform and not turn.done():
                self._waiting.remove(each)
                self._taken[platform] += 1
                turn.set_result(None)

    def _leave(self, platform: str, turn: asyncio.Future[None]) -> None:
        if (platform, turn) in self._waiting:  # it gave up before it was let in
            self._waiting.remove((platform, turn))
            return
        self._taken[platform] -= 1
        self._admit()
