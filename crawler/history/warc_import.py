"""Taking responses out of somebody's WARC file: looks at their own time, for the newsrooms they belong to."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from crawler.parsing import reader, urls, verdicts
from crawler.parsing.html import ParseError
from crawler.parsing.platforms import PageKind, Reading
from crawler.sources.matching import Newsrooms
from storage.archive.errors import ArchiveError
from storage.archive.reader import read_warc_pages
from storage.models import HIDDEN_EVENTS, Look, Page, RunKind, RunState, Source, Verdict
from storage.store import RunOutcome, Store

# Parts of pages: they come in archives by the thousand and can be neither release nor listing.
PARTS = ("image/", "video/", "audio/", "font/", "text/css", "text/javascript", "application/javascript")

OnLook = Callable[[Look | None], None]  # None: a response that was passed over


@dataclass(slots=True)
class ImportCounts:
    """What became of the responses of a file; grows while it is read."""

    looks: Counter[str] = field(default_factory=Counter)  # by newsroom
    events: Counter[str] = field(default_factory=Counter)  # by kind
    skipped: Counter[str] = field(default_factory=Counter)  # by reason
    failures: list[str] = field(default_factory=list)  # one line each


class WarcImport:
    """One import: a run for each newsroom met, a look for each of its responses."""

    def __init__(self, store: Store, newsrooms: Newsrooms, clock: Callable[[], datetime]) -> None:
        self.store = store
        self.newsrooms = newsrooms
        self.clock = clock
        self.counts = ImportCounts()
        self._runs: dict[str, int] = {}
        self._failures: dict[str, list[str]] = defaultdict(list)
        self._events: dict[str, Counter[str]] = defaultdict(Counter)

    def import_files(self, files: Sequence[Path], on_look: OnLook) -> ImportCounts:
        """Import files in order and return the counts. What was saved stays when a file cannot be read.

        Raises ArchiveError, one line, where no file at all can be read; else each such file is a failure.
        """
        state, errors = RunState.INTERRUPTED, []
        try:
            for file in files:
                try:
                    self._import_file(file, on_look)
                except ArchiveError as error:
                    errors.append(error)
            if errors and len(errors) == len(files):
                raise errors[0]
            self.counts.failures += map(str, errors)
            state = RunState.OK
        finally:
            for source_id, run_id in self._runs.items():
                self.store.finish_run(run_id, self._outcome(source_id, state))
        return self.counts

    def _import_file(self, file: Path, on_look: OnLook) -> None:
        for page, at in read_warc_pages(file, self.counts.failures.append):
            on_look(self._take(page, at))

    def _take(self, page: Page, at: datetime) -> Look | None:
        made = self._look(page, at)
        if isinstance(made, str):
            self.counts.skipped[made] += 1
            return None
        source_id = made.source_id or ""
        events = [event for event in self.store.save_look(made) if event.kind not in HIDDEN_EVENTS]
        self.counts.looks[source_id] += 1
        self.counts.events.update(str(event.kind) for event in events)
        self._events[source_id].update(str(event.kind) for event in events)
        if made.verdict is Verdict.UNREADABLE:
            self._failures[source_id].append(f"{made.address.url}: {made.reason or made.verdict}")
            self.counts.failures.append(self._failures[source_id][-1])
        return made

    def _look(self, page: Page, at: datetime) -> Look | str:
        """Return the look that a response is, or why it is none of ours."""
        try:
            address = urls.parse_address(page.url)
        except ValueError:
            return "no usable address"
        if not self.newsrooms.on_site(address.site):
            return "not on the site of a newsroom"
        if _content_type(page).startswith(PARTS):
            return "images, styles and scripts"
        read, problem = _read(page, self.newsrooms.platform(address.site))
        found = self.newsrooms.of(address, read.kind if read else PageKind.ARTICLE)
        if found is None:
            return "neither a release nor a newsroom's listing or feed"
        source, role = found
        verdict, reason = verdicts.decide_verdict(page, read, address, problem, role=role)
        look = Look(role, address, at, verdict, source.id, self._run(source), page, reason=reason)
        return _complete(look, read)

    def _run(self, source: Source) -> int:
        if source.id not in self._runs:
            self._runs[source.id] = self.store.start_run(source.id, RunKind.IMPORT, self.clock())
        return self._runs[source.id]

    def _outcome(self, source_id: str, state: RunState) -> RunOutcome:
        counts, failures = self._events[source_id], tuple(self._failures[source_id])
        return RunOutcome(
            complete=False,  # an archive is no look at the whole newsroom
            found=counts["found"],
            published=counts["published"],
            edited=counts["edited"],
            requests=0,
            failures=failures,
            state=RunState.FAILED if failures and state is RunState.OK else state,
        )


def _content_type(page: Page) -> str:
    return next((value for name, value in page.headers if name == "content-type"), "").lower()


def _read(page: Page, platform: str | None) -> tuple[Reading | None, str]:
    """Return what a page says, or why it could not be read."""
    try:
        return reader.read_page(page, platform), ""
    except ParseError as error:
        return None, str(error)


def _complete(look: Look, read: Reading | None) -> Look:
    """Return the look with what was read, as far as its verdict lets it count."""
    if look.verdict is Verdict.LIVE and read is not None:
        return replace(look, fields=read.fields, listing=read.listing)
    if look.verdict is Verdict.REDIRECTED and look.page is not None:
        return replace(look, redirect_url=_target(look.page))
    return look


def _target(page: Page) -> str | None:
    location = next((value for name, value in page.headers if name == "location"), "")
    try:
        return urls.canonicalize_url(location, page.url)
    except ValueError:
        return None
