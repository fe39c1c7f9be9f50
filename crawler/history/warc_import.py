"""Imports of WARC files: each response becomes a look at its newsroom, at the time of its capture."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path

from crawler.crawl.broken_pages import BrokenPages
from crawler.history.archived_absences import report_archived_absences
from crawler.history.archived_looks import ArchivedLooks, SkipReason
from crawler.history.archived_renames import ArchivedRenames
from crawler.history.revisits import Revisits
from crawler.parsing.platforms import PageKind
from crawler.sources.matching import SourceMatcher
from storage.archive.errors import ArchiveError
from storage.archive.reader import ArchivedPage, Original, read_warc_pages
from storage.detection import renames
from storage.models import Address, Event, EventKind, Look, RemovalPolicy, Role, RunKind, RunState, Verdict
from storage.store import POLICY, RunOutcome, Store
from storage.tables import looks, posting_addresses, revisions

CLOCK_TOLERANCE = timedelta(minutes=5)  # between the clock of the archive's machine and ours
FIRST_PAGE_AT = datetime(1991, 8, 6, tzinfo=UTC)  # no web page was captured before there was one
# Of a revisit whose page was as before; any other status speaks for itself.
UNCHANGED_STATUSES = frozenset({HTTPStatus.OK, HTTPStatus.NOT_MODIFIED})

OnImported = Callable[[Look | None], None]  # None: a response that was skipped


@dataclass(slots=True)
class ImportCounts:
    """What became of the responses of the files; the counts grow while they are read."""

    looks: Counter[str] = field(default_factory=Counter)  # by newsroom
    events: Counter[EventKind] = field(default_factory=Counter)
    skipped: Counter[SkipReason] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)  # one line each


class WarcImport:
    """One import: a run for each newsroom met, a look for each of its responses."""

    def __init__(
        self,
        store: Store,
        newsrooms: SourceMatcher,
        clock: Callable[[], datetime],
        policy: RemovalPolicy = POLICY,
    ) -> None:
        self.store = store
        self.newsrooms = newsrooms
        self.clock = clock
        self._policy = policy
        self._met: set[int] = set()  # postings that were looked at
        self.counts = ImportCounts()
        self._broken_pages = BrokenPages(
            lambda look: revisions.find_known_text(store.db, look.address, look.at)
        )
        self._looks = ArchivedLooks(newsrooms, lambda address: self._find_posting(address) is not None)
        self._revisits = Revisits()
        self._renames = ArchivedRenames(
            lambda address, read: renames.list_postings_with_text(store.db, address, read),
            lambda look: revisions.find_known_text(store.db, look.address, look.at),
            lambda address: looks.find_last_sight(store.db, address.url),
        )
        self._runs: dict[str, int] = {}
        self._failures: dict[str, list[str]] = defaultdict(list)
        self._events: dict[str, Counter[EventKind]] = defaultdict(Counter)

    def import_files(self, files: Sequence[Path], on_imported: OnImported) -> ImportCounts:
        """Import files in order and return the counts. What was saved stays when a file cannot be read.

        Raises ArchiveError, one line, where no file at all can be read; else each such file is a failure.
        """
        state, errors = RunState.INTERRUPTED, []
        try:
            for file in files:
                try:
                    self._import_file(file, on_imported)
                except ArchiveError as error:
                    errors.append(error)
            if errors and len(errors) == len(files):
                raise errors[0]
            self.counts.failures += map(str, errors)
            self._release_held_looks()
            self._report_absences()
            state = RunState.OK
        finally:
            for source_id, run_id in self._runs.items():
                self.store.finish_run(run_id, self._build_outcome(source_id, state))
        return self.counts

    def _import_file(self, file: Path, on_imported: OnImported) -> None:
        for archived in read_warc_pages(file, self.counts.failures.append):
            on_imported(self._import_page(file, archived))

    def _import_page(self, file: Path, archived: ArchivedPage) -> Look | None:
        if problem := _explain_date(archived.at, self.clock()):
            self.counts.failures.append(f"{file.name}: {archived.page.url[:200]}: {problem}: left out")
            return None
        if archived.original and archived.page.status in UNCHANGED_STATUSES:
            self._add_revisit(archived, archived.original)
            return None
        self._revisits.note_page(archived)
        look = self._looks.make_look(archived)
        if isinstance(look, SkipReason):
            self.counts.skipped[look] += 1
            return None
        for each in self._renames.sort_look(look):
            self._settle_look(each)
        return look

    def _add_revisit(self, archived: ArchivedPage, original: Original) -> None:
        address = self._looks.find_own_address(archived.page)
        if isinstance(address, SkipReason):
            self.counts.skipped[address] += 1
        else:
            self._revisits.add_revisit(address, archived.at, original)

    def _release_held_looks(self) -> None:
        """Save the looks that waited for the end of the import."""
        for look in self._renames.release_rest():
            self._settle_look(look)
        for look in self._broken_pages.release_rest():
            self._save_look(look)
        for revisit in self._revisits.make_looks(self.store.db):
            if revisit is None:
                self.counts.skipped[SkipReason.REVISIT] += 1
            elif found := self.newsrooms.match_page(revisit.address, PageKind.ARTICLE):
                self.counts.skipped[SkipReason.REPEATED] += 1
                self._save_look(replace(revisit, source_id=found[0].id))

    def _report_absences(self) -> None:
        """Report the removals and returns that the looks show, once all of them are stored."""
        with self.store.writing() as db:
            events = report_archived_absences(db, self._met, self._policy, self.clock())
        for event in events:
            self.counts.events[event.kind] += 1
            self._events[event.source or ""][event.kind] += 1

    def _settle_look(self, look: Look) -> None:
        for each in self._broken_pages.sort_look(look):
            self._save_look(each)

    def _find_posting(self, address: Address) -> int | None:
        return posting_addresses.find_posting_id(self.store.db, address)

    def _save_look(self, look: Look) -> None:
        source_id = look.source_id or ""
        look = replace(look, run_id=self._get_run(source_id))
        events = (
            self._save_renamed(look, look.renamed_from) if look.renamed_from else self.store.save_look(look)
        )
        if look.role is Role.ARTICLE and (posting_id := self._find_posting(look.address)):
            self._met.add(posting_id)
        kinds = [event.kind for event in events if not event.kind.is_hidden]
        self.counts.looks[source_id] += 1
        self.counts.events.update(kinds)
        self._events[source_id].update(kinds)
        if look.verdict is Verdict.UNREADABLE:
            self._failures[source_id].append(f"{look.address.url}: {look.reason or look.verdict}")
            self.counts.failures.append(self._failures[source_id][-1])

    def _save_renamed(self, look: Look, former: Address) -> list[Event]:
        """Save a look at a story's new address, and the event that says so."""
        with self.store.writing() as db:
            seen_at = looks.find_last_sight(db, former.url)
            events = self.store.save_look(look)
            renamed = renames.report_rename(db, look, seen_at, self.clock())
        return [*events, renamed] if renamed else events

    def _get_run(self, source_id: str) -> int:
        """Return the run of a newsroom, started when its first response is met."""
        if source_id not in self._runs:
            self._runs[source_id] = self.store.start_run(source_id, RunKind.IMPORT, self.clock())
        return self._runs[source_id]

    def _build_outcome(self, source_id: str, state: RunState) -> RunOutcome:
        counts, failures = self._events[source_id], tuple(self._failures[source_id])
        return RunOutcome(
            complete=False,  # an archive never shows the whole newsroom
            found=counts[EventKind.FOUND],
            published=counts[EventKind.PUBLISHED],
            edited=counts[EventKind.EDITED],
            requests=0,
            failures=failures,
            state=RunState.FAILED if failures and state is RunState.OK else state,
        )


def _explain_date(at: datetime, now: datetime) -> str:
    """Return why no capture can be from an instant; empty where it can."""
    day = f"WARC-Date {at:%Y-%m-%d %H:%M} UTC"
    if at > now + CLOCK_TOLERANCE:
        return f"{day} lies in the future"
    return f"{day} lies before the web" if at < FIRST_PAGE_AT else ""
