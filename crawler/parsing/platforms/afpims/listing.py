"""AFPIMS listings: the releases that a list, a home page or a message table links to, and the next page."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lxml.html import HtmlElement

from crawler.parsing import dates, html, urls
from crawler.parsing.platforms import entries, tiles
from crawler.parsing.platforms import xpath as trees
from crawler.parsing.platforms.xpath import has_class
from storage.models import Address, Entry, Listing, Page

NAME = "afpims-listings"
VERSION = 2
PARSER = f"{NAME}:{VERSION}"

# Cross-posts lead to any AFPIMS host. These hosts number their articles differently.
OTHER_PLATFORMS = frozenset({"www.army.mil", "www.dvidshub.net"})
LINK_ATTRIBUTES = ("article-url-or-link-absolute", "article-url-or-link", "article-url")

COMPONENT = " or ".join(f"@{name}" for name in LINK_ATTRIBUTES)
# As the server sends it, a list is custom elements that have everything in attributes; after scripts ran, it
# is `.item`s. Dashboards of 2013 to 2016 are bare links; contracts of 2020 were `a.title`.
MEMBERS = f"""//*[{COMPONENT}] | //*[{has_class("item")}]
    | //a[{has_class("da_news_link")}] | //a[{has_class("title")}]"""
CONTAINERS = ("alist-more-here", "alist-inner", "alist", "ModArticleCS", "DnnModule-ArticleCSDashboard")
LIST = " or ".join(has_class(name) for name in CONTAINERS)
LOOSE_LINKS = f"//*[{LIST}]//a[@href]"
ENTRY_AROUND = "ancestor::*[self::li or self::article or self::tr or self::div][1]"

TITLE_LINKS = (
    f".//*[{has_class('msg-title')}]//a[@href]",
    f".//*[{has_class('title')}]//a[@href]",
    f".//a[@href and {has_class('title')}]",
    ".//*[self::h1 or self::h2 or self::h3 or self::h4 or self::h5]//a[@href]",
    ".//a[@href and normalize-space()]",
    ".//a[@href]",  # a picture, or an empty link that covers the tile
)
DATES = (
    f".//*[{has_class('msg-pub-date')}]",
    ".//time",
    f".//*[{has_class('date')} or {has_class('published')} or {has_class('publish-date')}]",
)
SUMMARY = f".//*[{has_class('summary')} or {has_class('desc')} or {has_class('description')}]"

NEXT_LINKS = (
    f"//a[{has_class('da_next_pager')}]",
    "//a[contains(concat(' ', @rel, ' '), ' next ')] | //link[contains(concat(' ', @rel, ' '), ' next ')]",
    f"//*[{has_class('pagination')}]//li[{has_class('next')}]//a | //a[starts-with(@aria-label, 'Next')]",
)
MORE = f"//*[{has_class('alist-more-button')} and not({has_class('hidden')})]"
DISABLED = re.compile(r"\b(?:disabled|aspNetDisabled)\b")


def read_listing(page: Page) -> Listing | None:
    """Return the releases that a page lists, in its order, no address twice, or None where it has no list.

    Number and host come from the link, never from a class name or an element's own id: a cross-posted item
    carries a local id and links to another host. Links without an article number are not releases. An
    empty listing is a list without items. ParseError where the page is not markup.
    """
    root = html.parse_tree(page)
    found = [entry for node in trees.find_elements(root, MEMBERS) for entry in _read_member(node, page)]
    found = found or [
        entry for link in trees.find_elements(root, LOOSE_LINKS) for entry in _read_loose_link(link, page)
    ]
    if not found and not trees.find_elements(root, f"//*[{has_class('alist-more-here')}]"):
        return None
    return entries.build_listing(found, PARSER, find_next_page(root, page) if found else None)


def find_next_page(root: HtmlElement, page: Page) -> str | None:
    """Return the address of the next listing page, or None on the last one.

    It is this page's number plus one, where a pager or the button for more is there: the pager of marines.mil
    gives its link to the last page the class of the one to the next, and before it (seen 2020).
    """
    here = read_page_number(page.url)
    pager = _find_pager_links(root, page)
    if here + 1 in pager:
        return pager[here + 1]
    for xpath in NEXT_LINKS:
        for link in trees.find_elements(root, xpath):
            if found := _find_following(link, page, here):
                return found
    # "Load more" fetches by script; `?Page=N` gives the same items. The button is on every page, and a pager
    # without a page further on says that this one is the last.
    has_more = not pager and trees.find_elements(root, MORE)
    return _set_page_number(page.url, here + 1) if has_more else None


def _find_pager_links(root: HtmlElement, page: Page) -> dict[int, str]:
    """Return the other pages of this list that a page links to, by their numbers."""
    found: dict[int, str] = {}
    base = html.find_base(root, page.url)
    for link in trees.find_elements(root, "//a[@href] | //link[@href]"):
        where = None if _is_disabled(link) else entries.parse_link(link.get("href"), base)
        if where and _has_page_number(where.url) and _is_same_list(where.url, page.url):
            found.setdefault(read_page_number(where.url), where.url)
    found.pop(read_page_number(page.url), None)
    return found


def read_page_number(url: str) -> int:
    """Return N of `?Page=N`, 1 without it."""
    number = next((value for name, value in parse_qsl(urlsplit(url).query) if name.lower() == "page"), "1")
    return int(number) if re.fullmatch(r"[0-9]{1,6}", number) else 1


