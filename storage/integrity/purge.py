"""Removes a posting's content for safety: its texts, its captures, and what events quote of it.

One transaction empties the rows and adds a `purged` event. After it, no query returns the content. The
bytes that are still in files (captures, free pages of the database, the full-text indexes, the write-ahead
log) are erased next. Where a purge was killed in between, the next process that opens the database for
writing finishes it. Addresses, times and digests stay, so that the chain still verifies. A purged posting
is not stored again when it is met later.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from storage.archive import captures, tombstones, writer
from storage.archive.tombstones import PurgedRows
from storage.db import ledger, rows, timestamps
from storage.db.ledger import EventContext
from storage.integrity import orphans
from storage.models import Address, DetectedEvent, Event, EventKind
from storage.tables import postings


@dataclass(frozen=True, slots=True)
class PurgePreview:
    """What a purge would remove."""

    posting_id: int
    url: str
    title: str
    revisions: int
    captures: int
    events: int
    copies: tuple[str, ...]  # addresses of the release on other sites, which stay
    is_purged: bool  # by an earlier purge


def preview_purge(db: Database, posting_id: int) -> PurgePreview:
    """Return what a purge of a posting would remove. Raises LookupError for an unknown posting."""
    row = _read_posting(db, posting_id)
    copies = db.execute(COPIES, [row["release_id"], posting_id]).fetchall()
    return PurgePreview(
        posting_id,
        row["url"],
        row["title"],
        revisions=len(_read_ids(db, REVISIONS, posting_id)),
        captures=len(_read_ids(db, CAPTURES, posting_id)),
        events=len(_read_ids(db, EVENTS, posting_id)),
        copies=tuple(url for (url,) in copies),
        is_purged=is_purged(db, posting_id),
    )


def find_purge_targets(db: Database, text: str) -> list[int]:
    """Return the ids of the postings with this article number or canonical address."""
    return [identifier for (identifier,) in db.execute(NAMED, {"text": text})]


def is_purged(db: Database, posting_id: int | None) -> bool:
    """Return whether a posting's content was removed for safety."""
    pair = [posting_id, str(EventKind.PURGED)]
    return db.execute("SELECT 1 FROM events WHERE posting_id = ? AND kind = ?", pair).fetchone() is not None


def empty_posting(db: Database, posting_id: int, why: str, at: datetime) -> Event:
    """Empty all rows of a posting and append the `purged` event, in the caller's transaction.

    `erase_purged_bytes` comes after. Raises LookupError for an unknown posting.
    """
    posting = _read_posting(db, posting_id)
    events = _read_ids(db, EVENTS, posting_id)
    taken = _read_ids(db, CAPTURES, posting_id)
    texts = _read_ids(db, REVISIONS, posting_id)
    _empty_rows(db, "revisions", texts, tombstones.REVISION)
    _empty_rows(db, "captures", taken, tombstones.CAPTURE)
    _empty_rows(db, "events", events, tombstones.EVENT)
    for sql in CLEAR:
        db.execute(sql, [posting_id])
    _shorten_failures(db, posting_id)
    _refresh_posting(db, posting_id)
    purged = PurgedRows(
        {row["id"]: rows.digest_revision(row) for row in _read_rows(db, "revisions", texts)},
        {row["id"]: captures.digest_capture(row) for row in _read_rows(db, "captures", taken)},
        frozenset(events),
    )
    event = _append_purge(db, posting, tombstones.build_purge_detail(purged, why), at)
    db.execute("INSERT INTO purges(event_id) VALUES (?)", [event.id])
    return event


def has_unfinished_purge(db: Database) -> bool:
    """Return whether bytes of purged content may still be in files."""
    return db.execute("SELECT 1 FROM purges WHERE done_at IS NULL").fetchone() is not None


def erase_purged_bytes(db: Database, folder: Path, at: datetime) -> bool:
    """Erase the bytes of purged content from all files; return whether they are gone.

    False where another process is doing it, or still reads an older state of the database: try again later.
    Raises ArchiveError, one line, where a capture cannot be overwritten.
    """
    with _lock_purges(folder) as is_locked:
        if not is_locked:
            return False
        pending = db.execute(UNFINISHED).fetchall()
        for _, posting_id, detail in pending:
            _erase_posting(db, folder, posting_id, tombstones.merge_purge_details([detail]))
        if not _rebuild_database(db):
            return False
        for event_id, _, _ in pending:
            db.execute(
                "UPDATE purges SET done_at = ? WHERE event_id = ?",
                [timestamps.format_timestamp(at), event_id],
            )
    return True


def _erase_posting(db: Database, folder: Path, posting_id: int, purged: PurgedRows) -> None:
    """Overwrite a posting's captures, and records of its addresses that no row names."""
    for row in _read_rows(db, "captures", list(purged.captures)):
        writer.erase_capture(folder, captures.row_to_capture_ref(row))
    urls = {url for (url,) in db.execute(URLS, {"id": posting_id})}
    for path in sorted(folder.glob("*.warc.gz")):
        named = db.execute(RECORDS, [path.name]).fetchall()
        for orphan in orphans.find_orphans(path, named):
            if orphan.url in urls:
                writer.erase_capture(folder, writer.CaptureRef(path.name, orphan.offset, orphan.length, ""))


def _rebuild_database(db: Database) -> bool:
    """Rebuild the database without what was deleted from it, and empty the write-ahead log."""
    for sql in REBUILD:
        db.execute(sql)
    db.execute("VACUUM")
    busy, _, _ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def _empty_rows(db: Database, table: str, ids: list[int], form: tombstones.Tombstone) -> None:
    for identifier in ids:
        db.table(table).update(identifier, dict(form))


