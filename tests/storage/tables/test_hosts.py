"""One crawl and one request a host at a time, whichever process asks."""

import multiprocessing
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.db.processes import boot_id
from storage.db.timestamps import utcnow
from storage.store import Store
from storage.tables import hosts
from storage.tables.hosts import Cooling, Owner, RobotsCopy, Share
from tests.support.make_looks import START, store_at

HOST = "www.wing.example.mil"
US = Owner(os.getpid(), boot_id(), "us")
OTHER = Owner(os.getpid(), boot_id(), "other")
SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        yield opened


@pytest.fixture(scope="module")
def dead() -> Owner:
    process = SPAWN.Process(target=int)
    process.start()
    process.join()
    assert process.pid is not None
    return Owner(process.pid, boot_id(), "dead")


def test_a_second_crawl_of_a_host_is_told_who_has_it(store: Store) -> None:
    assert hosts.acquire_lease(store, HOST, US, START, 60) is None
    assert f"process {os.getpid()}" in str(hosts.acquire_lease(store, HOST, OTHER, START, 60))
    assert hosts.acquire_lease(store, "another.example.mil", OTHER, START, 60) is None


def test_a_lease_ends_by_being_released_or_running_out(store: Store) -> None:
    hosts.acquire_lease(store, HOST, US, START, 60)
    assert hosts.acquire_lease(store, HOST, OTHER, START + timedelta(seconds=60), 60) is None
    assert not hosts.renew_lease(store, HOST, US, START, 60)
    hosts.release_lease(store, HOST, US)
    assert hosts.acquire_lease(store, HOST, US, START, 60)
    hosts.release_lease(store, HOST, OTHER)
    assert hosts.acquire_lease(store, HOST, US, START, 60) is None


def test_renewing_keeps_a_lease(store: Store) -> None:
    hosts.acquire_lease(store, HOST, US, START, 60)
    assert hosts.renew_lease(store, HOST, US, START + timedelta(seconds=50), 60)
    assert hosts.acquire_lease(store, HOST, OTHER, START + timedelta(seconds=100), 60)


def test_a_lease_of_a_dead_process_is_free_at_once(store: Store, dead: Owner) -> None:
    assert hosts.acquire_lease(store, HOST, dead, START, 3600) is None
    assert hosts.acquire_lease(store, HOST, US, START, 60) is None


def test_a_lease_of_another_start_of_the_machine_is_free_when_it_runs_out(store: Store) -> None:
    hosts.acquire_lease(store, HOST, Owner(1, "another boot", "old"), START, 60)
    assert hosts.acquire_lease(store, HOST, US, START, 60)
    assert hosts.acquire_lease(store, HOST, US, START + timedelta(seconds=61), 60) is None


@pytest.fixture(scope="module")
def living() -> Iterator[Owner]:
    """Return the owner of a lease in another process that lives."""
    process = SPAWN.Process(target=time.sleep, args=(60,))
    process.start()
    assert process.pid is not None
    yield Owner(process.pid, boot_id(), "living")
    process.kill()
    process.join()


AFPIMS = Share("afpims", 2)


def test_all_processes_together_keep_to_the_limit_of_a_platform(store: Store, living: Owner) -> None:
    assert hosts.acquire_lease(store, "one.example.mil", US, START, 60, AFPIMS) is None
    assert hosts.acquire_lease(store, "two.example.mil", living, START, 60, AFPIMS) is None
    assert "max_platform_crawls" in str(hosts.acquire_lease(store, HOST, OTHER, START, 60, AFPIMS))
    assert hosts.acquire_lease(store, "army.example.mil", OTHER, START, 60, Share("army", 2)) is None
    hosts.release_lease(store, "one.example.mil", US)
    assert hosts.acquire_lease(store, HOST, OTHER, START, 60, AFPIMS) is None


def test_the_dead_and_the_late_have_no_share_in_a_platform(store: Store, dead: Owner) -> None:
    hosts.acquire_lease(store, "one.example.mil", dead, START, 3600, AFPIMS)
    hosts.acquire_lease(store, "two.example.mil", OTHER, START, 60, AFPIMS)
    third = Owner(os.getpid(), boot_id(), "third")
    assert hosts.acquire_lease(store, "three.example.mil", third, START, 3600, AFPIMS) is None
    assert hosts.acquire_lease(store, HOST, US, START, 60, AFPIMS) is not None
    assert hosts.acquire_lease(store, HOST, US, START + timedelta(seconds=60), 60, AFPIMS) is None


def test_a_lease_from_a_wrong_clock_of_an_earlier_start_is_free(store: Store, living: Owner) -> None:
    wrong = START + timedelta(days=365)
    hosts.acquire_lease(store, HOST, Owner(1, "another boot", "old"), wrong, 60)
    assert hosts.acquire_lease(store, HOST, US, START, 60) is None
    hosts.acquire_lease(store, "two.example.mil", living, wrong, 60)
    assert hosts.acquire_lease(store, "two.example.mil", US, START, 60)  # it lives, and will renew it


def test_the_pause_runs_from_the_end_of_an_answer(store: Store) -> None:
    assert hosts.begin_request(store, HOST, US, START, 2) == 0
    assert hosts.begin_request(store, HOST, US, START, 2) > 0
    assert hosts.begin_request(store, HOST, OTHER, START, 2) > 0
    hosts.end_request(store, HOST, US, START + timedelta(seconds=3))
    assert hosts.begin_request(store, HOST, OTHER, START + timedelta(seconds=3.5), 2) == 1.5
    assert hosts.begin_request(store, HOST, OTHER, START + timedelta(seconds=5), 2) == 0


