"""The ledger: an append-only table of events, each chained to the one before by SHA-256.

A payload names what it covers by digest alone. It holds no title and no text, so that content can be
removed for safety while the chain still verifies. Every revision and every capture enters the chain in the
transaction that stores it, through an event that names it in its `Evidence`; storage/integrity/verify.py
checks that.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlite_utils import Database

from storage.db import sql, timestamps
from storage.models import Address, Change, DetectedEvent, Event

PAYLOAD_VERSION: Final = "e1"
GENESIS_HASH: Final = "0" * 64
CANONICAL: Final = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Rows that an event brought, and the digests that enter the chain with it."""

    revision_id: int | None = None
    revision_digest: str | None = None
    capture_id: int | None = None
    capture_digest: str | None = None


@dataclass(frozen=True, slots=True)
class EventContext:
    """What an event is about, and the rows that prove it."""

    source_id: str | None = None
    address: Address | None = None  # None for what is about a whole newsroom
    release_id: int | None = None
    title: str | None = None
    evidence: Evidence = Evidence()


def canonical_json(value: object) -> str:
    """Return the only JSON text that a value can have here: keys sorted, no spaces, Unicode unescaped."""
    return CANONICAL.encode(value)


def compute_digest(version: str, value: object) -> str:
    """Return `<version>:` and the SHA-256 of the value's canonical JSON in UTF-8."""
    return f"{version}:{_sha256(canonical_json(value))}"


def compute_event_hash(prev_hash: str, payload: str) -> str:
    """Return the hash of an event: SHA-256 over the hash of the event before and this one's payload."""
    return _sha256(prev_hash + payload)


def read_head_hash(db: Database) -> str:
    """Return the hash of the newest event, 64 hex digits; all zeros where there is none."""
    row = db.execute("SELECT hash FROM events ORDER BY id DESC LIMIT 1").fetchone()
    return str(row[0]) if row else GENESIS_HASH


def build_payload(event: DetectedEvent, context: EventContext) -> str:
    """Return what the chain covers of an event, as canonical JSON. Every column of its row takes part."""
    address, evidence = context.address, context.evidence
    covered: Mapping[str, object] = {
        "version": PAYLOAD_VERSION,
        "kind": str(event.kind),
        "at": timestamps.format_timestamp(event.at),
        "site": address and address.site,
        "key": address and address.key,
        "url": address and address.url,
        "source": context.source_id,
        "posting": event.posting_id,
        "release": context.release_id,
        "last_before_at": timestamps.format_optional_timestamp(event.last_before_at),
        "first_after_at": timestamps.format_optional_timestamp(event.first_after_at),
        "title": digest_title(context.title),
        "detail": digest_detail(canonical_json(event.detail)),
        "changes": [_digest_change_pair(change) for change in event.changes],
        "revision": evidence.revision_digest,
        "revision_id": evidence.revision_id,
        "capture": evidence.capture_digest,
        "capture_id": evidence.capture_id,
    }
    return canonical_json(covered)


def digest_title(title: str | None) -> str | None:
    """Return the digest that a payload holds of an event's title."""
    return None if title is None else compute_digest("t1", title)


def digest_detail(detail: str) -> str:
    """Return the digest that a payload holds of an event's detail, given as the row stores it."""
    return compute_digest("d1", detail)


def digest_change(before: str | None, after: str | None) -> str:
    """Return the digest that a payload holds of a change, given both sides as the row stores them."""
    return compute_digest("c1", [before, after])


def format_change_side(value: object) -> str | None:
    """Return one side of a change as the row stores it: text as it is, lists as JSON, None as None."""
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def append_event(db: Database, event: DetectedEvent, context: EventContext) -> Event:
    """Write an event after the newest one, in the transaction that the caller has begun."""
    row, prev_hash = make_event_row(event, context), read_head_hash(db)
    hashes = {"prev_hash": prev_hash, "hash": compute_event_hash(prev_hash, row["payload"])}
    identifier = sql.insert_row(db, "events", row | hashes)
    _insert_changes(db, identifier, event)
    return _build_event(identifier, event, context)


def make_event_row(event: DetectedEvent, context: EventContext) -> dict[str, Any]:
    """Return the row of `events` for an event, but for its hashes."""
    return {
        "kind": str(event.kind),
        "title": context.title,
        "at": timestamps.format_timestamp(event.at),
        "last_before_at": timestamps.format_optional_timestamp(event.last_before_at),
        "first_after_at": timestamps.format_optional_timestamp(event.first_after_at),
        "url": context.address and context.address.url,
        "source_id": context.source_id,
        "posting_id": event.posting_id,
        "release_id": context.release_id,
        "revision_id": context.evidence.revision_id,
        "capture_id": context.evidence.capture_id,
        "detail": canonical_json(event.detail),
        "payload": build_payload(event, context),
    }


def _insert_changes(db: Database, event_id: int, event: DetectedEvent) -> None:
    """Write the fields that an event changed; a body that is a revision's is named and not written again."""
    for change in event.changes:
        row: dict[str, Any] = {"event_id": event_id, "field": change.field}
        for side, value in (("before", change.before), ("after", change.after)):
            text = format_change_side(value)
            known = _find_body(db, event.posting_id, text) if change.field == "body" and text else None
            row |= {side: text if known is None else None, f"{side}_id": known}
        sql.insert_row(db, "changes", row)


def _find_body(db: Database, posting_id: int | None, text: str | None) -> int | None:
    found = db.execute(FIND_BODY, [posting_id, text]).fetchone()
    return int(found[0]) if found else None


FIND_BODY: Final = "SELECT id FROM revisions WHERE posting_id = ? AND body = ? ORDER BY seq DESC LIMIT 1"


def _digest_change_pair(change: Change) -> list[str]:
    sides = format_change_side(change.before), format_change_side(change.after)
    return [change.field, digest_change(*sides)]


def _build_event(identifier: int, event: DetectedEvent, context: EventContext) -> Event:
    return Event(
        id=identifier,
        kind=event.kind,
        at=event.at,
        source=context.source_id,
        posting=context.address.url if context.address else None,
        release=context.release_id,
        title=context.title,
        last_before_at=event.last_before_at,
        first_after_at=event.first_after_at,
        changes=event.changes,
        detail=event.detail,
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
