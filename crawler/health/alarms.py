"""Alarms: what is wrong with a newsroom and what to do about it. No network, no database.

Whatever stops a newsroom's releases from reaching us sets off one of these rules, and only one: consequences
of the same cause are hidden (`HIDES`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from humanize import precisedelta

from crawler.health import field_drift
from crawler.health.field_drift import FieldRate
from crawler.health.posting_rate import PostingRate
from crawler.watch import observation_gaps
from crawler.watch.observation_gaps import ObservationGap
from storage.models import Role, RunState, Source, Verdict
from storage.queries.health import ListSpan, NewsroomFacts, RecentRun

FAILED_WATCHED = 5  # crawls in a row: a watch tries again by itself
FAILED_ALONE = 1  # without a watch, nothing tries again
GRACE = timedelta(hours=1)  # a watch that has just begun gets this long to look at everything
UNREAD_AFTER = timedelta(days=1)
UNREAD_MANY = 5  # releases
STALE_AFTER = timedelta(days=2)
STALE_MISSED = 5  # releases that the other list named
EMPTY_LOOKS = 2
LONGEST_LINE = 300
EXACT_DAYS = 30  # from here on, hours are left out
COARSE_UNITS = ("months", "years")  # not used in durations: their length varies


class AlarmKind(StrEnum):
    """What may be wrong with a newsroom, the worst first."""

    UNREACHABLE = "unreachable"  # neither feed nor listing could be read for longer than planned
    EMPTY = "empty"  # a list has no releases
    QUARANTINED = "quarantined"  # a redesign broke our parser
    MASS_ABSENCE = "mass_absence"  # many known releases are absent at once
    SILENCE = "silence"  # no post for much longer than usual
    STALE = "stale"  # one list shows nothing new while the other does
    UNREAD = "unread"  # releases are listed, and none could be read for a day
    FAILING = "failing"  # crawls fail one after another
    GENERIC = "generic"  # releases are read by the generic parser instead of that of their platform
    DRIFT = "drift"  # new releases lack fields that earlier ones had
    SURGE = "surge"  # far more posts in a day than ever


# Alarms that an alarm hides, because it names their cause.
HIDES: dict[AlarmKind, frozenset[AlarmKind]] = {
    AlarmKind.UNREACHABLE: frozenset(AlarmKind)
    - {AlarmKind.UNREACHABLE, AlarmKind.QUARANTINED, AlarmKind.MASS_ABSENCE, AlarmKind.DRIFT},
    AlarmKind.EMPTY: frozenset({AlarmKind.SILENCE, AlarmKind.STALE, AlarmKind.FAILING}),
    AlarmKind.UNREAD: frozenset({AlarmKind.FAILING, AlarmKind.SILENCE}),
    AlarmKind.QUARANTINED: frozenset(
        {AlarmKind.UNREAD, AlarmKind.FAILING, AlarmKind.GENERIC, AlarmKind.DRIFT}
    ),
    AlarmKind.STALE: frozenset({AlarmKind.SILENCE}),
    AlarmKind.GENERIC: frozenset({AlarmKind.DRIFT}),
}


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something is wrong with a newsroom."""

    source: str
    kind: AlarmKind
    since_at: datetime
    line: str  # what, with numbers
    advice: str  # what to do


@dataclass(frozen=True, slots=True)
class ExaminedNewsroom:
    """A newsroom with the facts that the rules judge."""

    source: Source
    facts: NewsroomFacts
    posting_rate: PostingRate
    rates: tuple[FieldRate, ...]
    gaps: tuple[ObservationGap, ...]  # intervals in which it was not observed, in time order
    patience: timedelta  # how long its lists may stay unread
    watched_since: datetime | None  # when the running watch began; None: none is running


