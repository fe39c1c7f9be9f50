"""One request a host at a time, and its pause, whichever process asks."""

import asyncio
import multiprocessing
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from crawler.config import Config
from crawler.crawl.download_errors import RunStoppedError
from crawler.crawl.pagination import CrawlPlan
from crawler.crawl.run import CrawlRun
from crawler.politeness.gate import Gate, try_gate
from storage.db.processes import read_boot_id
from storage.db.timestamps import get_utc_now
from storage.models import Confidence, Source
from storage.store import Store
from storage.tables import hosts
from storage.tables.hosts import CrawlOwner, HostClaim
from tests.support.make_looks import START, store_at

HOST = "www.wing.example.mil"
US = CrawlOwner(os.getpid(), read_boot_id(), "us")
OTHER = CrawlOwner(os.getpid(), read_boot_id(), "other")
SPAWN = multiprocessing.get_context("spawn")
SOURCE = Source(
    id="wing-news",
    host=HOST,
    organization="",
    branch="",
    platform="afpims",
    section="News",
    listing_url=f"https://{HOST}/News/",
    feed_url=None,
    confidence=Confidence.HIGH,
)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        yield opened


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def run(store: Store, clock: Clock) -> CrawlRun:
    return CrawlRun(SOURCE, CrawlPlan(), store, Config(delay_s=2.0), clock=clock, max_wait_s=60)


@pytest.fixture
def gate(run: CrawlRun) -> Gate:
    return Gate(run, is_stopping=lambda: False)


def wait(gate: Gate, timeout_s: float = 0.2) -> bool:
    """Return whether the gate opens within a moment."""

    async def enter() -> None:
        await asyncio.wait_for(gate.enter_host(HOST), timeout_s)

    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(enter())
    except TimeoutError:
        return False
    finally:
        loop.close()
    return True


def test_a_second_request_waits_for_the_end_of_the_first_and_for_the_pause(gate: Gate, clock: Clock) -> None:
    assert wait(gate)
    assert not wait(gate)
    clock.now += timedelta(seconds=5)
    gate.leave_host(HOST)
    assert not wait(gate)
    clock.now += timedelta(seconds=2)
    assert wait(gate)
    assert gate.run.outcome.requests == 2


def test_two_runs_share_the_gate_of_a_host(store: Store, gate: Gate, clock: Clock) -> None:
    other = Gate(CrawlRun(SOURCE, CrawlPlan(), store, gate.run.config, clock=clock), lambda: False)
    assert wait(gate)
    assert not wait(other)
    gate.leave_host(HOST)
    clock.now += timedelta(seconds=2)
    assert wait(other)


def test_the_longer_of_our_pause_and_the_hosts_counts(gate: Gate) -> None:
    assert gate.get_delay_s(HOST) == 2.0
    gate.slow_down(HOST, 7.0)
    gate.slow_down(HOST, 1.0)
    assert gate.get_delay_s(HOST) == 7.0


def test_a_host_that_wants_too_long_a_pause_ends_the_run(gate: Gate) -> None:
    gate.slow_down(HOST, 3600.0)
    assert wait(gate)
    gate.leave_host(HOST)
    with pytest.raises(RunStoppedError):
        wait(gate, 5)
    assert gate.run.outcome.failures == (f"{HOST} wants 3600 s between requests: the rest waits",)


def test_a_run_that_is_over_sends_nothing(gate: Gate) -> None:
    gate.run.stop_requests()
    with pytest.raises(RunStoppedError):
        wait(gate)
    assert gate.run.outcome.requests == 0


def test_a_process_that_stops_interrupts_the_run(run: CrawlRun) -> None:
    with pytest.raises(RunStoppedError):
        wait(Gate(run, is_stopping=lambda: True))
    assert run.outcome.state == "interrupted"


def test_a_clock_that_was_set_back_asks_the_database_for_the_pause(gate: Gate, clock: Clock) -> None:
    assert wait(gate)
    gate.leave_host(HOST)
    clock.now -= timedelta(days=1)
    assert not wait(gate)
    clock.now += timedelta(seconds=3)
    assert wait(gate)


def test_waiting_writes_nothing_and_takes_no_lock(store: Store) -> None:
    assert try_gate(store, HostClaim(HOST, US, START), 2) == 0
    with store_at(store.path) as other, other.writing():
        store.set_busy_timeout(0)
        assert try_gate(store, HostClaim(HOST, OTHER, START), 2) > 0


def test_taking_a_free_gate_is_one_statement(store: Store) -> None:
    assert try_gate(store, HostClaim(HOST, US, START), 2) == 0
    hosts.release_gate(store.db, HostClaim(HOST, US, START))
    statements: list[str] = []
    store.db.conn.set_trace_callback(statements.append)
    assert try_gate(store, HostClaim(HOST, US, START + timedelta(seconds=2)), 2) == 0
    store.db.conn.set_trace_callback(None)
    assert [line.split()[0] for line in statements] == ["SELECT", "PRAGMA", "UPDATE", "PRAGMA"]


def send_requests(path: Path, log: Path) -> None:
    """Ask a host five times, as a crawl does, and write down when each request began and ended."""
    store = Store.open(path)
    claim = HostClaim(HOST, CrawlOwner(os.getpid(), read_boot_id(), f"token {os.getpid()}"), START)
    for _ in range(5):
        while wait_s := try_gate(store, replace(claim, at=get_utc_now()), 0.02):
            time.sleep(wait_s)
        began = time.monotonic()
        time.sleep(0.005)
        ended = time.monotonic()
        hosts.release_gate(store.db, replace(claim, at=get_utc_now()))
        with log.open("a", encoding="ascii") as file:
            file.write(f"{began} {ended}\n")
    store.close()


def test_two_processes_never_ask_a_host_at_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    processes = [SPAWN.Process(target=send_requests, args=(tmp_path / "milwire.db", log)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    spans = sorted(tuple(map(float, line.split())) for line in log.read_text(encoding="ascii").splitlines())
    assert len(spans) == 10
    assert all(begin - end >= 0.0195 for (_, end), (begin, _) in pairwise(spans))
