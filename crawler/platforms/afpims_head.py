"""The lines around an article's title: content type, date, author, office."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bs4.element import NavigableString, PreformattedString, Tag

from crawler import boilerplate, dates, html, text
from crawler.platforms.afpims_page import Article

Line = tuple[str, ...]  # the parts of one printed line, a text node each, not yet cleaned

PUBLISHED = re.compile(r"^(?:[/•]\s*)?(?:published|posted|date)\b\s*:?\s*", re.IGNORECASE)
BY = re.compile(r"^(?:[•]\s*)?by\b\s*:?\s*", re.IGNORECASE)
# ArticleCS prints author and office with a comma and three spaces between.
AUTHOR_OFFICE = re.compile(r",\s{2,}")
CONNECTIVE = re.compile(r"(?:,|&|and|with)", re.IGNORECASE)
WEEKDAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s*)?"
CAPITALISED = re.compile(r"[A-Z0-9(&][\w.,'’()&/-]*|of|the|and|for|at|in|on")
LONGEST_OFFICE = 120  # characters
RELEASE_NUMBER = re.compile(r"(?:release\s*)?(?:no\b|number|nr\b).*\d.*|[A-Z]{1,3}-\d+-\d+", re.IGNORECASE)
CONTENT_TYPE = re.compile(
    r"\b(?:releases?|advisor(?:y|ies)|contracts?|transcripts?|speech(?:es)?|news)\b", re.IGNORECASE
)
SUBTITLE = re.compile(r"sub-?title|sub-?head(?:ing|line)?|deck", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Head:
    """What the lines around the title say; each date they print stays, so that two can be compared."""

    section: str | None = None
    subtitle: str | None = None
    byline: str | None = None
    organization: str | None = None
    published: tuple[str, ...] = ()


def of_story_info(article: Article) -> Head:
    """Return the head of a `da_` page: `By {author},   {office} / Published December 17, 2015`.

    Author and office may be missing. Without "Published" the line holds no office: on biographies it says
    "Retired September 01, 2015", on speeches the event; both are kept as the subtitle.
    """
    info = article.scope.find(class_="da_story_info")
    who, published, day = (
        (info.get_text() if isinstance(info, Tag) else "").replace(html.BREAK, " ").partition("Published")
    )
    who = who.replace("\xa0", " ").strip().removesuffix("/").strip()
    above = article.title.find_next_sibling("p")
    section = html.line(above) if above is not info and _is_above(above, info) else ""
    if not published:
        return Head(section=section or None, subtitle=text.clean(who) or None)
    byline, organization = _author((who,)) if BY.match(who) else (None, text.clean(who) or None)
    return Head(section or None, None, byline, organization, _days((day,)))


def of_page(article: Article) -> Head:
    """Return the head of a page from its lines between the article's begin and its body."""
    stamps = _days(html.attribute(tag, "datetime") for tag in article.scope.find_all("time"))
    card = article.scope.select_one("aside.meta")
    meta = _meta(card.extract()) if card else Head()
    subtitle = _take_subtitle(article)
    before, after = _lines(article)
    if not article.bodies:
        below = blocks_below(article)
        printed = {line for block in below[: length(below)] for line in block.split("\n")}
        after = [line for line in after if text.clean("".join(line)) in printed]
    head = of_lines(before, after)
    named = article.scope.find(class_=["cont-type", "content-type-text"])
    return Head(
        html.line(named) or meta.section or head.section,
        subtitle,
        head.byline or meta.byline,
        head.organization or meta.organization,
        tuple(dict.fromkeys(head.published + meta.published + stamps)),
    )


def of_lines(before: Sequence[Line], after: Sequence[Line]) -> Head:
    """Return what the lines before and after a title say.

    A line with "By" names the author (and the office, where that is a part of its own); a line without it,
    after the title or the author, is the office.
    """
    section = byline = organization = None
    published: list[str] = []
    for line, follows in [*((line, False) for line in before), *((line, True) for line in after)]:
        segments = _segments(line)
        days = _days(" ".join(segment) for segment in segments)
        published += days
        for segment in segments:
            words = text.clean(" ".join(segment))
            if _days((words,)) or PUBLISHED.fullmatch(words):
                continue
            if BY.match(words):
                author, office = _author(segment)
                byline, organization = byline or author, organization or office
            elif not follows and days:
                section = section or words
            elif follows or byline:
                organization = organization or (words if is_office(words) else None)
    return Head(section, None, byline, organization, tuple(dict.fromkeys(published)))


def blocks_below(article: Article) -> tuple[str, ...]:
    """Return the text blocks after the title, for articles without an element marked as body."""
    blocks = html.blocks(article.scope)
    title = html.line(article.title)
    at = [text.one_line(block) for block in blocks].index(title)
    return blocks[at + 1 :]


