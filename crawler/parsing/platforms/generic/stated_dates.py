"""The day that a page of an unknown platform states for its own story, in its markup or in a line of its own.

A day in the prose, in a caption or in the teaser of another story is none. Where the page states nothing, the
story has no date.
"""

import re
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.parsing import dates, html, text
from crawler.parsing.platforms import entries, xpath
from storage.models import Page

MARKED = ".//*[@itemprop='datePublished'] | .//time"
# What holds other stories, pictures, or what others said.
APART_TAGS = frozenset(
    {"aside", "nav", "footer", "li", "figure", "figcaption", "blockquote", "table", "form", "head", "del"}
)
APART = re.compile(
    r"(?:.*[-_])?(?:captions?|credits?|related|teasers?|promos?|sidebar|side-bar|comments?|footer|popular|latest|"
    r"trending|recommended|cards?|tiles?|events?|gallery|updated|modified)(?:[-_].*)?",
    re.IGNORECASE,
)
CHANGED = re.compile(r"\b(?:updated|modified|changed|revised|edited|expires?|archived)\b", re.IGNORECASE)
BY = re.compile(r"(?:story\s+)?by\b", re.IGNORECASE)
HEADINGS = "self::h1 or self::h2 or self::h3 or self::h4 or self::h5 or self::h6"
LINKED_HEADING = f".//a[.//*[{HEADINGS}]] | .//*[{HEADINGS}]//a[@href]"
MAX_LINE_LENGTH = 160  # characters; a longer line is prose
MAX_BESIDE = 80  # characters beside a marked day in its block
LINES_AFTER_TITLE = 12  # blocks below the headline that may state the day
LINES = "self::p or self::div or self::span or self::h2 or self::h3 or self::small or self::address"
SPLIT = re.compile(r"\s*[|•·]\s*|\s+[-\u2013\u2014]\s+")


def find_stated_date(root: HtmlElement, page: Page) -> str:
    """Return the day that a page prints for its story, as printed; empty where it prints none."""
    title = xpath.find_first(root, "//h1")
    if title is None:
        return ""
    return _find_marked(root, title, page) or _find_line(title, page)


def find_day_in_line(line: str) -> str | None:
    """Return the day, as printed, of a line that tells the day of a story, and perhaps author or changes."""
    parts = (each for each in (line, _cut_change(line), *SPLIT.split(line)) if not CHANGED.search(each))
    return next((day for part in parts if (day := dates.find_stated_day(part))), None)


def _find_marked(root: HtmlElement, title: HtmlElement, page: Page) -> str:
    around = {title, *title.iterancestors()}
    marked = [node for node in xpath.find_elements(root, MARKED) if _is_own(node, around, page)]
    marked.sort(key=lambda node: node.get("itemprop") != "datePublished")  # stable: the surest first
    for node in marked:
        is_sure = node.get("itemprop") == "datePublished" or node.get("pubdate") is not None
        if is_sure or (_is_alone(node, page) and _is_near(node, around)):
            printed, stamp = html.read_text(node), html.read_attribute(node, "datetime", "content")
            words = next((each for each in (printed, stamp) if dates.has_day(each)), "")
            if words:
                return words
    return ""


def _is_own(node: HtmlElement, around: set[HtmlElement], page: Page) -> bool:
    """Return whether an element belongs to the page's own story, not to a teaser, a caption or a head."""
    if "dateModified" in (node.get("itemprop") or ""):
        return False
    for each in (node, *node.iterancestors()):
        if each in around:
            return each.tag not in {"body", "html"} or not _is_before(node, around)
        names = (each.get("class") or "").split()
        if each.get("itemscope") is not None:  # an item of its own, which the headline is not in
            return False
        if each.tag in APART_TAGS or any(map(APART.fullmatch, names)):
            return False
        if each.tag == "a" and not _leads_here(each, page):
            return False
        if each is not node and any(
            not _leads_here(link, page) for link in xpath.find_elements(each, LINKED_HEADING)
        ):
            return False
    return False


