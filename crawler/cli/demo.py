"""`milwire demo`: the whole path on a practice newsroom, on this machine alone."""

import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.cli import demo_month
from crawler.cli.crawl import Watch, visit
from crawler.cli.events import print_hits
from crawler.cli.options import CommandError, existing_store, written_store
from crawler.cli.terminal import say
from storage.models import Event, EventKind

if TYPE_CHECKING:
    from crawler.crawl.run import RunResult

MONTH = "practice-month"  # the source that the month is about
MARK = ".made-by-milwire-demo"
DATABASE = "milwire.db"
OURS = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", f"{DATABASE}.warc")
CONTACT = "demo@localhost.invalid"
DELAY_S = 0.02  # loopback only; a crawl of a public host never goes below one second
MONTH_DELAY_S = 0.005  # the same
SHOWN = 8  # releases in the table
WORDS = ("quieter generator", "훈련")
GROWING = "meridian"  # the practice site that publishes one more between the crawls


def demo(
    folder: Annotated[
        Path, typer.Option("--dir", file_okay=False, help="Where the demo keeps its database.")
    ] = Path("milwire-demo"),
) -> None:
    """Try it on a practice newsroom. Served on this machine: needs no network."""
    started = time.monotonic()
    db = prepared(folder) / DATABASE
    back = play_month(db)
    crawl_practice(db)
    for words in WORDS:
        search(db, words)
    farewell(db, back, time.monotonic() - started)


def prepared(folder: Path) -> Path:
    """Return a demo folder without a database; CommandError where it holds something that no demo made."""
    mark = folder / MARK
    if folder.exists() and any(folder.iterdir()) and not mark.exists():
        raise CommandError(f"{folder} holds something else; choose another place with --dir")
    folder.mkdir(parents=True, exist_ok=True)
    mark.touch()
    for name in OURS:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return folder


def play_month(db: Path) -> int:
    """Play a month of a made-up newsroom, print what was noticed, and return the release that came back."""
    import simulator
    from crawler.config import Config
    from simulator import demo_month as months
    from simulator import life

    played, config = months.demo_month(), Config(contact=CONTACT, delay_s=MONTH_DELAY_S)
    start, clock = played.looks[0], demo_month.Clock(played.looks[0])
    untold = list(played.chapters)
    events: list[Event] = []
    say(f"A month of a made-up newsroom, looked at {len(played.looks)} times, in seconds.", "bold")
    with (
        simulator.serve(life.newsroom_at(played.life, start), clock=clock) as served,
        demo_month.opened(db, clock) as store,
    ):
        source = replace(served.site(played.site).sources[0], id=MONTH)
        store.save_source(source)
        for at in played.looks:
            while untold and untold[0].at <= at:
                chapter = untold.pop(0)
                say(f"\n{chapter.at:%Y-%m-%d}: the newsroom {chapter.words}.", "cyan")
            clock.set(at)
            months.show_at(served, played.life, at)
            events += demo_month.look(store, source, config, clock, again=at > start)
    return came_back(events)


def came_back(events: list[Event]) -> int:
    """Return the release that was taken down and returned."""
    for event in events:
        if event.kind is EventKind.RETURNED and event.release is not None:
            return event.release
    raise CommandError("the demo missed what its newsroom did: a fault of milwire")


def crawl_practice(db: Path) -> None:
    """Crawl the practice newsroom, let it publish one more, crawl again; print what each crawl met."""
    import simulator
    from crawler.config import Config
    from crawler.crawl.pagination import Plan

    config = Config(contact=CONTACT, delay_s=DELAY_S)
    with simulator.serve(simulator.practice_newsroom()) as served:
        sources = [source for site in served.sites for source in site.sources]
        with written_store(db) as store:
            for source in sources:
                store.save_source(source)
        say(
            f"\nCrawling {len(served.sites)} made-up sites with {len(sources)} sections on this machine.",
            "bold",
        )
        report(db, *visit(sources, Plan(), db, config))
        served.publish(GROWING, simulator.another_post(served.newsroom, GROWING))
        say("\nNow one more release is published there. Crawling again.", "bold")
        report(db, *visit(sources, Plan(), db, config))


def report(db: Path, watch: Watch, results: "list[RunResult]") -> None:
    """Print what a crawl met; CommandError where the practice newsroom could not be crawled."""
    from storage.queries import queries

    watch.print_new(SHOWN)
    with existing_store(db) as store:
        kept = queries.status(store).releases
    found, published, requests = (
        sum(getattr(result, name) for result in results) for name in ("found", "published", "requests")
    )
    say(f"{found} found, {published} published, {requests} requests; {kept} releases kept, each once")
    failures = [f"{result.source_id}: {failure}" for result in results for failure in result.failures]
    if failures:
        raise CommandError(f"the demo met {len(failures)} failures, the first: {failures[0]}")


def search(db: Path, words: str) -> None:
    """Show one search."""
    from storage.queries.search import search as find

    say(f"\nmilwire search {words}", "bold")
    with existing_store(db) as store:
        print_hits(find(store, words, 2))


def program() -> str:
    """Return what to type for `milwire` in this shell."""
    called = Path(sys.argv[0])
    return str(called) if called.name == "milwire" and not shutil.which("milwire") else "milwire"


def farewell(db: Path, back: int, took_s: float) -> None:
    """Say where everything is and what to type next."""
    say(f"\nDone in {took_s:.0f} s. The database is {db}, the captures are in {db}.warc/.", "bold")
    for command, what in (
        (f"browse --db {db}", "look at it in a browser"),
        (f"diff {back} --db {db}", "what was changed in the release that came back"),
        (f"show {back} --db {db}", "its whole story"),
        (f"events --db {db}", "what happened"),
        ("sources find korea", "choose a real newsroom"),
        ("crawl usfk-news", "and crawl it (the README says what to set first)"),
    ):
        say(f"  {program()} {command:<40} {what}")