def test_nobody_opens_the_gate_for_somebody_else(store: Store) -> None:
    hosts.begin_request(store, HOST, US, START, 2)
    hosts.end_request(store, HOST, OTHER, START)
    assert hosts.begin_request(store, HOST, OTHER, START + timedelta(seconds=9), 2) > 0


def test_after_a_killed_request_the_host_gets_its_pause(store: Store, dead: Owner) -> None:
    hosts.begin_request(store, HOST, dead, START, 2)
    assert hosts.begin_request(store, HOST, US, START, 2) == 2
    assert hosts.begin_request(store, HOST, US, START + timedelta(seconds=2), 2) == 0


def test_a_clock_that_was_set_back_does_not_lock_a_host_out(store: Store) -> None:
    hosts.begin_request(store, HOST, US, START, 2)
    hosts.end_request(store, HOST, US, START)
    assert hosts.begin_request(store, HOST, US, START - timedelta(days=9), 2) == 2


def test_a_process_takes_back_what_it_left_and_nothing_of_others(store: Store, living: Owner) -> None:
    for owner, host in ((US, "one.example.mil"), (living, "two.example.mil")):
        hosts.acquire_lease(store, host, owner, START, 60)
        hosts.begin_request(store, host, owner, START, 2)
        hosts.reclaim(store, host, START)
    assert hosts.acquire_lease(store, "one.example.mil", OTHER, START, 60) is None
    assert hosts.begin_request(store, "one.example.mil", OTHER, START, 2) == 2
    assert hosts.acquire_lease(store, "two.example.mil", OTHER, START, 60) is not None
    assert hosts.begin_request(store, "two.example.mil", OTHER, START + timedelta(seconds=9), 2) > 0


@pytest.fixture(scope="module")
def one_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with store_at(tmp_path_factory.mktemp("law") / "milwire.db") as opened:
        yield opened


@settings(max_examples=40)
@given(ahead=st.timedeltas(min_value=timedelta(seconds=-5), max_value=timedelta(days=400)))
def test_whatever_the_clock_said_a_host_is_asked_again_after_the_pause(
    one_store: Store, ahead: timedelta
) -> None:
    host = f"pause-{ahead.total_seconds()}"
    hosts.begin_request(one_store, host, US, START + ahead, 2)
    hosts.end_request(one_store, host, US, START + ahead)
    waited_s = hosts.begin_request(one_store, host, US, START, 2)
    assert waited_s <= 2
    assert waited_s == 0 or hosts.begin_request(one_store, host, US, START + timedelta(seconds=2), 2) == 0


@settings(max_examples=40)
@given(ahead=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)))
def test_no_clock_leaves_a_host_alone_for_longer_than_a_day(one_store: Store, ahead: timedelta) -> None:
    host = f"cooling-{ahead.total_seconds()}"
    hosts.cool_down(one_store, host, START + ahead, "HTTP 403")
    cooling = hosts.cooling(one_store, host, START)
    assert cooling is None or cooling.until <= START + hosts.LONGEST_COOLING
    hosts.cool_down(one_store, host, START + timedelta(hours=1), "HTTP 403")
    assert hosts.cooling(one_store, host, START) is not None  # what a wrong clock left is no obstacle


def test_giving_a_lease_back_opens_a_gate_left_shut(store: Store) -> None:
    hosts.acquire_lease(store, HOST, US, START, 60)
    hosts.begin_request(store, HOST, US, START, 2)
    hosts.release_lease(store, HOST, US)
    assert hosts.begin_request(store, HOST, OTHER, START + timedelta(seconds=2), 2) == 0


def test_robots_and_cool_down_are_kept_a_host(store: Store) -> None:
    assert hosts.robots(store, HOST) is None
    copy = RobotsCopy(START, 200, "User-agent: *\nDisallow: /x", "rules")
    hosts.save_robots(store, HOST, copy)
    assert hosts.robots(store, HOST) == copy
    hour = START + timedelta(hours=1)
    hosts.cool_down(store, HOST, hour, "HTTP 429")
    hosts.cool_down(store, HOST, START, "shorter")
    assert hosts.cooling(store, HOST, START) == Cooling(hour, "HTTP 429")
    assert hosts.cooling(store, HOST, hour) is None


def press(path: Path, log: Path) -> None:
    """Ask a host five times, as a crawl does, and write down when each request began and ended."""
    store = Store.open(path)
    owner = Owner(os.getpid(), boot_id(), f"token {os.getpid()}")
    for _ in range(5):
        while wait_s := hosts.begin_request(store, HOST, owner, utcnow(), 0.02):
            time.sleep(wait_s)
        began = time.monotonic()
        time.sleep(0.005)
        ended = time.monotonic()
        hosts.end_request(store, HOST, owner, utcnow())
        with log.open("a", encoding="ascii") as file:
            file.write(f"{began} {ended}\n")
    store.close()


def test_two_processes_never_ask_a_host_at_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    asking = [SPAWN.Process(target=press, args=(tmp_path / "milwire.db", log)) for _ in range(2)]
    for process in asking:
        process.start()
    for process in asking:
        process.join(60)
    assert [process.exitcode for process in asking] == [0, 0]
    spans = sorted(tuple(map(float, line.split())) for line in log.read_text(encoding="ascii").splitlines())
    assert len(spans) == 10
    assert all(begin - end >= 0.0195 for (_, end), (begin, _) in pairwise(spans))
