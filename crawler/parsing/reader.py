"""What a page is: the platform it comes from, and what reading it there gives."""

import re
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

from crawler.parsing import block_pages, urls
from crawler.parsing.platforms import PageKind, Platform, Reading, feeds, plain
from crawler.parsing.platforms.afpims import article as afpims
from crawler.parsing.platforms.afpims import listing as afpims_listings
from crawler.parsing.platforms.afpims import page_digest
from crawler.parsing.platforms.generic import article as generic
from crawler.parsing.platforms.generic import listing as generic_listings
from storage.models import Address, Confidence, Listing, Page, PreviousRead

ABSENT = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
REFUSING = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.PROXY_AUTHENTICATION_REQUIRED,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS,
    }
)
READABLE = frozenset({HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION})
ROBOTS = re.compile(rb"^(?:\xef\xbb\xbf)?user-agent\s*:", re.IGNORECASE | re.MULTILINE)


def read_page(page: Page, platform: str | None = None, previous: PreviousRead | None = None) -> Reading:
    """Return what a page is and, where it is an article, a listing or a feed, what it says.

    An article with the digest that is held, or on a page with that digest, is not read again: it has a digest
    and no fields. `platform` is what the catalogue says of the host; without it the page must show where it
    comes from.
    Pages of AFPIMS are never left to the generic reader. ParseError where a page claims to be an article or
    a feed and what it must have is missing, or where it is no text; ValueError where its address is none.
    """
    where = urls.parse_address(page.url)
    return _unread(page, where) or _feed(page, where, platform) or _read(page, where, platform, previous)


def current_article_parsers() -> frozenset[str]:
    """Return the parsers that read articles today, as `Fields.parser` names them."""
    return frozenset((afpims.PARSER, plain.PARSER, generic.name_parser()))


def current_listing_parsers() -> frozenset[str]:
    """Return the parsers that read lists and feeds today, as `Listing.parser` names them."""
    return frozenset((feeds.PARSER, afpims_listings.PARSER, generic.name_parser()))


def _unread(page: Page, where: Address) -> Reading | None:
    """Return the reading of a page that need not be read: refused, absent, empty, or no page at all."""
    if wall := block_pages.identify_block_page(page):
        return _only(PageKind.REFUSED, where, wall)
    if page.status in REFUSING:
        return _only(PageKind.REFUSED, where, f"status {page.status}")
    if page.status in ABSENT:
        return _only(PageKind.NOT_FOUND, where, f"status {page.status}")
    if page.status not in READABLE:
        return _only(PageKind.OTHER, where, f"status {page.status}")
    if b"<" not in page.content and ROBOTS.search(page.content):
        return _only(PageKind.OTHER, where, "robots.txt")
    if not page.content.strip() and not feeds.is_feed_address(page.url):
        return _only(PageKind.OTHER, where, "empty body")
    return None


def _feed(page: Page, where: Address, platform: str | None) -> Reading | None:
    if not feeds.is_sent_as_feed(page) and not feeds.is_feed_address(page.url):
        return None
    name = platform or (afpims.NAME if feeds.is_article_feed(page) else generic.NAME)
    return _listed(PageKind.FEED, name, where, feeds.read_feed(page))


def _read(page: Page, where: Address, platform: str | None, held: PreviousRead | None) -> Reading:
    if plain.recognizes(page):
        return _article(plain, page, where) or _only(PageKind.OTHER, where, platform=plain.NAME)
    if platform == afpims.NAME or afpims.recognizes(page):
        return _of_afpims(page, where, held or PreviousRead()) or _list(
            afpims, afpims_listings.read_listing, page, where
        )
    return _article(generic, page, where) or _list(generic, generic_listings.read_listing, page, where)


def _of_afpims(page: Page, where: Address, held: PreviousRead) -> Reading | None:
    """Return an article of AFPIMS, without its fields where it is the one held; None for other pages."""
    whole = page_digest.digest_page(page)
    known = Reading(PageKind.ARTICLE, afpims.NAME, afpims.PARSER, Confidence.HIGH, where)
    if whole is not None and whole == held.page_digest:
        return replace(known, number=where.number, digest=held.article_digest, page_digest=whole)
    if not afpims.is_article(page):
        return None
    found = afpims.find_article(page)
    digest = afpims.digest_article(found)
    fields = afpims.read_fields(found) if digest != held.article_digest else None
    number = fields.article_id if fields else afpims.read_number(found)
    stands = whole if fields is None and page_digest.identifies_article(page, digest) else None  # worth it then
    return replace(known, fields=fields, number=number, digest=digest, page_digest=stands)


def _list(
    platform: Platform, read_listing: Callable[[Page], Listing | None], page: Page, where: Address
) -> Reading:
    if listing := read_listing(page):
        return _listed(PageKind.LISTING, platform.NAME, where, listing)
    # The catalogue's word for the host says nothing about this page: a sign-in page may stand there.
    return _only(PageKind.OTHER, where, platform=platform.NAME if afpims.recognizes(page) else None)


def _article(platform: Platform, page: Page, where: Address) -> Reading | None:
    if not platform.is_article(page):
        return None
    fields = platform.read_article(page)
    return Reading(PageKind.ARTICLE, platform.NAME, fields.parser, fields.confidence, where, fields=fields)


def _listed(kind: PageKind, platform: str, where: Address, listing: Listing) -> Reading:
    confidence = Confidence.LOW if platform == generic.NAME else Confidence.HIGH
    reason = "" if listing.entries else "nothing listed"
    return Reading(kind, platform, listing.parser, confidence, where, listing=listing, reason=reason)


def _only(kind: PageKind, where: Address, reason: str = "", *, platform: str | None = None) -> Reading:
    return Reading(kind, platform, None, None, where, reason=reason)
