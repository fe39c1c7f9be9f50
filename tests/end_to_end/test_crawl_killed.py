"""A crawl may be killed at any instant, or meet another one: what is kept is what a clean one keeps."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator import Served, find_overlaps, practice_newsroom, serve
from storage.archive import captures, writer
from storage.models import HIDDEN_EVENTS, Source
from storage.store import Store
from tests.support.paths import ROOT
from tests.support.practice_crawls import crawl

DELAY_S = "0.005"
LONGEST_S = 90.0
TIMES = frozenset({"id", "posting_id", "observed_at", "capture_id", "digest", "search_key"})
HIDDEN = ", ".join(f"'{kind}'" for kind in HIDDEN_EVENTS)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serve(practice_newsroom(seed=3)) as practice:
        yield practice


@pytest.fixture(scope="module")
def clean(served: Served, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    database = prepared(tmp_path_factory.mktemp("clean"), served)
    for source in sources(served):
        assert crawl(database, source).result.failures == ()
    return kept(database)


def sources(served: Served) -> list[Source]:
    return [source for site in served.sites for source in site.sources]


def prepared(folder: Path, served: Served) -> Path:
    """Return a database that knows the practice sources."""
    store = Store.open(folder / "milwire.db")
    for source in sources(served):
        store.save_source(source)
    store.close()
    return folder / "milwire.db"


class Crawls:
    """Crawls of all practice sources as processes of their own; none outlives its test."""

    def __init__(self, served: Served) -> None:
        self.ids = [source.id for source in sources(served)]
        self.started: list[subprocess.Popen[str]] = []

    def start(self, database: Path, delay_s: str = DELAY_S) -> subprocess.Popen[str]:
        command = [
            sys.executable,
            "-W",
            "error",
            "-m",
            "tests.support.practice_crawls",
            str(database),
            delay_s,
            *self.ids,
        ]
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.started.append(process)
        return process

    def end(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.kill()
            if process.stdout and not process.stdout.closed:
                process.communicate(timeout=LONGEST_S)


@pytest.fixture
def crawls(served: Served) -> Iterator[Crawls]:
    started = Crawls(served)
    yield started
    started.end()


def finish(process: subprocess.Popen[str]) -> None:
    said, complained = process.communicate(timeout=LONGEST_S)
    assert process.returncode == 0, said + complained


def wait_for(process: subprocess.Popen[str], served: Served, requests: int) -> None:
    """Return when the practice newsroom has answered so many more requests, or the crawl is over."""
    until, enough = time.monotonic() + LONGEST_S, len(served.log) + requests
    while len(served.log) < enough and process.poll() is None and time.monotonic() < until:
        time.sleep(0.001)


def kill_after(process: subprocess.Popen[str], served: Served, requests: int, pause_s: float) -> None:
    """Kill a crawl a moment after the practice newsroom has answered so many more requests."""
    wait_for(process, served, requests)
    time.sleep(pause_s)
    process.kill()
    process.communicate(timeout=LONGEST_S)


def kept(database: Path) -> dict[str, Any]:
    """Return what a database holds, without ids, times, runs, looks and the chain's values."""
    store = Store.open(database, read_only=True)
    try:
        assert store.db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        return {
            "postings": query(store, "SELECT site, key, number, title FROM postings"),
            "addresses": query(store, f"SELECT p.site, p.key, a.url FROM addresses a {OF_POSTING}"),
            "groups": groups(store),
            "revisions": revisions(store),
            "events": query(
                store,
                f"SELECT p.site, p.key, a.kind FROM events a {OF_POSTING} WHERE a.kind NOT IN ({HIDDEN})",
            ),
            "pending": query(store, "SELECT source_id, site, key FROM pending"),
        }
    finally:
        store.close()


OF_POSTING = "JOIN postings p ON p.id = a.posting_id"


def query(store: Store, sql: str) -> list[tuple[Any, ...]]:
    return sorted(store.db.execute(sql).fetchall(), key=repr)


