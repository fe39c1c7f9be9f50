"""Newsroom sections by their addresses: which links lead to sections, and which section a release is in."""

import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlsplit

from lxml import etree
from lxml import html as markup

from crawler.parsing import html, urls
from storage.models import Address, Page

# Path words of the sections that the catalogue has (crawler/catalog.csv).
NEWS_WORDS: Final = re.compile(
    r"news|press|release|stor(?:y|ies)|media|commentar|feature|speech|transcript|testimon|contract"
    r"|advisor|announce|article|statement|notice|messages?|maradmin|publication",
    re.IGNORECASE,
)
# Within a newsroom, but never a list of releases.
ELSEWHERE: Final = re.compile(
    r"photo|image|video|galler|subscribe|contact|about|kit|faq|query|search|rss|podcast|social|login|logo"
    r"|archive|newcomer|/tag/|/category/|\.(?:pdf|jpe?g|png|zip|docx?)$",
    re.IGNORECASE,
)
FEED_PAGE: Final = re.compile(r"(?:^|[/_-])(?:rss|feeds?)(?:[/_.-]|$)", re.IGNORECASE)
NUMBER: Final = re.compile(r"/article/[0-9]+(?:[/.].*)?$", re.IGNORECASE)
# Between a section and its releases: /News/Article-Display/Article/1/, /News/Releases/Release/Article/2/.
DISPLAY: Final = re.compile(
    r"(?:article|display|view|release|story|contract|transcript|speech|message|advisory|publication)"
    r"|.*(?:display|view).*",
    re.IGNORECASE,
)
TABID: Final = re.compile(r"/tabid/[0-9]+", re.IGNORECASE)


def find_sections(page: Page) -> tuple[str, ...]:
    """Return the pages of its own site that a page links and that may list releases, the likeliest first."""
    found = [url for url in _find_links(page) if NEWS_WORDS.search(urlsplit(url).path)]
    found = [url for url in found if not ELSEWHERE.search(urlsplit(url).path)]
    return tuple(sorted(_drop_duplicates(found), key=lambda url: urlsplit(url).path.rstrip("/").count("/")))


def find_feed_pages(page: Page) -> tuple[str, ...]:
    """Return the pages of its own site that a page links and that may name feeds."""
    return tuple(_drop_duplicates(url for url in _find_links(page) if FEED_PAGE.search(urlsplit(url).path)))


def get_section_path(address: Address) -> str:
    """Return the path before a release's number, in lower case; the same for all releases of a section."""
    return NUMBER.sub("/", urlsplit(address.url).path).lower() if address.number else ""


def guess_listing_url(address: Address) -> str | None:
    """Return where the list that a release belongs to may be: the path above its display page, or None."""
    parts = urlsplit(address.url)
    if not address.number or not NUMBER.search(parts.path):
        return None
    path = TABID.sub("", NUMBER.sub("", parts.path)).strip("/")
    names = path.split("/") if path else []
    if names and DISPLAY.fullmatch(names[-1]):
        names.pop()
    return parts._replace(path=f"/{'/'.join(names)}/", query="").geturl() if names else None


def _find_links(page: Page) -> Iterator[str]:
    """Return the addresses of a page's links that are on its site and are neither releases nor feeds."""
    home = urls.canonicalize_url("/", page.url)
    for href in _find_hrefs(page):
        try:
            where = urls.parse_address(href, page.url)
        except ValueError:
            continue
        parts = urlsplit(where.url)
        if (
            where.site == urls.find_site(page.url)
            and not where.number
            and not parts.query
            and where.url != home
        ):
            yield where.url


def _find_hrefs(page: Page) -> list[str]:
    try:
        tree = markup.fromstring(page.content)
    except (etree.ParserError, ValueError):
        return []
    hrefs = (link.get("href") or "" for link in tree.iter("a"))
    base = html.find_base(tree, page.url)
    return [url for href in hrefs if (url := html.resolve_link(href, base))]


def _drop_duplicates(found: Iterable[str]) -> list[str]:
    """Return addresses; of those that differ only in case or the last slash, the first."""
    once: dict[str, str] = {}
    for url in found:
        once.setdefault(url.rstrip("/").lower(), url)
    return list(once.values())
