"""`milwire demo`: crawl a made-up newsroom on this machine and show what milwire does, without a network."""

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.cli.crawl import CrawlReporter, crawl_with_progress
from crawler.cli.events import print_event
from crawler.cli.options import CommandError, open_existing_store, open_store_for_writing
from crawler.cli.search import print_hits
from crawler.cli.terminal import print_line
from storage.models import Event, EventKind, Source

if TYPE_CHECKING:
    from crawler.config import Config
    from crawler.crawl.run import CrawlOutcome
    from storage.store import Store

MONTH = "practice-month"  # id of the source whose month is played
MARK = ".made-by-milwire-demo"
DATABASE = "milwire.db"
DEMO_FILES = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", f"{DATABASE}.warc")
CONTACT = "demo@localhost.invalid"
DELAY_S = 0.02  # loopback only; a crawl of a public host never goes below one second
MONTH_DELAY_S = 0.005  # the same
SHOWN = 8  # releases in the table
SEARCHES = ("quieter generator", "훈련")
PUBLISHING_SITE = "meridian"  # the practice site that publishes one more release between the crawls
SHOWN_KINDS = frozenset({EventKind.PUBLISHED, EventKind.EDITED, EventKind.REMOVED, EventKind.RETURNED})


def demo_command(
    folder: Annotated[
        Path, typer.Option("--dir", file_okay=False, help="Folder for the demo's database.")
    ] = Path("milwire-demo"),
) -> None:
    """Try milwire on a made-up newsroom on this machine. Needs no network."""
    started = time.monotonic()
    db = prepare_folder(folder) / DATABASE
    returned = play_month(db)
    crawl_practice(db)
    for words in SEARCHES:
        show_search(db, words)
    print_next_steps(db, returned, time.monotonic() - started)


def prepare_folder(folder: Path) -> Path:
    """Return the demo folder, emptied of an earlier demo; CommandError if it holds anything else."""
    mark = folder / MARK
    if folder.exists() and any(folder.iterdir()) and not mark.exists():
        raise CommandError(f"{folder} has other files in it; choose another folder with --dir")
    folder.mkdir(parents=True, exist_ok=True)
    mark.touch()
    for name in DEMO_FILES:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return folder


def play_month(db: Path) -> int:
    """Play a month of a made-up newsroom, print what milwire finds; return the release that came back."""
    import simulator
    from crawler.config import Config
    from simulator import demo_month as months
    from simulator import life

    played, config = months.demo_month(), Config(contact=CONTACT, delay_s=MONTH_DELAY_S)
    start, clock = played.looks[0], SettableClock(played.looks[0])
    upcoming = list(played.chapters)
    events: list[Event] = []
    print_line(f"A month of a made-up newsroom in seconds, crawled {len(played.looks)} times.", "bold")
    with (
        simulator.serve(life.newsroom_at(played.life, start), clock=clock) as served,
        open_store_with_clock(db, clock) as store,
    ):
        source = replace(served.site(played.site).sources[0], id=MONTH)
        store.save_source(source)
        for at in played.looks:
            while upcoming and upcoming[0].at <= at:
                chapter = upcoming.pop(0)
                print_line(f"\n{chapter.at:%Y-%m-%d}: the newsroom {chapter.words}.", "cyan")
            clock.set_time(at)
            months.show_at(served, played.life, at)
            events += crawl_and_look_again(store, source, config, clock, again=at > start)
    return find_returned_release(events)


class SettableClock:
    """A clock that can be set and runs on from there, so that a month passes in seconds."""

    def __init__(self, at: datetime) -> None:
        self.set_time(at)

    def set_time(self, at: datetime) -> None:
        """Set the clock."""
        self._at, self._since = at, time.monotonic()

    def __call__(self) -> datetime:
        """Return the time."""
        return self._at + timedelta(seconds=time.monotonic() - self._since)


@contextmanager
def open_store_with_clock(db: Path, clock: SettableClock) -> Iterator["Store"]:
    """Open a database for writing, with another clock than the machine's."""
    from storage.store import Store

    store = Store.open(db, clock=clock)
    try:
        yield store
    finally:
        store.close()


