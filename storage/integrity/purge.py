"""Removing a posting's content for safety: its texts, its captures and what events quote of it.

One transaction empties the rows and tells of it in the ledger; from then on nobody reads the content here.
The bytes that still lie in files (captures, the database's free pages, the full-text index, the write-ahead
log) go next, and a purge that was killed in between is finished by the next process that opens the database
for writing. Addresses, times and digests stay, so that the chain still verifies. A purged posting is not kept
again when it is met later.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from storage.archive import captures, tombstones, writer
from storage.archive.tombstones import Purged
from storage.db import ledger, rows, timestamps
from storage.db.ledger import NewEvent
from storage.integrity import orphans
from storage.models import Address, Event, EventKind
from storage.tables import postings


@dataclass(frozen=True, slots=True)
class Doomed:
    """What a purge would remove."""

    posting_id: int
    url: str
    title: str
    revisions: int
    captures: int
    events: int
    copies: tuple[str, ...]  # addresses of the release on other sites, which stay
    is_purged: bool  # by an earlier purge


def doomed(db: Database, posting_id: int) -> Doomed:
    """Return what a purge of a posting would remove; LookupError where there is no such posting."""
    row = _posting(db, posting_id)
    copies = db.execute(COPIES, [row["release_id"], posting_id]).fetchall()
    return Doomed(
        posting_id,
        row["url"],
        row["title"],
        revisions=len(_ids(db, REVISIONS, posting_id)),
        captures=len(_ids(db, CAPTURES, posting_id)),
        events=len(_ids(db, EVENTS, posting_id)),
        copies=tuple(url for (url,) in copies),
        is_purged=is_purged(db, posting_id),
    )


def named(db: Database, text: str) -> list[int]:
    """Return the postings that an article number or a canonical address names."""
    return [identifier for (identifier,) in db.execute(NAMED, {"text": text})]


def is_purged(db: Database, posting_id: int | None) -> bool:
    """Tell whether a posting's content was removed for safety."""
    pair = [posting_id, str(EventKind.PURGED)]
    return db.execute("SELECT 1 FROM events WHERE posting_id = ? AND kind = ?", pair).fetchone() is not None


def empty(db: Database, posting_id: int, why: str, at: datetime) -> Event:
    """Empty all rows of a posting and tell of it in the ledger, in the transaction that the caller has begun.

    The bytes in the files are `finish`'s. Raises LookupError where there is no such posting.
    """
    posting = _posting(db, posting_id)
    events = _ids(db, EVENTS, posting_id)
    taken = _ids(db, CAPTURES, posting_id)
    texts = _ids(db, REVISIONS, posting_id)
    _blank(db, "revisions", texts, tombstones.REVISION)
    _blank(db, "captures", taken, tombstones.CAPTURE)
    _blank(db, "events", events, tombstones.EVENT)
    for sql in FORGET:
        db.execute(sql, [posting_id])
    _shorten_failures(db, posting_id)
    _rename(db, posting_id)
    purged = Purged(
        {row["id"]: rows.row_digest(row) for row in _rows(db, "revisions", texts)},
        {row["id"]: captures.row_digest(row) for row in _rows(db, "captures", taken)},
        frozenset(events),
    )
    told = ledger.append(db, _event(db, posting, tombstones.told(purged, why), at))
    db.execute("INSERT INTO purges(event_id) VALUES (?)", [told.id])
    return told


def is_unfinished(db: Database) -> bool:
    """Tell whether bytes of purged content may still lie in files."""
    return db.execute("SELECT 1 FROM purges WHERE done_at IS NULL").fetchone() is not None


def finish(db: Database, folder: Path, at: datetime) -> bool:
    """Remove the bytes of purged content from all files; tell whether they are gone.

    False where another process is at it, or still reads an older state of the database: to be tried again.
    Raises ArchiveError where a capture cannot be overwritten, in one line.
    """
    with _alone_in(folder) as alone:
        if not alone:
            return False
        pending = db.execute(PENDING).fetchall()
        for _, posting_id, detail in pending:
            _erase(db, folder, posting_id, tombstones.gathered([detail]))
        if not _wash(db):
            return False
        for event_id, _, _ in pending:
            db.execute("UPDATE purges SET done_at = ? WHERE event_id = ?", [timestamps.text(at), event_id])
    return True


