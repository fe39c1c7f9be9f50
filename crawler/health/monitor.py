"""Notices alarms of a watch as they begin and end: after visits, and for every newsroom once an hour."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.config import Config
from crawler.health import report
from crawler.watch import observation_gaps
from storage.models import Source
from storage.store import Store
from storage.tables import alarms
from storage.tables.alarms import StoredAlarm

ROUND = timedelta(hours=1)  # every newsroom is examined once in this, visited or not
STEP = timedelta(minutes=1)  # a few at a time, so that visits need not wait long


@dataclass(frozen=True, slots=True)
class AlarmChange:
    """An alarm that begins, or one that ends."""

    alarm: StoredAlarm
    has_begun: bool


class Monitor:
    """The alarms of one watch; open alarms are in the database."""

    def __init__(self, store: Store, began_at: datetime, clock: Callable[[], datetime]) -> None:
        self.store = store
        self.began_at = began_at
        self.clock = clock
        self.open_alarms = {(one.source, one.kind): one for one in alarms.list_open_alarms(store.db)}
        self._patience: dict[str, timedelta] = {}
        self._sources: dict[str, Source] = {}
        self._queue: deque[str] = deque()
        self._stepped_at = began_at

    def set_sources(self, config: Config, sources: Sequence[Source]) -> None:
        """Set the configuration and newsrooms to watch; alarms of other newsrooms end."""
        self._patience = observation_gaps.list_patiences(config, sources)
        self._sources = {source.id: source for source in sources}
        self._queue = deque(self._sources)
        self._record_ended([one for one in self.open_alarms.values() if one.source not in self._sources])

    def examine_after_visit(self, identifier: str, *, eventful: bool) -> list[AlarmChange]:
        """Examine a newsroom after a visit with events or failures, or while it has an alarm.

        Otherwise only time can begin an alarm, and `examine_next` notices that.
        """
        has_alarm = any(source == identifier for source, _ in self.open_alarms)
        return self.examine_sources([identifier]) if eventful or has_alarm else []

    def examine_next(self) -> list[AlarmChange]:
        """Examine the next few newsrooms if a minute has passed; all have had their turn after an hour."""
        now = self.clock()
        if abs(now - self._stepped_at) < STEP:
            return []
        self._stepped_at = now
        share = -(-len(self._queue) // (ROUND // STEP))
        due = [self._queue[index] for index in range(share)]
        self._queue.rotate(-share)
        return self.examine_sources(due)

    def examine_sources(self, identifiers: Iterable[str]) -> list[AlarmChange]:
        """Examine newsrooms, record the alarms that begin and end, and return them."""
        now = self.clock()
        sources = [self._sources[one] for one in identifiers if one in self._sources]
        found: dict[tuple[str, str], StoredAlarm] = {}
        for _, newsroom_alarms in report.examine_in_batches(
            self.store, sources, self._patience, self.began_at, now
        ):
            for one in newsroom_alarms:
                kept = StoredAlarm(one.source, one.kind, one.line, one.advice, one.since_at, now)
                found[one.source, one.kind] = kept
        looked_at = {source.id for source in sources}
        over = [one for key, one in self.open_alarms.items() if key[0] in looked_at and key not in found]
        new = [one for key, one in found.items() if key not in self.open_alarms]
        self._record_ended(over)
        self._record_begun(new)
        return [
            *(AlarmChange(one, has_begun=False) for one in over),
            *(AlarmChange(one, has_begun=True) for one in new),
        ]

    def _record_begun(self, new: Sequence[StoredAlarm]) -> None:
        if new:
            with self.store.writing() as db:
                alarms.record_alarms(db, new)
            self.open_alarms |= {(one.source, one.kind): one for one in new}

    def _record_ended(self, over: Sequence[StoredAlarm]) -> None:
        if over:
            with self.store.writing() as db:
                alarms.end_alarms(db, over, self.clock())
            self.open_alarms = {key: one for key, one in self.open_alarms.items() if one not in over}
