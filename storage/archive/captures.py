"""Which responses are kept as they came: those of a new revision, and those that read badly."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from storage.archive.writer import Archive, CaptureRef
from storage.db import ledger, timestamps
from storage.db.ledger import Evidence, NewEvent
from storage.db.rows import Row, as_json
from storage.models import Event, EventKind, Look, Role, Verdict

DIGEST_VERSION: Final = "k1"
COVERED: Final = (
    "url",
    "status",
    "at",
    "warc_file",
    "offset",
    "length",
    "sha256",
    "record_sha256",
    "headers",
)
NOTHING: Final = Evidence()


@dataclass(frozen=True, slots=True)
class Visit:
    """A look on its way into the database, within one transaction."""

    db: Database
    archive: Archive
    look: Look
    noticed_at: datetime  # when its events are noticed
    is_judged: bool = False  # what it tells of a known posting waits for the judgement of its run


def reads_badly(look: Look) -> bool:
    """Tell whether a response is to be kept for what it is: refusals, errors, absences, empty listings.

    A missing robots.txt is an answer like any other.
    """
    if look.page is None or look.verdict.is_without_body:
        return False
    if not look.verdict.is_present:
        return not (look.role is Role.ROBOTS and look.verdict is Verdict.GONE)
    is_list = look.role.is_list and look.verdict is Verdict.LIVE
    return is_list and not (look.listing and look.listing.entries)


def keep(visit: Visit) -> Evidence:
    """Write the response to the archive, safely on disk, and the row that names it; nothing without one."""
    look = visit.look
    if look.page is None or look.verdict.is_without_body:
        return NOTHING
    ref = visit.archive.append(look.page, look.at)
    row: Row = {
        "url": look.page.url,
        "status": look.page.status,
        "at": timestamps.text(look.at),
        "warc_file": ref.file,
        "offset": ref.offset,
        "length": ref.length,
        "sha256": ref.digest,
        "record_sha256": ref.record,
        "headers": as_json(look.page.headers),
    }
    row["digest"] = row_digest(row)
    identifier = int(visit.db.table("captures").insert(row).last_pk)  # type: ignore[arg-type]  # one integer key
    return Evidence(capture_id=identifier, capture_digest=row["digest"])


def row_digest(row: Row) -> str:
    """Return what the chain covers of a row of `captures`: all of it but its number and this digest."""
    return ledger.digest(DIGEST_VERSION, {name: row[name] for name in COVERED})


def ref_of(row: Row) -> CaptureRef:
    """Return where the response of a row of `captures` lies, and what it must be."""
    return CaptureRef(row["warc_file"], row["offset"], row["length"], row["sha256"], row["record_sha256"])


def enter(visit: Visit, evidence: Evidence, posting_id: int | None) -> Event:
    """Write the hidden line with which a capture enters the chain when there is nothing to tell about it."""
    told = NewEvent(
        kind=EventKind.CAPTURED,
        at=visit.noticed_at,
        address=visit.look.address,
        source_id=visit.look.source_id,
        posting_id=posting_id,
        first_after_at=visit.look.at,
        evidence=evidence,
    )
    return ledger.append(visit.db, told)
