"""Runs are saved with how they ended; old ones become a row a day, which changes no answer about runs."""

import json
import multiprocessing
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.config import Config
from crawler.crawl.pagination import CrawlPlan
from crawler.crawl.run import CrawlRun
from crawler.sources import catalog
from storage.db import timestamps
from storage.models import Address
from storage.queries import health, runs, totals
from storage.queries.status import read_status
from storage.store import Store
from storage.tables import due_looks, findings, posting_addresses
from storage.tables import runs as runs_table
from tests.support.make_looks import after, outcome, store_at, table

SPAWN = multiprocessing.get_context("spawn")
NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
KEEP = timedelta(days=90)
SOURCES = ("korea-news", "space-news")
KINDS = ("crawl", "looks", "import")
STATES = ("ok", "failed", "interrupted", "limited", "running")
SUMS = ("requests", "found", "published", "edited")

Row = dict[str, Any]
rows = st.fixed_dictionaries(
    {
        "source_id": st.sampled_from(SOURCES),
        "kind": st.sampled_from(KINDS),
        "state": st.sampled_from(STATES),
        "started_at": st.integers(0, 120 * 24).map(
            lambda n: timestamps.format_timestamp(NOW - timedelta(hours=120 * 24 - n))
        ),
        "complete": st.integers(0, 1),
        "failures": st.sampled_from(["[]", '["it failed"]']),
        "verdicts": st.dictionaries(st.sampled_from(["live", "gone"]), st.integers(1, 9)).map(json.dumps),
        **dict.fromkeys(SUMS, st.integers(0, 3)),
    }
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with store_at(tmp_path_factory.mktemp("runs") / "milwire.db") as opened:
        opened.db.execute("PRAGMA synchronous = OFF")  # hundreds of examples, none of them precious
        yield opened


# Old ones that nobody asks for, more than stay of each newsroom.
DULL = [
    {
        "source_id": source,
        "kind": "looks",
        "state": "interrupted",
        "started_at": timestamps.format_timestamp(NOW - timedelta(days=100)),
        "complete": 0,
        "failures": "[]",
        "verdicts": "{}",
        **dict.fromkeys(SUMS, 0),
    }
    for source in SOURCES
    for _ in range(runs_table.NEWEST_KEPT + 1)
]


def fill(store: Store, runs: list[Row], waiting: list[int], quarantined: int | None = None) -> None:
    """Put runs into an empty database; looks of the `waiting` ones wait for judgement."""
    for name in ("findings", "quarantines", "run_days", "runs"):
        store.db.execute(f"DELETE FROM {name}")
    store.db.table("runs").insert_all(runs)
    known = dict(store.db.execute("SELECT id, source_id FROM runs").fetchall())
    for run_id in {one % len(runs) + 1 for one in waiting}:
        look = {"source_id": known[run_id], "run_id": run_id, "role": "listing", "url": "https://a.mil/"}
        look |= {"at": timestamps.format_timestamp(NOW), "verdict": "live", "is_damaged": 0}
        store.db.table("findings").insert(look)
    if quarantined is not None:
        run_id = quarantined % len(runs) + 1
        row = {"source_id": known[run_id], "reason": "redesigned", "run_id": run_id}
        store.db.table("quarantines").insert(row | {"since_at": timestamps.format_timestamp(NOW)})


def fold_all(store: Store) -> int:
    """Fold until nothing is left to fold; return how many runs it were."""
    counts = [store.fold_runs(source, NOW - KEEP) for source in SOURCES for _ in range(3)]
    assert all(store.fold_runs(source, NOW - KEEP) == 0 for source in SOURCES)
    return sum(counts)


def answers(store: Store) -> list[object]:
    """Return what anybody asks about runs."""
    midnight = NOW.replace(hour=0, minute=0)
    waiting = [findings.list_waiting_runs(store.db, source) for source in SOURCES]
    return [
        due_looks.find_last_polls(store.db),
        [due_looks.count_requests(store.db, source, NOW - timedelta(days=1), NOW) for source in SOURCES],
        [due_looks.count_polls(store.db, source, midnight, NOW) for source in SOURCES],
        read_status(store, SOURCES),
        health.read_newsroom_facts(store, SOURCES, NOW),
        totals.read_totals(store),
        [bool(runs.list_runs(store, source, limit=1)) for source in SOURCES],
        list(store.db.query("SELECT * FROM newsroom_health")),
        waiting,
        [findings.awaits_detection(store.db, run) for runs in waiting for run in runs],
        [runs_table.is_import_run(store.db, run) for runs in waiting for run in runs],
        list(store.db.query("SELECT * FROM quarantines q JOIN runs r ON r.id = q.run_id")),
        store.db.execute("SELECT max(id) FROM runs").fetchall(),
        store.db.execute("SELECT source_id, max(id) FROM runs WHERE complete GROUP BY 1").fetchall(),
        list(
            store.db.query(
                "SELECT * FROM runs WHERE started_at >= ?", [timestamps.format_timestamp(NOW - KEEP)]
            )
        ),
        list(store.db.query("SELECT * FROM runs WHERE state = 'running'")),
    ]


def sums(store: Store) -> list[object]:
    """Return what all runs of each source did, wherever it is kept."""
    names = ", ".join(f"sum({name})" for name in ("runs", *SUMS))
    every = """SELECT source_id, 1 AS runs, requests, found, published, edited, verdicts FROM runs UNION ALL
        SELECT source_id, runs, requests, found, published, edited, verdicts FROM run_days"""
    verdicts = (
        f"SELECT source_id, v.key, sum(v.value) FROM ({every}) r, json_each(r.verdicts) v GROUP BY 1, 2"
    )
    return [
        store.db.execute(f"SELECT source_id, {names} FROM ({every}) GROUP BY 1").fetchall(),
        store.db.execute(verdicts).fetchall(),
    ]


@pytest.mark.heavy
@given(
    runs=st.lists(rows, min_size=1, max_size=12),
    waiting=st.lists(st.integers(0, 11), max_size=2),
    quarantined=st.none() | st.integers(0, 11),
)
@settings(max_examples=300)
def test_folding_changes_no_answer_and_no_sum(
    store: Store, runs: list[Row], waiting: list[int], quarantined: int | None
) -> None:
    fill(store, runs + DULL, waiting, quarantined)
    asked, summed = answers(store), sums(store)
    fold_all(store)
    assert answers(store) == asked
    assert sums(store) == summed


@given(runs=st.lists(rows, min_size=1, max_size=12))
def test_of_old_runs_only_those_stay_that_are_asked_for(store: Store, runs: list[Row]) -> None:
    """Of each source the last few, the last complete one, the last poll; imports, which people make."""
    fill(store, runs + DULL, [])
    fold_all(store)
    before = timestamps.format_timestamp((NOW - KEEP).replace(hour=0, minute=0))
    sql = """SELECT count(*) FROM runs WHERE source_id = ? AND started_at < ? AND state <> 'running'
        AND kind <> 'import'"""
    most = runs_table.NEWEST_KEPT + 2
    assert all(store.db.execute(sql, [source, before]).fetchone()[0] <= most for source in SOURCES)


def test_health_is_read_from_runs_that_stay() -> None:
    assert runs_table.NEWEST_KEPT >= health.RECENT_RUNS


def test_the_end_of_a_crawl_folds_old_runs_of_its_newsroom(store: Store) -> None:
    fill(store, many(100 * 48), [])
    run = CrawlRun(catalog.find_source(store, "usfk-news"), CrawlPlan(), store, Config(), clock=lambda: NOW)
    store.db.execute("UPDATE runs SET source_id = 'usfk-news'")
    run.open_record()
    run.close_record()
    assert store.db.execute("SELECT sum(runs) FROM run_days").fetchone()[0] == 9 * 48 + 26


def many(count: int) -> list[Row]:
    """Return ordinary runs of one source, half an hour apart, the last one now."""
    return [
        {
            "source_id": SOURCES[0],
            "kind": "crawl",
            "state": "ok",
            "started_at": timestamps.format_timestamp(NOW - timedelta(minutes=30 * back)),
            "complete": 1,
            "requests": 2,
            "found": 0,
            "failures": "[]",
            "verdicts": '{"live": 1, "unchanged": 1}',
        }
        for back in reversed(range(count))
    ]


def test_a_day_is_one_row_that_says_what_its_runs_did(store: Store) -> None:
    runs = many(91 * 48)
    runs[0] |= {"failures": '["HTTP 500"]', "verdicts": '{"server_error": 1}', "found": 3}
    fill(store, runs, [])
    assert store.fold_runs(SOURCES[0], NOW - KEEP) == 26  # what began before the midnight 90 days ago
    (row,) = store.db.query("SELECT * FROM run_days")
    assert row | {"verdicts": json.loads(row["verdicts"])} == {
        "source_id": SOURCES[0],
        "day": "2026-08-23",
        "runs": 26,
        "failed": 1,
        "requests": 52,
        "found": 3,
        "published": 0,
        "edited": 0,
        "verdicts": {"live": 25, "unchanged": 25, "server_error": 1},
    }


def test_a_backlog_is_folded_in_steps_that_keep_nobody_waiting(store: Store) -> None:
    fill(store, many(150 * 48), [])
    counts = []
    while count := store.fold_runs(SOURCES[0], NOW - KEEP):
        counts.append(count)
    assert max(counts) == runs_table.BATCH
    assert sum(counts) == (150 - 91) * 48 + 26
    assert store.db.execute("SELECT sum(runs), count(*) FROM run_days").fetchone() == (sum(counts), 60)


def test_a_database_without_old_runs_is_not_locked_for_them(store: Store) -> None:
    fill(store, many(10), [])
    with Store.open(store.path).writing() as other:
        other.execute("UPDATE runs SET found = 1")
        assert store.fold_runs(SOURCES[0], NOW - KEEP) == 0


def test_looks_at_an_address_do_not_know_of_folded_runs(tmp_path: Path) -> None:
    """A look that comes late, of a run that is folded already, is kept as one of no run is."""
    with store_at(tmp_path / "milwire.db") as late:
        assert not findings.awaits_detection(late.db, 7)
        assert not runs_table.is_import_run(late.db, 7)
        assert posting_addresses.find_posting_id(late.db, Address("a.mil", "1", "https://a.mil/1")) is None


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        yield opened


def test_a_run_keeps_counts_and_each_failure_once(fresh: Store) -> None:
    run = fresh.start_run("wing-news", "crawl", after(0))
    fresh.record_run_failure(run, "listing is empty")
    ended = replace(outcome(complete=False, state="failed"), failures=("listing is empty", "feed is broken"))
    fresh.finish_run(run, ended)
    row = next(fresh.db.query("SELECT * FROM runs"))
    assert (row["state"], row["complete"], row["requests"]) == ("failed", 0, 1)
    assert row["failures"] == '["listing is empty", "feed is broken"]'


def test_a_run_that_does_not_exist_cannot_end(fresh: Store) -> None:
    with pytest.raises(LookupError):
        fresh.finish_run(7, outcome(complete=True))


def start_and_die(path: Path) -> None:
    Store.open(path).start_run("wing-news", "crawl", after(0))


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_killed_run_is_told_as_interrupted_by_the_next(fresh: Store) -> None:
    process = SPAWN.Process(target=start_and_die, args=(fresh.path,))
    process.start()
    process.join(30)
    fresh.start_run("wing-news", "crawl", after(1))
    assert [row[1] for row in table(fresh, "runs", "id, state")] == ["interrupted", "running"]


def test_an_import_is_told_apart_from_a_crawl(fresh: Store) -> None:
    crawled = fresh.start_run("wing-news", "crawl", after(0))
    imported = fresh.start_run("wing-news", "import", after(0))
    found = [runs_table.is_import_run(fresh.db, run) for run in (crawled, imported, 99, None)]
    assert found == [False, True, False, False]
