"""Holding a ledger against the truth; `benchmarks.observable_truth` says what had to be found.

An event and an incident *meet* if they are about the same posting (or the same site) and the incident lies
between the last look before the event and the first look after it, the latter included. An event is *true* if
it meets an incident that may be told so (`TOLD_AS`). `found`, `suspected` and `cleared` claim nothing that
could be false here and are left out; everything else must be true. The fields of an event are *right* if they
are exactly those that edits changed between the same two looks.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from benchmarks.direct_crawl import CrawlLook
from benchmarks.observable_truth import ObservedLife
from crawler.parsing import urls
from simulator import life as lives
from simulator.life import Incident, IncidentKind, Life
from storage.models import Event, EventKind

Kind = IncidentKind
TOLD_AS: Mapping[EventKind, frozenset[Kind]] = {
    EventKind.PUBLISHED: frozenset({Kind.PUBLISHED}),
    EventKind.EDITED: frozenset({Kind.EDITED, Kind.RETURNED}),
    EventKind.REMOVED: frozenset({Kind.REMOVED, Kind.SOFT_REMOVED, Kind.EMPTIED, Kind.SENT_AWAY}),
    EventKind.RETURNED: frozenset({Kind.RETURNED}),
    EventKind.RENAMED: frozenset({Kind.RENAMED}),
    EventKind.MOVED: frozenset({Kind.MOVED, Kind.SENT_AWAY}),
    EventKind.UNLISTED: frozenset({Kind.UNLISTED}),
    EventKind.RELISTED: frozenset({Kind.RELISTED}),
    EventKind.SITE_CHANGED: frozenset({Kind.SITE_CHANGED}),
    EventKind.SITE_MOVED: frozenset({Kind.SITE_MOVED}),
    EventKind.QUARANTINED: frozenset({Kind.REDESIGNED, Kind.STORM}),  # a storm may replace all articles
}
# What an edit made during an absence is told as goes with the return.
FOUND_BY: Mapping[Kind, frozenset[EventKind]] = {
    kind: frozenset(told for told, kinds in TOLD_AS.items() if kind in kinds) for kind in Kind
}


@dataclass(frozen=True, slots=True)
class MatchedEvent:
    """An event of the ledger, reduced to what can be held against the truth."""

    kind: EventKind
    site: str
    number: str | None
    at: datetime
    after: datetime | None  # the last look before
    until: datetime  # the first look after
    fields: frozenset[str]
    event: Event


@dataclass(frozen=True, slots=True)
class IncidentOutcome:
    """An incident, whether it had to be found, and by which event it was."""

    incident: Incident
    due: bool
    told: MatchedEvent | None


@dataclass(frozen=True, slots=True)
class LedgerMatch:
    """A ledger held against the truth."""

    outcomes: tuple[IncidentOutcome, ...]
    false: tuple[MatchedEvent, ...]  # events without an incident
    told: tuple[MatchedEvent, ...]  # all that were judged
    texts: int  # true edits and returns
    wrong: tuple[
        tuple[MatchedEvent, frozenset[str]], ...
    ]  # those whose fields are not right, with those wanted


def match_ledger(life: Life, sights: Sequence[CrawlLook], events: Iterable[Event]) -> LedgerMatch:
    """Return what a ledger got right and wrong about a life that was looked at so."""
    watched = ObservedLife(life, sights)
    told = [each for event in events if (each := _matches(life, event)) is not None]
    outcomes = tuple(_outcome(watched, incident, told) for incident in life.truth)
    false = tuple(each for each in told if not any(_is_truth(each, incident) for incident in life.truth))
    texts = [each for each in told if each.kind.has_changes and each not in false]
    wrong = tuple((each, wanted) for each in texts if (wanted := _missing_fields(watched, each)) is not None)
    return LedgerMatch(outcomes, false, tuple(told), len(texts), wrong)


def _missing_fields(watched: ObservedLife, told: MatchedEvent) -> frozenset[str] | None:
    """Return the fields that an event should name, or None where it names them.

    A return is told beside the last good copy, so it may also name what changed on all pages meanwhile.
    """
    wanted, wide = watched.fields(told.site, told.number or "", told.until)
    spare = wide if told.kind is EventKind.RETURNED else frozenset()
    return None if wanted <= told.fields <= wanted | spare else wanted


def _outcome(watched: ObservedLife, incident: Incident, told: Sequence[MatchedEvent]) -> IncidentOutcome:
    kinds = FOUND_BY[incident.kind]
    if incident.kind is Kind.RETURNED:
        kinds = frozenset({EventKind.RETURNED})
    elif incident.kind is Kind.EDITED:
        kinds = frozenset(kind for kind in EventKind if kind.has_changes)
    met = [each for each in told if each.kind in kinds and _is_match(each, incident)]
    return IncidentOutcome(incident, watched.is_due(incident), met[0] if met else None)


def _is_truth(told: MatchedEvent, incident: Incident) -> bool:
    return incident.kind in TOLD_AS[told.kind] and _is_match(told, incident)


def _is_match(told: MatchedEvent, incident: Incident) -> bool:
    if (told.site, told.number) != (incident.site, incident.number):
        return False
    return (told.after is None or told.after < incident.at) and incident.at <= told.until


def _matches(life: Life, event: Event) -> MatchedEvent | None:
    if event.kind not in TOLD_AS:
        return None
    site = next(
        each.name
        for each in life.frames[0].newsroom.sites
        if lives.make_source(life, each.name).id == event.source
    )
    is_of_site = event.kind.is_of_site
    number = None if is_of_site or event.posting is None else urls.find_article_number(event.posting)
    fields = frozenset(change.field for change in event.changes)
    until = event.first_after_at or event.at
    return MatchedEvent(event.kind, site, number, event.at, event.last_before_at, until, fields, event)
