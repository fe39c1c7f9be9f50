"""Lives that hold one thing each: volatile parts, a banner on a thousand pages, a new host, a redesign."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from benchmarks import living
from benchmarks.living import Lived
from benchmarks.scoring import Demand
from simulator.fates import Script
from storage.records import Event, EventKind

CALM = Script(sites=("calder",), history=40, fresh=0, fated=0, storms=0, wide=0, quiet=0)
MET = frozenset({EventKind.FOUND, EventKind.PUBLISHED})


def volatile(looks: int = 10_000, postings: int = 100) -> list[Demand]:
    """Look at pages on which all changes but the article; nothing may be told."""
    days = looks / postings / 4 + 3
    script = replace(CALM, history=postings, quiet=10, days=round(days))
    result = living.lived(script, every=timedelta(hours=6))
    rest = _rest(result.events)
    counted = f"{_said(rest)} in {result.looks} looks (wanted none in {looks})"
    return [Demand("volatile parts alone: events", counted, not rest and result.looks >= looks)]


def banner(postings: int = 1_000) -> list[Demand]:
    """Put a notice into every text of a site, then swap it; each is one event and no edit."""
    script = replace(CALM, history=postings, wide=2, days=7)
    result = living.lived(script, every=timedelta(hours=24))
    swaps = [len(_of(result, each.incident.at)) for each in result.held.outcomes]
    rest = [event for event in _rest(result.events) if event.kind is not EventKind.SITE_CHANGED]
    measured = f"{swaps} events for {len(swaps)} changes, {_said(rest)} beside them (wanted [1, 1] and none)"
    return [Demand(f"banner over {postings} postings", measured, swaps == [1, 1] and not rest)]


def new_host(postings: int = 60) -> list[Demand]:
    """Redirect a whole site to a new host, path by path; that is one event."""
    result = living.lived(replace(CALM, history=postings, rename_day=1.7, days=6))
    rest = _rest(result.events)
    kinds = [event.kind for event in rest]
    return [Demand("new host", f"{_said(rest)} (wanted 1 site_moved)", kinds == [EventKind.SITE_MOVED])]


def _of(result: Lived, at: datetime) -> list[Event]:
    """Return the site changes told of the incident at an instant."""
    return [
        event
        for event in result.events
        if event.kind is EventKind.SITE_CHANGED
        and event.last_before_at is not None
        and event.first_after_at is not None
        and event.last_before_at < at <= event.first_after_at
    ]


def _rest(events: Sequence[Event]) -> list[Event]:
    return [event for event in events if event.kind not in MET]


def _said(events: Sequence[Event]) -> str:
    counted = Counter(str(event.kind) for event in events)
    return ", ".join(f"{number} {kind}" for kind, number in sorted(counted.items())) or "none"
