"""From a page's bytes to elements and their text; errors name the page.

lxml parses a page once, and one walk over an element gives its text: the time grows with the page's length,
whatever its markup.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import cast

from lxml import etree
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement, document_fromstring

from crawler.parsing import encodings, stray_ends, text, urls
from storage.models import Page

MAX_UNREADABLE = 0.1  # share of characters that no text has; above it the content is not text
CONTROL_BYTES = bytes([*range(0x09), *range(0x0E, 0x20), 0x7F])
BLOCK_TAGS = """
address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure
footer form h1 h2 h3 h4 h5 h6 header hgroup hr html li main menu nav ol p pre section summary table tbody td
tfoot th thead tr ul
"""
TEXTLESS_TAGS = """
script style noscript template iframe object embed svg select textarea button video audio head title
"""
BLOCKS = frozenset(BLOCK_TAGS.split())
WITHOUT_TEXT = frozenset(TEXTLESS_TAGS.split())
# lxml's own parser for HTML asks a function of Python for the class of each element.
ELEMENT_CLASS = etree.ElementDefaultClassLookup(element=HtmlElement)
# For the one-line text of an element (`read_text`).
NEW_WORD_TAGS = frozenset({"br", "p", "div", "li", "td"})
HIDDEN_TAGS = frozenset({"script", "style", "noscript", "template"})
CELLS = frozenset({"td", "th"})
NOT_PLAIN = frozenset({"table", "ul", "ol", "tr"})  # a row with one of these lays out the page
STEPS = {"start": 1, "end": -1, "left": 0}  # of depth, by the events of `walk_kept`
SPLIT_LINES = re.compile(r"[\t\r\n]+")
BREAKS = re.compile(r"\n\s*\n")

LeavesOut = Callable[[HtmlElement], bool]  # whether an element is no part of what is read


class ParseError(Exception):
    """A page we fetched is not what the platform promised; `<address>: <field>: <what was found>`."""

    def __init__(self, url: str, found: str) -> None:
        super().__init__(f"{url}: {found}")
        self.url = url
        self.found = found


def decode_page(page: Page) -> str:
    """Return a page's content as text. ParseError where it is empty or not text.

    Newsrooms serve UTF-8 whatever the label says, so UTF-8 is tried first; then the encoding that the header
    names, then the one that the page names, then Windows-1252.
    """
    if not page.content.strip():
        raise ParseError(page.url, "content: empty")
    decoded = encodings.decode_bytes(page)
    bad = _count_unreadable(decoded)
    if bad > MAX_UNREADABLE * len(decoded):
        raise ParseError(page.url, f"content: not text ({bad} of {len(decoded)} characters are unreadable)")
    return decoded.replace("\x00", "")


@lru_cache(maxsize=1)
def lower_content(page: Page) -> bytes:
    """Return a page's bytes with A to Z in lower case: patterns that ignore case search ten times as long."""
    return page.content.lower()


def read_markup(page: Page) -> str:
    """Return a page's content as text, without end tags in the middle of it. ParseError as `decode_page`."""
    return stray_ends.remove_stray_ends(decode_page(page))


@lru_cache(maxsize=1)
def parse_tree(page: Page) -> HtmlElement:
    """Return the page's element tree, without comments and processing instructions.

    All readers of a page get the same tree, so nobody may change what another one reads.

    ParseError where the page is not markup, or where libxml2 gave up on part of it. It stops at a depth of
    256 elements and at 10 MB of text: a safeguard that no newsroom reaches.
    """
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    parser.set_element_class_lookup(ELEMENT_CLASS)
    try:
        content = read_markup(page).encode("utf-8", "replace")
        root = document_fromstring(content, parser=parser, base_url=page.url.encode("utf-8", "replace"))
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise ParseError(page.url, f"content: no markup ({text.clean_line(str(error))})") from None
    fatal = parser.error_log.filter_from_fatals()
    if fatal:
        raise ParseError(page.url, f"content: {text.clean_line(fatal[0].message)}")
    return root


