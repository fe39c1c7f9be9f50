"""Finds the newsrooms of an unknown host through its front page, its feeds and its site map.

The caller fetches the pages; this decides what to request next and what the responses mean. The number of
addresses of each kind is limited; the likeliest come first.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

from crawler.parsing import reader, sitemaps, urls
from crawler.parsing.html import ParseError
from crawler.parsing.platforms import PageKind, Reading
from crawler.sources import platform_detection, sections
from storage.models import Address, Confidence, Listing, Page, Source

MAX_ADDRESSES: Final = 25  # requested in all; robots.txt and redirects come on top


class AddressKind(IntEnum):
    """What an address may be, in the order in which they are requested."""

    HOME = 0
    SECTION = 1  # linked, and named like a newsroom
    FEED = 2
    FEED_PAGE = 3  # linked, and may name feeds
    SITE_MAP = 4
    GUESS = 5  # above the releases of the site map


MAX_OF_KIND: Final = {
    AddressKind.HOME: 3,  # a front page may send its readers on
    AddressKind.SECTION: 8,
    AddressKind.FEED: 8,
    AddressKind.FEED_PAGE: 2,
    AddressKind.SITE_MAP: 5,
    AddressKind.GUESS: 4,
}


@dataclass(frozen=True, slots=True)
class SectionCandidate:
    """A newsroom section that may be watched; `source` is how it would be added."""

    source: Source
    confidence: Confidence  # high: list and feed agree; medium: one of them; low: from the site map alone
    releases: int  # on its list's first page, else in its feed
    evidence: str  # one line


class HostExploration:
    """The exploration of one host."""

    def __init__(self, home_url: str) -> None:
        self.home_url = urls.canonicalize_url("/", home_url)
        self.site = urls.find_site(self.home_url)
        self.problems: list[str] = []
        self._kinds: dict[str, AddressKind] = {self.home_url: AddressKind.HOME}
        self._asked: set[str] = set()
        self._lists: dict[str, tuple[Page, Reading, Listing]] = {}
        self._feeds: dict[str, tuple[Page, Reading, Listing]] = {}
        self._links: dict[str, tuple[str, ...]] = {}  # a list, and the feeds it links
        self._guesses: dict[str, int] = {}  # lists not looked at, and the number of releases below them

    def add_robots(self, text: str) -> None:
        """Add the site maps that robots.txt names."""
        self._queue_urls(sitemaps.find_sitemap_urls(text, self.home_url), AddressKind.SITE_MAP)

    def take_next_url(self) -> str | None:
        """Return the address to request next and count it as requested, or None at the end."""
        counts = {kind: sum(self._kinds[url] is kind for url in self._asked) for kind in AddressKind}
        left = [(kind, url) for url, kind in self._kinds.items() if url not in self._asked]
        free = [(kind, url) for kind, url in left if counts[kind] < MAX_OF_KIND[kind]]
        if not free or len(self._asked) >= MAX_ADDRESSES:
            return None
        _, url = min(free, key=lambda each: each[0])
        self._asked.add(url)
        return url

    def add_page(self, url: str, page: Page) -> None:
        """Add the page at an address."""
        if self._kinds[url] is AddressKind.SITE_MAP:
            self._add_sitemap(page)
            return
        try:
            read = reader.read_page(page)
        except ParseError as error:
            self.problems.append(str(error))
            return
        if read.kind in (PageKind.REFUSED, PageKind.NOT_FOUND):
            self.problems.append(f"{url}: {read.kind.replace('_', ' ')}")
            return
        if read.kind is PageKind.FEED:
            self._add_feed(url, page, read)
        elif read.kind is not PageKind.ARTICLE:
            self._add_list_page(url, page, read)

    def list_candidates(self, taken: Iterable[str] = ()) -> tuple[SectionCandidate, ...]:
        """Return the sections found, the surest first; ids differ from each other and from those taken."""
        made: list[SectionCandidate] = []
        used = set(taken)
        for candidate in (
            *self._make_list_candidates(),
            *self._make_feed_candidates(),
            *self._make_guessed_candidates(),
        ):
            source = replace(
                candidate.source, id=platform_detection.choose_free_id(candidate.source.id, frozenset(used))
            )
            used.add(source.id)
            made.append(replace(candidate, source=source))
        return tuple(sorted(made, key=lambda each: tuple(Confidence).index(each.confidence)))

    def _add_sitemap(self, page: Page) -> None:
        try:
            found = sitemaps.read_sitemap(page)
        except ParseError as error:
            self.problems.append(str(error))
            return
        self._queue_urls(found.maps, AddressKind.SITE_MAP)
        covered = self._list_covered_urls()
        for address in found.pages:
            where = sections.guess_listing_url(address)
            if where and where not in covered:
                self._guesses[where] = self._guesses.get(where, 0) + 1
        often = sorted(self._guesses, key=lambda url: -self._guesses[url])
        self._queue_urls(often, AddressKind.GUESS)

    def _list_covered_urls(self) -> set[str | None]:
        """Return where lists may be that the lists found already cover."""
        return {
            sections.guess_listing_url(entry.address)
            for _, _, listing in self._lists.values()
            for entry in listing.entries
        }

    def _add_feed(self, url: str, page: Page, read: Reading) -> None:
        if read.listing is None or (
            fault := platform_detection.explain_foreign_items(read.listing, self.site)
        ):
            self.problems.append(f"{url}: not a feed of this site: {fault if read.listing else 'no items'}")
            return
        self._feeds[url] = (page, read, read.listing)

    def _add_list_page(self, url: str, page: Page, read: Reading) -> None:
        self._follow_refresh(url, page)
        linked = platform_detection.find_feed_links(page)
        self._links[url] = linked
        self._queue_urls(linked, AddressKind.FEED)
        if self._kinds[url] in (AddressKind.HOME, AddressKind.SECTION):
            self._queue_urls(sections.find_sections(page), AddressKind.SECTION)
            self._queue_urls(sections.find_feed_pages(page), AddressKind.FEED_PAGE)
        if (
            read.listing
            and url != self.home_url
            and not platform_detection.explain_foreign_items(read.listing, self.site)
        ):
            self._lists[url] = (page, read, read.listing)

    def _follow_refresh(self, url: str, page: Page) -> None:
        """Queue where a page sends its readers, as what that page was."""
        target = platform_detection.find_refresh_url(page)
        if target is None:
            return
        if urls.find_site(target) == self.site:
            self._queue_urls([target], self._kinds[url])
        else:
            self.problems.append(f"{url}: sends its readers to {target}, another site")

    def _queue_urls(self, found: Iterable[str], kind: AddressKind) -> None:
        known = {url.rstrip("/").lower() for url in self._kinds}
        for url in found:
            if url.rstrip("/").lower() not in known:
                known.add(url.rstrip("/").lower())
                self._kinds[url] = kind

    def _make_list_candidates(self) -> list[SectionCandidate]:
        """Return a candidate for each list, with the feed that shares most of its releases."""
        made, seen = [], set[frozenset[Address]]()
        for url, (page, read, listing) in self._lists.items():
            keys = frozenset(entry.address for entry in listing.entries)
            if keys in seen:
                continue
            seen.add(keys)
            feed_url, shared = self._find_feed_of(url, keys)
            source = replace(platform_detection.build_source(page, read, ()), feed_url=feed_url)
            evidence = f"its feed has {shared} of them" if feed_url else "no feed has any of them"
            sure = Confidence.HIGH if feed_url else Confidence.MEDIUM
            made.append(SectionCandidate(source, sure, len(keys), f"lists {len(keys)} releases; {evidence}"))
        return made

    def _find_feed_of(self, url: str, keys: frozenset[Address]) -> tuple[str | None, int]:
        """Return the feed most similar to a list, preferably a linked one, and the number they share."""
        best: tuple[float, bool, int, str] | None = None
        for feed_url, (_, _, listing) in self._feeds.items():
            items = {entry.address for entry in listing.entries}
            if shared := len(items & keys):
                rank = (shared / len(items | keys), feed_url in self._links.get(url, ()), shared, feed_url)
                best = max(best, rank) if best else rank
        return (best[3], best[2]) if best else (None, 0)

    def _make_feed_candidates(self) -> list[SectionCandidate]:
        """Return a candidate for each feed that shares no release with any list."""
        listed = {entry.address for _, _, listing in self._lists.values() for entry in listing.entries}
        made = []
        for page, read, listing in self._feeds.values():
            items = {entry.address for entry in listing.entries}
            if items.isdisjoint(listed):
                source = platform_detection.build_source(page, read, ())
                line = f"a feed of {len(items)} items; no list shows any of them"
                made.append(SectionCandidate(source, Confidence.MEDIUM, len(items), line))
        return made

    def _make_guessed_candidates(self) -> list[SectionCandidate]:
        """Return a candidate for each list that only the site map suggests."""
        made = []
        covered = self._list_covered_urls()
        for url, count in self._guesses.items():
            if url in self._asked or url in covered:
                continue
            page = Page(url, 200, (), b"")
            source = platform_detection.build_source(
                page, Reading(PageKind.LISTING, None, None, None, urls.parse_address(url)), ()
            )
            line = f"the site map names {count} releases below it; the list itself was not looked at"
            made.append(
                SectionCandidate(replace(source, confidence=Confidence.LOW), Confidence.LOW, count, line)
            )
        return made
