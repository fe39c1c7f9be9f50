"""Whether new releases lack fields that earlier ones had: a redesign, or a broken parser. Pure functions.

The newest 5, 10 and 20 releases are compared with up to 200 before them by Fisher's exact test (R. A. Fisher,
"The Design of Experiments", 1935), one-sided: how likely would so few have a field if they were like those
before? The rate must also fall by half, because newsrooms post in series, which the test does not model.
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
MIN_BASELINE = 20
MAX_CHANCE = 1e-6  # small: each new release is tested three times for each field
HALF = 0.5

FIELDS = (
    *("subtitle", "published_on", "byline", "organization", "dateline", "section"),
    *("body", "tags", "images", "links"),
)
LENGTH = "usual_length"  # a body at least half as long as they usually are
TRUSTED = "trusted"  # read by the parser of its platform, not by the generic one


@dataclass(frozen=True, slots=True)
class FieldRate:
    """How many releases have a field, among the newest and among those before."""

    field: str
    recent: int
    recent_of: int
    before: int
    before_of: int
    chance: float  # probability of so few or fewer among the newest if nothing changed
    is_fallen: bool
    since_at: datetime | None = None  # the first of the newest without it, if it has fallen


def measure_field_rates(readings: Sequence[FirstReading]) -> tuple[FieldRate, ...]:
    """Return the fill rate of each field; `readings` are in the order of their releases."""
    newest = readings[-(BASELINE + WINDOWS[-1]) :]
    usual = median(one.body_characters for one in newest) if newest else 0
    return tuple(
        _compare_field(name, newest, [_has_field(one, name, usual) for one in newest])
        for name in (*FIELDS, LENGTH, TRUSTED)
    )


def find_fallen_fields(found: Sequence[FieldRate]) -> tuple[FieldRate, ...]:
    """Return the fields of which the rate fell by more than chance explains, the least likely first."""
    return tuple(sorted((one for one in found if one.is_fallen), key=lambda one: (one.chance, one.field)))


def compute_chance(few: int, of: int, before: int, before_of: int) -> float:
    """Return the probability (Fisher) that at most `few` of the newest have what `before` others have."""
    total, having = of + before_of, few + before
    ways = sum(
        comb(having, n) * comb(total - having, of - n) for n in range(max(0, of - total + having), few + 1)
    )
    return ways / comb(total, of)


def _compare_field(name: str, readings: Sequence[FirstReading], has: Sequence[bool]) -> FieldRate:
    had = [0, *accumulate(has)]
    compared = [
        _compare_window(name, readings, had, size) for size in WINDOWS if len(has) >= size + MIN_BASELINE
    ]
    if not compared:
        return FieldRate(name, sum(has), len(has), 0, 0, 1.0, is_fallen=False)
    return min((one for one in compared if one.is_fallen), key=lambda one: one.chance, default=compared[-1])


def _compare_window(name: str, readings: Sequence[FirstReading], had: Sequence[int], size: int) -> FieldRate:
    """Compare the newest `size` releases with those before; `had` counts those with the field so far."""
    end, split = len(readings), len(readings) - size
    begin = max(split - BASELINE, 0)
    few, many = had[end] - had[split], had[split] - had[begin]
    is_lower = many > 0 and few / size <= HALF * many / (split - begin)
    likely = compute_chance(few, size, many, split - begin) if is_lower else 1.0
    is_fallen = likely < MAX_CHANCE
    lacking = next(one for one in range(split, end) if had[one + 1] == had[one]) if is_fallen else None
    since_at = None if lacking is None else readings[lacking].appeared_at
    return FieldRate(name, few, size, many, split - begin, likely, is_fallen, since_at)


def _has_field(reading: FirstReading, name: str, usual: float) -> bool:
    if name == LENGTH:
        return reading.body_characters >= HALF * usual
    if name == TRUSTED:
        return reading.confidence != Confidence.LOW
    return name in reading.filled
