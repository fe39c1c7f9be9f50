"""RSS and Atom feeds of any platform: the newest releases of a newsroom, as a listing."""

import io
import re
from html.entities import html5
from typing import Any

import feedparser
from lxml import etree
from lxml.html import fragment_fromstring

from crawler.parsing import dates, html, text
from crawler.parsing.html import ParseError
from crawler.parsing.platforms import entries
from storage.models import Entry, Listing, Page
from storage.models.quoting import quote_value

NAME = "feeds"
VERSION = 2
PARSER = f"{NAME}:{VERSION}"

ROOT = re.compile(r"<(?:[a-z][\w.-]{0,30}:)?(?:rss|feed|RDF)[\s>]", re.IGNORECASE)
END_TAG = re.compile(rb"</(?:[a-z][\w.-]{0,30}:)?(?:rss|feed|RDF)\s*>", re.IGNORECASE)
# What .NET writes of a string, whatever encoding it is then sent in.
FALSE_UTF_16 = re.compile(
    rb"""^((?:\xef\xbb\xbf)?<\?xml\b[^<>]{0,80}?)\sencoding\s*=\s*["']utf-?16(?:le|be)?["']""", re.IGNORECASE
)
PAGE_TAG = re.compile(r"<(?:html|body|!doctype\s+html)\b", re.IGNORECASE)
REFERENCE = re.compile(rb"&#(?:x([0-9a-f]{1,12})|([0-9]{1,12}));?", re.IGNORECASE)
AMPERSAND = re.compile(rb"&(#[0-9]{1,12};|#[xX][0-9a-fA-F]{1,12};|[A-Za-z][A-Za-z0-9]{0,31};)?")
WEB_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
HEAD_BYTES = 64 * 1024  # a root element further down than this is none
FEED_TYPE = re.compile(r"^(?:application|text)/(?:rss\+xml|atom\+xml|rdf\+xml)", re.IGNORECASE)
FEED_PATH = re.compile(r"/rss\.ashx(?:\?|$)", re.IGNORECASE)


def is_sent_as_feed(page: Page) -> bool:
    """Return whether the page is a feed, or was sent as one; never raises."""
    return is_feed(page) or any(
        name == "content-type" and FEED_TYPE.match(value.strip()) for name, value in page.headers
    )


def is_feed(page: Page) -> bool:
    """Return whether the root element is that of RSS or Atom; pages quoted in its items do not matter."""
    # Latin-1 keeps every byte, and without NUL UTF-16 shows its tags too.
    head = remove_comments(page.content[:HEAD_BYTES].replace(b"\0", b"").decode("latin-1"))
    root = ROOT.search(head)
    return root is not None and PAGE_TAG.search(head[: root.start()]) is None


def remove_comments(markup: str) -> str:
    """Return markup without its comments, in linear time; one that does not end goes to the end."""
    first, *rest = markup.split("<!--")
    return first + "".join(part.partition("-->")[2] for part in rest)


def is_feed_address(url: str) -> bool:
    """Return whether an address is one where ArticleCS, the news module of AFPIMS, serves feeds."""
    return FEED_PATH.search(url) is not None


def is_article_feed(page: Page) -> bool:
    """Return whether ArticleCS made the feed: by its address, or by the broken `self` link of its channel."""
    return is_feed_address(page.url) or b"/articlecs/rss.ashx" in page.content[:4096].lower()


def read_feed(page: Page) -> Listing:
    """Return the releases that a feed names, in its order, no address twice, possibly none.

    `published_at` is the item's GMT time with source "rss". The channel's own dates and its `self` link are
    not used: the first are the time of the request, the second has been broken since 2021. Items without an
    address are left out. ParseError where the body is not a complete feed.
    """
    parsed = _parse_feed(page)
    found = [entry for item in parsed["entries"] if (entry := _read_entry(item, page))]
    if parsed["entries"] and not found:
        raise ParseError(page.url, f"feed: {len(parsed['entries'])} items, none with a web address")
    return entries.build_listing(found, PARSER)


