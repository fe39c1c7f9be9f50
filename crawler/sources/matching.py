"""Matches saved responses to newsrooms: which newsroom a page is from, and in which role."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

from crawler.parsing import site_names, urls
from crawler.parsing.platforms import PageKind
from storage.models import Address, Role, Source

PAGING = frozenset({"page", "max"})  # parameters that stay within the same listing or feed
ROLES = {PageKind.LISTING: Role.LISTING, PageKind.FEED: Role.FEED, PageKind.ARTICLE: Role.ARTICLE}

ListKey = tuple[str, str, frozenset[tuple[str, str]]]


class SourceMatcher:
    """The known newsrooms, by their addresses."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._by_site: dict[str, list[Source]] = defaultdict(list)
        self._by_list: dict[ListKey, Source] = {}
        for source in sources:
            for url in filter(None, (source.feed_url, source.listing_url)):
                self._by_list.setdefault(_build_list_key(url, urls.find_site(url)), source)
            self._by_site[urls.find_site(source.listing_url or source.feed_url or "")].append(source)

    def has_site(self, site: str) -> bool:
        """Return whether any known newsroom is on the site."""
        return site in self._by_site

    def adopt_address(self, address: Address) -> Address:
        """Return an address as one of a known site, where that is the bare or the www name of its own."""
        twin = replace(address, site=site_names.find_twin(address.site))
        return twin if twin.site in self._by_site and address.site not in self._by_site else address

    def find_platform(self, site: str) -> str | None:
        """Return the platform of a site in the catalogue; None if it names none or several."""
        named = {source.platform for source in self._by_site.get(site, ())}
        return named.pop() if len(named) == 1 else None

    def match_page(self, address: Address, kind: PageKind) -> tuple[Source, Role] | None:
        """Return the newsroom of a page and the page's role; None if it is of no known newsroom.

        A listing or feed must be the newsroom's own. A release, even if it is gone by now, belongs to the
        section with the longest path above it, else to the site's first newsroom.
        """
        role = ROLES.get(kind, Role.ARTICLE if address.number else None)
        by_list = self._by_list.get(_build_list_key(address.url, address.site))
        found = self._find_nearest(address) if role is Role.ARTICLE else by_list
        return (found, role) if found and role else None

    def _find_nearest(self, address: Address) -> Source | None:
        path = urlsplit(address.url).path.lower()
        sources = self._by_site.get(address.site, ())
        return max(sources, key=lambda source: _count_covered_path(source, path), default=None)


def _count_covered_path(source: Source, path: str) -> int:
    """Return how many characters of a path the newsroom's listing covers; 0 if it is elsewhere."""
    above = urlsplit(source.listing_url or "").path.lower().rstrip("/")
    return len(above) if above and path.startswith(f"{above}/") else 0


def _build_list_key(url: str, site: str) -> ListKey:
    """Return what identifies a listing or feed in an address: case, order and paging do not matter."""
    parts = urlsplit(urls.canonicalize_url(url))
    query = frozenset((name.lower(), value) for name, value in parse_qsl(parts.query))
    rest = frozenset(pair for pair in query if pair[0] not in PAGING and pair[0] != "isdashboardselected")
    return site, parts.path.lower().rstrip("/"), rest
