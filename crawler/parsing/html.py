"""From a page's bytes to elements and their text; errors name the page.

lxml parses the whole page and finds the article; Beautiful Soup gets only that part, since it takes 40 to
50 ms for a whole page.
"""

import codecs
import re
from collections.abc import Iterator
from typing import cast

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, PreformattedString, Tag
from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from crawler.parsing import stray_ends, text, urls
from storage.models import Page

MAX_ARTICLE_BYTES = 4 * 1024 * 1024  # the longest article seen has 0.1 MB of markup
MAX_UNREADABLE = 0.1  # share of characters that no text has; above it the content is not text
NOT_TEXT_ENCODINGS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape"})
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
UNREADABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufffd]")
BLOCKS = re.compile(
    r"address|article|aside|blockquote|body|caption|center|dd|details|dialog|div|dl|dt|fieldset|figcaption|figure|"
    r"footer|form|h[1-6]|header|hgroup|hr|html|li|main|menu|nav|ol|p|pre|section|summary|table|tbody|td|tfoot|th|"
    r"thead|tr|ul"
)
WITHOUT_TEXT = re.compile(
    r"script|style|noscript|template|iframe|object|embed|svg|select|textarea|button|video|audio|head"
)
# For the one-line text of an element (`read_text`).
NEW_WORD_TAGS = frozenset({"br", "p", "div", "li", "td"})
HIDDEN_TAGS = frozenset({"script", "style", "noscript", "template"})
BR = re.compile(r"<br\b[^>]*>", re.IGNORECASE)
BREAK = "\ue000"  # of the private use area; a page's own ones are taken out
SPLIT_LINES = re.compile(r"[\t\r\n]+")
BREAKS = re.compile(r"\n\s*\n")


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
    decoded = _decode_bytes(page)
    bad = len(UNREADABLE.findall(decoded)) if UNREADABLE.search(decoded) else 0
    if bad > MAX_UNREADABLE * len(decoded):
        raise ParseError(page.url, f"content: not text ({bad} of {len(decoded)} characters are unreadable)")
    return decoded.replace("\x00", "").replace(BREAK, "")


def read_markup(page: Page) -> str:
    """Return a page's content as text, without end tags in the middle of it. ParseError as `decode_page`."""
    return stray_ends.remove_stray_ends(decode_page(page))


def parse_tree(page: Page) -> HtmlElement:
    """Return the page's element tree, without comments and processing instructions.

    ParseError where the page is not markup, or where libxml2 gave up on part of it. It stops at a depth of
    256 elements and at 10 MB of text: a safeguard that no newsroom reaches.
    """
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
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
    return next((url for href in hrefs if (url := resolve_link(href, _find_url(node)))), None)


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
    soup = make_soup(node, _find_url(node))
    for tag in soup.select(without) if without else ():
        tag.extract()
    return read_blocks(soup)


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


def make_soup(node: HtmlElement, url: str) -> Tag:
    """Return a subtree as Beautiful Soup, each <br> as the character BREAK.

    Old bodies are hundreds of <br>, and parsing them as elements took most of the time. ParseError where the
    subtree is far too large for an article.
    """
    part = BR.sub(BREAK, etree.tostring(node, encoding="unicode", method="html", with_tail=False))
    if len(part) > MAX_ARTICLE_BYTES:
        raise ParseError(url, f"content: an article of {len(part)} characters")
    read = BeautifulSoup(part, "lxml", multi_valued_attributes=None)  # class names stay one string
    return next((tag for tag in iterate_tags(read) if tag.name == node.tag), read)


def iterate_tags(node: Tag) -> Iterator[Tag]:
    """Yield the elements inside one, in document order; faster than `find_all`."""
    return (child for child in node.descendants if isinstance(child, Tag))


def read_tag_text(node: Tag) -> str:
    """Return the text of an element made by `make_soup`, as one line."""
    return text.clean_line(node.get_text().replace(BREAK, " "))


