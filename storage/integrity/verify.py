"""Checks that the chain, revisions, captures and the rows that refer to them are still what was written.

It only reads, a row at a time and from one snapshot, so that it can run beside a crawl. A capture that
cannot be read back is named, and the check goes on; any other problem ends it. It cannot notice a history
that was rewritten as a whole or cut off at its end: checkpoints can (storage/integrity/checkpoints.py).
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
from storage.archive.errors import ArchiveError
from storage.archive.tombstones import PurgedRows
from storage.db import ledger, rows
from storage.db.rows import Row
from storage.integrity import bad_captures, orphans
from storage.integrity.bad_captures import BadCapture
from storage.models import EventKind, StoreError
from storage.models.quoting import describe_error

VerifyProgress = Callable[[int, int], None]  # rows done, rows in all


@dataclass(frozen=True, slots=True)
class IntegrityReport:
    """What a check found, and how much it checked until then."""

    problem: str | None  # the first bad row, in one line; None where there is none
    events: int
    revisions: int
    captures: int
    captured_bytes: int  # of the captures, compressed
    purged: int  # revisions and captures that a purge emptied
    head: str  # hash of the newest event
    set_aside: int = 0  # captures that could not be read back, as the ledger says
    problems: tuple[str, ...] = ()  # all of them, in one line each
    bad_captures: tuple[BadCapture, ...] = ()


def verify_database(
    db: Database, folder: Path, progress: VerifyProgress = lambda done, rows: None
) -> IntegrityReport:
    """Recompute all hashes and digests, check what rows refer to, and read every capture in `folder`."""
    check = _DatabaseCheck(db, folder, progress)
    with _snapshot(db):
        try:
            check.check_everything()
        except _ProblemError as error:
            check.problems.append(str(error))
        except (StoreError, sqlite3.DatabaseError, ValueError, TypeError, LookupError) as error:
            is_plain = isinstance(error, StoreError | sqlite3.DatabaseError)
            line = " ".join(str(error).split()) if is_plain else describe_error(error)
            check.problems.append(f"{check.row_name or 'database'}: cannot be read: {line}")
        return check.build_report()


class _ProblemError(Exception):
    """Something is not what was written; the text is one line."""


class _DatabaseCheck:
    """One check of a database, and how far it is."""

    def __init__(self, db: Database, folder: Path, progress: VerifyProgress) -> None:
        self.db = db
        self.folder = folder
        self.row_name = ""  # the row that is being checked
        self.problems: list[str] = []
        self._bad: list[BadCapture] = []
        self._set_aside = 0
        self._progress = progress
        self._counts = {"events": 0, "captures": 0, "revisions": 0}
        self._bytes = 0
        self._rows = 0
        self._purged = PurgedRows()
        self._head = ledger.GENESIS_HASH

    def check_everything(self) -> None:
        """Check the file, then the chain, then the rows that it names, then the rows that repeat them."""
        self._rows = self.db.execute(ROWS).fetchone()[0]
        self._check_file()
        self._purged = self._read_purges()
        self._check_rows("events", EVENTS, self._check_event)
        self._check_rows("captures", CAPTURES, self._check_capture)
        self._check_rows("revisions", REVISIONS, self._check_revision)
        self._check_archive_files()
        for sql, line in REPEATED_FACTS:
            for row in self.db.execute(sql):
                raise _ProblemError(line.format(*row))

    def build_report(self) -> IntegrityReport:
        """Return the report on all that was checked."""
        return IntegrityReport(
            next(iter(self.problems), None),
            **self._counts,
            captured_bytes=self._bytes,
            purged=len(self._purged.revisions) + len(self._purged.captures),
            head=self._head,
            set_aside=self._set_aside,
            problems=tuple(self.problems),
            bad_captures=tuple(self._bad),
        )

    def _check_file(self) -> None:
        """Let SQLite check the file, and that all rows exist to which others refer."""
        found = self.db.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if found != "ok":
            raise _ProblemError(f"database: {' '.join(found.split())}")
        for table, identifier, parent, _ in self.db.execute("PRAGMA foreign_key_check"):
            raise _ProblemError(f"{table} {identifier}: refers to a missing row of {parent}")

    def _read_purges(self) -> PurgedRows:
        """Return what was removed for safety, from `purged` events whose detail the chain covers."""
        details = []
        for row in self.db.query(PURGES, [str(EventKind.PURGED)]):
            self.row_name = f"event {row['id']}"
            self._require_equal(
                ledger.digest_detail(row["detail"]), json.loads(row["payload"])["detail"], "detail"
            )
            details.append(row["detail"])
        return tombstones.merge_purge_details(details)

    def _check_rows(self, table: str, sql: str, check: Callable[[Row], None]) -> None:
        for row in self.db.query(sql):
            self.row_name = f"{table[:-1]} {row['id']}"
            check(row)
            self._counts[table] += 1
            self._progress(sum(self._counts.values()), self._rows)

    def _check_event(self, row: Row) -> None:
        self._require_equal(row["id"], self._counts["events"] + 1, "number (an event is missing before it)")
        self._require_equal(row["prev_hash"], self._head, "hash of the event before")
        self._require_equal(row["hash"], ledger.compute_event_hash(self._head, row["payload"]), "hash")
        payload = json.loads(row["payload"])
        for column, key in EVENT_COLUMNS.items():
            self._require_equal(row[column], payload[key], column)
        self._check_event_text(row, payload)
        self._check_event_evidence(row, payload)
        self._head = row["hash"]

    def _check_event_text(self, row: Row, payload: Mapping[str, object]) -> None:
        """Check title, detail and changes against their digests, or that a purge emptied them."""
        changes = json.loads(row["changes"])
        if row["id"] in self._purged.events:
            empty = [[field, None, None] for field, _ in _list_pairs(payload["changes"])]
            self._fail_if(
                not tombstones.has_tombstone_form(row, tombstones.EVENT), "not as the purge left it"
            )
            self._require_equal(sorted(changes), sorted(empty), "changes, which a purge emptied,")
            return
        self._require_equal(ledger.digest_title(row["title"]), payload["title"], "title")
        self._require_equal(ledger.digest_detail(row["detail"]), payload["detail"], "detail")
        digests = sorted([field, ledger.digest_change(old, new)] for field, old, new in changes)
        self._require_equal(digests, sorted(map(list, _list_pairs(payload["changes"]))), "changes")

    def _check_event_evidence(self, row: Row, payload: Mapping[str, object]) -> None:
        """Check that revision and capture exist and have the digests that the chain holds."""
        if payload["revision"] is not None:
            self._require_equal(
                row["revision_digest"], payload["revision"], f"revision {row['revision_id']}: digest"
            )
        if payload["capture"] is not None:
            self._require_equal(
                row["capture_digest"], payload["capture"], f"capture {row['capture_id']}: digest"
            )

    def _check_capture(self, row: Row) -> None:
        self._fail_if(not row["entered"], "no event of the ledger brought it")
        purged = self._purged.captures.get(row["id"])
        self._require_equal(captures.digest_capture(row), purged or row["digest"], "row")
        if purged is not None:
            self._check_erasure(row)
        elif bad := bad_captures.find_bad_capture(self.folder, row):
            self._bad.append(bad)
            self.problems.append(f"{self.row_name}: {bad.reason}")
        self._set_aside += purged is None and row["set_aside"] is not None
        self._bytes += row["length"]

    def _check_erasure(self, row: Row) -> None:
        try:
            is_erased = writer.is_erased(self.folder, captures.row_to_capture_ref(row))
        except (ArchiveError, OSError) as error:
            raise _ProblemError(f"{self.row_name}: {error}") from error
        self._fail_if(not is_erased, "purged, but its bytes are still in the file; purge it again")

    def _check_archive_files(self) -> None:
        """Check the records between captures: the first one of each file, and those that no row names."""
        for (name,) in self.db.execute("SELECT DISTINCT warc_file FROM captures ORDER BY 1").fetchall():
            path, named = self.folder / name, self.db.execute(RECORDS, [name]).fetchall()
            if path.exists() and (offset := orphans.find_damage(path, named)) is not None:
                raise _ProblemError(f"{path}, byte {offset}: not a complete record")

    def _check_revision(self, row: Row) -> None:
        self._require_equal(
            rows.digest_revision(row),
            self._purged.revisions.get(row["id"]) or row["digest"],
            "text or digest",
        )
        self._fail_if(row["event_id"] is None, "no event of the ledger brought it")
        self._require_equal(row["posting_id"], row["event_posting_id"], "posting")
        self._require_equal(row["capture_id"], row["event_capture_id"], "capture")
        self._require_equal(row["seq"], row["counted_seq"], "seq")
        self._require_equal(row["has_unspaced"], int(rows.has_unspaced_script(row)), "has_unspaced")
        self._fail_if(row["seen_at"] not in (None, row["observed_at"]), "observed_at is not its first look's")

    def _require_equal(self, found: object, wanted: object, what: str) -> None:
        self._fail_if(found != wanted, f"{what} is not what was written")

    def _fail_if(self, is_wrong: bool, what: str) -> None:
        if is_wrong:
            raise _ProblemError(f"{self.row_name}: {what}")


@contextmanager
def _snapshot(db: Database) -> Iterator[None]:
    """Read one state of the database: that of the caller's transaction, where there is one.

    Text that is no longer UTF-8 is read too, so that its row can be named.
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


