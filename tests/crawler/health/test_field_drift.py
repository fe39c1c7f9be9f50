"""Fields that new releases lack, beyond chance."""

import random
from datetime import UTC, datetime, timedelta
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.health import field_drift
from storage.queries.health import FirstReading

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def reading(n: int, *filled: str, characters: int = 3000, confidence: str = "high") -> FirstReading:
    """Return the reading of the n-th release."""
    at = NOW + timedelta(days=n)
    return FirstReading(
        at, at, is_published=True, filled=frozenset(filled), body_characters=characters, confidence=confidence
    )


def readings(*has: bool, field: str = "tags") -> list[FirstReading]:
    """Return readings of which some have a field."""
    return [reading(n, *([field] if one else [])) for n, one in enumerate(has)]


def fallen(found: list[FirstReading]) -> list[str]:
    return [one.field for one in field_drift.find_fallen_fields(field_drift.measure_field_rates(found))]


def test_a_field_that_vanishes_is_noticed_within_five_releases() -> None:
    found = readings(*[True] * 60, *[False] * 5)
    (one,) = field_drift.find_fallen_fields(field_drift.measure_field_rates(found))
    assert (one.field, one.recent, one.recent_of, one.before, one.before_of) == ("tags", 0, 5, 60, 60)
    assert one.since_at == NOW + timedelta(days=60)
    assert fallen(found[:-1]) == []


def test_a_field_that_few_releases_had_is_not_missed() -> None:
    assert fallen(readings(*[True, False, False, False] * 20, *[False] * 20)) == []


def test_a_field_that_becomes_seldom_is_noticed_within_twenty() -> None:
    assert fallen(readings(*[True] * 100, *[True, False, False, False] * 5)) == ["tags"]


def test_a_field_that_comes_back_is_no_alarm_in_the_end() -> None:
    assert fallen(readings(*[True] * 60, *[False] * 5, *[True] * 20)) == []


def test_a_new_field_is_none() -> None:
    assert fallen(readings(*[False] * 60, *[True] * 20)) == []


def test_few_releases_tell_nothing() -> None:
    assert fallen(readings(*[True] * 19, *[False] * 5)) == []


def test_bodies_that_shrink_are_noticed() -> None:
    found = [reading(n, characters=3000 + n) for n in range(60)] + [
        reading(60 + n, characters=200) for n in range(6)
    ]
    assert fallen(found) == [field_drift.LENGTH]


def test_a_generic_reader_is_noticed() -> None:
    found = [reading(n) for n in range(60)] + [reading(60 + n, confidence="low") for n in range(6)]
    assert fallen(found) == [field_drift.TRUSTED]


@given(st.integers(1, 12), st.integers(1, 40), st.data())
def test_the_fewer_of_the_newest_have_it_the_less_likely_it_is(
    size: int, before_of: int, data: st.DataObject
) -> None:
    few, before = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, before_of))
    told = field_drift.compute_chance(few, size, before, before_of)
    assert 0 < told <= field_drift.compute_chance(few + 1, size, before - 1, before_of) <= 1


def test_chance_is_fishers() -> None:
    # None of 3 against all of 4: one way of the 35 in which four of seven may have it.
    assert field_drift.compute_chance(0, 3, 4, 4) == pytest.approx(1 / comb(7, 4))
    assert field_drift.compute_chance(3, 3, 4, 4) == 1.0


@pytest.mark.parametrize("share", [0.97, 0.8, 0.5, 0.2])
def test_chance_alone_is_no_drift(share: float) -> None:
    """A newsroom's field, left to chance: no alarm in 40 lives of 300 releases."""
    chance = random.Random(int(share * 100))
    for _ in range(40):
        has = [chance.random() < share for _ in range(300)]
        found = readings(*has)
        assert not any(fallen(found[:n]) for n in range(25, 300, 11))
