"""Sources in quarantine: table `quarantines`. Looks that do not read as before wait in `findings`.

A source enters quarantine when a redesign breaks our reading of many postings at once. It ends when a newer
parser reads them, or when the site reads as it did before; then what waited is detected at its own time.

A source with a mass absence goes on bringing events: table `mass_absences`. That ends when none of its
postings is suspected any more: each was removed, or answered again.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from storage.db import sql, timestamps
from storage.models import MassAbsence


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


def save_mass_absence(db: Database, source_id: str, mass: MassAbsence) -> None:
    """Save how far the mass absence of a source has come."""
    row = {
        "source_id": source_id,
        "since_at": timestamps.format_timestamp(mass.since_at),
        "absent": mass.absent,
        "known": mass.known,
        "reason": mass.reason,
        "counted_looks": mass.counted_looks,
        "counted_first_at": timestamps.format_optional_timestamp(mass.counted_first_at),
        "counted_last_at": timestamps.format_optional_timestamp(mass.counted_last_at),
        "is_removal_reported": int(mass.is_removal_reported),
    }
    sql.upsert_row(db, "mass_absences", row, "source_id")


def find_mass_absence(db: Database, source_id: str) -> MassAbsence | None:
    """Return the mass absence of a source, or None where it has none."""
    row = next(db.query("SELECT * FROM mass_absences WHERE source_id = ?", [source_id]), None)
    if row is None:
        return None
    return MassAbsence(
        since_at=timestamps.parse_timestamp(row["since_at"]),
        absent=row["absent"],
        known=row["known"],
        reason=row["reason"],
        counted_looks=row["counted_looks"],
        counted_first_at=timestamps.parse_optional_timestamp(row["counted_first_at"]),
        counted_last_at=timestamps.parse_optional_timestamp(row["counted_last_at"]),
        is_removal_reported=bool(row["is_removal_reported"]),
    )


def delete_mass_absence(db: Database, source_id: str) -> None:
    """End the mass absence of a source whatever is left of it."""
    db.execute("DELETE FROM mass_absences WHERE source_id = ?", [source_id])


def end_mass_absence(db: Database, source_id: str) -> None:
    """End the mass absence of a source where none of its postings is suspected any more."""
    db.execute(END_MASS_ABSENCE, {"source": source_id})


END_MASS_ABSENCE: Final = """DELETE FROM mass_absences WHERE source_id = :source AND NOT EXISTS (
    SELECT 1 FROM posting_sources x JOIN posting_states s ON s.posting_id = x.posting_id
    WHERE x.source_id = :source AND s.state = 'suspect' AND s.is_in_mass_absence
        AND NOT EXISTS (SELECT 1 FROM events e WHERE e.posting_id = s.posting_id AND e.kind = 'purged'))"""
