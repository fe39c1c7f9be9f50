"""Alarms of a watch: everybody's turn within the hour, told once; no trouble of telling ends the watch."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.cli.demo_month import Clock
from crawler.cli.reporter import Teller
from crawler.cli.watch_output import Spoken
from crawler.config import Config
from crawler.crawl.run import RunResult
from crawler.health.monitor import ROUND, STEP, Change, Monitor
from crawler.watch import heartbeat
from storage.models import Confidence, Source
from storage.store import Store
from storage.tables import alarms

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
SOURCES = [
    Source(
        f"wing-{n}-news",
        f"www.w{n}.mil",
        "",
        "",
        "",
        "",
        f"https://www.w{n}.mil/",
        None,
        Confidence.LOW,
        enabled=True,
    )
    for n in range(130)
]


class Noted(Spoken):
    """Notes what is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.changes: list[Change] = []

    def said(self, line: str) -> None:
        self.lines.append(line)

    def changed(self, change: Change) -> None:
        self.changes.append(change)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "milwire.db")


def test_every_newsroom_has_its_turn_within_the_hour(store: Store) -> None:
    clock = Clock(BEGIN)
    monitor = Monitor(store, BEGIN - timedelta(days=2), clock)  # none was ever read: all are in trouble
    monitor.take(Config(), SOURCES)
    told: list[Change] = []
    for minute in range(1, ROUND // STEP + 1):
        clock.set(BEGIN + STEP * minute)
        share = monitor.step()
        assert len(share) <= 3  # nothing else of the watch waits for long
        told += share
    assert sorted(change.alarm.source for change in told) == sorted(source.id for source in SOURCES)
    assert monitor.step() == []
    store.close()


def test_an_alarm_of_a_newsroom_that_is_watched_no_more_ends(store: Store) -> None:
    monitor = Monitor(store, BEGIN - timedelta(days=2), lambda: BEGIN)
    monitor.take(Config(), SOURCES[:2])
    monitor.examine([source.id for source in SOURCES])
    monitor.take(Config(), SOURCES[:1])
    assert [one.source for one in alarms.standing(store)] == [SOURCES[0].id]
    store.close()


def test_a_visit_without_news_costs_no_examination(store: Store) -> None:
    monitor = Monitor(store, BEGIN - timedelta(days=2), lambda: BEGIN)
    monitor.take(Config(), SOURCES[:1])
    assert monitor.visited(SOURCES[0].id, eventful=False) == []
    assert len(monitor.visited(SOURCES[0].id, eventful=True)) == 1
    assert monitor.visited(SOURCES[0].id, eventful=False) == []  # examined, and told once
    store.close()


def teller(store: Store, voice: Noted, file: Path | None = None) -> Teller:
    made = Teller(store.path, lambda _: (Config(), SOURCES[:2]), voice, file)
    made.load(store)
    return made


def test_a_watch_says_how_the_one_before_it_ended(store: Store) -> None:
    voice = Noted()
    pulse = '{"pid": 4711, "at": "2026-03-02T09:00:00+00:00"}'
    heartbeat.file_of(store.path).write_text(pulse, encoding="ascii")
    telling = teller(store, voice)
    telling.tick()
    telling.tick()
    (line,) = voice.lines
    assert line.startswith(
        "the watch before this one (process 4711) ended without a word: nothing was observed"
    )
    assert line.endswith("since 2026-03-02 09:00 UTC")
    store.close()


def test_metrics_that_cannot_be_written_are_told_and_stop_nothing(store: Store, tmp_path: Path) -> None:
    voice = Noted()
    (tmp_path / "taken.prom").mkdir()
    telling = teller(store, voice, tmp_path / "taken.prom")
    telling.tick()
    assert len(voice.lines) == 1
    assert voice.lines[0].startswith("metrics not written: ")
    telling.result(RunResult(SOURCES[0].id, 1, "ok"), ())
    store.close()


def test_metrics_count_what_was_before_the_watch_and_what_it_did(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "milwire.prom"
    store.db.execute(
        "INSERT INTO run_days VALUES ('wing-0-news', '2026-01-01', 4, 0, 30, 0, 0, 0, '{\"live\": 7}')"
    )
    telling = teller(store, Noted(), file)
    telling.tick()
    telling.result(RunResult(SOURCES[0].id, 1, "ok", requests=3, verdicts={"live": 2}), ())
    telling._written_at = None  # a minute later
    telling.tick()
    text = file.read_text(encoding="utf-8")
    assert "milwire_requests_total 33.0" in text
    assert 'milwire_looks_total{verdict="live"} 9.0' in text
    store.close()
