"""Estimates what watching a newsroom costs and how soon it notices changes. No network, no database.

The intervals between looks come from the rules that the watch follows (crawler.watch.polling), laid out for
releases published over a week. A change within an interval is noticed at its end.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from crawler.watch import polling
from crawler.watch.polling import AGE_LADDER, HOUR, WEEK_HOURS, Habit, KnownPosting, Limits, PastActivity
from storage.models import RemovalPolicy

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)  # the start of a model week
WEEK = timedelta(weeks=1)
BIRTHS = 28  # releases in the model week, equally likely
YEAR = timedelta(days=365)

# At what age releases are edited or removed: an assumption, since no such numbers are published. The same for
# all newsrooms, and spread evenly within each interval.
AGES: tuple[tuple[timedelta, float], ...] = (
    (timedelta(hours=1), 0.2),
    (timedelta(days=1), 0.3),
    (timedelta(days=7), 0.3),
    (timedelta(days=30), 0.15),
    (YEAR, 0.05),
)

DENSITIES = tuple(  # from age, to age (seconds), and the share of changes in each second between
    (begin.total_seconds(), end.total_seconds(), share / (end - begin).total_seconds())
    for begin, (end, share) in zip((timedelta(0), *(age for age, _ in AGES)), AGES, strict=False)
)

Wait = tuple[float, float, float]  # probability, and the least and most seconds until a look


@dataclass(frozen=True, slots=True)
class Delay:
    """How long it takes to notice something."""

    median_s: float
    mean_s: float
    most_s: float  # 95 of 100 are noticed within this


@dataclass(frozen=True, slots=True)
class Forecast:
    """What to expect of watching one newsroom."""

    source: str
    posts_a_day: float
    polls_a_day: float  # on the average day of a week
    looks_a_day: float  # at known releases
    requests_a_day: float
    post: Delay
    edit: Delay
    removal: Delay  # until it is reported, not until it is suspected


def forecast_newsroom(source: str, past: PastActivity, limits: Limits, policy: RemovalPolicy) -> Forecast:
    """Return what watching a newsroom costs and how soon it notices changes."""
    return replace(_compute_forecast(past, limits, policy), source=source)


@lru_cache(maxsize=64)  # newsrooms without history share one forecast
def _compute_forecast(past: PastActivity, limits: Limits, policy: RemovalPolicy) -> Forecast:
    habit = polling.learn_habit(past, limits)
    polls = sum(habit.polls) / 7
    looks = habit.posts_a_day * len(AGE_LADDER) + past.postings / (habit.sweep / timedelta(days=1))
    week = polling.list_week_of_polls(habit, MONDAY)
    edit = _measure_delay(list(_list_look_waits(habit, week, policy)))
    return Forecast(
        source="",
        posts_a_day=habit.posts_a_day,
        polls_a_day=polls,
        looks_a_day=looks,
        requests_a_day=_count_poll_requests(polls, week, past) + habit.posts_a_day + looks,
        post=_measure_delay(list(_list_poll_waits(habit, week))),
        edit=edit,
        removal=_add_delay(edit, policy.span.total_seconds()),
    )


def _count_poll_requests(polls_a_day: float, week: Sequence[datetime], past: PastActivity) -> float:
    """Return the requests for a day of polls: the feed each time, now and then the listing."""
    listings = polling.count_listings(week) / 7 if past.poll_requests > 1 else 0.0
    return polls_a_day + min(listings, polls_a_day)


def _list_poll_waits(habit: Habit, polls: Sequence[datetime]) -> Iterator[Wait]:
    """Yield the intervals between the polls of a week, with the share of releases that appear in them."""
    for begin, end in zip(polls, [*polls[1:], MONDAY + WEEK], strict=True):
        yield _sum_shares(habit, begin, end), 0.0, (end - begin).total_seconds()


def _sum_shares(habit: Habit, begin: datetime, end: datetime) -> float:
    share = 0.0
    while begin < end:
        until = min(begin.replace(minute=0, second=0, microsecond=0) + HOUR, end)
        share += habit.shares[polling.get_hour_of_week(begin)] * ((until - begin) / HOUR)
        begin = until
    return share


def _list_look_waits(habit: Habit, polls: Sequence[datetime], policy: RemovalPolicy) -> Iterator[Wait]:
    """Yield the intervals between looks at releases of a week, by the probability of a change in them."""
    for born_at in list_births(habit):
        for young_s, old_s in list_look_gaps(born_at, habit, polls, policy):
            yield from _list_change_waits(young_s, old_s)
        yield from _list_sweep_waits(old_s, old_s - young_s)


def list_look_gaps(
    born_at: datetime, habit: Habit, polls: Sequence[datetime], policy: RemovalPolicy
) -> Iterator[tuple[float, float]]:
    """Yield the ages in seconds between looks at a release, up to the first sweep.

    `polls` are those of a week from MONDAY on.
    """
    look_at, is_swept = _find_poll_after(polls, born_at), False
    while not is_swept:
        posting = KnownPosting(born_at, look_at)
        due_at = polling.find_next_look(posting, habit, policy)
        next_at = polling.find_next_own_visit(posting, due_at, habit) or _find_poll_after(polls, due_at)
        yield (look_at - born_at).total_seconds(), (next_at - born_at).total_seconds()
        look_at, is_swept = next_at, due_at - look_at == habit.sweep


def _list_sweep_waits(young_s: float, apart_s: float) -> Iterator[Wait]:
    """Yield the probability of a change once a release is only swept: all intervals are equally long."""
    _, end_s, density = DENSITIES[-1]  # no ladder ends before the last of the ages begins
    whole = max(end_s - young_s, 0.0) // apart_s * apart_s
    yield density * whole, 0.0, apart_s
    yield from _list_change_waits(young_s + whole, young_s + whole + apart_s)


def list_births(habit: Habit) -> Iterator[datetime]:
    """Yield publication times over a week, distributed as the hours' shares say."""
    met = 0.0
    for hour in range(WEEK_HOURS):
        before, met = met, met + habit.shares[hour] * BIRTHS
        yield from (MONDAY + HOUR * (hour + 0.5) for _ in range(int(met + 0.5) - int(before + 0.5)))


