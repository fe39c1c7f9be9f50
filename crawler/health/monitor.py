"""The alarms of a watch as they begin and end: after visits, and for all newsrooms within each hour."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.config import Config
from crawler.health import report
from storage.models import Source
from storage.store import Store
from storage.tables import alarms
from storage.tables.alarms import StoredAlarm

ROUND = timedelta(hours=1)  # in which each newsroom is examined, visited or not
STEP = timedelta(minutes=1)  # a few at a time: nothing else of the watch waits for long


@dataclass(frozen=True, slots=True)
class Change:
    """An alarm that begins, or one that ends."""

    alarm: StoredAlarm
    has_begun: bool


class Monitor:
    """The alarms of one watch; what stands is in the store."""

    def __init__(self, store: Store, began_at: datetime, clock: Callable[[], datetime]) -> None:
        self.store = store
        self.began_at = began_at
        self.clock = clock
        self.standing = {(one.source, one.kind): one for one in alarms.list_open_alarms(store.db)}
        self._patience: dict[str, timedelta] = {}
        self._sources: dict[str, Source] = {}
        self._queue: deque[str] = deque()
        self._stepped_at = began_at

    def take(self, config: Config, sources: Sequence[Source]) -> None:
        """Take up the configuration and the newsrooms as they are now; alarms of others end."""
        self._patience = report.patiences(config, sources)
        self._sources = {source.id: source for source in sources}
        self._queue = deque(self._sources)
        self._end([one for one in self.standing.values() if one.source not in self._sources])

    def visited(self, identifier: str, *, eventful: bool) -> list[Change]:
        """Examine a newsroom after a visit that brought or failed something, or while an alarm stands.

        Where neither is so, nothing but time can begin an alarm, and `step` sees to that.
        """
        has_alarm = any(source == identifier for source, _ in self.standing)
        return self.examine([identifier]) if eventful or has_alarm else []

    def step(self) -> list[Change]:
        """Examine the next few newsrooms where a minute has passed: an hour is enough for all."""
        now = self.clock()
        if abs(now - self._stepped_at) < STEP:
            return []
        self._stepped_at = now
        share = -(-len(self._queue) // (ROUND // STEP))
        due = [self._queue[place] for place in range(share)]
        self._queue.rotate(-share)
        return self.examine(due)

    def examine(self, identifiers: Iterable[str]) -> list[Change]:
        """Return the alarms that begin and end with newsrooms as they are now, and keep them so."""
        now = self.clock()
        sources = [self._sources[one] for one in identifiers if one in self._sources]
        found: dict[tuple[str, str], StoredAlarm] = {}
        for _, told in report.examined(self.store, sources, self._patience, self.began_at, now):
            for one in told:
                kept = StoredAlarm(one.source, one.kind, one.line, one.advice, one.since_at, now)
                found[one.source, one.kind] = kept
        looked_at = {source.id for source in sources}
        over = [one for key, one in self.standing.items() if key[0] in looked_at and key not in found]
        new = [one for key, one in found.items() if key not in self.standing]
        self._end(over)
        self._begin(new)
        return [
            *(Change(one, has_begun=False) for one in over),
            *(Change(one, has_begun=True) for one in new),
        ]

    def _begin(self, new: Sequence[StoredAlarm]) -> None:
        if new:
            with self.store.writing() as db:
                alarms.record_alarms(db, new)
            self.standing |= {(one.source, one.kind): one for one in new}

    def _end(self, over: Sequence[StoredAlarm]) -> None:
        if over:
            with self.store.writing() as db:
                alarms.end_alarms(db, over, self.clock())
            self.standing = {key: one for key, one in self.standing.items() if one not in over}
