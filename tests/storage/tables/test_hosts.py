"""One crawl and one request a host at a time, whichever process asks."""

import multiprocessing
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.db.processes import read_boot_id
from storage.store import Store
from storage.tables import hosts
from storage.tables.hosts import CoolDown, CrawlOwner, HostClaim, PlatformLimit, RobotsCopy
from tests.support.make_looks import START, store_at

HOST = "www.wing.example.mil"
US = CrawlOwner(os.getpid(), read_boot_id(), "us")
OTHER = CrawlOwner(os.getpid(), read_boot_id(), "other")
SPAWN = multiprocessing.get_context("spawn")


def take_gate(store: Store, claim: HostClaim, delay_s: float) -> float:
    """Take a gate as the crawler does: without the lock where that can be."""
    wait_s = hosts.compute_gate_wait_s(store.db, claim, delay_s)
    if wait_s > 0:
        return wait_s
    return 0.0 if hosts.take_gate(store.db, claim, delay_s) else take_gate_locked(store, claim, delay_s)


def take_gate_locked(store: Store, claim: HostClaim, delay_s: float) -> float:
    with store.writing() as db:
        return hosts.take_gate_locked(db, claim, delay_s)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        yield opened


@pytest.fixture(scope="module")
def dead() -> CrawlOwner:
    process = SPAWN.Process(target=int)
    process.start()
    process.join()
    assert process.pid is not None
    return CrawlOwner(process.pid, read_boot_id(), "dead")


def test_a_second_crawl_of_a_host_is_told_who_has_it(store: Store) -> None:
    assert hosts.acquire_lease(store.db, HostClaim(HOST, US, START), 60) is None
    assert f"process {os.getpid()}" in str(hosts.acquire_lease(store.db, HostClaim(HOST, OTHER, START), 60))
    assert hosts.acquire_lease(store.db, HostClaim("another.example.mil", OTHER, START), 60) is None


def test_a_lease_ends_by_being_released_or_running_out(store: Store) -> None:
    hosts.acquire_lease(store.db, HostClaim(HOST, US, START), 60)
    assert hosts.acquire_lease(store.db, HostClaim(HOST, OTHER, START + timedelta(seconds=60)), 60) is None
    assert not hosts.renew_lease(store.db, HostClaim(HOST, US, START), 60)
    hosts.release_lease(store.db, HostClaim(HOST, US, START))
    assert hosts.acquire_lease(store.db, HostClaim(HOST, US, START), 60)
    hosts.release_lease(store.db, HostClaim(HOST, OTHER, START))
    assert hosts.acquire_lease(store.db, HostClaim(HOST, US, START), 60) is None


def test_renewing_keeps_a_lease(store: Store) -> None:
    hosts.acquire_lease(store.db, HostClaim(HOST, US, START), 60)
    assert hosts.renew_lease(store.db, HostClaim(HOST, US, START + timedelta(seconds=50)), 60)
    assert hosts.acquire_lease(store.db, HostClaim(HOST, OTHER, START + timedelta(seconds=100)), 60)


def test_a_lease_of_a_dead_process_is_free_at_once(store: Store, dead: CrawlOwner) -> None:
    assert hosts.acquire_lease(store.db, HostClaim(HOST, dead, START), 3600) is None
    assert hosts.acquire_lease(store.db, HostClaim(HOST, US, START), 60) is None


def test_a_lease_of_another_start_of_the_machine_is_free_when_it_runs_out(store: Store) -> None:
    hosts.acquire_lease(store.db, HostClaim(HOST, CrawlOwner(1, "another boot", "old"), START), 60)
    assert hosts.acquire_lease(store.db, HostClaim(HOST, US, START), 60)
    assert hosts.acquire_lease(store.db, HostClaim(HOST, US, START + timedelta(seconds=61)), 60) is None


@pytest.fixture(scope="module")
def living() -> Iterator[CrawlOwner]:
    """Return the owner of a lease in another process that lives."""
    process = SPAWN.Process(target=time.sleep, args=(60,))
    process.start()
    assert process.pid is not None
    yield CrawlOwner(process.pid, read_boot_id(), "living")
    process.kill()
    process.join()


AFPIMS = PlatformLimit("afpims", 2)