# feedparser has no types: an item is a dictionary, and its values depend on the feed.
def _parse_feed(page: Page) -> dict[str, Any]:
    content = _escape_ampersands(_replace_bad_references(_cut_tail(page.content.lstrip())))
    content = FALSE_UTF_16.sub(rb"\1", content, count=1)
    if not content:
        raise ParseError(page.url, "feed: empty body")
    if not is_feed(page):
        raise ParseError(page.url, f"feed: not RSS or Atom, begins with {quote_value(content[:40])}")
    # As a stream, because feedparser may take plain bytes for a file name.
    parsed: dict[str, Any] = feedparser.parse(io.BytesIO(content))
    if not parsed.get("version"):
        shown = quote_value(content[:40])
        raise ParseError(page.url, f"feed: not readable as RSS or Atom, begins with {shown}")
    if _is_broken(parsed) and not _is_closed(content):
        raise ParseError(page.url, f"feed: broken XML ({_format_problem(parsed['bozo_exception'])})")
    return parsed


def _cut_tail(content: bytes) -> bytes:
    """Return a feed without what a cache or a counter appended to it; a feed without its end as it is."""
    ends = list(END_TAG.finditer(content))
    if not ends:
        return content
    whole = content[: ends[-1].end()]
    return whole if whole.count(b"<![CDATA[") == whole.count(b"]]>") else content


def _is_closed(content: bytes) -> bool:
    """Return whether nothing but comments follows a feed's last end tag."""
    ends = list(END_TAG.finditer(content))
    return bool(ends) and not remove_comments(content[ends[-1].end() :].decode("latin-1")).strip()


def _replace_bad_references(content: bytes) -> bytes:
    """Return a feed whose references to surrogates, or beyond Unicode, name U+FFFD: no text can hold them."""
    return REFERENCE.sub(lambda match: match[0] if _names_character(match) else b"&#xFFFD;", content)


def _names_character(match: re.Match[bytes]) -> bool:
    code = int(match[1], 16) if match[1] else int(match[2])
    return code < 0xD800 or 0xDFFF < code <= 0x10FFFF


def _escape_ampersands(content: bytes) -> bytes:
    """Return a feed whose bare `&`, as in "R&D", are written as XML wants them; CDATA stays as it is.

    feedparser reads them as references without an end, and adds one: "R&D;".
    """
    if b"&" not in content or b"\0" in content:  # UTF-16, where a byte is no character
        return content
    first, *rest = content.split(b"<![CDATA[")
    parts = [_escape_part(first)]
    for part in rest:
        quoted, end, after = part.partition(b"]]>")
        parts.append(b"".join((b"<![CDATA[", quoted, end, _escape_part(after))))
    return b"".join(parts)


def _escape_part(part: bytes) -> bytes:
    return AMPERSAND.sub(lambda match: match[0] if _is_reference(match) else b"&amp;" + match[0][1:], part)


def _is_reference(match: re.Match[bytes]) -> bool:
    return bool(match[1]) and (match[1].startswith(b"#") or match[1].decode() in html5)


def _is_broken(parsed: dict[str, Any]) -> bool:
    problem = parsed.get("bozo_exception")
    return bool(parsed.get("bozo")) and not isinstance(problem, feedparser.CharacterEncodingOverride)


def _read_entry(item: dict[str, Any], page: Page) -> Entry | None:
    where = entries.parse_link(_find_link(item), page.url)
    if where is None:
        return None
    raw = item.get("published") or item.get("updated")
    at = dates.parse_instant(raw) if raw else None
    return Entry(
        where,
        _read_title(item.get("title", ""), item.get("title_detail")),
        published_raw=raw,
        published_at=at,
        published_source="rss" if at else None,
        summary=_strip_markup(item["summary"]) or None if item.get("summary") else None,
    )


def _find_link(item: dict[str, Any]) -> str:
    """Return an item's address; a guid is one only where it is written as one.

    feedparser makes a link of a guid where an item has none, and says so by `guidislink`.
    """
    link, identifier = item.get("link") or "", item.get("id") or ""
    if link and not (item.get("guidislink") and link == identifier):
        return str(link)
    return str(identifier) if WEB_ADDRESS.match(identifier) else ""


def _read_title(words: str, detail: dict[str, Any] | None) -> str:
    is_markup = detail is not None and detail.get("type") != "text/plain"
    return _strip_markup(words) if is_markup else text.clean_line(words)


def _strip_markup(words: str) -> str:
    """Return the words of an HTML snippet on one line."""
    try:
        tree = fragment_fromstring(words, create_parent="div")
    except (etree.ParserError, ValueError):
        return text.clean_line(words)
    return html.read_text(tree)


def _format_problem(problem: object) -> str:
    return text.clean_line(str(problem))[:120]
