"""Titles of tiles: items of a list whose link has no words of its own, or only those of a button."""

import re
from itertools import chain

from lxml.html import HtmlElement

from crawler.parsing import dates, html
from crawler.parsing.platforms import xpath
from crawler.parsing.platforms.xpath import has_class

NAMES = (
    "list-title",
    "pub-title",
    "msg-title",
    "card-title",
    "item-title",
    "news-title",
    "maintitle",
    "title",
)
HEADINGS = " or ".join(f"self::h{level}" for level in range(1, 7))
TITLED = f".//*[{HEADINGS} or " + " or ".join(map(has_class, NAMES)) + "]"
BUTTON = re.compile(
    r"(?:(?:read|learn|view|see|show)\s+)?(?:more|full\s+(?:story|article|release)|(?:the\s+)?(?:story|article|release)|"
    r"details|photo|image|picture|video)|(?:continue|keep)(?:\s+reading)?|read|(?:click\s+)?here|open|go|"
    r"weiter(?:lesen)?|mehr(?:\s+lesen)?|lire\s+(?:la\s+suite|plus)|(?:leer|ver)\s+más|leia\s+mais|leggi(?:\s+tutto)?",
    re.IGNORECASE,
)
LEAD_IN = re.compile(
    r"(?:(?:read|learn|view|see|show)\s+)?(?:more|full\s+(?:story|article))\s*(?:\b(?:about|on|of)\b|:)\s*|"
    r"(?:link\s+to|go\s+to|image\s+for|photo\s+for|picture\s+of|thumbnail\s+for)\s*:?\s*",
    re.IGNORECASE,
)


def read_title(link: HtmlElement, item: HtmlElement) -> str:
    """Return the headline of the story that a link leads to; `item` holds this story alone.

    It is the heading in the link, else the link's words, else the heading beside it, else what the link or
    its picture says of itself, else the first words beside it; empty where nothing does.
    """
    words = html.read_text(link)
    inner = find_headline(link)
    if inner:
        return inner
    if words and not _is_button(words):
        return words
    if item is link:
        return _read_label(link)
    return find_headline(item) or _read_label(link) or _find_first_words(item)


def has_words(link: HtmlElement) -> bool:
    """Return whether a link has words of its own that are no button's."""
    words = html.read_text(link)
    return bool(words) and not _is_button(words)


def find_headline(node: HtmlElement) -> str:
    """Return the first heading in an element, or what is named like one; empty where there is none."""
    found = (html.read_text(each) for each in xpath.find_elements(node, TITLED))
    return next((words for words in found if words and not _is_button(words)), "")


def _find_first_words(item: HtmlElement) -> str:
    """Return the first bold words of an item, else its first line, that tell no day and are no button's."""
    bold = (html.read_text(each) for each in item.iter("strong", "b"))
    lines = (line for block in html.read_blocks(item) for line in block.split("\n"))
    return next((words for words in chain(bold, lines) if words and not _tells_nothing(words)), "")


def _tells_nothing(words: str) -> bool:
    return _is_button(words) or dates.has_day(words)


def _read_label(link: HtmlElement) -> str:
    labels = [html.read_attribute(link, "aria-label", "title")]
    labels += [html.read_attribute(each, "aria-label", "alt", "title") for each in link.iter("img", "svg")]
    spoken = (LEAD_IN.sub("", words, count=1) for words in labels)
    return next((words for words in spoken if words and not _is_button(words)), "")


def _is_button(words: str) -> bool:
    return BUTTON.fullmatch(words.strip(" .…»>→\u203a")) is not None or not any(map(str.isalnum, words))