def read_blocks(node: Tag) -> tuple[str, ...]:
    """Return the text blocks of an element made by `make_soup`, in order, none empty.

    Block elements and two or more <br> in a row end a block; a single <br> is a line end inside it. A table
    row of plain cells is one block, with " | " between its cells.
    """
    parts: list[str] = []
    _collect_text(node, parts)
    joined = text.INVISIBLE.sub("", "".join(parts)).replace(BREAK, "\n")
    return tuple(block for part in BREAKS.split(joined) if (block := text.clean_lines(part)))


def _select_elements(node: HtmlElement, css: str) -> list[HtmlElement]:
    return cast("list[HtmlElement]", node.cssselect(css))  # lxml has no types


def _find_url(node: HtmlElement) -> str:
    return str(node.getroottree().docinfo.URL or "")


def _iterate_text(node: HtmlElement) -> Iterator[str]:
    for part in node.iter():
        # Summaries had their tags removed without a space ("July 2.Airmen"): a new block is a new word.
        yield " " if part.tag in NEW_WORD_TAGS else ""
        yield (part.text or "") if part.tag not in HIDDEN_TAGS else ""
        yield (part.tail or "") if part is not node else ""


def _decode_bytes(page: Page) -> str:
    for mark, codec in BYTE_ORDER_MARKS:
        if page.content.startswith(mark):
            return page.content.decode(codec, "replace")
    try:
        return page.content.decode("utf-8")
    except UnicodeDecodeError:
        return page.content.decode(_find_encoding(page), "replace")


def _find_encoding(page: Page) -> str:
    header = next((value for name, value in page.headers if name == "content-type"), "")
    for source in (header, page.content[:4096].decode("latin-1")):
        named = CHARSET.search(source)
        codec = named and _find_codec(named[1])
        if codec:
            return codec
    return "cp1252"


def _find_codec(label: str) -> str | None:
    """Return Python's name of a text encoding as browsers understand its label, or None."""
    try:
        name = codecs.lookup(label).name
        "".encode(name)  # a LookupError for codecs that make no text, such as "hex"
    except (LookupError, UnicodeError):
        return None
    if name in NOT_TEXT_ENCODINGS:
        return None
    return "cp1252" if name in {"ascii", "iso8859-1"} else name


def _collect_text(node: Tag, parts: list[str]) -> None:
    """Append the text of an element, two line ends around blocks.

    No recursion: hostile markup is deep.
    """
    open_tags: list[tuple[Iterator[PageElement], str, bool]] = [(iter(node.contents), "", node.name == "pre")]
    while open_tags:
        children, border, keeps_lines = open_tags[-1]
        child = next(children, None)
        if child is None:
            parts.append(border)
            open_tags.pop()
        elif isinstance(child, Tag):
            opened = _open_tag(child, parts)
            if opened is not None:
                open_tags.append((iter(child.contents), opened, keeps_lines or child.name == "pre"))
        elif isinstance(child, NavigableString) and not isinstance(child, PreformattedString):
            parts.append(child if keeps_lines else child.replace("\n", " "))


def _open_tag(tag: Tag, parts: list[str]) -> str | None:
    """Append what an element begins with; return what it ends with, or None where nothing is to follow."""
    if WITHOUT_TEXT.fullmatch(tag.name):
        return None
    row = _read_row(tag) if tag.name == "tr" else None
    if row is not None:
        parts.append(f"\n\n{row}\n\n")
        return None
    border = "\n\n" if BLOCKS.fullmatch(tag.name) else ""
    parts.append(border)
    return border


def _read_row(row: Tag) -> str | None:
    """Return a table row as one line, or None where it only lays out the page."""
    if row.find(["table", "ul", "ol"]):
        return None
    cells = [read_blocks(cell) for cell in row.find_all(["td", "th"])]
    if len(cells) < 2 or any(len(cell) > 1 for cell in cells) or sum(map(bool, cells)) < 2:
        return None
    return " | ".join(text.join_lines(cell[0]) if cell else "" for cell in cells)
