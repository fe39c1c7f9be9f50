"""The table `sources`: newsrooms a user added, and switches a user set on rows of the shipped catalogue.

A row of the catalogue that was only switched has nothing but its id, `enabled` and origin `catalogue`, so
that an upgrade of the catalogue shows through and never switches anything.
"""

from dataclasses import asdict
from datetime import datetime

from sqlite_utils import Database

from storage.db import timestamps
from storage.db.rows import Row
from storage.models import Source


def list_overrides(db: Database) -> dict[str, Row]:
    """Return what a user added or switched: all rows by id."""
    return {row["id"]: row for row in db.query("SELECT * FROM sources ORDER BY id")}


def save_source(db: Database, source: Source, at: datetime) -> None:
    """Save a newsroom that a user added or changed, as a whole row."""
    row = asdict(source) | {
        "confidence": str(source.confidence),
        "enabled": int(source.enabled),
        "private": int(source.private),
        "changed_at": timestamps.format_timestamp(at),
    }
    db.table("sources").upsert(row, pk="id")


def set_enabled(db: Database, source_id: str, at: datetime, *, enabled: bool) -> None:
    """Save whether a user wants a source crawled."""
    db.execute(
        "INSERT INTO sources(id, enabled, origin, changed_at) VALUES (?1, ?2, 'catalogue', ?3)"
        " ON CONFLICT DO UPDATE SET enabled = ?2, changed_at = ?3",
        [source_id, int(enabled), timestamps.format_timestamp(at)],
    )


def delete_source(db: Database, source_id: str) -> None:
    """Delete what a user added or switched; releases stay, and a catalogue row is as it was shipped."""
    db.execute("DELETE FROM sources WHERE id = ?", [source_id])
