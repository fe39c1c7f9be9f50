"""Reading stored captures again with today's parsers. A difference in reading is a new baseline, not an edit.

What a newsroom showed is in the captures, so where today's parser reads more, that becomes the posting's text
from the same look on. Looks in quarantine are read again too and compared with the new baselines: what really
changed meanwhile is reported then.
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
from storage.models import (
    Address,
    EventKind,
    Look,
    RemovalPolicy,
    Role,
    RunState,
    Source,
    Verdict,
)
from storage.queries import runs
from storage.store import Store
from storage.tables import baselines, findings, pending, quarantines
from storage.tables.baselines import OutdatedPosting

OnProgress = Callable[[int, int], None]  # captures read, captures in all


@dataclass(slots=True)
class ReparseCounts:
    """What came of reading a newsroom's captures again; the counts grow meanwhile."""

    source: str
    read: int = 0  # captures
    unchanged: int = 0  # read as before
    baselined: int = 0  # read differently
    without_capture: int = 0  # no response is stored with the text
    replayed: Counter[str] = field(default_factory=Counter)  # events of looks in quarantine, by kind
    was_quarantined: bool = False
    quarantine: str | None = None  # one line: why changes of the newsroom are still not reported
    failures: list[str] = field(default_factory=list)  # one line each


class SourceReparse:
    """Reads a newsroom's captures again. After a kill, the next reparse goes on where it stopped."""

    def __init__(self, store: Store, source: Source, policy: RemovalPolicy, on_progress: OnProgress) -> None:
        self.store = store
        self.source = source
        self.policy = policy
        self.counts = ReparseCounts(source.id)
        self._on_progress = on_progress
        self._folder = get_archive_folder(store.path)

    def reparse_source(self) -> ReparseCounts:
        """Update the baselines, then end a quarantine if its looks can be read now; return the counts."""
        self.counts.was_quarantined = self._describe_quarantine() is not None
        self.update_baselines()
        with self.store.writing() as db:
            pending.reset_retries(db, self.source.id)
        waiting = baselines.list_rereadable_findings(self.store.db, self.source.id)
        for done, (row, ref) in enumerate(waiting, 1):
            self._reread_finding(row, ref)
            self._on_progress(done, len(waiting))
        if self.counts.was_quarantined:
            self._end_quarantine()
        return self.counts

    def update_baselines(self) -> None:
        """Give each posting the text that today's parsers read in its capture."""
        old = baselines.find_outdated_postings(
            self.store.db, self.source.id, reader.current_article_parsers()
        )
        for done, one in enumerate(old, 1):
            self._update_baseline(one)
            self._on_progress(done, len(old))

    def _update_baseline(self, old: OutdatedPosting) -> None:
        if old.ref is None:
            self.counts.without_capture += 1
            return
        look = self._read_capture(old.address, old.ref)
        if look is None:
            return
        if look.fields is None:
            self.counts.failures.append(f"{old.address.url}: {look.verdict}: {look.reason}")
            return
        with self.store.writing() as db:
            event = baselines.replace_baseline(db, old, look.fields, self.source.id, self.store.clock())
        self.counts.baselined += event is not None
        self.counts.unchanged += event is None

    def _reread_finding(self, row: Row, ref: CaptureRef) -> None:
        """Replace what was read at a look that waits for detection by what today's parser reads."""
        role = Role(row["role"])
        url, site = row["url"], row["site"]
        look = self._read_capture(
            Address(site, row["number"], url) if site else urls.parse_address(url), ref, role
        )
        if look is None or _is_broken_page(row, look):
            return
        entries = look.listing.entries if look.listing else ()
        with self.store.writing() as db:
            if role is Role.ARTICLE:
                findings.update_article_finding(db, row["id"], look.verdict, look.fields)
            else:
                findings.update_list_finding(db, row["id"], look.verdict, entries)

    def _end_quarantine(self) -> None:
        """Report what changed during the quarantine; it stays where the newsroom reads as badly as before."""
        if any(run.state is RunState.RUNNING for run in runs.list_runs(self.store, self.source.id)):
            self.counts.failures.append(
                f"{self.source.id}: a crawl is running; run `milwire reparse` again after it"
            )
        else:
            self.counts.replayed.update(self._replay_findings())
        self.counts.quarantine = self._describe_quarantine()

    def _describe_quarantine(self) -> str | None:
        return quarantines.describe_quarantine(self.store.db, self.source.id)

    def _replay_findings(self) -> list[str]:
        with self.store.writing() as db:
            db.execute("SAVEPOINT replay")
            quarantines.end_quarantine(db, self.source.id)
            events = self.store.detect_changes(self.source.id, self.policy)
            if any(event.kind is EventKind.QUARANTINED for event in events):
                db.execute("ROLLBACK TO replay")
                events = []
            db.execute("RELEASE replay")
        return [str(event.kind) for event in events if not event.kind.is_hidden]

    def _read_capture(self, address: Address, ref: CaptureRef, role: Role = Role.ARTICLE) -> Look | None:
        """Return the look that a capture makes today. None, and a failure, where it cannot be read."""
        try:
            page = writer.read_capture(self._folder, ref)
        except ArchiveError as error:
            self.counts.failures.append(str(error))
            return None
        self.counts.read += 1
        look = Look(role, address, self.store.clock(), Verdict.UNREADABLE, self.source.id)
        return response.judge_page(look, page, self.source.platform)


def _is_broken_page(row: Row, look: Look) -> bool:
    """Return whether a look was found to break off; its page alone does not show that."""
    was_broken = row["verdict"] == Verdict.UNREADABLE and bool(row["is_damaged"])
    return was_broken and look.fields is not None and not look.fields.has_end


def refresh_baselines(store: Store, sources: Sequence[Source], policy: RemovalPolicy) -> None:
    """Update the baselines of newsrooms before a crawl compares looks with them; quarantines stay."""
    for source in sources:
        SourceReparse(store, source, policy, lambda done, rows: None).update_baselines()


def list_outdated_sources(store: Store, sources: Sequence[Source]) -> list[Source]:
    """Return the newsrooms with captures to read again: read by older parsers, or in quarantine."""
    db, present = store.db, reader.current_article_parsers()
    return [
        source
        for source in sources
        if quarantines.describe_quarantine(db, source.id)
        or baselines.find_outdated_postings(db, source.id, present)
    ]
