"""Which newsrooms were found to work, and how: table `verifications`, one row a source."""

import json
from dataclasses import asdict, replace

from storage.db import timestamps
from storage.db.connection import explained
from storage.db.rows import Row, as_json, storable
from storage.models import Check, Verification
from storage.store import Store


def save(store: Store, found: Verification) -> Verification:
    """Keep a verification and return it as kept: one that failed leaves what worked before."""
    before = of(store, found.source_id)
    if before and not found.ok:
        found = replace(before, ok=False, at=found.at, checks=found.checks)
    row = asdict(found) | {
        "ok": int(found.ok),
        "at": timestamps.text(found.at),
        "worked_at": timestamps.maybe_text(found.worked_at),
        "checks": as_json([_stored(check) for check in found.checks]),
        "sections": as_json(found.sections),
        "fields": as_json(found.fields),
    }
    with store.writing() as db:
        db.table("verifications").upsert(row, pk="source_id")
    return found


def of(store: Store, source_id: str) -> Verification | None:
    """Return how a newsroom was last verified, or None where it never was."""
    return found(store).get(source_id)


def found(store: Store) -> dict[str, Verification]:
    """Return all verifications by source."""
    with explained(store.path):
        rows = list(store.db.query("SELECT * FROM verifications ORDER BY source_id"))
    return {row["source_id"]: _verification(row) for row in rows}


def feeds(store: Store) -> dict[str, str]:
    """Return the feed addresses that a verification found, by source."""
    with explained(store.path):
        rows = store.db.execute("SELECT source_id, feed_url FROM verifications WHERE feed_url IS NOT NULL")
        return dict(rows.fetchall())


def _stored(check: Check) -> Row:
    return asdict(check) | {"line": storable(check.line)}


def _verification(row: Row) -> Verification:
    told = row | {
        "ok": bool(row["ok"]),
        "at": timestamps.instant(row["at"]),
        "worked_at": timestamps.parse_optional_instant(row["worked_at"]),
        "checks": tuple(Check(**check) for check in json.loads(row["checks"])),
        "sections": tuple(json.loads(row["sections"])),
        "fields": tuple(json.loads(row["fields"])),
    }
    return Verification(**told)
