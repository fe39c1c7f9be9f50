"""What a newsroom shows now: its feed, the first pages of its list, and its site map. Stores nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from crawler.parsing import reader, sitemaps
from crawler.parsing.html import ParseError
from crawler.parsing.platforms import PageKind
from crawler.sources import sections, verification
from crawler.sources.coverage import ShownReleases
from crawler.sources.verification import FetchedPage, RobotsAnswer
from storage.models import Address, Listing, Source
from storage.models.known_articles import PostingKey
from storage.queries.inventory import NewsroomInventory

MAX_MAPS = 10  # files of the site map


class PageSource(Protocol):
    """What fetches the pages: `crawler.fetch.PageFetcher`, which keeps the limits of a crawl."""

    requests: int

    @property
    def is_over(self) -> bool:
        """Return whether no more pages may be asked for."""

    def fetch(self, url: str) -> FetchedPage:
        """Return the page at an address, or why there is none."""

    def read_rulebook(self, url: str) -> RobotsAnswer:
        """Return what robots.txt of an address's host said."""


@dataclass(frozen=True, slots=True)
class NewsroomScan:
    """What a newsroom shows, and what could not be read."""

    seen: ShownReleases
    problems: tuple[str, ...]  # one line each
    requests: int


def count_scan_pages(pages: int) -> int:
    """Return how many addresses a scan may ask for: the feed, so many pages of the list, the site map."""
    return 1 + pages + MAX_MAPS


def scan_newsroom(
    source: Source, site: str, fetcher: PageSource, pages: int, held: NewsroomInventory
) -> NewsroomScan:
    """Read feed, at most `pages` pages of the list, and site map of a newsroom on a site."""
    return _Scan(source, site, fetcher).read_all(pages, held)


class _Scan:
    """One look at everything that a newsroom shows."""

    def __init__(self, source: Source, site: str, fetcher: PageSource) -> None:
        self.source = source
        self.site = site
        self._fetcher = fetcher
        self._problems: list[str] = []

    def read_all(self, pages: int, held: NewsroomInventory) -> NewsroomScan:
        feed = self._read_listing(self.source.feed_url, PageKind.FEED)
        lists, is_whole = self._read_lists(pages)
        entries = [entry for each in (feed, *lists) if each for entry in each.entries]
        ours = [each.address for each in held.stored.values() if each.is_ours]
        mapped = self._read_site_map([*(entry.address for entry in entries), *ours])
        shown = {_posting_key(entry.address): entry for entry in feed.entries} if feed else {}
        seen = ShownReleases(self.site, shown, tuple(each.entries for each in lists), is_whole, mapped)
        return NewsroomScan(seen, tuple(self._problems), self._fetcher.requests)

    def _read_lists(self, pages: int) -> tuple[list[Listing], bool]:
        """Return the first pages of the list, and whether they are all there are."""
        found: list[Listing] = []
        url = self.source.listing_url
        while url and len(found) < pages:
            listing = self._read_listing(url, PageKind.LISTING)
            if listing is None:
                return found, False
            found.append(listing)
            url = listing.next_url if listing.next_url != url else None
        return found, bool(found) and url is None

    def _read_listing(self, url: str | None, kind: PageKind) -> Listing | None:
        if not url:
            return None
        answer = self._fetcher.fetch(url)
        try:
            read = reader.read_page(answer.page, self.source.platform) if answer.page else None
        except ParseError as error:
            self._problems.append(str(error))
            return None
        if read is None or read.kind is not kind or read.listing is None:
            what = answer.problem or f"not a {kind} but {read.kind.replace('_', ' ') if read else 'nothing'}"
            self._problems.append(f"{kind} {url}: {what}")
            return None
        return read.listing

    def _read_site_map(self, addresses: Iterable[Address]) -> dict[PostingKey, Address]:
        """Return the releases of this section that the site map names: those with known paths."""
        shelves = {sections.get_section_path(each) for each in addresses if each.site == self.site} - {""}
        home = verification.get_home_url(self.source)
        rules = self._fetcher.read_rulebook(home).rules
        tour = sitemaps.SiteMapQueue(sitemaps.find_sitemap_urls(rules.text if rules else "", home), MAX_MAPS)
        while not self._fetcher.is_over and (url := tour.take_next_url()):
            answer = self._fetcher.fetch(url)
            if answer.page:
                tour.read_file(url, answer.page)
            elif not answer.is_gone:
                self._problems.append(f"site map {url}: {answer.problem}")
        self._problems += tour.problems
        return {
            _posting_key(each): each
            for each in tour.pages.values()
            if sections.get_section_path(each) in shelves
        }


def _posting_key(address: Address) -> PostingKey:
    return address.site, address.key
