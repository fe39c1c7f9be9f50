"""What watching a newsroom will cost and how soon it will notice, before anything runs. Pure.

The spans without a look come from the very rules that the watcher follows (crawler.watch.polling), laid out
for releases born over a week; what happens in a span waits for its end.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from crawler.watch import polling
from crawler.watch.polling import HOUR, LADDER, WEEK_HOURS, Habit, Limits, Past, Posted
from storage.models import RemovalPolicy

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)  # a week's beginning
WEEK = timedelta(weeks=1)
BIRTHS = 28  # releases laid out, each as likely as the others
YEAR = timedelta(days=365)

# At what age a release is changed or taken down, and how often: an assumption, for nobody publishes such
# numbers; the same for all newsrooms, even within each span.
AGES: tuple[tuple[timedelta, float], ...] = (
    (timedelta(hours=1), 0.2),
    (timedelta(days=1), 0.3),
    (timedelta(days=7), 0.3),
    (timedelta(days=30), 0.15),
    (YEAR, 0.05),
)

DENSITIES = tuple(  # from an age to another, in seconds, and what happens in each second between
    (begin.total_seconds(), end.total_seconds(), share / (end - begin).total_seconds())
    for begin, (end, share) in zip((timedelta(0), *(age for age, _ in AGES)), AGES, strict=False)
)

Wait = tuple[float, float, float]  # how likely, and the seconds until a look, at least and at most


@dataclass(frozen=True, slots=True)
class Delay:
    """How long something waits to be noticed."""

    median_s: float
    mean_s: float
    most_s: float  # 95 of 100 are noticed within this


@dataclass(frozen=True, slots=True)
class Forecast:
    """What to expect of watching one newsroom."""

    source: str
    posts_a_day: float
    polls_a_day: float  # on the mean day of a week
    looks_a_day: float  # at releases that are known
    requests_a_day: float
    post: Delay
    edit: Delay
    removal: Delay  # until it is claimed, not until it is suspected


def forecast(source: str, past: Past, limits: Limits, policy: RemovalPolicy) -> Forecast:
    """Return what watching a newsroom costs and how soon it will notice."""
    return replace(_unnamed(past, limits, policy), source=source)


@lru_cache(maxsize=64)  # newsrooms that nobody watched yet have the same past
def _unnamed(past: Past, limits: Limits, policy: RemovalPolicy) -> Forecast:
    habit = polling.habit(past, limits)
    polls = sum(habit.polls) / 7
    looks = habit.posts_a_day * len(LADDER) + past.postings / (habit.sweep / timedelta(days=1))
    week = polling.week_of_polls(habit, MONDAY)
    edit = _delay(list(_look_waits(habit, week, policy)))
    return Forecast(
        source="",
        posts_a_day=habit.posts_a_day,
        polls_a_day=polls,
        looks_a_day=looks,
        requests_a_day=_on_polls(polls, week, past) + habit.posts_a_day + looks,
        post=_delay(list(_poll_waits(habit, week))),
        edit=edit,
        removal=_later(edit, policy.span.total_seconds()),
    )


def _on_polls(polls_a_day: float, week: Sequence[datetime], past: Past) -> float:
    """Return what a day of polls asks for: the feed each time and the listing at times, if there are both."""
    listings = polling.listings(week) / 7 if past.poll_requests > 1 else 0.0
    return polls_a_day + min(listings, polls_a_day)


def _poll_waits(habit: Habit, polls: Sequence[datetime]) -> Iterator[Wait]:
    """Yield the spans between the polls of a week, with the share of releases that appear in them."""
    for begin, end in zip(polls, [*polls[1:], MONDAY + WEEK], strict=True):
        yield _share(habit, begin, end), 0.0, (end - begin).total_seconds()


def _share(habit: Habit, begin: datetime, end: datetime) -> float:
    share = 0.0
    while begin < end:
        until = min(begin.replace(minute=0, second=0, microsecond=0) + HOUR, end)
        share += habit.shares[polling.hour_of_week(begin)] * ((until - begin) / HOUR)
        begin = until
    return share


def _look_waits(habit: Habit, polls: Sequence[datetime], policy: RemovalPolicy) -> Iterator[Wait]:
    """Yield the spans between looks at releases born over a week, by how likely they are changed in them."""
    for born_at in births(habit):
        for young_s, old_s in gaps(born_at, habit, polls, policy):
            yield from _changes(young_s, old_s)
        yield from _sweeps(old_s, old_s - young_s)


def gaps(
    born_at: datetime, habit: Habit, polls: Sequence[datetime], policy: RemovalPolicy
) -> Iterator[tuple[float, float]]:
    """Yield the ages in seconds between which nobody looks at a release, the first sweep the last.

    `polls` are those of a week from MONDAY on.
    """
    look_at, is_swept = _poll_after(polls, born_at), False
    while not is_swept:
        posting = Posted(born_at, look_at)
        due_at = polling.next_look(posting, habit, policy)
        next_at = polling.next_visit(posting, due_at, habit) or _poll_after(polls, due_at)
        yield (look_at - born_at).total_seconds(), (next_at - born_at).total_seconds()
        look_at, is_swept = next_at, due_at - look_at == habit.sweep


def _sweeps(young_s: float, apart_s: float) -> Iterator[Wait]:
    """Yield how likely a release is changed once it is swept: all spans are as long as the first one was."""
    _, end_s, density = DENSITIES[-1]  # no ladder and first sweep end sooner than the last of the ages begins
    whole = max(end_s - young_s, 0.0) // apart_s * apart_s
    yield density * whole, 0.0, apart_s
    yield from _changes(young_s + whole, young_s + whole + apart_s)


def births(habit: Habit) -> Iterator[datetime]:
    """Yield births over a week, as many in an hour as its share says."""
    met = 0.0
    for hour in range(WEEK_HOURS):
        before, met = met, met + habit.shares[hour] * BIRTHS
        yield from (MONDAY + HOUR * (hour + 0.5) for _ in range(int(met + 0.5) - int(before + 0.5)))


def _poll_after(polls: Sequence[datetime], at: datetime) -> datetime:
    """Return the first poll from an instant on, every week being as the first."""
    weeks, into = divmod(at - MONDAY, WEEK)
    place = bisect_left(polls, MONDAY + into)
    return (polls[place] if place < len(polls) else MONDAY + WEEK) + WEEK * weeks


def _changes(young_s: float, old_s: float) -> Iterator[Wait]:
    """Yield how likely a release is changed between two looks, and how long that waits for the second."""
    for begin_s, end_s, density in DENSITIES:
        first_s, last_s = max(young_s, begin_s), min(old_s, end_s)
        if first_s < last_s:
            yield density * (last_s - first_s), old_s - last_s, old_s - first_s


def _later(delay: Delay, more_s: float) -> Delay:
    return Delay(delay.median_s + more_s, delay.mean_s + more_s, delay.most_s + more_s)


def _delay(waits: Sequence[Wait]) -> Delay:
    """Return how long something waits that happens in any of these spans."""
    total = sum(likely for likely, _, _ in waits)
    mean_s = sum(likely * (least_s + most_s) / 2 for likely, least_s, most_s in waits) / total
    median_s, most_s = _quantiles(waits, (total * 0.5, total * 0.95))
    return Delay(median_s, mean_s, most_s)


def _quantiles(waits: Iterable[Wait], parts: Sequence[float]) -> list[float]:
    """Return the seconds within which so much is noticed, for ascending parts of all that is.

    What is noticed grows in straight lines, whose slope changes where a span's waits begin and end.
    """
    turns = sorted(turn for wait in waits for turn in _turns(*wait))
    found: list[float] = []
    slope = within = at_s = 0.0
    for next_s, change in turns:
        reached = within + slope * (next_s - at_s)
        while len(found) < len(parts) and reached >= parts[len(found)]:
            found.append(at_s + (parts[len(found)] - within) / slope)
        at_s, within, slope = next_s, reached, slope + change
    return found + [at_s] * (len(parts) - len(found))  # rounding kept the last from being reached


def _turns(likely: float, least_s: float, most_s: float) -> Iterator[tuple[float, float]]:
    """Yield where the slope of what is noticed changes, and by how much."""
    slope = likely / (most_s - least_s)
    yield least_s, slope
    yield most_s, -slope
