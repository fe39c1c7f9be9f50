"""Questions to an lxml tree, for what is not one article: listings, heads, pages of unknown platforms."""

from collections.abc import Iterator
from typing import cast

from lxml.html import HtmlElement

from crawler.parsing import text

BREAKING = frozenset({"br", "p", "div", "li", "td"})
SILENT = frozenset({"script", "style", "noscript", "template"})


def find_elements(node: HtmlElement, xpath: str) -> list[HtmlElement]:
    """Return the elements an XPath names, in document order."""
    return cast("list[HtmlElement]", node.xpath(xpath))  # lxml has no types


def find_first(node: HtmlElement, xpath: str) -> HtmlElement | None:
    """Return the first element an XPath names, or None."""
    return next(iter(find_elements(node, xpath)), None)


def read_text(node: HtmlElement | None) -> str:
    """Return what a reader sees of a node, on one line; empty for None."""
    return "" if node is None else text.clean_line("".join(_iterate_text(node)))


def read_attribute(node: HtmlElement, *names: str) -> str:
    """Return the first of these attributes that says something, on one line; else an empty string."""
    return next((value for name in names if (value := text.clean_line(node.get(name) or ""))), "")


def has_class(name: str) -> str:
    """Return the XPath condition for one class among many."""
    return f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')"


def _iterate_text(node: HtmlElement) -> Iterator[str]:
    for part in node.iter():
        # Summaries had their tags removed without a space ("July 2.Airmen"): a new block is a new word.
        yield " " if part.tag in BREAKING else ""
        yield (part.text or "") if part.tag not in SILENT else ""
        yield (part.tail or "") if part is not node else ""
