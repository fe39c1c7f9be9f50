"""When to look next: at a newsroom, by the hours at which it posts, and at a release, by its age. Pure.

Polls follow the learned hour of the week. The number of polls in an hour goes with the square root of what is
posted in it, which makes the mean wait the shortest for a given number of polls (Cho and Garcia-Molina,
"Effective page refresh policies for Web crawlers", 2003, in the case of Poisson arrivals weighed by need).
"""

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate

from storage.models import PostingState, RemovalPolicy

WEEK_HOURS = 168
HOUR = timedelta(hours=1)
WINDOW = timedelta(days=56)  # how far back a rhythm is learned from
FLOOR = timedelta(minutes=10)  # no newsroom is visited more often
CEILING = timedelta(hours=4)  # none is polled less often in the mean
LIST_EVERY = timedelta(hours=4)  # a listing is read so often where the feed alone would do between
UNKNOWN_POSTS = 0.5  # a day, of a newsroom nobody watched yet: it is polled once an hour
PINNED = 0.2  # of a list
PRIOR_POSTS = 10.0  # at least so many releases at any hour are believed in, beside those that were seen
MOST_PRIOR = 10_000.0
OWN_PART = 0.25  # of what an hour of the week tells itself, beside the same hour of like days
SMOOTH = (0.25, 0.5, 0.25)  # a release before, in and after its hour
LEAST_SHARE = 0.5  # of an even spread that the quietest hour gets: habits change, and so do clocks

LADDER = tuple(timedelta(hours=hours) for hours in (0.25, 1, 4, 12, 24, 72, 168, 336, 720))
SWEEP = timedelta(days=30)  # between looks at what has left the ladder
EARLY = timedelta(hours=12)  # up to this age a look has a visit of its own; later ones ride with a poll
APART = 1.33  # a rung this close to the age at the last look is left out
USUAL_EDITS = 0.05  # a posting: the rate at which the ladder is as written
BELIEF = 20  # postings' worth of the usual rate that a source starts with
TEMPO = (0.5, 2.0)  # how far an edit rate draws the ladder together or apart


