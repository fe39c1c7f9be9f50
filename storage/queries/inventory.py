"""What a database holds of one newsroom, to be laid beside what the newsroom shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from storage.db import timestamps
from storage.db.reading import Readable, query_rows
from storage.db.rows import Row
from storage.models import Address, EventKind
from storage.tables.frontier import PostingKey
from storage.tables.pending import MOST_ABSENT


@dataclass(frozen=True, slots=True)
class StoredPosting:
    """A posting that is stored."""

    address: Address
    title: str
    state: str  # live, unlisted, suspect, removed, moved
    since_at: datetime
    is_ours: bool  # met through this newsroom, not through another one of the site
    is_purged: bool


@dataclass(frozen=True, slots=True)
class PendingRelease:
    """A release that was announced and is not stored yet."""

    discovered_at: datetime
    tries: int  # looks that did not bring it
    is_given_up: bool  # it answered "not here" too often
    last: str  # what the last look told, in words; empty where there was none


@dataclass(frozen=True, slots=True)
class NewsroomInventory:
    """What is held of one newsroom."""

    stored: Mapping[PostingKey, StoredPosting]  # on its site
    pending: Mapping[PostingKey, PendingRelease]
    known: frozenset[PostingKey]  # listed in complete crawls
    last_complete_at: datetime | None
    horizon_number: int | None  # the oldest article number that the first complete crawl met


def read_inventory(store: Readable, source_id: str, site: str) -> NewsroomInventory:
    """Return what is held of a newsroom, and of its site."""
    named: dict[str, object] = {"source": source_id, "site": site, "purged": str(EventKind.PURGED)}
    progress = next(iter(query_rows(store, PROGRESS, named)), None)
    return NewsroomInventory(
        stored={(row["site"], row["key"]): _held(row) for row in query_rows(store, POSTED, named)},
        pending={(row["site"], row["key"]): _waiting(row) for row in query_rows(store, WAITING, named)},
        known=frozenset((row["site"], row["key"]) for row in query_rows(store, KNOWN, named)),
        last_complete_at=timestamps.parse_optional_timestamp(progress["last_complete_at"]) if progress else None,
        horizon_number=progress["horizon_number"] if progress else None,
    )


def _held(row: Row) -> StoredPosting:
    where = Address(row["site"], row["number"], row["url"])
    since_at = timestamps.parse_timestamp(row["since_at"])
    return StoredPosting(where, row["title"], row["state"], since_at, bool(row["is_ours"]), bool(row["is_purged"]))


def _waiting(row: Row) -> PendingRelease:
    told = " ".join(filter(None, ((row["outcome"] or "").replace("_", " "), row["reason"])))
    is_given_up = row["absent"] >= MOST_ABSENT
    return PendingRelease(timestamps.parse_timestamp(row["discovered_at"]), row["tries"], is_given_up, told)


POSTED: Final = """SELECT p.site, p.key, p.number, p.url, p.title, p.state, p.since_at,
    EXISTS (SELECT 1 FROM posting_sources x WHERE x.posting_id = p.id AND x.source_id = :source) AS is_ours,
    EXISTS (SELECT 1 FROM events e WHERE e.posting_id = p.id AND e.kind = :purged) AS is_purged
    FROM postings p WHERE p.site = :site"""
WAITING: Final = """SELECT w.*, l.outcome, l.reason FROM pending w LEFT JOIN looks l ON l.id = (
        SELECT id FROM looks o WHERE o.url = w.url AND o.role = 'article' ORDER BY o.first_at DESC LIMIT 1)
    WHERE w.source_id = :source"""
KNOWN: Final = "SELECT DISTINCT site, key FROM listed_articles WHERE source_id = :source AND known = 1"
PROGRESS: Final = "SELECT last_complete_at, horizon_number FROM source_progress WHERE source_id = :source"
