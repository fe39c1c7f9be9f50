"""Spans of equal looks: table `looks`. With the revisions that they name they are a posting's timeline."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlite_utils import Database

from storage.db import sql, timestamps
from storage.models import Look, Verdict

OUTCOMES: Final = {Verdict.UNCHANGED: Verdict.LIVE}  # one outcome: what we have is still current


@dataclass(frozen=True, slots=True)
class LookRefs:
    """The rows that a look refers to."""

    posting_id: int | None = None
    revision_id: int | None = None
    capture_id: int | None = None


@dataclass(frozen=True, slots=True)
class NeighbourLooks:
    """The revisions that the nearest looks before and after an instant showed."""

    before: int | None
    after: int | None
    before_at: datetime | None
    after_at: datetime | None


def is_recorded_look(db: Database, look: Look) -> bool:
    """Return whether this very look is stored already, as when a file is imported again."""
    at = timestamps.format_timestamp(look.at)
    row = db.execute(RECORDED, [look.address.url, str(look.role), at, at, get_outcome(look)]).fetchone()
    return row is not None


RECORDED: Final = (
    """SELECT 1 FROM looks WHERE url = ? AND role = ? AND first_at <= ? AND last_at >= ? AND outcome = ?"""
)


def get_outcome(look: Look) -> str:
    """Return the verdict of a look as its span has it."""
    return str(OUTCOMES.get(look.verdict, look.verdict))


def record_look(db: Database, look: Look, refs: LookRefs, planned: timedelta) -> None:
    """Extend the span that ended with an equal look within twice the planned interval, or start a span."""
    at = timestamps.format_timestamp(look.at)
    last = next(db.query(LAST, [look.address.url, str(look.role), at]), None)
    if last is None or not _is_equal_look(last, look, refs):
        _start_span(db, look, refs)
    elif last["last_at"] >= at:
        return
    elif look.at - timestamps.parse_timestamp(last["last_at"]) > 2 * planned:
        _start_span(db, look, refs)
    else:
        db.execute(EXTEND, [at, look.article_digest, last["id"]])


EXTEND: Final = """UPDATE looks SET last_at = ?, looks = looks + 1,
    article_digest = coalesce(?, article_digest) WHERE id = ?"""
LAST: Final = (
    "SELECT * FROM looks WHERE url = ? AND role = ? AND first_at <= ? ORDER BY first_at DESC LIMIT 1"
)


def find_revision_before(db: Database, posting_id: int, at: datetime) -> int | None:
    """Return the revision that the nearest look before an instant showed."""
    row = db.execute(BEFORE, [posting_id, timestamps.format_timestamp(at)]).fetchone()
    return int(row[0]) if row else None


def find_neighbour_looks(db: Database, posting_id: int, at: datetime) -> NeighbourLooks:
    """Return what the looks nearest to an instant showed. Within a span these are two looks of that span."""
    moment = timestamps.format_timestamp(at)
    old = next(db.query(BEFORE, [posting_id, moment]), None)
    new = next(db.query(AFTER, [posting_id, moment]), None)
    if old and old["last_at"] > moment:
        new = {"revision_id": old["revision_id"], "first_at": old["last_at"]}
        old = old | {"last_at": old["first_at"]}
    return NeighbourLooks(
        before=old["revision_id"] if old else None,
        after=new["revision_id"] if new else None,
        before_at=timestamps.parse_timestamp(old["last_at"]) if old else None,
        after_at=timestamps.parse_timestamp(new["first_at"]) if new else None,
    )


def find_looks_around(db: Database, posting_id: int, at: datetime) -> NeighbourLooks | None:
    """Return what the looks before and after one at an instant showed; None where none came after it."""
    later = db.execute(AFTER, [posting_id, timestamps.format_timestamp(at)]).fetchone()
    if later is None:
        return None
    before = find_neighbour_looks(db, posting_id, at - timedelta(microseconds=1))
    after = find_neighbour_looks(db, posting_id, at)
    return NeighbourLooks(before.before, after.after, before.before_at, after.after_at)


BEFORE: Final = """SELECT revision_id, first_at, last_at FROM looks WHERE posting_id = ? AND first_at <= ?
    AND revision_id IS NOT NULL ORDER BY first_at DESC LIMIT 1"""
AFTER: Final = """SELECT revision_id, first_at FROM looks WHERE posting_id = ? AND first_at > ?
    AND revision_id IS NOT NULL ORDER BY first_at LIMIT 1"""


def find_revision_at(db: Database, posting_id: int, at: datetime) -> int | None:
    """Return the revision that a posting's last look at or before an instant showed; None where none did."""
    row = db.execute(BEFORE, [posting_id, timestamps.format_timestamp(at)]).fetchone()
    return int(row[0]) if row else None


