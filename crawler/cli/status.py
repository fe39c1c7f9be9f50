"""`milwire status`: how the newsrooms fare, and what failed."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from crawler.cli.options import Db, Json, existing_store
from crawler.cli.terminal import note, out, plain, print_json, say, table

if TYPE_CHECKING:
    from storage.questions.answers import Refusal, SourceStatus, Status

ADVISED_AFTER = 3  # refusals in a row: the first ones pass by themselves


def status(db: Db = Path("milwire.db"), as_json: Json = False) -> None:
    """Show how the newsrooms fare. Exit code 1 where a last crawl failed."""
    from crawler import sources
    from storage.questions import queries

    with existing_store(db) as store:
        enabled = [source.id for source in sources.enabled(store)]
        found = queries.status(store, enabled)
    if as_json:
        print_json(found, indent=2)
    else:
        print_status(found)
    if not found.ok:
        raise typer.Exit(1)


def print_status(found: "Status") -> None:
    """Print a table of the newsrooms, then what failed, a line each."""
    out().print(table(("newsroom", "last crawl (UTC)", "how", "stored", "waiting"), map(_row, found.sources)))
    say(f"{found.releases} releases, {found.postings} postings")
    for source in found.sources:
        failures = source.last_run.failures if source.last_run and not source.ok else ()
        for failure in failures:
            note(f"{source.source}: {failure}", "red")
    for refusal in found.refused:
        note(advice(refusal), "red")


def advice(refusal: "Refusal") -> str:
    """Return since when a host has not been observed, and what to do about it."""
    times = "once" if refusal.times == 1 else f"{refusal.times} times in a row"
    told = (
        f"{refusal.host}: not observed since {plain(refusal.since_at)} UTC; it refused us {times}"
        f" ({refusal.reason}) and is left alone until {plain(refusal.until_at)} UTC."
    )
    if refusal.times < ADVISED_AFTER:
        return told
    return f"{told} Ask its webmaster to let your user agent in, or switch its newsrooms off."


def _row(source: "SourceStatus") -> tuple[object, ...]:
    run = source.last_run
    return (
        source.source,
        run and run.started_at,
        run.state if run else "never crawled",
        source.postings,
        source.pending or "",
    )
