"""Newsrooms on platforms that we do not know, read with low confidence. The last of the platforms."""

from crawler.parsing.platforms import Parsers
from crawler.parsing.platforms.generic import tolerant_body
from crawler.parsing.platforms.generic.article import NAME, VERSION, is_article, name_parser, read_article
from crawler.parsing.platforms.generic.listing import read_listing
from storage.models import Confidence, Page

__all__ = [
    "LISTING_CONFIDENCE",
    "NAME",
    "VERSION",
    "is_article",
    "list_parsers",
    "read_article",
    "read_listing",
    "recognizes",
]

LISTING_CONFIDENCE = Confidence.LOW


def list_parsers() -> Parsers:
    """Return the parsers of articles and listings; their names hold the versions of the libraries."""
    parser = name_parser()
    tolerant = tolerant_body.name_tolerant_parser(NAME, VERSION)
    return Parsers(articles=frozenset({parser, tolerant}), listings=frozenset({parser}))


def recognizes(page: Page) -> bool:
    """Return True: any page may be of an unknown platform."""
    return True
