"""What a watch plans by: what sources posted, when they were polled, which postings are due for a look."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlite_utils import Database

from storage.db import timestamps
from storage.models import Address, PostingState

# Both halves have an index; what was published appeared at the latest when it was first seen.
POSTED: Final = """WITH newest AS (
        SELECT * FROM (SELECT posting_id FROM posting_sources WHERE source_id = ?1
            ORDER BY appeared_at DESC LIMIT 2000)
        UNION SELECT * FROM (SELECT e.posting_id FROM events e JOIN posting_sources x
            ON x.posting_id = e.posting_id AND x.source_id = ?1
            WHERE e.source_id = ?1 AND e.kind = 'published' ORDER BY e.at DESC LIMIT 2000))
    SELECT min(p.first_seen_at, coalesce(p.published_at,
        iif(EXISTS (SELECT 1 FROM events e WHERE e.posting_id = p.id AND e.kind = 'published'), NULL,
            p.published_on || 'T00:00:00.000000Z'), p.first_seen_at)) AS at
    FROM newest JOIN postings p ON p.id = newest.posting_id ORDER BY 1 DESC LIMIT 2000"""
TALLY: Final = """SELECT coalesce((SELECT n FROM counts WHERE name = 'source:' || :source), 0) AS postings,
    (SELECT count(*) FROM events WHERE source_id = :source AND kind = 'edited' AND at >= :since) AS edits"""
# A crawl that was refused, killed or asked to stop did not list the newsroom.
# Source by source from its newest run back, for there may be millions of runs.
LAST_POLLS: Final = """WITH RECURSIVE known(source) AS (SELECT min(source_id) FROM runs UNION ALL
        SELECT (SELECT min(source_id) FROM runs WHERE source_id > source) FROM known
        WHERE source IS NOT NULL)
    SELECT source AS source_id, (SELECT started_at FROM runs WHERE source_id = source AND requests > 0
            AND kind NOT IN ('import', 'looks') AND state <> 'interrupted'
            ORDER BY started_at DESC LIMIT 1) AS at
    FROM known WHERE at IS NOT NULL"""
POLLED: Final = """SELECT count(*) AS n FROM runs WHERE source_id = ? AND started_at BETWEEN ? AND ?
    AND kind NOT IN ('import', 'looks') AND requests > 0"""
REQUESTS: Final = """SELECT coalesce(sum(requests), 0) AS n FROM runs
    WHERE source_id = ? AND started_at BETWEEN ? AND ?"""
# `published` says that it is as old as our first look; what was `found` is as old as its page says.
WATCHED: Final = """SELECT p.id, p.site, p.number, p.url, s.state, s.last_look_at, p.next_look_at,
        iif(EXISTS (SELECT 1 FROM events e WHERE e.posting_id = p.id AND e.kind = 'published'),
            p.first_seen_at, min(p.first_seen_at, coalesce(p.published_at,
                p.published_on || 'T00:00:00.000000Z', p.first_seen_at))) AS born_at
    FROM postings p JOIN posting_states s ON s.posting_id = p.id JOIN posting_sources x ON x.posting_id = p.id
    WHERE x.source_id = :source AND p.site = :site"""
DUE: Final = f"""{WATCHED} AND (p.next_look_at IS NULL OR p.next_look_at <= :until)
    ORDER BY s.state <> 'suspect', p.next_look_at, p.id LIMIT :most"""
YOUNG: Final = f"""{WATCHED} AND p.next_look_at <= :until
    AND (s.state = 'suspect' OR julianday(p.next_look_at) - julianday(p.first_seen_at) <= :days)"""
LOOKED_AT: Final = f"""{WATCHED} AND (p.next_look_at IS NULL OR s.last_look_at >= :since
    OR p.key IN (SELECT value FROM json_each(:keys)))"""  # noqa: S608  # our own text


@dataclass(frozen=True, slots=True)
class SourceActivity:
    """What a source did so far."""

    posted: tuple[datetime, ...]  # when its releases appeared as far as known, the newest first
    postings: int
    edits: int  # since an instant


@dataclass(frozen=True, slots=True)
class WatchedPosting:
    """A posting, and when it is to be looked at."""

    id: int
    address: Address
    state: PostingState
    born_at: datetime
    last_look_at: datetime
    next_look_at: datetime | None  # None: not planned yet


def read_activity(db: Database, source_id: str, since: datetime) -> SourceActivity:
    """Return what a source did, edits since an instant."""
    posted = tuple(timestamps.parse_timestamp(row["at"]) for row in db.query(POSTED, [source_id]))
    (row,) = db.query(TALLY, {"source": source_id, "since": timestamps.format_timestamp(since)})
    return SourceActivity(posted, row["postings"], row["edits"])


def find_last_polls(db: Database) -> dict[str, datetime]:
    """Return when each source was listed last, by id."""
    return {row["source_id"]: timestamps.parse_timestamp(row["at"]) for row in db.query(LAST_POLLS)}


def count_requests(db: Database, source_id: str, since: datetime, until: datetime) -> int:
    """Return how many requests a source cost between two instants."""
    return _count_runs(db, REQUESTS, source_id, since, until)


def count_polls(db: Database, source_id: str, since: datetime, until: datetime) -> int:
    """Return how often a source was listed between two instants."""
    return _count_runs(db, POLLED, source_id, since, until)


def find_due_postings(
    db: Database, source_id: str, site: str, until: datetime, most: int
) -> tuple[WatchedPosting, ...]:
    """Return the postings of a source that are due by an instant or unplanned, at most so many.

    Suspects come first, then what is due the longest.
    """
    return _find_watched(
        db, DUE, source_id, site, {"until": timestamps.format_timestamp(until), "most": most}
    )


def find_young_postings(
    db: Database, source_id: str, site: str, until: datetime, age: timedelta
) -> tuple[WatchedPosting, ...]:
    """Return the postings that are due by an instant and are suspects, or are due at an age up to this one.

    Where it is unknown when a posting was born, others may be among them.
    """
    days = age / timedelta(days=1)
    return _find_watched(
        db, YOUNG, source_id, site, {"until": timestamps.format_timestamp(until), "days": days}
    )


def find_recent_postings(
    db: Database, source_id: str, site: str, since: datetime, keys: Iterable[str]
) -> tuple[WatchedPosting, ...]:
    """Return the postings that were looked at since an instant, that have these keys, or are unplanned."""
    values = {"since": timestamps.format_timestamp(since), "keys": json.dumps(list(keys))}
    return _find_watched(db, LOOKED_AT, source_id, site, values)


def _find_watched(
    db: Database, sql: str, source_id: str, site: str, values: Mapping[str, object]
) -> tuple[WatchedPosting, ...]:
    return tuple(
        WatchedPosting(
            id=row["id"],
            address=Address(row["site"], row["number"], row["url"]),
            state=PostingState(row["state"]),
            born_at=timestamps.parse_timestamp(row["born_at"]),
            last_look_at=timestamps.parse_timestamp(row["last_look_at"]),
            next_look_at=timestamps.parse_optional_timestamp(row["next_look_at"]),
        )
        for row in db.query(sql, {"source": source_id, "site": site, **values})
    )


def _count_runs(db: Database, sql: str, source_id: str, since: datetime, until: datetime) -> int:
    between = (timestamps.format_timestamp(since), timestamps.format_timestamp(until))
    return int(db.execute(sql, [source_id, *between]).fetchone()[0])


def clear_planned_looks(db: Database, after: datetime) -> None:
    """Forget the looks that are planned for later than an instant."""
    db.execute(CLEAR, [timestamps.format_timestamp(after)])


CLEAR: Final = "UPDATE postings SET next_look_at = NULL WHERE next_look_at > ?"


def plan_looks(db: Database, looks: Mapping[int, datetime]) -> None:
    """Save when postings are to be looked at next, by the id of the posting."""
    for posting_id, at in looks.items():
        db.execute(PLAN, [timestamps.format_timestamp(at), posting_id])


PLAN: Final = "UPDATE postings SET next_look_at = ? WHERE id = ?"