def crawl_and_look_again(
    store: "Store", source: Source, config: "Config", clock: SettableClock, *, again: bool
) -> list[Event]:
    """Crawl the newsroom, and fetch known releases again if `again`; print the events and return them."""
    from crawler import runner
    from crawler.crawl.pagination import CrawlPlan
    from crawler.crawl.run import CrawlRun

    events: list[Event] = []
    run = CrawlRun(
        source,
        CrawlPlan(look_again=again),
        store,
        config,
        clock=clock,
        on_look=lambda _, noted: events.extend(noted),
        on_events=events.extend,
    )
    loop = runner.get_loop()
    result = loop.run_until_complete(runner.execute_run(runner.create_runner(), run))
    if result.failures:
        raise CommandError(f"the demo's crawl failed: {result.failures[0]}")
    print_month_events(events, is_first=not again)
    return events


def print_month_events(events: list[Event], *, is_first: bool) -> None:
    """Print the events of a crawl with their evidence and the words that changed."""
    if is_first:
        found = sum(event.kind is EventKind.FOUND for event in events)
        print_line(f"First crawl: {found} releases found. They were already there; we can't tell since when.")
    for event in events:
        if event.kind in SHOWN_KINDS:
            print_event(event)


def find_returned_release(events: list[Event]) -> int:
    """Return the release that was taken down and returned."""
    for event in events:
        if event.kind is EventKind.RETURNED and event.release is not None:
            return event.release
    raise CommandError("the demo missed the return of a release; this is a bug in milwire")


def crawl_practice(db: Path) -> None:
    """Crawl the practice newsroom, let it publish one more release, crawl again; print what was found."""
    import simulator
    from crawler.config import Config
    from crawler.crawl.pagination import CrawlPlan

    config = Config(contact=CONTACT, delay_s=DELAY_S)
    with simulator.serve(simulator.practice_newsroom()) as served:
        sources = [source for site in served.sites for source in site.sources]
        with open_store_for_writing(db) as store:
            for source in sources:
                store.save_source(source)
        print_line(
            f"\nCrawling {len(served.sites)} made-up sites with {len(sources)} newsroom sections.",
            "bold",
        )
        report_crawl(db, *crawl_with_progress(sources, CrawlPlan(), db, config))
        served.publish(PUBLISHING_SITE, simulator.another_post(served.newsroom, PUBLISHING_SITE))
        print_line("\nOne of them publishes another release. Crawling again.", "bold")
        report_crawl(db, *crawl_with_progress(sources, CrawlPlan(), db, config))


def report_crawl(db: Path, reporter: CrawlReporter, results: "list[CrawlOutcome]") -> None:
    """Print what a crawl found; CommandError if anything failed."""
    from storage.queries.status import read_status

    reporter.print_new_postings(SHOWN)
    with open_existing_store(db) as store:
        stored = read_status(store).releases
    found, published, requests = (
        sum(getattr(result, name) for result in results) for name in ("found", "published", "requests")
    )
    print_line(
        f"{found} found, {published} published, {requests} requests; {stored} releases stored, each once"
    )
    failures = [f"{result.source_id}: {failure}" for result in results for failure in result.failures]
    if failures:
        raise CommandError(f"the demo's crawl had {len(failures)} failures, the first: {failures[0]}")


def show_search(db: Path, words: str) -> None:
    """Run a search and print its results."""
    from storage.queries.search import search_releases as find

    print_line(f"\nmilwire search {words}", "bold")
    with open_existing_store(db) as store:
        print_hits(find(store, words, 2))


def find_program_name() -> str:
    """Return how to call `milwire` in this shell."""
    called = Path(sys.argv[0])
    return str(called) if called.name == "milwire" and not shutil.which("milwire") else "milwire"


def print_next_steps(db: Path, returned: int, took_s: float) -> None:
    """Print where the database is and what to type next."""
    print_line(f"\nDone in {took_s:.0f} s. The database is {db}, the captures are in {db}.warc/.", "bold")
    for command, what in (
        (f"browse --db {db}", "browse the database"),
        (f"diff {returned} --db {db}", "what was changed in the release that came back"),
        (f"show {returned} --db {db}", "its full history"),
        (f"events --db {db}", "everything that happened"),
        ("sources find korea", "choose a real newsroom"),
        ("crawl usfk-news", "crawl it (see the README for what to set first)"),
    ):
        print_line(f"  {find_program_name()} {command:<40} {what}")
