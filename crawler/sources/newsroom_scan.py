"""What a newsroom shows now, for `milwire coverage`: feed, so many pages of its list, and its site map."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from crawler.cli.crawl import check
from crawler.cli.options import settings
from crawler.cli.terminal import progress
from crawler.crawl.run import site
from crawler.fetch import Visitor
from crawler.parsing import reader, sitemaps
from crawler.parsing.html import ParseError
from crawler.parsing.platforms import PageKind
from crawler.sources import sections, verification
from crawler.sources.coverage import Seen
from storage.models import Address, Listing, Source
from storage.queries.inventory import Holdings
from storage.tables.frontier import Key

MAX_MAPS = 10  # files of the site map


@dataclass(frozen=True, slots=True)
class Looked:
    """What was seen, and what could not be."""

    seen: Seen
    problems: tuple[str, ...]  # one line each
    requests: int


def look(db: Path, source: Source, pages: int, held: Holdings) -> Looked:
    """Look at feed, list and site map of a newsroom, with the manners of a crawl; nothing is stored."""
    config = settings(db)
    check([source], config, db)
    visitor = Visitor(db, config, private=source.private, most=1 + pages + MAX_MAPS)
    with progress("addresses") as bar:
        bar.add_task(source.id, total=None)
        return _Round(source, visitor).look(pages, held)


class _Round:
    """One look at all that a newsroom shows."""

    def __init__(self, source: Source, visitor: Visitor) -> None:
        self.source = source
        self.site = site(source)
        self._visitor = visitor
        self._problems: list[str] = []

    def look(self, pages: int, held: Holdings) -> Looked:
        feed = self._listing(self.source.feed_url, PageKind.FEED)
        lists, is_whole = self._lists(pages)
        entries = [entry for each in (feed, *lists) if each for entry in each.entries]
        ours = [each.address for each in held.posted.values() if each.is_ours]
        mapped = self._mapped([*(entry.address for entry in entries), *ours])
        shown = {_key(entry.address): entry for entry in feed.entries} if feed else {}
        seen = Seen(self.site, shown, tuple(each.entries for each in lists), is_whole, mapped)
        return Looked(seen, tuple(self._problems), self._visitor.requests)

    def _lists(self, pages: int) -> tuple[list[Listing], bool]:
        """Return the first pages of the list, and whether they are all there are."""
        found: list[Listing] = []
        url = self.source.listing_url
        while url and len(found) < pages:
            listing = self._listing(url, PageKind.LISTING)
            if listing is None:
                return found, False
            found.append(listing)
            url = listing.next_url if listing.next_url != url else None
        return found, bool(found) and url is None

    def _listing(self, url: str | None, kind: PageKind) -> Listing | None:
        if not url:
            return None
        answer = self._visitor.fetch(url)
        try:
            read = reader.read(answer.page, self.source.platform) if answer.page else None
        except ParseError as error:
            self._problems.append(str(error))
            return None
        if read is None or read.kind is not kind or read.listing is None:
            what = answer.problem or f"no {kind} but {read.kind.replace('_', ' ') if read else 'nothing'}"
            self._problems.append(f"{kind} {url}: {what}")
            return None
        return read.listing

    def _mapped(self, addresses: Iterable[Address]) -> dict[Key, Address]:
        """Return what the site map names of this section: below the paths of releases that are its own."""
        shelves = {sections.shelf(each) for each in addresses if each.site == self.site} - {""}
        home = verification.home(self.source)
        rules = self._visitor.rulebook(home).rules
        tour = sitemaps.Tour(sitemaps.places(rules.text if rules else "", home), MAX_MAPS)
        while not self._visitor.is_over and (url := tour.next_url()):
            answer = self._visitor.fetch(url)
            if answer.page:
                tour.take(url, answer.page)
            elif not answer.problem.startswith("gone"):
                self._problems.append(f"site map {url}: {answer.problem}")
        self._problems += tour.problems
        return {_key(each): each for each in tour.pages.values() if sections.shelf(each) in shelves}


def _key(address: Address) -> Key:
    return address.site, address.key
