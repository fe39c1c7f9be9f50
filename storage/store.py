"""The one door into the database: each look, each run, each switch in a transaction of its own."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Self

from sqlite_utils import Database

from storage.archive import captures
from storage.archive.captures import Visit
from storage.archive.writer import Archive, ArchiveError, folder_of
from storage.db.connection import explained, open_database
from storage.db.rows import Row
from storage.db.timestamps import utcnow
from storage.detection import pipeline as judging
from storage.integrity import purge
from storage.models import Address, Event, Fields, Look, RemovalPolicy, Role, Source, StoreError, Verdict
from storage.tables import conditional, findings, looks, pending, postings, revisions, run_days, runs, sources
from storage.tables.conditional import Held
from storage.tables.frontier import Known
from storage.tables.looks import Tie
from storage.tables.runs import RunOutcome

__all__ = ["Known", "RunOutcome", "Store", "StoreError"]

POLICY: Final = RemovalPolicy()
PLANNED: Final = timedelta(days=1)  # how far apart looks are when nobody says otherwise
LOOKED_AT: Final = """SELECT p.site, p.number, p.url FROM postings p
    JOIN posting_sources x ON x.posting_id = p.id WHERE x.source_id = ? AND p.site = ?
    AND NOT EXISTS (SELECT 1 FROM events e WHERE e.posting_id = p.id AND e.kind = 'purged')
    ORDER BY (SELECT max(l.last_at) FROM looks l WHERE l.posting_id = p.id), p.id"""


class Store:
    """One database file and the folder of captures beside it."""

    def __init__(self, path: Path, db: Database, clock: Callable[[], datetime]) -> None:
        self.path = path
        self.db = db
        self.clock = clock
        self._archive = Archive(folder_of(path), clock)

    @classmethod
    def open(cls, path: Path, *, clock: Callable[[], datetime] = utcnow, read_only: bool = False) -> Self:
        """Open a database, made or brought up to date where need be.

        Raises StoreError, one line, and leaves the file as it is: another program's or a newer version's,
        no folder, nothing there to read, no right or no room to write.
        """
        store = cls(path, open_database(path, read_only=read_only), clock)
        if not read_only:
            store.finish_purges()
        return store

    def close(self) -> None:
        """Close file and archive."""
        self._archive.close()
        self.db.close()

    @contextmanager
    def writing(self) -> Iterator[Database]:
        """Hold the write lock for a transaction: all of it is kept, or nothing. Blocks within are one.

        Waits up to 30 s for another process. Raises StoreError where the file cannot be written.
        """
        if self.db.conn.in_transaction:
            yield self.db
            return
        with explained(self.path):
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield self.db
                self.db.commit()
            finally:
                self.db.rollback()

    def wait_at_most(self, seconds: float) -> None:
        """Wait so long for another process that writes, and no longer."""
        self.db.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")

    @contextmanager
    def lightly(self) -> Iterator[Database]:
        """Write with single statements what a kill may not lose, but a loss of power may: nothing is synced.

        What is written so is safe from that too once `writing` has ended a transaction after it.
        """
        with explained(self.path):
            self.db.conn.execute("PRAGMA synchronous = NORMAL")
            try:
                yield self.db
            finally:
                self.db.conn.execute("PRAGMA synchronous = FULL")

    def save(self, look: Look, planned: timedelta = PLANNED) -> list[Event]:
        """Keep a look and all that it brought, in one transaction; return the events, hidden ones included.

        Saved twice, or imported again, it brings nothing the second time. `planned` is how far apart looks at
        this address are meant to be: a gap of more than twice that starts a new span.
        """
        try:
            with self.writing() as db:
                is_judged = findings.awaits_judgement(db, look.run_id)
                noticed_at = look.at if is_judged else self._noticed_at(look)
                return _save(Visit(db, self._archive, look, noticed_at, is_judged), planned)
        except ArchiveError as error:
            raise StoreError(str(error)) from error

    def judge(self, source_id: str, policy: RemovalPolicy = POLICY) -> list[Event]:
        """Judge what looks at a source told and nobody judged yet; return the events, hidden ones included.

        To be called at the end of each run, before `finish_run`; what killed runs left is judged with it,
        run by run. While the source is in quarantine its looks wait (see `quarantine`).
        """
        with self.writing() as db:
            return judging.judge(db, source_id, policy)

    def quarantine(self, source_id: str) -> str | None:
        """Return in one line since when and why nothing is told of a source's looks, or None."""
        with explained(self.path):
            return judging.quarantine(self.db, source_id)

    def known_postings(self, source_id: str, site: str) -> list[Address]:
        """Return every posting of a source on a site, in any state but purged, the longest unseen first."""
        with explained(self.path):
            return [Address(*row) for row in self.db.execute(LOOKED_AT, [source_id, site])]

    def held_articles(
        self, addresses: Iterable[Address], parsers: Iterable[str], now: datetime
    ) -> Mapping[str, Held]:
        """Return what releases may be recognised by, by address; `parsers` are those of today."""
        with explained(self.path):
            return conditional.of_articles(self.db, addresses, parsers, now)

    def held_list(self, role: Role, url: str, parsers: Iterable[str], now: datetime) -> Held | None:
        """Return what a listing or feed may be recognised by; `parsers` are those of today."""
        with explained(self.path):
            return conditional.of_list(self.db, role, url, parsers, now)

    def start_run(self, source_id: str, kind: str, at: datetime) -> int:
        """Open a run of a kind (crawl, backfill, since, import) and return its id."""
        with self.writing() as db:
            return runs.start(db, source_id, kind, at)

    def finish_run(self, run_id: int, outcome: RunOutcome) -> None:
        """Close a run; a complete one makes what it listed known. Raises LookupError for an unknown run."""
        with self.writing() as db:
            runs.finish(db, run_id, outcome, self.clock())

    def fail_run_note(self, run_id: int, reason: str) -> None:
        """Add a failure line to a run now, so that a kill does not lose it."""
        with self.writing() as db:
            runs.note(db, run_id, reason)

    def fold_runs(self, source_id: str, before: datetime) -> int:
        """Fold old runs of a source into a row a day, not all at once; return how many it were."""
        with explained(self.path):
            if not run_days.old(self.db, source_id, before, most=1):
                return 0  # and nothing is locked
        with self.writing() as db:
            runs_found = run_days.old(db, source_id, before)
            run_days.fold(db, source_id, runs_found)
            return len(runs_found)

    def known(self, source_id: str, site: str | None = None) -> Known:
        """Return what a crawl of a source starts with.

        `stored` names the postings on the sites that this source ever listed and on `site`, so that a new
        section of a known site fetches nothing twice.
        """
        with explained(self.path):
            return pending.known(self.db, source_id, site, self.clock())

    def set_backfill(self, source_id: str, url: str | None) -> None:
        """Keep the listing page where a back-fill goes on; None forgets it."""
        with self.writing() as db:
            pending.set_backfill(db, source_id, url)

    def source_overrides(self) -> dict[str, Row]:
        """Return what a user added or switched: rows of `sources` by id."""
        with explained(self.path):
            return sources.overrides(self.db)

    def save_source(self, source: Source) -> None:
        """Keep a newsroom that a user added or changed."""
        with self.writing() as db:
            sources.save(db, source, self.clock())

    def set_enabled(self, source_id: str, enabled: bool) -> None:  # a value, not a mode
        """Keep that a user wants a source crawled, or not."""
        with self.writing() as db:
            sources.switch(db, source_id, self.clock(), enabled=enabled)

    def remove_source(self, source_id: str) -> None:
        """Forget what a user added or switched; releases stay."""
        with self.writing() as db:
            sources.remove(db, source_id)

    def purge(self, posting_id: int, why: str) -> Event:
        """Remove a posting's content for safety, for good, and tell of it; `finish_purges` comes after.

        All rows are emptied in one transaction. Raises LookupError where there is no such posting.
        """
        with self.writing() as db:
            return purge.empty(db, posting_id, why, self.clock())

    def finish_purges(self) -> bool:
        """Remove the bytes of purged content that still lie in files; tell whether all are gone.

        False where another process is at it or reads an older state of the database: to be tried again later.
        """
        try:
            with explained(self.path):
                done = not purge.is_unfinished(self.db)
                return done or purge.finish(self.db, folder_of(self.path), self.clock())
        except ArchiveError as error:
            raise StoreError(str(error)) from error

    def _noticed_at(self, look: Look) -> datetime:
        """Return when an event of this look is noticed: with the look, or on taking it from an archive."""
        return self.clock() if pending.is_import(self.db, look.run_id) else look.at


