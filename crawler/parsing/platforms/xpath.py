"""XPath on lxml trees, where a CSS selector is not enough: listings, and pages of unknown platforms."""

from typing import cast

from lxml.html import HtmlElement


def find_elements(node: HtmlElement, xpath: str) -> list[HtmlElement]:
    """Return the elements that an XPath selects, in document order, possibly none."""
    return cast("list[HtmlElement]", node.xpath(xpath))  # lxml has no types


def find_first(node: HtmlElement, xpath: str) -> HtmlElement | None:
    """Return the first element that an XPath selects, or None."""
    return next(iter(find_elements(node, xpath)), None)


def has_class(name: str) -> str:
    """Return the XPath condition for one class among many."""
    return f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')"
