"""What watching a newsroom will cost and how soon it will notice, before anything runs. Pure.

The spans without a look come from the very rules that the watcher follows (crawler.rhythm), laid out for
releases born over a week; what happens in a span waits for its end.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from crawler import rhythm
from crawler.rhythm import HOUR, LADDER, WEEK_HOURS, Habit, Limits, Past, Posted
from storage.judging.lifecycle import Policy

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


def forecast(source: str, past: Past, limits: Limits, policy: Policy) -> Forecast:
    """Return what watching a newsroom costs and how soon it will notice."""
    habit = rhythm.habit(past, limits)
    polls = sum(habit.polls) / 7
    looks = habit.posts_a_day * len(LADDER) + past.postings / (habit.sweep / timedelta(days=1))
    edit = _delay(list(_look_waits(habit, policy)))
    return Forecast(
        source=source,
        posts_a_day=habit.posts_a_day,
        polls_a_day=polls,
        looks_a_day=looks,
        requests_a_day=polls * past.poll_requests + habit.posts_a_day + looks,
        post=_delay(list(_poll_waits(habit))),
        edit=edit,
        removal=_later(edit, policy.span.total_seconds()),
    )


def _poll_waits(habit: Habit) -> Iterator[Wait]:
    """Yield the spans between the polls of a week, with the share of releases that appear in them."""
    polls = rhythm.week_of_polls(habit, MONDAY)
    for begin, end in zip(polls, [*polls[1:], MONDAY + WEEK], strict=True):
        yield _share(habit, begin, end), 0.0, (end - begin).total_seconds()


def _share(habit: Habit, begin: datetime, end: datetime) -> float:
    share = 0.0
    while begin < end:
        until = min(begin.replace(minute=0, second=0, microsecond=0) + HOUR, end)
        share += habit.shares[rhythm.hour_of_week(begin)] * ((until - begin) / HOUR)
        begin = until
    return share


def _look_waits(habit: Habit, policy: Policy) -> Iterator[Wait]:
    """Yield the spans between looks at releases born over a week, by how likely they are changed in them."""
    polls = rhythm.week_of_polls(habit, MONDAY)
    for born_at in _births(habit):
        look_at = _poll_after(polls, born_at)
        while look_at - born_at < YEAR:
            posting = Posted(born_at, look_at)
            due_at = rhythm.next_look(posting, habit, policy)
            next_at = rhythm.next_visit(posting, due_at, habit) or _poll_after(polls, due_at)
            yield from _changes(look_at - born_at, next_at - born_at)
            look_at = next_at


def _births(habit: Habit) -> Iterator[datetime]:
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


def _changes(young: timedelta, old: timedelta) -> Iterator[Wait]:
    """Yield how likely a release is changed between two looks, and how long that waits for the second."""
    begin = timedelta(0)
    for end, share in AGES:
        first, last = max(young, begin), min(old, end)
        if first < last:
            likely = share * ((last - first) / (end - begin))
            yield likely, (old - last).total_seconds(), (old - first).total_seconds()
        begin = end


def _later(delay: Delay, more_s: float) -> Delay:
    return Delay(delay.median_s + more_s, delay.mean_s + more_s, delay.most_s + more_s)


def _delay(waits: Sequence[Wait]) -> Delay:
    """Return how long something waits that happens in any of these spans."""
    total = sum(likely for likely, _, _ in waits)
    mean_s = sum(likely * (least_s + most_s) / 2 for likely, least_s, most_s in waits) / total
    return Delay(_quantile(waits, 0.5), mean_s, _quantile(waits, 0.95))


def _quantile(waits: Sequence[Wait], part: float) -> float:
    wanted = part * sum(likely for likely, _, _ in waits)
    low, high = 0.0, max(most_s for _, _, most_s in waits)
    for _ in range(20):  # seconds, of months
        middle = (low + high) / 2
        within = sum(
            likely * min(max((middle - least_s) / (most_s - least_s), 0.0), 1.0)
            for likely, least_s, most_s in waits
        )
        low, high = (middle, high) if within < wanted else (low, middle)
    return high
