"""Removals and returns that the captures of archives show. They have rules and words of their own.

Nobody asked control addresses beside an archive's captures. So an absence counts only as the site's clear
"not here" (404, 410), twice at least, as far apart as the policy says, with no later capture of the story and
no redirect; and other releases were captured before and after, as ever. What an archive was refused, or what
it met at a broken site, says nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Final

from sqlite_utils import Database

from storage.db import ledger, timestamps
from storage.db.ledger import EventContext, Evidence
from storage.db.rows import Row
from storage.detection import copies
from storage.models import (
    Absence,
    Address,
    DetectedEvent,
    Event,
    EventKind,
    PostingState,
    PostingStatus,
    RemovalPolicy,
    Verdict,
)
from storage.tables import posting_states, quarantines

FEWEST_ABSENCES: Final = 2


@dataclass(frozen=True, slots=True)
class Span:
    """Equal looks at a posting in a row."""

    url: str
    outcome: str
    first_at: datetime
    last_at: datetime
    looks: int
    capture_id: int | None
    status: int | None


@dataclass(frozen=True, slots=True)
class Neighbours:
    """When other releases of the newsroom were captured around an absence; None where none was."""

    before_at: datetime | None
    after_at: datetime | None
    is_site_broken: bool  # meanwhile only failures and absences were captured


def report_archived_absences(
    db: Database, posting_ids: Iterable[int], policy: RemovalPolicy, at: datetime
) -> list[Event]:
    """Append the removals and returns of postings that their looks show now, in the caller's transaction."""
    events = []
    for row in [next(db.query(POSTING, [one]), None) for one in sorted(set(posting_ids))]:
        if row is not None and quarantines.find_quarantine(db, row["source_id"]) is None:
            events += _advance_posting(db, row, policy, at)
    return events


def _advance_posting(db: Database, row: Row, policy: RemovalPolicy, at: datetime) -> list[Event]:
    status = posting_states.read_posting_status(row)
    spans = [_read_span(each) for each in db.query(SPANS, {"id": row["posting_id"]})]
    events = []
    if returned := _find_return(status, spans, at):
        status, event, capture_id = returned
        events.append(_write_event(db, row, status, event, capture_id))
    if status.state is not PostingState.LIVE or copies.find_repost(db, row) is not None:
        return events
    if absent := _find_absences(status, spans, policy):
        neighbours = _find_neighbours(db, row, absent)
        if removed := _confirm_removal(status, spans, absent, neighbours, at):
            status, event = removed
            events.append(_write_event(db, row, status, event, absent[-1].capture_id))
    return events


def _find_return(
    status: PostingStatus, spans: Sequence[Span], at: datetime
) -> tuple[PostingStatus, DetectedEvent, int | None] | None:
    """Return the status and the event of a removed posting that was captured again afterwards."""
    absence = status.absence
    if status.state is not PostingState.REMOVED or absence is None:
        return None
    shown = [span for span in spans if span.outcome == Verdict.LIVE and span.last_at > absence.last_at]
    if not shown:
        return None
    seen_at = max(shown[0].first_at, absence.last_at)
    detail = {
        "last_seen_at": status.last_seen_at.isoformat(),
        "first_absent_at": absence.first_at.isoformat(),
        "looks": absence.looks,
        "in_archive": True,
    }
    event = DetectedEvent(EventKind.RETURNED, at, absence.last_at, seen_at, detail=detail)
    last_at = shown[-1].last_at
    back = replace(
        status,
        state=PostingState.LIVE,
        since=seen_at,
        last_seen_at=last_at,
        last_look_at=max(status.last_look_at, last_at),
        absence=None,
    )
    return back, event, shown[0].capture_id


def _find_absences(status: PostingStatus, spans: Sequence[Span], policy: RemovalPolicy) -> list[Span]:
    """Return the absences after the last capture of a story at its address, if they may be a removal."""
    shown = [span for span in spans if span.outcome == Verdict.LIVE]
    if not shown:
        return []
    last = max(shown, key=lambda span: span.last_at)
    later = [span for span in spans if span.first_at > last.last_at and span.url == last.url]
    absent = [span for span in later if span.outcome == Verdict.GONE]
    if any(span.outcome == Verdict.REDIRECTED for span in later) or last.url != status.address.url:
        return []
    if sum(span.looks for span in absent) < FEWEST_ABSENCES:
        return []
    return absent if absent[-1].last_at - absent[0].first_at >= policy.span else []


def _find_neighbours(db: Database, row: Row, absent: Sequence[Span]) -> Neighbours:
    first, last = absent[0].first_at, absent[-1].last_at
    values = {
        "posting": row["posting_id"],
        "source": row["source_id"],
        "site": row["site"],
        "first": timestamps.format_timestamp(first),
        "last": timestamps.format_timestamp(last),
    }
    before, after, live, bad = db.execute(NEIGHBOURS, values).fetchone()
    return Neighbours(
        timestamps.parse_optional_timestamp(before),
        timestamps.parse_optional_timestamp(after),
        is_site_broken=bool(bad) and not live,
    )