def find_last_sight(db: Database, url: str) -> datetime | None:
    """Return when an address last showed its release; None where it never did."""
    row = db.execute(LAST_SIGHT, [url]).fetchone()
    return timestamps.parse_optional_timestamp(row[0])


LAST_SIGHT: Final = "SELECT max(last_at) FROM looks WHERE url = ? AND role = 'article' AND outcome = 'live'"


def reassign_looks(db: Database, posting_id: int, revisions: tuple[int, int], since: datetime) -> None:
    """Make a posting's looks from an instant on name the second revision, until one showed something else.

    A span that the instant cuts is split; where its other looks lay is not known, so only its end moves.
    """
    old, new = revisions
    moment = timestamps.format_timestamp(since)
    db.execute(SPLIT, [new, posting_id, old, moment, moment])
    db.execute(CUT, [posting_id, old, moment, moment])
    until = db.execute(NEXT_OTHER, [posting_id, moment, old]).fetchone()[0]
    db.execute(MOVE, [new, posting_id, old, moment, until, until])


SPLIT: Final = """INSERT INTO looks(url, role, outcome, reason, first_at, last_at, looks,
    source_id, posting_id, revision_id, capture_id, status, length_bytes, article_digest)
    SELECT url, role, outcome, reason, last_at, last_at, 1, source_id, posting_id, ?, capture_id, status,
    length_bytes, article_digest FROM looks
    WHERE posting_id = ? AND revision_id = ? AND first_at < ? AND last_at >= ?"""
CUT: Final = """UPDATE looks SET last_at = first_at, looks = looks - 1
    WHERE posting_id = ? AND revision_id = ? AND first_at < ? AND last_at >= ?"""
NEXT_OTHER: Final = """SELECT min(first_at) FROM looks WHERE posting_id = ? AND first_at > ?
    AND revision_id IS NOT NULL AND revision_id <> ?"""
MOVE: Final = """UPDATE looks SET revision_id = ? WHERE posting_id = ? AND revision_id = ? AND first_at >= ?
    AND (? IS NULL OR first_at < ?)"""


def count_failing_postings(db: Database, source_id: str, since: datetime, most: int) -> tuple[int, int]:
    """Return how many postings of a source were looked at since an instant, and how many of them fail.

    Those looked at are counted up to `most`. Those that were read again after they failed do not count: a
    host that was down for a night is no wall. Nor do those that were absent before they failed.
    """
    values = {"source": source_id, "since": timestamps.format_timestamp(since), "most": most}
    row = db.execute(COUNT_FAILING, values).fetchone()
    return int(row[0]), int(row[1])


COUNT_FAILING: Final = """SELECT
    (SELECT count(*) FROM (SELECT DISTINCT posting_id FROM looks
        WHERE source_id = :source AND role = 'article' AND last_at >= :since LIMIT :most)),
    (SELECT count(DISTINCT f.posting_id) FROM looks f
        WHERE f.source_id = :source AND f.role = 'article' AND f.outcome IN ('blocked', 'server_error')
        AND f.last_at >= :since
        AND NOT EXISTS (SELECT 1 FROM looks l
            WHERE l.posting_id = f.posting_id AND l.outcome = 'live' AND l.last_at > f.last_at)
        AND coalesce((SELECT b.outcome FROM looks b
            WHERE b.posting_id = f.posting_id AND b.first_at < f.first_at
            AND b.outcome NOT IN ('blocked', 'server_error') ORDER BY b.first_at DESC LIMIT 1), 'live')
            NOT IN ('gone', 'soft_gone', 'redirected'))"""


def _is_equal_look(last: dict[str, object], look: Look, refs: LookRefs) -> bool:
    same = (last["outcome"], last["reason"], last["revision_id"], last["posting_id"], last["source_id"])
    if same != (get_outcome(look), look.reason, refs.revision_id, refs.posting_id, look.source_id):
        return False
    if last["is_empty_list"] != look.is_empty_list:
        return False
    is_waiting = look.verdict is Verdict.LIVE and refs.posting_id is not None and refs.revision_id is None
    return not is_waiting or last["capture_id"] == refs.capture_id  # a text that is no revision yet


def _start_span(db: Database, look: Look, refs: LookRefs) -> None:
    at = timestamps.format_timestamp(look.at)
    sql.insert_row(
        db,
        "looks",
        {
            "url": look.address.url,
            "role": str(look.role),
            "outcome": get_outcome(look),
            "reason": look.reason,
            "first_at": at,
            "last_at": at,
            "looks": 1,
            "is_empty_list": int(look.is_empty_list),
            "source_id": look.source_id,
            "posting_id": refs.posting_id,
            "revision_id": refs.revision_id,
            "capture_id": refs.capture_id,
            "status": look.page.status if look.page else None,
            "length_bytes": len(look.page.content) if look.page else None,
            "article_digest": look.article_digest,
        },
    )
