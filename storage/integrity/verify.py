"""Proof: is all that is kept still what was written? Chain, revisions, captures and what points at them.

Reads only, a row at a time, from one snapshot, so that it may run beside a crawl. The first flaw ends it.
What it cannot see is a history rewritten as a whole, or cut off at its end: for that a head is kept
elsewhere (storage/integrity/checkpoints.py).
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from storage.archive import captures, tombstones, writer
from storage.archive.tombstones import Purged
from storage.archive.writer import ArchiveError
from storage.db import ledger, rows
from storage.db.rows import Row
from storage.integrity import orphans
from storage.models import EventKind, Page

Progress = Callable[[int, int], None]  # rows done, rows in all


@dataclass(frozen=True, slots=True)
class Proof:
    """What a check found."""

    problem: str | None  # the first bad row, in one line; None where all is well
    events: int  # checked, until the problem
    revisions: int
    captures: int
    captured_bytes: int  # of the captures, as they lie in the files
    purged: int  # revisions and captures of which only the digests are left
    head: str  # hash of the newest event

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing was found."""
        return self.problem is None


def verify(db: Database, folder: Path, progress: Progress = lambda done, rows: None) -> Proof:
    """Recompute hashes and digests, follow what rows refer to, and read every capture in `folder`."""
    check = _Check(db, folder, progress)
    problem: str | None = None
    with _snapshot(db):
        try:
            check.everything()
        except _FlawError as flaw:
            problem = str(flaw)
        except (sqlite3.DatabaseError, ValueError, TypeError, LookupError) as error:
            problem = f"{check.at or 'database'}: cannot be read: {' '.join(str(error).split())}"
        return check.result(problem)


class _FlawError(Exception):
    """A row that is not what was written; one line."""


