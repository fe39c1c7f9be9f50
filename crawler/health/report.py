"""The health of all newsrooms and of the watch: facts from the database, judged by crawler.health.alarms."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice

from crawler.config import Config
from crawler.health import field_drift, posting_rate
from crawler.health.alarms import Alarm, AlarmKind, ExaminedNewsroom, find_alarms, is_dormant
from crawler.health.field_drift import FieldRate
from crawler.sources.hosts import get_source_site
from crawler.watch import heartbeat, observation_gaps
from crawler.watch.observation_gaps import MANUAL_PATIENCE, ObservationGap
from storage.db.reading import Readable
from storage.models import Confidence, Refusal, Source
from storage.queries.health import NewsroomFacts, read_newsroom_facts
from storage.queries.runs import RunSummary
from storage.queries.status import SourceStatus, read_status

BATCH = 100  # newsrooms in memory at once
GAPS_SHOWN = timedelta(days=30)  # how far back gaps in observation are reported


class WatchState(StrEnum):
    """Whether a watch is running."""

    RUNNING = "running"
    STOPPED = "stopped"  # it was stopped
    DEAD = "dead"  # no pulse, though it was not stopped
    NONE = "none"  # there never was one


class QuietState(StrEnum):
    """The state of a newsroom without an alarm."""

    OFF = "off"  # not enabled
    REFUSED = "refused"  # its host refuses us
    NEVER_LOOKED_AT = "never looked at"
    DORMANT = "dormant"  # it was silent already when we first looked
    NOT_WATCHED = "not watched"  # its lists were not read for longer than planned
    WELL = "well"


@dataclass(frozen=True, slots=True)
class WatchStatus:
    """The state of a database's watch, from its pulse."""

    state: WatchState
    pid: int | None = None
    started_at: datetime | None = None
    at: datetime | None = None  # of the last pulse
    stopped_at: datetime | None = None
    hosts: int | None = None
    crawls: int | None = None

    @property
    def since(self) -> datetime | None:
        """Return when the running watch began, or None if none is running."""
        return self.started_at if self.state is WatchState.RUNNING else None


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """The health of one newsroom."""

    source: str
    state: AlarmKind | QuietState  # an AlarmKind or a QuietState
    ok: bool  # no open alarm
    enabled: bool
    is_off: bool  # a user switched it off
    last_success_at: datetime | None  # when feed or listing was last read
    last_run: RunSummary | None  # the last crawl, or else the last import
    last_complete_at: datetime | None
    postings: int
    pending: int  # listed and not fetched yet
    last_post_at: datetime | None = None
    median_gap_s: float | None = None
    longest_gap_s: float | None = None
    silence_s: float | None = None  # since the last post, without gaps in observation
    allowed_silence_s: float | None = None  # None: no post is known
    busiest_day: int = 0
    last_day: int = 0
    verdicts: Mapping[str, int] = field(default_factory=dict)  # of seven days
    fields: tuple[FieldRate, ...] = ()
    not_observed: tuple[ObservationGap, ...] = ()  # of thirty days
    alarms: tuple[Alarm, ...] = ()


@dataclass(frozen=True, slots=True)
class HealthReport:
    """The health of the watch and of all newsrooms."""

    ok: bool  # no open alarm, and the watch did not die
    releases: int
    postings: int
    watch: WatchStatus
    sources: tuple[SourceHealth, ...]  # by id
    refused: tuple[Refusal, ...]  # hosts that refuse us, the longest first


def read_watch_status(pulse: Mapping[str, object], now: datetime) -> WatchStatus:
    """Return the state of the watch from its pulse."""
    if not pulse:
        return WatchStatus(WatchState.NONE)
    state = WatchState.STOPPED if pulse.get("stopped_at") else WatchState.DEAD
    return WatchStatus(
        state=state if heartbeat.explain_silence(pulse, now) else WatchState.RUNNING,
        pid=_parse_number(pulse.get("pid")),
        started_at=_parse_instant(pulse.get("started_at")),
        at=_parse_instant(pulse.get("at")),
        stopped_at=_parse_instant(pulse.get("stopped_at")),
        hosts=_parse_number(pulse.get("hosts")),
        crawls=_parse_number(pulse.get("crawls")),
    )


def build_report(
    store: Readable,
    config: Config,
    sources: Mapping[str, Source],
    watch: WatchStatus,
    now: datetime,
    only: Collection[str] = (),
) -> HealthReport:
    """Return the health of all newsrooms that are enabled or were ever crawled, or only of those in `only`.

    `sources` are all known newsrooms, by id.
    """
    status = read_status(store, [one.id for one in sources.values() if one.enabled], only)
    listed = {one.source: one for one in status.sources if not only or one.source in only}
    wanted = [sources.get(one) or _build_unknown_source(one) for one in listed]
    patience = observation_gaps.list_patiences(config, [one for one in sources.values() if one.enabled])
    refusing = {refusal.host for refusal in status.refused}
    found_health = tuple(
        _build_source_health(listed[examined.source.id], examined, found, refusing, now)
        for examined, found in examine_in_batches(store, wanted, patience, watch.since, now)
    )
    ok = all(one.ok for one in found_health) and not is_watch_forgotten(watch, found_health, now)
    return HealthReport(ok, status.releases, status.postings, watch, found_health, status.refused)


