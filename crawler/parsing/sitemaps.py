"""Site maps (sitemaps.org): the addresses that a site names, from an index or a list, gzipped or not.

The XML is untrusted: document types and entities are refused, nothing is fetched while parsing, and the
protocol's limits hold.
"""

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from lxml import etree

from crawler.parsing import urls
from crawler.parsing.html import ParseError
from storage.models import Address, Page

# Most AFPIMS portals name the first in robots.txt; what such a map holds was never seen.
USUAL_PATHS: Final = ("/DesktopModules/SiteData/SiteMap.ashx", "/sitemap.xml")
MAX_BYTES: Final = 50 * 1024 * 1024  # sitemaps.org: 50 MB unpacked, 50,000 addresses a map
MAX_ADDRESSES: Final = 50_000
MAX_DEPTH: Final = 3  # an index of indexes; the protocol has no deeper ones
GZIP: Final = b"\x1f\x8b"
NAMED: Final = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SiteMap:
    """One file of a site map."""

    maps: tuple[str, ...]  # further files, where it is an index; on this site, no duplicates
    pages: tuple[Address, ...]  # on this site, in its order, no duplicates
    foreign: int = 0  # how many were left out: on other sites, or not web addresses
    is_cut: bool = False  # it has more addresses than the protocol allows


def find_sitemap_urls(robots_text: str, home: str) -> tuple[str, ...]:
    """Return where to look for a site's maps: what its robots.txt names on this site, else the usual paths.

    robots.txt may hold relative addresses: on AFPIMS, `Sitemap: /DesktopModules/SiteData/SiteMap.ashx`.
    """
    named, _ = _keep_own_site(home, NAMED.findall(robots_text))
    return named or tuple(urljoin(home, path) for path in USUAL_PATHS)


def read_sitemap(page: Page) -> SiteMap:
    """Return what a site map names. ParseError where it is not a site map, or larger than one may be."""
    root = _parse_xml(page)
    name = etree.QName(root).localname.lower()
    if name not in ("sitemapindex", "urlset"):
        raise ParseError(page.url, f"site map: begins with <{name[:40]}>")
    named = [text for text in (_read_location(child) for child in root) if text]
    own, foreign = _keep_own_site(page.url, named[:MAX_ADDRESSES])
    is_cut = len(named) > MAX_ADDRESSES
    if name == "sitemapindex":
        return SiteMap(own, (), foreign, is_cut)
    pages = {address.key: address for address in map(urls.parse_address, own)}
    return SiteMap((), tuple(pages.values()), foreign, is_cut)


class SiteMapQueue:
    """The files of a site's maps that are still to be fetched, and the pages found so far; bounded."""

    def __init__(self, starts: Iterable[str], max_maps: int) -> None:
        self.max_maps = max_maps
        self.pages: dict[str, Address] = {}
        self.problems: list[str] = []
        self._depths = dict.fromkeys(starts, 1)
        self._requested: list[str] = []

    @property
    def requested_urls(self) -> tuple[str, ...]:
        """The files requested so far."""
        return tuple(self._requested)

    def take_next_url(self) -> str | None:
        """Return the next file to fetch and count it as requested, or None at the end."""
        left = [url for url in self._depths if url not in self._requested]
        if not left:
            return None
        if len(self._requested) >= self.max_maps:
            self._add_problem(f"site map: {len(left)} of its files were left out, {self.max_maps} were read")
            return None
        self._requested.append(left[0])
        return left[0]

    def read_file(self, url: str, page: Page) -> tuple[Address, ...]:
        """Return the pages that a file names and no earlier file did; what is wrong goes to `problems`."""
        try:
            found = read_sitemap(page)
        except ParseError as error:
            self._add_problem(str(error))
            return ()
        if found.is_cut:
            self._add_problem(
                f"site map {url}: holds more than {MAX_ADDRESSES:,} addresses; the rest was left out"
            )
        self._add_maps(url, found.maps)
        fresh = tuple(each for each in found.pages if each.key not in self.pages)
        self.pages |= {each.key: each for each in fresh}
        return fresh

    def _add_maps(self, url: str, maps: tuple[str, ...]) -> None:
        depth = self._depths.get(url, 1) + 1
        if maps and depth > MAX_DEPTH:
            self._add_problem(f"site map {url}: an index below {MAX_DEPTH} indexes; left out")
            return
        for each in maps:
            self._depths.setdefault(each, depth)

    def _add_problem(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)


def _parse_xml(page: Page) -> "etree._Element":
    content = _unpack_gzip(page)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
    )
    try:
        root = etree.fromstring(content.lstrip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ParseError(page.url, f"site map: not XML ({' '.join(str(error).split())[:120]})") from error
    if root.getroottree().docinfo.doctype:
        raise ParseError(page.url, "site map: has a document type, which no site map has")
    return root


def _unpack_gzip(page: Page) -> bytes:
    """Return the XML; a map may be gzipped whatever its address ends in."""
    if not page.content.startswith(GZIP):
        return page.content
    opener = zlib.decompressobj(wbits=31)
    try:
        content = opener.decompress(page.content, MAX_BYTES)
    except zlib.error as error:
        raise ParseError(page.url, f"site map: a damaged gzip file ({error})") from error
    if opener.unconsumed_tail:
        raise ParseError(page.url, f"site map: more than {MAX_BYTES:,} bytes unpacked")
    if not opener.eof:
        raise ParseError(page.url, "site map: a gzip file that is cut off")
    return content


def _read_location(child: "etree._Element") -> str:
    """Return the text of `<loc>`; comments and processing instructions are skipped."""
    for each in child if isinstance(child.tag, str) else ():
        if isinstance(each.tag, str) and etree.QName(each).localname.lower() == "loc":
            return (each.text or "").strip()
    return ""


def _keep_own_site(base: str, links: Iterable[str]) -> tuple[tuple[str, ...], int]:
    """Return the canonical addresses on the site of `base`, no duplicates, and how many others there are."""
    site, own, foreign = urls.find_site(base), dict[str, None](), 0
    for link in links:
        try:
            url = urls.canonicalize_url(link, base)
            is_own = urls.find_site(url) == site
        except ValueError:
            is_own = False
        if is_own:
            own[url] = None
        foreign += not is_own
    return tuple(own), foreign