def groups(store: Store) -> list[list[str]]:
    """Return which postings are one release."""
    sql = "SELECT group_concat(site || ' ' || key, '|') FROM postings GROUP BY release_id"
    return sorted(sorted(row[0].split("|")) for row in store.db.execute(sql).fetchall())


def revisions(store: Store) -> list[tuple[Any, ...]]:
    rows = store.db.query(f"SELECT p.site, p.key, a.* FROM revisions a {OF_POSTING}")
    return sorted(
        (tuple(value for name, value in row.items() if name not in TIMES) for row in rows), key=repr
    )


def check_captures(database: Path) -> None:
    """Read back every response that a row refers to."""
    store = Store.open(database, read_only=True)
    try:
        for row in store.db.query("SELECT * FROM captures"):
            page = writer.read_capture(writer.get_archive_folder(database), captures.row_to_capture_ref(row))
            assert page.status == row["status"]
    finally:
        store.close()


def check(database: Path, served: Served, clean: dict[str, Any]) -> None:
    found = kept(database)
    for part, expected in clean.items():
        assert found[part] == expected, part
    check_captures(database)
    assert find_overlaps(served.log) == []


def killed_and_crawled_again(
    seed: int, folder: Path, crawls: Crawls, served: Served, clean: dict[str, Any]
) -> None:
    chance = random.Random(seed)
    database = prepared(folder, served)
    for _ in range(chance.choice((1, 1, 2))):
        kill_after(crawls.start(database), served, chance.randrange(0, 70), chance.random() * 0.03)
    finish(crawls.start(database))
    check(database, served, clean)


@pytest.mark.parametrize("seed", range(2))
def test_a_killed_crawl_loses_and_doubles_nothing(
    seed: int, tmp_path: Path, crawls: Crawls, served: Served, clean: dict[str, Any]
) -> None:
    killed_and_crawled_again(seed, tmp_path, crawls, served, clean)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 124))
def test_a_crawl_may_be_killed_at_any_instant(
    seed: int, tmp_path: Path, crawls: Crawls, served: Served, clean: dict[str, Any]
) -> None:
    killed_and_crawled_again(seed, tmp_path, crawls, served, clean)


def test_two_crawls_at_once_take_turns(
    tmp_path: Path, crawls: Crawls, served: Served, clean: dict[str, Any]
) -> None:
    database = prepared(tmp_path, served)
    both = [crawls.start(database) for _ in range(2)]
    for process in both:
        finish(process)
    check(database, served, clean)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(200, 206))
def test_the_second_of_two_crawls_takes_over_when_the_first_is_killed(
    seed: int, tmp_path: Path, crawls: Crawls, served: Served, clean: dict[str, Any]
) -> None:
    chance = random.Random(seed)
    database = prepared(tmp_path, served)
    first, second = crawls.start(database), crawls.start(database)
    kill_after(first, served, chance.randrange(0, 70), chance.random() * 0.03)
    finish(second)
    finish(crawls.start(database))
    check(database, served, clean)


def test_a_crawl_that_is_asked_to_stop_stores_what_is_in_flight_and_says_so(
    tmp_path: Path, crawls: Crawls, served: Served, clean: dict[str, Any]
) -> None:
    database = prepared(tmp_path, served)
    before = len(served.log)
    process = crawls.start(database, delay_s="0.05")
    wait_for(process, served, 20)
    process.send_signal(signal.SIGTERM)
    said, complained = process.communicate(timeout=LONGEST_S)
    assert complained == ""
    assert "interrupted" in said
    articles = [each for each in served.log[before:] if "/Article/" in each.path]
    store = Store.open(database, read_only=True)
    assert query(store, "SELECT DISTINCT state FROM runs") == [("interrupted",)]
    assert len(query(store, "SELECT key FROM postings")) == len(articles)
    store.close()
    finish(crawls.start(database))
    check(database, served, clean)