def select_one(node: HtmlElement, css: str) -> HtmlElement:
    """Return the only element inside a node that a CSS selector matches; ParseError on none or several."""
    found = _select_elements(node, css)
    if len(found) != 1:
        raise ParseError(_find_url(node), f"{css}: {len(found)} matches, wanted 1")
    return found[0]


def select_some(node: HtmlElement, css: str) -> list[HtmlElement]:
    """Return the elements inside a node that a CSS selector matches, in order; ParseError on none."""
    found = _select_elements(node, css)
    if not found:
        raise ParseError(_find_url(node), f"{css}: no match")
    return found


def has_element(node: HtmlElement, css: str) -> bool:
    """Return whether a CSS selector matches anything inside a node."""
    return bool(_select_elements(node, css))


def link_to(node: HtmlElement, css: str) -> str | None:
    """Return the absolute address of the first link that a CSS selector matches, or None."""
    hrefs = (link.get("href") or "" for link in _select_elements(node, css))
    base = find_base(node, _find_url(node))
    return next((url for href in hrefs if (url := resolve_link(href, base))), None)


def find_base(node: HtmlElement, url: str) -> str:
    """Return the address from which relative links on a page at `url` count.

    It is that of the first <base> with an address, as browsers do, else the page's own (html.spec.whatwg.org,
    2.4.1). `node` is any element of the page.
    """
    first = _find_named_base(node.getroottree().getroot())
    try:
        return url if first is None else urls.resolve_url(first, url)
    except ValueError:  # `javascript:`, `data:` and broken ones count as none
        return url


def read_text(node: HtmlElement | None) -> str:
    """Return what a reader sees of an element, on one line; empty for None."""
    return "" if node is None else text.clean_line("".join(_iterate_text(node)))


def read_attribute(node: HtmlElement, *names: str) -> str:
    """Return the first of these attributes that is not empty, on one line; else an empty string."""
    return next((value for name in names if (value := text.clean_line(node.get(name) or ""))), "")


def find_language(node: HtmlElement) -> str | None:
    """Return the language that an element or the nearest one around it names ("de-DE"), or None."""
    around = (each.get("lang") or each.get("xml:lang") for each in (node, *node.iterancestors()))
    return next((language for language in around if language), None)


def read_paragraphs(node: HtmlElement, without: str = "") -> tuple[str, ...]:
    """Return the text blocks of an element, as `read_blocks`; `without` selects what to leave out (CSS)."""
    left_out = frozenset(_select_elements(node, without) if without else ())
    return read_blocks(node, left_out.__contains__)


def resolve_link(href: str, base: str) -> str | None:
    """Return an absolute web address, or None for anchors, scripts, mail and broken addresses.

    A broken address that begins as one of the web is what the page says, and stays as it is.
    """
    target = SPLIT_LINES.sub("", href.strip())
    if not target or target.startswith("#"):
        return None
    try:
        return urls.resolve_url(target, base)
    except ValueError:
        is_kept = target.startswith(("http://", "https://")) and len(target) <= urls.LONGEST_URL
        return target if is_kept else None


def keep_all(node: HtmlElement) -> bool:
    """Return False: leave no element out."""
    return False


def walk_kept(node: HtmlElement, leaves_out: LeavesOut = keep_all) -> Iterator[tuple[str, HtmlElement]]:
    """Yield "start" and "end" of each element in document order, the outer one included.

    An element that is left out is one event, "left", after which its tail may be read.
    """
    left = None
    walk = etree.iterwalk(node, events=("start", "end"))
    for event, each in walk:
        if event == "end":
            yield ("left" if each is left else event), each
        elif each is not node and leaves_out(each):
            left = each
            walk.skip_subtree()
        else:
            yield event, each


def read_blocks(node: HtmlElement, leaves_out: LeavesOut = keep_all) -> tuple[str, ...]:
    """Return the text blocks of an element, in order, none empty.

    Block elements and two or more <br> in a row end a block; a single <br> is a line end inside it. A table
    row of plain cells is one block, with " | " between its cells.
    """
    if not len(node) and node.tag != "pre":  # a cell of a table: one line
        line = text.clean_line(node.text or "")
        return (line,) if line else ()
    joined = text.remove_invisible("".join(_iterate_block_text(node, leaves_out)))
    return tuple(block for part in BREAKS.split(joined) if (block := text.clean_lines(part)))


