"""The head of an AFPIMS article, from the lines around its title: content type, date, author, office."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlElement

from crawler.parsing import boilerplate, datelines, dates, html, text
from crawler.parsing.platforms.afpims.layout import Article, is_apart
from crawler.parsing.platforms.xpath import has_class

Line = tuple[str, ...]  # the parts of one printed line, a text node each, not yet cleaned

STORY_INFO = etree.XPath(".//*[contains(@class, 'da_story_info')]")
CONTENT_TYPES = etree.XPath(
    f".//*[contains(@class, '-type')][{has_class('cont-type')} or {has_class('content-type-text')}]"
)
BY = re.compile(r"^(?:[•]\s*)?by\b\s*:?\s*", re.IGNORECASE)
# ArticleCS prints author and office with a comma and three spaces between.
AUTHOR_OFFICE = re.compile(r",\s{2,}")
CONNECTIVE = re.compile(r"(?:,|&|and|with)", re.IGNORECASE)
CAPITALIZED = re.compile(r"[A-Z0-9(&][\w.,'’()&/-]*|of|the|and|for|at|in|on")
AUTHOR = "author-block"
MAX_OFFICE_LENGTH = 120  # characters
RELEASE_NUMBER = re.compile(r"(?:release\s*)?(?:no\b|number|nr\b).*\d.*|[A-Z]{1,3}-\d+-\d+", re.IGNORECASE)
CONTENT_TYPE = re.compile(
    r"\b(?:releases?|advisor(?:y|ies)|contracts?|transcripts?|speech(?:es)?|news)\b", re.IGNORECASE
)
SUBTITLE = re.compile(r"sub-?title|sub-?head(?:ing|line)?|deck", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ArticleHead:
    """What the lines around the title say, with every date that they print, so that they can be compared."""

    section: str | None = None
    subtitle: str | None = None
    byline: str | None = None
    organization: str | None = None
    dateline: str | None = None
    published: tuple[str, ...] = ()


def read_story_info(article: Article) -> ArticleHead:
    """Return the head of a `da_` page: `By {author},   {office} / Published December 17, 2015`.

    Author and office may be missing. Without "Published" the line holds no office: on biographies it says
    "Retired September 01, 2015", on speeches the event; both become the subtitle.
    """
    info = next(iter(STORY_INFO(article.scope)), None)
    who, published, day = ("" if info is None else info.text_content()).partition("Published")
    who = who.replace("\xa0", " ").strip().removesuffix("/").strip()
    section = _read_kind_above(article, info)
    if not published:
        return ArticleHead(section=section, subtitle=text.clean_line(who) or None)
    byline, organization = _read_author((who,)) if BY.match(who) else (None, text.clean_line(who) or None)
    return ArticleHead(section, None, byline, organization, published=_find_days((day,)))


def read_page_head(article: Article, below: Sequence[str] = ()) -> ArticleHead:
    """Return the head of a page, from the lines between the start of the article and its body.

    Where no element is marked as body, `below` is the blocks after the title that belong to the head.
    """
    meta = next(
        (_read_meta_card(card) for card in article.scope.iter("aside") if _is_meta(card)), ArticleHead()
    )
    before, after, subtitle, stamps = _collect_lines(article)
    if not article.bodies:
        printed = {line for block in below for line in block.split("\n")}
        after = [line for line in after if text.clean_line("".join(line)) in printed]
    head = read_head_lines(before, after)
    named = next(iter(CONTENT_TYPES(article.scope)), None)
    return ArticleHead(
        html.read_text(named) or meta.section or head.section,
        subtitle,
        head.byline or meta.byline,
        head.organization or meta.organization,
        head.dateline,
        tuple(dict.fromkeys(head.published + meta.published + stamps)),
    )


def read_head_lines(before: Sequence[Line], after: Sequence[Line]) -> ArticleHead:
    """Return what the lines before and after a title say.

    A line with "By" names the author (and the office, where that is a part of its own); a line without it,
    after the title or the author, is the office.
    """
    section = byline = organization = dateline = None
    published: list[str] = []
    for line, follows in [*((line, False) for line in before), *((line, True) for line in after)]:
        segments = _split_segments(line)
        days = _find_days(" ".join(segment) for segment in segments)
        published += days
        for segment in segments:
            words = text.clean_line(" ".join(segment))
            if _find_days((words,)) or dates.LABEL.fullmatch(words):
                continue
            if follows and datelines.is_dateline(words):
                dateline = dateline or words.rstrip("-–— ")
            elif BY.match(words):
                author, office = _read_author(segment)
                byline, organization = byline or author, organization or office
            elif not follows and days:
                section = section or words
            elif follows or byline:
                organization = organization or (words if is_office(words) else None)
    return ArticleHead(section, None, byline, organization, dateline, tuple(dict.fromkeys(published)))


def count_head_blocks(blocks: Sequence[str]) -> int:
    """Return how many blocks after a title belong to the head."""
    for i, block in enumerate(blocks):
        lines = block.split("\n")
        if not is_head_line(lines[0]):
            return i + (i == 0 and len(lines) == 1 and _is_office_name(lines[0]))
    return len(blocks)


def is_head_line(words: str) -> bool:
    """Return whether a line is a date, a kicker ("NEWS | Feb. 12, 2025") or names the author."""
    return bool(BY.match(words) or dates.LABEL.fullmatch(words) or _find_days(words.split("|")))


def is_office(words: str) -> bool:
    """Return whether a line can be the name of an office: short, not a sentence, not a dateline."""
    is_name = len(words) <= MAX_OFFICE_LENGTH and not text.is_sentence(words) and words[-1:] not in "-–—"
    return is_name and any(map(str.isalpha, words)) and not boilerplate.is_furniture(words)


def _is_office_name(line: str) -> bool:
    """Return whether a line under the title is an office: two words or more, all capitalized like a name."""
    words = line.split()
    return len(words) > 1 and is_office(line) and all(map(CAPITALIZED.fullmatch, words))


def _is_meta(card: HtmlElement) -> bool:
    return "meta" in (card.get("class") or "").split()


def _read_meta_card(card: HtmlElement) -> ArticleHead:
    """Return what the card beside a release of defense.gov says: day, content type, office."""
    items = list(card.iter("li", "time"))
    printed = [*map(html.read_text, items), *(item.get("datetime") or "" for item in items)]
    lines = [line for line in printed if line and not RELEASE_NUMBER.fullmatch(line)]
    rest = [line for line in lines if not _find_days((line,))]
    section = next((line for line in rest if CONTENT_TYPE.search(line)), None)
    offices = read_head_lines([], [(line,) for line in rest if line != section])
    return ArticleHead(section, None, offices.byline, offices.organization, published=_find_days(lines))


def _read_kind_above(article: Article, info: HtmlElement | None) -> str | None:
    """Return the paragraph between the title and the story line, which names the kind of a speech."""
    above = article.title.getnext()
    is_between = above is not None and above is not info and above.tag == "p" and above.getnext() is info
    return (html.read_text(above) or None) if is_between else None


def _read_author(parts: Line) -> tuple[str | None, str | None]:
    """Return author and office of a line that begins with "By"; the office only from a separate part."""
    first, *rest = (BY.sub("", parts[0].lstrip()), *parts[1:])
    if not text.clean_line(first):
        first, *rest = rest or [""]
    name, *offices = AUTHOR_OFFICE.split(first, maxsplit=1)
    while rest and not offices and CONNECTIVE.fullmatch(text.clean_line(rest[0])):
        name = " ".join([name, *rest[:2]])
        del rest[:2]
    office = text.clean_line(" ".join([*offices, *rest])).lstrip(", ")
    return text.clean_line(name).rstrip(",").replace(" ,", ",") or None, office or None


def _split_segments(line: Line) -> list[Line]:
    """Return a line split at its vertical bars."""
    segments: list[list[str]] = [[]]
    for part in line:
        first, *others = part.split("|")
        segments[-1].append(first)
        segments += [[other] for other in others]
    cleaned = [tuple(part for part in segment if text.clean_line(part)) for segment in segments]
    return [segment for segment in cleaned if segment]


def _find_days(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the days, as printed, of the texts that are only a date."""
    found = (dates.find_stated_day(text.clean_line(words)) for words in texts)
    return tuple(day for day in found if day)


