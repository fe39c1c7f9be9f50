"""When to poll a newsroom, and when to look at a release again (`AGE_LADDER`). No network, no database.

Polls follow the hours of the week at which a newsroom posts. The number of polls in an hour grows with the
square root of the posts in it, which gives the shortest mean delay for a given number of polls (Cho and
Garcia-Molina, "Effective page refresh policies for Web crawlers", 2003, Poisson arrivals weighted by need).
"""

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate

from crawler.config import Config
from storage.models import PostingState, RemovalPolicy, Source

# How often a release is looked at, by its age. Each age is multiplied by the newsroom's tempo (TEMPO_RANGE),
# which is learned from how often it edits; after the last age, a look follows every SWEEP_INTERVAL.
AGE_LADDER: tuple[timedelta, ...] = (
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(days=1),
    timedelta(days=3),
    timedelta(days=7),
    timedelta(days=14),
    timedelta(days=30),
)
SWEEP_INTERVAL = timedelta(days=30)
TEMPO_RANGE = (0.5, 2.0)  # how far the edit rate may shrink or stretch the ages
OWN_VISIT_AGE = timedelta(hours=12)  # up to this age a look gets its own visit; later looks join a poll
MIN_AGE_RATIO = 1.33  # an age closer than this to the age at the last look is skipped
USUAL_EDITS = 0.05  # edits per posting: the rate at which the ages are as written
PRIOR_POSTINGS = 20  # a newsroom starts as if so many postings at the usual rate were known

WEEK_HOURS = 168
HOUR = timedelta(hours=1)
WINDOW = timedelta(days=56)  # how far back posting hours are learned from
MIN_POLL_INTERVAL = timedelta(minutes=10)  # no newsroom is visited more often
MAX_POLL_INTERVAL = timedelta(hours=4)  # on average, no newsroom is polled less often
LISTING_INTERVAL = timedelta(hours=4)  # how often the listing is read while the feed covers it
UNKNOWN_POSTS = 0.5  # a day, assumed of a newsroom without history: it is polled about once an hour
PINNED = 0.2  # of a list
PRIOR_POSTS = 10.0  # at least so many evenly spread releases are mixed with those observed
MAX_PRIOR_POSTS = 10_000.0
OWN_WEIGHT = 0.25  # of an hour's own count; the rest is the same hour on similar days
SMOOTHING = (0.25, 0.5, 0.25)  # a release counts for the hour before, its own hour, and the hour after
MIN_SHARE = 0.5  # of an even spread, for the quietest hour: habits change, and so do clocks


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one newsroom may ask of its host in a day."""

    polls: int = 48
    requests: float = 600.0  # of every kind, polls included


@dataclass(frozen=True, slots=True)
class PastActivity:
    """What a newsroom posted and edited until now."""

    posted: tuple[datetime, ...] = ()  # when releases of the last WINDOW appeared, where the hour is known
    posts_a_day: float | None = None  # None: unknown
    postings: int = 0  # all that are known
    edits: int = 0  # in the last WINDOW
    poll_requests: int = 2  # requests for one poll: feed and listing


@dataclass(frozen=True, slots=True)
class Habit:
    """When a newsroom posts, and how often it is polled and its releases are looked at."""

    polls: tuple[float, ...]  # per hour, for each hour of the week in UTC from Monday 00:00
    shares: tuple[float, ...]  # of all releases, for each of these hours; they add up to 1
    posts_a_day: float
    tempo: float  # the ages of AGE_LADDER are multiplied by this
    sweep: timedelta  # between looks at releases older than the last of those ages


@dataclass(frozen=True, slots=True)
class KnownPosting:
    """A release, as far as it decides when the next look is due."""

    born_at: datetime
    last_look_at: datetime
    state: PostingState = PostingState.LIVE


def share_limits(config: Config, sections: int) -> Limits:
    """Return the limits of each newsroom if so many of them share one host's requests."""
    return Limits(config.max_polls, config.max_requests / sections)


def count_poll_requests(source: Source) -> int:
    """Return the number of requests for one poll: the feed, the listing, or both."""
    return sum(url is not None for url in (source.feed_url, source.listing_url))


