"""Listings on unknown platforms: links that look like stories, or dated headings."""

import re
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.parsing import dates, html, text, urls
from crawler.parsing.platforms import entries, xpath
from crawler.parsing.platforms.generic.article import MAX_DATE_LINE_LENGTH, STORY_PATH, name_parser
from storage.models import Entry, Listing, Page

HEADINGS = "self::h1 or self::h2 or self::h3 or self::h4 or self::h5"
HEADED = f".//*[{HEADINGS}]//a[@href] | .//a[@href][.//*[{HEADINGS}]]"
MEMBERS = "ancestor::*[self::article or self::li or self::tr or self::section or self::div][position() <= 4]"
NEXT = "//a[contains(concat(' ', @rel, ' '), ' next ')] | //link[contains(concat(' ', @rel, ' '), ' next ')]"
MIN_ENTRIES = 2


def read_listing(page: Page) -> Listing | None:
    """Return the stories that a page links to, in its order, no address twice; None where they are too few.

    A story is a link whose address looks like one, or one in a heading with a date beside it.
    """
    found = read_story_links(page, STORY_PATH, name_parser())
    if found:
        return found
    root = html.parse_tree(page)
    headed = [entry for link in xpath.find_elements(root, HEADED) if (entry := _read_headed_link(link, page))]
    return _build_listing(headed, root, page, name_parser())


def read_story_links(page: Page, path: re.Pattern[str], parser: str) -> Listing | None:
    """Return the stories of a page: the links of its own site whose path looks like one; None as above."""
    root = html.parse_tree(page)
    links = xpath.find_elements(root, "//a[@href]")
    found = [entry for link in links if (entry := _read_story_link(link, page, path))]
    return _build_listing(found, root, page, parser)


def _build_listing(found: list[Entry], root: HtmlElement, page: Page, parser: str) -> Listing | None:
    listing = entries.build_listing(found, parser, _find_next_page(root, page))
    return listing if len(listing.entries) >= MIN_ENTRIES else None


def _read_story_link(link: HtmlElement, page: Page, path: re.Pattern[str]) -> Entry | None:
    where, title = entries.parse_link(link.get("href"), page.url), html.read_text(link)
    if where is None or not title or where.site != urls.find_site(page.url):
        return None
    return _make_entry(link, page) if path.search(urlsplit(where.url).path) else None


def _read_headed_link(link: HtmlElement, page: Page) -> Entry | None:
    entry = _make_entry(link, page)
    elsewhere = entry is None or entry.address.site != urls.find_site(page.url)
    return entry if entry and not elsewhere and entry.published_on else None


def _make_entry(link: HtmlElement, page: Page) -> Entry | None:
    where, title = entries.parse_link(link.get("href"), page.url), html.read_text(_find_heading(link))
    if where is None or not title:
        return None
    raw = _find_date(link)
    return Entry(where, title, published_raw=raw or None, published_on=dates.parse_day(raw) if raw else None)


def _find_date(link: HtmlElement) -> str:
    """Return the date printed in the smallest part of the page with this story alone, or an empty string."""
    for around in reversed(xpath.find_elements(link, MEMBERS)):
        if len({other.get("href") for other in xpath.find_elements(around, HEADED)}) > 1:
            return ""
        if raw := _find_date_within(around):
            return raw
    return ""


def _find_heading(link: HtmlElement) -> HtmlElement:
    inner = xpath.find_first(link, f".//*[{HEADINGS}]")
    return link if inner is None else inner


def _find_date_within(around: HtmlElement) -> str:
    time = xpath.find_first(around, ".//time")
    if time is not None:
        return (
            html.read_text(time)
            if dates.parse_day(html.read_text(time))
            else html.read_attribute(time, "datetime")
        )
    lines = (text.clean_line(str(line)) for line in around.xpath(".//text()"))
    return next((line for line in lines if len(line) <= MAX_DATE_LINE_LENGTH and dates.parse_day(line)), "")


def _find_next_page(root: HtmlElement, page: Page) -> str | None:
    for link in xpath.find_elements(root, NEXT):
        where = entries.parse_link(link.get("href"), page.url)
        if where and where.site == urls.find_site(page.url) and where.url != urls.canonicalize_url(page.url):
            return where.url
    return None
