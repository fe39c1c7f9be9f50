"""`milwire crawl`: visit newsrooms now, and say what is new."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress

from crawler.cli import json_logs
from crawler.cli.events import print_event
from crawler.cli.options import CommandError, Db, Json, LogJson, calendar_day, settings, store_if_any
from crawler.cli.terminal import note, one_line, out, print_json, progress, say, table
from crawler.sources import catalog
from storage.models import HIDDEN_EVENTS, Event, Look, Source

if TYPE_CHECKING:
    from crawler.config import Config
    from crawler.crawl.pagination import Plan
    from crawler.crawl.run import RunResult

SHOWN = 30  # new releases in the table; `milwire events` has them all
UNDONE = frozenset({"failed", "interrupted"})


def crawl(
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="SOURCE...", help="Newsrooms by id; all enabled ones without."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="At most so many releases each.")
    ] = None,
    since: Annotated[
        date | None,
        typer.Option(
            "--since", parser=calendar_day, metavar="DATE", help="Go back to this day, e.g. 2026-11-01."
        ),
    ] = None,
    backfill: Annotated[bool, typer.Option("--backfill", help="Go back to the first release.")] = False,
    sitemap: Annotated[
        bool, typer.Option("--sitemap", help="With --backfill: by the site map, not by all listing pages.")
    ] = False,
    look_again: Annotated[
        bool, typer.Option("--look-again", help="Look at every known release, for edits and removals.")
    ] = False,
    log_json: LogJson = False,
    db: Db = Path("milwire.db"),
    as_json: Json = False,
) -> None:
    """Visit newsrooms now. Stores what is new, prints it, and says what failed."""
    from crawler.crawl.pagination import Plan

    if backfill and since:
        raise typer.BadParameter("--backfill goes back to the first release; leave out --since")
    if sitemap and not backfill:
        raise typer.BadParameter("--sitemap says how to go back; give it with --backfill")
    plan = Plan(
        limit=limit, since=since, backfill=backfill and not sitemap, look_again=look_again, sitemap=sitemap
    )
    if log_json:
        with json_logs.as_json():
            run_logged(ids or [], plan, db, as_json=as_json)
        return
    wanted, config = chosen(ids or [], db)
    watch, results = visit(wanted, plan, db, config)
    if as_json:
        for result in results:
            print_json(result)
    else:
        watch.print_new()
        watch.print_judged()
        summarise(results)
    complain(results)


def chosen(ids: Sequence[str], db: Path) -> "tuple[Sequence[Source], Config]":
    """Return the newsrooms that are named, all enabled ones without a name, and the configuration."""
    with store_if_any(db) as store:
        wanted = [catalog.find(store, one) for one in dict.fromkeys(ids)] if ids else catalog.enabled(store)
    config = settings(db)
    check(wanted, config, db)
    return wanted, config


def run_logged(ids: Sequence[str], plan: "Plan", db: Path, *, as_json: bool) -> None:
    """Crawl and log each event as it comes, then each visit; exit code 1 where anything failed."""
    from crawler import runner
    from crawler.cli.watch_output import Logged

    wanted, config = chosen(ids, db)
    voice = Logged(is_listed=as_json)
    voice.meet(wanted)

    def saw(look: Look, events: Sequence[Event]) -> None:
        judged(events)

    def judged(events: Sequence[Event]) -> None:
        for event in events:
            voice.happened(event)

    results = runner.crawl(wanted, plan, db, config, saw, judged)
    for result in results:
        voice.visited(result, ())
    if any(result.state in UNDONE for result in results):
        raise typer.Exit(1)


def check(wanted: Sequence[Source], config: "Config", db: Path) -> None:
    """Raise CommandError where there is nothing to crawl, or a public host and nobody to write to."""
    if not wanted:
        raise CommandError("no newsroom is enabled; `milwire sources enable ID` switches one on")
    public = [source.id for source in wanted if not source.private]
    if public and config.contact is None:
        raise CommandError(
            f"{public[0]} is on a public host, whose webmaster must be able to reach you: put the line"
            f' contact = "you@example.org" with your address into {db.parent / "milwire.toml"}'
        )


@dataclass(frozen=True, slots=True)
class New:
    """A posting that was not there before."""

    event: Event
    published_on: date | None


class Watch:
    """What a crawl tells while it runs: where it is, and what is new."""

    def __init__(self, bar: Progress) -> None:
        self.new: list[New] = []
        self.judged: list[Event] = []
        self._bar = bar
        self._task = bar.add_task("", total=None)

    def saw(self, look: Look, events: list[Event]) -> None:
        """Take note of a look and what it changed."""
        published_on = look.fields.published_on if look.fields else None
        self.new += [New(event, published_on) for event in events if event.kind.is_first]
        what = look.fields.title[:60] if look.fields else str(look.role)
        self._bar.update(self._task, advance=1, description=one_line(f"{look.source_id}: {what}"))

    def judge(self, events: list[Event]) -> None:
        """Take note of what the looks of a run became."""
        self.judged += [event for event in events if event.kind not in HIDDEN_EVENTS]

    def print_judged(self, most: int = SHOWN) -> None:
        """Print what became of known releases, with the evidence; count what does not fit."""
        for event in self.judged[:most]:
            print_event(event)
        if len(self.judged) > most:
            say(f"... and {len(self.judged) - most} more; `milwire events` has them all", "dim")

    def print_new(self, most: int = SHOWN) -> None:
        """Print a table of what is new, by printed day, the latest first; count what does not fit."""
        self.new.sort(key=lambda one: one.published_on or date.min, reverse=True)
        rows = [
            (one.event.kind, one.published_on, one.event.source, one.event.release, one.event.title)
            for one in self.new
        ]
        if rows:
            out().print(table(("what", "day", "newsroom", "release", "title"), rows[:most]))
        if len(rows) > most:
            say(f"... and {len(rows) - most} more", "dim")


def visit(
    wanted: Sequence[Source], plan: "Plan", db: Path, config: "Config"
) -> tuple[Watch, "list[RunResult]"]:
    """Crawl newsrooms and return what was seen and how each run ended."""
    from crawler import runner

    with progress() as bar:
        watch = Watch(bar)
        return watch, runner.crawl(wanted, plan, db, config, watch.saw, watch.judge)


def summarise(results: "Sequence[RunResult]") -> None:
    """Print a line for each run."""
    for result in results:
        say(
            f"{result.source_id}: {result.found} found, {result.published} published,"
            f" {result.edited} edited, {result.requests} requests, {result.state}"
        )


def complain(results: "Sequence[RunResult]") -> None:
    """Write what failed on stderr, a line each; exit code 1 where anything did."""
    for result in results:
        for failure in result.failures:
            note(f"{result.source_id}: {failure}", "red")
        if result.state == "interrupted":
            note(f"{result.source_id}: interrupted; the next crawl goes on from here", "red")
    if any(result.state in UNDONE for result in results):
        raise typer.Exit(1)