def test_all_processes_together_keep_to_the_limit_of_a_platform(store: Store, living: CrawlOwner) -> None:
    assert hosts.acquire_lease(store.db, HostClaim("one.example.mil", US, START), 60, AFPIMS) is None
    assert hosts.acquire_lease(store.db, HostClaim("two.example.mil", living, START), 60, AFPIMS) is None
    assert "max_platform_crawls" in str(
        hosts.acquire_lease(store.db, HostClaim(HOST, OTHER, START), 60, AFPIMS)
    )
    assert (
        hosts.acquire_lease(
            store.db, HostClaim("army.example.mil", OTHER, START), 60, PlatformLimit("army", 2)
        )
        is None
    )
    hosts.release_lease(store.db, HostClaim("one.example.mil", US, START))
    assert hosts.acquire_lease(store.db, HostClaim(HOST, OTHER, START), 60, AFPIMS) is None


def test_the_dead_and_the_late_have_no_share_in_a_platform(store: Store, dead: CrawlOwner) -> None:
    hosts.acquire_lease(store.db, HostClaim("one.example.mil", dead, START), 3600, AFPIMS)
    hosts.acquire_lease(store.db, HostClaim("two.example.mil", OTHER, START), 60, AFPIMS)
    third = CrawlOwner(os.getpid(), read_boot_id(), "third")
    assert hosts.acquire_lease(store.db, HostClaim("three.example.mil", third, START), 3600, AFPIMS) is None
    assert hosts.acquire_lease(store.db, HostClaim(HOST, US, START), 60, AFPIMS) is not None
    assert (
        hosts.acquire_lease(store.db, HostClaim(HOST, US, START + timedelta(seconds=60)), 60, AFPIMS) is None
    )


def test_a_lease_from_a_wrong_clock_of_an_earlier_start_is_free(store: Store, living: CrawlOwner) -> None:
    wrong = START + timedelta(days=365)
    hosts.acquire_lease(store.db, HostClaim(HOST, CrawlOwner(1, "another boot", "old"), wrong), 60)
    assert hosts.acquire_lease(store.db, HostClaim(HOST, US, START), 60) is None
    hosts.acquire_lease(store.db, HostClaim("two.example.mil", living, wrong), 60)
    assert hosts.acquire_lease(store.db, HostClaim("two.example.mil", US, START), 60)  # it will renew it


def test_the_pause_runs_from_the_end_of_an_answer(store: Store) -> None:
    assert take_gate(store, HostClaim(HOST, US, START), 2) == 0
    assert take_gate(store, HostClaim(HOST, US, START), 2) > 0
    assert take_gate(store, HostClaim(HOST, OTHER, START), 2) > 0
    hosts.release_gate(store.db, HostClaim(HOST, US, START + timedelta(seconds=3)))
    assert take_gate(store, HostClaim(HOST, OTHER, START + timedelta(seconds=3.5)), 2) == 1.5
    assert take_gate(store, HostClaim(HOST, OTHER, START + timedelta(seconds=5)), 2) == 0


def test_nobody_opens_the_gate_for_somebody_else(store: Store) -> None:
    take_gate(store, HostClaim(HOST, US, START), 2)
    hosts.release_gate(store.db, HostClaim(HOST, OTHER, START))
    assert take_gate(store, HostClaim(HOST, OTHER, START + timedelta(seconds=9)), 2) > 0


def test_after_a_killed_request_the_host_gets_its_pause(store: Store, dead: CrawlOwner) -> None:
    take_gate(store, HostClaim(HOST, dead, START), 2)
    assert take_gate(store, HostClaim(HOST, US, START), 2) == 2
    assert take_gate(store, HostClaim(HOST, US, START + timedelta(seconds=2)), 2) == 0


def test_a_clock_that_was_set_back_does_not_lock_a_host_out(store: Store) -> None:
    take_gate(store, HostClaim(HOST, US, START), 2)
    hosts.release_gate(store.db, HostClaim(HOST, US, START))
    assert take_gate(store, HostClaim(HOST, US, START - timedelta(days=9)), 2) == 2