def find_alarms(newsroom: ExaminedNewsroom, now: datetime) -> tuple[Alarm, ...]:
    """Return what is wrong with a newsroom, the worst first; one alarm per kind and per cause."""
    found = {alarm.kind: alarm for rule in RULES for alarm in rule(newsroom, now)}
    hidden = {kind for one in found for kind in HIDES.get(one, ())}
    return tuple(found[kind] for kind in AlarmKind if kind in found and kind not in hidden)


def _check_unreachable(newsroom: ExaminedNewsroom, now: datetime) -> Iterator[Alarm]:
    """Yield an alarm if the lists of a newsroom could not be read for longer than planned, or ever."""
    lists, began_at = newsroom.facts.lists, newsroom.watched_since
    read_at = observation_gaps.find_last_read_at(lists)
    trouble = observation_gaps.find_last_failure(lists, read_at)
    if trouble is None and (began_at is None or now - began_at < GRACE):
        return  # no look was made, and none was due
    since = read_at or (
        lists[0].first_at if lists else max(filter(None, (began_at, newsroom.facts.enabled_at)))
    )
    if now - since <= newsroom.patience:
        return
    last = (
        f"the last look: {observation_gaps.format_list_outcome(trouble)}"
        if trouble
        else observation_gaps.NO_LOOKS
    )
    what = (
        f"its lists could not be read for {format_duration(now - since)}"
        if read_at
        else "its lists could never be read"
    )
    advice = ADVICE.get(Verdict(trouble.outcome), BROKEN) if trouble else NOT_VISITED
    yield _build_alarm(newsroom, AlarmKind.UNREACHABLE, since, f"{what}; {last}", advice)


def _check_empty(newsroom: ExaminedNewsroom, now: datetime) -> Iterator[Alarm]:
    """Yield alarms for a list that is empty now, or for lists that always were."""
    newest: dict[str, ListSpan] = {}
    filled: dict[str, ListSpan] = {}
    for one in newsroom.facts.lists:
        newest[one.url] = one
        if one.outcome == Verdict.LIVE and not one.is_empty:
            filled[one.url] = one
    for url, one in newest.items():
        if not one.is_empty or one.looks < EMPTY_LOOKS:
            continue
        if url in filled:
            line = (
                f"its {one.role} has shown no releases since {_format_day(one.first_at)}, and had some before"
            )
            yield _build_alarm(newsroom, AlarmKind.EMPTY, one.first_at, line, f"{LOOK_AT_IT} {url}")
        elif not filled and now - one.first_at > newsroom.patience:
            line = f"its {one.role} has shown no releases since the first look on {_format_day(one.first_at)}"
            yield _build_alarm(newsroom, AlarmKind.EMPTY, one.first_at, line, f"{LOOK_AT_IT} {url}")


def _check_quarantine(newsroom: ExaminedNewsroom, now: datetime) -> Iterator[Alarm]:
    facts = newsroom.facts
    if facts.quarantined_at:
        line = f"in quarantine for {format_duration(now - facts.quarantined_at)}: {facts.quarantine}"
        yield _build_alarm(newsroom, AlarmKind.QUARANTINED, facts.quarantined_at, line, REPARSE)


def _check_mass_absence(newsroom: ExaminedNewsroom, now: datetime) -> Iterator[Alarm]:
    facts = newsroom.facts
    if facts.mass_absent_at:
        line = f"{facts.mass_absence} ({format_duration(now - facts.mass_absent_at)})"
        yield _build_alarm(newsroom, AlarmKind.MASS_ABSENCE, facts.mass_absent_at, line, LOOK_AT_RELEASES)


def _check_silence(newsroom: ExaminedNewsroom, now: datetime) -> Iterator[Alarm]:
    rate = newsroom.posting_rate
    if is_dormant(newsroom):
        return
    if rate.is_silent and rate.silence and rate.last_at:
        before = f", longest before {format_duration(rate.longest_gap)}" if rate.longest_gap else ""
        line = f"no post for {format_duration(rate.silence)}{before}"
        line += f" (last post {_format_day(rate.last_at)}, {rate.posts} known)"
        yield _build_alarm(newsroom, AlarmKind.SILENCE, rate.last_at, line, HAS_IT_MOVED)


