"""How often a newsroom posts, and whether it has fallen silent or posts far more than ever. Pure.

Silence: no post for longer than twice the longest gap before, and longer still while few gaps are known. Time
in which nobody could look does not count, nor do the days around the turn of a year, when offices are closed.
Posts that come by chance, with weekends and holidays, set this off once in 150 years of a newsroom (measured:
8 times in 1,200); tests/crawler/health/test_posting_rate.py plays such newsrooms.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from statistics import median

DAY = timedelta(days=1)
FACTOR = 2.0  # the longest gap, with endlessly many known
FEW = 5  # gaps, with which it is twice as much
FEWEST = 5  # gaps from which something is concluded
UNKNOWN = timedelta(days=180)  # of which too little is known for that
REACH = timedelta(days=28)  # what is known must hold some weekends
SHORTEST = timedelta(days=2)  # no newsroom is called silent sooner
YEAR_END = (12, 22), (1, 3)  # from and to, the latter not included

SURGE = 3  # times the busiest day
LEAST_SURGE = 10  # posts

Interval = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a newsroom posts."""

    posts: int
    last_at: datetime | None = None
    median_gap: timedelta | None = None
    longest_gap: timedelta | None = None
    silence: timedelta | None = None  # since the last post, as far as it counts
    allowed: timedelta | None = None  # before that is too long; None: no post is known
    busiest_day: int = 0  # posts, before the last 24 hours
    last_day: int = 0  # posts in the last 24 hours that were new then
    surge_from: int | None = None  # posts in 24 hours that are far more than ever; None: too little is known

    @property
    def is_silent(self) -> bool:
        """Return whether it has been silent for too long."""
        return self.silence is not None and self.allowed is not None and self.silence > self.allowed

    @property
    def is_surging(self) -> bool:
        """Return whether it posts far more than ever."""
        return self.surge_from is not None and self.last_day >= self.surge_from


class Clock:
    """Counts seconds, but not those in which nobody could look or offices are closed."""

    def __init__(self, blanks: Iterable[Interval]) -> None:
        merged = _merged(sorted((_seconds(a), _seconds(b)) for a, b in blanks))
        self._starts = [a for a, _ in merged]
        self._ends = [b for _, b in merged]
        self._before = [0.0, *accumulate(b - a for a, b in merged)]

    def at(self, at: datetime) -> float:
        """Return the seconds counted until an instant, from no particular one."""
        seconds = _seconds(at)
        place = bisect_right(self._starts, seconds)
        over = max(self._ends[place - 1] - seconds, 0.0) if place else 0.0
        return seconds - self._before[place] + over


def pace(
    appeared: Sequence[datetime], new: Sequence[datetime], blind: Sequence[Interval], at: datetime
) -> Pace:
    """Return how often a newsroom posts, as of the last time that its lists were read.

    `appeared` is when its posts did, by time; `new` those of them that were met as new; `blind` the intervals
    in which nobody could look.
    """
    if not appeared:
        return Pace(0)
    clock = Clock([*blind, *_year_ends(appeared[0], at)])
    counted = [clock.at(one) for one in appeared]
    gaps = [max(b - a, 0.0) for a, b in pairwise(counted)]
    reach_s = counted[-1] - counted[0]
    is_known = len(gaps) >= FEWEST and reach_s >= REACH.total_seconds()
    longest_s = max(gaps, default=0.0)
    days = Counter(one.date() for one in appeared if one <= at - DAY)
    busiest = max(days.values(), default=0)
    return Pace(
        posts=len(appeared),
        last_at=appeared[-1],
        median_gap=timedelta(seconds=median(gaps)) if gaps else None,
        longest_gap=timedelta(seconds=longest_s) if gaps else None,
        silence=timedelta(seconds=max(clock.at(at) - counted[-1], 0.0)),
        allowed=allowed(longest_s, len(gaps)) if is_known else UNKNOWN,
        busiest_day=busiest,
        last_day=sum(at - DAY < one <= at for one in new),
        surge_from=_surge_from(busiest, blind, at) if is_known else None,
    )


def allowed(longest_s: float, gaps: int) -> timedelta:
    """Return how long a newsroom may be silent of which so many gaps are known."""
    return max(timedelta(seconds=longest_s * FACTOR * (1 + FEW / gaps)), SHORTEST)


def _surge_from(busiest: int, blind: Sequence[Interval], at: datetime) -> int:
    """Return how many posts in 24 hours are far more than ever; days that we missed count, too."""
    waited = sum(((b - a) / DAY for a, b in blind if b > at - DAY), 0.0)
    return round(max(SURGE * busiest, LEAST_SURGE) * (1 + waited))


def _year_ends(since: datetime, until: datetime) -> list[Interval]:
    (first_month, first_day), (last_month, last_day) = YEAR_END
    return [
        (
            datetime(year, first_month, first_day, tzinfo=UTC),
            datetime(year + 1, last_month, last_day, tzinfo=UTC),
        )
        for year in range(since.year - 1, until.year + 1)
    ]


def _merged(intervals: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for a, b in intervals:
        if merged and a <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], b))
        else:
            merged.append((a, b))
    return merged


def _seconds(at: datetime) -> float:
    return at.timestamp()