@dataclass(frozen=True, slots=True)
class Limits:
    """What a newsroom may cost its host."""

    polls: int = 48  # of one newsroom a day
    requests: float = 600.0  # of one newsroom a day, all in all


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a newsroom."""

    posted: tuple[datetime, ...] = ()  # when releases of the last WINDOW appeared, as far as known
    posts_a_day: float | None = None  # None: nobody can tell yet
    postings: int = 0  # known ones
    edits: int = 0  # of the last WINDOW
    poll_requests: int = 2  # what one poll asks for: feed and listing


@dataclass(frozen=True, slots=True)
class Habit:
    """How a newsroom is to be looked at."""

    polls: tuple[float, ...]  # an hour, for each hour of the week in UTC from Monday's first
    shares: tuple[float, ...]  # of the releases that appear in each of these hours; their sum is 1
    posts_a_day: float
    tempo: float  # what the ladder's ages are multiplied by
    sweep: timedelta  # between looks at what has left the ladder


@dataclass(frozen=True, slots=True)
class Posted:
    """What decides when a release is looked at again."""

    born_at: datetime
    last_look_at: datetime
    state: PostingState = PostingState.LIVE


def habit(past: Past, limits: Limits) -> Habit:
    """Return how a newsroom is to be looked at, within its limits."""
    posts_a_day = UNKNOWN_POSTS if past.posts_a_day is None else past.posts_a_day
    shares = _shares(past.posted)
    rates = _rates(shares, polls_a_day(posts_a_day, limits, past.poll_requests))
    tempo = _tempo(past)
    left = limits.requests - max(map(sum, _days(rates))) * past.poll_requests
    left -= posts_a_day * (1 + len(LADDER))  # the release itself, then each rung
    sweep = max(SWEEP * tempo, timedelta(days=past.postings / max(left, 1.0)))
    return Habit(rates, shares, posts_a_day, tempo, sweep)


def polls_a_day(posts_a_day: float, limits: Limits, poll_requests: int = 2) -> float:
    """Return how often the busiest day is polled: all that is allowed from a release a day on.

    One less than allowed, for a day's edges may fall so that one more comes into it; half of the requests
    are left for releases.
    """
    most = min(limits.polls - 1, limits.requests / 2 / poll_requests)
    return max(min(most, most * math.sqrt(posts_a_day)), min(most, timedelta(days=1) / CEILING))


def next_poll(habit: Habit, last_at: datetime) -> datetime:
    """Return when a newsroom is due that was polled last at an instant."""
    at, need = last_at.astimezone(UTC), 1.0
    while True:
        rate = habit.polls[hour_of_week(at)]
        end = at.replace(minute=0, second=0, microsecond=0) + HOUR
        part = rate * ((end - at) / HOUR)
        if part >= need:
            return at + HOUR * (need / rate)
        at, need = end, need - part


def next_look(posting: Posted, habit: Habit, policy: RemovalPolicy) -> datetime:
    """Return when a release is due: the next rung for its age, sooner for a suspect, else the sweep."""
    if posting.state is PostingState.SUSPECT:
        return posting.last_look_at + max(policy.span / max(policy.looks - 1, 1), FLOOR)
    if posting.state.is_closed:
        return posting.last_look_at + habit.sweep  # it may return
    age = posting.last_look_at - posting.born_at
    rungs = _ladder(habit.tempo)
    place = bisect_left(rungs, max(age * APART, age + FLOOR))
    return posting.born_at + rungs[place] if place < len(rungs) else posting.last_look_at + habit.sweep


def next_visit(posting: Posted, due_at: datetime, habit: Habit) -> datetime | None:
    """Return when a due look wants a visit of its own; None where it waits for the next poll."""
    is_early = due_at - posting.born_at <= EARLY * habit.tempo
    return due_at if posting.state is PostingState.SUSPECT or is_early else None


@lru_cache(maxsize=256)
def _ladder(tempo: float) -> tuple[timedelta, ...]:
    return tuple(rung * tempo for rung in LADDER)


def hour_of_week(at: datetime) -> int:
    """Return the hour of the week, 0 to 167, of an instant in UTC."""
    return at.weekday() * 24 + at.hour


def _shares(posted: Sequence[datetime]) -> tuple[float, ...]:
    """Return which part of the releases each hour of the week brings, never nothing."""
    own, plain = [0.0] * WEEK_HOURS, [0.0] * WEEK_HOURS
    for at in posted:
        hour = hour_of_week(at.astimezone(UTC))
        plain[hour] += 1
        for step, weight in zip((-1, 0, 1), SMOOTH, strict=True):
            own[(hour + step) % WEEK_HOURS] += weight
    alike = [_like_days(own, hour) for hour in range(WEEK_HOURS)]
    even = _evenness(plain) / WEEK_HOURS
    counts = [OWN_PART * a + (1 - OWN_PART) * b + even for a, b in zip(own, alike, strict=True)]
    return tuple(count / sum(counts) for count in counts)


def _like_days(counts: Sequence[float], hour: int) -> float:
    """Return the mean of an hour over the days of its kind, working days or the weekend."""
    days = _kind(hour // 24)
    return sum(counts[day * 24 + hour % 24] for day in days) / len(days)


def _kind(day: int) -> range:
    return range(5) if day < 5 else range(5, 7)


def _evenness(counts: Sequence[float]) -> float:
    """Return how many releases spread evenly the data should be mixed with: many where the hours differ no
    more than chance makes them, few where there is a habit.

    It is the sum of the parameters of a Dirichlet-multinomial, from the inflation of its variance (Mosimann,
    "On the compound multinomial distribution", 1962); hours of like days are taken together.
    """
    total = sum(counts)
    if total < 2:
        return PRIOR_POSTS
    squares = 0.0
    for hour in (*range(24), *range(5 * 24, 6 * 24)):
        share = len(_kind(hour // 24)) / WEEK_HOURS
        squares += (_like_days(counts, hour) * len(_kind(hour // 24)) - total * share) ** 2 / (total * share)
    inflation = squares / 47
    if inflation <= 1:
        return MOST_PRIOR
    return min(max((total - inflation) / (inflation - 1), PRIOR_POSTS), MOST_PRIOR)


def _rates(shares: Sequence[float], polls: float) -> tuple[float, ...]:
    """Return polls an hour, such that no day has more than these."""
    low, high = LEAST_SHARE * polls / 24, HOUR / FLOOR
    roots = [math.sqrt(share) for share in shares]
    scale = min(_scale(day, polls, low, high) for day in _days(roots))
    return tuple(min(max(scale * root, low), high) for root in roots)


def _scale(roots: Sequence[float], polls: float, low: float, high: float) -> float:
    """Return what the roots of a day are to be multiplied by so that its hours have so many polls in all.

    Their sum grows in straight lines: each hour's part from where it leaves `low` until it reaches `high`.
    """
    turns = [(low / root, root) for root in roots] + [(high / root, -root) for root in roots]
    at, had, slope = 0.0, low * len(roots), 0.0
    for turn, change in sorted(turns):
        if had + slope * (turn - at) >= polls:
            break
        at, had, slope = turn, had + slope * (turn - at), slope + change
    return at + (polls - had) / slope if slope > 0 else at


def _days(rates: Sequence[float]) -> Iterator[Sequence[float]]:
    return (rates[start : start + 24] for start in range(0, WEEK_HOURS, 24))


def _tempo(past: Past) -> float:
    recent = min((past.posts_a_day or 0.0) * (WINDOW / timedelta(days=1)), past.postings)
    rate = (past.edits + BELIEF * USUAL_EDITS) / (recent + BELIEF)
    return min(max(math.sqrt(USUAL_EDITS / rate), TEMPO[0]), TEMPO[1])


def most_polls(habit: Habit) -> float:
    """Return how many polls the day with the most has."""
    return max(map(sum, _days(habit.polls)))


def week_of_polls(habit: Habit, start: datetime) -> list[datetime]:
    """Return the polls of a week from an instant on, that instant the first."""
    most = int(most_polls(habit) * 8)
    polls = accumulate(range(most), lambda at, _: next_poll(habit, at), initial=start)
    return [at for at in polls if at < start + timedelta(weeks=1)]


def listings(polls: Sequence[datetime]) -> int:
    """Return at how many of some polls the listing is read, where the feed beside it tells all."""
    count, listed_at = 0, None
    for at in polls:
        if listed_at is None or at - listed_at >= LIST_EVERY:
            count, listed_at = count + 1, at
    return count


def posts_a_day(posted: Sequence[datetime], now: datetime) -> float | None:
    """Return how many releases a newsroom posts, None where none is known; the newest are to come first.

    Of a list that does not reach back through the window, the oldest fifth is left out: a pinned release, or
    the one that happened to end the page, would say how long a quiet time was.
    """
    if not posted:
        return None
    recent = [at for at in posted if now - at <= WINDOW]
    if not recent:
        return 0.0
    if len(posted) - len(recent) > len(posted) * PINNED:
        return len(recent) / (WINDOW / timedelta(days=1))
    reach = recent[: math.ceil(len(recent) * (1 - PINNED))]
    return len(reach) / max((now - reach[-1]) / timedelta(days=1), 1.0)