def test_a_process_takes_back_what_it_left_and_nothing_of_others(store: Store, living: CrawlOwner) -> None:
    for owner, host in ((US, "one.example.mil"), (living, "two.example.mil")):
        hosts.acquire_lease(store.db, HostClaim(host, owner, START), 60)
        take_gate(store, HostClaim(host, owner, START), 2)
        if hosts.is_held_by_this_process(store.db, host):
            hosts.free_host(store.db, host, START)
    assert hosts.acquire_lease(store.db, HostClaim("one.example.mil", OTHER, START), 60) is None
    assert take_gate(store, HostClaim("one.example.mil", OTHER, START), 2) == 2
    assert hosts.acquire_lease(store.db, HostClaim("two.example.mil", OTHER, START), 60) is not None
    assert take_gate(store, HostClaim("two.example.mil", OTHER, START + timedelta(seconds=9)), 2) > 0


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
    take_gate(one_store, HostClaim(host, US, START + ahead), 2)
    hosts.release_gate(one_store.db, HostClaim(host, US, START + ahead))
    waited_s = take_gate(one_store, HostClaim(host, US, START), 2)
    assert waited_s <= 2
    assert waited_s == 0 or take_gate(one_store, HostClaim(host, US, START + timedelta(seconds=2)), 2) == 0


@settings(max_examples=40)
@given(ahead=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)))
def test_no_clock_leaves_a_host_alone_for_longer_than_a_day(one_store: Store, ahead: timedelta) -> None:
    host = f"cooling-{ahead.total_seconds()}"
    hosts.start_cool_down(one_store.db, host, CoolDown(START + ahead, "HTTP 403"), START)
    cooling = hosts.find_cool_down(one_store.db, host, START)
    assert cooling is None or cooling.until <= START + hosts.LONGEST_COOL_DOWN
    hosts.start_cool_down(one_store.db, host, CoolDown(START + timedelta(hours=1), "HTTP 403"), START)
    assert hosts.find_cool_down(one_store.db, host, START) is not None  # not in its way


def test_giving_a_lease_back_opens_a_gate_left_shut(store: Store) -> None:
    hosts.acquire_lease(store.db, HostClaim(HOST, US, START), 60)
    take_gate(store, HostClaim(HOST, US, START), 2)
    hosts.release_lease(store.db, HostClaim(HOST, US, START))
    assert take_gate(store, HostClaim(HOST, OTHER, START + timedelta(seconds=2)), 2) == 0


def test_robots_and_cool_down_are_kept_a_host(store: Store) -> None:
    assert hosts.find_robots(store.db, HOST) is None
    copy = RobotsCopy(START, 200, "User-agent: *\nDisallow: /x", "rules")
    hosts.save_robots(store.db, HOST, copy)
    assert hosts.find_robots(store.db, HOST) == copy
    hour = START + timedelta(hours=1)
    hosts.start_cool_down(store.db, HOST, CoolDown(hour, "HTTP 429"), START)
    hosts.start_cool_down(store.db, HOST, CoolDown(START, "shorter"), START)
    assert hosts.find_cool_down(store.db, HOST, START) == CoolDown(hour, "HTTP 429")
    assert hosts.find_cool_down(store.db, HOST, hour) is None


@settings(max_examples=40)
@given(waited_s=st.floats(min_value=-5, max_value=5), delay_s=st.floats(min_value=0.1, max_value=5))
def test_one_statement_takes_no_gate_that_the_lock_would_not(
    one_store: Store, waited_s: float, delay_s: float
) -> None:
    host = "one-statement.example.mil"
    one_store.db.execute("DELETE FROM hosts WHERE host = ?", [host])
    hosts.take_gate_locked(one_store.db, HostClaim(host, US, START), 0)
    hosts.release_gate(one_store.db, HostClaim(host, US, START))
    claim = HostClaim(host, OTHER, START + timedelta(seconds=waited_s))
    if hosts.take_gate(one_store.db, claim, delay_s):
        assert waited_s >= delay_s - 1e-6
    else:
        assert hosts.take_gate_locked(one_store.db, claim, delay_s) > 0 or waited_s >= delay_s - 1e-6


def test_one_statement_leaves_to_the_lock_what_it_cannot_decide(store: Store, dead: CrawlOwner) -> None:
    late = START + timedelta(hours=1)
    assert not hosts.take_gate(store.db, HostClaim(HOST, US, START), 2)  # the first request to the host
    assert hosts.take_gate_locked(store.db, HostClaim(HOST, dead, START), 2) == 0
    assert not hosts.take_gate(store.db, HostClaim(HOST, US, late), 2)
    assert hosts.take_gate_locked(store.db, HostClaim(HOST, US, late), 2) == 2
