"""Prometheus metrics of a watch, for the textfile collector of the node exporter.

Labels are ids of newsrooms, verdicts and kinds, all of them ours: no host can add one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest, write_to_textfile
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from crawler.health.alarms import AlarmKind
from crawler.health.report import HealthReport, WatchState, WatchStatus
from storage.archive.writer import get_archive_folder
from storage.db.reading import Readable
from storage.models import EventKind, Verdict
from storage.queries.totals import Totals, read_totals


@dataclass(frozen=True, slots=True)
class Measurements:
    """What the metrics say of a database and its watch at one instant."""

    watch: WatchStatus
    totals: Totals
    enabled: Sequence[str]  # ids
    successes: Mapping[str, datetime]  # the last of each newsroom, by id
    alarms: Iterable[tuple[str, str]]  # newsroom and kind of each open alarm
    refusing: int  # hosts
    database: Path


def measure_report(found: HealthReport, store: Readable, database: Path) -> Measurements:
    """Return the measurements of a database, from its health report."""
    return Measurements(
        watch=found.watch,
        totals=read_totals(store),
        enabled=[one.source for one in found.sources if one.enabled],
        successes={one.source: one.last_success_at for one in found.sources if one.last_success_at},
        alarms=[(one.source, one.kind) for health in found.sources for one in health.alarms],
        refusing=len(found.refused),
        database=database,
    )


def render_metrics(measured: Measurements) -> str:
    """Return all metrics in Prometheus' text format."""
    return generate_latest(_build_registry(measured)).decode()


def write_metrics(file: Path, measured: Measurements) -> None:
    """Replace a file of metrics at once, so that readers see the old or the new one, never a part.

    Raises OSError and leaves the old file if the new one cannot be written.
    """
    write_to_textfile(str(file), _build_registry(measured))  # a temporary file, then a rename
    file.chmod(0o644)  # the exporter runs as another user


def _build_registry(measured: Measurements) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(_MeasurementsCollector(measured))
    return registry


class _MeasurementsCollector(Collector):
    """Hands measurements to the registry."""

    def __init__(self, measured: Measurements) -> None:
        self._measured = measured

    def collect(self) -> Iterator[Metric]:
        one = self._measured
        yield from _list_watch_metrics(one)
        yield from _list_source_metrics(one)
        yield from _list_work_metrics(one.totals)
        yield from _list_file_metrics(one.database)


def _list_watch_metrics(one: Measurements) -> Iterator[Metric]:
    yield _make_gauges("milwire_info", "The version of milwire.", {version("milwire"): 1}, "version")
    yield _make_gauge(
        "milwire_watch_running", "1 while a watch is running.", one.watch.state is WatchState.RUNNING
    )
    if one.watch.at:
        yield _make_gauge(
            "milwire_watch_beat_timestamp_seconds",
            "Last pulse of the watch.",
            one.watch.at.timestamp(),
        )
    if one.watch.started_at:
        began = one.watch.started_at.timestamp()
        yield _make_gauge("milwire_watch_start_timestamp_seconds", "When the watch began.", began)


def _list_source_metrics(one: Measurements) -> Iterator[Metric]:
    yield _make_gauge("milwire_sources", "Newsrooms that are enabled.", len(one.enabled))
    seen = {source: one.successes[source].timestamp() for source in one.enabled if source in one.successes}
    about = "When feed or listing of a newsroom was last read; 0: never."
    yield _make_gauges(
        "milwire_source_last_success_timestamp_seconds",
        about,
        dict.fromkeys(one.enabled, 0.0) | seen,
        "source",
    )
    open_alarms = list(one.alarms)
    counts = {str(kind): sum(other == kind for _, other in open_alarms) for kind in AlarmKind}
    yield _make_gauges("milwire_alarms", "Open alarms.", counts, "kind")
    family = GaugeMetricFamily("milwire_source_alarm", "1 while an alarm is open.", labels=["source", "kind"])
    for source, kind in open_alarms:
        family.add_metric([source, kind], 1)
    yield family
    yield _make_gauge("milwire_hosts_refusing", "Hosts that refuse us.", one.refusing)


def _list_work_metrics(done: Totals) -> Iterator[Metric]:
    yield _make_counter("milwire_runs_total", "Crawls started.", done.runs)
    yield _make_counter("milwire_requests_total", "Requests sent, robots.txt included.", done.requests)
    looks = {str(verdict): done.looks.get(verdict, 0) for verdict in Verdict}
    yield _make_counters("milwire_looks_total", "Looks by verdict, robots.txt included.", looks, "verdict")
    events = {str(kind): done.events.get(kind, 0) for kind in EventKind if not kind.is_hidden}
    yield _make_counters("milwire_events_total", "Events in the ledger.", events, "kind")


def _list_file_metrics(database: Path) -> Iterator[Metric]:
    files = (database, database.with_name(f"{database.name}-wal"))
    size = sum(file.stat().st_size for file in files if file.exists())
    yield _make_gauge("milwire_database_bytes", "Size of the database, its log included.", size)
    folder = get_archive_folder(database)
    kept = sum(file.stat().st_size for file in folder.iterdir()) if folder.is_dir() else 0
    yield _make_gauge("milwire_captures_bytes", "Size of the stored responses.", kept)


def _make_gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=value)


def _make_counter(name: str, about: str, value: float) -> Metric:
    return CounterMetricFamily(name, about, value=value)


def _make_gauges(name: str, about: str, values: Mapping[str, float], label: str) -> Metric:
    return _fill_family(GaugeMetricFamily(name, about, labels=[label]), values)


def _make_counters(name: str, about: str, values: Mapping[str, float], label: str) -> Metric:
    return _fill_family(CounterMetricFamily(name, about, labels=[label]), values)


def _fill_family(family: GaugeMetricFamily | CounterMetricFamily, values: Mapping[str, float]) -> Metric:
    for value, number in values.items():
        family.add_metric([value], number)
    return family
