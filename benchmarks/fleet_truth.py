"""Compare the changes of a fleet with the reported events: delays, misses, false events."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crawler.parsing import urls
from simulator.fleet import START, Fleet, Host, Newsroom
from simulator.fleet_pages import ARTICLE
from storage.models import HIDDEN_EVENTS, Event, EventKind, RemovalPolicy

Kind = EventKind
Key = tuple[str, int]  # source, release
# What a removal may bring besides: it is suspected first, and drops out of the lists.
OF_REMOVAL = frozenset({Kind.SUSPECTED, Kind.UNLISTED})


@dataclass(slots=True)
class ServedRelease:
    """What the server showed of a release that changes: looks before it, and after."""

    before_at: float | None = None
    after: list[float] = field(default_factory=list)  # of a removal; of an edit the first


@dataclass(frozen=True, slots=True)
class FleetChange:
    """A change of a release that a watcher knew before, and when it was reported."""

    newsroom: Newsroom
    index: int
    reported_s: float | None
    first_shown_s: float | None

    @property
    def at_s(self) -> float:
        """Return when it happened."""
        return self.newsroom.changed[self.index]

    @property
    def age_s(self) -> float:
        """Return at what age of the release it happened."""
        return self.at_s - self.newsroom.born[self.index]


class FleetTruth:
    """The fleet, what its servers showed, and which events were reported."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.event_counts: Counter[str] = Counter()
        self.false: list[str] = []
        self._shown: dict[Key, ServedRelease] = {}
        self._posts: dict[Key, float] = {}
        self._changes: dict[Key, float] = {}
        self._met: set[Key] = set()

    def record_answer(self, host: Host, target: str, at: datetime, status: int | None) -> None:
        """Take note that a server answered for a release."""
        found = ARTICLE.search(target)
        there = host.by_number(int(found[1])) if found and status in (200, 304, 404) else None
        if there is None:
            return
        newsroom, index = there
        at_s, changed_s = _seconds(at), newsroom.changed[index]
        if changed_s == float("inf"):
            return
        shown = self._shown.setdefault((newsroom.source.id, index), ServedRelease())
        if at_s < changed_s:
            shown.before_at = at_s
        elif newsroom.removed[index] or not shown.after:
            shown.after.append(at_s)

    def record_events(self, events: Sequence[Event]) -> None:
        """Take note of events; false ones are kept."""
        for event in events:
            if event.kind not in HIDDEN_EVENTS:
                self.event_counts[event.kind] += 1
                self._tell(event)

    def _tell(self, event: Event) -> None:
        there = self._there(event)
        if there is None:
            self.false.append(f"{event.at:%d %H:%M} {event.kind} {event.source} {event.detail}")
            return
        newsroom, index = there
        key, at_s = (newsroom.source.id, index), _seconds(event.first_after_at or event.at)
        changed_s = newsroom.changed[index]
        if event.kind in (Kind.FOUND, Kind.PUBLISHED):
            is_true = key not in self._met and newsroom.born[index] <= at_s
            self._met.add(key)
            if event.kind is Kind.PUBLISHED:
                self._posts[key] = at_s
        else:
            is_removed = bool(newsroom.removed[index])
            wanted = {Kind.REMOVED, *OF_REMOVAL} if is_removed else {Kind.EDITED}
            is_again = event.kind in (Kind.EDITED, Kind.REMOVED) and key in self._changes
            is_true = event.kind in wanted and changed_s <= _seconds(event.at) and not is_again
            if event.kind in (Kind.EDITED, Kind.REMOVED):
                self._changes.setdefault(key, _seconds(event.at))
        if not is_true:
            self.false.append(f"{event.at:%d %H:%M} {event.kind} {event.posting} {event.detail}")

    def _there(self, event: Event) -> tuple[Newsroom, int] | None:
        number = urls.find_article_number(event.posting or "")
        if number is None or event.posting is None:
            return None
        return self.fleet.hosts[event.posting.split("/")[2]].by_number(int(number))

    def posts(self, since_s: float, until_s: float) -> Iterator[tuple[Newsroom, float, float | None]]:
        """Yield the releases that appeared in a time: where, when, after how many seconds they were met."""
        for newsroom in self.fleet.newsrooms:
            for index, born_s in enumerate(newsroom.born):
                if since_s <= born_s < until_s and not self._is_brief(newsroom, index):
                    met_s = self._posts.get((newsroom.source.id, index))
                    yield newsroom, born_s, None if met_s is None else met_s - born_s

    def _is_brief(self, newsroom: Newsroom, index: int) -> bool:
        """Return whether a release is nobody's to find: taken down within hours, or hidden by robots.txt."""
        host = self.fleet.hosts[newsroom.source.host]
        is_brief = newsroom.removed[index] and newsroom.changed[index] - newsroom.born[index] < 6 * 3600
        return bool(is_brief) or (host.hides and index % 40 == 0)

    def changes(self, *, removed: bool) -> Iterator[FleetChange]:
        """Yield the changes of releases that a look had shown before."""
        newsrooms = {one.source.id: one for one in self.fleet.newsrooms}
        for (source_id, index), shown in self._shown.items():
            newsroom = newsrooms[source_id]
            if bool(newsroom.removed[index]) is removed and shown.before_at is not None:
                reported_s = self._changes.get((source_id, index))
                yield FleetChange(newsroom, index, reported_s, shown.after[0] if shown.after else None)

    def edits_told(self, source_id: str, until_s: float) -> int:
        """Return how many edits of a newsroom were reported by an instant."""
        newsroom = next(one for one in self.fleet.newsrooms if one.source.id == source_id)
        return sum(
            source == source_id and reported_s <= until_s and not newsroom.removed[index]
            for (source, index), reported_s in self._changes.items()
        )

    def missed(self, policy: RemovalPolicy, until_s: float) -> list[str]:
        """Return the changes that the servers showed often enough and that were not reported."""
        slack_s = timedelta(hours=1).total_seconds()
        found = [
            f"edit of {change.newsroom.source.id}/{change.index}"
            for change in self.changes(removed=False)
            if change.reported_s is None and change.first_shown_s and change.first_shown_s < until_s - slack_s
        ]
        for change in self.changes(removed=True):
            looks = self._shown[change.newsroom.source.id, change.index].after
            span_s = looks[-1] - looks[0] if looks else 0.0
            is_due = len(looks) >= policy.looks + 1 and span_s >= policy.span.total_seconds() + slack_s
            if change.reported_s is None and is_due:
                found.append(f"removal of {change.newsroom.source.id}/{change.index}")
        return found


def _seconds(at: datetime) -> float:
    return (at - START).total_seconds()
