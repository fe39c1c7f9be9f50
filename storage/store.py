"""A database and its folder of captures.

Only `Store` begins transactions: whatever writes is a method of it, or a function of storage/tables that is
called within `with store.writing() as db:`. To read, pass `store.db` to functions of storage/tables, and the
store itself (a `Readable`) to those of storage/queries.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Self

from sqlite_utils import Database

from storage.archive import captures, redirects
from storage.archive.captures import LookWrite
from storage.archive.errors import ArchiveError, UnstorablePageError
from storage.archive.writer import ArchiveWriter, get_archive_folder
from storage.db.connection import open_database
from storage.db.errors import explain_errors
from storage.db.timestamps import format_timestamp, get_utc_now
from storage.detection.older_answers import set_older_answer_aside
from storage.detection.pipeline import detect_events
from storage.integrity import bad_captures, purge
from storage.integrity.bad_captures import BadCapture
from storage.models import Address, Event, Fields, Look, RemovalPolicy, Role, Source, StoreError, Verdict
from storage.models.known_articles import KnownArticles
from storage.tables import (
    findings,
    looks,
    pending,
    posting_addresses,
    postings,
    revisions,
    runs,
    source_progress,
    sources,
    validators,
)
from storage.tables.looks import LookRefs
from storage.tables.runs import RunOutcome

__all__ = ["KnownArticles", "RunOutcome", "Store", "StoreError"]

POLICY: Final = RemovalPolicy()
PLANNED: Final = timedelta(days=1)  # how far apart looks are where it is not given


class Store:
    """One database file and the folder of captures beside it.

    `db` and every method raise StoreError, one line, where a file cannot be read or written.
    """

    def __init__(self, path: Path, db: Database, clock: Callable[[], datetime]) -> None:
        self.path = path
        self.db = db
        self.clock = clock
        self._archive = ArchiveWriter(get_archive_folder(path), clock)

    @classmethod
    def open(
        cls, path: Path, *, clock: Callable[[], datetime] = get_utc_now, read_only: bool = False
    ) -> Self:
        """Open a database; create it, or bring it up to date, where need be.

        Raises StoreError, and leaves the file as it is, where it is another program's or made by another
        version, where its folder or the file to read is missing, and where it may not or cannot be written.
        """
        store = cls(path, open_database(path, read_only=read_only), clock)
        if not read_only:
            store.finish_purges()
        return store

    def close(self) -> None:
        """Close file and archive."""
        self._archive.close()
        self.db.close()

    # Transactions

    @contextmanager
    def writing(self) -> Iterator[Database]:
        """Hold the write lock for one transaction: all of it is saved, or nothing.

        Waits up to 30 s for another process. A block within another joins its transaction.
        """
        if self.db.conn.in_transaction:
            yield self.db
            return
        with explain_errors(self.path):
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield self.db
                self.db.commit()
            finally:
                self.db.rollback()

    @contextmanager
    def writing_unsynced(self) -> Iterator[Database]:
        """Write single statements that survive a kill, but not always a loss of power: nothing is synced.

        They are safe from that too once `writing` has ended a transaction after them.
        """
        with explain_errors(self.path):
            self.db.conn.execute("PRAGMA synchronous = NORMAL")
            try:
                yield self.db
            finally:
                self.db.conn.execute("PRAGMA synchronous = FULL")

    def set_busy_timeout(self, seconds: float) -> None:
        """Set how long to wait for another process that writes."""
        self.db.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")

    # Runs and their looks

    def start_run(self, source_id: str, kind: str, at: datetime) -> int:
        """Start a run of a kind (crawl, backfill, since, looks, sitemap, import) and return its id."""
        with self.writing() as db:
            return runs.start_run(db, source_id, kind, at)

    def save_look(self, look: Look, planned: timedelta = PLANNED) -> list[Event]:
        """Save a look and all that it brought in one transaction; return the events, also hidden ones.

        Saved twice, or imported again, it changes nothing the second time. `planned` is how far apart looks
        at this address are meant to be: a gap of more than twice that starts a new span. A response that no
        archive can hold is not stored: its look is unreadable, and says why.
        """
        try:
            return self._write_look(look, planned)
        except UnstorablePageError as error:
            return self._write_look(captures.drop_page(look, str(error)), planned)
        except ArchiveError as error:
            raise StoreError(str(error)) from error

    def _write_look(self, look: Look, planned: timedelta) -> list[Event]:
        with self.writing() as db:
            awaits_detection = findings.awaits_detection(db, look.run_id)
            noticed_at = look.at if awaits_detection else self._choose_noticed_at(look)
            return _save_look(LookWrite(db, self._archive, look, noticed_at, awaits_detection), planned)

    def detect_changes(self, source_id: str, policy: RemovalPolicy = POLICY) -> list[Event]:
        """Decide what a source's looks since the last time mean; return the events, also hidden ones.

        Call it at the end of each run, before `finish_run`. It takes up what killed runs left too, run by
        run. While the source is in quarantine its looks wait (see storage/tables/quarantines.py).
        """
        with self.writing() as db:
            return detect_events(db, source_id, policy)

    def record_run_failure(self, run_id: int, reason: str) -> None:
        """Add a failure line to a run now, so that a kill does not lose it."""
        with self.writing() as db:
            runs.add_failure(db, run_id, reason)

    def save_backfill_page(self, source_id: str, url: str | None) -> None:
        """Save the listing page where a back-fill goes on; None forgets it."""
        with self.writing() as db:
            source_progress.save_backfill_page(db, source_id, url)

    def finish_run(self, run_id: int, outcome: RunOutcome) -> None:
        """End a run; what a complete one listed is known now. Raises LookupError for an unknown run."""
        with self.writing() as db:
            runs.finish_run(db, run_id, outcome, self.clock())

    def fold_runs(self, source_id: str, before: datetime) -> int:
        """Fold some of a source's old runs into a row a day; return how many. No lock where none is old."""
        if not runs.list_old_runs(self.db, source_id, before, most=1):
            return 0
        with self.writing() as db:
            old = runs.list_old_runs(db, source_id, before)
            runs.fold_runs(db, source_id, old)
            return len(old)

    # Sources

    def save_source(self, source: Source) -> None:
        """Save a newsroom that a user added or changed."""
        with self.writing() as db:
            sources.save_source(db, source, self.clock())

    def set_enabled(self, source_id: str, enabled: bool) -> None:  # a value, not a mode
        """Save whether a user wants a source crawled."""
        with self.writing() as db:
            sources.set_enabled(db, source_id, self.clock(), enabled=enabled)

    def remove_source(self, source_id: str) -> None:
        """Forget what a user added or switched; releases stay."""
        with self.writing() as db:
            sources.delete_source(db, source_id)

    # Purges

    def purge_posting(self, posting_id: int, why: str) -> Event:
        """Remove a posting's content from all rows for good, in one transaction; `finish_purges` comes after.

        Raises LookupError where there is no such posting.
        """
        with self.writing() as db:
            return purge.empty_posting(db, posting_id, why, self.clock())

    def finish_purges(self) -> bool:
        """Erase purged content from the files; return whether all of it is gone.

        False where another process is doing it, or reads an older state of the database: try again later.
        """
        try:
            with explain_errors(self.path):
                is_done = not purge.has_unfinished_purge(self.db)
                return is_done or purge.erase_purged_bytes(
                    self.db, get_archive_folder(self.path), self.clock()
                )
        except ArchiveError as error:
            raise StoreError(str(error)) from error

    # Repairs

    def set_aside_captures(self, bad: Sequence[BadCapture]) -> list[Event]:
        """Set aside captures that cannot be read back, with an event for each; return the events."""
        with self.writing() as db:
            return bad_captures.set_aside_captures(db, bad, self.clock())

    def _choose_noticed_at(self, look: Look) -> datetime:
        """Return when an event of this look is noticed: with the look, or now where it is imported."""
        return self.clock() if runs.is_import_run(self.db, look.run_id) else look.at


