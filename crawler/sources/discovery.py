"""The newsrooms of a host that nobody described: through its front page, its feeds and its site map.

Pages come from outside; this decides what to ask for next and what the answers make of it. It is bounded: so
many addresses of each kind, the likeliest first.
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

MAX_ADDRESSES: Final = 25  # asked for in all; robots.txt and redirects come on top


class Kind(IntEnum):
    """What an address may be, in the order of asking."""

    HOME = 0
    SECTION = 1  # linked, and named like a newsroom
    FEED = 2
    FEED_PAGE = 3  # linked, and may name feeds
    SITE_MAP = 4
    GUESS = 5  # above the releases of the site map


MOST: Final = {
    Kind.HOME: 1,
    Kind.SECTION: 8,
    Kind.FEED: 8,
    Kind.FEED_PAGE: 2,
    Kind.SITE_MAP: 5,
    Kind.GUESS: 4,
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A newsroom section that may be watched; `source` is how it would be added."""

    source: Source
    confidence: Confidence  # high: list and feed agree; medium: one of them; low: from the site map alone
    releases: int  # on its list's first page, else in its feed
    evidence: str  # one line


class Exploration:
    """The way through one host."""

    def __init__(self, home_url: str) -> None:
        self.home_url = urls.canonical("/", home_url)
        self.site = urls.site(self.home_url)
        self.problems: list[str] = []
        self._kinds: dict[str, Kind] = {self.home_url: Kind.HOME}
        self._asked: set[str] = set()
        self._lists: dict[str, tuple[Page, Reading, Listing]] = {}
        self._feeds: dict[str, tuple[Page, Reading, Listing]] = {}
        self._links: dict[str, tuple[str, ...]] = {}  # a list, and the feeds it links
        self._guesses: dict[str, int] = {}  # lists that nobody looked at, and the releases below them

    def robots(self, text: str) -> None:
        """Take note of what robots.txt says about site maps."""
        self._want(sitemaps.places(text, self.home_url), Kind.SITE_MAP)

    def next_url(self) -> str | None:
        """Return the address to ask for next and count it as asked for, or None at the end."""
        counts = {kind: sum(self._kinds[url] is kind for url in self._asked) for kind in Kind}
        left = [(kind, url) for url, kind in self._kinds.items() if url not in self._asked]
        free = [(kind, url) for kind, url in left if counts[kind] < MOST[kind]]
        if not free or len(self._asked) >= MAX_ADDRESSES:
            return None
        _, url = min(free, key=lambda each: each[0])
        self._asked.add(url)
        return url

    def take(self, url: str, page: Page) -> None:
        """Learn from the page at an address."""
        if self._kinds[url] is Kind.SITE_MAP:
            self._take_map(page)
            return
        try:
            read = reader.read(page)
        except ParseError as error:
            self.problems.append(str(error))
            return
        if read.kind in (PageKind.REFUSED, PageKind.NOT_FOUND):
            self.problems.append(f"{url}: {read.kind.replace('_', ' ')}")
            return
        if read.kind is PageKind.FEED:
            self._take_feed(url, page, read)
        elif read.kind is not PageKind.ARTICLE:
            self._take_page(url, page, read)

    def candidates(self, taken: Iterable[str] = ()) -> tuple[Candidate, ...]:
        """Return the sections found, the surest first; ids differ from each other and from those taken."""
        made: list[Candidate] = []
        used = set(taken)
        for candidate in (*self._listed(), *self._fed(), *self._guessed()):
            source = replace(
                candidate.source, id=platform_detection.free(candidate.source.id, frozenset(used))
            )
            used.add(source.id)
            made.append(replace(candidate, source=source))
        return tuple(sorted(made, key=lambda each: tuple(Confidence).index(each.confidence)))

    def _take_map(self, page: Page) -> None:
        try:
            found = sitemaps.read(page)
        except ParseError as error:
            self.problems.append(str(error))
            return
        self._want(found.maps, Kind.SITE_MAP)
        covered = self._covered()
        for address in found.pages:
            where = sections.listing_url(address)
            if where and where not in covered:
                self._guesses[where] = self._guesses.get(where, 0) + 1
        often = sorted(self._guesses, key=lambda url: -self._guesses[url])
        self._want(often, Kind.GUESS)

    def _covered(self) -> set[str | None]:
        """Return where the lists of releases may be that lists of the site show already."""
        return {
            sections.listing_url(entry.address)
            for _, _, listing in self._lists.values()
            for entry in listing.entries
        }

    def _take_feed(self, url: str, page: Page, read: Reading) -> None:
        if read.listing is None or (fault := platform_detection.owner(read.listing, self.site)):
            self.problems.append(f"{url}: not a feed of this site: {fault if read.listing else 'no items'}")
            return
        self._feeds[url] = (page, read, read.listing)

    def _take_page(self, url: str, page: Page, read: Reading) -> None:
        linked = platform_detection.feed_links(page)
        self._links[url] = linked
        self._want(linked, Kind.FEED)
        if self._kinds[url] in (Kind.HOME, Kind.SECTION):
            self._want(sections.sections(page), Kind.SECTION)
            self._want(sections.feed_pages(page), Kind.FEED_PAGE)
        if read.listing and url != self.home_url and not platform_detection.owner(read.listing, self.site):
            self._lists[url] = (page, read, read.listing)

    def _want(self, found: Iterable[str], kind: Kind) -> None:
        known = {url.rstrip("/").lower() for url in self._kinds}
        for url in found:
            if url.rstrip("/").lower() not in known:
                known.add(url.rstrip("/").lower())
                self._kinds[url] = kind

    def _listed(self) -> list[Candidate]:
        """Return what lists of their own make, each with the feed that shares most of it."""
        made, seen = [], set[frozenset[Address]]()
        for url, (page, read, listing) in self._lists.items():
            keys = frozenset(entry.address for entry in listing.entries)
            if keys in seen:
                continue
            seen.add(keys)
            feed_url, shared = self._feed_of(url, keys)
            source = replace(platform_detection.newsroom(page, read, ()), feed_url=feed_url)
            evidence = f"its feed has {shared} of them" if feed_url else "no feed shares one of them"
            sure = Confidence.HIGH if feed_url else Confidence.MEDIUM
            made.append(Candidate(source, sure, len(keys), f"lists {len(keys)} releases; {evidence}"))
        return made

    def _feed_of(self, url: str, keys: frozenset[Address]) -> tuple[str | None, int]:
        """Return the feed of a list: the one most alike, of equals the one that the list links."""
        best: tuple[float, bool, int, str] | None = None
        for feed_url, (_, _, listing) in self._feeds.items():
            items = {entry.address for entry in listing.entries}
            if shared := len(items & keys):
                rank = (shared / len(items | keys), feed_url in self._links.get(url, ()), shared, feed_url)
                best = max(best, rank) if best else rank
        return (best[3], best[2]) if best else (None, 0)

    def _fed(self) -> list[Candidate]:
        """Return what feeds make that share no release with any list."""
        listed = {entry.address for _, _, listing in self._lists.values() for entry in listing.entries}
        made = []
        for page, read, listing in self._feeds.values():
            items = {entry.address for entry in listing.entries}
            if items.isdisjoint(listed):
                source = platform_detection.newsroom(page, read, ())
                line = f"a feed of {len(items)} items; no list shows one of them"
                made.append(Candidate(source, Confidence.MEDIUM, len(items), line))
        return made

    def _guessed(self) -> list[Candidate]:
        """Return what the site map hints at and nobody looked at."""
        made = []
        covered = self._covered()
        for url, count in self._guesses.items():
            if url in self._asked or url in covered:
                continue
            page = Page(url, 200, (), b"")
            source = platform_detection.newsroom(
                page, Reading(PageKind.LISTING, None, None, None, urls.address(url)), ()
            )
            line = f"the site map names {count} releases below it; the list itself was not looked at"
            made.append(Candidate(replace(source, confidence=Confidence.LOW), Confidence.LOW, count, line))
        return made
