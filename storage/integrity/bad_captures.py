"""Captures that cannot be read back, and how they are set aside: with an entry in the ledger each.

A bad record stays where it is, since nothing that was stored is ever deleted. Once an event says that it is
bad, and what its bytes are, a check no longer asks for the response: only that the bytes stay as they were.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from storage.archive import captures, writer
from storage.archive.errors import ArchiveError
from storage.archive.writer import CaptureRef
from storage.db import ledger
from storage.db.ledger import EventContext, Evidence
from storage.db.rows import Row
from storage.models import DetectedEvent, Event, EventKind

LONGEST_QUOTE: Final = 200  # characters of an address or a reason in an event; a bad one may have 70,000


@dataclass(frozen=True, slots=True)
class BadCapture:
    """A capture that cannot be read back."""

    capture_id: int
    reason: str  # one line
    found_digest: str | None  # of the bytes at its place; None where its file is not there


def find_bad_capture(folder: Path, row: Row) -> BadCapture | None:
    """Return what is wrong with the response of a row of `captures`; None where it reads as it was stored.

    `set_aside` of the row is the digest of the bytes that an event set aside, or None.
    """
    ref = captures.row_to_capture_ref(row)
    if row["set_aside"] is not None:
        found = _digest_stored_bytes(folder, ref)
        changed = "not what was set aside there"
        return None if found == row["set_aside"] else BadCapture(row["id"], changed, found)
    try:
        page = writer.read_capture(folder, ref)
    except (ArchiveError, OSError) as error:
        return BadCapture(row["id"], str(error), _digest_stored_bytes(folder, ref))
    if (page.url, page.status) == (row["url"], row["status"]):
        return None
    reason = "address or status in the archive is not what was written"
    return BadCapture(row["id"], reason, _digest_stored_bytes(folder, ref))


def set_aside_captures(db: Database, bad: Iterable[BadCapture], at: datetime) -> list[Event]:
    """Append an event for each bad capture that is still in its file, in the caller's transaction.

    Where the whole file is missing, nothing is set aside: it may be on a disk that is not mounted.
    """
    events = []
    for one in bad:
        row = next(db.query(CAPTURE, [one.capture_id]), None)
        if row is None or one.found_digest is None:
            continue
        detail = {
            "capture": one.capture_id,
            "url": row["url"][:LONGEST_QUOTE],
            "reason": one.reason.rpartition(f", byte {row['offset']}: ")[2][:LONGEST_QUOTE],
            "found": one.found_digest,
        }
        evidence = Evidence(capture_id=one.capture_id, capture_digest=row["digest"])
        event = DetectedEvent(EventKind.SET_ASIDE, at, detail=detail)
        events.append(ledger.append_event(db, event, EventContext(row["source_id"], evidence=evidence)))
    return events


def is_bad_alike(db: Database, folder: Path, bad: BadCapture) -> bool:
    """Return whether the bytes of a bad capture are the same in another folder: nothing spoiled the copy."""
    row = next(db.query(CAPTURE, [bad.capture_id]))
    found = _digest_stored_bytes(folder, captures.row_to_capture_ref(row))
    return bad.found_digest is not None and found == bad.found_digest


CAPTURE: Final = """SELECT c.*, (SELECT min(source_id) FROM looks WHERE capture_id = c.id) AS source_id
    FROM captures c WHERE c.id = ?"""


def _digest_stored_bytes(folder: Path, ref: CaptureRef) -> str | None:
    try:
        return writer.digest_content(writer.read_stored_bytes(writer.resolve_file(folder, ref), ref))
    except (ArchiveError, OSError):
        return None