def _save(visit: Visit, planned: timedelta) -> list[Event]:
    look = visit.look
    pending.announce(visit.db, look)
    posting_id = pending.posting(visit.db, look.address) if look.role is Role.ARTICLE else None
    if posting_id is not None and purge.is_purged(visit.db, posting_id):
        return []  # not even that it was looked at: an answer may say what must not be kept
    if look.role is Role.ARTICLE and look.verdict is Verdict.LIVE and look.fields is not None:
        return _save_article(visit, look.fields, planned)
    if posting_id is not None and (look.verdict is Verdict.UNCHANGED or look.revision_id is not None):
        return _save_recognised(visit, posting_id, planned)
    return _save_other(visit, planned)


def _save_article(visit: Visit, fields: Fields, planned: timedelta) -> list[Event]:
    saved = revisions.save(visit, fields)
    postings.see(visit.db, saved.posting_id, visit.look)
    if visit.is_judged and not saved.is_first:
        waits = saved.revision_id is None
        read = findings.text_kept(fields) if waits else None
        brought = {"revision_id": saved.revision_id, "capture_id": saved.capture_id, "fields": read}
        findings.keep(visit.db, visit.look, saved.posting_id, brought)
    tie = Tie(saved.posting_id, saved.revision_id, saved.capture_id)
    looks.keep(visit.db, visit.look, tie, planned)
    if saved.revision_id is not None:
        conditional.keep(visit.db, visit.look, saved.revision_id)
    return list(saved.events)


