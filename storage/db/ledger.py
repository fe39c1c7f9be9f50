"""The ledger: an append-only table of events, each chained to the one before by SHA-256.

A payload names what it covers by digest alone: no title and no text stands in it, so that content can be
removed for safety while the chain still verifies. Every revision and every capture enters the chain in the
transaction that stores it, through an event that names it in its `Evidence`: storage/integrity/verify.py
insists on it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from storage.db import timestamps
from storage.models import Address, Change, Event, EventKind

VERSION: Final = "e1"
GENESIS: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class Evidence:
    """Rows that an event brought, and the digests that enter the chain with it."""

    revision_id: int | None = None
    revision_digest: str | None = None
    capture_id: int | None = None
    capture_digest: str | None = None


@dataclass(frozen=True, slots=True)
class NewEvent:
    """What is to be written to the ledger."""

    kind: EventKind
    at: datetime
    address: Address | None  # None for what is about a whole newsroom
    source_id: str | None = None
    posting_id: int | None = None
    release_id: int | None = None
    title: str | None = None
    last_before_at: datetime | None = None
    first_after_at: datetime | None = None
    changes: tuple[Change, ...] = ()
    evidence: Evidence = Evidence()
    detail: Mapping[str, object] = field(default_factory=dict)  # JSON values


def canonical(value: object) -> str:
    """Return the one JSON text of a value: keys sorted, no spaces, Unicode as it is."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(version: str, value: object) -> str:
    """Return `<version>:` and the SHA-256 of the value's canonical JSON in UTF-8."""
    return f"{version}:{_sha256(canonical(value))}"


def link(prev_hash: str, payload: str) -> str:
    """Return the hash of a line: SHA-256 over the hash of the line before and this one's canonical JSON."""
    return _sha256(prev_hash + payload)


def head(db: Database) -> str:
    """Return the hash of the newest event, 64 hex digits; all zeros where there is none."""
    row = db.execute("SELECT hash FROM events ORDER BY id DESC LIMIT 1").fetchone()
    return str(row[0]) if row else GENESIS


def payload(event: NewEvent) -> str:
    """Return what the chain covers of an event, as canonical JSON; every column of its row is in it."""
    where, brought = event.address, event.evidence
    told: Mapping[str, object] = {
        "version": VERSION,
        "kind": str(event.kind),
        "at": timestamps.text(event.at),
        "site": where and where.site,
        "key": where and where.key,
        "url": where and where.url,
        "source": event.source_id,
        "posting": event.posting_id,
        "release": event.release_id,
        "last_before_at": timestamps.maybe_text(event.last_before_at),
        "first_after_at": timestamps.maybe_text(event.first_after_at),
        "title": title_digest(event.title),
        "detail": detail_digest(canonical(event.detail)),
        "changes": [[one.field, change_digest(cell(one.before), cell(one.after))] for one in event.changes],
        "revision": brought.revision_digest,
        "revision_id": brought.revision_id,
        "capture": brought.capture_digest,
        "capture_id": brought.capture_id,
    }
    return canonical(told)


def title_digest(title: str | None) -> str | None:
    """Return what a payload says of an event's title."""
    return None if title is None else digest("t1", title)


def detail_digest(kept: str) -> str:
    """Return what a payload says of an event's detail, given as it is kept."""
    return digest("d1", kept)


def change_digest(before: str | None, after: str | None) -> str:
    """Return what a payload says of a change, given both sides as they are kept."""
    return digest("c1", [before, after])


def cell(value: object) -> str | None:
    """Return one side of a change as people read it: text as it is, lists as JSON, nothing as None."""
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def append(db: Database, event: NewEvent) -> Event:
    """Write an event behind the newest one, in the transaction that the caller has begun."""
    covered, before = payload(event), head(db)
    table = db.table("events").insert(
        {
            "kind": str(event.kind),
            "title": event.title,
            "at": timestamps.text(event.at),
            "last_before_at": timestamps.maybe_text(event.last_before_at),
            "first_after_at": timestamps.maybe_text(event.first_after_at),
            "url": event.address and event.address.url,
            "source_id": event.source_id,
            "posting_id": event.posting_id,
            "release_id": event.release_id,
            "revision_id": event.evidence.revision_id,
            "capture_id": event.evidence.capture_id,
            "detail": canonical(event.detail),
            "payload": covered,
            "prev_hash": before,
            "hash": link(before, covered),
        }
    )
    identifier = int(table.last_pk)  # type: ignore[arg-type]  # the table has one integer key
    _keep_changes(db, identifier, event.changes)
    return _as_read(identifier, event)


def _keep_changes(db: Database, event_id: int, changes: tuple[Change, ...]) -> None:
    for change in changes:
        sides = {"before": cell(change.before), "after": cell(change.after)}
        db.table("changes").insert({"event_id": event_id, "field": change.field, **sides})


def _as_read(identifier: int, event: NewEvent) -> Event:
    return Event(
        id=identifier,
        kind=event.kind,
        at=event.at,
        source=event.source_id,
        posting=event.address.url if event.address else None,
        release=event.release_id,
        title=event.title,
        last_before_at=event.last_before_at,
        first_after_at=event.first_after_at,
        changes=event.changes,
        detail=event.detail,
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
