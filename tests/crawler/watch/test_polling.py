"""When to look next: the promises about polls and looks, held over simulated weeks."""

import random
import statistics
from datetime import timedelta
from itertools import pairwise

import pytest

from crawler.watch import polling
from crawler.watch.polling import AGE_LADDER, SWEEP_INTERVAL, Habit, KnownPosting, Limits, PastActivity
from storage.models import PostingState, RemovalPolicy
from tests.support import simulated_weeks
from tests.support.simulated_weeks import START, Hour

POLICY = RemovalPolicy()
LEARNED_WEEKS, WATCHED_WEEKS = 8, 26
ACTIVE = [
    (simulated_weeks.office, 1.0),
    (simulated_weeks.office, 4.0),
    (simulated_weeks.around_the_clock, 3.0),
    (simulated_weeks.far_east, 2.0),
    (simulated_weeks.contracts, 5.0),
    (simulated_weeks.office, 30.0),
]


def learned(hour: Hour, a_day: float, chance: random.Random, **rest: int) -> Habit:
    """Return the habit that watching a newsroom for some weeks teaches."""
    posted = simulated_weeks.posts(hour, a_day, LEARNED_WEEKS, chance, START - timedelta(weeks=LEARNED_WEEKS))
    return polling.learn_habit(PastActivity(tuple(posted), len(posted) / 7 / LEARNED_WEEKS, **rest), Limits())


@pytest.mark.parametrize(("hour", "a_day"), ACTIVE)
def test_new_posts_of_active_newsrooms_are_found_as_soon_as_promised(hour: Hour, a_day: float) -> None:
    chance = random.Random(f"{hour.__name__} {a_day}")
    habit = learned(hour, a_day, chance)
    polled = simulated_weeks.polls(habit, WATCHED_WEEKS, chance, START)
    delays = simulated_weeks.post_delays(
        simulated_weeks.posts(hour, a_day, WATCHED_WEEKS - 1, chance, START), polled
    )
    interval_s = timedelta(weeks=WATCHED_WEEKS).total_seconds() / len(polled)
    assert simulated_weeks.busiest_day(polled) <= 48
    assert statistics.median(delays) <= interval_s / 2
    assert delays[int(len(delays) * 0.95)] <= 30 * 60


def test_a_newsroom_that_seldom_posts_is_polled_less_but_never_forgotten() -> None:
    rare = polling.learn_habit(PastActivity(posts_a_day=0.02), Limits())
    unknown = polling.learn_habit(PastActivity(), Limits())
    assert sum(rare.polls) / 7 == pytest.approx(47 * 0.02**0.5, rel=0.05)
    assert sum(polling.learn_habit(PastActivity(posts_a_day=0.0), Limits()).polls) / 7 == pytest.approx(
        6, rel=0.05
    )
    assert sum(unknown.polls) / 7 == pytest.approx(47 * 0.5**0.5, rel=0.05)


def test_no_newsroom_is_polled_more_often_than_the_floor_allows() -> None:
    at_five = tuple(START + timedelta(days=day, hours=17) for day in range(40))
    habit = polling.learn_habit(PastActivity(at_five, 1.0), Limits())
    polled = polling.list_week_of_polls(habit, START)
    assert min(b - a for a, b in pairwise(polled)) >= polling.MIN_POLL_INTERVAL - timedelta(seconds=1)


@pytest.mark.parametrize("polls", [6, 12, 48])
def test_polls_keep_to_what_the_user_allows(polls: int) -> None:
    habit = polling.learn_habit(PastActivity(posts_a_day=50), Limits(polls=polls))
    chance = random.Random(polls)
    assert simulated_weeks.busiest_day(simulated_weeks.polls(habit, 4, chance, START)) <= polls


