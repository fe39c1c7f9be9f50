"""The work of `milwire sources verify`: try newsrooms one by one, and keep what works."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from crawler.cli.crawl import check
from crawler.cli.options import settings, written_store
from crawler.cli.terminal import note, one_line, out, plain, print_json, progress, say, table
from crawler.sources import catalog, verification
from storage.db import timestamps
from storage.models import Source, Verification
from storage.tables import source_checks

MOST = 8  # addresses a newsroom: home, listing, at most three feeds, one release


def verified(db: Path, ids: list[str], *, to_enable: bool) -> Iterator[Verification]:
    """Try the newsrooms of these ids, else all enabled ones; yield each verification as it was kept."""
    with written_store(db) as store:
        wanted = [catalog.find(store, one) for one in dict.fromkeys(ids)] if ids else catalog.enabled(store)
    check(wanted, settings(db), db)
    for source in wanted:
        with progress() as bar:
            bar.add_task(source.id, total=None)
            found = tried(db, source)
        with written_store(db) as store:
            kept = source_checks.save(store, found)
            if to_enable and kept.ok:
                store.set_enabled(source.id, True)
        yield kept


def tried(db: Path, source: Source) -> Verification:
    """Try one newsroom, with the manners of a crawl."""
    from crawler.fetch import Visitor  # Scrapy

    visitor = Visitor(db, settings(db), private=source.private, most=MOST)
    home = verification.home(source)
    return verification.verify(source, visitor.fetch, lambda: visitor.rulebook(home), timestamps.utcnow())


def print_verification(found: Verification) -> None:
    """Print a line for each check, and what is of the last time that all worked."""
    for each in found.checks:
        word = "none" if each.ok is None else "ok" if each.ok else "failed"
        where = f"  {each.url}" if each.url else ""
        say(f"  {each.name + ':':<9} {word:<7} {one_line(each.line)}{where}")
    kept = "never worked" if found.worked_at is None else f"worked {plain(found.worked_at)} UTC"
    say(f"  tried {plain(found.at)} UTC, {kept}", "dim")


def print_verified(found: Iterable[tuple[Source, Verification]], *, as_json: bool) -> None:
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
            plain(checked.worked_at),
            "yes" if one.enabled else "no",
        )
        for one, checked in working
    ]
    if rows:
        out().print(table(("id", "parser", "design", "Site", "verified", "enabled"), rows))
    note(f"{len(rows)} newsrooms" if len(rows) != 1 else "1 newsroom")
