"""What a watch tells while it runs: visits and the watch's affairs, alarms, and the file of its metrics."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from crawler.cli.watch_output import Voice
from crawler.config import Config
from crawler.crawl.run import RunResult
from crawler.health import metrics, report
from crawler.health.metrics import Measured
from crawler.health.monitor import Change, Monitor
from crawler.health.report import WatchState
from crawler.watch import heartbeat
from storage.db.timestamps import utcnow
from storage.models import Event, Source, StoreError
from storage.queries import health
from storage.queries.totals import Totals, added, totals
from storage.store import Store
from storage.tables import refusals

WRITTEN_EVERY = timedelta(minutes=1)

Load = Callable[[Store], tuple[Config, Sequence[Source]]]


class Teller:
    """Hears what a watch does and tells it; what goes wrong in telling is told too, and stops nothing."""

    def __init__(self, database: Path, load: Load, voice: Voice, file: Path | None) -> None:
        self.database = database
        self.voice = voice
        self.began_at = utcnow()
        self._before = report.watching(heartbeat.pulse(database), self.began_at)
        self._load = load
        self._file = file
        self._store: Store | None = None
        self._config = Config()
        self._sources: Sequence[Source] = ()
        self._monitor: Monitor | None = None  # there once the watch is the only one at work
        self._totals = Totals()
        self._written_at: datetime | None = None

    def load(self, store: Store) -> tuple[Config, Sequence[Source]]:
        """Return configuration and newsrooms as they are now, at the start and at each reload."""
        self._store = store
        self._config, self._sources = self._load(store)
        self.voice.meet(self._sources)
        if self._monitor is not None:
            self._monitor.take(self._config, self._sources)
        return self._config, self._sources

    def result(self, result: RunResult, events: Sequence[Event]) -> None:
        """Tell of a visit, and of the alarms that begin or end with it."""
        self.voice.visited(result, events)
        self._totals = added(self._totals, _work(result, events))
        if self._monitor is not None:
            eventful = bool(result.failures or events)
            self._tell(lambda monitor: monitor.visited(result.source_id, eventful=eventful))

    def line(self, line: str) -> None:
        """Tell what happened to the watch itself."""
        self.voice.said(line)

    def tick(self) -> None:
        """Do what is to be done now and then; called every few seconds while the watch is at work."""
        if self._monitor is None and self._store is not None:
            self._begin(self._store)
        self._tell(lambda monitor: monitor.step())
        now = utcnow()
        if self._file and (self._written_at is None or abs(now - self._written_at) >= WRITTEN_EVERY):
            self._written_at = now
            self._write(self._file, now)

    def _begin(self, store: Store) -> None:
        try:
            monitor = Monitor(store, self.began_at, utcnow)
            monitor.take(self._config, self._sources)
            self._totals = totals(store) if self._file else self._totals
        except StoreError as error:  # tried again with the next tick
            self.voice.said(str(error))
            return
        self._monitor = monitor
        self.voice.started(len(self._sources), len({source.host.lower() for source in self._sources}))
        before = self._before
        if before.state is WatchState.DEAD and before.at:
            died = f"the watch before this one (process {before.pid}) ended without a word"
            self.voice.said(f"{died}: nothing was observed since {before.at:%Y-%m-%d %H:%M} UTC")

    def _tell(self, examine: Callable[[Monitor], list[Change]]) -> None:
        if self._monitor is None:
            return
        try:
            changes = examine(self._monitor)
        except StoreError as error:  # told with the next look, too; a newsroom is examined again anyway
            self.voice.said(str(error))
            return
        for change in changes:
            self.voice.changed(change)

    def _write(self, file: Path, now: datetime) -> None:
        if self._monitor is None:
            return
        store = self._monitor.store
        try:
            measured = Measured(
                watch=report.watching(heartbeat.pulse(self.database), now),
                totals=self._totals,
                enabled=sorted(source.id for source in self._sources),
                successes=health.last_successes(store),
                alarms=list(self._monitor.standing),
                refusing=len(refusals.standing(store)),
                database=self.database,
            )
            metrics.write(file, metrics.text(measured))
        except (OSError, StoreError) as error:
            self.voice.said(f"metrics not written: {error}")


def _work(result: RunResult, events: Iterable[Event]) -> Totals:
    counts: dict[str, int] = {}
    for event in events:
        counts[event.kind] = counts.get(event.kind, 0) + 1
    return Totals(runs=1, requests=result.requests, looks=result.verdicts, events=counts)