def _save_recognised(visit: Visit, posting_id: int, planned: timedelta) -> list[Event]:
    """Keep that a posting says what the revision before says: by its server's word, or by its digest."""
    db, look = visit.db, visit.look
    before = looks.before(db, posting_id, look.at)
    if look.revision_id not in (None, before):
        return _save_overtaken(visit, planned)
    postings.see(db, posting_id, look)
    if visit.is_judged:
        findings.keep(db, look, posting_id, {"revision_id": before})
    looks.keep(db, look, Tie(posting_id, before), planned)
    if look.verdict is Verdict.UNCHANGED:
        conditional.count(db, look)
    else:
        conditional.keep(db, look, before)
    return []


def _save_overtaken(visit: Visit, planned: timedelta) -> list[Event]:
    """Keep a look at a posting of which an import told something newer since the look was asked for."""
    kept = revisions.kept(visit.db, visit.look.revision_id)
    if visit.look.verdict is Verdict.LIVE and kept:
        return _save_article(visit, kept.fields, planned)
    told = "unchanged since a look that is not the last one any more"
    look = replace(visit.look, verdict=Verdict.UNREADABLE, reason=told)
    return _save_other(replace(visit, look=look), planned)


def _save_other(visit: Visit, planned: timedelta) -> list[Event]:
    """Keep a look that brought no article: a listing, a feed, robots.txt, or one that reads badly."""
    db, look = visit.db, visit.look
    posting_id = pending.posting(db, look.address) if look.role is Role.ARTICLE else None
    if looks.is_kept(db, look):
        return []
    if look.role is Role.ARTICLE and posting_id is None:
        pending.missed(db, look)
    evidence = captures.keep(visit) if captures.reads_badly(look) else captures.NOTHING
    if look.listing is not None and look.verdict is Verdict.LIVE:
        conditional.keep(db, look)
    elif look.listing is not None:
        conditional.count(db, look)
    if visit.is_judged:
        read = findings.text_kept(look.fields) if look.fields else None
        findings.keep(db, look, posting_id, {"capture_id": evidence.capture_id, "fields": read})
    if evidence.capture_id is None:
        looks.keep(db, look, Tie(posting_id), planned)
        return []
    looks.keep(db, look, Tie(posting_id, capture_id=evidence.capture_id), planned)
    return [captures.enter(visit, evidence, posting_id)]
