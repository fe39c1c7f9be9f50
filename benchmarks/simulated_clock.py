"""A clock of our own under asyncio: where nothing is ready, time goes on at once to what is due next.

All that asks for the time in this process gets this clock's (time_machine), so APScheduler and every part of
ours live on it unchanged. Real are `time.monotonic` and `time.perf_counter` alone.
"""

import asyncio
import selectors
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import time_machine

TURN_S = 1e-6  # that a turn of the loop takes: who waits for the rest of a rounding error would wait for ever


class _Selector(selectors.BaseSelector):
    """Looks for what is ready without waiting; the wait is taken off the clock instead."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self.slept_s = 0.0

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Watch a file, as the real one does."""
        return self._selector.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """Watch a file no more."""
        return self._selector.unregister(fileobj)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready; where nothing is, let the time pass that we would have waited."""
        ready = self._selector.select(None if timeout is None else 0)  # None: nothing is due ever again
        self.slept_s += TURN_S if ready else max(timeout or 0.0, TURN_S)
        return ready

    def close(self) -> None:
        """Give the files back."""
        self._selector.close()

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        """Return what is watched."""
        return self._selector.get_map()


class SimulatedLoop(asyncio.SelectorEventLoop):
    """An event loop on a clock that begins at an instant, and the clock of the process with it."""

    def __init__(self, start: datetime, traveller: time_machine.Traveller) -> None:
        self._slept = _Selector()
        self._start_s = start.timestamp()
        self._traveller = traveller
        self._shown_s = -1.0
        super().__init__(self._slept)

    def time(self) -> float:
        """Return the seconds since the start; all clocks of the process are set to it."""
        now_s = self._slept.slept_s
        if now_s != self._shown_s:
            self._shown_s = now_s
            self._traveller.move_to(self._start_s + now_s, tick=False)
        return now_s

    def skip(self, span: timedelta) -> None:
        """Let time pass in which nothing of ours runs."""
        self._slept.slept_s += span.total_seconds()
        self.time()


@contextmanager
def simulate_clock(start: datetime) -> Iterator[SimulatedLoop]:
    """Give an event loop whose time, and the process's, begins at an instant and goes on by itself."""
    with time_machine.travel(start, tick=False) as traveller:
        loop = SimulatedLoop(start, traveller)
        asyncio.set_event_loop(loop)
        try:
            yield loop
        finally:
            asyncio.set_event_loop(None)
            loop.close()
