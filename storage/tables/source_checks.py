"""What worked at each newsroom when it was last verified: table `source_checks`, one row a source."""

import json
from dataclasses import asdict, replace

from sqlite_utils import Database

from storage.db import sql, timestamps
from storage.db.rows import Row, dump_json, replace_surrogates
from storage.models import Check, Verification


def save_verification(db: Database, found: Verification) -> Verification:
    """Save a verification and return it as saved: one that failed leaves what worked before."""
    before = find_verification(db, found.source_id)
    if before and not found.ok:
        found = replace(before, ok=False, at=found.at, checks=found.checks)
    row = asdict(found) | {
        "ok": int(found.ok),
        "at": timestamps.format_timestamp(found.at),
        "worked_at": timestamps.format_optional_timestamp(found.worked_at),
        "checks": dump_json([_check_to_row(check) for check in found.checks]),
        "sections": dump_json(found.sections),
        "fields": dump_json(found.fields),
    }
    sql.upsert_row(db, "source_checks", row, "source_id")
    return found


def find_verification(db: Database, source_id: str) -> Verification | None:
    """Return how a newsroom was last verified, or None where it never was."""
    row = next(db.query("SELECT * FROM source_checks WHERE source_id = ?", [source_id]), None)
    return _to_verification(row) if row else None


def list_verifications(db: Database) -> dict[str, Verification]:
    """Return all verifications by source."""
    rows = db.query("SELECT * FROM source_checks ORDER BY source_id")
    return {row["source_id"]: _to_verification(row) for row in rows}


def list_verified_feeds(db: Database) -> dict[str, str]:
    """Return the feed addresses that a verification found, by source."""
    rows = db.query("SELECT source_id, feed_url FROM source_checks WHERE feed_url IS NOT NULL")
    return {row["source_id"]: row["feed_url"] for row in rows}


def _check_to_row(check: Check) -> Row:
    return asdict(check) | {"line": replace_surrogates(check.line)}


def _to_verification(row: Row) -> Verification:
    values = row | {
        "ok": bool(row["ok"]),
        "at": timestamps.parse_timestamp(row["at"]),
        "worked_at": timestamps.parse_optional_timestamp(row["worked_at"]),
        "checks": tuple(Check(**check) for check in json.loads(row["checks"])),
        "sections": tuple(json.loads(row["sections"])),
        "fields": tuple(json.loads(row["fields"])),
    }
    return Verification(**values)