def test_a_release_that_nothing_happens_to_climbs_the_whole_ladder_and_is_swept() -> None:
    habit = polling.learn_habit(PastActivity(), Limits())
    at, ages = START + timedelta(minutes=2), []
    while at - START < timedelta(days=200):
        at = polling.find_next_look(KnownPosting(START, at), habit, POLICY)
        ages.append(at - START)
    assert tuple(ages[: len(AGE_LADDER)]) == AGE_LADDER
    assert {later - earlier for earlier, later in pairwise(ages[8:])} == {SWEEP_INTERVAL}


def test_a_release_found_old_enters_the_ladder_at_its_age() -> None:
    habit = polling.learn_habit(PastActivity(), Limits())
    met_at = START + timedelta(days=5)
    assert polling.find_next_look(KnownPosting(START, met_at), habit, POLICY) == START + timedelta(days=7)


def test_a_newsroom_that_edits_much_is_looked_at_sooner_and_one_that_never_does_later() -> None:
    calm = polling.learn_habit(PastActivity(posts_a_day=2.0, postings=112, edits=0), Limits())
    usual = polling.learn_habit(PastActivity(posts_a_day=2.0, postings=112, edits=6), Limits())
    restless = polling.learn_habit(PastActivity(posts_a_day=2.0, postings=112, edits=60), Limits())
    assert restless.tempo < usual.tempo < calm.tempo
    assert usual.tempo == pytest.approx(1, rel=0.05)
    assert looks(restless) > looks(usual) > looks(calm)


def looks(habit: Habit) -> int:
    """Return how often a release is looked at in its first year."""
    at, count = START, 0
    while at - START < timedelta(days=365):
        at = polling.find_next_look(KnownPosting(START, at), habit, POLICY)
        count += 1
    return count


def test_a_suspect_is_confirmed_as_soon_as_the_policy_allows() -> None:
    habit = polling.learn_habit(PastActivity(), Limits())
    first = at = START + timedelta(days=90)
    for _ in range(POLICY.looks - 1):
        at = polling.find_next_look(KnownPosting(START, at, PostingState.SUSPECT), habit, POLICY)
    assert at - first == POLICY.span


@pytest.mark.parametrize("looks", [1, 100])
def test_no_policy_has_a_suspect_looked_at_more_often_than_the_floor_allows(looks: int) -> None:
    habit = polling.learn_habit(PastActivity(), Limits())
    policy = RemovalPolicy(looks, span=timedelta(minutes=1))
    suspect = KnownPosting(START, START, PostingState.SUSPECT)
    assert polling.find_next_look(suspect, habit, policy) == START + polling.MIN_POLL_INTERVAL


@pytest.mark.parametrize("state", [PostingState.REMOVED, PostingState.MOVED])
def test_what_is_gone_is_looked_at_with_the_sweep(state: PostingState) -> None:
    habit = polling.learn_habit(PastActivity(), Limits())
    assert polling.find_next_look(KnownPosting(START, START, state), habit, POLICY) == START + SWEEP_INTERVAL


def test_only_young_releases_and_suspects_get_visits_of_their_own() -> None:
    habit = polling.learn_habit(PastActivity(), Limits())
    young, old = (KnownPosting(START, START + timedelta(hours=age)) for age in (2, 30))
    suspect = KnownPosting(START, START + timedelta(days=90), PostingState.SUSPECT)
    due = {each: polling.find_next_look(each, habit, POLICY) for each in (young, old, suspect)}
    assert polling.find_next_own_visit(young, due[young], habit) == due[young]
    assert polling.find_next_own_visit(old, due[old], habit) is None
    assert polling.find_next_own_visit(suspect, due[suspect], habit) == due[suspect]


def test_more_releases_than_the_budget_covers_stretch_the_sweep_and_nothing_else() -> None:
    few, many = (
        polling.learn_habit(PastActivity(posts_a_day=1.0, postings=n), Limits()) for n in (100, 100_000)
    )
    assert few.sweep == SWEEP_INTERVAL * few.tempo
    left = 600 - 2 * sum(many.polls[:24]) - 10
    assert many.sweep / timedelta(days=1) == pytest.approx(100_000 / left, rel=0.02)
    assert many.polls == few.polls
