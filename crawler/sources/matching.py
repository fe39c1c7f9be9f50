"""Whose a page is: which newsroom of ours a saved response came from, and what it was looked at for."""

from collections import defaultdict
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit

from crawler.parsing import urls
from crawler.parsing.platforms import PageKind
from storage.models import Address, Role, Source

PAGING = frozenset({"page", "max"})  # parameters that do not make another listing or feed
ROLES = {PageKind.LISTING: Role.LISTING, PageKind.FEED: Role.FEED, PageKind.ARTICLE: Role.ARTICLE}

Place = tuple[str, str, frozenset[tuple[str, str]]]


class Newsrooms:
    """The newsrooms of ours, by the addresses that are theirs."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._by_site: dict[str, list[Source]] = defaultdict(list)
        self._by_place: dict[Place, Source] = {}
        for source in sources:
            for url in filter(None, (source.feed_url, source.listing_url)):
                self._by_place.setdefault(_place(url), source)
            self._by_site[urls.site(source.listing_url or source.feed_url or "")].append(source)

    def on_site(self, site: str) -> bool:
        """Return whether any newsroom of ours is on the site."""
        return site in self._by_site

    def platform(self, site: str) -> str | None:
        """Return the platform that the catalogue names for a site; None where it names several."""
        named = {source.platform for source in self._by_site.get(site, ())}
        return named.pop() if len(named) == 1 else None

    def of(self, address: Address, kind: PageKind) -> tuple[Source, Role] | None:
        """Return the newsroom a page belongs to and its role there; None where it is no newsroom's.

        A listing or feed counts only where it is the newsroom's own; a release, also one that is gone by now,
        belongs to the section whose path is the longest above it, else to the site's first newsroom.
        """
        role = ROLES.get(kind, Role.ARTICLE if address.number else None)
        by_place = self._by_place.get(_place(address.url))
        found = self._nearest(address) if role is Role.ARTICLE else by_place
        return (found, role) if found and role else None

    def _nearest(self, address: Address) -> Source | None:
        path = urlsplit(address.url).path.lower()
        sources = self._by_site.get(address.site, ())
        return max(sources, key=lambda source: _depth(source, path), default=None)


def _depth(source: Source, path: str) -> int:
    """Return how much of a path the newsroom's listing covers; 0 where it lies elsewhere."""
    above = urlsplit(source.listing_url or "").path.lower().rstrip("/")
    return len(above) if above and path.startswith(f"{above}/") else 0


def _place(url: str) -> Place:
    """Return an address as far as it names a listing or feed: case, order and paging do not matter."""
    parts = urlsplit(urls.canonical(url))
    query = frozenset((name.lower(), value) for name, value in parse_qsl(parts.query))
    rest = frozenset(pair for pair in query if pair[0] not in PAGING and pair[0] != "isdashboardselected")
    return urls.site(url), parts.path.lower().rstrip("/"), rest
