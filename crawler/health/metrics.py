"""What a watch measures, as Prometheus reads it from a file: for the textfile collector of the node exporter.

Labels are ids of newsrooms, verdicts and kinds, all of them ours: nothing that a host says can add one.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from crawler.health.alarms import AlarmKind
from crawler.health.report import HealthReport, WatchStatus, WatchState
from storage.archive.writer import get_archive_folder
from storage.db.reading import Readable
from storage.models import EventKind, Verdict
from storage.queries.totals import Totals, read_totals


@dataclass(frozen=True, slots=True)
class Measurements:
    """What is told of a database and its watch at one instant."""

    watch: WatchStatus
    totals: Totals
    enabled: Sequence[str]  # ids
    successes: Mapping[str, datetime]  # the last of each newsroom, by id
    alarms: Iterable[tuple[str, str]]  # newsroom and kind of those that stand
    refusing: int  # hosts
    database: Path


def measure_report(found: HealthReport, store: Readable, database: Path) -> Measurements:
    """Return what is told of a database that was examined."""
    return Measurements(
        watch=found.watch,
        totals=read_totals(store),
        enabled=[one.source for one in found.sources if one.enabled],
        successes={one.source: one.last_success_at for one in found.sources if one.last_success_at},
        alarms=[(one.source, one.kind) for health in found.sources for one in health.alarms],
        refusing=len(found.refused),
        database=database,
    )


def format_metrics(measured: Measurements) -> str:
    """Return all metrics in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Once(measured))
    return generate_latest(registry).decode()


def write_metrics(file: Path, told: str) -> None:
    """Put metrics into a file at once: whoever reads it sees the old ones or the new ones, whole."""
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")  # the collector reads *.prom alone
    try:
        unfinished.write_text(told, encoding="utf-8")
        unfinished.chmod(0o644)  # the exporter is another user
        unfinished.replace(file)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


class _Once(Collector):
    """Gives what was measured to the one registry that asks for it."""

    def __init__(self, measured: Measurements) -> None:
        self._measured = measured

    def collect(self) -> Iterator[Metric]:
        one = self._measured
        yield from _of_watch(one)
        yield from _of_sources(one)
        yield from _of_work(one.totals)
        yield from _of_files(one.database)


def _of_watch(one: Measurements) -> Iterator[Metric]:
    yield _labelled("milwire_info", "The version that tells this.", {version("milwire"): 1}, "version")
    yield _gauge(
        "milwire_watch_running", "1 while a watch shows signs of life.", one.watch.state is WatchState.RUNNING
    )
    if one.watch.at:
        yield _gauge(
            "milwire_watch_beat_timestamp_seconds",
            "Last sign of life of the watch.",
            one.watch.at.timestamp(),
        )
    if one.watch.started_at:
        began = one.watch.started_at.timestamp()
        yield _gauge("milwire_watch_start_timestamp_seconds", "When the watch began.", began)


def _of_sources(one: Measurements) -> Iterator[Metric]:
    yield _gauge("milwire_sources", "Newsrooms that are enabled.", len(one.enabled))
    seen = {source: one.successes[source].timestamp() for source in one.enabled if source in one.successes}
    about = "When feed or listing of a newsroom was read well; 0: never."
    yield _labelled(
        "milwire_source_last_success_timestamp_seconds",
        about,
        dict.fromkeys(one.enabled, 0.0) | seen,
        "source",
    )
    standing = list(one.alarms)
    counts = {str(kind): sum(other == kind for _, other in standing) for kind in AlarmKind}
    yield _labelled("milwire_alarms", "Alarms that stand.", counts, "kind")
    family = GaugeMetricFamily("milwire_source_alarm", "1 while an alarm stands.", labels=["source", "kind"])
    for source, kind in standing:
        family.add_metric([source, kind], 1)
    yield family
    yield _gauge("milwire_hosts_refusing", "Hosts that do not let us look.", one.refusing)


def _of_work(done: Totals) -> Iterator[Metric]:
    yield _counter("milwire_runs_total", "Crawls that were begun.", done.runs)
    yield _counter("milwire_requests_total", "Requests sent, robots.txt included.", done.requests)
    looks = {str(verdict): done.looks.get(verdict, 0) for verdict in Verdict}
    yield _counters("milwire_looks_total", "Looks by what they told, robots.txt included.", looks, "verdict")
    events = {str(kind): done.events.get(kind, 0) for kind in EventKind if not kind.is_hidden}
    yield _counters("milwire_events_total", "Lines of the ledger.", events, "kind")


def _of_files(database: Path) -> Iterator[Metric]:
    files = (database, database.with_name(f"{database.name}-wal"))
    size = sum(file.stat().st_size for file in files if file.exists())
    yield _gauge("milwire_database_bytes", "Size of the database, its log included.", size)
    folder = get_archive_folder(database)
    kept = sum(file.stat().st_size for file in folder.iterdir()) if folder.is_dir() else 0
    yield _gauge("milwire_captures_bytes", "Size of the responses that are kept.", kept)


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=value)


def _counter(name: str, about: str, value: float) -> Metric:
    return CounterMetricFamily(name, about, value=value)


def _labelled(name: str, about: str, values: Mapping[str, float], label: str) -> Metric:
    return _filled(GaugeMetricFamily(name, about, labels=[label]), values)


def _counters(name: str, about: str, values: Mapping[str, float], label: str) -> Metric:
    return _filled(CounterMetricFamily(name, about, labels=[label]), values)


def _filled(family: GaugeMetricFamily | CounterMetricFamily, values: Mapping[str, float]) -> Metric:
    for value, number in values.items():
        family.add_metric([value], number)
    return family
