"""AFPIMS pages as text only: the markup was removed before we got them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.parsing import boilerplate, datelines, dates, html, text, urls
from crawler.parsing.html import ParseError
from crawler.parsing.platforms.afpims import head as afpims_head
from crawler.parsing.platforms.afpims.head import ArticleHead
from storage.models import Confidence, Fields, Page

VERSION = 2
PARSER = f"afpims-text:{VERSION}"

MARKUP = re.compile(rb"<(?:script|style|link|form|table|span|ul|img|rss|feed)\b", re.IGNORECASE)
TAG = re.compile(r"<(?:!doctype|/?([a-z][a-z0-9]*))\b([^<>]*)>", re.IGNORECASE)
# A text may be wrapped so that a browser shows it. An element with a class or an id is real markup.
WRAPPER_TAGS = frozenset({"html", "head", "title", "meta", "body", "main", "pre", "p", "div", "br"})
CLASS_OR_ID = re.compile(r"\b(?:class|id)\s*=", re.IGNORECASE)
GAP = re.compile(r"\n[^\S\n]*\n\s*")
BULLET = re.compile(r"^\s*[•·]\s*")
MAX_BLOCKS_TO_HEAD = 12  # where the head has not begun by then, the text is not an article


@dataclass(frozen=True, slots=True)
class TextArticle:
    """An article as blocks of text."""

    head: ArticleHead
    title: str
    dateline: str | None
    paragraphs: tuple[str, ...]


def recognizes(page: Page) -> bool:
    """Return whether the page is text, at most wrapped in a few tags, and has the head of an article.

    Never raises.
    """
    try:
        blocks = _read_page_blocks(page)
    except ParseError:
        return False
    return _find_title(blocks) is not None


def is_article(page: Page) -> bool:
    """Return whether the page is a text-only article; never raises."""
    return recognizes(page) and urls.find_article_number(page.url) is not None


def read_article(page: Page) -> Fields:
    """Return the fields of a text-only article, which has no tags, pictures or links.

    ParseError where number, title, date or body is missing. A byline and its office are one line in such
    texts and stay together.
    """
    number = urls.find_article_number(page.url)
    if number is None:
        raise ParseError(page.url, "number: no article number in the address")
    read = read_text_blocks(page.url, _read_page_blocks(page))
    if not read.paragraphs:
        raise ParseError(page.url, "body: no text")
    if not read.head.published:
        raise ParseError(page.url, "date: none printed")
    return Fields(
        title=read.title,
        paragraphs=read.paragraphs,
        parser=PARSER,
        confidence=Confidence.MEDIUM,
        design="text",
        article_id=number,
        published_raw=read.head.published[0],
        published_on=dates.parse_day(read.head.published[0]),
        byline=read.head.byline,
        organization=read.head.organization,
        dateline=read.dateline,
        section=read.head.section,
    )


def read_text_blocks(url: str, blocks: Sequence[str]) -> TextArticle:
    """Return the article in blocks of text; the date line shows where its title is."""
    at = _find_title(blocks)
    if at is None:
        raise ParseError(url, "title: no date line to find it by")
    return split_around_title(blocks[:at], blocks[at], blocks[at + 1 :])


def split_around_title(before: Sequence[str], title: str, after: Sequence[str]) -> TextArticle:
    """Return the article in the blocks before and after a known title."""
    length = afpims_head.count_head_blocks(after)
    lines = [[(line,) for block in part for line in block.split("\n")] for part in (before, after[:length])]
    dateline, paragraphs = datelines.split_dateline(
        [text.join_lines(block) for block in boilerplate.strip_furniture(after[length:])]
    )
    return TextArticle(afpims_head.read_head_lines(*lines), text.join_lines(title), dateline, paragraphs)


def _read_page_blocks(page: Page) -> tuple[str, ...]:
    """Return the blocks of a text page; none where the page has real markup."""
    if MARKUP.search(page.content):
        return ()
    raw = html.decode_page(page)
    tags = TAG.findall(raw)
    if not tags:
        return _split_blocks(raw)
    if any(name.lower() not in WRAPPER_TAGS or CLASS_OR_ID.search(rest) for name, rest in tags if name):
        return ()
    body = html.parse_tree(page).find(".//body")
    return () if body is None else _split_blocks("\n\n".join(html.read_blocks(body)))


def _split_blocks(raw: str) -> tuple[str, ...]:
    """Return the blocks of a text without furniture lines; each block keeps its line ends."""
    normal = raw.replace("\r\n", "\n").replace("\r", "\n")
    cut = GAP.split(normal) if GAP.search(normal) else normal.split("\n")
    blocks = [
        "\n".join(
            line
            for raw_line in block.split("\n")
            if (line := text.clean_line(BULLET.sub("", raw_line))) and not boilerplate.is_furniture(line)
        )
        for block in cut
    ]
    return tuple(block for block in blocks if block)


def _find_title(blocks: Sequence[str]) -> int | None:
    """Return the index of the title: after a kicker ("NEWS | Feb. 12, 2025"), or before a head line."""
    for i, block in enumerate(blocks[:MAX_BLOCKS_TO_HEAD]):
        lines = block.split("\n")
        if afpims_head.is_head_line(lines[0]):
            is_kicker = not afpims_head.BY.match(lines[0]) and not dates.LABEL.match(lines[0])
            if is_kicker:
                return i + 1 if i + 1 < len(blocks) else None
            return i - 1 if i else None
    return None
