"""Baselines: what postings say as today's parsers read their captures. A new baseline is no edit.

A reading that gives the same text is saved too (table `reparses`): then one parser has read both texts when
the next real change comes, and that is an edit.
"""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from storage.archive import captures
from storage.archive.writer import CaptureRef
from storage.db import ledger, rows, timestamps
from storage.db.ledger import EventContext, Evidence
from storage.db.rows import Row
from storage.diff import changes
from storage.models import Address, DetectedEvent, Event, EventKind, Fields
from storage.tables import postings, revisions
from storage.tables.revisions import StoredRevision

VERSIONED: Final = re.compile(r"(?P<name>[^:]+):(?P<version>[0-9]+)")


@dataclass(frozen=True, slots=True)
class OutdatedPosting:
    """What a posting says, as an older parser read it."""

    posting_id: int
    revision_id: int
    address: Address
    parser: str
    ref: CaptureRef | None  # None: no response was stored


def find_outdated_postings(db: Database, source_id: str, current: Collection[str]) -> list[OutdatedPosting]:
    """Return the postings of a source with a text that no current parser has read; purged ones left out."""
    names = [parser for (parser,) in db.execute(PARSERS, [source_id]) if is_older_parser(parser, current)]
    return [_to_outdated(row) for row in db.query(OUTDATED, [source_id, json.dumps(names)])]


def is_older_parser(parser: str, current: Collection[str]) -> bool:
    """Return whether a parser is none of the current ones, nor a newer version of one."""
    if parser in current:
        return False
    found = VERSIONED.match(parser)
    ours = [one for one in map(VERSIONED.match, current) if one and found and one["name"] == found["name"]]
    return not found or all(int(one["version"]) >= int(found["version"]) for one in ours)


def record_reparse(db: Database, revision_id: int, parser: str) -> None:
    """Save that a parser reads a revision's capture the same."""
    db.execute("INSERT OR REPLACE INTO reparses(revision_id, parser) VALUES (?, ?)", [revision_id, parser])


def replace_baseline(
    db: Database, old: OutdatedPosting, fields: Fields, source_id: str, at: datetime
) -> Event | None:
    """Replace what a posting says by another reading of its capture, from the same look on.

    Returns the hidden event; None where nothing differs, or where the posting says something else by now.
    """
    before = revisions.find_revision(db, old.revision_id)
    if before is None or _find_current_revision(db, old.posting_id) != old.revision_id:
        return None
    fields = rows.row_to_fields(rows.fields_to_row(fields))
    changed = changes.list_changes(before.fields, fields)
    if not changed:
        record_reparse(db, old.revision_id, fields.parser)
        return None
    new = _replace_revision(db, old, before, fields)
    release_id = db.execute("SELECT release_id FROM postings WHERE id = ?", [old.posting_id]).fetchone()[0]
    event = DetectedEvent(
        kind=EventKind.BASELINED,
        at=at,
        posting_id=old.posting_id,
        changes=changed,
        detail={"parser_before": before.fields.parser, "parser_after": fields.parser},
    )
    context = EventContext(source_id, old.address, release_id, new.fields.title, new.evidence)
    return ledger.append_event(db, event, context)


def list_rereadable_findings(db: Database, source_id: str) -> list[tuple[Row, CaptureRef]]:
    """Return the waiting findings of a source that a current parser may read differently.

    These are rows of `findings`, for articles with site and number of their posting, and where their response
    is.
    """
    return [(row, captures.row_to_capture_ref(row)) for row in db.query(AWAITING, [source_id])]


def _to_outdated(row: Row) -> OutdatedPosting:
    where = Address(row["site"], row["number"], row["url"])
    ref = captures.row_to_capture_ref(row) if row["warc_file"] else None
    return OutdatedPosting(row["posting_id"], row["revision_id"], where, row["parser"], ref)


def _find_current_revision(db: Database, posting_id: int) -> int | None:
    row = db.execute("SELECT revision_id FROM postings WHERE id = ?", [posting_id]).fetchone()
    return row[0] if row else None


def _replace_revision(
    db: Database, old: OutdatedPosting, before: StoredRevision, fields: Fields
) -> StoredRevision:
    """Add a revision in place of the old one, and make every look that showed the old one name it."""
    since = db.execute("SELECT observed_at FROM revisions WHERE id = ?", [before.id]).fetchone()[0]
    capture = before.evidence.capture_id
    digest = db.execute("SELECT digest FROM captures WHERE id = ?", [capture]).fetchone()
    evidence = Evidence(capture_id=capture, capture_digest=digest[0] if digest else None)
    new = revisions.insert_revision(db, old.posting_id, fields, timestamps.parse_timestamp(since), evidence)
    for sql in MOVE:
        db.execute(sql, [new.id, before.id, old.posting_id])
    postings.refresh_posting(db, old.posting_id)
    return new


PARSERS: Final = """SELECT DISTINCT coalesce(w.parser, v.parser) FROM posting_sources x
    JOIN postings p ON p.id = x.posting_id JOIN revisions v ON v.id = p.revision_id
    LEFT JOIN reparses w ON w.revision_id = v.id WHERE x.source_id = ?"""
OUTDATED: Final = """SELECT p.id AS posting_id, p.site, p.number, p.url, v.id AS revision_id,
    coalesce(w.parser, v.parser) AS parser, c.warc_file, c.offset, c.length, c.sha256, c.record_sha256
    FROM posting_sources x JOIN postings p ON p.id = x.posting_id JOIN revisions v ON v.id = p.revision_id
    LEFT JOIN reparses w ON w.revision_id = v.id LEFT JOIN captures c ON c.id = v.capture_id
    AND NOT EXISTS (SELECT 1 FROM events e WHERE e.capture_id = c.id AND e.kind = 'set_aside')
    WHERE x.source_id = ? AND coalesce(w.parser, v.parser) IN (SELECT value FROM json_each(?))
    AND NOT EXISTS (SELECT 1 FROM events e WHERE e.posting_id = p.id AND e.kind = 'purged') ORDER BY p.id"""
AWAITING: Final = """SELECT f.*, p.site, p.number, c.warc_file, c.offset, c.length, c.sha256, c.record_sha256
    FROM findings f JOIN captures c ON c.id = f.capture_id LEFT JOIN postings p ON p.id = f.posting_id
    WHERE f.source_id = ? AND f.role IN ('article', 'listing', 'feed')
    AND f.verdict IN ('live', 'unreadable', 'soft_gone')
    AND NOT EXISTS (SELECT 1 FROM events e WHERE e.capture_id = c.id AND e.kind = 'set_aside')
    ORDER BY f.at, f.id"""
MOVE: Final = (
    "UPDATE looks SET revision_id = ? WHERE revision_id = ? AND posting_id = ?",
    "UPDATE findings SET revision_id = ? WHERE revision_id = ? AND posting_id = ?",
)
