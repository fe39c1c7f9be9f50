"""Sources in quarantine: table `quarantines`. Their looks wait in `findings`, and bring no event.

A source enters quarantine when a redesign breaks our reading of many postings at once. It ends when a newer
parser reads them, or when the site reads as it did before.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from storage.db import timestamps


@dataclass(frozen=True, slots=True)
class SourceQuarantine:
    """Since when and why a source is in quarantine."""

    since: datetime
    reason: str


def start_quarantine(db: Database, source_id: str, run_id: int, begun: SourceQuarantine) -> None:
    """Put a source into quarantine with the run that showed why."""
    db.execute(START, [source_id, timestamps.format_timestamp(begun.since), begun.reason, run_id])


START: Final = "INSERT OR REPLACE INTO quarantines(source_id, since_at, reason, run_id) VALUES (?, ?, ?, ?)"


def find_quarantine(db: Database, source_id: str) -> SourceQuarantine | None:
    """Return since when and why a source is in quarantine, or None where it is not."""
    row = next(db.query("SELECT * FROM quarantines WHERE source_id = ?", [source_id]), None)
    return SourceQuarantine(timestamps.parse_timestamp(row["since_at"]), row["reason"]) if row else None


def describe_quarantine(db: Database, source_id: str) -> str | None:
    """Return since when and why a source is in quarantine, in one line, or None where it is not."""
    found = find_quarantine(db, source_id)
    return f"in quarantine since {found.since:%Y-%m-%d %H:%M} UTC: {found.reason}" if found else None


def end_quarantine(db: Database, source_id: str) -> None:
    """End a source's quarantine; the next detection takes up the findings that waited."""
    db.execute("DELETE FROM quarantines WHERE source_id = ?", [source_id])
    db.execute("UPDATE findings SET is_quarantined = 0 WHERE source_id = ?", [source_id])


def discard_quarantine(db: Database, source_id: str) -> None:
    """End a source's quarantine and delete the findings that waited: the site reads as it did before."""
    db.execute("DELETE FROM quarantines WHERE source_id = ?", [source_id])
    db.execute("DELETE FROM findings WHERE source_id = ? AND is_quarantined", [source_id])