def _confirm_removal(
    status: PostingStatus,
    spans: Sequence[Span],
    absent: Sequence[Span],
    neighbours: Neighbours,
    at: datetime,
) -> tuple[PostingStatus, DetectedEvent] | None:
    """Return the removed posting and its event, if the site was as ever around its absences."""
    before, after = neighbours.before_at, neighbours.after_at
    if before is None or after is None or neighbours.is_site_broken:
        return None
    seen_at = max(span.last_at for span in spans if span.outcome == Verdict.LIVE)
    absence = Absence(absent[0].first_at, absent[-1].last_at, sum(span.looks for span in absent))
    detail = {
        "looks": absence.looks,
        "verdict": str(Verdict.GONE),
        "answer": "gone" if absent[-1].status == HTTPStatus.GONE else "not_found",
        "in_archive": True,
        "last_absent_at": absence.last_at.isoformat(),
        "controls": f"other releases were captured before and after, {_format(before)} and {_format(after)}",
    }
    removed = replace(
        status,
        state=PostingState.REMOVED,
        since=absence.last_at,
        last_seen_at=seen_at,
        last_look_at=max(status.last_look_at, absence.last_at),
        absence=absence,
    )
    return removed, DetectedEvent(EventKind.REMOVED, at, seen_at, absence.first_at, detail=detail)


def _write_event(
    db: Database, row: Row, status: PostingStatus, event: DetectedEvent, capture_id: int | None
) -> Event:
    """Save a posting's new status and append the event that says so."""
    posting_id = row["posting_id"]
    posting_states.save_posting_statuses(db, {posting_id: status}, {})
    found = db.execute("SELECT digest FROM captures WHERE id = ?", [capture_id]).fetchone()
    evidence = Evidence(capture_id=capture_id, capture_digest=found[0]) if found else Evidence()
    posting = next(db.query("SELECT * FROM postings WHERE id = ?", [posting_id]))
    event = replace(event, posting_id=posting_id)
    event = replace(event, detail={**event.detail, **copies.describe_copies(db, posting, event)})
    where = Address(row["site"], row["number"], status.address.url)
    context = EventContext(row["source_id"], where, posting["release_id"], posting["title"], evidence)
    return ledger.append_event(db, event, context)


def _read_span(row: Row) -> Span:
    return Span(
        url=row["url"],
        outcome=row["outcome"],
        first_at=timestamps.parse_timestamp(row["first_at"]),
        last_at=timestamps.parse_timestamp(row["last_at"]),
        looks=row["looks"],
        capture_id=row["capture_id"],
        status=row["status"],
    )


def _format(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


POSTING: Final = """SELECT s.*, p.site, p.number, p.release_id,
    (SELECT source_id FROM posting_sources x WHERE x.posting_id = p.id ORDER BY first_at, source_id LIMIT 1)
    AS source_id FROM posting_states s JOIN postings p ON p.id = s.posting_id WHERE p.id = ?
    AND NOT EXISTS (SELECT 1 FROM events e WHERE e.posting_id = p.id AND e.kind = 'purged')"""
# Files come in any order: what an address answered before its story was met is of no posting.
SPANS: Final = """SELECT * FROM looks WHERE role = 'article' AND coalesce(posting_id, :id) = :id
    AND url IN (SELECT url FROM addresses WHERE posting_id = :id) ORDER BY first_at, id"""
# Of other releases of the newsroom on the site: the last capture before, the first one after, and meanwhile.
# Only the ends of a span are certain captures.
NEIGHBOURS: Final = """SELECT
    max(CASE WHEN l.outcome = 'live' AND l.last_at <= :first THEN l.last_at
        WHEN l.outcome = 'live' AND l.first_at <= :first THEN l.first_at END),
    min(CASE WHEN l.outcome = 'live' AND l.first_at >= :last THEN l.first_at
        WHEN l.outcome = 'live' AND l.last_at >= :last THEN l.last_at END),
    count(*) FILTER (WHERE l.outcome = 'live'
        AND (l.first_at BETWEEN :first AND :last OR l.last_at BETWEEN :first AND :last)),
    count(*) FILTER (WHERE l.outcome <> 'live' AND l.first_at <= :last AND l.last_at >= :first)
    FROM posting_sources x JOIN postings p ON p.id = x.posting_id
    JOIN looks l ON l.posting_id = p.id AND l.role = 'article'
    WHERE x.source_id = :source AND p.site = :site AND p.id <> :posting"""
