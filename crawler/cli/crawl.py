"""`milwire crawl`: crawl newsrooms now and print what is new."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress

from crawler.cli import json_logs
from crawler.cli.events import print_event
from crawler.cli.lookup import find_sources
from crawler.cli.options import (
    CommandError,
    DbOption,
    JsonOption,
    LogJsonOption,
    load_settings,
    open_store_if_any,
    parse_day_option,
)
from crawler.cli.terminal import (
    escape_line,
    make_table,
    print_json,
    print_line,
    print_message,
    show_progress,
    stdout_console,
)
from storage.models import Event, Look, RunState, Source

if TYPE_CHECKING:
    from crawler.config import Config
    from crawler.crawl.pagination import CrawlPlan
    from crawler.crawl.run import CrawlOutcome

SHOWN = 30  # new releases in the table; `milwire events` has them all
UNFINISHED = frozenset({RunState.FAILED, RunState.INTERRUPTED})

LimitOption = Annotated[
    int | None, typer.Option("--limit", min=1, help="At most this many releases per newsroom.")
]
SinceDayOption = Annotated[
    date | None,
    typer.Option(
        "--since",
        parser=parse_day_option,
        metavar="DATE",
        help="Fetch releases back to this day, e.g. 2026-11-01.",
    ),
]
SitemapOption = Annotated[
    bool,
    typer.Option("--sitemap", help="With --backfill: find them in the site map, not in the listing pages."),
]
LookAgainOption = Annotated[
    bool,
    typer.Option("--look-again", help="Fetch every known release again, to find edits and removals."),
]


def crawl_command(
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCE",
            help="Newsrooms: ids, branch:NAME, tag:NAME or under:NAME; default: all enabled ones.",
        ),
    ] = None,
    limit: LimitOption = None,
    since: SinceDayOption = None,
    backfill: Annotated[bool, typer.Option("--backfill", help="Fetch all older releases.")] = False,
    sitemap: SitemapOption = False,
    look_again: LookAgainOption = False,
    log_json: LogJsonOption = False,
    db: DbOption = Path("milwire.db"),
    as_json: JsonOption = False,
) -> None:
    """Crawl newsrooms now. Stores what is new, prints it, and reports failures."""
    from crawler.crawl.pagination import CrawlPlan

    if backfill and since:
        raise typer.BadParameter("--backfill fetches all older releases; leave out --since")
    if sitemap and not backfill:
        raise typer.BadParameter("--sitemap works only with --backfill")
    plan = CrawlPlan(
        limit=limit, since=since, backfill=backfill and not sitemap, look_again=look_again, sitemap=sitemap
    )
    if log_json:
        with json_logs.log_as_json():
            crawl_with_log(ids or [], plan, db, as_json=as_json)
        return
    wanted, config = choose_sources(ids or [], db)
    reporter, results = crawl_with_progress(wanted, plan, db, config)
    if as_json:
        from crawler.cli.reporter import make_visit_json

        for result in results:
            print_json(make_visit_json(result))
    else:
        reporter.print_new_postings()
        reporter.print_events()
        print_summary(results)
    report_failures(results)


def choose_sources(ids: Sequence[str], db: Path) -> "tuple[Sequence[Source], Config]":
    """Return the newsrooms with these ids, or all enabled ones if there are none, and the configuration."""
    with open_store_if_any(db) as store:
        wanted = find_sources(store, ids)
    config = load_settings(db)
    check_can_crawl(wanted, config, db)
    return wanted, config


def crawl_with_log(ids: Sequence[str], plan: "CrawlPlan", db: Path, *, as_json: bool) -> None:
    """Crawl, log each event as it happens, then each visit; exit code 1 if anything failed."""
    from crawler import runner
    from crawler.cli.reporter import LogOutput

    wanted, config = choose_sources(ids, db)
    log = LogOutput(prints_visits=as_json)
    log.set_sources(wanted)

    def log_look(look: Look, events: Sequence[Event]) -> None:
        log_events(events)

    def log_events(events: Sequence[Event]) -> None:
        for event in events:
            log.log_event(event)

    results = runner.crawl_newsrooms(wanted, plan, db, config, log_look, log_events)
    for result in results:
        log.report_visit(result, ())
    if any(result.state in UNFINISHED for result in results):
        raise typer.Exit(1)


def check_can_crawl(wanted: Sequence[Source], config: "Config", db: Path) -> None:
    """Raise CommandError if there is nothing to crawl, or a public host but no contact address."""
    if not wanted:
        raise CommandError("no newsroom is enabled; enable one with `milwire sources enable ID`")
    public = [source.id for source in wanted if not source.private]
    if public and config.contact is None:
        raise CommandError(
            f"{public[0]} is on a public host, and its webmaster must be able to reach you: add the line"
            f' contact = "you@example.org" with your own address to {db.parent / "milwire.toml"}'
        )


@dataclass(frozen=True, slots=True)
class NewPosting:
    """A posting that was not there before."""

    event: Event
    published_on: date | None


class CrawlReporter:
    """Shows the progress of a crawl, and prints what it found when it is over."""

    def __init__(self, bar: Progress) -> None:
        self.new_postings: list[NewPosting] = []
        self.events: list[Event] = []  # decided when a run ends: edits, removals, returns ...
        self._bar = bar
        self._task = bar.add_task("", total=None)

    def record_look(self, look: Look, events: list[Event]) -> None:
        """Show a look on the progress bar; keep the new postings that it brought."""
        published_on = look.fields.published_on if look.fields else None
        self.new_postings += [NewPosting(event, published_on) for event in events if event.kind.is_first]
        what = look.fields.title[:60] if look.fields else str(look.role)
        self._bar.update(self._task, advance=1, description=escape_line(f"{look.source_id}: {what}"))

    def record_events(self, events: list[Event]) -> None:
        """Keep the events that were decided at the end of a run."""
        self.events += [event for event in events if not event.kind.is_hidden]

    def print_events(self, most: int = SHOWN) -> None:
        """Print what happened to known releases, with the evidence; count what is left out."""
        for event in self.events[:most]:
            print_event(event)
        if len(self.events) > most:
            print_line(f"... and {len(self.events) - most} more; `milwire events` shows them all", "dim")

    def print_new_postings(self, most: int = SHOWN) -> None:
        """Print a table of new postings by printed date, the latest first; count what is left out."""
        self.new_postings.sort(key=lambda one: one.published_on or date.min, reverse=True)
        rows = [
            (one.event.kind, one.published_on, one.event.source, one.event.release, one.event.title)
            for one in self.new_postings
        ]
        if rows:
            stdout_console().print(make_table(("what", "day", "newsroom", "release", "title"), rows[:most]))
        if len(rows) > most:
            print_line(f"... and {len(rows) - most} more", "dim")


def crawl_with_progress(
    wanted: Sequence[Source], plan: "CrawlPlan", db: Path, config: "Config"
) -> tuple[CrawlReporter, "list[CrawlOutcome]"]:
    """Crawl newsrooms with a progress bar; return what was found and the result of each run."""
    from crawler import runner

    with show_progress() as bar:
        reporter = CrawlReporter(bar)
        return reporter, runner.crawl_newsrooms(
            wanted, plan, db, config, reporter.record_look, reporter.record_events
        )


def print_summary(results: "Sequence[CrawlOutcome]") -> None:
    """Print one line per run."""
    for result in results:
        print_line(
            f"{result.source_id}: {result.found} found, {result.published} published,"
            f" {result.edited} edited, {result.requests} requests, {result.state}"
        )


def report_failures(results: "Sequence[CrawlOutcome]") -> None:
    """Print each failure on stderr, one line each; exit code 1 if a run failed or was interrupted."""
    for result in results:
        for failure in result.failures:
            print_message(f"{result.source_id}: {failure}", "red")
        if result.state is RunState.INTERRUPTED:
            print_message(f"{result.source_id}: interrupted; the next crawl continues from here", "red")
    if any(result.state in UNFINISHED for result in results):
        raise typer.Exit(1)
