"""Checks the clock of this machine: it may be set while we run, or be wrong from the start.

Everything stored is ordered by it. A look that a wrong clock puts a year ahead would hide a year of changes.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

JUMP_S = 30.0  # a wall clock this far from the steady one was set, or the machine slept
MAX_DIFFERENCE = timedelta(days=1)  # more than any wrong time zone causes


def parse_http_date(text: str) -> datetime | None:
    """Return the instant of a date in any of HTTP's three forms, or None if it is not a date.

    Source: RFC 9110, section 5.6.7.
    """
    with suppress(ValueError, OverflowError):
        at = parsedate_to_datetime(text)
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    return None


def find_answer_time(headers: Sequence[tuple[str, str]]) -> datetime | None:
    """Return when a response was sent, by the clock of its host; its age in caches is added."""
    values = dict(reversed(headers))
    at, age = parse_http_date(values.get("date", "")), values.get("age", "")
    age_s = int(age[:8]) if age.isascii() and age.isdecimal() else 0
    with suppress(OverflowError):
        return at + timedelta(seconds=age_s) if at else None
    return None


class SteadyClock:
    """Notices when the wall clock is set, by comparing it with the monotonic clock."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._offset_s = wall() - time.monotonic()

    def measure_jump_s(self) -> float:
        """Return by how many seconds the clock was set since the last call; 0.0 if below JUMP_S."""
        offset_s = self._wall() - time.monotonic()
        jump_s = offset_s - self._offset_s
        if abs(jump_s) <= JUMP_S:
            return 0.0
        self._offset_s = offset_s
        return jump_s


class HostClocks:
    """Compares our clock with those of hosts: each response carries the time at which it was made."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._clock = SteadyClock(wall)
        self._agrees: dict[str, bool] = {}

    def is_ours_wrong(self, host: str, theirs: datetime, ours: datetime) -> bool:
        """Record a host's time; return whether our clock is more than a day off.

        It is if this host says so and fewer than half of all hosts agree with our clock. What hosts said
        before our clock was set no longer counts.
        """
        if self._clock.measure_jump_s():
            self._agrees.clear()
        self._agrees[host] = agrees = abs(ours - theirs) <= MAX_DIFFERENCE
        return not agrees and 2 * sum(self._agrees.values()) < len(self._agrees)
