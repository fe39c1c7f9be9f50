"""Releases on unknown platforms: JSON-LD or OpenGraph, then trafilatura; always of low confidence.

Where trafilatura gives no text and JSON-LD none either, Beautiful Soup looks for it (`tolerant_body`).

Never used for AFPIMS. No page of army.mil or africom.mil could be seen while this was written: their
addresses are known, their markup is not.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from importlib.metadata import version
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.parsing import dates, html, text, urls
from crawler.parsing.html import ParseError
from crawler.parsing.platforms import xpath
from crawler.parsing.platforms.generic import metadata, stated_dates, tolerant_body
from crawler.parsing.platforms.generic.metadata import PageMetadata, Story, read_string
from storage.models import Confidence, Fields, Image, Page

NAME = "generic"
VERSION = 3

# army.mil /article/<id>/, DVIDS /news/<id>/, africom.mil /pressrelease/<id>/, WordPress /2024/10/17/<slug>/
STORY_PATH = re.compile(
    r"/(?:article|news|press-?releases?)/[0-9]{3,}(?:/|$)|/[0-9]{4}/[0-9]{2}/(?:[0-9]{2}/)?[^/]+/?$",
    re.IGNORECASE,
)
STORY_HOSTS = frozenset({"www.army.mil", "www.dvidshub.net", "www.africom.mil", "www.eucom.mil"})
ABSENT = re.compile(r"\b404\b|\bnot found\b|\bno longer available\b|\bpage unavailable\b", re.IGNORECASE)
TITLE_TAIL = re.compile(r"\s+(?:[|\u2013\u2014»]|-)\s+.*$")
BYLINE = re.compile(r"(?:Story )?[Bb]y (\S.{0,118}[^.?!])")
MAX_ELEMENTS = 8_000  # trafilatura takes 0.1 ms for each, and more in larger pages
MAX_DATE_LINE_LENGTH = 160  # characters; a longer text node is prose

DATE_METAS = (
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "datepublished",
    "publishdate",
    "pubdate",
    "dcterms.created",
    "dcterms.date",
)


def is_article(page: Page) -> bool:
    """Return whether the page claims to be an article; never raises."""
    if urlsplit(page.url).path in {"", "/"}:
        return False
    try:
        root = html.parse_tree(page)
    except ParseError:
        return False
    head = metadata.read_metadata(root, page)
    if ABSENT.search(_find_title(root, head)):
        return False
    claimed = bool(head.story) or head.metas.get("og:type", "").lower() == "article"
    claimed = claimed or "article:published_time" in head.metas
    return claimed or (
        STORY_PATH.search(urlsplit(page.url).path) is not None and _is_own_address(root, head, page)
    )


def read_article(page: Page) -> Fields:
    """Read one article; ParseError where the title or the body is missing. A missing date is not guessed."""
    root = html.parse_tree(page)
    head = metadata.read_metadata(root, page)
    title = _find_title(root, head)
    if not title:
        raise ParseError(page.url, "title: none in JSON-LD, OpenGraph or a heading")
    raw, at, source = _find_published(root, head, page)
    known = frozenset({title, raw, *metadata.find_headings(root)}) - {""}
    byline, paragraphs = _read_body(page, head, known)
    parser = name_parser()
    if not paragraphs:
        parser = tolerant_body.name_tolerant_parser(NAME, VERSION)
        byline, paragraphs = _split_byline(tolerant_body.read_tolerant_body(html.read_markup(page)), known)
    if not paragraphs:
        raise ParseError(page.url, f"body: no text found by {name_parser()}")
    return Fields(
        title=title,
        paragraphs=paragraphs,
        parser=parser,
        confidence=Confidence.LOW,
        design="json-ld" if head.story else "opengraph" if "og:title" in head.metas else "trafilatura",
        article_id=urls.find_article_number(page.url),
        published_raw=raw or None,
        published_on=dates.parse_metadata_day(raw, _find_language(root)) if raw else None,
        published_at=at,
        published_source=source if at else None,
        byline=_read_names(head.story, "Person") or head.metas.get("author") or byline or None,
        organization=_read_names(head.story, "Organization") or None,
        section=read_string(head.story.get("articleSection")) or head.metas.get("article:section") or None,
        tags=_read_tags(head.story),
        images=_read_images(root, head, page),
    )


@cache
def name_parser(name: str = NAME, number: int = VERSION) -> str:
    """Return a parser's name and version, with trafilatura's: another release may read other fields."""
    return f"{name}:{number}+trafilatura-{version('trafilatura')}"


def _is_own_address(root: HtmlElement, head: PageMetadata, page: Page) -> bool:
    """Return whether a page is the story that its address looks like: it gives itself that address.

    Where a page gives no address, one headline on a host with such addresses is enough.
    """
    named, mine = metadata.find_own_address(root, head.metas, page), urls.parse_address(page.url)
    if named:
        return (named.number or named.url.rstrip("/")) == (mine.number or mine.url.rstrip("/"))
    return mine.site in STORY_HOSTS and len(metadata.find_headings(root)) == 1


def _find_title(root: HtmlElement, head: PageMetadata) -> str:
    headline = read_string(head.story.get("headline"))
    shared = head.metas.get("og:title", "")
    headings = metadata.find_headings(root)
    if not headline and len(headings) == 1 and (not shared or headings[0] in shared):
        return headings[0]
    return headline or shared or TITLE_TAIL.sub("", html.read_text(xpath.find_first(root, "//head/title")))


def _read_body(page: Page, head: PageMetadata, known: frozenset[str]) -> tuple[str, tuple[str, ...]]:
    """Return the byline printed above the text, if any, and the text without the `known` lines above it."""
    from trafilatura import extract  # half a second of imports, which AFPIMS never needs

    read = None
    if sum(1 for _ in html.parse_tree(page).iter()) <= MAX_ELEMENTS:
        read = extract(html.read_markup(page), url=page.url, include_comments=False, favor_precision=True)
    body = read or read_string(head.story.get("articleBody"), keep_lines=True)
    return _split_byline([line for raw in body.splitlines() if (line := text.clean_line(raw))], known)


def _split_byline(read: Iterable[str], known: frozenset[str]) -> tuple[str, tuple[str, ...]]:
    lines, byline = list(read), ""
    while lines and (
        lines[0] in known or BYLINE.fullmatch(lines[0]) or stated_dates.find_day_in_line(lines[0]) in known
    ):
        found = BYLINE.fullmatch(lines.pop(0))
        byline = found[1] if found else byline
    return byline, tuple(lines)


def _find_published(root: HtmlElement, head: PageMetadata, page: Page) -> tuple[str, datetime | None, str]:
    """Return the day as the page prints it, else as its metadata give it; the instant, and its source.

    The printed day is the day of the newsroom; a time in UTC may be on the next one.
    """
    stated = read_string(head.story.get("datePublished"))
    source = "json-ld" if stated else "opengraph"
    stated = stated or next((head.metas[name] for name in DATE_METAS if name in head.metas), "")
    at = dates.parse_instant(stated) if stated else None
    return stated_dates.find_stated_date(root, page) or stated, at, source


def _find_language(root: HtmlElement) -> str | None:
    title = xpath.find_first(root, "//h1")
    return html.find_language(root if title is None else title)


def _read_names(story: Story, kind: str) -> str:
    author = story.get("author")
    people = author if isinstance(author, list) else [author]
    named = [
        read_string(person.get("name"))
        for person in people
        if isinstance(person, dict) and str(person.get("@type", "Person")) == kind
    ]
    named += [read_string(person) for person in people if isinstance(person, str) and kind == "Person"]
    return ", ".join(name for name in named if name)


def _read_tags(story: Story) -> tuple[str, ...]:
    keywords = story.get("keywords")
    if isinstance(keywords, str):
        keywords = keywords.split(",")
    words = keywords if isinstance(keywords, list) else []
    return tuple(dict.fromkeys(tag for word in words if (tag := read_string(word))))


def _read_images(root: HtmlElement, head: PageMetadata, page: Page) -> tuple[Image, ...]:
    image_url = html.resolve_link(head.metas.get("og:image", ""), html.find_base(root, page.url))
    return (Image(image_url, head.metas.get("og:image:alt")),) if image_url else ()
