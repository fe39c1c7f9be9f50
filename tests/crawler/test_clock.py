"""A clock that is wrong is noticed before anything is kept by it."""

import time
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from crawler import clock
from crawler.clock import MAX_DIFFERENCE, HostClocks, SteadyClock
from tests.support.make_looks import START

YEAR = timedelta(days=365)
HOSTS = ("one.example.mil", "two.example.mil", "three.example.mil")


class Wall:
    """A clock that somebody sets."""

    def __init__(self) -> None:
        self.set_by_s = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.set_by_s


def test_a_clock_that_is_set_is_noticed_once() -> None:
    wall = Wall()
    steady = SteadyClock(wall)
    assert steady.measure_jump_s() == 0
    wall.set_by_s = -3600
    assert round(steady.measure_jump_s()) == -3600
    assert steady.measure_jump_s() == 0


@given(st.lists(st.floats(-clock.JUMP_S / 2, clock.JUMP_S / 2), max_size=5))
def test_what_is_noticed_adds_up_to_what_was_set(steps_s: list[float]) -> None:
    wall = Wall()
    steady = SteadyClock(wall)
    noticed_s = 0.0
    for set_by_s in accumulate(steps_s):
        wall.set_by_s = set_by_s
        noticed_s += steady.measure_jump_s()
    assert abs(sum(steps_s) - noticed_s) <= clock.JUMP_S + 1


def test_a_single_host_that_says_we_are_days_off_is_believed() -> None:
    witnesses = HostClocks()
    assert not witnesses.is_ours_wrong(HOSTS[0], START, START + MAX_DIFFERENCE)
    assert HostClocks().is_ours_wrong(HOSTS[0], START, START + YEAR)
    assert HostClocks().is_ours_wrong(HOSTS[0], START, START - YEAR)


def test_a_host_whose_own_clock_is_wrong_is_outvoted() -> None:
    witnesses = HostClocks()
    assert not witnesses.is_ours_wrong(HOSTS[0], START, START)
    assert not witnesses.is_ours_wrong(HOSTS[1], START - YEAR, START)
    assert witnesses.is_ours_wrong(HOSTS[2], START - YEAR, START)
    assert not witnesses.is_ours_wrong(HOSTS[2], START, START)


def test_what_hosts_said_before_the_clock_was_set_counts_no_more() -> None:
    wall = Wall()
    witnesses = HostClocks(wall)
    for host in HOSTS:
        assert not witnesses.is_ours_wrong(host, START, START)
    wall.set_by_s = YEAR.total_seconds()
    assert witnesses.is_ours_wrong(HOSTS[0], START, START + YEAR)
    wall.set_by_s = 0.0
    assert not witnesses.is_ours_wrong(HOSTS[0], START, START)


def test_an_answer_from_a_cache_was_made_before_it_was_kept() -> None:
    day = ("date", "Sun, 01 Mar 2026 12:00:00 GMT")
    made_at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert clock.find_answer_time([day]) == made_at
    assert clock.find_answer_time([day, ("age", "86400")]) == made_at + timedelta(days=1)
    assert clock.find_answer_time([("age", "86400")]) is None


@given(date=st.text(max_size=40), age=st.text(max_size=40) | st.integers().map(str))
def test_no_header_of_a_host_is_too_strange(date: str, age: str) -> None:
    clock.find_answer_time([("date", date), ("age", age)])
    clock.find_answer_time([("date", "Fri, 31 Dec 9999 23:59:59 GMT"), ("age", age)])
