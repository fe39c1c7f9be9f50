"""Alarms of a watch: everybody's turn within the hour, told once; no trouble of telling ends the watch."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.cli.demo import SettableClock
from crawler.cli.reporter import TextOutput, WatchReporter
from crawler.config import Config
from crawler.crawl.run import CrawlOutcome
from crawler.health.monitor import ROUND, STEP, AlarmChange, Monitor
from crawler.watch import heartbeat
from storage.models import Confidence, RunState, Source
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


class Noted(TextOutput):
    """Collects lines and alarms instead of printing them."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.changes: list[AlarmChange] = []

    def report_line(self, line: str) -> None:
        self.lines.append(line)

    def report_alarm(self, change: AlarmChange) -> None:
        self.changes.append(change)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "milwire.db")


def test_every_newsroom_has_its_turn_within_the_hour(store: Store) -> None:
    clock = SettableClock(BEGIN)
    monitor = Monitor(store, BEGIN - timedelta(days=2), clock)  # none was ever read: all are in trouble
    monitor.set_sources(Config(), SOURCES)
    told: list[AlarmChange] = []
    for minute in range(1, ROUND // STEP + 1):
        clock.set_time(BEGIN + STEP * minute)
        share = monitor.examine_next()
        assert len(share) <= 3  # nothing else of the watch waits for long
        told += share
    assert sorted(change.alarm.source for change in told) == sorted(source.id for source in SOURCES)
    assert monitor.examine_next() == []
    store.close()


def test_an_alarm_of_a_newsroom_that_is_watched_no_more_ends(store: Store) -> None:
    monitor = Monitor(store, BEGIN - timedelta(days=2), lambda: BEGIN)
    monitor.set_sources(Config(), SOURCES[:2])
    monitor.examine_sources([source.id for source in SOURCES])
    monitor.set_sources(Config(), SOURCES[:1])
    assert [one.source for one in alarms.list_open_alarms(store.db)] == [SOURCES[0].id]
    store.close()


def test_a_visit_without_news_costs_no_examination(store: Store) -> None:
    monitor = Monitor(store, BEGIN - timedelta(days=2), lambda: BEGIN)
    monitor.set_sources(Config(), SOURCES[:1])
    assert monitor.examine_after_visit(SOURCES[0].id, eventful=False) == []
    assert len(monitor.examine_after_visit(SOURCES[0].id, eventful=True)) == 1
    assert monitor.examine_after_visit(SOURCES[0].id, eventful=False) == []  # examined, and told once
    store.close()


def teller(store: Store, voice: Noted, file: Path | None = None) -> WatchReporter:
    made = WatchReporter(store.path, lambda _: (Config(), SOURCES[:2]), voice, file)
    made.load_newsrooms(store)
    return made


def test_a_watch_says_how_the_one_before_it_ended(store: Store) -> None:
    voice = Noted()
    pulse = '{"pid": 4711, "at": "2026-03-02T09:00:00+00:00"}'
    heartbeat.get_pulse_file(store.path).write_text(pulse, encoding="ascii")
    telling = teller(store, voice)
    telling.run_periodic_tasks()
    telling.run_periodic_tasks()
    (line,) = voice.lines
    assert line.startswith(
        "the previous watch (process 4711) ended without being stopped: nothing was observed"
    )
    assert line.endswith("since 2026-03-02 09:00 UTC")
    store.close()


def test_metrics_that_cannot_be_written_are_told_and_stop_nothing(store: Store, tmp_path: Path) -> None:
    voice = Noted()
    (tmp_path / "taken.prom").mkdir()
    telling = teller(store, voice, tmp_path / "taken.prom")
    telling.run_periodic_tasks()
    assert len(voice.lines) == 1
    assert voice.lines[0].startswith("metrics not written: ")
    telling.report_visit(CrawlOutcome(SOURCES[0].id, 1, RunState.OK), ())
    store.close()


def test_metrics_count_what_was_before_the_watch_and_what_it_did(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "milwire.prom"
    store.db.execute(
        "INSERT INTO run_days VALUES ('wing-0-news', '2026-01-01', 4, 0, 30, 0, 0, 0, '{\"live\": 7}')"
    )
    telling = teller(store, Noted(), file)
    telling.run_periodic_tasks()
    telling.report_visit(CrawlOutcome(SOURCES[0].id, 1, RunState.OK, requests=3, verdicts={"live": 2}), ())
    telling._written_at = None  # a minute later
    telling.run_periodic_tasks()
    text = file.read_text(encoding="utf-8")
    assert "milwire_requests_total 33.0" in text
    assert 'milwire_looks_total{verdict="live"} 9.0' in text
    store.close()