def learn_habit(past: PastActivity, limits: Limits) -> Habit:
    """Return when a newsroom posts and how often to look at it, within its limits."""
    posts_a_day = UNKNOWN_POSTS if past.posts_a_day is None else past.posts_a_day
    shares = _learn_shares(past.posted)
    rates = _spread_polls(shares, compute_polls_a_day(posts_a_day, limits, past.poll_requests))
    tempo = _learn_tempo(past)
    left = limits.requests - max(map(sum, _split_days(rates))) * past.poll_requests
    left -= posts_a_day * (1 + len(AGE_LADDER))  # the release itself, then each age
    sweep = max(SWEEP_INTERVAL * tempo, timedelta(days=past.postings / max(left, 1.0)))
    return Habit(rates, shares, posts_a_day, tempo, sweep)


def compute_polls_a_day(posts_a_day: float, limits: Limits, poll_requests: int = 2) -> float:
    """Return the polls on the busiest day: as many as allowed from one release a day on.

    One fewer than the limit, because a day may begin so that it holds one poll more. Half of the requests are
    left for releases.
    """
    most = min(limits.polls - 1, limits.requests / 2 / poll_requests)
    return max(min(most, most * math.sqrt(posts_a_day)), min(most, timedelta(days=1) / MAX_POLL_INTERVAL))


def find_next_poll(habit: Habit, last_at: datetime) -> datetime:
    """Return when the next poll is due after one at `last_at`."""
    at, need = last_at.astimezone(UTC), 1.0
    while True:
        rate = habit.polls[get_hour_of_week(at)]
        end = at.replace(minute=0, second=0, microsecond=0) + HOUR
        part = rate * ((end - at) / HOUR)
        if part >= need:
            return at + HOUR * (need / rate)
        at, need = end, need - part


def find_next_look(posting: KnownPosting, habit: Habit, policy: RemovalPolicy) -> datetime:
    """Return when to look at a release again: at the next age of AGE_LADDER, else at the sweep.

    A suspect is looked at sooner.
    """
    if posting.state is PostingState.SUSPECT:
        return posting.last_look_at + max(policy.span / max(policy.looks - 1, 1), MIN_POLL_INTERVAL)
    if posting.state.is_closed:
        return posting.last_look_at + habit.sweep  # it may come back
    age = posting.last_look_at - posting.born_at
    ages = _scale_ladder(habit.tempo)
    index = bisect_left(ages, max(age * MIN_AGE_RATIO, age + MIN_POLL_INTERVAL))
    return posting.born_at + ages[index] if index < len(ages) else posting.last_look_at + habit.sweep


def find_next_own_visit(posting: KnownPosting, due_at: datetime, habit: Habit) -> datetime | None:
    """Return when a due look gets its own visit; None if it waits for the next poll."""
    is_early = due_at - posting.born_at <= OWN_VISIT_AGE * habit.tempo
    return due_at if posting.state is PostingState.SUSPECT or is_early else None


@lru_cache(maxsize=256)
def _scale_ladder(tempo: float) -> tuple[timedelta, ...]:
    return tuple(age * tempo for age in AGE_LADDER)


def get_hour_of_week(at: datetime) -> int:
    """Return the hour of the week, 0 to 167, of an instant in UTC."""
    return at.weekday() * 24 + at.hour


def _learn_shares(posted: Sequence[datetime]) -> tuple[float, ...]:
    """Return the share of releases in each hour of the week; never 0."""
    own, plain = [0.0] * WEEK_HOURS, [0.0] * WEEK_HOURS
    for at in posted:
        hour = get_hour_of_week(at.astimezone(UTC))
        plain[hour] += 1
        for step, weight in zip((-1, 0, 1), SMOOTHING, strict=True):
            own[(hour + step) % WEEK_HOURS] += weight
    alike = [_average_similar_days(own, hour) for hour in range(WEEK_HOURS)]
    even = _weigh_evenness(plain) / WEEK_HOURS
    counts = [OWN_WEIGHT * a + (1 - OWN_WEIGHT) * b + even for a, b in zip(own, alike, strict=True)]
    return tuple(count / sum(counts) for count in counts)