def length(blocks: Sequence[str]) -> int:
    """Return how many blocks after a title belong to the head."""
    for i, block in enumerate(blocks):
        lines = block.split("\n")
        if not is_head_line(lines[0]):
            return i + (i == 0 and len(lines) == 1 and _is_named(lines[0]))
    return len(blocks)


def is_head_line(words: str) -> bool:
    """Tell whether a line is a date, a kicker ("NEWS | Feb. 12, 2025") or an author's."""
    return bool(BY.match(words) or PUBLISHED.fullmatch(words) or _days(words.split("|")))


def is_office(words: str) -> bool:
    """Tell whether a line can be the name of an office: short, no sentence, no dateline."""
    is_name = len(words) <= LONGEST_OFFICE and not text.is_sentence(words) and words[-1:] not in "-–—"
    return is_name and any(map(str.isalpha, words)) and not boilerplate.is_furniture(words)


def _meta(card: Tag) -> Head:
    """Return what the card beside a release of defense.gov says: day, content type, office."""
    lines = [line for line in html.blocks(card) if not RELEASE_NUMBER.fullmatch(line)]
    days = _days(lines)
    rest = [line for line in lines if not _days((line,))]
    section = next((line for line in rest if CONTENT_TYPE.search(line)), None)
    offices = of_lines([], [(line,) for line in rest if line != section])
    return Head(section, None, offices.byline, offices.organization, days)


def _is_named(line: str) -> bool:
    """Tell whether a line under the title is an office: two words or more, all of a name."""
    words = line.split()
    return len(words) > 1 and is_office(line) and all(map(CAPITALISED.fullmatch, words))


def _is_above(line: Tag | NavigableString | None, info: Tag | NavigableString | None) -> bool:
    return isinstance(line, Tag) and isinstance(info, Tag) and info in line.find_next_siblings("p")


def _author(parts: Line) -> tuple[str | None, str | None]:
    """Return author and office of a line that begins with "By"; the office where it is a part of its own."""
    first, *rest = (BY.sub("", parts[0]), *parts[1:])
    if not text.clean(first):
        first, *rest = rest or [""]
    name, *offices = AUTHOR_OFFICE.split(first, maxsplit=1)
    while rest and not offices and CONNECTIVE.fullmatch(text.clean(rest[0])):
        name = " ".join([name, *rest[:2]])
        del rest[:2]
    office = text.clean(" ".join([*offices, *rest])).lstrip(", ")
    return text.clean(name).rstrip(",").replace(" ,", ",") or None, office or None


def _segments(line: Line) -> list[Line]:
    """Return a line cut at its vertical bars."""
    segments: list[list[str]] = [[]]
    for part in line:
        first, *others = part.split("|")
        segments[-1].append(first)
        segments += [[other] for other in others]
    cleaned = [tuple(part for part in segment if text.clean(part)) for segment in segments]
    return [segment for segment in cleaned if segment]


def _days(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the days, as printed, of the texts that are nothing but a date."""
    found = []
    for words in texts:
        rest = PUBLISHED.sub("", text.clean(words))
        printed = dates.printed(rest)
        if printed and re.fullmatch(
            WEEKDAY + re.escape(printed[0]) + r"(?:[,T ]+[\d:.]+.{0,12})?", rest, re.IGNORECASE
        ):
            found.append(printed[0])
    return tuple(found)


def _take_subtitle(article: Article) -> str | None:
    """Return the line below the title that is marked as subtitle, and take it out of the lines."""
    stop = article.bodies[0] if article.bodies else None
    for tag in article.title.find_all_next(True):
        if tag is stop:
            return None
        if tag.name == "h2" or any(map(SUBTITLE.fullmatch, html.classes(tag))):
            words = html.line(tag)
            tag.decompose()
            return words or None
    return None


def _lines(article: Article) -> tuple[list[Line], list[Line]]:
    """Return the lines before and after the title, up to the body."""
    breaks = 0
    found: dict[bool, dict[tuple[int, int], list[str]]] = {False: {}, True: {}}
    after = False
    stop = article.bodies[0] if article.bodies else None
    for node in article.scope.descendants:
        if node is stop:
            break
        if node is article.title:
            after = True
        elif isinstance(node, NavigableString) and not isinstance(node, PreformattedString):
            if article.title in node.parents:
                continue
            for number, part in enumerate(node.split(html.BREAK)):
                breaks += number > 0
                line = (id(_block(node)), breaks)
                if text.clean(part) or line in found[after]:
                    found[after].setdefault(line, []).append(part)
    return [tuple(line) for line in found[False].values()], [tuple(line) for line in found[True].values()]


def _block(node: NavigableString) -> Tag | None:
    return next((parent for parent in node.parents if html.BLOCKS.fullmatch(parent.name)), None)