def _collect_lines(article: Article) -> tuple[list[Line], list[Line], str | None, tuple[str, ...]]:
    """Return the lines before and after the title up to the body, the subtitle, and the days of <time>."""
    lines: dict[bool, list[list[str]]] = {False: [[]], True: [[]]}
    subtitle, stamps, below = None, [], False
    for kind, words in _iterate_parts(article):
        if kind == "title":
            below = True
        elif kind == "subtitle":
            subtitle = subtitle or (below and bool(article.bodies) and text.clean_line(words)) or None
        elif kind == "stamp":
            stamps.append(words)
        elif kind == "break":
            lines[below].append([])
        elif kind == "author":
            lines[below] += [[f"By {words}"], []]
        elif kind == "text" and (text.clean_line(words) or lines[below][-1]):
            lines[below][-1].append(words)
    before, after = ([tuple(line) for line in lines[side] if line] for side in (False, True))
    return before, after, subtitle, _find_days(stamps)


def _iterate_parts(article: Article) -> Iterator[tuple[str, str]]:
    """Yield the parts of the article up to its body, in order: the kind of each part, and its words."""
    around = {each for node in (article.title, *article.bodies) for each in node.iterancestors()}
    walk = etree.iterwalk(article.scope, events=("start", "end"))
    for event, node in walk:
        if event == "end":
            yield ("break", "") if _is_line_end(node) or node.tag == "br" else ("text", "")
            yield "text", (node.tail or "") if node is not article.scope else ""
        elif node in article.bodies:
            return
        elif kind := _classify_element(article, node, node in around):
            yield kind, html.read_text(node)
            walk.skip_subtree()
        else:
            yield ("break", "") if _is_line_end(node) else ("text", "")
            yield "stamp", node.get("datetime") or ""
            yield "text", node.text or ""


def _is_line_end(node: HtmlElement) -> bool:
    # Day and author of war.gov are side by side, each in its own span.
    return node.tag in html.BLOCKS or node.get("class") in {"date", AUTHOR}


def _classify_element(article: Article, node: HtmlElement, is_around: bool) -> str:
    """Return what an element is as a whole; empty where its children have to be looked at."""
    if node is article.title:
        return "title"
    if is_around:
        return ""
    if is_apart(node) or _is_meta(node):
        return "apart"
    names = (node.get("class") or "").split()
    if AUTHOR in names and not BY.match(words := html.read_text(node)) and "|" not in words:
        return "author"
    marked = any(map(SUBTITLE.fullmatch, names)) or (node.tag == "h2" and article.bodies)
    return "subtitle" if marked else ""
