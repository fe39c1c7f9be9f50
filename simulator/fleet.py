"""A thousand small newsrooms, for simulations of weeks: what each posts, edits and takes down, its bad days.

All follows from a seed. Of a release is kept when it appears, when it is changed and how: three numbers. Its
words, its page, the lists and feeds are made when they are asked for, and the same each time.
"""

import math
import random
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from crawler.watch import forecast
from storage.models import Confidence, Source

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
DAY_S, HOUR_S, WEEK_HOURS = 86_400.0, 3_600.0, 168
NEVER = math.inf
FEWEST_POSTS, MOST_POSTS = 0.05, 10.0
HISTORY_DAYS, HISTORY_POSTS = 60.0, 14  # posted before the first day: at least so much of each
FEEDS = 0.65  # of the newsrooms
NUMBERED_FROM = 500 * DAY_S  # before the start: article numbers are counts of seconds since then
MOST_SECTIONS = 8


def office_habit(hour: int) -> float:
    """Return the habit of a newsroom that keeps office hours on the east coast, by hour of the week."""
    return 1.0 if hour // 24 < 5 and 13 <= hour % 24 < 22 else 0.01


def around_the_clock(hour: int) -> float:
    """Return the habit of a newsroom without any."""
    return 1.0


def far_east(hour: int) -> float:
    """Return the habit of a newsroom in Korea, that also posts on Saturdays."""
    return {5: 0.3, 6: 0.0}.get(hour // 24, 1.0) if hour % 24 < 9 else 0.02


def contracts_habit(hour: int) -> float:
    """Return the habit of a list that appears at five o'clock each working day, and little else."""
    return 20.0 if hour // 24 < 5 and hour % 24 == 21 else 0.05


HABITS: Sequence[tuple[Callable[[int], float], float]] = (
    (office_habit, 0.6),
    (around_the_clock, 0.2),
    (far_east, 0.15),
    (contracts_habit, 0.05),
)


@dataclass(frozen=True, slots=True)
class Law:
    """How much newsrooms post, and how many releases are changed."""

    median_posts: float = 0.2  # a day, of a lognormal law, for newsrooms differ
    spread: float = 1.2
    edited: float = 0.08  # of all releases
    removed: float = 0.03


USUAL = Law()


@dataclass(frozen=True, slots=True)
class Spell:
    """A time in which a host does not answer as it should."""

    begin_s: float
    end_s: float
    kind: str  # blocked, throttled, broken, robots or dead


@dataclass(frozen=True, slots=True)
class Trouble:
    """A sort of bad day: which share of the hosts has one, and how many hours it lasts."""

    kind: str
    share: float
    hours: tuple[float, float]


TROUBLES = (
    Trouble("blocked", 0.03, (6, 24)),
    Trouble("throttled", 0.03, (1, 6)),
    Trouble("broken", 0.05, (1, 12)),
    Trouble("robots", 0.02, (1, 6)),
    Trouble("dead", 0.01, (168, 168)),
)


@dataclass(slots=True)
class Newsroom:
    """One section of a host; the arrays go by release, the oldest first."""

    source: Source
    place: int  # on its host
    posts_a_day: float
    born: "array[float]"  # seconds since the start
    changed: "array[float]"
    removed: bytearray  # 1 where the change takes it down

    @property
    def path(self) -> str:
        """Return where it is on its host."""
        return f"/News/Section{self.place}/"

    def number(self, index: int) -> int:
        """Return the article number of a release; they rise with time across the sections of a host."""
        return int(self.born[index] + NUMBERED_FROM) * MOST_SECTIONS + self.place

    def index(self, number: int) -> int | None:
        """Return the release that a number names, None for none of ours."""
        second, place = divmod(number, MOST_SECTIONS)
        found = bisect_left(self.born, second - NUMBERED_FROM)
        is_ours = place == self.place and found < len(self.born) and self.number(found) == number
        return found if is_ours else None

    def shown(self, at_s: float) -> Iterator[int]:
        """Yield the releases that stand in the lists at an instant, the newest first."""
        for index in range(bisect_right(self.born, at_s) - 1, -1, -1):
            if not (self.removed[index] and self.changed[index] <= at_s):
                yield index


@dataclass(slots=True)
class Host:
    """What answers under one name."""

    name: str
    newsrooms: list[Newsroom] = field(default_factory=list)
    spells: list[Spell] = field(default_factory=list)
    crawl_delay_s: int = 0
    hides: bool = False  # robots.txt disallows a part of the site that its lists link to
    tags: bool = False  # gives validators, and answers 304

    def spell(self, at_s: float) -> Spell | None:
        """Return what is wrong with the host at an instant."""
        return next((one for one in self.spells if one.begin_s <= at_s < one.end_s), None)

    def by_number(self, number: int) -> tuple[Newsroom, int] | None:
        """Return the newsroom and the release that an article number names."""
        place = number % MOST_SECTIONS
        newsroom = self.newsrooms[place] if place < len(self.newsrooms) else None
        index = newsroom.index(number) if newsroom else None
        return None if newsroom is None or index is None else (newsroom, index)


@dataclass(frozen=True, slots=True)
class Fleet:
    """All hosts by name."""

    hosts: dict[str, Host]

    @property
    def newsrooms(self) -> list[Newsroom]:
        """Return all newsrooms, host by host."""
        return [one for host in self.hosts.values() for one in host.newsrooms]

    @property
    def sources(self) -> list[Source]:
        """Return what is to be watched."""
        return [one.source for one in self.newsrooms]


def make_fleet(newsrooms: int, days: float, law: Law = USUAL, *, seed: int = 1) -> Fleet:
    """Return so many newsrooms with their posts of so many days, and what was posted before."""
    chance = random.Random(seed)
    hosts: dict[str, Host] = {}
    left = newsrooms
    while left:
        host = Host(f"www.unit{len(hosts):04}.example.mil")
        sections = min(left, chance.choices((1, 2, 5), (0.9, 0.09, 0.01))[0])
        host.newsrooms += [_newsroom((host.name, place), days, law, chance) for place in range(sections)]
        host.crawl_delay_s = chance.choices((0, 5, 10), (0.94, 0.04, 0.02))[0]
        host.hides = chance.random() < 0.02
        host.tags = chance.random() < 0.5
        host.spells += _draw_spells(days, chance)
        hosts[host.name] = host
        left -= sections
    return Fleet(hosts)


def _newsroom(where: tuple[str, int], days: float, law: Law, chance: random.Random) -> Newsroom:
    posts_a_day = min(
        max(chance.lognormvariate(math.log(law.median_posts), law.spread), FEWEST_POSTS), MOST_POSTS
    )
    (habit,) = chance.choices([one for one, _ in HABITS], [share for _, share in HABITS])
    before = max(HISTORY_DAYS, HISTORY_POSTS / posts_a_day)
    born = array("d", _draw_births(habit, posts_a_day, (-before, days), chance))
    fates = chance.choices((0, 1, 2), (1 - law.edited - law.removed, law.edited, law.removed), k=len(born))
    ages = (_draw_edit_age(chance) if fate else NEVER for fate in fates)
    changed = array("d", (at + age for at, age in zip(born, ages, strict=True)))
    removed = bytearray(fate == 2 for fate in fates)
    source = _source(*where, has_feed=chance.random() < FEEDS)
    return Newsroom(source, where[1], posts_a_day, born, changed, removed)


def _source(host: str, place: int, *, has_feed: bool) -> Source:
    feed = f"https://{host}/DesktopModules/ArticleCS/RSS.ashx?ContentType=1&Site=7&Category={place}"
    return Source(
        id=f"{host.split('.')[1]}-{place}",
        host=host,
        organization=f"Example unit of {host}",
        branch="Joint",
        platform="afpims",
        section=f"Section {place}",
        listing_url=f"https://{host}/News/Section{place}/",
        feed_url=feed if has_feed else None,
        confidence=Confidence.HIGH,
    )


def _draw_births(
    habit: Callable[[int], float], posts_a_day: float, span: tuple[float, float], chance: random.Random
) -> list[float]:
    """Return when a newsroom posts from one day to another, no two releases in the same second."""
    weights = [habit(hour) for hour in range(WEEK_HOURS)]
    first, last = math.floor(span[0] / 7), math.ceil(span[1] / 7)
    born: set[int] = set()
    for week in range(first, last):
        count = _draw_poisson(posts_a_day * 7, chance)
        hours = chance.choices(range(WEEK_HOURS), weights, k=count)
        born |= {int((week * WEEK_HOURS + hour + chance.random()) * HOUR_S) for hour in hours}
    return sorted(float(at) for at in born if span[0] <= at / DAY_S < span[1])


def _draw_poisson(mean: float, chance: random.Random) -> int:
    count, waited = 0, chance.expovariate(1.0)
    while waited < mean:
        count, waited = count + 1, waited + chance.expovariate(1.0)
    return count


def _draw_edit_age(chance: random.Random) -> float:
    """Return at what age a release is changed, in seconds, by the law that the forecast assumes."""
    ends = [timedelta(0), *(end for end, _ in forecast.AGES)]
    (span,) = chance.choices(list(pairwise(ends)), [share for _, share in forecast.AGES])
    return (span[0] + (span[1] - span[0]) * chance.random()).total_seconds()


def _draw_spells(days: float, chance: random.Random) -> Iterator[Spell]:
    for trouble in TROUBLES:
        if chance.random() < trouble.share:
            begin_s = chance.uniform(1.0, max(days - 1.0, 1.0)) * DAY_S
            yield Spell(begin_s, begin_s + chance.uniform(*trouble.hours) * HOUR_S, trouble.kind)
