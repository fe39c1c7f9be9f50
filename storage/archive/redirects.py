"""The redirects that looks met: which address led where, by which status, and the response that said so.

Equal redirects in a row are one row, as looks are; the response is stored with the first of them.
"""

from dataclasses import replace
from typing import Final

from storage.archive import captures
from storage.archive.captures import LookWrite
from storage.archive.errors import UnstorablePageError
from storage.db import sql, timestamps
from storage.models import Event, Hop, Verdict


def record_hops(write: LookWrite, posting_id: int | None) -> list[Event]:
    """Save the redirects on the way of a look that is stored already; return the events, hidden ones."""
    return [
        event
        for place, hop in enumerate(write.look.hops, 1)
        for event in _record(write, posting_id, hop, place)
    ]


def _record(write: LookWrite, posting_id: int | None, hop: Hop, place: int) -> list[Event]:
    db, at = write.db, timestamps.format_timestamp(hop.at)
    if db.execute(KNOWN, [hop.page.url, at, at, hop.to_url, hop.page.status]).fetchone():
        return []  # seen before: a repeated import comes in any order
    last = next(db.query(LAST, [hop.page.url, at]), None)
    if last and (last["to_url"], last["status"]) == (hop.to_url, hop.page.status):
        db.execute(EXTEND, [at, last["id"], at])
        return []
    capture_id, events = _keep_response(write, posting_id, hop)
    row = {
        "url": hop.page.url,
        "to_url": hop.to_url,
        "status": hop.page.status,
        "first_at": at,
        "last_at": at,
        "looks": 1,
        "asked_url": write.look.address.url,
        "place": place,
        "posting_id": posting_id,
        "capture_id": capture_id,
    }
    sql.insert_row(db, "redirects", row)
    return events


def _keep_response(write: LookWrite, posting_id: int | None, hop: Hop) -> tuple[int | None, list[Event]]:
    """Return the capture of a redirect, and the events that brought it: none where the look stored it."""
    stored = write.db.execute(STORED, [hop.page.url, timestamps.format_timestamp(hop.at)]).fetchone()
    if stored:
        return int(stored[0]), []
    look = replace(write.look, page=hop.page, at=hop.at, verdict=Verdict.REDIRECTED)
    own = replace(write, look=look)
    try:
        evidence = captures.store_capture(own)
    except UnstorablePageError:
        return None, []
    return evidence.capture_id, [captures.append_capture_event(own, evidence, posting_id)]


KNOWN: Final = """SELECT 1 FROM redirects
    WHERE url = ? AND first_at <= ? AND last_at >= ? AND to_url = ? AND status = ?"""
LAST: Final = (
    "SELECT * FROM redirects WHERE url = ? AND first_at <= ? ORDER BY first_at DESC, id DESC LIMIT 1"
)
EXTEND: Final = "UPDATE redirects SET last_at = ?, looks = looks + 1 WHERE id = ? AND last_at < ?"
STORED: Final = "SELECT id FROM captures WHERE url = ? AND at = ? ORDER BY id DESC LIMIT 1"
