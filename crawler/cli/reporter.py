"""Reports what a watch does: visits, alarms and trouble, as text or as a log, and a file of metrics."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from crawler.cli import json_logs
from crawler.cli.terminal import escape_line, format_value, print_json, print_line, print_message
from crawler.config import Config
from crawler.crawl.run import CrawlOutcome
from crawler.health import metrics, report
from crawler.health.metrics import Measurements
from crawler.health.monitor import AlarmChange, Monitor
from crawler.health.report import WatchState
from crawler.watch import heartbeat
from storage.db.timestamps import get_utc_now
from storage.models import Event, Source, StoreError
from storage.queries import answers, health
from storage.queries.totals import Totals, add_totals, read_totals
from storage.store import Store
from storage.tables import refusals

METRICS_INTERVAL = timedelta(minutes=1)
INTERNAL = frozenset({"has_own_errors", "feed_covers_listing"})  # fields of an outcome for the planner alone

LOGGED_COUNTS = ("run_id", "state", "complete", "found", "published", "edited", "requests", "verdicts")

LoadNewsrooms = Callable[[Store], tuple[Config, Sequence[Source]]]


class WatchOutput(Protocol):
    """One way to report what a watch does."""

    def set_sources(self, sources: Sequence[Source]) -> None:
        """Learn which newsrooms are watched; called at the start and at each reload."""

    def report_start(self, newsrooms: int, hosts: int) -> None:
        """Report that the watch begins."""

    def report_visit(self, result: CrawlOutcome, events: Sequence[Event]) -> None:
        """Report a visit and its events."""

    def report_alarm(self, change: AlarmChange) -> None:
        """Report an alarm that begins or ends."""

    def report_line(self, line: str) -> None:
        """Report trouble of the watch itself."""

    def report_reload(self, line: str) -> None:
        """Report that the watch has read configuration and newsrooms again."""

    def report_stop(self, line: str) -> None:
        """Report that the watch ends."""


class TextOutput:
    """Events on stdout, one per line; failures, alarms and trouble of the watch itself on stderr."""

    def set_sources(self, sources: Sequence[Source]) -> None:
        """Do nothing: each line names its newsroom."""

    def report_start(self, newsrooms: int, hosts: int) -> None:
        """Print nothing: the user has just started it."""

    def report_visit(self, result: CrawlOutcome, events: Sequence[Event]) -> None:
        """Print the events and failures of a visit; a visit without any prints nothing."""
        for event in events:
            if not event.kind.is_hidden:
                what = event.title or event.posting or ""
                answer = answers.describe_event_answer(event)
                what += f" ({answer})" if answer else ""
                print_line(escape_line(f"{format_value(event.at)} {event.source}: {event.kind} {what}"))
        for failure in result.failures:
            print_message(f"{result.source_id}: {failure}", "red")

    def report_alarm(self, change: AlarmChange) -> None:
        """Print one line when an alarm begins and one when it ends."""
        alarm = change.alarm
        if change.has_begun:
            print_message(f"ALARM {alarm.source}: {alarm.kind}: {alarm.line}. {alarm.advice}", "bold red")
        else:
            print_message(
                f"over {alarm.source}: {alarm.kind} (since {format_value(alarm.began_at)} UTC)",
                "green",
            )

    def report_line(self, line: str) -> None:
        """Print a line."""
        print_message(line)

    def report_reload(self, line: str) -> None:
        """Print a line."""
        print_message(line)

    def report_stop(self, line: str) -> None:
        """Print a line."""
        print_message(line)


class JsonVisitsOutput(TextOutput):
    """Visits on stdout, one JSON object per line (`--json`); everything else as text."""

    def report_visit(self, result: CrawlOutcome, events: Sequence[Event]) -> None:
        """Print a visit as JSON."""
        print_json(make_visit_json(result))


class LogOutput:
    """Everything on stderr, one JSON object per line (`--log-json`)."""

    def __init__(self, *, prints_visits: bool = False) -> None:
        self._hosts: dict[str, str] = {}  # of newsrooms, by id
        self._prints_visits = prints_visits  # on stdout as well

    def set_sources(self, sources: Sequence[Source]) -> None:
        """Learn the host of each newsroom."""
        self._hosts |= {source.id: source.host for source in sources}

    def report_start(self, newsrooms: int, hosts: int) -> None:
        """Log that the watch begins."""
        message = f"watching {newsrooms} newsrooms on {hosts} hosts"
        json_logs.log_json_event("started", message, {"newsrooms": newsrooms, "hosts": hosts})

    def report_visit(self, result: CrawlOutcome, events: Sequence[Event]) -> None:
        """Log each event and failure of a visit, then the visit."""
        if self._prints_visits:
            print_json(make_visit_json(result))
        for event in events:
            self.log_event(event)
        source = self._describe_source(result.source_id)
        for failure in result.failures:
            json_logs.log_json_event("failure", failure, source, logging.WARNING)
        counts = {name: getattr(result, name) for name in LOGGED_COUNTS}
        message = f"{result.source_id}: {result.state}, {result.requests} requests"
        json_logs.log_json_event("visit", message, source | counts)

    def log_event(self, event: Event) -> None:
        """Log an event, unless it is of a kind that is never shown."""
        if event.kind.is_hidden:
            return
        details = {"id": event.id, "posting": event.posting, "release": event.release, "title": event.title}
        message = f"{event.source}: {event.kind} {event.title or event.posting or ''}"
        source = self._describe_source(event.source)
        json_logs.log_json_event("event", message, source | {"kind": event.kind} | details)

    def report_alarm(self, change: AlarmChange) -> None:
        """Log an alarm that begins or ends."""
        alarm = change.alarm
        name, level = ("alarm_begun", logging.ERROR) if change.has_begun else ("alarm_ended", logging.INFO)
        details = {"since_at": alarm.since_at, "began_at": alarm.began_at, "advice": alarm.advice}
        message = f"{alarm.source}: {alarm.kind}: {alarm.line}"
        json_logs.log_json_event(
            name, message, self._describe_source(alarm.source) | {"kind": alarm.kind} | details, level
        )

    def report_line(self, line: str) -> None:
        """Log trouble of the watch itself."""
        json_logs.log_json_event("trouble", line, {}, logging.WARNING)

    def report_reload(self, line: str) -> None:
        """Log that the watch has read configuration and newsrooms again."""
        json_logs.log_json_event("reloaded", line, {})

    def report_stop(self, line: str) -> None:
        """Log that the watch ends."""
        json_logs.log_json_event("stopped", line, {})

    def _describe_source(self, source: str | None) -> dict[str, object]:
        return {"source": source, "host": self._hosts.get(source or "")}


class WatchReporter:
    """Reports what a watch does, examines alarms and writes metrics; its own failures stop nothing."""

    def __init__(self, database: Path, load: LoadNewsrooms, output: WatchOutput, file: Path | None) -> None:
        self.database = database
        self.output = output
        self.began_at = get_utc_now()
        self._before = report.read_watch_status(heartbeat.read_pulse(database), self.began_at)
        self._load = load
        self._file = file
        self._store: Store | None = None
        self._config = Config()
        self._sources: Sequence[Source] = ()
        self._monitor: Monitor | None = None  # there once the watch is the only one at work
        self._totals = Totals()
        self._written_at: datetime | None = None

    def load_newsrooms(self, store: Store) -> tuple[Config, Sequence[Source]]:
        """Return the current configuration and newsrooms; called at the start and at each reload."""
        self._store = store
        self._config, self._sources = self._load(store)
        self.output.set_sources(self._sources)
        if self._monitor is not None:
            self._monitor.set_sources(self._config, self._sources)
        return self._config, self._sources

    def report_visit(self, result: CrawlOutcome, events: Sequence[Event]) -> None:
        """Report a visit, and the alarms that begin or end with it."""
        self.output.report_visit(result, events)
        self._totals = add_totals(self._totals, _count_work(result, events))
        if self._monitor is not None:
            eventful = bool(result.failures or events)
            self._report_alarms(
                lambda monitor: monitor.examine_after_visit(result.source_id, eventful=eventful)
            )

    def report_line(self, line: str) -> None:
        """Report what happened to the watch itself."""
        self.output.report_line(line)

    def run_periodic_tasks(self) -> None:
        """Examine alarms and write metrics when due; called every few seconds while the watch runs."""
        if self._monitor is None and self._store is not None:
            self._start_monitor(self._store)
        self._report_alarms(lambda monitor: monitor.examine_next())
        now = get_utc_now()
        if self._file and (self._written_at is None or abs(now - self._written_at) >= METRICS_INTERVAL):
            self._written_at = now
            self._write_metrics(self._file, now)

    def _start_monitor(self, store: Store) -> None:
        try:
            monitor = Monitor(store, self.began_at, get_utc_now)
            monitor.set_sources(self._config, self._sources)
            self._totals = read_totals(store) if self._file else self._totals
        except StoreError as error:  # tried again in a few seconds
            self.output.report_line(str(error))
            return
        self._monitor = monitor
        self.output.report_start(len(self._sources), len({source.host.lower() for source in self._sources}))
        before = self._before
        if before.state is WatchState.DEAD and before.at:
            died = f"the previous watch (process {before.pid}) ended without being stopped"
            self.output.report_line(f"{died}: nothing was observed since {before.at:%Y-%m-%d %H:%M} UTC")

    def _report_alarms(self, examine: Callable[[Monitor], list[AlarmChange]]) -> None:
        if self._monitor is None:
            return
        try:
            changes = examine(self._monitor)
        except StoreError as error:  # each newsroom is examined again within the hour
            self.output.report_line(str(error))
            return
        for change in changes:
            self.output.report_alarm(change)

    def _write_metrics(self, file: Path, now: datetime) -> None:
        if self._monitor is None:
            return
        store = self._monitor.store
        try:
            measured = Measurements(
                watch=report.read_watch_status(heartbeat.read_pulse(self.database), now),
                totals=self._totals,
                enabled=sorted(source.id for source in self._sources),
                successes=health.find_last_successes(store),
                alarms=list(self._monitor.open_alarms),
                refusing=len(refusals.list_refusals(store.db)),
                database=self.database,
            )
            metrics.write_metrics(file, measured)
        except (OSError, StoreError) as error:
            self.output.report_line(f"metrics not written: {error}")


def make_visit_json(result: CrawlOutcome) -> dict[str, object]:
    """Return the documented object of a visit (docs/json.md), for `crawl --json` and `watch --json`."""
    return {field.name: getattr(result, field.name) for field in fields(result) if field.name not in INTERNAL}


def _count_work(result: CrawlOutcome, events: Iterable[Event]) -> Totals:
    counts: dict[str, int] = {}
    for event in events:
        counts[event.kind] = counts.get(event.kind, 0) + 1
    return Totals(runs=1, requests=result.requests, looks=result.verdicts, events=counts)