def _iterate_block_text(node: HtmlElement, leaves_out: LeavesOut) -> Iterator[str]:
    """Yield the text of an element in pieces, two line ends around blocks. No recursion: markup is deep."""
    preformatted = 0  # how many <pre> are open, whose line ends count
    rows: dict[HtmlElement, str] = {}

    def is_read_whole(each: HtmlElement) -> bool:
        if each.tag in WITHOUT_TEXT or leaves_out(each):
            return True
        row = _read_row(each, leaves_out) if each.tag == "tr" else None
        if row is not None:
            rows[each] = row
        return row is not None

    for event, each in walk_kept(node, is_read_whole):
        preformatted += (each.tag == "pre") * STEPS[event]
        if event == "left":
            yield rows.pop(each, "")
        else:
            yield _find_border(each.tag, event)
        words = each.text if event == "start" else each.tail if each is not node else None
        if words:
            yield words if preformatted else words.replace("\n", " ")


def _select_elements(node: HtmlElement, css: str) -> list[HtmlElement]:
    return cast("list[HtmlElement]", _compile_selector(css)(node))  # lxml has no types


@lru_cache(maxsize=256)
def _compile_selector(css: str) -> CSSSelector:
    return CSSSelector(css, translator="html")


@lru_cache(maxsize=1)  # asked for each link of a page
def _find_named_base(root: HtmlElement) -> str | None:
    named = (each.get("href") for each in root.iter("base"))
    return next((href for href in named if href is not None), None)


def _find_url(node: HtmlElement) -> str:
    return str(node.getroottree().docinfo.URL or "")


def _iterate_text(node: HtmlElement) -> Iterator[str]:
    hidden = {inner for each in node.iter(*HIDDEN_TAGS) for inner in each.iterdescendants()}
    for part in node.iter():
        if hidden and part in hidden:
            continue
        # Summaries had their tags removed without a space ("July 2.Airmen"): a new block is a new word.
        yield " " if part.tag in NEW_WORD_TAGS else ""
        yield (part.text or "") if part.tag not in HIDDEN_TAGS else ""
        yield (part.tail or "") if part is not node else ""


def _count_unreadable(decoded: str) -> int:
    raw = decoded.encode("utf-8", "surrogatepass")
    return len(raw) - len(raw.translate(None, CONTROL_BYTES)) + decoded.count("\ufffd")


def _find_border(tag: str, event: str) -> str:
    """Return what stands at the start or the end of an element in its text."""
    if tag == "br":
        return "\n" if event == "start" else ""
    return "\n\n" if tag in BLOCKS else ""


def _read_row(row: HtmlElement, leaves_out: LeavesOut) -> str | None:
    """Return a table row as one block, or None where it only lays out the page."""
    cells = [read_blocks(cell, leaves_out) for cell in _list_plain_cells(row, leaves_out)]
    if len(cells) < 2 or any(len(cell) > 1 for cell in cells) or sum(map(bool, cells)) < 2:
        return None
    return "\n\n" + " | ".join(text.join_lines(cell[0]) if cell else "" for cell in cells) + "\n\n"


def _list_plain_cells(row: HtmlElement, leaves_out: LeavesOut) -> list[HtmlElement]:
    """Return the cells of a row; none where one holds a list, a table or another cell."""
    if all(child.tag in CELLS and not len(child) for child in row):  # the usual row: cells of mere text
        return [cell for cell in row if not leaves_out(cell)]
    cells: list[HtmlElement] = []
    depth = 0
    for event, each in walk_kept(row, leaves_out):
        if event == "start" and each is not row and each.tag in NOT_PLAIN:
            return []
        if each.tag in CELLS:
            depth += STEPS[event]
            cells += [each] if event == "start" else []
        if depth > 1:
            return []
    return cells
