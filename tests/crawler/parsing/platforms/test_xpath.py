"""XPath helpers: document order, nothing found, and whole class names."""

import pytest

from crawler.parsing import html
from crawler.parsing.platforms import xpath
from storage.models import Page

ROOT = html.parse_tree(
    Page(
        "https://www.lighthouse.mil/",
        200,
        (),
        b'<ul><li class="a item">1<li class="items">2<li class="item\n b">3</ul>',
    )
)


def test_elements_come_in_document_order() -> None:
    assert [node.text.strip() for node in xpath.find_elements(ROOT, "//li") if node.text] == ["1", "2", "3"]


def test_the_first_element_or_none() -> None:
    first = xpath.find_first(ROOT, "//li")
    assert first is not None
    assert first.text == "1"
    assert xpath.find_first(ROOT, "//table") is None


@pytest.mark.parametrize(("name", "texts"), [("item", ["1", "3"]), ("items", ["2"]), ("ite", [])])
def test_a_class_is_matched_whole_among_many(name: str, texts: list[str]) -> None:
    found = xpath.find_elements(ROOT, f"//*[{xpath.has_class(name)}]")
    assert [html.read_text(node) for node in found] == texts
