"""What a newsroom's own pages tell about it, so that it can be watched without knowing the site before."""

import re
from collections import Counter
from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

from lxml import etree
from lxml import html as markup

from crawler.parsing import urls
from crawler.parsing.platforms import PageKind, Reading
from storage.models import Confidence, Listing, Page, Source

FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml"})
# ArticleCS, the news module of AFPIMS, answers feeds here; pages link it with an icon, not rel=alternate.
ARTICLE_FEED = re.compile(r"/RSS\.ashx\?", re.IGNORECASE)
# Parts of a host that say nothing about whose it is.
PLAIN_LABELS = frozenset({"www", "mil", "gov", "com", "net", "org"})
PLAIN_PARTS = frozenset({"media", "newsroom", "about", "home", "default.aspx", "index.html"})


def feed_links(page: Page) -> tuple[str, ...]:
    """Return the feeds a page links to on its own site, in its order, none twice: declared ones first."""
    tree = _tree(page)
    if tree is None:
        return ()
    declared = [
        link.get("href")
        for link in tree.iter("link")
        if "alternate" in (link.get("rel") or "").lower().split()
        and (link.get("type") or "").lower().strip() in FEED_TYPES
    ]
    linked = [link.get("href") for link in tree.iter("a") if ARTICLE_FEED.search(link.get("href") or "")]
    return _own(page.url, (href for href in (*declared, *linked) if href))


def owner(listing: Listing, site: str) -> str:
    """Return an empty string where most items are on the site, else one line saying whose they are.

    Cross-posts are normal; a wrong Site number in a feed's address answers with another site's feed.
    """
    counts = Counter(entry.address.site for entry in listing.entries)
    if not counts:
        return "it has no items"
    if counts[site] * 2 > counts.total():
        return ""
    other, items = next(found for found in counts.most_common(2) if found[0] != site)
    return f"{items} of its {counts.total()} items are on {other}, {counts[site]} on {site}"


def newsroom(page: Page, reading: Reading, taken: Iterable[str], identifier: str | None = None) -> Source:
    """Return the newsroom that a listing page or a feed belongs to, without a feed beside a listing."""
    host = urls.find_host(page.url)
    section = _section(page.url)
    is_feed = reading.kind is PageKind.FEED
    return Source(
        id=identifier or free(_identifier(host, section), frozenset(taken)),
        host=host,
        organization=_name(page) or host,
        branch="added",
        platform=reading.platform or "unknown",
        section=section,
        listing_url=None if is_feed else page.url,
        feed_url=page.url if is_feed else None,
        confidence=Confidence.HIGH,
        enabled=True,
        origin="user",
    )


def free(wanted: str, taken: frozenset[str]) -> str:
    """Return the id, with the first free number behind it where it is taken."""
    if wanted not in taken:
        return wanted
    return next(
        name for name in (f"{wanted}-{number}" for number in range(2, len(taken) + 3)) if name not in taken
    )


def _tree(page: Page) -> markup.HtmlElement | None:
    try:
        return markup.fromstring(page.content)
    except (etree.ParserError, ValueError):
        return None


def _own(base: str, hrefs: Iterable[str]) -> tuple[str, ...]:
    """Return the addresses that are on the site of `base`; broken ones are left out."""
    found: list[str] = []
    for href in hrefs:
        try:
            url = urljoin(base, href.strip())
            if urls.find_site(url) == urls.find_site(base) and url not in found:
                found.append(url)
        except ValueError:
            continue
    return tuple(found)


def _name(page: Page) -> str:
    """Return what the page calls its site: `og:site_name`, else its title."""
    tree = _tree(page)
    if tree is None:
        return ""
    named = tree.xpath("string(//meta[@property='og:site_name']/@content)")
    title = tree.xpath("string(//title)")
    return " ".join((named or title).split())[:120]


def _section(url: str) -> str:
    """Return the last telling part of an address's path: `press-releases`; `news` without one."""
    parts = [part.lower() for part in urlsplit(url).path.split("/") if part]
    telling = [part for part in parts if part not in PLAIN_PARTS and "." not in part]
    return _slug(telling[-1]) if telling and _slug(telling[-1]) else "news"


def _identifier(host: str, section: str) -> str:
    labels = [label for label in re.split(r"[.:]", host) if label not in PLAIN_LABELS]
    return _slug("-".join([*labels, section]))


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
