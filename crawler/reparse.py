"""Reading kept responses again with today's parsers: a new measure, no edit; and the end of a quarantine.

Captures say what a newsroom showed; a parser that reads more of it has not seen an edit. So what differs
becomes the posting's text from the same look on. Looks that still wait for judgement are read again too and
judged against the new measure: what really changed while a source was in quarantine is told then.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from crawler.crawl import response
from crawler.parsing import reader, urls
from storage.archive import writer
from storage.archive.errors import ArchiveError
from storage.archive.writer import CaptureRef, get_archive_folder
from storage.db.rows import Row
from storage.models import (HIDDEN_EVENTS, Address, EventKind, Look, RemovalPolicy, Role, RunState, Source, Verdict)
from storage.queries import queries
from storage.store import Store
from storage.tables import baselines, findings, pending, quarantines
from storage.tables.baselines import OutdatedPosting

Progress = Callable[[int, int], None]  # captures read, captures in all


@dataclass(slots=True)
class ReparseCounts:
    """What reading a source's captures again brought; grows meanwhile."""

    source: str
    read: int = 0  # captures
    unchanged: int = 0  # nothing new
    baselined: int = 0  # a new measure
    without_capture: int = 0  # no response was kept with the text
    replayed: Counter[str] = field(default_factory=Counter)  # events of looks that waited, by kind
    was_quarantined: bool = False
    quarantine: str | None = None  # why nothing is told of the source yet, in one line
    failures: list[str] = field(default_factory=list)  # one line each


class SourceReparse:
    """Reads a source's captures again. Killed at any moment, it goes on where it was when started again."""

    def __init__(self, store: Store, source: Source, policy: RemovalPolicy, progress: Progress) -> None:
        self.store = store
        self.source = source
        self.policy = policy
        self.counts = ReparseCounts(source.id)
        self._progress = progress
        self._folder = get_archive_folder(store.path)

    def reparse_source(self) -> ReparseCounts:
        """Set the measure anew, then judge what waited in quarantine; return what came of it."""
        self.counts.was_quarantined = quarantines.describe_quarantine(self.store.db, self.source.id) is not None
        self.update_baselines()
        with self.store.writing() as db:
            pending.reset_retries(db, self.source.id)
        waiting = baselines.list_rereadable_findings(self.store.db, self.source.id)
        for done, (row, ref) in enumerate(waiting, 1):
            self._reread(row, ref)
            self._progress(done, len(waiting))
        if self.counts.was_quarantined:
            self._judge()
        return self.counts

    def update_baselines(self) -> None:
        """Let postings say what today's parsers read in their captures."""
        old = baselines.find_outdated_postings(self.store.db, self.source.id, reader.current_article_parsers())
        for done, one in enumerate(old, 1):
            self._measure(one)
            self._progress(done, len(old))

    def _measure(self, old: OutdatedPosting) -> None:
        """Let a posting say what its capture says to today's parser."""
        if old.ref is None:
            self.counts.without_capture += 1
            return
        look = self._look(old.address, old.ref)
        if look is None:
            return
        if look.fields is None:
            self.counts.failures.append(f"{old.address.url}: {look.verdict}: {look.reason}")
            return
        with self.store.writing() as db:
            event = baselines.replace_baseline(db, old, look.fields, self.source.id, self.store.clock())
        self.counts.baselined += event is not None
        self.counts.unchanged += event is None

    def _reread(self, row: Row, ref: CaptureRef) -> None:
        """Put today's reading in the place of that of a look that waits for judgement."""
        role = Role(row["role"])
        where = Address(row["site"], row["number"], row["url"]) if row["site"] else urls.parse_address(row["url"])
        look = self._look(where, ref, role)
        if look is None:
            return
        with self.store.writing() as db:
            if role is Role.ARTICLE:
                findings.update_article_finding(db, row["id"], look.verdict, look.fields)
            else:
                findings.update_list_finding(db, row["id"], look.verdict, look.listing.entries if look.listing else ())

    def _judge(self) -> None:
        """Judge what waited; where the source reads as badly as before, all stays as it was."""
        if any(run.state is RunState.RUNNING for run in queries.runs(self.store, self.source.id)):
            self.counts.failures.append(f"{self.source.id}: a crawl of it is running; reparse again after it")
        else:
            self.counts.replayed.update(self._judged())
        self.counts.quarantine = quarantines.describe_quarantine(self.store.db, self.source.id)

    def _judged(self) -> list[str]:
        with self.store.writing() as db:
            db.execute("SAVEPOINT judged")
            quarantines.end_quarantine(db, self.source.id)
            events = self.store.detect_changes(self.source.id, self.policy)
            if any(event.kind is EventKind.QUARANTINED for event in events):
                db.execute("ROLLBACK TO judged")
                events = []
            db.execute("RELEASE judged")
        return [str(event.kind) for event in events if event.kind not in HIDDEN_EVENTS]

    def _look(self, address: Address, ref: CaptureRef, role: Role = Role.ARTICLE) -> Look | None:
        """Return what a kept response tells today; None, and a failure, where it is not there any more."""
        try:
            page = writer.read_capture(self._folder, ref)
        except ArchiveError as error:
            self.counts.failures.append(str(error))
            return None
        self.counts.read += 1
        asked = Look(role, address, self.store.clock(), Verdict.UNREADABLE, self.source.id)
        return response.judge_page(asked, page, self.source.platform)


def refresh_baselines(store: Store, sources: Sequence[Source], policy: RemovalPolicy) -> None:
    """Let today's parsers set the measure before looks are compared with it; quarantines stay."""
    for source in sources:
        SourceReparse(store, source, policy, lambda done, rows: None).update_baselines()


def list_outdated_sources(store: Store, sources: Sequence[Source]) -> list[Source]:
    """Return the sources with captures to read again: read by older parsers, or in quarantine."""
    present = reader.current_article_parsers()
    return [
        source
        for source in sources
        if quarantines.describe_quarantine(store.db, source.id) or baselines.find_outdated_postings(store.db, source.id, present)
    ]
