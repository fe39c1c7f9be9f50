"""Whether anything is wrong with a newsroom, and what to do about it. Pure: facts and a clock in, alarms out.

A newsroom cannot fall silent in silence: whatever it dies of, one of these rules tells, and only one of them,
for what one cause brings about is one alarm.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from crawler.health import field_drift
from crawler.health.field_drift import FieldRate
from crawler.health.posting_rate import Pace
from crawler.watch import observation_gaps
from crawler.watch.observation_gaps import Gap
from storage.models import Role, RunState, Source, Verdict
from storage.queries.health import Facts, ListSpan, RecentRun

FAILED_WATCHED = 5  # crawls in a row: a watch tries again by itself
FAILED_ALONE = 1  # nobody tries again
GRACE = timedelta(hours=1)  # a watch that has just begun gets so long to look at everything
UNREAD_AFTER = timedelta(days=1)
UNREAD_MANY = 5  # releases
STALE_AFTER = timedelta(days=2)
STALE_MISSED = 5  # releases that the other list named
EMPTY_LOOKS = 2
LONGEST_LINE = 300


class AlarmKind(StrEnum):
    """What may be wrong, the worst first."""

    UNHEARD = "unheard"  # neither feed nor listing could be read for longer than planned
    EMPTY = "empty"  # a list names nothing
    QUARANTINED = "quarantined"  # a redesign broke our reading
    SILENCE = "silence"  # no post for longer than the gaps before allow
    STALE = "stale"  # one list names nothing new while the other one does
    UNREAD = "unread"  # releases are announced, and none could be read for a day
    FAILING = "failing"  # crawls fail one after another
    GENERIC = "generic"  # releases are read by a generic reader, where one of their platform did
    DRIFT = "drift"  # new releases lack fields that earlier ones had
    SURGE = "surge"  # far more posts in a day than ever


# Of one cause, the alarm that names it best.
HIDES: dict[AlarmKind, frozenset[AlarmKind]] = {
    AlarmKind.UNHEARD: frozenset(AlarmKind) - {AlarmKind.UNHEARD, AlarmKind.QUARANTINED, AlarmKind.DRIFT},
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
class Subject:
    """A newsroom, how it is looked after, and what is known of it."""

    source: Source
    facts: Facts
    pace: Pace
    rates: tuple[FieldRate, ...]
    gaps: tuple[Gap, ...]  # in which it was not observed, by time
    patience: timedelta
    watched_since: datetime | None  # when the watch at work began; None: none is


def alarms(subject: Subject, now: datetime) -> tuple[Alarm, ...]:
    """Return what is wrong with a newsroom, the worst first; one alarm a kind, one a cause."""
    found = {alarm.kind: alarm for rule in RULES for alarm in rule(subject, now)}
    hidden = {kind for one in found for kind in HIDES.get(one, ())}
    return tuple(found[kind] for kind in AlarmKind if kind in found and kind not in hidden)


def _unheard(subject: Subject, now: datetime) -> Iterator[Alarm]:
    """Tell of a newsroom whose lists could not be read for longer than planned, or ever."""
    lists, began_at = subject.facts.lists, subject.watched_since
    heard_at = observation_gaps.last_heard_at(lists)
    trouble = observation_gaps.last_trouble(lists, heard_at)
    if trouble is None and (began_at is None or now - began_at < GRACE):
        return  # nobody looked, and nobody was to
    since = heard_at or (
        lists[0].first_at if lists else max(filter(None, (began_at, subject.facts.switched_at)))
    )
    if now - since <= subject.patience:
        return
    last = f"the last look: {observation_gaps.told(trouble)}" if trouble else observation_gaps.NOBODY
    what = (
        f"its lists could not be read for {span(now - since)}"
        if heard_at
        else "its lists could never be read"
    )
    advice = ADVICE.get(Verdict(trouble.outcome), BROKEN) if trouble else NOT_VISITED
    yield _alarm(subject, AlarmKind.UNHEARD, since, f"{what}; {last}", advice)


def _empty(subject: Subject, now: datetime) -> Iterator[Alarm]:
    """Tell of a list that names nothing any more, or of a newsroom whose lists never named anything."""
    newest: dict[str, ListSpan] = {}
    filled: dict[str, ListSpan] = {}
    for one in subject.facts.lists:
        newest[one.url] = one
        if one.outcome == Verdict.LIVE and not one.is_empty:
            filled[one.url] = one
    for url, one in newest.items():
        if not one.is_empty or one.looks < EMPTY_LOOKS:
            continue
        if url in filled:
            line = f"its {one.role} names no release since {_day(one.first_at)}, where it named some before"
            yield _alarm(subject, AlarmKind.EMPTY, one.first_at, line, f"{LOOK_AT_IT} {url}")
        elif not filled and now - one.first_at > subject.patience:
            line = f"its {one.role} has not named a single release since {_day(one.first_at)}"
            yield _alarm(subject, AlarmKind.EMPTY, one.first_at, line, f"{LOOK_AT_IT} {url}")


def _quarantined(subject: Subject, now: datetime) -> Iterator[Alarm]:
    facts = subject.facts
    if facts.quarantined_at:
        line = f"in quarantine for {span(now - facts.quarantined_at)}: {facts.quarantine}"
        yield _alarm(subject, AlarmKind.QUARANTINED, facts.quarantined_at, line, REPARSE)


def _silence(subject: Subject, now: datetime) -> Iterator[Alarm]:
    pace = subject.pace
    if is_dormant(subject):
        return
    if pace.is_silent and pace.silence and pace.last_at:
        before = f", longest before {days(pace.longest_gap)}" if pace.longest_gap else ""
        line = f"no post for {days(pace.silence)}{before}"
        line += f" (last post {_day(pace.last_at)}, {pace.posts} known)"
        yield _alarm(subject, AlarmKind.SILENCE, pace.last_at, line, HAS_IT_MOVED)


def _stale(subject: Subject, now: datetime) -> Iterator[Alarm]:
    """Tell of a list that keeps what it had while the other one moves on, where both used to agree."""
    for one in subject.facts.namings:
        is_alike = one.shared >= STALE_MISSED and one.shared >= one.unshared
        if is_alike and one.missed >= STALE_MISSED and now - one.new_at > STALE_AFTER:
            other = "listing" if one.role == Role.FEED else "feed"
            line = f"its {one.role} named nothing new for {days(now - one.new_at)},"
            line += f" its {other} {one.missed} releases"
            yield _alarm(subject, AlarmKind.STALE, one.new_at, line, VERIFY)


def _unread(subject: Subject, now: datetime) -> Iterator[Alarm]:
    """Tell of releases that are announced, where none came for a day or many wait beside those that did."""
    facts = subject.facts
    if facts.unread_since is None or now - facts.unread_since <= UNREAD_AFTER:
        return
    last_at = max((one.met_at for one in facts.readings), default=None)
    if facts.unread < UNREAD_MANY and last_at and last_at > facts.unread_since:
        return
    what = "1 release is" if facts.unread == 1 else f"{facts.unread} releases are"
    line = f"{what} announced that could not be read for {span(now - facts.unread_since)}"
    yield _alarm(subject, AlarmKind.UNREAD, facts.unread_since, line, COVERAGE.format(subject.source.id))


def _failing(subject: Subject, now: datetime) -> Iterator[Alarm]:
    is_watched = subject.watched_since is not None
    ended = [one for one in subject.facts.runs if not (is_watched and one.state is RunState.INTERRUPTED)]
    good = next((place for place, one in enumerate(ended) if _went_well(one)), len(ended))
    if good < (FAILED_WATCHED if is_watched else FAILED_ALONE):
        return
    last, first = ended[0], ended[good - 1]
    heard_at, unread_at = observation_gaps.last_heard_at(subject.facts.lists), subject.facts.unread_since
    if is_watched and (heard_at is None or heard_at < first.started_at):
        return  # its lists cannot be read: that is told once it lasts
    if is_watched and unread_at and now - unread_at <= UNREAD_AFTER:
        return  # the same of its releases
    why = last.failures[-1] if last.failures else last.state
    what = "the last crawl" if good == 1 else f"the last {good} crawls"
    yield _alarm(subject, AlarmKind.FAILING, first.started_at, f"{what} failed: {why}", SEE_RUNS)


def _drifted(subject: Subject, now: datetime) -> Iterator[Alarm]:
    """Tell of fields that new releases lack; of a generic reader, which lacks many, by itself."""
    fallen = field_drift.fallen(subject.rates)
    trust = next((one for one in fallen if one.field == field_drift.TRUSTED), None)
    if trust and trust.since_at:
        line = f"{trust.recent_of - trust.recent} of the newest {trust.recent_of} releases were read by"
        line += f" a generic reader, {trust.before_of - trust.before} of {trust.before_of} before"
        yield _alarm(subject, AlarmKind.GENERIC, trust.since_at, line, REPARSE)
    rest = [one for one in fallen if one is not trust]
    if rest:
        line = "new releases lack what earlier ones had: " + "; ".join(map(_fall, rest))
        since_at = min((one.since_at for one in rest if one.since_at), default=now)
        yield _alarm(subject, AlarmKind.DRIFT, since_at, line, REPARSE)


def _surge(subject: Subject, now: datetime) -> Iterator[Alarm]:
    pace = subject.pace
    if pace.is_surging:
        line = f"{pace.last_day} posts within a day, {pace.busiest_day} on the busiest day before"
        yield _alarm(subject, AlarmKind.SURGE, now - timedelta(days=1), line, SURGED)


RULES: tuple[Callable[[Subject, datetime], Iterator[Alarm]], ...] = (
    *(_unheard, _empty, _quarantined, _silence, _stale, _unread, _failing, _drifted, _surge),
)

BROKEN = "Open the newsroom in a browser; `milwire sources verify` tells what works and what does not."
LOOK_AT_IT = "Open it in a browser; where releases are shown, the page has another shape now:"
NOT_VISITED = "The watch at work does not visit it: reload it (SIGHUP), or see whether it keeps up."
REPARSE = "Compare a new release with its page (`milwire show`); after an update, `milwire reparse`."
HAS_IT_MOVED = (
    "Open the newsroom in a browser: it may be quiet, or go on elsewhere (`milwire sources discover`)."
)
VERIFY = "Releases are still found through the other list; `milwire sources verify` tells what works."
COVERAGE = "`milwire coverage {}` tells what each of them answered; `milwire reparse` comes after an update."
SEE_RUNS = "The line says what; `milwire sources verify` tries each part of the newsroom."
SURGED = "Look at what came: it may be news, old releases posted anew, or a list that changed its addresses."
REFUSED = "Ask its webmaster to let your user agent in, or switch the newsroom off."
MOVED = "The newsroom has moved: `milwire sources discover` on the new host, then switch this one off."
ADVICE = {
    Verdict.BLOCKED: REFUSED,
    Verdict.THROTTLED: "Ask less of the host (max_polls, max_requests), or ask its webmaster what it allows.",
    Verdict.ROBOTS_DENIED: "robots.txt shuts us out or cannot be read: ask its webmaster, or switch it off.",
    Verdict.UNREACHABLE: "See whether the host's name still exists and whether this machine is online.",
    Verdict.REDIRECTED: MOVED,
    Verdict.GONE: MOVED,
}


def is_dormant(subject: Subject) -> bool:
    """Tell whether a newsroom was silent for too long already when we first looked at it."""
    told = subject.pace
    first_at = min((first for first, _ in observation_gaps.heard(subject.facts.lists)), default=None)
    if not (told.is_silent and told.last_at and told.allowed and first_at):
        return False
    return first_at - told.last_at > told.allowed


def span(length: timedelta) -> str:
    """Return a length of time as people say it."""
    if length < timedelta(minutes=2):
        return f"{max(length / timedelta(seconds=1), 0):.0f} s"
    if length < timedelta(hours=2):
        return f"{length / timedelta(minutes=1):.0f} min"
    if length < timedelta(days=2):
        return f"{length / timedelta(hours=1):.0f} h"
    return days(length)


def days(length: timedelta) -> str:
    """Return a length of time in days, with a decimal where that matters."""
    told = length / timedelta(days=1)
    return f"{told:.1f} days" if told < 10 else f"{told:.0f} days"


def _alarm(subject: Subject, kind: AlarmKind, since: datetime, line: str, advice: str) -> Alarm:
    return Alarm(subject.source.id, kind, since, line[:LONGEST_LINE], advice)


def _went_well(run: RecentRun) -> bool:
    return run.state.is_success and not run.failures


def _fall(rate: FieldRate) -> str:
    name = {field_drift.LENGTH: "a body of the usual length"}.get(rate.field, rate.field)
    return f"{name} {rate.recent} of {rate.recent_of}, {rate.before} of {rate.before_of} before"


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"
