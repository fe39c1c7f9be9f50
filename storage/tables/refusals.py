"""Hosts that refuse us, for as long as they do: table `refusals`."""

from datetime import datetime
from typing import Final

from sqlite_utils import Database

from storage.db import sql, timestamps
from storage.db.rows import Row
from storage.models import Address, Refusal, Role, Verdict


def record_refusal(db: Database, host: str, at: datetime, until: datetime, reason: str) -> Refusal:
    """Count a refusal; `until` says until when the host is left alone. Return all refusals in a row."""
    before = find_refusal(db, host)
    refusal = Refusal(
        host=host,
        since_at=before.since_at if before else at,
        last_at=at,
        times=before.times + 1 if before else 1,
        until_at=until,
        reason=reason,
    )
    sql.upsert_row(db, "refusals", _to_row(refusal), "host")
    return refusal


def clear_refusals(db: Database, host: str) -> None:
    """Note that a host no longer refuses us."""
    db.execute("DELETE FROM refusals WHERE host = ?", [host])


def find_refusal(db: Database, host: str) -> Refusal | None:
    """Return how often in a row a host has refused us, or None where it does not."""
    row = next(db.query("SELECT * FROM refusals WHERE host = ?", [host]), None)
    return _to_refusal(row) if row else None


def list_refusals(db: Database) -> tuple[Refusal, ...]:
    """Return the hosts that refuse us, the longest first."""
    return tuple(map(_to_refusal, db.query("SELECT * FROM refusals ORDER BY since_at, host")))


def find_last_look_with_verdict(
    db: Database, role: Role, address: Address, verdict: Verdict
) -> datetime | None:
    """Return when an address was last looked at, or None where that look had another verdict."""
    row = next(db.query(LAST_LOOK, [address.url, str(role)]), None)
    return timestamps.parse_timestamp(row["last_at"]) if row and row["outcome"] == verdict else None


LAST_LOOK: Final = """SELECT outcome, last_at FROM looks WHERE url = ? AND role = ?
    ORDER BY last_at DESC, id DESC LIMIT 1"""


def has_answered_since(db: Database, source_id: str, at: datetime) -> bool:
    """Return whether a newsroom has shown us a feed, listing or article since an instant."""
    return db.execute(ANSWERED, [source_id, timestamps.format_timestamp(at)]).fetchone() is not None


ANSWERED: Final = """SELECT 1 FROM looks WHERE source_id = ? AND last_at > ? AND outcome = 'live'
    AND role IN ('feed', 'listing', 'article') LIMIT 1"""


def _to_row(refusal: Refusal) -> Row:
    return {
        "host": refusal.host,
        "since_at": timestamps.format_timestamp(refusal.since_at),
        "last_at": timestamps.format_timestamp(refusal.last_at),
        "times": refusal.times,
        "until_at": timestamps.format_timestamp(refusal.until_at),
        "reason": refusal.reason,
    }


def _to_refusal(row: Row) -> Refusal:
    return Refusal(
        host=row["host"],
        since_at=timestamps.parse_timestamp(row["since_at"]),
        last_at=timestamps.parse_timestamp(row["last_at"]),
        times=row["times"],
        until_at=timestamps.parse_timestamp(row["until_at"]),
        reason=row["reason"],
    )