def _leads_here(link: HtmlElement, page: Page) -> bool:
    href = link.get("href") or ""
    where = entries.parse_link(href, html.find_base(link, page.url))
    own = entries.parse_link(page.url, page.url)
    return not href or href.startswith("#") or bool(where and own and where.key == own.key)


def _is_before(node: HtmlElement, around: set[HtmlElement]) -> bool:
    """Return whether an element stands before the headline's part of the body: it may tell today's day."""
    top = next(each for each in (node, *node.iterancestors()) if each.getparent() in around)
    return any(each in around for each in top.itersiblings())


def _is_alone(node: HtmlElement, page: Page) -> bool:
    """Return whether a marked day stands in no sentence, and not beside a link to another story."""
    before, run = _find_line_of(node)
    if any(_leads_to_story(link, page) for each in run for link in each.iter("a")):
        return False
    line = text.clean_line(before + "".join(f"{html.read_text(each)}{each.tail or ''}" for each in run))
    beside = line.replace(html.read_text(node), "", 1).strip()
    is_change = CHANGED.search(beside) is not None and not dates.LABEL.match(line)
    return len(beside) <= MAX_BESIDE and not (is_change or text.is_sentence(beside.rstrip(":")))


def _find_line_of(node: HtmlElement) -> tuple[str, list[HtmlElement]]:
    """Return the elements on one line with another, between two blocks of text, and the text before them."""
    top = node
    while (parent := top.getparent()) is not None and not _ends_line(parent):
        top = parent
    run = [top]
    before = "" if parent is None else parent.text or ""
    for each in top.itersiblings(preceding=True):
        if _ends_line(each):
            before = each.tail or ""
            break
        run.insert(0, each)
    for each in top.itersiblings():
        if _ends_line(each):
            break
        run.append(each)
    return before, run


def _ends_line(node: HtmlElement) -> bool:
    return node.tag == "br" or node.tag in html.BLOCKS


def _leads_to_story(link: HtmlElement, page: Page) -> bool:
    """Return whether a link leads to another story, by an address like this page's: not to its author."""
    where = entries.parse_link(link.get("href"), page.url)
    if where is None or _leads_here(link, page):
        return False
    own, other = (urlsplit(url).path.strip("/").lower().split("/") for url in (page.url, where.url))
    return len(own) == len(other) > 1 and own[:-2] == other[:-2] and own[0] == other[0]


def _is_near(node: HtmlElement, around: set[HtmlElement]) -> bool:
    """Return whether a day is in the same article as the headline, or not far below it."""
    outer = next((each for each in around if each.tag in {"article", "main", "header"}), None)
    return outer is None or outer in set(node.iterancestors())


def _find_line(title: HtmlElement, page: Page) -> str:
    """Return the day of the first line below the headline that tells only it, or the author and it."""
    around = {title, *title.iterancestors()}
    for line in _list_lines(title, around, page):
        if len(line) > MAX_LINE_LENGTH:
            continue
        if day := find_day_in_line(line):
            return day
        if CHANGED.search(line):
            continue
        printed = dates.find_printed_day(line, dates.ANY_ORDER)
        if BY.match(line) and printed and line.endswith(printed[0]):
            return printed[0]
    return ""


def _cut_change(line: str) -> str:
    """Return a line up to where it tells a later change: "March 5, 2026 (updated March 7)"."""
    change = CHANGED.search(line)
    return line[: change.start()].rstrip(" ([{|,;/-\u2013\u2014") if change else line


def _list_lines(title: HtmlElement, around: set[HtmlElement], page: Page) -> list[str]:
    """Return the first blocks of text below the headline that belong to the story."""
    found: list[str] = []
    for node in xpath.find_elements(title, f"following::*[{LINES}]"):
        if len(found) == LINES_AFTER_TITLE:
            break
        holds_blocks = node.tag == "div" and any(each.tag in html.BLOCKS for each in node)
        if not holds_blocks and (line := html.read_text(node)) and _is_own(node, around, page):
            found.append(line)
    return found
