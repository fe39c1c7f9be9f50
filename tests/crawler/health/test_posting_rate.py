"""How often newsrooms post, when they have fallen silent, and when they post far too much."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.health import posting_rate
from crawler.health.posting_rate import WorkingClock
from tests.support import posting_habits

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # given its zone


def every(gap: timedelta, count: int, until: datetime = NOW) -> list[datetime]:
    """Return posts so far apart, the last one at an instant."""
    return [until - gap * n for n in range(count)][::-1]


def test_a_newsroom_is_silent_after_twice_its_longest_gap_and_some_more() -> None:
    appeared = every(DAY * 3, 51)
    allowed = DAY * 3 * 2 * (1 + 5 / 50)
    just_before, just_after = (
        posting_rate.measure_posting_rate(appeared, [], [], NOW + allowed + DAY * d) for d in (-0.01, 0.01)
    )
    assert (just_before.is_silent, just_after.is_silent) == (False, True)
    assert (just_after.longest_gap, just_after.allowed) == (DAY * 3, allowed)


def test_few_known_gaps_allow_for_more() -> None:
    assert (
        posting_rate.compute_allowed_silence(86_400, 5)
        == 2 * posting_rate.compute_allowed_silence(86_400, 10_000_000).total_seconds() // 86_400 * DAY
    )


def test_of_few_posts_little_is_concluded() -> None:
    told = posting_rate.measure_posting_rate(every(DAY * 10, 4), [], [], NOW + DAY * 100)
    assert (told.is_silent, told.surge_from) == (False, None)
    assert posting_rate.measure_posting_rate(every(DAY * 10, 4), [], [], NOW + DAY * 181).is_silent


def test_many_posts_of_a_few_days_tell_nothing_about_weekends() -> None:
    assert not posting_rate.measure_posting_rate(
        every(timedelta(hours=2), 60), [], [], NOW + DAY * 4
    ).is_silent


def test_no_newsroom_is_silent_within_two_days() -> None:
    busy = every(timedelta(hours=2), 500)
    assert not posting_rate.measure_posting_rate(busy, [], [], NOW + DAY * 1.9).is_silent
    assert posting_rate.measure_posting_rate(busy, [], [], NOW + DAY * 2.1).is_silent


def test_time_in_which_nobody_looked_is_no_silence() -> None:
    appeared, away = every(DAY, 60), (NOW + DAY, NOW + DAY * 9)
    assert posting_rate.measure_posting_rate(appeared, [], [], NOW + DAY * 9).is_silent
    told = posting_rate.measure_posting_rate(appeared, [], [away], NOW + DAY * 9.5)
    assert (told.is_silent, told.silence) == (False, DAY * 1.5)


def test_a_gap_in_which_nobody_looked_is_not_learned() -> None:
    early, late = every(DAY, 40), every(DAY, 40, NOW + DAY * 69)
    away = (NOW + DAY * 0.5, NOW + DAY * 29.5)
    assert posting_rate.measure_posting_rate([*early, *late], [], [], late[-1]).longest_gap == DAY * 30
    assert posting_rate.measure_posting_rate([*early, *late], [], [away], late[-1]).longest_gap == DAY


def test_the_turn_of_a_year_is_no_silence() -> None:
    last = datetime(2025, 12, 21, tzinfo=UTC)
    told = posting_rate.measure_posting_rate(
        every(DAY, 60, last), [], [], datetime(2026, 1, 3, 12, tzinfo=UTC)
    )
    assert (told.silence, told.is_silent) == (DAY * 1.5, False)


def test_a_newsroom_without_posts_has_no_pace() -> None:
    assert posting_rate.measure_posting_rate([], [], [], NOW) == posting_rate.PostingRate(0)


@given(
    st.lists(st.tuples(INSTANTS, INSTANTS).map(lambda two: (min(two), max(two))), max_size=6),
    INSTANTS,
    INSTANTS,
)
def test_a_clock_counts_what_is_not_blank(
    blanks: list[tuple[datetime, datetime]], one: datetime, other: datetime
) -> None:
    begin, end = min(one, other), max(one, other)
    counted = WorkingClock(blanks).count_seconds(end) - WorkingClock(blanks).count_seconds(begin)
    marks = sorted({begin, end, *(at for pair in blanks for at in pair if begin < at < end)})
    plain = sum(
        (b - a).total_seconds() for a, b in pairwise(marks) if not any(x <= a and b <= y for x, y in blanks)
    )
    assert counted == pytest.approx(plain, abs=1e-3)


def test_far_more_posts_than_ever_are_a_surge() -> None:
    appeared = every(DAY / 4, 200)
    at = NOW + DAY / 2
    flood = [NOW + timedelta(minutes=n) for n in range(40)]
    told = posting_rate.measure_posting_rate(sorted([*appeared, *flood]), flood, [], at)
    assert (told.is_surging, told.last_day, told.surge_from) == (True, 40, 12)
    assert not posting_rate.measure_posting_rate(
        sorted([*appeared, *flood[:11]]), flood[:11], [], at
    ).is_surging


def test_what_had_waited_for_us_is_no_surge() -> None:
    appeared = every(DAY / 4, 200)
    back = NOW + DAY * 6
    found = [back + timedelta(seconds=n) for n in range(24)]  # six days' worth, met at once
    assert posting_rate.measure_posting_rate([*appeared, *found], found, [], back + DAY / 8).is_surging
    assert not posting_rate.measure_posting_rate(
        [*appeared, *found], found, [(NOW, back)], back + DAY / 8
    ).is_surging


def false_silences(habit: str, a_day: float, seed: int, years: int = 3) -> int:
    """Count how often a newsroom that never died is called silent."""
    appeared = posting_habits.posts(habit, a_day, years, seed)
    return sum(
        posting_rate.measure_posting_rate(appeared[max(n - 500, 0) : n], [], [], appeared[n]).is_silent
        for n in range(1, len(appeared))
        if appeared[n] - appeared[n - 1] > posting_rate.MIN_SILENCE
    )


RATES = (8.0, 3.0, 1.0, 0.4, 0.1)


def test_chance_weekends_and_holidays_are_seldom_called_silence() -> None:
    """Once in forty years of a newsroom; docs/watching.md says so."""
    years = 3
    played = [
        (habit, a_day, seed)
        for habit in ("office", "around the clock")
        for a_day in RATES
        for seed in range(4)
    ]
    alarms = sum(false_silences(habit, a_day, seed, years) for habit, a_day, seed in played)
    assert alarms <= len(played) * years / 40


@pytest.mark.slow
@pytest.mark.parametrize("habit", ["office", "around the clock"])
@pytest.mark.parametrize("a_day", RATES)
def test_no_kind_of_newsroom_is_called_silent_often(habit: str, a_day: float) -> None:
    played, years = range(40), 3
    alarms = sum(false_silences(habit, a_day, seed, years) for seed in played)
    assert alarms <= len(played) * years / 15


@pytest.mark.parametrize("a_day", RATES)
def test_newsrooms_that_go_on_as_ever_do_not_surge(a_day: float) -> None:
    appeared = posting_habits.posts("office", a_day, 3, seed=1)
    for n in range(40, len(appeared), 7):
        known = appeared[max(n - 500, 0) : n + 1]
        assert not posting_rate.measure_posting_rate(known, known, [], appeared[n]).is_surging
