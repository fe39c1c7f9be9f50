"""Compare a ledger with the truth; `benchmarks.observable_truth` says what had to be found.

An event *matches* an incident if they are about the same posting (or the same site) and the incident lies
between the last look before the event and the first look after it, the latter included. An event is *true*
if it matches an incident of a kind that it may report (`REPORTED_KINDS`). `found`, `suspected` and `cleared`
make no claim that could be false here and are left out; everything else must be true. The fields of an event
are *right* if they are exactly those that edits changed between the same two looks.
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
REPORTED_KINDS: Mapping[EventKind, frozenset[Kind]] = {
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
# An edit made during an absence is reported with the return.
FOUND_BY: Mapping[Kind, frozenset[EventKind]] = {
    kind: frozenset(event_kind for event_kind, kinds in REPORTED_KINDS.items() if kind in kinds)
    for kind in Kind
}


@dataclass(frozen=True, slots=True)
class MatchedEvent:
    """An event of the ledger, reduced to what is compared with the truth."""

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
    """An incident, whether it had to be found, and the event that reported it."""

    incident: Incident
    due: bool
    matched_event: MatchedEvent | None


@dataclass(frozen=True, slots=True)
class LedgerMatch:
    """A ledger compared with the truth."""

    outcomes: tuple[IncidentOutcome, ...]
    false: tuple[MatchedEvent, ...]  # events without an incident
    claims: tuple[MatchedEvent, ...]  # all that were judged
    texts: int  # true edits and returns
    wrong: tuple[
        tuple[MatchedEvent, frozenset[str]], ...
    ]  # those whose fields are not right, with those wanted


def match_ledger(life: Life, crawl_looks: Sequence[CrawlLook], events: Iterable[Event]) -> LedgerMatch:
    """Return what a ledger got right and wrong about a simulated life, given the looks."""
    watched = ObservedLife(life, crawl_looks)
    matched = [each for event in events if (each := _reduce_event(life, event)) is not None]
    outcomes = tuple(_find_outcome(watched, incident, matched) for incident in life.truth)
    false = tuple(each for each in matched if not any(_is_truth(each, incident) for incident in life.truth))
    texts = [each for each in matched if each.kind.has_changes and each not in false]
    wrong = tuple((each, wanted) for each in texts if (wanted := _missing_fields(watched, each)) is not None)
    return LedgerMatch(outcomes, false, tuple(matched), len(texts), wrong)


def _missing_fields(watched: ObservedLife, event: MatchedEvent) -> frozenset[str] | None:
    """Return the fields that an event should name, or None where it names them.

    A return is compared with the last good copy, so it may also name what changed on all pages meanwhile.
    """
    wanted, wide = watched.fields(event.site, event.number or "", event.until)
    spare = wide if event.kind is EventKind.RETURNED else frozenset()
    return None if wanted <= event.fields <= wanted | spare else wanted


def _find_outcome(
    watched: ObservedLife, incident: Incident, events: Sequence[MatchedEvent]
) -> IncidentOutcome:
    kinds = FOUND_BY[incident.kind]
    if incident.kind is Kind.RETURNED:
        kinds = frozenset({EventKind.RETURNED})
    elif incident.kind is Kind.EDITED:
        kinds = frozenset(kind for kind in EventKind if kind.has_changes)
    matches = [each for each in events if each.kind in kinds and _is_match(each, incident)]
    return IncidentOutcome(incident, watched.is_due(incident), matches[0] if matches else None)


def _is_truth(event: MatchedEvent, incident: Incident) -> bool:
    return incident.kind in REPORTED_KINDS[event.kind] and _is_match(event, incident)


def _is_match(event: MatchedEvent, incident: Incident) -> bool:
    if (event.site, event.number) != (incident.site, incident.number):
        return False
    return (event.after is None or event.after < incident.at) and incident.at <= event.until


def _reduce_event(life: Life, event: Event) -> MatchedEvent | None:
    if event.kind not in REPORTED_KINDS:
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
