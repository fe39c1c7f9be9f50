"""Describes a newsroom from its own pages, so that an unknown site can be watched."""

import re
from collections import Counter
from collections.abc import Iterable
from urllib.parse import urlsplit

from lxml import etree
from lxml import html as markup

from crawler.parsing import html, urls
from crawler.parsing.platforms import PageKind, Reading
from storage.models import Confidence, Listing, Page, Source

# As pages declare feeds; many say only that it is XML, or add a charset.
FEED_TYPES = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/xml",
        "text/rss+xml",
        "text/rss",
        "text/xml",
        "application/rss",
    }
)
FEED_NAME = re.compile(r"(?:^|[/_.?=-])(?:rss|atom|feeds?)(?:[/_.?&=-]|$)", re.IGNORECASE)
REFRESH = re.compile(r"\s*+[\d.]++\s*+[;,]\s*+(?:url\s*=)?+[\s\"']*+([^\"']+)", re.IGNORECASE)
# ArticleCS, the news module of AFPIMS, answers feeds here; pages link it with an icon, not rel=alternate.
ARTICLE_FEED = re.compile(r"/RSS\.ashx\?", re.IGNORECASE)
# Parts of a host name that do not identify its owner.
PLAIN_LABELS = frozenset({"www", "mil", "gov", "com", "net", "org"})
PLAIN_PARTS = frozenset({"media", "newsroom", "about", "home", "default.aspx", "index.html"})


def find_feed_links(page: Page) -> tuple[str, ...]:
    """Return the feeds a page links to on its own site, in its order, none twice: declared ones first."""
    tree = _parse_tree(page)
    if tree is None:
        return ()
    declared = [link.get("href") for link in tree.iter("link") if _declares_feed(link)]
    linked = [
        link.get("href")
        for link in tree.iter("a")
        if ARTICLE_FEED.search(link.get("href") or "") or _find_type(link) in FEED_TYPES
    ]
    return _keep_own_site(
        page.url, html.find_base(tree, page.url), (href for href in (*declared, *linked) if href)
    )


def find_refresh_url(page: Page) -> str | None:
    """Return where a page sends its readers by itself (`<meta http-equiv="refresh">`), or None."""
    tree = _parse_tree(page)
    metas = tree.iter("meta") if tree is not None else ()
    for meta in metas:
        found = REFRESH.match(meta.get("content") or "")
        if (meta.get("http-equiv") or "").strip().lower() == "refresh" and found:
            try:
                target = urls.canonicalize_url(found[1], html.find_base(meta, page.url))
            except ValueError:
                continue
            return target if target != urls.canonicalize_url(page.url) else None
    return None


def explain_foreign_items(listing: Listing, site: str) -> str:
    """Return an empty string if most items are on the site, else one line naming the site they are on.

    Cross-posts are normal; a wrong Site number in a feed's address answers with another site's feed.
    """
    counts = Counter(entry.address.site for entry in listing.entries)
    if not counts:
        return "it has no items"
    if counts[site] * 2 > counts.total():
        return ""
    other, items = next(found for found in counts.most_common(2) if found[0] != site)
    return f"{items} of its {counts.total()} items are on {other}, {counts[site]} on {site}"


def build_source(page: Page, reading: Reading, taken: Iterable[str], identifier: str | None = None) -> Source:
    """Return a newsroom made from its listing page or its feed, with only that address."""
    host = urls.find_host(page.url)
    section = _guess_section(page.url)
    is_feed = reading.kind is PageKind.FEED
    return Source(
        id=identifier or choose_free_id(_build_id(host, section), frozenset(taken)),
        host=host,
        organization=_find_site_name(page) or host,
        branch="added",
        platform=reading.platform or "unknown",
        section=section,
        listing_url=None if is_feed else page.url,
        feed_url=page.url if is_feed else None,
        confidence=Confidence.HIGH,
        enabled=True,
        origin="user",
    )


def choose_free_id(wanted: str, taken: frozenset[str]) -> str:
    """Return the id, with the first free number added if it is taken."""
    if wanted not in taken:
        return wanted
    return next(
        name for name in (f"{wanted}-{number}" for number in range(2, len(taken) + 3)) if name not in taken
    )


def _parse_tree(page: Page) -> markup.HtmlElement | None:
    try:
        return markup.fromstring(page.content)
    except (etree.ParserError, ValueError):
        return None


def _declares_feed(link: markup.HtmlElement) -> bool:
    """Return whether a `<link>` names a feed; without a type, its address must look like one."""
    relations = (link.get("rel") or "").lower().split()
    if "alternate" not in relations and "feed" not in relations:
        return False
    kind = _find_type(link)
    return kind in FEED_TYPES if kind else FEED_NAME.search(link.get("href") or "") is not None


def _find_type(link: markup.HtmlElement) -> str:
    """Return the media type that a link names, without its parameters."""
    return str(link.get("type") or "").partition(";")[0].strip().lower()


def _keep_own_site(url: str, base: str, hrefs: Iterable[str]) -> tuple[str, ...]:
    """Return the addresses, read from `base`, that are on the site of `url`; broken ones are left out."""
    found: list[str] = []
    for href in hrefs:
        try:
            resolved = urls.resolve_url(href, base)
            if urls.find_site(resolved) == urls.find_site(url) and resolved not in found:
                found.append(resolved)
        except ValueError:
            continue
    return tuple(found)


def _find_site_name(page: Page) -> str:
    """Return what the page calls its site: `og:site_name`, else its title."""
    tree = _parse_tree(page)
    if tree is None:
        return ""
    named = tree.xpath("string(//meta[@property='og:site_name']/@content)")
    title = tree.xpath("string(//title)")
    return " ".join((named or title).split())[:120]


def _guess_section(url: str) -> str:
    """Return the last meaningful part of an address's path, as `press-releases`; `news` if there is none."""
    parts = [part.lower() for part in urlsplit(url).path.split("/") if part]
    meaningful = [part for part in parts if part not in PLAIN_PARTS and "." not in part]
    return _build_slug(meaningful[-1]) if meaningful and _build_slug(meaningful[-1]) else "news"


def _build_id(host: str, section: str) -> str:
    labels = [label for label in re.split(r"[.:]", host) if label not in PLAIN_LABELS]
    return _build_slug("-".join([*labels, section]))


def _build_slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
