"""What a page is, and what reading it gives. Which platform reads it, `platforms.registry` decides."""

import re
from dataclasses import replace
from http import HTTPStatus

from crawler.parsing import block_pages, page_ends, urls, verdicts
from crawler.parsing.html import ParseError
from crawler.parsing.platforms import (
    ArticleReading,
    PageKind,
    Platform,
    Reading,
    feeds,
    registry,
)
from storage.models import Address, Confidence, Fields, Listing, Page, PreviousRead, Verdict

READABLE_STATUSES = frozenset({HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION})
ROBOTS_LINE = re.compile(rb"^(?:\xef\xbb\xbf)?user-agent\s*:", re.IGNORECASE | re.MULTILINE)


def read_page(page: Page, platform: str | None = None, previous: PreviousRead | None = None) -> Reading:
    """Return what a page is and, where it is an article, a listing or a feed, what it says.

    `platform` is what the catalogue says of the host; without it, the page must show what made it. An article
    with a digest of `previous` is not read again: its reading has a digest and no fields.
    ParseError where a page claims to be an article or a feed and a required part is missing, or where it is
    not text; ValueError where `page.url` is not a web address.
    """
    where = urls.parse_address(page.url)
    try:
        return (
            _reject_page(page, where)
            or _read_feed(page, where, platform)
            or _read_markup(page, where, platform, previous or PreviousRead())
        )
    except ParseError:
        raise
    except Exception as error:  # every byte is hostile: a page that breaks a reader must not stop a crawl
        raise ParseError(page.url, explain_reader_error(error)) from error


def explain_reader_error(error: Exception) -> str:
    """Return an exception of a reader as the reason of an unreadable look, with its name."""
    return f"the reader failed: {type(error).__name__}"


def current_article_parsers() -> frozenset[str]:
    """Return the parsers that read articles today, as `Fields.parser` names them."""
    return frozenset[str]().union(*(each.list_parsers().articles for each in registry.PLATFORMS))


def current_listing_parsers() -> frozenset[str]:
    """Return the parsers that read lists and feeds today, as `Listing.parser` names them."""
    return frozenset({feeds.PARSER}).union(*(each.list_parsers().listings for each in registry.PLATFORMS))


def _reject_page(page: Page, where: Address) -> Reading | None:
    """Return the reading of a page that need not be read: refused, absent, empty, or not a page at all."""
    if refusal := block_pages.explain_refusal(page):
        return _make_reading(PageKind.REFUSED, where, refusal)
    if verdicts.STATUS_VERDICTS.get(page.status) is Verdict.GONE:
        return _make_reading(PageKind.NOT_FOUND, where, f"status {page.status}")
    if page.status not in READABLE_STATUSES:
        return _make_reading(PageKind.OTHER, where, f"status {page.status}")
    if b"<" not in page.content and ROBOTS_LINE.search(page.content):
        return _make_reading(PageKind.OTHER, where, "robots.txt")
    if not page.content.strip() and not feeds.is_feed_address(page.url):
        return _make_reading(PageKind.OTHER, where, "empty body")
    return None


def _read_feed(page: Page, where: Address, hint: str | None) -> Reading | None:
    if not feeds.is_sent_as_feed(page) and not feeds.is_feed_address(page.url):
        return None
    platform = hint or registry.choose_platform(page).NAME
    return _make_list_reading(PageKind.FEED, platform, where, feeds.read_feed(page))


def _read_markup(page: Page, where: Address, hint: str | None, previous: PreviousRead) -> Reading:
    platform = registry.choose_platform(page, hint)
    if article := _read_article(platform, page, previous):
        return Reading(
            PageKind.ARTICLE,
            platform.NAME,
            article.parser,
            article.confidence,
            where,
            fields=_note_end(article.fields, page),
            number=article.number,
            digest=article.digest,
            page_digest=article.page_digest,
        )
    if listing := platform.read_listing(page):
        return _make_list_reading(PageKind.LISTING, platform.NAME, where, listing)
    # What the catalogue says of the host says nothing about this page: it may be a sign-in page.
    is_shown = not registry.is_fallback(platform) and platform.recognizes(page)
    return _make_reading(PageKind.OTHER, where, platform=platform.NAME if is_shown else None)


def _note_end(fields: Fields | None, page: Page) -> Fields | None:
    """Return fields that say whether their page closed what it opened."""
    if fields is None or page_ends.has_page_end(page.content):
        return fields
    return replace(fields, has_end=False)


def _read_article(platform: Platform, page: Page, previous: PreviousRead) -> ArticleReading | None:
    if digesting := registry.find_digesting(platform):
        return digesting.read_if_changed(page, previous)
    if not platform.is_article(page):
        return None
    fields = platform.read_article(page)
    return ArticleReading(fields.parser, fields.confidence, fields)


def _make_list_reading(kind: PageKind, name: str, where: Address, listing: Listing) -> Reading:
    platform = registry.find_platform(name)
    confidence = platform.LISTING_CONFIDENCE if platform else Confidence.HIGH
    reason = "" if listing.entries else "nothing listed"
    return Reading(kind, name, listing.parser, confidence, where, listing=listing, reason=reason)


def _make_reading(
    kind: PageKind, where: Address, reason: str = "", *, platform: str | None = None
) -> Reading:
    return Reading(kind, platform, None, None, where, reason=reason)
