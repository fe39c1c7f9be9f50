"""What the database has of one newsroom, for comparison with what the newsroom shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from storage.db import timestamps
from storage.db.reading import Readable, query_rows
from storage.db.rows import Row
from storage.models import Address, EventKind
from storage.models.known_articles import PostingKey
from storage.tables.pending import MOST_ABSENT


@dataclass(frozen=True, slots=True)
class StoredPosting:
    """A stored posting."""

    address: Address
    title: str
    state: str  # live, unlisted, suspect, removed, moved
    since_at: datetime
    is_ours: bool  # found through this newsroom, not only through another one of the site
    is_purged: bool
    published_on: date | None = None


@dataclass(frozen=True, slots=True)
class PendingRelease:
    """A release that is listed but not stored yet."""

    discovered_at: datetime
    tries: int  # unsuccessful looks
    is_given_up: bool  # it answered "not found" too often
    last: str  # the result of the last look in words; empty if there was none


@dataclass(frozen=True, slots=True)
class NewsroomInventory:
    """The postings and pending releases of one newsroom."""

    stored: Mapping[PostingKey, StoredPosting]  # all of its site
    pending: Mapping[PostingKey, PendingRelease]
    known: frozenset[PostingKey]  # listed in complete crawls
    last_complete_at: datetime | None
    horizon_number: int | None  # the oldest article number in the first complete crawl
    horizon_on: date | None = None  # its day
    top_number: int | None = None  # the largest article number of that crawl
    listed: frozenset[PostingKey] | None = None  # of `known`, those that a listing named; None: all of them


def read_inventory(store: Readable, source_id: str, site: str) -> NewsroomInventory:
    """Return what is stored and pending of a newsroom, and what is stored of its site."""
    values: dict[str, object] = {"source": source_id, "site": site, "purged": str(EventKind.PURGED)}
    progress = next(iter(query_rows(store, PROGRESS, values)), None)
    return NewsroomInventory(
        stored={
            (row["site"], row["key"]): _to_stored_posting(row) for row in query_rows(store, STORED, values)
        },
        pending={
            (row["site"], row["key"]): _to_pending_release(row) for row in query_rows(store, PENDING, values)
        },
        known=frozenset((row["site"], row["key"]) for row in query_rows(store, KNOWN, values)),
        last_complete_at=timestamps.parse_optional_timestamp(progress["last_complete_at"])
        if progress
        else None,
        horizon_number=progress["horizon_number"] if progress else None,
        horizon_on=timestamps.parse_stored_day(progress["horizon_on"]) if progress else None,
        top_number=progress["top_number"] if progress else None,
        listed=frozenset((row["site"], row["key"]) for row in query_rows(store, LISTED, values)),
    )


def _to_stored_posting(row: Row) -> StoredPosting:
    where = Address(row["site"], row["number"], row["url"])
    since_at = timestamps.parse_timestamp(row["since_at"])
    return StoredPosting(
        where,
        row["title"],
        row["state"],
        since_at,
        bool(row["is_ours"]),
        bool(row["is_purged"]),
        timestamps.parse_stored_day(row["published_on"]),
    )


def _to_pending_release(row: Row) -> PendingRelease:
    last = " ".join(filter(None, ((row["outcome"] or "").replace("_", " "), row["reason"])))
    is_given_up = row["absent_looks"] >= MOST_ABSENT
    return PendingRelease(timestamps.parse_timestamp(row["discovered_at"]), row["tries"], is_given_up, last)


STORED: Final = """SELECT p.site, coalesce(p.number, p.url) AS key, p.number, p.url, p.title,
    p.state, p.since_at, p.published_on,
    EXISTS (SELECT 1 FROM posting_sources x WHERE x.posting_id = p.id AND x.source_id = :source) AS is_ours,
    EXISTS (SELECT 1 FROM events e WHERE e.posting_id = p.id AND e.kind = :purged) AS is_purged
    FROM postings p WHERE p.site = :site"""
PENDING: Final = """SELECT w.*, l.outcome, l.reason FROM pending w LEFT JOIN looks l ON l.id = (
        SELECT id FROM looks o WHERE o.url = w.url AND o.role = 'article' ORDER BY o.first_at DESC LIMIT 1)
    WHERE w.source_id = :source"""
KNOWN: Final = "SELECT DISTINCT site, key FROM listed_articles WHERE source_id = :source AND known = 1"
LISTED: Final = f"{KNOWN} AND role = 'listing'"
PROGRESS: Final = "SELECT * FROM source_progress WHERE source_id = :source"