def _save_look(write: LookWrite, planned: timedelta) -> list[Event]:
    events = _save_answer(write, planned)
    if not write.look.hops:
        return events
    is_article = write.look.role is Role.ARTICLE
    posting_id = posting_addresses.find_posting_id(write.db, write.look.address) if is_article else None
    if posting_id is not None and purge.is_purged(write.db, posting_id):
        return events
    return [*events, *redirects.record_hops(write, posting_id)]


def _save_answer(write: LookWrite, planned: timedelta) -> list[Event]:
    look = write.look
    pending.record_listed_articles(write.db, look)
    is_article = look.role is Role.ARTICLE
    if look.renamed_from is not None:
        _rename_posting(write.db, look, look.renamed_from)
    posting_id = posting_addresses.find_posting_id(write.db, look.address) if is_article else None
    if posting_id is not None and purge.is_purged(write.db, posting_id):
        return []  # the look itself is not saved either: an answer may say what must not be stored
    if is_article:
        write = set_older_answer_aside(write, posting_id)
        look = write.look
    if is_article and look.verdict is Verdict.LIVE and look.fields is not None:
        return _save_article(write, look.fields, planned)
    if posting_id is not None and (look.verdict is Verdict.UNCHANGED or look.revision_id is not None):
        return _save_recognised(write, posting_id, planned)
    return _save_other(write, planned)