class _Check:
    """One check, and how far it has come."""

    def __init__(self, db: Database, folder: Path, progress: Progress) -> None:
        self.db = db
        self.folder = folder
        self.at = ""  # the row in hand
        self._progress = progress
        self._counts = {"events": 0, "captures": 0, "revisions": 0}
        self._bytes = 0
        self._rows = 0
        self._purged = Purged()
        self._head = ledger.GENESIS

    def everything(self) -> None:
        """Check the file, then the rows in the order of trust: the chain first, then what it names."""
        self._rows = self.db.execute(ROWS).fetchone()[0]
        self._file()
        self._purged = self._purges()
        self._each("events", EVENTS, self._event)
        self._each("captures", CAPTURES, self._capture)
        self._each("revisions", REVISIONS, self._revision)
        self._archives()
        for sql, line in POINTERS:
            for row in self.db.execute(sql):
                raise _FlawError(line.format(*row))

    def result(self, problem: str | None) -> Proof:
        """Return what was found."""
        purged = len(self._purged.revisions) + len(self._purged.captures)
        return Proof(problem, **self._counts, captured_bytes=self._bytes, purged=purged, head=self._head)

    def _file(self) -> None:
        """Let SQLite look at the file itself, and at what rows refer to."""
        found = self.db.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if found != "ok":
            raise _FlawError(f"database: {' '.join(found.split())}")
        for table, identifier, parent, _ in self.db.execute("PRAGMA foreign_key_check"):
            raise _FlawError(f"{table} {identifier}: names a row of {parent} that is not there")

    def _purges(self) -> Purged:
        """Return what was removed for safety, as far as the chain covers the telling of it."""
        details = []
        for row in self.db.query(PURGES, [str(EventKind.PURGED)]):
            self.at = f"event {row['id']}"
            self._same(ledger.detail_digest(row["detail"]), json.loads(row["payload"])["detail"], "detail")
            details.append(row["detail"])
        return tombstones.gathered(details)

    def _each(self, table: str, sql: str, check: Callable[[Row], None]) -> None:
        for row in self.db.query(sql):
            self.at = f"{table[:-1]} {row['id']}"
            check(row)
            self._counts[table] += 1
            self._progress(sum(self._counts.values()), self._rows)

    def _event(self, row: Row) -> None:
        self._same(row["id"], self._counts["events"] + 1, "number (a line is missing before it)")
        self._same(row["prev_hash"], self._head, "link to the line before")
        self._same(row["hash"], ledger.link(self._head, row["payload"]), "hash")
        told = json.loads(row["payload"])
        for column, key in EVENT_COLUMNS.items():
            self._same(row[column], told[key], column)
        self._event_text(row, told)
        self._event_evidence(row, told)
        self._head = row["hash"]

    def _event_text(self, row: Row, told: Mapping[str, object]) -> None:
        """Check title, detail and changes: against their digests, or that a purge left them empty."""
        changes = json.loads(row["changes"])
        if row["id"] in self._purged.events:
            kept = [[field, None, None] for field, _ in _pairs(told["changes"])]
            self._flaw_if(not tombstones.is_empty(row, tombstones.EVENT), "not as the purge left it")
            self._same(sorted(changes), sorted(kept), "changes, which a purge emptied,")
            return
        self._same(ledger.title_digest(row["title"]), told["title"], "title")
        self._same(ledger.detail_digest(row["detail"]), told["detail"], "detail")
        digests = sorted([field, ledger.change_digest(old, new)] for field, old, new in changes)
        self._same(digests, sorted(map(list, _pairs(told["changes"]))), "changes")

    def _event_evidence(self, row: Row, told: Mapping[str, object]) -> None:
        """Check that revision and capture are there, with the digests that the chain holds."""
        if told["revision"] is not None:
            self._same(row["revision_digest"], told["revision"], f"revision {row['revision_id']}: digest")
        if told["capture"] is not None:
            self._same(row["capture_digest"], told["capture"], f"capture {row['capture_id']}: digest")

    def _capture(self, row: Row) -> None:
        self._flaw_if(not row["entered"], "no line of the ledger brought it")
        purged = self._purged.captures.get(row["id"])
        self._same(captures.row_digest(row), purged or row["digest"], "row")
        ref = captures.ref_of(row)
        try:
            if purged is None:
                self._page(row, writer.read(self.folder, ref))
            elif not writer.is_erased(self.folder, ref):
                raise _FlawError(f"{self.at}: purged, but its bytes are still there; purge it again")
        except (ArchiveError, OSError) as error:
            raise _FlawError(f"{self.at}: {error}") from error
        self._bytes += row["length"]

    def _archives(self) -> None:
        """Check what lies between the captures: the head of each file, and records that no row names."""
        for (name,) in self.db.execute("SELECT DISTINCT warc_file FROM captures ORDER BY 1").fetchall():
            path, kept = self.folder / name, self.db.execute(PLACES, [name]).fetchall()
            if path.exists() and (at := orphans.damage(path, kept)) is not None:
                raise _FlawError(f"{path}, byte {at}: not a whole record")

    def _page(self, row: Row, page: Page) -> None:
        self._same((page.url, page.status), (row["url"], row["status"]), "address or status in the archive")

    def _revision(self, row: Row) -> None:
        self._same(
            rows.row_digest(row), self._purged.revisions.get(row["id"]) or row["digest"], "text or digest"
        )
        self._flaw_if(row["event_id"] is None, "no line of the ledger brought it")
        self._same(row["posting_id"], row["event_posting_id"], "posting")
        self._same(row["capture_id"], row["event_capture_id"], "capture")
        self._same(row["seq"], row["place"], "seq")
        self._flaw_if(row["seen_at"] not in (None, row["observed_at"]), "observed_at is not its first look's")

    def _same(self, found: object, wanted: object, what: str) -> None:
        self._flaw_if(found != wanted, f"{what} is not what was written")

    def _flaw_if(self, wrong: bool, what: str) -> None:  # the question is the argument
        if wrong:
            raise _FlawError(f"{self.at}: {what}")


@contextmanager
def _snapshot(db: Database) -> Iterator[None]:
    """Read from one state of the database, that of the caller's transaction where there is one.

    Text that is no UTF-8 any more is read as what it is.
    """
    before, is_ours = db.conn.text_factory, not db.conn.in_transaction
    db.conn.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    if is_ours:
        db.execute("BEGIN")
    try:
        yield
    finally:
        if is_ours:
            db.rollback()
        db.conn.text_factory = before


def _pairs(value: object) -> list[tuple[str, str]]:
    """Return the changes of a payload: field and digest."""
    assert isinstance(value, list)
    return [(field, digest) for field, digest in value]


EVENT_COLUMNS: Final = {  # column: its name in the payload
    "kind": "kind",
    "at": "at",
    "last_before_at": "last_before_at",
    "first_after_at": "first_after_at",
    "url": "url",
    "source_id": "source",
    "posting_id": "posting",
    "release_id": "release",
    "revision_id": "revision_id",
    "capture_id": "capture_id",
}
ROWS: Final = """SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM captures)
    + (SELECT count(*) FROM revisions)"""
