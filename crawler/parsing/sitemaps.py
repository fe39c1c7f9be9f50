"""Site maps (sitemaps.org): the addresses that a site names, from an index, a list, a text file or a feed.

Maps are seldom tested by those who make them: bare `&`, prefixes that nothing declares and words behind the
end are common. So the XML is read by its tags and not by an XML parser: no entity is expanded, nothing is
fetched, and the time is linear. A map without its end is refused, since its last address may be cut.
"""

import gzip
import io
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from html import unescape
from typing import Final

from crawler.parsing import html, urls
from crawler.parsing.html import ParseError
from crawler.parsing.platforms import entries, feeds
from storage.models import Address, Page
from storage.models.quoting import quote_value

# Most AFPIMS portals name the first in robots.txt; what such a map holds was never seen.
USUAL_PATHS: Final = ("/DesktopModules/SiteData/SiteMap.ashx", "/sitemap.xml")
MAX_BYTES: Final = 50 * 1024 * 1024  # sitemaps.org: 50 MB unpacked, 50,000 addresses a map
MAX_ADDRESSES: Final = 50_000
MAX_DEPTH: Final = 3  # an index of indexes; the protocol has no deeper ones
GZIP: Final = b"\x1f\x8b"
NAMED: Final = re.compile(r"^[ \t]*site-?maps?[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
ROOT: Final = re.compile(
    r"<(?P<prefix>[a-z_][\w.-]*+:)?(?P<name>urlset|sitemapindex)(?:\s[^<>]*+)?>", re.IGNORECASE
)
ITEM: Final = re.compile(r"<(?P<prefix>[a-z_][\w.-]*+:)?(?:url|sitemap)(?:\s[^<>]*+)?>", re.IGNORECASE)
FIRST_TAG: Final = re.compile(r"<[a-z!][\w:.-]*", re.IGNORECASE)
PAGE_TAG: Final = re.compile(r"<(?:html|head|body|!doctype\s+html)\b", re.IGNORECASE)
REFERENCE: Final = re.compile(r"&(?:amp|lt|gt|quot|apos|#[0-9]{1,12}|#x[0-9a-f]{1,12});", re.IGNORECASE)
WEB_ADDRESS: Final = re.compile(r"https?://[^\s<>]+", re.IGNORECASE)
UNREADABLE: Final = "\ufffd"  # where a character of an address could not be read


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
    named, _ = _keep_own_site(home, NAMED.findall("\n".join(robots_text.splitlines())))
    return named or tuple(urls.resolve_url(path, home) for path in USUAL_PATHS)


def read_sitemap(page: Page) -> SiteMap:
    """Return what a site map names. ParseError where it is none, breaks off, or is larger than one may be."""
    page = replace(page, content=_unpack_gzip(page))
    if feeds.is_feed(page):
        listing = feeds.read_feed(page)
        return _make_map(page.url, [entry.address.url for entry in listing.entries], "feed")
    content = html.decode_page(page).lstrip("\ufeff \t\r\n")
    if "<" not in content:
        return _make_map(page.url, _read_lines(content, page), "text")
    content = feeds.remove_comments(content)
    root = _find_root(content, page)
    return _make_map(page.url, _read_locations(content, root, page), root["name"].lower())


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


def _make_map(url: str, named: list[str], kind: str) -> SiteMap:
    own, foreign = _keep_own_site(url, named[:MAX_ADDRESSES])
    is_cut = len(named) > MAX_ADDRESSES
    if kind == "sitemapindex":
        return SiteMap(own, (), foreign, is_cut)
    pages = {address.key: address for address in (urls.parse_address(each, url) for each in own)}
    return SiteMap((), tuple(pages.values()), foreign, is_cut)


def _find_root(content: str, page: Page) -> re.Match[str]:
    """Return the root tag of a map; notices of the server before it do not matter."""
    root = ROOT.search(content)
    before = content[: root.start()] if root else content
    if root is None or PAGE_TAG.search(before):
        first = FIRST_TAG.search(content)
        raise ParseError(
            page.url, f"site map: begins with {f'{first[0][:40]}>' if first else quote_value(content[:40])}"
        )
    if "<!doctype" in before.lower():
        raise ParseError(page.url, "site map: has a document type, which no site map has")
    return root


def _read_locations(content: str, root: re.Match[str], page: Page) -> list[str]:
    """Return the addresses of a map, as written.

    Only `<loc>` with the prefix of the items counts: `<image:loc>` is a picture.
    """
    if root[0].endswith("/>"):
        return []
    name = re.escape(f"{root['prefix'] or ''}{root['name']}")
    ends = list(re.finditer(rf"</{name}\s*+>", content[root.end() :], re.IGNORECASE))
    if not ends:
        raise ParseError(page.url, f"site map: breaks off, without </{root['name']}>")
    item = ITEM.search(content, root.end())
    prefix = re.escape((item["prefix"] if item else root["prefix"]) or "")
    in_cdata = r"<!\[CDATA\[((?:[^<\]]|\](?!\]>))*+)\]\]>"
    location = re.compile(
        rf"<{prefix}loc(?:\s[^<>]*+)?>\s*+(?:(?:{in_cdata}|([^<]*+))\s*+</{prefix}loc\s*+>)?",
        re.IGNORECASE,
    )
    found = location.findall(content, root.end(), root.end() + ends[-1].start())
    texts = ((quoted or REFERENCE.sub(lambda match: unescape(match[0]), text)) for quoted, text in found)
    return [text for raw in texts if (text := raw.strip())]


def _read_lines(content: str, page: Page) -> list[str]:
    """Return the lines of a text file, which the protocol allows: one whole address a line, else empty."""
    lines = [line for raw in content.splitlines() if (line := raw.strip()) and not line.startswith("#")]
    if not lines or not WEB_ADDRESS.fullmatch(lines[0]):
        shown = quote_value(content[:40])
        raise ParseError(page.url, f"site map: neither XML nor a list of addresses, begins {shown}")
    return [line if WEB_ADDRESS.fullmatch(line) else "" for line in lines]


def _unpack_gzip(page: Page) -> bytes:
    """Return the content unpacked; a map may be gzipped whatever its address, and in several parts."""
    if not page.content.startswith(GZIP):
        return page.content
    content = bytearray()
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(page.content)) as opener:
            while len(content) <= MAX_BYTES and (part := opener.read1(MAX_BYTES)):
                content += part
    except EOFError as error:
        raise ParseError(page.url, "site map: a gzip file that is cut off") from error
    except (zlib.error, gzip.BadGzipFile) as error:
        if not (content and str(error).startswith("Not a gzipped file")):  # else something stands behind it
            raise ParseError(page.url, f"site map: a damaged gzip file ({error})") from error
    if len(content) > MAX_BYTES:
        raise ParseError(page.url, f"site map: more than {MAX_BYTES:,} bytes unpacked")
    return bytes(content)


def _keep_own_site(base: str, links: Iterable[str]) -> tuple[tuple[str, ...], int]:
    """Return the canonical addresses on the site of `base`, no duplicates, and how many others there are."""
    site, own, foreign = urls.find_site(base), dict[str, None](), 0
    for link in links:
        where = entries.parse_link(link, base) if UNREADABLE not in link else None
        if where and where.site == site:
            own[where.url] = None
        else:
            foreign += 1
    return tuple(own), foreign