def _refresh_posting(db: Database, posting_id: int) -> None:
    """Rewrite posting and release. The release continues with its first copy that was not purged."""
    db.execute(MOVE_RELEASE, {"id": posting_id, "purged": str(EventKind.PURGED)})
    postings.refresh_posting(db, posting_id)
    successor = db.execute(SUCCESSOR, [posting_id]).fetchone()[0]
    postings.refresh_posting(db, successor)


def _read_posting(db: Database, posting_id: int) -> rows.Row:
    row = next(db.query("SELECT * FROM postings WHERE id = ?", [posting_id]), None)
    if row is None:
        raise LookupError(f"posting {posting_id}: no such posting")
    return row


def _append_purge(db: Database, posting: rows.Row, detail: dict[str, object], at: datetime) -> Event:
    where = Address(posting["site"], posting["number"], posting["url"])
    source = db.execute(FIRST_SOURCE, [posting["id"]]).fetchone()
    event = DetectedEvent(EventKind.PURGED, at, posting_id=posting["id"], detail=detail)
    return ledger.append_event(db, event, EventContext(source and source[0], where, posting["release_id"]))


def _shorten_failures(db: Database, posting_id: int) -> None:
    """Reduce failure lines of runs that name the posting to its address: they may quote its content."""
    for (url,) in db.execute(URLS, {"id": posting_id}).fetchall():
        for run_id, failures in db.execute(FAILURES, [url]).fetchall():
            lines = [url if url in line else line for line in json.loads(failures)]
            db.execute("UPDATE runs SET failures = ? WHERE id = ?", [rows.dump_json(lines), run_id])


def _read_ids(db: Database, sql: str, posting_id: int) -> list[int]:
    return [identifier for (identifier,) in db.execute(sql, {"id": posting_id})]


def _read_rows(db: Database, table: str, ids: list[int]) -> Iterator[rows.Row]:
    for identifier in ids:
        yield db.table(table).get(identifier)


@contextmanager
def _lock_purges(folder: Path) -> Iterator[bool]:
    """Yield whether no other process is erasing here. Captures are appended all the while."""
    if not folder.is_dir():
        yield True
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)


REVISIONS: Final = "SELECT id FROM revisions WHERE posting_id = :id ORDER BY id"
FIRST_SOURCE: Final = """SELECT source_id FROM posting_sources WHERE posting_id = ?
    ORDER BY first_at, source_id LIMIT 1"""
FAILURES: Final = "SELECT id, failures FROM runs WHERE instr(failures, ?)"
EVENTS: Final = "SELECT id FROM events WHERE posting_id = :id AND kind <> 'purged' ORDER BY id"
URLS: Final = """SELECT url FROM addresses WHERE posting_id = :id
    UNION SELECT url FROM postings WHERE id = :id
    UNION SELECT c.url FROM revisions v JOIN captures c ON c.id = v.capture_id WHERE v.posting_id = :id"""
CAPTURES: Final = """SELECT id FROM captures WHERE id IN (
        SELECT capture_id FROM revisions WHERE posting_id = :id
        UNION SELECT capture_id FROM looks WHERE posting_id = :id
        UNION SELECT capture_id FROM findings WHERE posting_id = :id
        UNION SELECT capture_id FROM events WHERE posting_id = :id)
    OR url IN (SELECT url FROM addresses WHERE posting_id = :id UNION SELECT url FROM postings WHERE id = :id)
    ORDER BY id"""
COPIES: Final = "SELECT url FROM postings WHERE release_id = ? AND id <> ? ORDER BY id"
NAMED: Final = """SELECT id FROM postings WHERE number = :text
    UNION SELECT posting_id FROM addresses WHERE url = :text ORDER BY 1"""
REBUILD: Final = (
    "INSERT INTO revisions_fts(revisions_fts) VALUES ('rebuild')",
    "INSERT INTO revisions_trigram(revisions_trigram) VALUES ('rebuild')",
)
CLEAR: Final = (
    """UPDATE changes SET before = NULL, after = NULL, before_id = NULL, after_id = NULL WHERE event_id IN (
        SELECT id FROM events WHERE posting_id = ?)""",
    "UPDATE looks SET reason = '' WHERE posting_id = ?",
    "DELETE FROM findings WHERE posting_id = ?",
    # Lists of any site may hold its title. Without validators, the next look reads them in full.
    """DELETE FROM validators WHERE listing IS NOT NULL
        OR revision_id IN (SELECT id FROM revisions WHERE posting_id = ?)""",
    "DELETE FROM pending WHERE (site, key) = (SELECT site, key FROM postings WHERE id = ?)",
)
UNFINISHED: Final = """SELECT e.id, e.posting_id, e.detail FROM purges p
    CROSS JOIN events e ON e.id = p.event_id
    WHERE p.done_at IS NULL ORDER BY e.id"""
RECORDS: Final = "SELECT offset, length FROM captures WHERE warc_file = ? ORDER BY offset"
MOVE_RELEASE: Final = """UPDATE releases SET posting_id = coalesce((
        SELECT min(id) FROM postings p WHERE p.release_id = releases.id AND p.id <> :id
        AND NOT EXISTS (SELECT 1 FROM events e WHERE e.posting_id = p.id AND e.kind = :purged)), posting_id)
    WHERE posting_id = :id"""
SUCCESSOR: Final = (
    """SELECT r.posting_id FROM releases r JOIN postings p ON p.release_id = r.id WHERE p.id = ?"""
)
