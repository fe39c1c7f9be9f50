"""Events as they are told: with the evidence in words."""

import json
from dataclasses import asdict

from storage.db.timestamps import instant, parse_optional_instant
from storage.models import Event
from storage.queries import evidence as wording
from storage.queries.evidence import Evidence


def evidence(event: Event) -> str:
    """Return what an event rests on, in one line; what became of the other copies is part of it."""
    return wording.evidence(
        Evidence(event.kind, event.at, event.last_before_at, event.first_after_at, event.detail)
    )


def as_json(event: Event) -> dict[str, object]:
    """Return an event as a JSON object, its evidence in words beside its other keys."""
    return {**asdict(event), "evidence": evidence(event)}


def row_evidence(kind: str, at: str, between: tuple[str | None, str | None], detail: str) -> str:
    """Return the evidence of a row of `events`; `between` are the looks around, all as SQLite keeps them."""
    last, first = map(parse_optional_instant, between)
    return wording.evidence(Evidence(kind, instant(at), last, first, json.loads(detail)))
