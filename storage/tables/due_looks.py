"""What a watch needs to know before it looks: what was posted, polled and looked at when, what is due."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from storage.db import timestamps
from storage.db.reading import Readable, ask
from storage.models import Address, PostingState
from storage.store import Store

POSTED: Final = """SELECT min(p.first_seen_at, coalesce(p.published_at,
        iif(EXISTS (SELECT 1 FROM events e WHERE e.posting_id = p.id AND e.kind = 'published'), NULL,
            p.published_on || 'T00:00:00.000000Z'), p.first_seen_at)) AS at
    FROM postings p JOIN posting_sources x ON x.posting_id = p.id
    WHERE x.source_id = ? ORDER BY 1 DESC LIMIT 2000"""
TALLY: Final = """SELECT (SELECT count(*) FROM posting_sources WHERE source_id = :source) AS postings,
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
    FROM postings p JOIN standings s ON s.posting_id = p.id JOIN posting_sources x ON x.posting_id = p.id
    WHERE x.source_id = :source AND p.site = :site"""
DUE: Final = f"""{WATCHED} AND (p.next_look_at IS NULL OR p.next_look_at <= :until)
    ORDER BY s.state <> 'suspect', p.next_look_at, p.id LIMIT :most"""
YOUNG: Final = f"""{WATCHED} AND p.next_look_at <= :until
    AND (s.state = 'suspect' OR julianday(p.next_look_at) - julianday(p.first_seen_at) <= :days)"""
LOOKED_AT: Final = f"""{WATCHED} AND (p.next_look_at IS NULL OR s.last_look_at >= :since
    OR p.key IN (SELECT value FROM json_each(:keys)))"""  # noqa: S608  # our own text


@dataclass(frozen=True, slots=True)
class Tally:
    """What a source did so far."""

    posted: tuple[datetime, ...]  # when its releases appeared as far as known, the newest first
    postings: int
    edits: int  # since an instant


@dataclass(frozen=True, slots=True)
class Watched:
    """A posting, and when it is to be looked at."""

    id: int
    address: Address
    state: PostingState
    born_at: datetime
    last_look_at: datetime
    next_look_at: datetime | None  # None: nobody planned it yet


def tally(store: Readable, source_id: str, since: datetime) -> Tally:
    """Return what a source did, edits since an instant."""
    posted = tuple(timestamps.instant(row["at"]) for row in ask(store, POSTED, [source_id]))
    (row,) = ask(store, TALLY, {"source": source_id, "since": timestamps.text(since)})
    return Tally(posted, row["postings"], row["edits"])


def last_polls(store: Readable) -> dict[str, datetime]:
    """Return when each source was listed last, by id."""
    return {row["source_id"]: timestamps.instant(row["at"]) for row in ask(store, LAST_POLLS)}


def requests(store: Readable, source_id: str, since: datetime, until: datetime) -> int:
    """Return how many requests a source cost between two instants."""
    return int(ask(store, REQUESTS, [source_id, timestamps.text(since), timestamps.text(until)])[0]["n"])


def polls(store: Readable, source_id: str, since: datetime, until: datetime) -> int:
    """Return how often a source was listed between two instants."""
    return int(ask(store, POLLED, [source_id, timestamps.text(since), timestamps.text(until)])[0]["n"])


def due(store: Readable, source_id: str, site: str, until: datetime, most: int) -> tuple[Watched, ...]:
    """Return the postings of a source that are due by an instant or unplanned, at most so many.

    Suspects come first, then what is due the longest.
    """
    return _watched(store, DUE, source_id, site, {"until": timestamps.text(until), "most": most})


def young(store: Readable, source_id: str, site: str, until: datetime, age: timedelta) -> tuple[Watched, ...]:
    """Return the postings that are due by an instant and are suspects, or are due at an age up to this one.

    Where nobody knows when a posting was born, others may be among them.
    """
    days = age / timedelta(days=1)
    return _watched(store, YOUNG, source_id, site, {"until": timestamps.text(until), "days": days})


def looked_at(
    store: Readable, source_id: str, site: str, since: datetime, keys: Iterable[str]
) -> tuple[Watched, ...]:
    """Return the postings that were looked at since an instant, that have these keys, or are unplanned."""
    return _watched(
        store, LOOKED_AT, source_id, site, {"since": timestamps.text(since), "keys": json.dumps(list(keys))}
    )


def _watched(
    store: Readable, sql: str, source_id: str, site: str, values: dict[str, object]
) -> tuple[Watched, ...]:
    return tuple(
        Watched(
            id=row["id"],
            address=Address(row["site"], row["number"], row["url"]),
            state=PostingState(row["state"]),
            born_at=timestamps.instant(row["born_at"]),
            last_look_at=timestamps.instant(row["last_look_at"]),
            next_look_at=timestamps.parse_optional_instant(row["next_look_at"]),
        )
        for row in ask(store, sql, {"source": source_id, "site": site, **values})
    )


def forget(store: Store, after: datetime) -> None:
    """Forget the looks that are planned for later than an instant."""
    with store.writing() as db:
        db.execute("UPDATE postings SET next_look_at = NULL WHERE next_look_at > ?", [timestamps.text(after)])


def plan(store: Store, looks: Mapping[int, datetime]) -> None:
    """Keep when postings are to be looked at next."""
    with store.writing() as db:
        for posting_id, at in looks.items():
            db.execute("UPDATE postings SET next_look_at = ? WHERE id = ?", [timestamps.text(at), posting_id])
