"""`milwire coverage`: what a newsroom shows, what is stored of it, and why the two differ."""

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.cli.options import Db, Json, existing_store
from crawler.cli.terminal import cell, note, one_line, out, print_json, say, table

if TYPE_CHECKING:  # pages are read by the commands that need it: start-up time
    from crawler.sources.coverage import Coverage, Gap

SHOWN = 50  # gaps in the table; --json has them all


def coverage(
    identifier: Annotated[str, typer.Argument(metavar="SOURCE", help="A newsroom's id.")],
    pages: Annotated[
        int, typer.Option("--pages", min=1, max=100, help="Pages of the list to read.", show_default=True)
    ] = 3,
    db: Db = Path("milwire.db"),
    as_json: Json = False,
) -> None:
    """Compare a newsroom with what is stored of it. Feed, list and site map; explains each gap."""
    from crawler.cli.coverage_fetch import look
    from crawler.crawl.run import site
    from crawler.sources import catalog
    from crawler.sources import coverage as comparing
    from storage.queries.inventory import holdings

    with existing_store(db) as store:
        source = catalog.find(store, identifier)
        held = holdings(store, source.id, site(source))
    looked = look(db, source, pages, held)
    found = comparing.compare(source.id, looked.seen, held)
    for problem in looked.problems:
        note(f"{source.id}: {problem}", "red")
    if as_json:
        print_json(asdict(found) | {"problems": looked.problems, "requests": looked.requests}, indent=2)
    else:
        print_coverage(found, looked.requests)
    if looked.problems:
        raise typer.Exit(1)


def print_coverage(found: "Coverage", requests: int) -> None:
    """Print how much is held, then each gap with its reason."""
    shown = (
        f"{found.in_feed} in the feed, {found.on_listing} on the list, {found.in_site_map} in the site map"
    )
    say(f"{found.source_id}: {found.held} of {found.shown} releases shown are stored ({shown})")
    for reason, count in Counter(gap.reason for gap in found.gaps).most_common():
        say(f"  {count} {reason.replace('_', ' ')}")
    print_gaps(found.gaps[:SHOWN])
    if len(found.gaps) > SHOWN:
        say(f"... and {len(found.gaps) - SHOWN} more; --json has them all", "dim")
    note(f"{requests} requests")


def print_gaps(gaps: "tuple[Gap, ...]") -> None:
    """Print a table of gaps."""
    rows = [
        (gap.reason.replace("_", " "), cell(gap.title or gap.url), ", ".join(gap.shown), one_line(gap.line))
        for gap in gaps
    ]
    if rows:
        out().print(table(("gap", "release", "shown in", "why"), rows))
