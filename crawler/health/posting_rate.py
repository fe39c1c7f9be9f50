"""How often a newsroom posts, and whether it is silent or posts far more than ever. No network, no database.

Silence: no post for longer than twice the longest gap before, and longer still while few gaps are known. Gaps
in our observation do not count, nor do the days around New Year, when offices are closed. Newsrooms that post
at random, with weekends and holidays, set this off once in 150 years (measured: 8 times in 1,200 years);
tests/crawler/health/test_posting_rate.py simulates them.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from statistics import median

DAY = timedelta(days=1)
FACTOR = 2.0  # times the longest gap, if many gaps are known
FEW_GAPS = 5  # with so many known, twice as much is allowed
MIN_GAPS = 5  # with fewer, or over a shorter time than MIN_HISTORY, UNKNOWN_LIMIT holds
MIN_HISTORY = timedelta(days=28)  # it must hold some weekends
UNKNOWN_LIMIT = timedelta(days=180)
MIN_SILENCE = timedelta(days=2)  # no newsroom is called silent sooner
YEAR_END = (12, 22), (1, 3)  # first day, and the day after the last

SURGE_FACTOR = 3  # times the busiest day
MIN_SURGE = 10  # posts

Interval = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class PostingRate:
    """How often a newsroom posts."""

    posts: int
    last_at: datetime | None = None
    median_gap: timedelta | None = None
    longest_gap: timedelta | None = None
    silence: timedelta | None = None  # since the last post, without time that does not count
    allowed: timedelta | None = None  # from here on it is too long; None: no post is known
    busiest_day: int = 0  # posts, before the last 24 hours
    last_day: int = 0  # posts met as new in the last 24 hours
    surge_from: int | None = None  # posts in 24 hours that make a surge; None: too little is known

    @property
    def is_silent(self) -> bool:
        """Return whether it has been silent for too long."""
        return self.silence is not None and self.allowed is not None and self.silence > self.allowed

    @property
    def is_surging(self) -> bool:
        """Return whether it posts far more than ever before."""
        return self.surge_from is not None and self.last_day >= self.surge_from


class WorkingClock:
    """Counts seconds outside of intervals that do not count."""

    def __init__(self, excluded: Iterable[Interval]) -> None:
        merged = _merge_intervals(sorted((_to_seconds(a), _to_seconds(b)) for a, b in excluded))
        self._starts = [a for a, _ in merged]
        self._ends = [b for _, b in merged]
        self._before = [0.0, *accumulate(b - a for a, b in merged)]

    def count_seconds(self, at: datetime) -> float:
        """Return the seconds counted until an instant, from an arbitrary start."""
        seconds = _to_seconds(at)
        index = bisect_right(self._starts, seconds)
        over = max(self._ends[index - 1] - seconds, 0.0) if index else 0.0
        return seconds - self._before[index] + over


def measure_posting_rate(
    appeared: Sequence[datetime], new: Sequence[datetime], unobserved: Sequence[Interval], at: datetime
) -> PostingRate:
    """Return how often a newsroom posts, as of `at`, the last time its lists were read.

    `appeared`: when its posts appeared, in time order; `new`: those of them met as new; `unobserved`:
    intervals in which its lists could not be read.
    """
    if not appeared:
        return PostingRate(0)
    clock = WorkingClock([*unobserved, *_list_year_ends(appeared[0], at)])
    counted = [clock.count_seconds(one) for one in appeared]
    gaps = [max(b - a, 0.0) for a, b in pairwise(counted)]
    reach_s = counted[-1] - counted[0]
    is_known = len(gaps) >= MIN_GAPS and reach_s >= MIN_HISTORY.total_seconds()
    longest_s = max(gaps, default=0.0)
    days = Counter(one.date() for one in appeared if one <= at - DAY)
    busiest = max(days.values(), default=0)
    return PostingRate(
        posts=len(appeared),
        last_at=appeared[-1],
        median_gap=timedelta(seconds=median(gaps)) if gaps else None,
        longest_gap=timedelta(seconds=longest_s) if gaps else None,
        silence=timedelta(seconds=max(clock.count_seconds(at) - counted[-1], 0.0)),
        allowed=compute_allowed_silence(longest_s, len(gaps)) if is_known else UNKNOWN_LIMIT,
        busiest_day=busiest,
        last_day=sum(at - DAY < one <= at for one in new),
        surge_from=_find_surge_threshold(busiest, unobserved, at) if is_known else None,
    )


def compute_allowed_silence(longest_s: float, gaps: int) -> timedelta:
    """Return how long a newsroom may be silent, given its longest gap and the number of gaps known."""
    return max(timedelta(seconds=longest_s * FACTOR * (1 + FEW_GAPS / gaps)), MIN_SILENCE)


def _find_surge_threshold(busiest: int, unobserved: Sequence[Interval], at: datetime) -> int:
    """Return how many posts in 24 hours make a surge; posts of days that we missed come on top."""
    waited = sum(((b - a) / DAY for a, b in unobserved if b > at - DAY), 0.0)
    return round(max(SURGE_FACTOR * busiest, MIN_SURGE) * (1 + waited))


def _list_year_ends(since: datetime, until: datetime) -> list[Interval]:
    (first_month, first_day), (last_month, last_day) = YEAR_END
    return [
        (
            datetime(year, first_month, first_day, tzinfo=UTC),
            datetime(year + 1, last_month, last_day, tzinfo=UTC),
        )
        for year in range(since.year - 1, until.year + 1)
    ]


def _merge_intervals(intervals: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for a, b in intervals:
        if merged and a <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], b))
        else:
            merged.append((a, b))
    return merged


def _to_seconds(at: datetime) -> float:
    return at.timestamp()
