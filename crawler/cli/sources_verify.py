"""`milwire sources verify`: try newsrooms one by one and store what works."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from crawler.cli.crawl import check_can_crawl
from crawler.cli.lookup import find_sources
from crawler.cli.options import load_settings, open_store_for_writing
from crawler.cli.terminal import (
    escape_line,
    format_value,
    make_table,
    print_json,
    print_line,
    print_message,
    show_progress,
    stdout_console,
)
from crawler.sources import verification
from storage.db import timestamps
from storage.models import Source, Verification
from storage.tables import source_checks

MAX_ADDRESSES = 8  # per newsroom: home page, listing, at most three feeds, one release


def verify_newsrooms(db: Path, ids: list[str], *, to_enable: bool) -> Iterator[Verification]:
    """Try the newsrooms with these ids, or all enabled ones; yield each verification as it was stored."""
    with open_store_for_writing(db) as store:
        wanted = find_sources(store, ids)
    check_can_crawl(wanted, load_settings(db), db)
    for source in wanted:
        with show_progress() as bar:
            bar.add_task(source.id, total=None)
            found = verify_one_newsroom(db, source)
        with open_store_for_writing(db) as store:
            with store.writing() as database:
                saved = source_checks.save_verification(database, found)
            if to_enable and saved.ok:
                store.set_enabled(source.id, True)
        yield saved


def verify_one_newsroom(db: Path, source: Source) -> Verification:
    """Try one newsroom, within the limits of a crawl."""
    from crawler.fetch import PageFetcher  # Scrapy

    visitor = PageFetcher(db, load_settings(db), private=source.private, most=MAX_ADDRESSES)
    home = verification.get_home_url(source)
    return verification.verify_source(
        source, visitor.fetch, lambda: visitor.read_rulebook(home), timestamps.get_utc_now()
    )


def print_verification(found: Verification) -> None:
    """Print one line for each check, then when the newsroom was tried and last worked."""
    for each in found.checks:
        word = "none" if each.ok is None else "ok" if each.ok else "failed"
        where = f"  {each.url}" if each.url else ""
        print_line(f"  {each.name + ':':<9} {word:<7} {escape_line(each.line)}{where}")
    worked = "never worked" if found.worked_at is None else f"last worked {format_value(found.worked_at)} UTC"
    print_line(f"  tried {format_value(found.at)} UTC, {worked}", "dim")


def print_verified_sources(found: Iterable[tuple[Source, Verification]], *, as_json: bool) -> None:
    """Print the newsrooms that worked when they were last tried."""
    working = [(source, checked) for source, checked in found if checked.ok]
    if as_json:
        for source, checked in working:
            print_json(asdict(source) | {"verification": checked})
        return
    rows = [
        (
            one.id,
            checked.parser,
            checked.design,
            checked.site_id,
            format_value(checked.worked_at),
            "yes" if one.enabled else "no",
        )
        for one, checked in working
    ]
    if rows:
        stdout_console().print(make_table(("id", "parser", "design", "Site", "verified", "enabled"), rows))
    print_message("1 newsroom" if len(rows) == 1 else f"{len(rows) or 'no'} newsrooms")
