"""Stores a response as it came: in the archive, as a row of `captures`, and in the chain of events."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from storage.archive.writer import ArchiveWriter, CaptureRef
from storage.db import ledger, sql, timestamps
from storage.db.ledger import EventContext, Evidence
from storage.db.rows import Row, dump_json
from storage.models import DetectedEvent, Event, EventKind, Look, Role, Verdict

DIGEST_VERSION: Final = "k1"
DIGEST_COLUMNS: Final = (
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
NO_EVIDENCE: Final = Evidence()


@dataclass(frozen=True, slots=True)
class LookWrite:
    """A look that is being written, within one transaction."""

    db: Database
    archive: ArchiveWriter
    look: Look
    noticed_at: datetime  # when its events are noticed
    awaits_detection: bool = False  # its findings wait for the end of its run


def needs_capture(look: Look) -> bool:
    """Return whether to store a response that brings no release: a refusal, error, absence or empty listing.

    A missing robots.txt is a normal answer and needs none.
    """
    if look.page is None or look.verdict.is_without_body:
        return False
    if not look.verdict.is_present:
        return not (look.role is Role.ROBOTS and look.verdict is Verdict.GONE)
    is_list = look.role.is_list and look.verdict is Verdict.LIVE
    return is_list and not (look.listing and look.listing.entries)


def drop_page(look: Look, reason: str) -> Look:
    """Return a look whose response cannot be stored: without it, and unreadable for that reason."""
    return replace(
        look,
        verdict=Verdict.UNREADABLE,
        reason=reason,
        page=None,
        fields=None,
        listing=None,
        redirect_url=None,
        article_digest=None,
        page_digest=None,
        revision_id=None,
        validators=None,
        found_address=None,
        hops=(),
        is_damaged=True,
    )


def store_capture(write: LookWrite) -> Evidence:
    """Write the response to the archive, then the row that names it; return both as evidence.

    A look without a response brings none. Raises ArchiveError, one line, where the archive cannot be written.
    """
    look = write.look
    if look.page is None or look.verdict.is_without_body:
        return NO_EVIDENCE
    ref = write.archive.append_page(look.page, look.at)
    row: Row = {
        "url": look.page.url,
        "status": look.page.status,
        "at": timestamps.format_timestamp(look.at),
        "warc_file": ref.file,
        "offset": ref.offset,
        "length": ref.length,
        "sha256": ref.content_digest,
        "record_sha256": ref.record_digest,
        "headers": dump_json(look.page.headers),
    }
    row["digest"] = digest_capture(row)
    identifier = sql.insert_row(write.db, "captures", row)
    return Evidence(capture_id=identifier, capture_digest=row["digest"])


def digest_capture(row: Row) -> str:
    """Return the digest of a row of `captures`, without its id; the ledger holds it."""
    return ledger.compute_digest(DIGEST_VERSION, {name: row[name] for name in DIGEST_COLUMNS})


def row_to_capture_ref(row: Row) -> CaptureRef:
    """Return where the response of a row of `captures` is, and the digests it must have."""
    return CaptureRef(row["warc_file"], row["offset"], row["length"], row["sha256"], row["record_sha256"])


def append_capture_event(write: LookWrite, evidence: Evidence, posting_id: int | None) -> Event:
    """Write the hidden `captured` event that puts a capture into the chain where no other event does."""
    look = write.look
    event = DetectedEvent(EventKind.CAPTURED, write.noticed_at, first_after_at=look.at, posting_id=posting_id)
    return ledger.append_event(write.db, event, EventContext(look.source_id, look.address, evidence=evidence))
