"""A watch from its start to its end, as a process of its own on the practice newsroom."""

import json
import signal
import time
from collections.abc import Iterator
from itertools import chain, repeat
from pathlib import Path

import pytest

from crawler import runner
from crawler.config import Config
from crawler.watch import heartbeat, scheduler
from crawler.watch.planner import Planner
from simulator import Served, another_post, find_overlaps, practice_newsroom, serve
from storage.db.timestamps import get_utc_now
from storage.models import Source
from storage.store import Store
from tests.support.cli import run_apart, run_here
from tests.support.paths import ROOT
from tests.support.watch_processes import LONGEST_S, WatchProcesses, end_watch


@pytest.fixture
def served() -> Iterator[Served]:
    with serve(practice_newsroom(seed=3)) as practice:
        yield practice


def sources(served: Served) -> list[Source]:
    """Return what is watched: two newsrooms on one host, one on another."""
    return [*served.site("meridian").sources[:2], served.site("calder").sources[0]]


@pytest.fixture
def database(tmp_path: Path, served: Served) -> Path:
    """Return a database that knows the practice sources and follows nothing else."""
    path = tmp_path / "milwire.db"
    store = Store.open(path)
    for seed in ("usfk-news", "spacecom-news"):
        store.set_enabled(seed, False)
    for source in sources(served):
        store.save_source(source)
        store.set_enabled(source.id, True)
    store.close()
    (tmp_path / "milwire.toml").write_text("delay = 0.01\n")
    return path


@pytest.fixture
def watches(database: Path) -> Iterator[WatchProcesses]:
    started = WatchProcesses(database)
    yield started
    started.end()


def test_a_watch_visits_what_is_due_and_waits_for_the_rest(watches: WatchProcesses, served: Served) -> None:
    process = watches.start()
    every = {source.id for source in sources(served)}
    watches.wait(lambda: watches.crawled() == every)
    asked = len(served.log)
    watches.wait(lambda: not heartbeat.read_pulse(watches.database)["running"])
    said, complained = end_watch(process)
    assert {json.loads(line)["source_id"] for line in said.splitlines()} == every
    assert complained == "stopped; all finished requests are stored\n"
    assert find_overlaps(served.log) == []
    assert len(served.log) == asked
    assert watches.query("SELECT count(*) FROM postings WHERE next_look_at IS NULL") == [(0,)]


def test_a_watch_that_is_started_again_has_nothing_to_catch_up_with(
    watches: WatchProcesses, served: Served
) -> None:
    first = watches.start()
    watches.wait(lambda: len(watches.crawled()) == len(sources(served)))
    end_watch(first)
    asked = len(served.log)
    second = watches.start()
    watches.wait(lambda: heartbeat.read_pulse(watches.database).get("pid") == second.pid)
    end_watch(second)
    assert len(served.log) == asked


def test_what_was_posted_while_nobody_watched_is_published_once(
    watches: WatchProcesses, served: Served
) -> None:
    first = watches.start()
    watches.wait(lambda: len(watches.crawled()) == len(sources(served)))
    end_watch(first)
    served.publish("meridian", another_post(served.newsroom, "meridian"))
    store = Store.open(watches.database)
    store.db.execute("UPDATE runs SET started_at = '2025-01-01T00:00:00.000000Z'")
    store.close()
    second = watches.start()
    watches.wait(
        lambda: watches.query("SELECT count(*) FROM runs WHERE complete")[0][0] == 2 * len(sources(served))
    )
    end_watch(second)
    assert watches.query("SELECT count(*) FROM events WHERE kind = 'published'") == [(1,)]
    assert find_overlaps(served.log) == []


def test_a_watch_that_is_asked_to_stop_stores_what_is_in_flight(
    watches: WatchProcesses, served: Served
) -> None:
    served.latency_s = 0.3
    process = watches.start()
    watches.wait(lambda: sum("/Article/" in each.path for each in served.log) >= 3)
    end_watch(process)
    fetched = {each.path for each in served.log if "/Article/" in each.path and each.status == 200}
    assert set(watches.query("SELECT state FROM runs")) <= {("interrupted",), ("ok",)}
    assert len(watches.query("SELECT key FROM postings")) == len(fetched)
    served.latency_s = 0.0
    again = watches.start()
    watches.wait(lambda: len(watches.crawled()) == len(sources(served)))
    end_watch(again)


