"""How far the crawls of a source have come: table `source_progress`.

What complete crawls listed is known; the horizon (storage/models/known_articles.py) is where our
knowledge ends.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from storage.db import sql, timestamps
from storage.db.rows import Row
from storage.models import Role, RunKind


def complete_crawl(db: Database, run: Row, at: datetime) -> None:
    """Note that a crawl was complete: what it listed is known now, and what it never tried is not pending."""
    source_id = run["source_id"]
    row = read_progress(db, source_id)
    is_whole = run["kind"] == RunKind.BACKFILL
    if row["last_complete_at"] is None or is_whole:
        row |= _compute_horizon(db, source_id, is_whole=is_whole)
    listed_at, is_feed_only = run["listed_at"] or run["started_at"], _is_feed_only(db, run)
    row |= {"last_complete_at": timestamps.format_timestamp(at), "last_feed_at": listed_at}
    if not is_feed_only:
        row["last_listed_at"] = listed_at
    row["usual_entries"] = run["listed_entries"] or row["usual_entries"]
    sql.upsert_row(db, "source_progress", row, "source_id")
    # After a crawl of the feed alone, what only the listing named stays unknown: more may follow it there.
    db.execute(COMPLETE, [source_id, "feed" if is_feed_only else "%"])
    db.execute("DELETE FROM pending WHERE source_id = ? AND tries = 0", [source_id])


COMPLETE: Final = "UPDATE listed_articles SET known = 1 WHERE source_id = ? AND known = 0 AND role LIKE ?"


def _is_feed_only(db: Database, run: Row) -> bool:
    """Return whether a crawl skipped the listing that its newsroom has."""
    return run["listed_entries"] is None and has_listing(db, run["source_id"])


def has_listing(db: Database, source_id: str) -> bool:
    """Return whether a source has ever shown a listing, and not only a feed."""
    return db.execute(HAS_LISTING, [source_id]).fetchone() is not None


HAS_LISTING: Final = "SELECT 1 FROM listed_articles WHERE source_id = ? AND role = 'listing' LIMIT 1"


def save_backfill_page(db: Database, source_id: str, url: str | None) -> None:
    """Save the listing page where a back-fill goes on; None forgets it."""
    row = read_progress(db, source_id) | {"backfill_url": url}
    sql.upsert_row(db, "source_progress", row, "source_id")


def read_progress(db: Database, source_id: str) -> Row:
    """Return how far the crawls of a source have come; all None before the first complete one."""
    row = next(db.query("SELECT * FROM source_progress WHERE source_id = ?", [source_id]), None)
    return row or dict.fromkeys(PROGRESS) | {"source_id": source_id}


PROGRESS: Final = (
    "last_complete_at",
    "last_listed_at",
    "horizon_on",
    "horizon_number",
    "top_number",
    "usual_entries",
    "backfill_url",
    "last_feed_at",
)


def _compute_horizon(db: Database, source_id: str, *, is_whole: bool) -> Mapping[str, object]:
    """Return the horizon columns: the shallower of feed and listing; of a whole back-fill, the listing's."""
    rows = list(db.query(DEPTHS, [source_id]))
    depths = [row for row in rows if row["role"] == Role.LISTING] if is_whole else []
    depths = depths or rows
    return {
        "horizon_number": max((row["number"] for row in depths if row["number"] is not None), default=None),
        "horizon_on": max((row["day"] for row in depths if row["day"] is not None), default=None),
        "top_number": max((row["top"] for row in rows if row["top"] is not None), default=None),
    }


DEPTHS: Final = """SELECT role, min(CASE WHEN NOT pinned THEN number END) AS number,
    min(CASE WHEN NOT pinned THEN published_on END) AS day, max(number) AS top
    FROM listed_articles WHERE source_id = ? GROUP BY role"""