def _find_poll_after(polls: Sequence[datetime], at: datetime) -> datetime:
    """Return the first poll from an instant on; every week is like the first."""
    weeks, into = divmod(at - MONDAY, WEEK)
    index = bisect_left(polls, MONDAY + into)
    return (polls[index] if index < len(polls) else MONDAY + WEEK) + WEEK * weeks


def _list_change_waits(young_s: float, old_s: float) -> Iterator[Wait]:
    """Yield the probability of a change between two ages, and its wait for the look at the second."""
    for begin_s, end_s, density in DENSITIES:
        first_s, last_s = max(young_s, begin_s), min(old_s, end_s)
        if first_s < last_s:
            yield density * (last_s - first_s), old_s - last_s, old_s - first_s


def _add_delay(delay: Delay, more_s: float) -> Delay:
    return Delay(delay.median_s + more_s, delay.mean_s + more_s, delay.most_s + more_s)


def _measure_delay(waits: Sequence[Wait]) -> Delay:
    """Return how long a change within any of these intervals waits."""
    total = sum(likely for likely, _, _ in waits)
    mean_s = sum(likely * (least_s + most_s) / 2 for likely, least_s, most_s in waits) / total
    median_s, most_s = _find_quantiles(waits, (total * 0.5, total * 0.95))
    return Delay(median_s, mean_s, most_s)


def _find_quantiles(waits: Iterable[Wait], parts: Sequence[float]) -> list[float]:
    """Return the seconds within which each of these parts is noticed; `parts` ascend.

    The part noticed grows piecewise linearly; the slope changes where the waits of an interval begin and end.
    """
    turns = sorted(turn for wait in waits for turn in _list_slope_changes(*wait))
    found: list[float] = []
    slope = within = at_s = 0.0
    for next_s, change in turns:
        reached = within + slope * (next_s - at_s)
        while len(found) < len(parts) and reached >= parts[len(found)]:
            found.append(at_s + (parts[len(found)] - within) / slope)
        at_s, within, slope = next_s, reached, slope + change
    return found + [at_s] * (len(parts) - len(found))  # if rounding kept the last from being reached


def _list_slope_changes(likely: float, least_s: float, most_s: float) -> Iterator[tuple[float, float]]:
    """Yield where the slope changes, and by how much."""
    slope = likely / (most_s - least_s)
    yield least_s, slope
    yield most_s, -slope
