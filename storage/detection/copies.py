"""What is told of the other postings of a story: still live elsewhere, edited on some of its copies."""

from collections.abc import Mapping
from typing import Final

from sqlite_utils import Database

from storage.db.rows import Row
from storage.detection.inputs import Told
from storage.diff import changes
from storage.models import Address, EventKind, Fields
from storage.queries import evidence
from storage.tables import revisions

OTHERS: Final = (
    """SELECT url, revision_id, state FROM postings WHERE release_id = ? AND id <> ? ORDER BY id"""
)
REPOSTED: Final = """SELECT site, number, url FROM postings WHERE release_id = ? AND site = ? AND id <> ?
    AND state IN ('live', 'unlisted') AND first_seen_at >= ? ORDER BY id DESC LIMIT 1"""
STANDING: Final = frozenset({"live", "unlisted"})


def told(db: Database, posting: Row, event: Told) -> Mapping[str, object]:
    """Return what an event's detail says of the copies of a posting's story."""
    others = list(db.query(OTHERS, [posting["release_id"], posting["id"]]))
    if event.kind is EventKind.REMOVED:
        live = [row["url"] for row in others if row["state"] in STANDING]
        return {"copies": evidence.copies_removed(live), **({"still_live": live} if live else {})}
    if event.kind is EventKind.EDITED and others:
        after = revisions.kept(db, posting["revision_id"])
        same = sum(bool(after) and _agrees(db, row, after.fields, event) for row in others) if after else 0
        counts = {"edited_copies": 1 + same, "all_copies": 1 + len(others)}
        return {"copies": evidence.copies_edited(*counts.values()), **counts}
    return {}


def reposted(db: Database, posting: Row) -> Address | None:
    """Return where the same site carries a posting's story that was first seen after it was last seen."""
    values = [posting["release_id"], posting["site"], posting["posting_id"], posting["last_seen_at"]]
    row = db.execute(REPOSTED, values).fetchone()
    return Address(*row) if row else None


def _agrees(db: Database, other: Row, after: Fields, event: Told) -> bool:
    """Tell whether a copy says what this one says now, in the fields that were edited."""
    kept = revisions.kept(db, other["revision_id"])
    differing = {change.field for change in changes.changed(kept.fields, after)} if kept else {""}
    return not differing & {change.field for change in event.changes}