def _check_stale(newsroom: ExaminedNewsroom, now: datetime) -> Iterator[Alarm]:
    """Yield an alarm for a list that shows nothing new while the other does, if both used to agree."""
    for one in newsroom.facts.list_progress:
        is_alike = one.shared >= STALE_MISSED and one.shared >= one.unshared
        if is_alike and one.missed >= STALE_MISSED and now - one.new_at > STALE_AFTER:
            other = "listing" if one.role == Role.FEED else "feed"
            line = f"its {one.role} has shown nothing new for {format_duration(now - one.new_at)},"
            line += f" its {other} {one.missed} releases"
            yield _build_alarm(newsroom, AlarmKind.STALE, one.new_at, line, VERIFY)


def _check_unread(newsroom: ExaminedNewsroom, now: datetime) -> Iterator[Alarm]:
    """Yield an alarm if listed releases could not be read for a day: all of them, or many."""
    facts = newsroom.facts
    if facts.unread_since is None or now - facts.unread_since <= UNREAD_AFTER:
        return
    last_at = max((one.first_seen_at for one in facts.readings), default=None)
    if facts.unread < UNREAD_MANY and last_at and last_at > facts.unread_since:
        return
    what = "1 release is" if facts.unread == 1 else f"{facts.unread} releases are"
    line = f"{what} listed that could not be read for {format_duration(now - facts.unread_since)}"
    yield _build_alarm(
        newsroom, AlarmKind.UNREAD, facts.unread_since, line, COVERAGE.format(newsroom.source.id)
    )


def _check_failing(newsroom: ExaminedNewsroom, now: datetime) -> Iterator[Alarm]:
    is_watched = newsroom.watched_since is not None
    ended = [one for one in newsroom.facts.runs if not (is_watched and one.state is RunState.INTERRUPTED)]
    good = next((index for index, one in enumerate(ended) if _is_success(one)), len(ended))
    if good < (FAILED_WATCHED if is_watched else FAILED_ALONE):
        return
    last, first = ended[0], ended[good - 1]
    read_at, unread_at = observation_gaps.find_last_read_at(newsroom.facts.lists), newsroom.facts.unread_since
    if is_watched and (read_at is None or read_at < first.started_at):
        return  # its lists cannot be read: another alarm once that lasts
    if is_watched and unread_at and now - unread_at <= UNREAD_AFTER:
        return  # the same for its releases
    why = last.failures[-1] if last.failures else last.state
    what = "the last crawl" if good == 1 else f"the last {good} crawls"
    yield _build_alarm(newsroom, AlarmKind.FAILING, first.started_at, f"{what} failed: {why}", SEE_RUNS)


def _check_drift(newsroom: ExaminedNewsroom, now: datetime) -> Iterator[Alarm]:
    """Yield alarms for fields that new releases lack, and for releases read by the generic parser."""
    fallen = field_drift.find_fallen_fields(newsroom.rates)
    trust = next((one for one in fallen if one.field == field_drift.TRUSTED), None)
    if trust and trust.since_at:
        line = f"{trust.recent_of - trust.recent} of the newest {trust.recent_of} releases were read by"
        line += f" the generic parser, {trust.before_of - trust.before} of {trust.before_of} before"
        yield _build_alarm(newsroom, AlarmKind.GENERIC, trust.since_at, line, REPARSE)
    rest = [one for one in fallen if one is not trust]
    if rest:
        line = "new releases lack fields that earlier ones had: " + "; ".join(map(_format_fall, rest))
        since_at = min((one.since_at for one in rest if one.since_at), default=now)
        yield _build_alarm(newsroom, AlarmKind.DRIFT, since_at, line, REPARSE)


