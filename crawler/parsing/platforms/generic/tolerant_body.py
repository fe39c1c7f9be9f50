"""The text of a story by Beautiful Soup, where trafilatura is not asked or finds none.

Its builder on `html.parser` keeps what other parsers lose: after a comment that is never closed, for one, the
rest of the page is still there. The text is that of the longest of <article>, <main> and [role=main]; without
one, of the element with the most text in paragraphs of its own.
"""

import re
from collections import Counter
from functools import cache
from importlib.metadata import version

from crawler.parsing import text
from crawler.parsing.html import BLOCKS, WITHOUT_TEXT

MAX_MARKS = 20_000  # signs "<" in a page: Beautiful Soup takes about 30 us for each, 30 times lxml
MAX_LENGTH = 2_000_000  # characters of a page
MIN_LENGTH = 200  # characters of a story; less is a notice or a menu
# A <head> that is never closed holds the whole page.
SKIPPED = (WITHOUT_TEXT - {"head"}) | {"nav", "header", "footer", "aside", "form", "menu", "dialog"}
SECTION = re.compile(r"<!\[")  # html.parser refuses pages with some of these
STORY_TAGS = frozenset({"article", "main"})


@cache
def name_tolerant_parser(name: str, number: int) -> str:
    """Return the parser of these texts: they are never compared with those of trafilatura."""
    return f"{name}:{number}+beautifulsoup-{version('beautifulsoup4')}"


def read_tolerant_body(markup: str) -> tuple[str, ...]:
    """Return the paragraphs of a story; empty where there is too little text, or the page is too large."""
    if len(markup) > MAX_LENGTH or markup.count("<") > MAX_MARKS:
        return ()
    from bs4 import BeautifulSoup  # import time, which known platforms never need

    texts = _gather_texts(BeautifulSoup(close_markup(markup), "html.parser"))
    return texts if sum(map(len, texts)) >= MIN_LENGTH else ()


def close_markup(markup: str) -> str:
    """Return markup without openings that nothing closes: html.parser would look for each one's end again."""
    markup = SECTION.sub("", markup)
    closed = markup.rfind("-->") + 1
    markup = markup[:closed] + markup[closed:].replace("<!--", "")
    closed = markup.rfind(">") + 1
    return markup[:closed] + markup[closed:].replace("<", "")


def _gather_texts(soup: object) -> tuple[str, ...]:
    """Return the paragraphs of the best element, by one walk over the tree without recursion."""
    from bs4 import Tag
    from bs4.element import NavigableString

    assert isinstance(soup, Tag)
    blocks: list[tuple[int, int, list[str]]] = []  # story, element around the paragraph, strings
    lengths: Counter[tuple[int, int]] = Counter()
    stack: list[tuple[object, int, int, bool]] = [(soup, 0, 0, False)]
    is_new = True
    while stack:
        node, story, around, is_paragraph = stack.pop()
        if type(node) is NavigableString:
            if is_new or not blocks:
                blocks.append((story, around if is_paragraph else 0, []))
                is_new = False
            blocks[-1][2].append(str(node))
            lengths[story, around if is_paragraph else 0] += len(str(node).strip())
        elif node is None:
            is_new = True
        elif isinstance(node, Tag) and node.name not in SKIPPED:
            if node.name in STORY_TAGS or node.get("role") == "main":
                story = story or id(node)
            if node.name == "p":
                around, is_paragraph = id(node.parent), True
            is_block = node.name in BLOCKS or node.name == "br"
            is_new = is_new or is_block
            stack += [(None, 0, 0, False)] if is_block else []
            stack += [(each, story, around, is_paragraph) for each in reversed(node.contents)]
    return _choose_texts(blocks, lengths)


def _choose_texts(
    blocks: list[tuple[int, int, list[str]]], lengths: Counter[tuple[int, int]]
) -> tuple[str, ...]:
    stories: Counter[int] = Counter()
    parents: Counter[int] = Counter()
    for (story, around), length in lengths.items():
        stories[story] += length if story else 0
        parents[around] += length if around else 0
    best_story, length = stories.most_common(1)[0] if stories else (0, 0)
    best_parent = parents.most_common(1)[0][0] if parents else 0
    if length >= MIN_LENGTH:
        chosen = [strings for story, _, strings in blocks if story == best_story]
    else:
        chosen = [strings for _, around, strings in blocks if best_parent and around == best_parent]
    return tuple(line for strings in chosen if (line := text.clean_line("".join(strings))))
