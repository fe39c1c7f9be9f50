"""A newsroom's weeks on a clock of the test's own: what is posted and changed, and who looks when."""

import heapq
import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from crawler.watch import forecast, polling
from crawler.watch.polling import Habit, KnownPosting
from storage.models import PostingState, RemovalPolicy

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
LATE = timedelta(seconds=45)  # at most, of a visit: jitter and the crawl before it

Hour = Callable[[datetime], float]  # how much is posted in an hour, of any measure


def office(at: datetime) -> float:
    """Return the habit of a newsroom that keeps office hours on the east coast, and stray hours."""
    return 1.0 if at.weekday() < 5 and 13 <= at.hour < 22 else 0.01


def around_the_clock(at: datetime) -> float:
    """Return the habit of a newsroom without any."""
    return 1.0


def far_east(at: datetime) -> float:
    """Return the habit of a newsroom in Korea, that also posts on Saturdays."""
    return {5: 0.3, 6: 0.0}.get(at.weekday(), 1.0) if at.hour < 9 else 0.02


def contracts(at: datetime) -> float:
    """Return the habit of a list that appears at five o'clock each working day, and little else."""
    return 20.0 if at.weekday() < 5 and at.hour == 21 else 0.05


def posts(hour: Hour, a_day: float, weeks: int, chance: random.Random, since: datetime) -> list[datetime]:
    """Return when a newsroom posts, hour by hour at random by its habit."""
    hours = [since + timedelta(hours=each) for each in range(weeks * polling.WEEK_HOURS)]
    wanted = a_day * 7 * weeks
    scale = wanted / sum(map(hour, hours))
    return [
        at + timedelta(hours=chance.random())
        for at in hours
        for _ in range(poisson(scale * hour(at), chance))
    ]


def poisson(mean: float, chance: random.Random) -> int:
    """Return how often something happens that happens so often in the mean."""
    return next(n for n, left in enumerate(_waits(mean, chance)) if left < 0)


def _waits(left: float, chance: random.Random) -> Iterator[float]:
    while True:
        left -= chance.expovariate(1.0)
        yield left


def polls(habit: Habit, weeks: int, chance: random.Random, since: datetime) -> list[datetime]:
    """Return when a watcher polls, a little late each time."""
    at, end = since, since + timedelta(weeks=weeks)
    found = []
    while at < end:
        found.append(at)
        at = polling.find_next_poll(habit, at) + LATE * chance.random()
    return found


def after(polled: Sequence[datetime], at: datetime) -> datetime:
    """Return the first poll from an instant on."""
    return polled[bisect_left(polled, at)]


def post_delays(posted: Sequence[datetime], polled: Sequence[datetime]) -> list[float]:
    """Return the seconds until each release was met, those after the last poll left out."""
    return sorted((after(polled, at) - at).total_seconds() for at in posted if at <= polled[-1])


def busiest_day(polled: Sequence[datetime]) -> int:
    """Return how many polls the day with the most had."""
    return max(Counter(at.date() for at in polled).values())


def change_age(chance: random.Random) -> timedelta:
    """Return at what age a release is changed, as the forecast assumes it."""
    spans = [timedelta(0), *(end for end, _ in forecast.AGES)]
    weights = [share for _, share in forecast.AGES]
    begin, end = chance.choices(list(pairwise(spans)), weights)[0]
    return begin + (end - begin) * chance.random()


@dataclass
class Life:
    """One release: when it appeared, when it was changed, and what was noticed."""

    born_at: datetime
    changed_at: datetime
    is_removed: bool
    posting: KnownPosting | None = None
    absent: list[datetime] = field(default_factory=list)
    noticed_at: datetime | None = None

    def look(self, at: datetime, policy: RemovalPolicy) -> None:
        """Look at the release; note a change, or an absence until it is a removal."""
        if at < self.changed_at:
            self.posting = KnownPosting(self.born_at, at)
            return
        self.absent.append(at)
        enough = len(self.absent) >= policy.looks and at - self.absent[0] >= policy.span
        if not self.is_removed or enough:
            self.noticed_at = at
        self.posting = KnownPosting(self.born_at, at, PostingState.SUSPECT)


def change_delays(lives: Sequence[Life], habit: Habit, polled: Sequence[datetime], seed: int) -> list[float]:
    """Return the seconds until each change was noticed, by the watcher's rules; changes before the first
    look are nobody's to notice."""
    chance, policy = random.Random(seed), RemovalPolicy()
    queue = [(after(polled, life.born_at), index) for index, life in enumerate(lives)]
    heapq.heapify(queue)
    while queue:
        at, index = heapq.heappop(queue)
        life = lives[index]
        if life.posting is None and life.changed_at <= at:
            continue
        life.look(at, policy)
        if life.noticed_at is None and life.posting:
            due_at = polling.find_next_look(life.posting, habit, policy)
            own = polling.find_next_own_visit(life.posting, due_at, habit)
            next_at = own + LATE * chance.random() if own else after(polled, due_at)
            heapq.heappush(queue, (next_at, index))
    return sorted(
        (life.noticed_at - life.changed_at).total_seconds() for life in lives if life.noticed_at is not None
    )


def lives(posted: Sequence[datetime], chance: random.Random, *, is_removed: bool) -> list[Life]:
    """Return releases that are each changed once."""
    return [Life(at, at + change_age(chance), is_removed) for at in posted]