def _check_surge(newsroom: ExaminedNewsroom, now: datetime) -> Iterator[Alarm]:
    rate = newsroom.posting_rate
    if rate.is_surging:
        line = f"{rate.last_day} posts within a day, {rate.busiest_day} on the busiest day before"
        yield _build_alarm(newsroom, AlarmKind.SURGE, now - timedelta(days=1), line, SURGED)


RULES: tuple[Callable[[ExaminedNewsroom, datetime], Iterator[Alarm]], ...] = (
    *(
        _check_unreachable,
        _check_empty,
        _check_quarantine,
        _check_mass_absence,
        _check_silence,
        _check_stale,
        _check_unread,
        _check_failing,
        _check_drift,
        _check_surge,
    ),
)

BROKEN = "Open the newsroom in a browser; `milwire sources verify` shows what works and what does not."
LOOK_AT_IT = "Open it in a browser; if it shows releases, the page has a new layout:"
LOOK_AT_RELEASES = (
    "Open some in a browser (`milwire events --kind suspected`): a purge, or a site that broke."
)
NOT_VISITED = "The running watch does not visit it: reload the watch (SIGHUP), or check whether it keeps up."
REPARSE = "Compare a new release with its page (`milwire show`); after an update, run `milwire reparse`."
HAS_IT_MOVED = "Open the newsroom in a browser: it may be quiet, or have moved (`milwire sources discover`)."
VERIFY = "Releases are still found through the other list; `milwire sources verify` shows what works."
COVERAGE = "`milwire coverage {}` shows what each of them answered; after an update, run `milwire reparse`."
SEE_RUNS = "`milwire sources verify` tries each part of the newsroom."
SURGED = "Look at the new posts: news, old releases posted again, or a list that changed its addresses."
REFUSED = "Ask the webmaster to allow your user agent, or switch the newsroom off."
MOVED = "The newsroom has moved: `milwire sources discover` on the new host, then switch this one off."
ADVICE = {
    Verdict.BLOCKED: REFUSED,
    Verdict.THROTTLED: "Send fewer requests (max_polls, max_requests), or ask the webmaster for the limits.",
    Verdict.ROBOTS_DENIED: "robots.txt excludes us or cannot be read: ask the webmaster, or switch it off.",
    Verdict.UNREACHABLE: "Check whether the host name still exists and whether this machine is online.",
    Verdict.REDIRECTED: MOVED,
    Verdict.GONE: MOVED,
}


def is_dormant(newsroom: ExaminedNewsroom) -> bool:
    """Return whether a newsroom had been silent for too long already when we first looked."""
    rate = newsroom.posting_rate
    first_at = min(
        (first for first, _ in observation_gaps.list_read_spans(newsroom.facts.lists)), default=None
    )
    if not (rate.is_silent and rate.last_at and rate.allowed and first_at):
        return False
    return first_at - rate.last_at > rate.allowed


def format_duration(length: timedelta) -> str:
    """Return a length of time in words, as exact as its size calls for: "12 days and 7 hours"."""
    days = length / timedelta(days=1)
    if length < timedelta(minutes=2):
        unit = "seconds"
    elif days < 1:
        unit = "minutes"
    else:
        unit = "hours" if days < EXACT_DAYS else "days"
    return precisedelta(max(length, timedelta(0)), minimum_unit=unit, suppress=COARSE_UNITS, format="%.0f")


def _build_alarm(
    newsroom: ExaminedNewsroom, kind: AlarmKind, since: datetime, line: str, advice: str
) -> Alarm:
    return Alarm(newsroom.source.id, kind, since, line[:LONGEST_LINE], advice)


def _is_success(run: RecentRun) -> bool:
    return run.state.is_success and not run.failures


def _format_fall(rate: FieldRate) -> str:
    name = {field_drift.LENGTH: "a body of the usual length"}.get(rate.field, rate.field)
    return f"{name} {rate.recent} of {rate.recent_of}, {rate.before} of {rate.before_of} before"


def _format_day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"
