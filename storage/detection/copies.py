"""The other postings of a release: which are live, which have the same edit, where it was reposted."""

from collections.abc import Mapping
from typing import Final

from sqlite_utils import Database

from storage.db.rows import Row
from storage.diff import changes
from storage.models import Address, DetectedEvent, EventKind, Fields, PostingState
from storage.tables import revisions

OTHERS: Final = (
    """SELECT url, revision_id, state FROM postings WHERE release_id = ? AND id <> ? ORDER BY id"""
)
REPOST: Final = """SELECT site, number, url FROM postings WHERE release_id = ? AND site = ? AND id <> ?
    AND state IN ('live', 'unlisted') AND first_seen_at >= ? ORDER BY id DESC LIMIT 1"""


def describe_copies(db: Database, posting: Row, event: DetectedEvent) -> Mapping[str, object]:
    """Return an event's detail about the copies: for a removal their addresses, for an edit their counts."""
    others = list(db.query(OTHERS, [posting["release_id"], posting["id"]]))
    if event.kind is EventKind.REMOVED:
        live = [row["url"] for row in others if PostingState(row["state"]).is_online]
        return {"still_live": live} if live else {}
    if event.kind is EventKind.EDITED and others:
        after = revisions.find_revision(db, posting["revision_id"])
        same = sum(_has_same_edit(db, row, after.fields, event) for row in others) if after else 0
        return {"edited_copies": 1 + same, "all_copies": 1 + len(others)}
    return {}


def find_repost(db: Database, posting: Row) -> Address | None:
    """Return where the same site put a posting's story after the posting was last seen."""
    values = [posting["release_id"], posting["site"], posting["posting_id"], posting["last_seen_at"]]
    row = db.execute(REPOST, values).fetchone()
    return Address(*row) if row else None


def _has_same_edit(db: Database, other: Row, after: Fields, event: DetectedEvent) -> bool:
    """Return whether a copy says what this one says now, in the fields that were edited."""
    revision = revisions.find_revision(db, other["revision_id"])
    if revision is None:
        return False
    differing = {change.field for change in changes.list_changes(revision.fields, after)}
    return not differing & {change.field for change in event.changes}