def _average_similar_days(counts: Sequence[float], hour: int) -> float:
    """Return the mean of an hour over similar days: working days, or the weekend."""
    days = _get_similar_days(hour // 24)
    return sum(counts[day * 24 + hour % 24] for day in days) / len(days)


def _get_similar_days(day: int) -> range:
    return range(5) if day < 5 else range(5, 7)


def _weigh_evenness(counts: Sequence[float]) -> float:
    """Return how many evenly spread releases to mix with the data: many if hours differ only by chance.

    This is the sum of the parameters of a Dirichlet-multinomial, from its variance inflation (Mosimann,
    "On the compound multinomial distribution", 1962); the hours of similar days are pooled.
    """
    total = sum(counts)
    if total < 2:
        return PRIOR_POSTS
    squares = 0.0
    for hour in (*range(24), *range(5 * 24, 6 * 24)):
        share = len(_get_similar_days(hour // 24)) / WEEK_HOURS
        squares += (
            _average_similar_days(counts, hour) * len(_get_similar_days(hour // 24)) - total * share
        ) ** 2 / (total * share)
    inflation = squares / 47
    if inflation <= 1:
        return MAX_PRIOR_POSTS
    return min(max((total - inflation) / (inflation - 1), PRIOR_POSTS), MAX_PRIOR_POSTS)


def _spread_polls(shares: Sequence[float], polls: float) -> tuple[float, ...]:
    """Return the polls in each hour of the week; no day has more than `polls`."""
    low, high = MIN_SHARE * polls / 24, HOUR / MIN_POLL_INTERVAL
    roots = [math.sqrt(share) for share in shares]
    scale = min(_find_scale(day, polls, low, high) for day in _split_days(roots))
    return tuple(min(max(scale * root, low), high) for root in roots)


def _find_scale(roots: Sequence[float], polls: float, low: float, high: float) -> float:
    """Return the factor for the roots of a day at which its hours have `polls` polls in all.

    The sum is piecewise linear in the factor: each hour grows from `low` until it reaches `high`.
    """
    turns = [(low / root, root) for root in roots] + [(high / root, -root) for root in roots]
    at, had, slope = 0.0, low * len(roots), 0.0
    for turn, change in sorted(turns):
        if had + slope * (turn - at) >= polls:
            break
        at, had, slope = turn, had + slope * (turn - at), slope + change
    return at + (polls - had) / slope if slope > 0 else at


def _split_days(rates: Sequence[float]) -> Iterator[Sequence[float]]:
    return (rates[start : start + 24] for start in range(0, WEEK_HOURS, 24))


def _learn_tempo(past: PastActivity) -> float:
    recent = min((past.posts_a_day or 0.0) * (WINDOW / timedelta(days=1)), past.postings)
    rate = (past.edits + PRIOR_POSTINGS * USUAL_EDITS) / (recent + PRIOR_POSTINGS)
    return min(max(math.sqrt(USUAL_EDITS / rate), TEMPO_RANGE[0]), TEMPO_RANGE[1])


def count_most_polls(habit: Habit) -> float:
    """Return the number of polls on the day with the most."""
    return max(map(sum, _split_days(habit.polls)))


def list_week_of_polls(habit: Habit, start: datetime) -> list[datetime]:
    """Return the polls of a week from `start` on, `start` being the first."""
    most = int(count_most_polls(habit) * 8)
    polls = accumulate(range(most), lambda at, _: find_next_poll(habit, at), initial=start)
    return [at for at in polls if at < start + timedelta(weeks=1)]


def count_listings(polls: Sequence[datetime]) -> int:
    """Return at how many of these polls the listing is read, if the feed covers it."""
    count, listed_at = 0, None
    for at in polls:
        if listed_at is None or at - listed_at >= LISTING_INTERVAL:
            count, listed_at = count + 1, at
    return count


def estimate_posts_a_day(posted: Sequence[datetime], now: datetime) -> float | None:
    """Return how many releases a newsroom posts a day, or None if none is known; `posted` is newest first.

    If the list does not reach back through WINDOW, its oldest fifth is left out: a pinned release, or the
    last one on the page, would make the time look longer and the newsroom quieter.
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
