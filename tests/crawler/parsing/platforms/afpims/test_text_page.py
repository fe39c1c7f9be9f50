"""Newsroom pages that are text only: the two seeds, and made-up ones."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from crawler.parsing import text
from crawler.parsing.html import ParseError
from crawler.parsing.platforms.afpims import text_page
from storage.models import Page

URL = "https://www.lighthouse.mil/News/Article-View/Article/702001/keepers-meet/"
BANNER = """An official website of the United States government
Here's how you know
A .mil website belongs to an official U.S. Department of War organization in the United States.
A lock (lock ) or https:// means you’ve safely connected to the .mil website.
"""
STORY = """Keepers of eleven lights\u00a0met at the cape.

“It is late,” said one of them.

등대지기들은 기록을 비교했다.
"""
PARAGRAPHS = tuple(STORY.replace("\u00a0", " ").strip().split("\n\n"))
HEAD = "News | March 5, 2020\n\nKeepers meet\n\nBy Ada Wick Example Agency\n\n"


def page(words: str) -> Page:
    return Page(URL, 200, (), words.encode())


@pytest.mark.parametrize(
    ("name", "url", "title", "on", "byline", "organization", "count"),
    [
        ("spacecom-3750857", "https://www.spacecom.mil/Newsroom/News/Article-Display/Article/3750857/visit/",
         "USSPACECOM visit cements commitment to bolstering the Alliance in Korea", date(2024, 4, 22), None,
         "U.S. Space Command", 10),
        ("usfk-4072765", "https://www.usfk.mil/Media/Newsroom/News/Article/4072765/space-operations/",
         "Space Operations Command leaders visit the Republic of Korea to strengthen partnership",
         date(2025, 2, 12),
         "compiled staff reports Seventh Air Force Public Affairs", None, 12),
    ],
)  # fmt: skip
def test_the_seeds_read_exactly(
    seeds: Path, name: str, url: str, title: str, on: date, byline: str, organization: str, count: int
) -> None:
    content = (seeds / f"{name}.txt").read_bytes()
    fields = text_page.read_article(Page(url, 200, (), content))
    assert text_page.is_article(Page(url, 200, (), content))
    assert (fields.title, fields.published_on) == (title, on)
    assert (fields.byline, fields.organization) == (byline, organization)
    blocks = [" ".join(block.split()) for block in content.decode().split("\n\n")]
    begin = blocks.index((byline and f"By {byline}") or organization) + 1
    assert fields.paragraphs == tuple(blocks[begin : begin + count])
    assert not any(map(text.is_sentence, blocks[begin + count :]))
    assert not fields.tags
    body = "\n".join(fields.paragraphs)
    for furniture in (
        "official website",
        "Here's how",
        "lock",
        "Home :",
        "media hub",
        "Search News",
        "Archive",
        "Topics",
    ):
        assert furniture not in body


@pytest.mark.parametrize(
    "before", ["", BANNER, BANNER + "\nHome : News\n\nNews Stories\n\nStories of the command.\n\n"]
)
@pytest.mark.parametrize(
    "after", ["", "\nSearch News\nArchive\nTopics\nlamps     lenses\n", "\nGoogle Translation Disclaimer\n"]
)
def test_furniture_around_a_text_changes_nothing(before: str, after: str) -> None:
    fields = text_page.read_article(page(f"{before}\n{HEAD}{STORY}{after}"))
    assert fields.paragraphs == PARAGRAPHS
    assert (fields.title, fields.section, fields.published_raw) == ("Keepers meet", "News", "March 5, 2020")
    assert (fields.byline, fields.organization, fields.design) == ("Ada Wick Example Agency", None, "text")


def test_a_head_in_list_form_stands_below_the_title() -> None:
    head = "Keepers meet\n\n  • Published March 5, 2020\n  • By Col. Ada Wick\n  • 12th Example Wing\n\n"
    fields = text_page.read_article(page(head + STORY))
    assert (fields.title, fields.published_on) == ("Keepers meet", date(2020, 3, 5))
    assert (fields.byline, fields.organization) == ("Col. Ada Wick", "12th Example Wing")
    assert fields.paragraphs == PARAGRAPHS


def test_a_dateline_comes_off_a_text_too() -> None:
    fields = text_page.read_article(page(HEAD + "CAPE EXAMPLE, Maine –\n\n" + STORY))
    assert (fields.dateline, fields.paragraphs) == ("CAPE EXAMPLE, Maine", PARAGRAPHS)


def test_wrapped_lines_are_one_paragraph() -> None:
    fields = text_page.read_article(page(HEAD + "Keepers of\neleven lights\nmet.\n\nThey left."))
    assert fields.paragraphs == ("Keepers of eleven lights met.", "They left.")


def test_a_text_may_come_barely_wrapped() -> None:
    wrapped = f"<html><head><title>x</title></head><body><pre>{BANNER}\n{HEAD}{STORY}</pre></body></html>"
    assert text_page.read_article(page(wrapped)) == text_page.read_article(page(HEAD + STORY))


def test_designed_markup_is_not_a_text() -> None:
    assert not text_page.recognizes(page(f'<div class="x"><p>News | March 5, 2020</p><p>{STORY}</p></div>'))
    assert not text_page.recognizes(page(f"<script></script>{HEAD}{STORY}"))


@pytest.mark.parametrize(
    "words", ["", "hello", "User-agent: *\nDisallow: /", "\x00\x01\x02" * 90, "{}", BANNER]
)
def test_other_texts_are_no_articles(words: str) -> None:
    assert not text_page.recognizes(page(words))
    with pytest.raises(ParseError):
        text_page.read_article(page(words))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("News | March 5, 2020\n\nKeepers meet\n", "body: no text"),
        ("Keepers meet\n\nBy Ada Wick\n\nA story.", "date: none"),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(words: str, found: str) -> None:
    with pytest.raises(ParseError, match=found):
        text_page.read_article(page(words))


def test_a_text_needs_a_number_in_its_address() -> None:
    with pytest.raises(ParseError, match="number: no article number"):
        text_page.read_article(replace(page(HEAD + STORY), url="https://www.lighthouse.mil/News/"))
