"""What a page of an unknown platform says about itself outside its text: JSON-LD, OpenGraph, metas."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.parsing import html, text, urls
from crawler.parsing.platforms import entries, xpath
from crawler.parsing.platforms.generic import json_ld
from storage.models import Address, Page

STORY_TYPES = frozenset(
    {"article", "newsarticle", "reportagenewsarticle", "backgroundnewsarticle", "pressrelease", "blogposting"}
)
JSON_TYPE = re.compile(r"\s*application/ld\+json\s*(?:;.*)?", re.IGNORECASE | re.DOTALL)
# Where a page's own story may stand in another object.
PARTS = ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "item")
NAMES = ("url", "@id", "mainEntityOfPage")  # where a story names its page
MAX_DEPTH = 6

Story = dict[str, Any]  # a JSON-LD object is free-form


@dataclass(frozen=True, slots=True)
class PageMetadata:
    """What a page says about itself outside its text."""

    story: Story  # of this page; empty where there is no JSON-LD of it
    metas: dict[str, str]  # the first of each name or property; names in lower case


def read_metadata(root: HtmlElement, page: Page) -> PageMetadata:
    """Return what a page says about itself; JSON-LD of other stories is left out."""
    metas: dict[str, str] = {}
    for node in root.iter("meta"):
        name = html.read_attribute(node, "property", "name").lower()
        if not name and xpath.find_first(node, "ancestor::head") is not None:
            name = html.read_attribute(node, "itemprop").lower()  # in the body it may be another story's
        content = html.read_attribute(node, "content")
        if name and content:
            metas.setdefault(name, content)
    return PageMetadata(_choose_story(list(_find_stories(root)), root, metas, page), metas)


def find_own_address(root: HtmlElement, metas: dict[str, str], page: Page) -> Address | None:
    """Return the address that a page gives itself, or None."""
    canonical = xpath.find_first(root, "//link[@rel='canonical']")
    link = (canonical.get("href") if canonical is not None else None) or metas.get("og:url")
    return entries.parse_link(link, html.find_base(root, page.url))


def find_headings(root: HtmlElement) -> list[str]:
    """Return the first-level headings of a page, without empty ones."""
    return [line for node in xpath.find_elements(root, "//h1") if (line := html.read_text(node))]


def read_string(value: object, *, keep_lines: bool = False) -> str:
    """Return a value of JSON-LD as plain text; empty where it is no text."""
    if not isinstance(value, str):
        return ""
    plain = unescape(value)  # content systems often escape JSON-LD as if it were markup
    return text.clean_lines(plain) if keep_lines else text.clean_line(plain)


def _choose_story(stories: list[Story], root: HtmlElement, metas: dict[str, str], page: Page) -> Story:
    """Return the story that names this page, else the one with its headline, else the only unnamed one."""
    own = {_identify(urls.parse_address(page.url))}
    if address := find_own_address(root, metas, page):
        own.add(_identify(address))
    named = [(story, {_identify(each) for each in _list_addresses(story, page)}) for story in stories]
    for story, addresses in named:
        if addresses & own:
            return story
    titles = {*find_headings(root), metas.get("og:title", "")} - {""}
    for story, addresses in named:
        if not addresses and read_string(story.get("headline")) in titles:
            return story
    return stories[0] if len(stories) == 1 and not named[0][1] else {}


def _list_addresses(story: Story, page: Page) -> Iterator[Address]:
    """Yield the pages that a story names as its own; the root of a site names none."""
    for name in NAMES:
        value = story.get(name)
        values = [value.get("@id"), value.get("url")] if isinstance(value, dict) else [value]
        for link in values:
            address = entries.parse_link(link, page.url) if isinstance(link, str) else None
            if address and urlsplit(address.url).path.strip("/"):
                yield address


def _identify(address: Address) -> str:
    """Return what two spellings of a story's address have in common."""
    parts = urlsplit(address.url)
    return address.number or f"{parts.path.rstrip('/').lower()}?{parts.query}"


def _find_stories(root: HtmlElement) -> Iterator[Story]:
    for script in root.iter("script"):
        if not JSON_TYPE.fullmatch(script.get("type") or ""):
            continue
        data = json_ld.parse_json_ld(script.text or "")
        for item in _iterate_objects(data, MAX_DEPTH):
            kinds = item.get("@type")
            kinds = kinds if isinstance(kinds, list) else [kinds]
            if any(str(kind).rpartition("/")[2].lower() in STORY_TYPES for kind in kinds):
                yield item


def _iterate_objects(data: object, depth: int) -> Iterator[Story]:
    if depth == 0:
        return
    for item in data if isinstance(data, list) else [data]:
        if isinstance(item, dict):
            yield item
            for part in PARTS:
                yield from _iterate_objects(item.get(part), depth - 1)
