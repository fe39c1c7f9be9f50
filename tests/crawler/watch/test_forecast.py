"""What is told before anything runs comes true on simulated newsrooms."""

import random
import statistics
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.watch import forecast, polling
from crawler.watch.forecast import Delay
from crawler.watch.polling import Limits, PastActivity
from storage.models import RemovalPolicy
from tests.support import simulated_weeks
from tests.support.simulated_weeks import START, Hour

NEWSROOMS = [
    (simulated_weeks.office, 4.0, 224),
    (simulated_weeks.around_the_clock, 0.3, 900),
    (simulated_weeks.far_east, 1.5, 40_000),
]
WEEKS = 70


def past(hour: Hour, a_day: float, postings: int, chance: random.Random) -> PastActivity:
    """Return what eight weeks of a newsroom teach."""
    posted = simulated_weeks.posts(hour, a_day, 8, chance, START - timedelta(weeks=8))
    return PastActivity(tuple(posted), len(posted) / 56, postings, edits=3)


def agrees(told: Delay, delays: list[float]) -> None:
    """Check a forecast against what happened, within 20%."""
    assert statistics.median(delays) == pytest.approx(told.median_s, rel=0.2)
    assert statistics.mean(delays) == pytest.approx(told.mean_s, rel=0.2)
    assert delays[int(len(delays) * 0.95)] <= told.most_s * 1.2


@pytest.mark.parametrize(("hour", "a_day", "postings"), NEWSROOMS)
def test_delays_come_out_as_told(hour: Hour, a_day: float, postings: int) -> None:
    chance = random.Random(f"{hour.__name__} {a_day}")
    known = past(hour, a_day, postings, chance)
    told = forecast.forecast_newsroom("some-news", known, Limits(), RemovalPolicy())
    habit = polling.learn_habit(known, Limits())
    polled = simulated_weeks.polls(habit, WEEKS * 4, chance, START)
    posted = simulated_weeks.posts(hour, 30.0, WEEKS, chance, START)
    agrees(told.post, simulated_weeks.post_delays(posted, polled))
    for delay, is_removed in ((told.edit, False), (told.removal, True)):
        agrees(
            delay,
            simulated_weeks.change_delays(
                simulated_weeks.lives(posted, chance, is_removed=is_removed), habit, polled, 1
            ),
        )


def test_the_cost_is_what_polls_and_looks_ask_for() -> None:
    told = forecast.forecast_newsroom(
        "some-news", PastActivity(posts_a_day=2.0, postings=300), Limits(), RemovalPolicy()
    )
    listings = timedelta(days=1) / polling.LISTING_INTERVAL  # at most: the feed alone is asked between
    assert told.polls_a_day > 5 * listings
    assert told.requests_a_day - told.polls_a_day - 2.0 - told.looks_a_day == pytest.approx(
        listings, rel=0.15
    )
    assert told.looks_a_day == pytest.approx(2.0 * 9 + 300 / (30 * polling.TEMPO_RANGE[1]), rel=0.2)


@pytest.mark.parametrize("postings", [0, 5_000, 500_000])
@pytest.mark.parametrize("a_day", [0.01, 1.0, 20.0])
def test_no_forecast_is_above_the_budget(a_day: float, postings: int) -> None:
    past = PastActivity(posts_a_day=a_day, postings=postings)
    told = forecast.forecast_newsroom("some-news", past, Limits(), RemovalPolicy())
    assert told.requests_a_day <= Limits().requests + 0.001


def test_newsrooms_with_the_same_past_differ_in_their_names_alone() -> None:
    one, other = (
        forecast.forecast_newsroom(name, PastActivity(), Limits(), RemovalPolicy())
        for name in ("a-news", "b-news")
    )
    assert (one.source, other.source) == ("a-news", "b-news")
    assert replace(one, source="b-news") == other


@given(
    st.lists(
        st.tuples(st.floats(0.01, 9), st.floats(0, 1e6), st.floats(1, 1e6)), min_size=1, max_size=30
    ).map(lambda found: [(likely, least, least + more) for likely, least, more in found])
)
def test_half_of_what_happens_is_noticed_within_the_median(waits: list[forecast.Wait]) -> None:
    told = forecast._measure_delay(waits)
    for part, until in ((0.5, told.median_s), (0.95, told.most_s)):
        within = sum(
            likely * min(max((until - least) / (most - least), 0), 1) for likely, least, most in waits
        )
        assert within == pytest.approx(part * sum(likely for likely, _, _ in waits), rel=1e-6)
