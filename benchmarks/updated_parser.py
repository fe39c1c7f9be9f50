"""The parser update that a redesign waits for: AFPIMS as it is, and the practice newsroom's newest markup."""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from unittest.mock import patch

from lxml import html
from lxml.html import HtmlElement

from crawler.parsing import dates, urls
from crawler.parsing.platforms.afpims import article, listing
from crawler.parsing.platforms.afpims.article import FoundArticle
from storage.models import Confidence, Entry, Fields, Image, Link, Listing, Page

PARSER = f"afpims:{article.VERSION + 1}"
MARK = b'<section class="story"'
CARDS = b'<div class="story-cards">'


@dataclass(frozen=True, slots=True)
class _Story:
    """A page in the newest markup, unread."""

    page: Page


@contextmanager
def use_updated_parser() -> Iterator[None]:
    """Read with the newer parser within the context."""
    is_old, find_old, list_old = article.is_article, article.find_article, listing.read_listing
    digest_old, number_old, read_old = article.digest_article, article.read_number, article.read_fields

    def is_article(page: Page) -> bool:
        return MARK in page.content or is_old(page)

    def find_article(page: Page) -> FoundArticle | _Story:
        return _Story(page) if MARK in page.content else find_old(page)

    def digest_article(found: FoundArticle | _Story) -> str:
        return _digest(found) if isinstance(found, _Story) else digest_old(found)

    def read_number(found: FoundArticle | _Story) -> str | None:
        return urls.find_article_number(found.page.url) if isinstance(found, _Story) else number_old(found)

    def read_fields(found: FoundArticle | _Story) -> Fields:
        return _read(found.page) if isinstance(found, _Story) else read_old(found)

    def read_listing(page: Page) -> Listing | None:
        return _listed(page) if CARDS in page.content else list_old(page)

    with ExitStack() as stack:
        for each in (is_article, find_article, digest_article, read_number, read_fields):
            stack.enter_context(patch.object(article, each.__name__, each))
        stack.enter_context(patch.object(listing, "read_listing", read_listing))
        stack.enter_context(patch.object(article, "PARSER", PARSER))
        stack.enter_context(patch.object(article, "VERSION", article.VERSION + 1))
        yield


def _digest(story: _Story) -> str:
    return f"{PARSER} {hashlib.sha256(story.page.content).hexdigest()}"


def _listed(page: Page) -> Listing | None:
    cards = html.fromstring(page.content.decode()).iterfind(".//div[@class='story-card']")
    entries = [Entry(urls.parse_address(card.get("data-href") or ""), card.text_content()) for card in cards]
    return Listing(tuple(entries), PARSER) if entries else None


def _read(page: Page) -> Fields:
    story = html.fromstring(page.content.decode()).find(".//section[@class='story']")
    day = _text(story, "day")
    place = _text(story, "place")
    rows = [" ".join(row.text_content().split()) for row in story.iterfind(".//div[@class='story-row']")]
    return Fields(
        title=_text(story, "head") or "",
        paragraphs=(rows[0].removeprefix(place or "").strip(), *rows[1:]),
        parser=PARSER,
        confidence=Confidence.HIGH,
        design="g5",
        article_id=urls.find_article_number(page.url),
        subtitle=_text(story, "second"),
        published_raw=day,
        published_on=dates.parse_day(day) if day else None,
        byline=_text(story, "author"),
        organization=_text(story, "office"),
        dateline=place,
        tags=tuple(_texts(story, "topic")),
        images=tuple(Image(shot.get("src") or "") for shot in story.iterfind(".//img[@class='story-shot']")),
        links=tuple(_link(a) for a in story.iterfind(".//div[@class='story-row']//a")),
    )


def _link(a: HtmlElement) -> Link:
    url = a.get("href") or ""
    return Link(url, a.text_content(), attachment=url.lower().endswith(".pdf"))


def _texts(story: HtmlElement, name: str) -> Iterator[str]:
    for node in story.iterfind(f".//*[@class='story-{name}']"):
        yield " ".join(node.text_content().split())


def _text(story: HtmlElement, name: str) -> str | None:
    return next(_texts(story, name), None) or None
