"""How all newsrooms fare, and the watch itself: facts from the store, judged by crawler.health.alarms."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice

from crawler.config import Config
from crawler.health import alarms as health
from crawler.health import field_drift, posting_rate
from crawler.health.alarms import Alarm, Subject
from crawler.health.field_drift import FieldRate
from crawler.parsing import urls
from crawler.watch import heartbeat, observation_gaps
from crawler.watch.observation_gaps import UNWATCHED, Gap
from crawler.watch.polling import Limits
from storage.db.reading import Readable
from storage.models import Confidence, Source
from storage.queries import health as known
from storage.queries import queries
from storage.queries.health import Facts
from storage.queries.results import Refusal, Run, SourceStatus

BATCH = 100  # newsrooms in memory at once
SHOWN = timedelta(days=30)  # of intervals without a look


class WatchState(StrEnum):
    """Whether a watch is at work."""

    RUNNING = "running"
    STOPPED = "stopped"  # somebody ended it
    DEAD = "dead"  # it shows no sign of life and did not say that it ends
    NONE = "none"  # there never was one


@dataclass(frozen=True, slots=True)
class Watching:
    """The watch of a database, by its pulse."""

    state: WatchState
    pid: int | None = None
    started_at: datetime | None = None
    at: datetime | None = None  # of the last sign of life
    stopped_at: datetime | None = None
    hosts: int | None = None
    crawls: int | None = None

    @property
    def since(self) -> datetime | None:
        """Return when the watch at work began, None where none is."""
        return self.started_at if self.state is WatchState.RUNNING else None


@dataclass(frozen=True, slots=True)
class Health:
    """How a newsroom fares."""

    source: str
    state: str  # its first alarm, else well, dormant, refused, not watched, never looked at, off
    ok: bool  # no alarm stands
    enabled: bool
    is_off: bool  # a user switched it off
    last_success_at: datetime | None  # when feed or listing was read well
    last_run: Run | None  # the last crawl, else the last import
    last_complete_at: datetime | None
    postings: int
    pending: int  # announced and not fetched yet
    last_post_at: datetime | None = None
    median_gap_s: float | None = None
    longest_gap_s: float | None = None
    silence_s: float | None = None  # since the last post, without the time in which nobody could look
    allowed_silence_s: float | None = None  # None: no post is known
    busiest_day: int = 0
    last_day: int = 0
    verdicts: Mapping[str, int] = field(default_factory=dict)  # of seven days
    fields: tuple[FieldRate, ...] = ()
    not_observed: tuple[Gap, ...] = ()  # of thirty days
    alarms: tuple[Alarm, ...] = ()


@dataclass(frozen=True, slots=True)
class Checkup:
    """How all of it fares."""

    ok: bool  # no alarm stands, and the watch did not die
    releases: int
    postings: int
    watch: Watching
    sources: tuple[Health, ...]  # by id
    refused: tuple[Refusal, ...]  # hosts that do not let us look, the longest first


def watching(pulse: Mapping[str, object], now: datetime) -> Watching:
    """Return what a pulse says of the watch."""
    if not pulse:
        return Watching(WatchState.NONE)
    state = WatchState.STOPPED if pulse.get("stopped_at") else WatchState.DEAD
    return Watching(
        state=state if heartbeat.silence(pulse, now) else WatchState.RUNNING,
        pid=_number(pulse.get("pid")),
        started_at=_instant(pulse.get("started_at")),
        at=_instant(pulse.get("at")),
        stopped_at=_instant(pulse.get("stopped_at")),
        hosts=_number(pulse.get("hosts")),
        crawls=_number(pulse.get("crawls")),
    )


def checkup(
    store: Readable,
    config: Config,
    sources: Mapping[str, Source],
    watch: Watching,
    now: datetime,
    only: Collection[str] = (),
) -> Checkup:
    """Return how all newsrooms fare that are enabled or ever ran, or only some, by id.

    `sources` are all newsrooms there are.
    """
    status = queries.status(store, [one.id for one in sources.values() if one.enabled], only)
    listed = {one.source: one for one in status.sources if not only or one.source in only}
    wanted = [sources.get(one) or _unknown(one) for one in listed]
    patience = patiences(config, sources.values())
    away = {refusal.host for refusal in status.refused}
    told = tuple(
        _health(listed[subject.source.id], subject, found, away, now)
        for subject, found in examined(store, wanted, patience, watch.since, now)
    )
    ok = all(one.ok for one in told) and not is_forgotten(watch, told, now)
    return Checkup(ok, status.releases, status.postings, watch, told, status.refused)


def is_forgotten(watch: Watching, told: Iterable[Health], now: datetime) -> bool:
    """Tell whether the watch died, or was ended for so long that somebody may have forgotten it."""
    if watch.state is not WatchState.STOPPED or watch.stopped_at is None:
        return watch.state is WatchState.DEAD
    heard = [one.last_success_at for one in told if one.enabled and one.last_success_at]
    return now - max([watch.stopped_at, *heard]) > UNWATCHED


def patiences(config: Config, sources: Collection[Source]) -> dict[str, timedelta]:
    """Return how long the lists of each newsroom may stay unread while a watch is at work, by id."""
    alike = Counter(source.host.lower() for source in sources)
    return {source.id: _patience(config, source, alike[source.host.lower()]) for source in sources}


def _patience(config: Config, source: Source, sections: int) -> timedelta:
    # As crawler.watch.planner has it, which brings Scrapy along: half a second that a question need not wait.
    limits = Limits(config.max_polls, config.max_requests / sections)
    return observation_gaps.patience(limits, (source.feed_url is not None) + (source.listing_url is not None))


def examined(
    store: Readable,
    sources: Sequence[Source],
    patience: Mapping[str, timedelta],
    watched_since: datetime | None,
    now: datetime,
) -> Iterator[tuple[Subject, tuple[Alarm, ...]]]:
    """Yield newsrooms with what is wrong with them, a few in memory at a time; enabled ones are watched."""
    rest = iter(sources)
    while batch := list(islice(rest, BATCH)):
        facts = known.facts(store, [source.id for source in batch], now)
        for source in batch:
            since = watched_since if source.enabled else None
            longest = patience[source.id] if since else UNWATCHED
            subject = _subject(source, facts[source.id], longest, since, now)
            yield subject, health.alarms(subject, now)


def _subject(
    source: Source, facts: Facts, patience: timedelta, since: datetime | None, now: datetime
) -> Subject:
    gaps = observation_gaps.gaps(facts.lists, patience, now)
    heard_at = observation_gaps.last_heard_at(facts.lists)
    appeared = [one.appeared_at for one in facts.readings]
    new = [one.appeared_at for one in facts.readings if one.is_published]
    blind = [(gap.since_at, gap.until_at or now) for gap in gaps]
    return Subject(
        source=source,
        facts=facts,
        pace=posting_rate.pace(appeared, new, blind, heard_at or now),
        rates=field_drift.rates(facts.readings),
        gaps=gaps,
        patience=patience,
        watched_since=since,
    )


def _health(
    status: SourceStatus, subject: Subject, alarms: tuple[Alarm, ...], away: set[str], now: datetime
) -> Health:
    facts, told = subject.facts, subject.pace
    alarms = () if status.is_off else alarms
    return Health(
        source=status.source,
        state=alarms[0].kind if alarms else _state(status, subject, away, now),
        ok=not alarms,
        enabled=status.enabled,
        is_off=status.is_off,
        last_success_at=observation_gaps.last_heard_at(facts.lists),
        last_run=status.last_run,
        last_complete_at=status.last_complete_at,
        postings=status.postings,
        pending=status.pending,
        last_post_at=told.last_at,
        median_gap_s=_seconds(told.median_gap),
        longest_gap_s=_seconds(told.longest_gap),
        silence_s=_seconds(told.silence),
        allowed_silence_s=_seconds(told.allowed),
        busiest_day=told.busiest_day,
        last_day=told.last_day,
        verdicts=facts.verdicts or {},
        fields=subject.rates,
        not_observed=tuple(one for one in subject.gaps if now - (one.until_at or now) <= SHOWN),
        alarms=alarms,
    )


def _state(status: SourceStatus, subject: Subject, away: set[str], now: datetime) -> str:
    """Return in a word how a newsroom fares with which nothing is wrong."""
    heard_at = observation_gaps.last_heard_at(subject.facts.lists)
    if not status.enabled:
        return "off"
    host = subject.source.host.lower()
    if {host, urls.site(f"https://{host}/")} & away:
        return "refused"
    if heard_at is None:
        return "never looked at"
    if health.is_dormant(subject):
        return "dormant"
    return "well" if now - heard_at <= subject.patience else "not watched"


def _unknown(identifier: str) -> Source:
    """Return what stands for a newsroom that ran and is in no catalogue any more."""
    return Source(identifier, "", "", "", "", "", None, None, Confidence.LOW)


def _seconds(length: timedelta | None) -> float | None:
    return None if length is None else length.total_seconds()


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _instant(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found and found.tzinfo else None
