"""army.mil: the stories of the Army and its units, at /article/<number>/<slug>.

Known are the addresses, the feeds (RSS, read as all feeds are) and the site map that robots.txt names. No
page was seen: that stories have JSON-LD, and lists plain links, is **unverified**. So all comes from what any
site states of itself (`generic`), with low confidence, and nothing rests on markup.
"""

import re
from dataclasses import replace
from urllib.parse import urlsplit

from crawler.parsing import dates, html
from crawler.parsing.html import ParseError
from crawler.parsing.platforms import Parsers
from crawler.parsing.platforms.generic import article, listing, metadata
from storage.models import Confidence, Fields, Listing, Page

NAME = "army"
VERSION = 1
LISTING_CONFIDENCE = Confidence.LOW

HOSTS = frozenset({"www.army.mil", "army.mil"})  # not those of its commands, which are on AFPIMS
STORY_PATH = re.compile(r"^/article/([0-9]+)(?:/|$)", re.IGNORECASE)


def list_parsers() -> Parsers:
    """Return the one parser for stories and lists; its name holds trafilatura's version."""
    parser = frozenset({article.name_parser(NAME, VERSION)})
    return Parsers(articles=parser, listings=parser)


def recognizes(page: Page) -> bool:
    """Return whether the page is of army.mil, by its host; never raises."""
    try:
        return urlsplit(page.url).hostname in HOSTS
    except ValueError:
        return False


def is_article(page: Page) -> bool:
    """Return whether the page stands at the address of a story and says nothing else; never raises."""
    return STORY_PATH.match(urlsplit(page.url).path) is not None and article.is_article(page)


def read_article(page: Page) -> Fields:
    """Read one story. ParseError where title, text or number is missing.

    The number is the one that the page gives itself, so that another story at this address shows.
    """
    fields = article.read_article(page)
    number = _find_number(page)
    if number is None:
        raise ParseError(page.url, "number: neither the address nor the page has one")
    parser = article.name_parser(NAME, VERSION)
    return replace(fields, parser=parser, design=f"{NAME}-{fields.design}", article_id=number)


def read_listing(page: Page) -> Listing | None:
    """Return the stories that a page links to, in its order; None where there are too few, or it is one."""
    if STORY_PATH.match(urlsplit(page.url).path):
        return None
    return listing.read_story_links(page, STORY_PATH, article.name_parser(NAME, VERSION), dates.US_ENGLISH)


def _find_number(page: Page) -> str | None:
    root = html.parse_tree(page)
    named = metadata.find_own_address(root, metadata.read_metadata(root, page).metas, page)
    paths = [urlsplit(named.url).path] if named else []
    numbers = (STORY_PATH.match(path) for path in (*paths, urlsplit(page.url).path))
    return next((found[1] for found in numbers if found), None)
