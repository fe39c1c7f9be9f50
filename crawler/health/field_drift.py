"""Whether readings of new releases lack what earlier ones had: a redesign, or a reader that broke. Pure.

The newest 5, 10 and 20 releases are compared with up to 200 before them by Fisher's exact test (R. A. Fisher,
"The Design of Experiments", 1935), one-sided: how likely would so few have a field, were they like those
before? A fall must also be by half, since newsrooms post in series, of which chance knows nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from math import comb
from statistics import median

from storage.models import Confidence
from storage.queries.health import FirstReading

WINDOWS = (5, 10, 20)
BASELINE = 200
LEAST_BASELINE = 20
BEYOND_CHANCE = 1e-6  # each new release is tested three times for each field
HALF = 0.5

FIELDS = (
    *("subtitle", "published_on", "byline", "organization", "dateline", "section"),
    *("body", "tags", "images", "links"),
)
LENGTH = "usual_length"  # a body at least half as long as they usually are
TRUSTED = "trusted"  # read by the reader of its platform, not by a generic one


@dataclass(frozen=True, slots=True)
class FieldRate:
    """How many releases have a field, among the newest and among those before."""

    field: str
    recent: int
    recent_of: int
    before: int
    before_of: int
    chance: float  # of so few or fewer among the newest, were they as those before
    is_fallen: bool
    since_at: datetime | None = None  # the first of the newest without it, where it has fallen


def rates(readings: Sequence[FirstReading]) -> tuple[FieldRate, ...]:
    """Return the fill rate of each field, of readings by the time their releases appeared."""
    newest = readings[-(BASELINE + WINDOWS[-1]) :]
    usual = median(one.body_characters for one in newest) if newest else 0
    return tuple(
        _rate(name, newest, [_has(one, name, usual) for one in newest]) for name in (*FIELDS, LENGTH, TRUSTED)
    )


def fallen(found: Sequence[FieldRate]) -> tuple[FieldRate, ...]:
    """Return the fields that fell beyond chance, the least likely first."""
    return tuple(sorted((one for one in found if one.is_fallen), key=lambda one: (one.chance, one.field)))


def chance(few: int, of: int, before: int, before_of: int) -> float:
    """Return how likely at most `few` of the newest have what `before` of those before them had (Fisher)."""
    total, having = of + before_of, few + before
    ways = sum(
        comb(having, n) * comb(total - having, of - n) for n in range(max(0, of - total + having), few + 1)
    )
    return ways / comb(total, of)


def _rate(name: str, readings: Sequence[FirstReading], has: Sequence[bool]) -> FieldRate:
    had = [0, *accumulate(has)]
    compared = [_compared(name, readings, had, size) for size in WINDOWS if len(has) >= size + LEAST_BASELINE]
    if not compared:
        return FieldRate(name, sum(has), len(has), 0, 0, 1.0, is_fallen=False)
    return min((one for one in compared if one.is_fallen), key=lambda one: one.chance, default=compared[-1])


def _compared(name: str, readings: Sequence[FirstReading], had: Sequence[int], size: int) -> FieldRate:
    """Compare the newest so many with those before them; `had` counts from the first on."""
    end, split = len(readings), len(readings) - size
    begin = max(split - BASELINE, 0)
    few, many = had[end] - had[split], had[split] - had[begin]
    is_lower = many > 0 and few / size <= HALF * many / (split - begin)
    likely = chance(few, size, many, split - begin) if is_lower else 1.0
    is_fallen = likely < BEYOND_CHANCE
    lacking = next(one for one in range(split, end) if had[one + 1] == had[one]) if is_fallen else None
    since_at = None if lacking is None else readings[lacking].appeared_at
    return FieldRate(name, few, size, many, split - begin, likely, is_fallen, since_at)


def _has(reading: FirstReading, name: str, usual: float) -> bool:
    if name == LENGTH:
        return reading.body_characters >= HALF * usual
    if name == TRUSTED:
        return reading.confidence != Confidence.LOW
    return name in reading.filled