def _rename_posting(db: Database, look: Look, former: Address) -> None:
    """Make the address of a look that of the posting which was at another one before."""
    posting_id = posting_addresses.find_posting_id(db, former)
    if posting_id is None or posting_addresses.find_posting_id(db, look.address) is not None:
        return
    findings.delete_findings_at(db, look.run_id, posting_id, former.url)  # it may have answered first
    posting_addresses.rename_posting(db, posting_id, look.address, format_timestamp(look.at))
    pending.settle_pending(db, posting_id, look.address)


def _save_article(write: LookWrite, fields: Fields, planned: timedelta) -> list[Event]:
    saved = revisions.save_text(write, fields)
    postings.record_sighting(write.db, saved.posting_id, write.look)
    if write.awaits_detection and not saved.is_first:
        waiting_text = findings.dump_fields(fields) if saved.revision_id is None else None
        columns = {"revision_id": saved.revision_id, "capture_id": saved.capture_id, "fields": waiting_text}
        findings.save_finding(write.db, write.look, saved.posting_id, columns)
    refs = LookRefs(saved.posting_id, saved.revision_id, saved.capture_id)
    looks.record_look(write.db, write.look, refs, planned)
    if saved.revision_id is not None:
        validators.save_validators(write.db, write.look, saved.revision_id)
    return list(saved.events)


def _save_recognised(write: LookWrite, posting_id: int, planned: timedelta) -> list[Event]:
    """Save that a posting still says what the revision before says, as its server or its digest shows."""
    db, look = write.db, write.look
    before = looks.find_revision_before(db, posting_id, look.at)
    if look.revision_id not in (None, before):
        return _save_outdated(write, planned)
    postings.record_sighting(db, posting_id, look)
    if write.awaits_detection:
        findings.save_finding(db, look, posting_id, {"revision_id": before})
    looks.record_look(db, look, LookRefs(posting_id, before), planned)
    if look.verdict is Verdict.UNCHANGED:
        validators.count_confirmation(db, look)
    else:
        validators.save_validators(db, look, before)
    return []


def _save_outdated(write: LookWrite, planned: timedelta) -> list[Event]:
    """Save a look that recognised a revision which is not the last one any more, after an import."""
    recognised = revisions.find_revision(write.db, write.look.revision_id)
    if write.look.verdict is Verdict.LIVE and recognised:
        return _save_article(write, recognised.fields, planned)
    reason = "unchanged since a look that is no longer the last one"
    look = replace(write.look, verdict=Verdict.UNREADABLE, reason=reason)
    return _save_other(replace(write, look=look), planned)


def _save_other(write: LookWrite, planned: timedelta) -> list[Event]:
    """Save a look that brought no article: at a listing, a feed or robots.txt, or one that reads badly."""
    db, look = write.db, write.look
    is_article = look.role is Role.ARTICLE
    posting_id = posting_addresses.find_posting_id(db, look.address) if is_article else None
    if posting_id is not None and posting_addresses.is_former_address(db, posting_id, look.address):
        posting_id = None  # what an old address answers says nothing of the story at its new one
    if looks.is_recorded_look(db, look):
        return []
    if is_article and posting_id is None:
        pending.record_failed_try(db, look)
    evidence = captures.store_capture(write) if captures.needs_capture(look) else captures.NO_EVIDENCE
    if look.listing is not None and look.verdict is Verdict.LIVE:
        validators.save_validators(db, look)
    elif look.listing is not None:
        validators.count_confirmation(db, look)
    if write.awaits_detection:
        text = findings.dump_fields(look.fields) if look.fields else None
        findings.save_finding(db, look, posting_id, {"capture_id": evidence.capture_id, "fields": text})
    if evidence.capture_id is None:
        looks.record_look(db, look, LookRefs(posting_id), planned)
        return []
    looks.record_look(db, look, LookRefs(posting_id, capture_id=evidence.capture_id), planned)
    return [captures.append_capture_event(write, evidence, posting_id)]
