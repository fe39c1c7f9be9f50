"""The parser update that a redesign waits for: AFPIMS as it is, and the practice newsroom's newest markup."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from lxml import html
from lxml.html import HtmlElement

from crawler import dates, urls
from crawler.platforms import afpims, afpims_listings
from storage.records import Confidence, Entry, Fields, Image, Link, Listing, Page

PARSER = f"afpims:{afpims.VERSION + 1}"
MARK = b'<section class="story"'
CARDS = b'<div class="story-cards">'


@contextmanager
def updated() -> Iterator[None]:
    """Read with the newer parser within the context."""
    is_old, read_old, list_old = afpims.is_article, afpims.read_article, afpims_listings.read_listing

    def is_article(page: Page) -> bool:
        return MARK in page.content or is_old(page)

    def read_article(page: Page) -> Fields:
        return _read(page) if MARK in page.content else read_old(page)

    def read_listing(page: Page) -> Listing | None:
        return _listed(page) if CARDS in page.content else list_old(page)

    with (
        patch.object(afpims, "is_article", is_article),
        patch.object(afpims, "read_article", read_article),
        patch.object(afpims_listings, "read_listing", read_listing),
        patch.object(afpims, "PARSER", PARSER),
        patch.object(afpims, "VERSION", afpims.VERSION + 1),
    ):
        yield


def _listed(page: Page) -> Listing | None:
    cards = html.fromstring(page.content.decode()).iterfind(".//div[@class='story-card']")
    entries = [Entry(urls.address(card.get("data-href") or ""), card.text_content()) for card in cards]
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
        article_id=urls.article_number(page.url),
        subtitle=_text(story, "second"),
        published_raw=day,
        published_on=dates.day(day) if day else None,
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