def _has_page_number(url: str) -> bool:
    """Return whether an address says which page of a list it is."""
    return any(name.lower() == "page" for name, _ in parse_qsl(urlsplit(url).query))


def _read_member(node: HtmlElement, page: Page) -> Iterator[Entry]:
    if any(node.get(name) is not None for name in LINK_ATTRIBUTES):
        return _read_component(node, page)
    return _read_bare_link(node, page) if node.tag == "a" else _read_item(node, page)


def _read_component(node: HtmlElement, page: Page) -> Iterator[Entry]:
    where = _find_release(node, html.read_attribute(node, *LINK_ATTRIBUTES), page)
    if where is None:
        return
    raw = html.read_attribute(node, "publish-date-ap")
    stamp = html.read_attribute(node, "publish-date-jss")
    title, summary = html.read_attribute(node, "article-title"), html.read_attribute(node, "article-summary")
    yield _build_entry(where, title, (raw or stamp, stamp), summary, html.find_language(node))


def _read_item(node: HtmlElement, page: Page) -> Iterator[Entry]:
    for xpath in TITLE_LINKS:
        for link in trees.find_elements(node, xpath):
            where = _find_release(link, link.get("href"), page)
            title = tiles.read_title(link, node) if where else ""
            if where and title:
                yield _make_entry(where, title, node)
                return


def _read_bare_link(node: HtmlElement, page: Page) -> Iterator[Entry]:
    where, title = _find_release(node, node.get("href"), page), tiles.read_title(node, node)
    inside_item = trees.find_first(node, f"ancestor::*[{has_class('item')}]") is not None
    if where and title and not inside_item:
        yield _make_entry(where, title, node)


def _read_loose_link(link: HtmlElement, page: Page) -> Iterator[Entry]:
    where = _find_release(link, link.get("href"), page)
    around = trees.find_first(link, ENTRY_AROUND) if where else None
    title = tiles.read_title(link, link if around is None else around) if where else ""
    if where and title:
        yield _make_entry(where, title, link if around is None else around)


def _find_release(node: HtmlElement, link: str | None, page: Page) -> Address | None:
    where = entries.parse_link(link, html.find_base(node, page.url))
    return where if where and where.number and where.site not in OTHER_PLATFORMS else None


def _find_printed_date(node: HtmlElement) -> tuple[str, str]:
    """Return the date as printed, and the time stamp in the site's local time; each may be empty."""
    for xpath in DATES:
        for found in trees.find_elements(node, xpath):
            raw = html.read_attribute(found, "data-dateap") or html.read_text(found)
            stamp = html.read_attribute(found, "data-dateago")
            if stamp or dates.find_stated_day(raw) or _parse_day(raw):
                return raw, stamp
    return "", ""


def _make_entry(where: Address, title: str, item: HtmlElement) -> Entry:
    raw, stamp = _find_printed_date(item)
    summary = html.read_text(trees.find_first(item, SUMMARY))
    return _build_entry(where, title, (raw, stamp), summary, html.find_language(item))


def _build_entry(
    where: Address, title: str, printed: tuple[str, str], summary: str, language: str | None
) -> Entry:
    raw, stamp = printed
    at = _parse_stamp(stamp)
    return Entry(
        where,
        title,
        published_raw=raw or None,
        published_on=_parse_day(raw, language) or _parse_day(stamp),
        published_at=at,
        published_source="jss" if at else None,
        summary=summary or None,
    )


def _parse_day(raw: str, language: str | None = None) -> date | None:
    return dates.parse_day(raw, language or dates.US_ENGLISH) if raw else None


def _parse_stamp(stamp: str) -> datetime | None:
    return dates.parse_eastern(stamp) if stamp else None


def _find_following(link: HtmlElement, page: Page, here: int) -> str | None:
    if _is_disabled(link):
        return None
    href = link.get("href") or ""
    if href.lower().startswith("javascript:"):
        return _set_page_number(page.url, here + 1)
    where = entries.parse_link(href, html.find_base(link, page.url))
    if where and _has_page_number(where.url) and _is_same_list(where.url, page.url):
        return _set_page_number(page.url, here + 1) if read_page_number(where.url) > here else None
    # "Next" on an article leads to another article; a pager may be a link back to this page.
    ahead = where and where.number is None and where.url != urls.canonicalize_url(page.url)
    return where.url if where and ahead and where.site == urls.find_site(page.url) else None


def _is_disabled(link: HtmlElement) -> bool:
    around = link.getparent()
    own = link.get("class") or ""
    return DISABLED.search(own if around is None else f"{own} {around.get('class') or ''}") is not None


def _is_same_list(url: str, other: str) -> bool:
    one, two = urlsplit(url), urlsplit(urls.canonicalize_url(other))
    return one.netloc == two.netloc and one.path.rstrip("/").lower() == two.path.rstrip("/").lower()


def _set_page_number(url: str, number: int) -> str:
    parts = urlsplit(urls.canonicalize_url(url))
    others = [(name, value) for name, value in parse_qsl(parts.query, True) if name.lower() != "page"]
    return urls.canonicalize_url(
        urlunsplit(parts._replace(query=urlencode([*others, ("Page", str(number))])))
    )
