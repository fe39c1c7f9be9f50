"""Whether the clock of this machine can be believed: it may be set while we run, or be wrong from the start.

All that is kept is ordered by it. A look that a wrong clock put a year ahead would hide what a year brings.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

JUMP_S = 30.0  # a wall clock that goes this far from the steady one was set, or the machine slept
APART = timedelta(days=1)  # more than any mistaken zone makes


def http_date(text: str) -> datetime | None:
    """Return the instant of a date in any of HTTP's three forms, or None for what is none.

    Source: RFC 9110, section 5.6.7.
    """
    with suppress(ValueError, OverflowError):
        told = parsedate_to_datetime(text)
        return told.replace(tzinfo=told.tzinfo or UTC).astimezone(UTC)
    return None


def answered_at(headers: Sequence[tuple[str, str]]) -> datetime | None:
    """Return the time of an answer by the clock of its host, also where a cache kept it for a while."""
    values = dict(reversed(headers))
    at, age = http_date(values.get("date", "")), values.get("age", "")
    kept_s = int(age[:8]) if age.isascii() and age.isdecimal() else 0
    with suppress(OverflowError):
        return at + timedelta(seconds=kept_s) if at else None
    return None


class SteadyClock:
    """Notices when the clock on the wall is set, by the one that only ever goes on."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._offset_s = wall() - time.monotonic()

    def jump_s(self) -> float:
        """Return by how many seconds the clock was set since this was asked last; 0.0 for a little."""
        offset_s = self._wall() - time.monotonic()
        jump_s = offset_s - self._offset_s
        if abs(jump_s) <= JUMP_S:
            return 0.0
        self._offset_s = offset_s
        return jump_s


class Witnesses:
    """What the clocks of hosts say about ours: each answer carries the time at which it was made."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._clock = SteadyClock(wall)
        self._agrees: dict[str, bool] = {}

    def deny(self, host: str, theirs: datetime, ours: datetime) -> bool:
        """Tell whether our clock is days off: this host says so, and not half of the others disagree.

        What hosts said before our clock was set counts no more.
        """
        if self._clock.jump_s():
            self._agrees.clear()
        self._agrees[host] = agrees = abs(ours - theirs) <= APART
        return not agrees and 2 * sum(self._agrees.values()) < len(self._agrees)
