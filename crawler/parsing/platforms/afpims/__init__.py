"""AFPIMS, the platform of most .mil newsrooms.

Its pages come in four generations of markup (`article`), or as text only (`text_page`). An unchanged article
is recognized by its own digest (`article`) or by its page's (`page_digest`).
"""

from crawler.parsing import urls
from crawler.parsing.platforms import ArticleReading, Parsers, feeds
from crawler.parsing.platforms.afpims import article, listing, page_digest, text_page
from storage.models import Confidence, Fields, Listing, Page, PreviousRead

NAME = article.NAME
VERSION = article.VERSION
LISTING_CONFIDENCE = Confidence.HIGH


def list_parsers() -> Parsers:
    """Return the parsers of articles in markup and in text, and the one of listings."""
    return Parsers(
        articles=frozenset({article.PARSER, text_page.PARSER}), listings=frozenset({listing.PARSER})
    )


def recognizes(page: Page) -> bool:
    """Return whether AFPIMS made the page or feed, or it is a newsroom's page as text; never raises."""
    if feeds.is_sent_as_feed(page) or feeds.is_feed_address(page.url):
        return feeds.is_article_feed(page)
    return article.recognizes(page) or text_page.recognizes(page)


def is_article(page: Page) -> bool:
    """Return whether the page claims to be an article; never raises."""
    return text_page.is_article(page) if text_page.recognizes(page) else article.is_article(page)


def read_article(page: Page) -> Fields:
    """Read one article; ParseError as `article.read_article` and `text_page.read_article` say."""
    return text_page.read_article(page) if text_page.recognizes(page) else article.read_article(page)


def read_if_changed(page: Page, previous: PreviousRead) -> ArticleReading | None:
    """Read one article unless it has a digest of `previous`; None where the page is not an article."""
    if text_page.recognizes(page):
        return _read_text_page(page)
    page_id = page_digest.digest_page(page)
    if page_id is not None and page_id == previous.page_digest:
        number = urls.parse_address(page.url).number
        return ArticleReading(
            article.PARSER, Confidence.HIGH, None, number, previous.article_digest, page_digest=page_id
        )
    return _read_marked_up(page, page_id, previous.article_digest) if article.is_article(page) else None


def read_listing(page: Page) -> Listing | None:
    """Return the releases that a page lists, or None where it is not a listing; text pages are none."""
    return None if text_page.recognizes(page) else listing.read_listing(page)


def _read_text_page(page: Page) -> ArticleReading | None:
    if not text_page.is_article(page):
        return None
    fields = text_page.read_article(page)
    return ArticleReading(fields.parser, fields.confidence, fields)


def _read_marked_up(page: Page, page_id: str | None, known_digest: str | None) -> ArticleReading:
    found = article.find_article(page)
    digest = article.digest_article(found)
    fields = article.read_fields(found) if digest != known_digest else None
    number = fields.article_id if fields else article.read_number(found)
    # The check costs a second parse, so only a page that was seen to stay the same gets a digest.
    is_same_page = fields is None and page_digest.identifies_article(page, digest)
    return ArticleReading(
        article.PARSER, Confidence.HIGH, fields, number, digest, page_id if is_same_page else None
    )