def is_watch_forgotten(watch: WatchStatus, sources: Iterable[SourceHealth], now: datetime) -> bool:
    """Return whether the watch died, or was stopped two days ago with no crawl since."""
    if watch.state is not WatchState.STOPPED or watch.stopped_at is None:
        return watch.state is WatchState.DEAD
    successes = [one.last_success_at for one in sources if one.enabled and one.last_success_at]
    return now - max([watch.stopped_at, *successes]) > MANUAL_PATIENCE


def examine_in_batches(
    store: Readable,
    sources: Sequence[Source],
    patience: Mapping[str, timedelta],
    watched_since: datetime | None,
    now: datetime,
) -> Iterator[tuple[ExaminedNewsroom, tuple[Alarm, ...]]]:
    """Yield newsrooms with their alarms, BATCH in memory at a time; enabled ones count as watched."""
    rest = iter(sources)
    while batch := list(islice(rest, BATCH)):
        facts = read_newsroom_facts(store, [source.id for source in batch], now)
        for source in batch:
            since = watched_since if source.enabled else None
            longest = patience.get(source.id, MANUAL_PATIENCE) if since else MANUAL_PATIENCE
            examined = _examine_newsroom(source, facts[source.id], longest, since, now)
            yield examined, find_alarms(examined, now)


def _examine_newsroom(
    source: Source, facts: NewsroomFacts, patience: timedelta, since: datetime | None, now: datetime
) -> ExaminedNewsroom:
    gaps = observation_gaps.find_observation_gaps(facts.lists, patience, now)
    read_at = observation_gaps.find_last_read_at(facts.lists)
    appeared = [one.appeared_at for one in facts.readings]
    new = [one.appeared_at for one in facts.readings if one.is_published]
    blind = [(gap.since_at, gap.until_at or now) for gap in gaps]
    return ExaminedNewsroom(
        source=source,
        facts=facts,
        posting_rate=posting_rate.measure_posting_rate(appeared, new, blind, read_at or now),
        rates=field_drift.measure_field_rates(facts.readings),
        gaps=gaps,
        patience=patience,
        watched_since=since,
    )


def _build_source_health(
    status: SourceStatus,
    examined: ExaminedNewsroom,
    found: tuple[Alarm, ...],
    refusing: set[str],
    now: datetime,
) -> SourceHealth:
    facts, rate = examined.facts, examined.posting_rate
    alarms = () if status.is_off else found
    return SourceHealth(
        source=status.source,
        state=alarms[0].kind if alarms else _find_quiet_state(status, examined, refusing, now),
        ok=not alarms,
        enabled=status.enabled,
        is_off=status.is_off,
        last_success_at=observation_gaps.find_last_read_at(facts.lists),
        last_run=status.last_run,
        last_complete_at=status.last_complete_at,
        postings=status.postings,
        pending=status.pending,
        last_post_at=rate.last_at,
        median_gap_s=_to_seconds(rate.median_gap),
        longest_gap_s=_to_seconds(rate.longest_gap),
        silence_s=_to_seconds(rate.silence),
        allowed_silence_s=_to_seconds(rate.allowed),
        busiest_day=rate.busiest_day,
        last_day=rate.last_day,
        verdicts=facts.verdicts or {},
        fields=examined.rates,
        not_observed=tuple(one for one in examined.gaps if now - (one.until_at or now) <= GAPS_SHOWN),
        alarms=alarms,
    )


def _find_quiet_state(
    status: SourceStatus, examined: ExaminedNewsroom, refusing: set[str], now: datetime
) -> QuietState:
    """Return the state of a newsroom without an alarm."""
    read_at = observation_gaps.find_last_read_at(examined.facts.lists)
    if not status.enabled:
        return QuietState.OFF
    host = examined.source.host.lower()
    if {host, get_source_site(examined.source)} & refusing:
        return QuietState.REFUSED
    if read_at is None:
        return QuietState.NEVER_LOOKED_AT
    if is_dormant(examined):
        return QuietState.DORMANT
    return QuietState.WELL if now - read_at <= examined.patience else QuietState.NOT_WATCHED


def _build_unknown_source(identifier: str) -> Source:
    """Return a stand-in for a newsroom that was crawled and is no longer in any catalogue."""
    return Source(identifier, "", "", "", "", "", None, None, Confidence.LOW)


def _to_seconds(length: timedelta | None) -> float | None:
    return None if length is None else length.total_seconds()


def _parse_number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _parse_instant(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found and found.tzinfo else None
