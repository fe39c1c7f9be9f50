"""`milwire coverage`: compare what a newsroom shows with what is stored, and explain each difference."""

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.cli import lookup
from crawler.cli.options import DbOption, JsonOption, load_settings, open_existing_store
from crawler.cli.terminal import (
    escape_line,
    make_cell,
    make_table,
    print_json,
    print_line,
    print_message,
    show_progress,
    stdout_console,
)

if TYPE_CHECKING:  # pages are read by the commands that need it: start-up time
    from crawler.sources.coverage import Coverage, CoverageGap
    from crawler.sources.newsroom_scan import NewsroomScan
    from storage.models import Source
    from storage.queries.inventory import NewsroomInventory

SHOWN = 50  # gaps in the table; --json has them all


def coverage_command(
    identifier: Annotated[str, typer.Argument(metavar="SOURCE", help="The newsroom's id.")],
    pages: Annotated[
        int, typer.Option("--pages", min=1, max=100, help="Listing pages to read.", show_default=True)
    ] = 3,
    db: DbOption = Path("milwire.db"),
    as_json: JsonOption = False,
) -> None:
    """Check whether releases are missing. Compares feed, listing and site map with the database."""
    from crawler.sources import catalog
    from crawler.sources import coverage as comparing
    from crawler.sources.hosts import get_source_site
    from storage.queries.inventory import read_inventory

    with open_existing_store(db) as store:
        source = catalog.find_source(store, lookup.find_one_source(store, identifier))
        held = read_inventory(store, source.id, get_source_site(source))
    scanned = scan_source(db, source, pages, held)
    found = comparing.compare_coverage(source.id, scanned.seen, held)
    for problem in scanned.problems:
        print_message(f"{source.id}: {problem}", "red")
    if as_json:
        print_json(asdict(found) | {"problems": scanned.problems, "requests": scanned.requests}, indent=2)
    else:
        print_coverage(found, scanned.requests)
    if scanned.problems:
        raise typer.Exit(1)


def scan_source(db: Path, source: "Source", pages: int, held: "NewsroomInventory") -> "NewsroomScan":
    """Read what a newsroom shows now, within the limits of a crawl; nothing is stored."""
    from crawler.cli.crawl import check_can_crawl
    from crawler.fetch import PageFetcher  # Scrapy
    from crawler.sources import newsroom_scan
    from crawler.sources.hosts import get_source_site

    config = load_settings(db)
    check_can_crawl([source], config, db)
    visitor = PageFetcher(db, config, private=source.private, most=newsroom_scan.count_scan_pages(pages))
    with show_progress("addresses") as bar:
        bar.add_task(source.id, total=None)
        return newsroom_scan.scan_newsroom(source, get_source_site(source), visitor, pages, held)


def print_coverage(found: "Coverage", requests: int) -> None:
    """Print how many of the releases shown are stored, then each gap with its reason."""
    shown = f"feed: {found.in_feed}, listing: {found.on_listing}, site map: {found.in_site_map}"
    print_line(f"{found.source_id}: {found.held} of the {found.shown} releases it shows are stored ({shown})")
    for reason, count in Counter(gap.reason for gap in found.gaps).most_common():
        print_line(f"  {count} {reason.replace('_', ' ')}")
    if found.uncompared:
        print_line(
            f"  {found.uncompared} stored and not compared: they may stand on pages that were not read"
        )
    print_gaps(found.gaps[:SHOWN])
    if len(found.gaps) > SHOWN:
        print_line(f"... and {len(found.gaps) - SHOWN} more; --json has them all", "dim")
    print_message(f"{requests} requests")


def print_gaps(gaps: "tuple[CoverageGap, ...]") -> None:
    """Print a table of gaps."""
    rows = [
        (
            gap.reason.replace("_", " "),
            make_cell(gap.title or gap.url),
            ", ".join(gap.shown),
            escape_line(gap.line),
        )
        for gap in gaps
    ]
    if rows:
        stdout_console().print(make_table(("gap", "release", "shown in", "why"), rows))