def test_a_host_that_keeps_us_waiting_does_not_hold_up_the_end(
    watches: WatchProcesses, served: Served
) -> None:
    (watches.database.parent / "milwire.toml").write_text("delay = 0.01\nstop_timeout = 1\n")
    served.latency_s = 30.0
    process = watches.start()
    in_flight = "SELECT count(*) FROM hosts WHERE gate_token IS NOT NULL"
    watches.wait(lambda: watches.query(in_flight) == [(2,)])
    asked_at = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, complained = process.communicate(timeout=LONGEST_S)
    assert process.returncode == 1
    assert "stop_timeout" in complained
    assert time.monotonic() - asked_at < 15
    served.latency_s = 0.0


def test_a_killed_watch_is_no_hindrance_to_the_next(watches: WatchProcesses, served: Served) -> None:
    first = watches.start()
    watches.wait(lambda: len(served.log) > 20)
    first.kill()
    first.communicate(timeout=LONGEST_S)
    second = watches.start()
    watches.wait(lambda: len(watches.crawled()) == len(sources(served)))
    end_watch(second)
    assert find_overlaps(served.log) == []


def test_a_database_has_one_watch_and_other_commands_beside_it(
    watches: WatchProcesses, served: Served
) -> None:
    process = watches.start()
    watches.wait(lambda: len(watches.crawled()) > 0)
    second = run_apart("watch", "--db", watches.database, cwd=ROOT)
    beside = run_here("status", "--db", watches.database, "--json")
    end_watch(process)
    assert second.code == 1
    assert second.err == (f"milwire: {watches.database} is already being watched by process {process.pid}\n")
    assert json.loads(beside.out)["postings"] > 0


def test_a_watch_takes_up_new_newsrooms_on_sighup_and_keeps_on_after_a_mistake(
    watches: WatchProcesses, served: Served
) -> None:
    last = sources(served)[-1].id
    run_here("sources", "disable", last, "--db", watches.database)
    process = watches.start()
    watches.wait(lambda: len(watches.crawled()) == len(sources(served)) - 1)
    settings = watches.database.parent / "milwire.toml"
    settings.write_text("delay = 'soon'\n")
    process.send_signal(signal.SIGHUP)
    assert process.stderr
    assert "not reloaded: " in process.stderr.readline()
    settings.write_text("delay = 0.01\n")
    run_here("sources", "enable", last, "--db", watches.database)
    process.send_signal(signal.SIGHUP)
    assert process.stderr.readline().startswith("reloaded: ")
    watches.wait(lambda: last in watches.crawled())
    end_watch(process)


def test_a_watch_without_a_newsroom_says_so(tmp_path: Path) -> None:
    database = tmp_path / "milwire.db"
    for seed in ("usfk-news", "spacecom-news"):
        run_here("sources", "disable", seed, "--db", database)
    ran = run_here("watch", "--db", database)
    assert ran.code == 1
    assert "no newsroom is enabled" in ran.err
    assert ran.err.count("\n") == 1


def test_a_plan_is_told_before_anything_exists(tmp_path: Path) -> None:
    ran = run_here("watch", "--plan", "--db", tmp_path / "milwire.db", cwd=tmp_path)
    assert ran.code == 0
    assert "usfk-news" in ran.out
    assert "2 newsrooms, " in ran.out
    assert not (tmp_path / "milwire.db").exists()


def test_a_plan_speaks_json(tmp_path: Path) -> None:
    ran = run_here("watch", "--plan", "--json", "--db", tmp_path / "milwire.db", cwd=tmp_path)
    first, second = map(json.loads, ran.out.splitlines())
    assert (first["source"], second["source"]) == ("spacecom-news", "usfk-news")
    assert 0 < first["post"]["median_s"] < first["edit"]["median_s"] < first["removal"]["median_s"]


def test_a_clock_that_was_set_makes_all_visits_be_planned_anew(database: Path, served: Served) -> None:
    lines: list[str] = []
    jumps_s = chain([0], repeat(3600))

    def end(line: str) -> None:
        lines.append(line)
        signal.raise_signal(signal.SIGTERM)

    store = Store.open(database)
    pulse = heartbeat.Heartbeat.take_lock(database)
    planned = Planner(store, Config(delay_s=0.01, stop_timeout_s=4), sources(served), get_utc_now)
    told = scheduler.WatchListener(lambda result, events: None, end)
    watcher = scheduler.Watcher(
        planned, lambda _: (planned.config, []), told, pulse, wall=lambda: time.time() + next(jumps_s)
    )
    assert runner.get_loop().run_until_complete(watcher.run_until_stopped())
    pulse.release_lock()
    store.close()
    assert lines == ["the clock jumped by 3600 s: all visits are planned again"]
