"""Listings on unknown platforms: links that look like stories, or tiles with a headline and a date."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.parsing import dates, html, text, urls
from crawler.parsing.platforms import entries, tiles, xpath
from crawler.parsing.platforms.generic.article import MAX_DATE_LINE_LENGTH, STORY_PATH, name_parser
from crawler.parsing.platforms.generic.stated_dates import SPLIT
from storage.models import Address, Entry, Listing, Page

LINKS = "//a[@href]"
HEADED = f".//*[{tiles.HEADINGS}]//a[@href] | .//a[@href][.//*[{tiles.HEADINGS}]]"
MEMBERS = "ancestor::*[self::article or self::li or self::tr or self::section or self::div][position() <= 4]"
NEXT = "//a[contains(concat(' ', @rel, ' '), ' next ')] | //link[contains(concat(' ', @rel, ' '), ' next ')]"
MIN_ENTRIES = 2

Addresses = Mapping[HtmlElement, Address]  # of the links that may be stories


def read_listing(page: Page) -> Listing | None:
    """Return the stories that a page links to, in its order, no address twice; None where they are too few.

    A story is a link whose address looks like one; or one with a date beside it that is in a heading, or has
    no words and is the only one of a part with a headline.
    """
    found = read_story_links(page, STORY_PATH, name_parser())
    if found:
        return found
    root = html.parse_tree(page)
    links = _find_own_links(root, page)
    headings = {link: links[link] for link in xpath.find_elements(root, HEADED) if link in links}
    language = html.find_language(root)
    covers = {link for link in links if link not in headings and _covers_headline(link, links)}
    found_entries = (
        _read_link(link, headings if link in headings else links, language)
        for link in links
        if link in headings or link in covers
    )
    dated = [entry for entry in found_entries if entry and entry.published_on]
    return _build_listing(dated, root, page, name_parser())


def read_story_links(
    page: Page, path: re.Pattern[str], parser: str, language: str | None = None
) -> Listing | None:
    """Return the stories of a page: the links of its own site whose path looks like one; None as above.

    `language` is that of the platform's days in numbers, where a page does not name its own.
    """
    root = html.parse_tree(page)
    links = _find_own_links(root, page)
    stories = {link: where for link, where in links.items() if path.search(urlsplit(where.url).path)}
    language = html.find_language(root) or language
    found = [entry for link in stories if (entry := _read_link(link, stories, language))]
    return _build_listing(found, root, page, parser)


def _find_own_links(root: HtmlElement, page: Page) -> dict[HtmlElement, Address]:
    site = urls.find_site(page.url)
    links = xpath.find_elements(root, LINKS)
    base = html.find_base(root, page.url)
    addresses = [entries.parse_link(link.get("href"), base) for link in links]
    pairs = zip(links, addresses, strict=True)
    return {link: where for link, where in pairs if where is not None and where.site == site}


def _build_listing(found: list[Entry], root: HtmlElement, page: Page, parser: str) -> Listing | None:
    listing = entries.build_listing(found, parser, _find_next_page(root, page))
    return listing if len(listing.entries) >= MIN_ENTRIES else None


def _read_link(link: HtmlElement, links: Addresses, language: str | None) -> Entry | None:
    """Return the story that a link leads to, by its own words, or those beside it; None without any.

    Of several links to one story beside each other, the one with words of its own counts.
    """
    parts = _list_parts(link, links)
    if not tiles.has_words(link) and parts and _has_worded_link(parts[-1], link, links):
        return None
    title = tiles.read_title(link, link) if tiles.has_words(link) else _find_title(link, parts)
    if not title:
        return None
    raw = next((raw for part in parts if (raw := _find_date_within(part))), "")
    on = dates.parse_metadata_day(raw, language) if raw else None
    return Entry(links[link], title, published_raw=raw or None, published_on=on)


def _covers_headline(link: HtmlElement, links: Addresses) -> bool:
    """Return whether a link without words is the only one of a part of the page with a headline."""
    return not tiles.has_words(link) and any(map(tiles.find_headline, _list_parts(link, links)))


def _list_parts(link: HtmlElement, links: Addresses) -> list[HtmlElement]:
    """Return the parts of the page around a link that hold its story alone, the smallest first."""
    parts: list[HtmlElement] = []
    for around in reversed(xpath.find_elements(link, MEMBERS)):
        if any(other in links and links[other] != links[link] for other in around.iter("a")):
            break
        parts.append(around)
    return parts


def _has_worded_link(part: HtmlElement, link: HtmlElement, links: Addresses) -> bool:
    return any(
        other is not link and links.get(other) == links[link] and tiles.has_words(other)
        for other in part.iter("a")
    )


def _find_title(link: HtmlElement, parts: Iterable[HtmlElement]) -> str:
    """Return the headline in the smallest part that has one, else what link or picture say of themselves."""
    headline = next((words for part in parts if (words := tiles.find_headline(part))), "")
    return headline or tiles.read_title(link, link)


def _find_date_within(around: HtmlElement) -> str:
    """Return the day that a part of a page states, as printed; a day in a sentence is none."""
    for time in xpath.find_elements(around, ".//time"):
        for words in (html.read_text(time), html.read_attribute(time, "datetime")):
            if dates.has_day(words):
                return words
    lines = [text.clean_line(str(line)) for line in around.xpath(".//text()")]
    lines = [line for line in lines if len(line) <= MAX_DATE_LINE_LENGTH]
    for line in lines:
        for part in (line, *SPLIT.split(line)):
            if dates.find_stated_day(part):
                return part
    return next((each for each in lines if _tells_day(each)), "")


def _tells_day(line: str) -> bool:
    return dates.has_day(line) and not text.is_sentence(line)


def _find_next_page(root: HtmlElement, page: Page) -> str | None:
    for link in xpath.find_elements(root, NEXT):
        where = entries.parse_link(link.get("href"), html.find_base(root, page.url))
        if where and where.site == urls.find_site(page.url) and where.url != urls.canonicalize_url(page.url):
            return where.url
    return None
