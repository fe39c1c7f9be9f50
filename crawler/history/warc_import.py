"""Imports of WARC files: each response becomes a look at its newsroom, at the time of its capture."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from crawler.crawl.broken_pages import BrokenPages
from crawler.parsing import reader, urls, verdicts
from crawler.parsing.html import ParseError
from crawler.parsing.platforms import PageKind, Reading
from crawler.sources.matching import SourceMatcher
from storage.archive.errors import ArchiveError
from storage.archive.reader import read_warc_pages
from storage.models import EventKind, Look, Page, RunKind, RunState, Source, Verdict
from storage.store import RunOutcome, Store
from storage.tables import revisions

# Archives hold thousands of these, and none is a release or a listing.
PAGE_PARTS = ("image/", "video/", "audio/", "font/", "text/css", "text/javascript", "application/javascript")

OnImported = Callable[[Look | None], None]  # None: a response that was skipped


class SkipReason(StrEnum):
    """Why a response of a file is not imported."""

    BAD_ADDRESS = "no usable address"
    OTHER_SITE = "not on the site of a newsroom"
    PAGE_PART = "images, styles and scripts"
    OTHER_PAGE = "neither a release nor a newsroom's listing or feed"


@dataclass(slots=True)
class ImportCounts:
    """What became of the responses of the files; the counts grow while they are read."""

    looks: Counter[str] = field(default_factory=Counter)  # by newsroom
    events: Counter[EventKind] = field(default_factory=Counter)
    skipped: Counter[SkipReason] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)  # one line each


class WarcImport:
    """One import: a run for each newsroom met, a look for each of its responses."""

    def __init__(self, store: Store, newsrooms: SourceMatcher, clock: Callable[[], datetime]) -> None:
        self.store = store
        self.newsrooms = newsrooms
        self.clock = clock
        self.counts = ImportCounts()
        self._broken_pages = BrokenPages(
            lambda look: revisions.find_known_text(store.db, look.address, look.at)
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
            for look in self._broken_pages.release_rest():
                self._save_look(look)
            state = RunState.OK
        finally:
            for source_id, run_id in self._runs.items():
                self.store.finish_run(run_id, self._build_outcome(source_id, state))
        return self.counts

    def _import_file(self, file: Path, on_imported: OnImported) -> None:
        for page, at in read_warc_pages(file, self.counts.failures.append):
            on_imported(self._import_response(page, at))

    def _import_response(self, page: Page, at: datetime) -> Look | None:
        look = self._make_look(page, at)
        if isinstance(look, SkipReason):
            self.counts.skipped[look] += 1
            return None
        for each in self._broken_pages.sort_look(look):
            self._save_look(each)
        return look

    def _save_look(self, look: Look) -> None:
        source_id = look.source_id or ""
        kinds = [event.kind for event in self.store.save_look(look) if not event.kind.is_hidden]
        self.counts.looks[source_id] += 1
        self.counts.events.update(kinds)
        self._events[source_id].update(kinds)
        if look.verdict is Verdict.UNREADABLE:
            self._failures[source_id].append(f"{look.address.url}: {look.reason or look.verdict}")
            self.counts.failures.append(self._failures[source_id][-1])

    def _make_look(self, page: Page, at: datetime) -> Look | SkipReason:
        """Return the look that a response stands for, or why it is skipped."""
        try:
            address = urls.parse_address(page.url)
        except ValueError:
            return SkipReason.BAD_ADDRESS
        if not self.newsrooms.has_site(address.site):
            return SkipReason.OTHER_SITE
        if _get_content_type(page).startswith(PAGE_PARTS):
            return SkipReason.PAGE_PART
        read, problem = _read_page(page, self.newsrooms.find_platform(address.site))
        found = self.newsrooms.match_page(address, read.kind if read else PageKind.ARTICLE)
        if found is None:
            return SkipReason.OTHER_PAGE
        source, role = found
        verdict, reason = verdicts.decide_verdict(page, read, address, problem, role=role)
        look = Look(role, address, at, verdict, source.id, self._get_run(source), page, reason=reason)
        return _add_reading(look, read)

    def _get_run(self, source: Source) -> int:
        """Return the run of a newsroom, started when its first response is met."""
        if source.id not in self._runs:
            self._runs[source.id] = self.store.start_run(source.id, RunKind.IMPORT, self.clock())
        return self._runs[source.id]

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


def _get_content_type(page: Page) -> str:
    return next((value for name, value in page.headers if name == "content-type"), "").lower()


def _read_page(page: Page, platform: str | None) -> tuple[Reading | None, str]:
    """Return what a page says, or why it could not be read."""
    try:
        return reader.read_page(page, platform), ""
    except ParseError as error:
        return None, str(error)


def _add_reading(look: Look, read: Reading | None) -> Look:
    """Return the look with what was read, where its verdict allows that."""
    if look.verdict is Verdict.LIVE and read is not None:
        return replace(look, fields=read.fields, listing=read.listing)
    if look.verdict is Verdict.REDIRECTED and look.page is not None:
        return replace(look, redirect_url=_find_redirect_url(look.page))
    return look


def _find_redirect_url(page: Page) -> str | None:
    location = next((value for name, value in page.headers if name == "location"), "")
    try:
        return urls.canonicalize_url(location, page.url)
    except ValueError:
        return None
