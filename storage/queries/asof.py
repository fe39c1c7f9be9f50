"""What a newsroom showed at an instant, as far as our looks can tell, and whether anybody was looking."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final

from storage.db import timestamps
from storage.db.reading import Readable, query_rows
from storage.db.rows import Row
from storage.models import PostingState
from storage.queries.history import GAP

# Only looks that found the posting present or absent count: a refusal or an outage says nothing about it.
# `b` is the last span that began by then, `a` the next one; within a span the instant lies between two equal
# looks. An absence is called removed only if the ledger has a removal by then. The browser fills in its own
# parameters.
POSTINGS: Final = """
SELECT *, CASE
        WHEN outcome = 'live' THEN iif(listing = 'unlisted', 'unlisted', 'live')
        WHEN last_event IN ('removed', 'moved') THEN last_event
        WHEN outcome = 'redirected' AND coalesce(last_event, 'cleared') IN ('cleared', 'returned') THEN 'live'
        ELSE 'suspect' END AS state,
    within OR (next_outcome IS outcome AND next_revision IS revision) AS confirmed
FROM (
    SELECT p.id, p.release_id, p.url, coalesce(v.title, p.title) AS title, v.published_on, v.organization,
        v.seq, b.revision_id AS revision, b.outcome, b.last_at > :at AS within,
        CASE WHEN b.last_at > :at THEN b.first_at ELSE b.last_at END AS last_look_at,
        CASE WHEN b.last_at > :at THEN b.last_at ELSE a.first_at END AS next_look_at,
        a.outcome AS next_outcome, a.revision_id AS next_revision,
        (SELECT e.kind FROM events e WHERE e.posting_id = p.id AND e.first_after_at <= :at
            AND e.kind IN ('suspected', 'cleared', 'removed', 'returned', 'moved')
            ORDER BY e.first_after_at DESC, e.id DESC LIMIT 1) AS last_event,
        (SELECT e.kind FROM events e WHERE e.posting_id = p.id AND e.first_after_at <= :at
            AND e.kind IN ('unlisted', 'relisted')
            ORDER BY e.first_after_at DESC, e.id DESC LIMIT 1) AS listing
    FROM posting_sources x JOIN postings p ON p.id = x.posting_id
    JOIN looks b ON b.id = (SELECT id FROM looks WHERE posting_id = p.id AND first_at <= :at
        AND role = 'article' AND outcome IN ('live', 'gone', 'soft_gone', 'redirected')
        ORDER BY first_at DESC, id DESC LIMIT 1)
    LEFT JOIN looks a ON a.id = (SELECT id FROM looks WHERE posting_id = p.id AND first_at > :at
        AND role = 'article' AND outcome IN ('live', 'gone', 'soft_gone', 'redirected')
        ORDER BY first_at, id LIMIT 1)
    LEFT JOIN revisions v ON v.id = coalesce(b.revision_id, (
        SELECT id FROM revisions WHERE posting_id = p.id AND observed_at <= :at
        ORDER BY observed_at DESC, seq DESC LIMIT 1))
    WHERE x.source_id = :source)
ORDER BY published_on DESC NULLS LAST, id DESC
"""
# Every crawl reads a listing or feed: when they answered shows when we were watching.
WATCHED: Final = """
WITH answered AS (SELECT first_at, last_at FROM looks
    WHERE source_id = :source AND role IN ('listing', 'feed') AND outcome = 'live')
SELECT (SELECT min(first_at) FROM answered) AS first_look_at,
    EXISTS (SELECT 1 FROM answered WHERE first_at <= :at AND last_at > :at) AS within,
    (SELECT max(CASE WHEN last_at > :at THEN first_at ELSE last_at END) FROM answered WHERE first_at <= :at)
        AS last_look_at,
    (SELECT min(CASE WHEN first_at > :at THEN first_at ELSE last_at END) FROM answered WHERE last_at > :at)
        AS next_look_at
"""
# Dated by then but first seen later: we cannot tell whether they were there.
LATER: Final = """
SELECT count(*) AS postings FROM posting_sources x JOIN postings p ON p.id = x.posting_id
WHERE x.source_id = :source AND p.first_seen_at > :at AND p.published_on <= substr(:at, 1, 10)
    AND NOT EXISTS (SELECT 1 FROM events e WHERE e.posting_id = p.id AND e.kind = 'published'
        AND e.last_before_at >= :at)
"""


@dataclass(frozen=True, slots=True)
class PostingAsOf:
    """A posting as it was at the instant, by the last look before it."""

    release: int
    posting: str  # its address
    state: str  # live, unlisted, suspect, removed or moved
    title: str
    published_on: date | None
    organization: str | None
    revision: int | None  # `seq`
    last_look_at: datetime  # the last look by then, or the start of the span of equal looks around it
    next_look_at: datetime | None  # the first look after it, or the end of that span
    confirmed: bool  # the next look saw the same


@dataclass(frozen=True, slots=True)
class AsOf:
    """What a newsroom showed at an instant."""

    source: str
    at: datetime
    first_look_at: datetime | None  # ever, at its listing or feed
    last_look_at: datetime | None  # at or before the instant, at its listing or feed
    next_look_at: datetime | None  # after it
    watched: bool  # False: the instant lies in a gap between our looks
    shown: tuple[PostingAsOf, ...]  # live or unlisted, the newest printed day first
    absent: tuple[PostingAsOf, ...]  # known, but not there at the last look
    met_later: int  # dated by then, but first seen later


def read_as_of(store: Readable, source: str, at: datetime) -> AsOf:
    """Return what a newsroom showed at an instant; everything is empty if we had not looked by then."""
    wanted: dict[str, object] = {"source": source, "at": timestamps.format_timestamp(at)}
    watched = query_rows(store, WATCHED, wanted)[0]
    last = timestamps.parse_optional_timestamp(watched["last_look_at"])
    following = timestamps.parse_optional_timestamp(watched["next_look_at"])
    postings = [_to_posting_as_of(row) for row in query_rows(store, POSTINGS, wanted)]
    return AsOf(
        source=source,
        at=at,
        first_look_at=timestamps.parse_optional_timestamp(watched["first_look_at"]),
        last_look_at=last,
        next_look_at=following,
        watched=bool(watched["within"]) or (last is not None and (following or at) - last <= GAP),
        shown=tuple(one for one in postings if PostingState(one.state).is_online),
        absent=tuple(one for one in postings if not PostingState(one.state).is_online),
        met_later=query_rows(store, LATER, wanted)[0]["postings"],
    )


def parse_day_or_instant(text: str) -> datetime:
    """Return the instant that a text names: for a day its end, in UTC unless it names a zone.

    Raises ValueError if it is neither a day nor an instant in ISO 8601.
    """
    at = datetime.fromisoformat(text.strip())
    if len(text.strip()) <= len("2026-11-22"):
        at = datetime.combine(at, time.max)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _to_posting_as_of(row: Row) -> PostingAsOf:
    return PostingAsOf(
        release=row["release_id"],
        posting=row["url"],
        state=row["state"],
        title=row["title"],
        published_on=timestamps.parse_stored_day(row["published_on"]),
        organization=row["organization"],
        revision=row["seq"],
        last_look_at=timestamps.parse_timestamp(row["last_look_at"]),
        next_look_at=timestamps.parse_optional_timestamp(row["next_look_at"]),
        confirmed=bool(row["confirmed"]),
    )
