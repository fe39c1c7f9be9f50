"""A watch as a process in trouble: killed, frozen, told to stop or to reload, out of room, at any moment."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from crawler.watch import heartbeat
from simulator import Fault, Served, Trouble, another_post, find_overlaps, serve
from storage.models import Source
from storage.store import Store
from tests.support.cli import run_here
from tests.support.paths import ROOT
from tests.support.watch_faults import small_newsroom
from tests.support.watch_processes import LONGEST_S, WatchProcesses, end_watch

SITES = ("calder", "meridian", "archive")
ILL = SITES[0]
TOLD = """SELECT e.kind, p.number FROM events e JOIN postings p ON p.id = e.posting_id
    WHERE e.kind <> 'captured'"""
SETTINGS = "delay = 0.01\nstop_timeout = 2\n"


@pytest.fixture
def served() -> Iterator[Served]:
    with serve(small_newsroom()) as practice:
        yield practice


@pytest.fixture
def watches(tmp_path: Path, served: Served) -> Iterator[WatchProcesses]:
    started = WatchProcesses(prepared(tmp_path / "milwire.db", served))
    yield started
    started.end()


def sources(served: Served) -> list[Source]:
    return [source for site in SITES for source in served.site(site).sources]


def prepared(database: Path, served: Served, settings: str = SETTINGS) -> Path:
    """Return a database that follows the practice newsrooms and nothing else."""
    store = Store.open(database)
    for seed in ("usfk-news", "spacecom-news"):
        store.set_enabled(seed, False)
    for source in sources(served):
        store.save_source(source)
        store.set_enabled(source.id, True)
    store.close()
    (database.parent / "milwire.toml").write_text(settings)
    return database


def make_due(database: Path) -> None:
    """Let everything be due for a watch that starts, or reloads: its last visits were long ago."""
    store = Store.open(database)
    store.db.execute("UPDATE runs SET started_at = '2025-01-01T00:00:00.000000Z'")
    store.close()


def check(watches: WatchProcesses, served: Served, published: list[str]) -> None:
    """Check that every post is stored once and told once, nothing else was told, and all verifies."""
    there = Counter(
        post.number
        for source in sources(served)
        for site in SITES
        for section in served.newsroom.site(site).sections
        if source in served.site(site).sources and section.name == source.section
        for post in section.posts
    )
    assert Counter(number for (number,) in watches.query("SELECT number FROM postings")) == there
    told = watches.query(TOLD)
    assert Counter(number for _, number in told) == there
    assert {kind for kind, _ in told} <= {"found", "published"}
    assert {number for kind, number in told if kind == "published"} <= set(published)
    assert find_overlaps(served.log) == []
    verified = run_here("verify", "--db", watches.database)
    assert verified.code == 0, verified.out + verified.err


def killed_again_and_again(seed: int, kills: int, watches: WatchProcesses, served: Served) -> None:
    chance = random.Random(seed)
    published: list[str] = []
    served.latency_s = 0.003
    for _ in range(kills):
        site = chance.choice(SITES)
        post = another_post(served.newsroom, site)
        served.publish(site, post)
        published.append(post.number)
        process = watches.start()
        wanted, until = len(served.log) + chance.randrange(0, 25), time.monotonic() + 8
        while len(served.log) < wanted and time.monotonic() < until:
            time.sleep(0.001)
        time.sleep(chance.random() * 0.05)
        process.kill()
        process.communicate(timeout=LONGEST_S)
        make_due(watches.database)
    last = watches.start()
    every = {source.id for source in sources(served)}
    done = "SELECT source_id FROM runs WHERE complete AND started_at > '2025-06-01'"
    watches.wait(lambda: {row[0] for row in watches.query(done)} == every)
    end_watch(last)
    check(watches, served, published)


def test_a_watch_that_is_killed_and_started_again_loses_and_doubles_nothing(
    watches: WatchProcesses, served: Served
) -> None:
    killed_again_and_again(1, 2, watches, served)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10, 16))
def test_a_watch_may_be_killed_at_any_moments(seed: int, watches: WatchProcesses, served: Served) -> None:
    killed_again_and_again(seed, 6, watches, served)


@pytest.mark.slow
@pytest.mark.parametrize("trouble", [Trouble.DRIBBLE, Trouble.SLOW_HEAD])
def test_a_host_that_dribbles_does_not_hold_up_the_end(
    watches: WatchProcesses, served: Served, trouble: Trouble
) -> None:
    served.fault(Fault(trouble, ILL))
    process = watches.start()
    watches.wait(lambda: any(each.site == ILL for each in served.log))
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, complained = process.communicate(timeout=LONGEST_S)
    assert process.returncode == 1
    assert "stop_timeout" in complained
    assert time.monotonic() - began < 2 + 5
    served.lift()
    again = watches.start()
    watches.wait(lambda: len(watches.crawled()) == len(sources(served)))
    end_watch(again)
    check(watches, served, [])


HANGING_NAMES = """
import sys, time
from crawler import runner
from crawler.cli import run_command_line
from crawler.politeness import resolver
runner.get_loop()
from twisted.internet import reactor
resolver.install_resolver(reactor).look_up = lambda host, port: time.sleep(90)
sys.exit(run_command_line(["watch", "--db", sys.argv[1]]))
"""


def test_a_name_server_that_hangs_does_not_hold_up_the_end(watches: WatchProcesses, served: Served) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HANGING_NAMES, str(watches.database)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    watches.started.append(process)
    in_flight = "SELECT count(*) FROM hosts WHERE gate_token IS NOT NULL"
    watches.wait(lambda: watches.query(in_flight) == [(len(SITES),)])
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=LONGEST_S)
    assert time.monotonic() - began < 2 + 5
    assert served.log == ()


@pytest.mark.slow
def test_a_reload_during_a_refusal_asks_the_host_nothing(watches: WatchProcesses, served: Served) -> None:
    served.fault(Fault(Trouble.BLOCKED, ILL))
    process = watches.start()
    watches.wait(lambda: len(watches.crawled()) == len(sources(served)) - 1)
    watches.wait(lambda: not heartbeat.read_pulse(watches.database)["running"])
    make_due(watches.database)
    process.send_signal(signal.SIGHUP)
    again = "SELECT count(DISTINCT source_id) FROM runs WHERE complete AND started_at > '2025-06-01'"
    watches.wait(lambda: watches.query(again) == [(len(sources(served)) - 1,)])
    _, complained = end_watch(process)
    assert "reloaded: " in complained
    assert [each.status for each in served.log if each.site == ILL] == [403]


@pytest.mark.slow
def test_a_watch_that_was_frozen_goes_on_where_it_was(watches: WatchProcesses, served: Served) -> None:
    served.latency_s = 0.02
    process = watches.start()
    watches.wait(lambda: len(served.log) > 5)
    process.send_signal(signal.SIGSTOP)
    time.sleep(0.5)
    process.send_signal(signal.SIGCONT)
    watches.wait(lambda: len(watches.crawled()) == len(sources(served)))
    end_watch(process)
    check(watches, served, [])


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a disk of its own, of a few megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no right to mount a small disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=False)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_disk_that_is_full_for_a_while_costs_nothing_but_time(
    seed: int, small_disk: Path, served: Served
) -> None:
    watches = WatchProcesses(prepared(small_disk / "milwire.db", served))
    chance = random.Random(seed)
    process = watches.start()
    try:
        served.latency_s = 0.01
        wanted = chance.randrange(1, 24)
        watches.wait(lambda: len(served.log) >= wanted or len(watches.crawled()) == len(sources(served)))
        fill(small_disk / "ballast")
        time.sleep(1)
        assert process.poll() is None
        (small_disk / "ballast").unlink()
        make_due(watches.database)
        process.send_signal(signal.SIGHUP)
        again = "SELECT DISTINCT source_id FROM runs WHERE complete AND started_at > '2025-06-01'"
        watches.wait(lambda: len(watches.query(again)) == len(sources(served)))
        end_watch(process)
        check(watches, served, [])
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=LONGEST_S)


def fill(ballast: Path) -> None:
    """Take all the room that is left, to the last byte."""
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        for size in (1_048_576, 4_096, 1):
            with suppress(OSError):
                while file.write(bytes(size)) == size:
                    pass