PURGES: Final = "SELECT id, detail, payload FROM events WHERE kind = ? ORDER BY id"
EVENTS: Final = """SELECT e.*, v.digest AS revision_digest, c.digest AS capture_digest,
    (SELECT json_group_array(json_array(field, before, after)) FROM changes WHERE event_id = e.id) AS changes
    FROM events e LEFT JOIN revisions v ON v.id = e.revision_id LEFT JOIN captures c ON c.id = e.capture_id
    ORDER BY e.id"""
CAPTURES: Final = """SELECT c.*, EXISTS (SELECT 1 FROM events e WHERE e.capture_id = c.id
    AND json_extract(e.payload, '$.capture') = c.digest) AS entered FROM captures c ORDER BY c.id"""
PLACES: Final = "SELECT offset, length FROM captures WHERE warc_file = ? ORDER BY offset"
REVISIONS: Final = """SELECT v.*, e.id AS event_id, e.posting_id AS event_posting_id,
    e.capture_id AS event_capture_id,
    (SELECT count(*) FROM revisions o WHERE o.posting_id = v.posting_id AND o.id <= v.id) AS place,
    (SELECT min(first_at) FROM looks l WHERE l.posting_id = v.posting_id AND l.revision_id = v.id) AS seen_at
    FROM revisions v LEFT JOIN events e ON e.id = (SELECT min(id) FROM events WHERE revision_id = v.id)
    ORDER BY v.id"""
# What postings and releases repeat of the rows above.
POINTERS: Final = (
    (
        """WITH life AS (SELECT posting_id, kind, max(id) FROM events
                WHERE kind IN ('suspected', 'cleared', 'removed', 'returned', 'moved') GROUP BY posting_id),
            lists AS (SELECT posting_id, kind, max(id) FROM events
                WHERE kind IN ('unlisted', 'relisted') GROUP BY posting_id)
        SELECT p.id, p.state FROM postings p LEFT JOIN life ON life.posting_id = p.id
        LEFT JOIN lists ON lists.posting_id = p.id
        WHERE NOT CASE life.kind WHEN 'suspected' THEN p.state = 'suspect'
            WHEN 'removed' THEN p.state = 'removed'
            WHEN 'moved' THEN p.state IN ('moved', 'live', 'unlisted')
            ELSE p.state = iif(lists.kind = 'unlisted', 'unlisted', 'live') END
        ORDER BY p.id LIMIT 1""",
        "posting {0}: its state, {1}, is not what its events say",
    ),
    (
        """SELECT p.id FROM postings p LEFT JOIN events e ON e.id = (SELECT min(id) FROM events
            WHERE posting_id = p.id AND kind IN ('found', 'published'))
        WHERE e.id IS NULL OR p.release_id IS NOT e.release_id
            OR p.site IS NOT json_extract(e.payload, '$.site')
            OR p.key IS NOT json_extract(e.payload, '$.key')
        ORDER BY p.id LIMIT 1""",
        "posting {0}: site, key or release is not that of the event that brought it",
    ),
    (
        """SELECT p.id FROM postings p LEFT JOIN revisions v ON v.id = p.revision_id
        WHERE v.id IS NOT (SELECT id FROM revisions WHERE posting_id = p.id
            ORDER BY observed_at DESC, seq DESC LIMIT 1)
            OR p.title IS NOT v.title OR p.published_on IS NOT v.published_on
            OR (v.published_at IS NOT NULL AND p.published_at IS NOT v.published_at)
        ORDER BY p.id LIMIT 1""",
        "posting {0}: does not say what its newest revision says",
    ),
    (
        """SELECT r.id FROM releases r LEFT JOIN postings p ON p.id = r.posting_id AND p.release_id = r.id
        LEFT JOIN revisions v ON v.id = r.revision_id
        WHERE p.id IS NULL OR r.revision_id IS NOT p.revision_id OR r.title IS NOT v.title
            OR r.published_on IS NOT v.published_on OR r.organization IS NOT v.organization
            OR r.content_hash IS NOT v.content_hash
        ORDER BY r.id LIMIT 1""",
        "release {0}: does not say what its first posting says",
    ),
)
