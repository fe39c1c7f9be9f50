"""The ledger: an append-only table of events, each chained to the one before by SHA-256.

A payload names what it covers by digest alone: no title and no text stands in it, so that content can be
removed for safety while the chain still verifies.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from storage import instants
from storage.records import Address, Change, Event, EventKind

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
    address: Address
    source_id: str | None = None
    posting_id: int | None = None
    release_id: int | None = None
    title: str | None = None
    last_before_at: datetime | None = None
    first_after_at: datetime | None = None
    changes: tuple[Change, ...] = ()
    evidence: Evidence = Evidence()


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
    """Return what the chain covers of an event, as canonical JSON."""
    told: Mapping[str, object] = {
        "version": VERSION,
        "kind": str(event.kind),
        "at": instants.text(event.at),
        "site": event.address.site,
        "key": event.address.key,
        "url": event.address.url,
        "source": event.source_id,
        "release": event.release_id,
        "last_before_at": instants.maybe_text(event.last_before_at),
        "first_after_at": instants.maybe_text(event.first_after_at),
        "changes": [[change.field, digest("c1", [change.before, change.after])] for change in event.changes],
        "revision": event.evidence.revision_digest,
        "capture": event.evidence.capture_digest,
    }
    return canonical(told)


def append(db: Database, event: NewEvent) -> Event:
    """Write an event behind the newest one, in the transaction that the caller has begun."""
    covered, before = payload(event), head(db)
    table = db.table("events").insert(
        {
            "kind": str(event.kind),
            "title": event.title,
            "at": instants.text(event.at),
            "last_before_at": instants.maybe_text(event.last_before_at),
            "first_after_at": instants.maybe_text(event.first_after_at),
            "url": event.address.url,
            "source_id": event.source_id,
            "posting_id": event.posting_id,
            "release_id": event.release_id,
            "revision_id": event.evidence.revision_id,
            "capture_id": event.evidence.capture_id,
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
        sides = {"before": _cell(change.before), "after": _cell(change.after)}
        db.table("changes").insert({"event_id": event_id, "field": change.field, **sides})


def _as_read(identifier: int, event: NewEvent) -> Event:
    return Event(
        id=identifier,
        kind=event.kind,
        at=event.at,
        source=event.source_id,
        posting=event.address.url,
        release=event.release_id,
        title=event.title,
        last_before_at=event.last_before_at,
        first_after_at=event.first_after_at,
        changes=event.changes,
    )


def _cell(value: object) -> str | None:
    """Return one side of a change as people read it: text as it is, lists as JSON, nothing as None."""
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
