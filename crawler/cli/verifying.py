"""The work of `milwire sources verify`: try newsrooms one by one, and keep what works."""

from collections.abc import Iterator
from pathlib import Path

from crawler import sources, verification
from crawler.cli.crawl import check
from crawler.cli.options import settings, written_store
from crawler.cli.terminal import progress
from storage import instants, verifications
from storage.checks import Verification
from storage.records import Source

MOST = 8  # addresses a newsroom: home, listing, at most three feeds, one release


def verified(db: Path, ids: list[str], *, to_enable: bool) -> Iterator[Verification]:
    """Try the newsrooms of these ids, else all enabled ones; yield each verification as it was kept."""
    with written_store(db) as store:
        wanted = [sources.find(store, one) for one in dict.fromkeys(ids)] if ids else sources.enabled(store)
    check(wanted, settings(db), db)
    for source in wanted:
        with progress() as bar:
            bar.add_task(source.id, total=None)
            found = tried(db, source)
        with written_store(db) as store:
            kept = verifications.save(store, found)
            if to_enable and kept.ok:
                store.set_enabled(source.id, True)
        yield kept


def tried(db: Path, source: Source) -> Verification:
    """Try one newsroom, with the manners of a crawl."""
    from crawler.one_page import Visitor  # Scrapy

    visitor = Visitor(db, settings(db), private=source.private, most=MOST)
    home = verification.home(source)
    return verification.verify(source, visitor.fetch, lambda: visitor.rulebook(home), instants.utcnow())