def _erase(db: Database, folder: Path, posting_id: int, purged: Purged) -> None:
    """Overwrite a posting's captures, and what a killed process wrote of it without a row to name it."""
    for row in _rows(db, "captures", list(purged.captures)):
        writer.erase(folder, captures.ref_of(row))
    urls = {url for (url,) in db.execute(URLS, {"id": posting_id})}
    for path in sorted(folder.glob("*.warc.gz")):
        kept = db.execute(PLACES, [path.name]).fetchall()
        for stray in orphans.strays(path, kept):
            if stray.url in urls:
                writer.erase(folder, writer.CaptureRef(path.name, stray.offset, stray.length, ""))


def _wash(db: Database) -> bool:
    """Write the database anew without what was deleted from it, and empty the write-ahead log."""
    for sql in REBUILD:
        db.execute(sql)
    db.execute("VACUUM")
    busy, _, _ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def _blank(db: Database, table: str, ids: list[int], form: tombstones.Form) -> None:
    for identifier in ids:
        db.table(table).update(identifier, dict(form))


def _rename(db: Database, posting_id: int) -> None:
    """Let posting and release say what is left; a release goes on with the first copy that was not purged."""
    db.execute(HAND_ON, {"id": posting_id, "purged": str(EventKind.PURGED)})
    postings.refresh(db, posting_id)
    heir = db.execute(HEIR, [posting_id]).fetchone()[0]
    postings.refresh(db, heir)


def _posting(db: Database, posting_id: int) -> rows.Row:
    row = next(db.query("SELECT * FROM postings WHERE id = ?", [posting_id]), None)
    if row is None:
        raise LookupError(f"posting {posting_id}: there is none")
    return row


def _event(db: Database, posting: rows.Row, detail: dict[str, object], at: datetime) -> NewEvent:
    where = Address(posting["site"], posting["number"], posting["url"])
    source = db.execute(FIRST_SOURCE, [posting["id"]]).fetchone()
    event = NewEvent(EventKind.PURGED, at, where, source and source[0], detail=detail)
    return replace(event, posting_id=posting["id"], release_id=posting["release_id"])


def _shorten_failures(db: Database, posting_id: int) -> None:
    """Leave of the failures of runs that name the posting only the address: they may quote what was found."""
    for (url,) in db.execute(URLS, {"id": posting_id}).fetchall():
        for run_id, failures in db.execute(FAILURES, [url]).fetchall():
            lines = [url if url in line else line for line in json.loads(failures)]
            db.execute("UPDATE runs SET failures = ? WHERE id = ?", [rows.as_json(lines), run_id])


def _ids(db: Database, sql: str, posting_id: int) -> list[int]:
    return [identifier for (identifier,) in db.execute(sql, {"id": posting_id})]


def _rows(db: Database, table: str, ids: list[int]) -> Iterator[rows.Row]:
    for identifier in ids:
        yield db.table(table).get(identifier)


@contextmanager
def _alone_in(folder: Path) -> Iterator[bool]:
    """Give whether nobody else is finishing a purge here; captures are appended all the while."""
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
NAMED: Final = """SELECT id FROM postings WHERE url = :text OR number = :text
    UNION SELECT posting_id FROM addresses WHERE url = :text ORDER BY 1"""
REBUILD: Final = (
    "INSERT INTO revisions_fts(revisions_fts) VALUES ('rebuild')",
    "INSERT INTO revisions_trigram(revisions_trigram) VALUES ('rebuild')",
)
FORGET: Final = (
    """UPDATE changes SET before = NULL, after = NULL WHERE event_id IN (
        SELECT id FROM events WHERE posting_id = ?)""",
    "UPDATE looks SET reason = '' WHERE posting_id = ?",
    "DELETE FROM findings WHERE posting_id = ?",
    # Lists name it by its title, on whatever site: the next look reads them in full.
    """DELETE FROM validators WHERE listing IS NOT NULL
        OR revision_id IN (SELECT id FROM revisions WHERE posting_id = ?)""",
    "DELETE FROM pending WHERE (site, key) = (SELECT site, key FROM postings WHERE id = ?)",
)
PENDING: Final = """SELECT e.id, e.posting_id, e.detail FROM purges p JOIN events e ON e.id = p.event_id
    WHERE p.done_at IS NULL ORDER BY e.id"""
PLACES: Final = "SELECT offset, length FROM captures WHERE warc_file = ? ORDER BY offset"
HAND_ON: Final = """UPDATE releases SET posting_id = coalesce((
        SELECT min(id) FROM postings p WHERE p.release_id = releases.id AND p.id <> :id
        AND NOT EXISTS (SELECT 1 FROM events e WHERE e.posting_id = p.id AND e.kind = :purged)), posting_id)
    WHERE posting_id = :id"""
HEIR: Final = """SELECT r.posting_id FROM releases r JOIN postings p ON p.release_id = r.id WHERE p.id = ?"""
