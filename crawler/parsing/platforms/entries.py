"""Listings and feeds from their entries, and links as addresses."""

from collections.abc import Iterable
from dataclasses import replace

from crawler.parsing import urls
from storage.models import Address, Entry, Listing


def build_listing(entries: Iterable[Entry], parser: str, next_url: str | None = None) -> Listing:
    """Return the listing of these entries in their order, each address once: the first one wins.

    Pinned releases repeat on every page, and an article sits in several categories of a feed at once
    (111 of 732 numbers in the feeds of one day, January 2016).
    """
    once: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        once.setdefault((entry.address.site, entry.address.key), entry)
    return Listing(tuple(once.values()), parser, next_url)


def adopt_listing_site(listing: Listing, site: str) -> Listing:
    """Return a listing whose releases on the bare or the www name of a site are on the site."""
    return replace(
        listing,
        entries=tuple(replace(each, address=urls.adopt_site(each.address, site)) for each in listing.entries),
    )


def parse_link(link: str | None, base: str) -> Address | None:
    """Return the address that a link leads to, or None where it is not on the web (`javascript:`, empty)."""
    if not link or not link.strip() or link.lstrip().startswith("#"):
        return None
    try:
        return urls.parse_address(link, base)
    except ValueError:
        return None