def _list_pairs(value: object) -> list[tuple[str, str]]:
    """Return the changes of a payload as pairs of field and digest."""
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
    (SELECT json_group_array(json_array(field, before, after)) FROM told_changes WHERE event_id = e.id)
    AS changes
    FROM events e LEFT JOIN revisions v ON v.id = e.revision_id LEFT JOIN captures c ON c.id = e.capture_id
    ORDER BY e.id"""
CAPTURES: Final = """SELECT c.*, EXISTS (SELECT 1 FROM events e WHERE e.capture_id = c.id
    AND json_extract(e.payload, '$.capture') = c.digest) AS entered, (SELECT json_extract(e.detail, '$.found')
    FROM events e WHERE e.capture_id = c.id AND e.kind = 'set_aside' ORDER BY e.id DESC LIMIT 1) AS set_aside
    FROM captures c ORDER BY c.id"""
RECORDS: Final = "SELECT offset, length FROM captures WHERE warc_file = ? ORDER BY offset"
REVISIONS: Final = """SELECT v.*, e.id AS event_id, e.posting_id AS event_posting_id,
    e.capture_id AS event_capture_id,
    (SELECT count(*) FROM revisions o WHERE o.posting_id = v.posting_id AND o.id <= v.id) AS counted_seq,
    (SELECT min(first_at) FROM looks l WHERE l.posting_id = v.posting_id AND l.revision_id = v.id) AS seen_at
    FROM revisions v LEFT JOIN events e ON e.id = (SELECT min(id) FROM events WHERE revision_id = v.id)
    ORDER BY v.id"""
# What postings and releases repeat of events and revisions: a query for the first wrong row, and a message.
REPEATED_FACTS: Final = (
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
