"""Where the article is on a page, which markup it has, and what of it is page furniture."""

import pytest

from crawler.parsing import html
from crawler.parsing.html import ParseError
from crawler.parsing.platforms.afpims import layout
from storage.models import Page

URL = "https://www.lighthouse.mil/News/Article/701/x/"


def locate(body: str) -> layout.ArticleNode:
    page = Page(URL, 200, (), f"<html><body>{body}</body></html>".encode())
    return layout.locate_article(page, html.parse_tree(page))


def text_of(body: str) -> tuple[str, ...]:
    return layout.read_bodies(layout.split_article(locate(body)))


@pytest.mark.parametrize(
    ("body", "design"),
    [
        ('<div class="adetail"><h1>X</h1></div>', "g4"),
        ('<div class="adetail"><header class="content-wrap"><h1>X</h1></header></div>', "g3"),
        ('<link href="/Skins/DGOV/x.css"><div class="adetail"><h1>X</h1></div>', "g3"),
        ('<article class="adetail dgov-card"><h1>X</h1></article>', "g2"),
        ('<div><h1>X</h1><div class="da_black">Words.</div></div>', "g1"),
        ('<div class="da_print_body"><h1>X</h1><div class="da_black">Words.</div></div>', "g1-print"),
    ],
)
def test_the_design_is_seen_in_the_markup(body: str, design: str) -> None:
    assert locate(body).design == design


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("<h1>X</h1><p>Words.</p>", "article: no element is marked as one"),
        ('<div class="adetail"></div>', "title: no h1"),
        ('<div class="adetail"><h1>X</h1></div><div class="adetail"><h1>Y</h1></div>', "article: 2 of them"),
    ],
)
def test_without_exactly_one_article_the_page_is_not_read(body: str, found: str) -> None:
    with pytest.raises(ParseError, match=found):
        locate(body)


def test_two_different_titles_are_an_error() -> None:
    both = '<h1 class="maintitle">X</h1><h1 class="title">Y</h1>'
    with pytest.raises(ParseError, match="title: 2 headings that differ"):
        layout.split_article(locate(f'<div class="adetail">{both}</div>'))


def test_the_body_is_the_element_that_is_marked_most_certainly() -> None:
    inner = '<div class="content">No.</div><div itemprop="articleBody">Yes.</div>'
    assert text_of(f'<div class="adetail"><h1>X</h1>{inner}</div>') == ("Yes.",)


def test_a_body_in_parts_is_read_in_order() -> None:
    inner = '<div class="body">One.</div><div class="body">Two.</div>'
    assert text_of(f'<div class="adetail"><h1>X</h1>{inner}</div>') == ("One.", "Two.")


@pytest.mark.parametrize(
    "furniture",
    [
        '<div class="share-bar">F</div>',
        "<nav>F</nav>",
        '<div id="related-stories">F</div>',
        '<p style="display: none">F</p>',
        "<aside>F</aside>",
        '<div class="tags">F</div>',
        "<figure><figcaption>F</figcaption></figure>",
    ],
)
def test_furniture_in_the_body_is_not_text(furniture: str) -> None:
    body = f'<div class="adetail"><h1>X</h1><div class="body"><p>One.</p>{furniture}<p>Two.</p></div></div>'
    assert text_of(body) == ("One.", "Two.")


@pytest.mark.parametrize(
    "text",
    [
        '<h2 id="next-steps">T</h2>',
        '<h2 id="related">T</h2>',
        '<section id="search-and-rescue">T</section>',
        '<section id="print">T</section>',
        '<div id="alert-status">T</div>',
        '<div class="sharedservices">T</div>',
        '<div class="print-shop">T</div>',
        '<div class="banner-year">T</div>',
        '<div id="photo-reconnaissance">T</div>',
        '<p class="image-analysis">T</p>',
        '<div class="topics-discussed">T</div>',
        '<div id="translators-wanted">T</div>',
        '<div class="captioned">T</div>',
    ],
)
def test_a_name_that_only_begins_like_a_component_is_the_text_s_own(text: str) -> None:
    body = f'<div class="adetail"><h1>X</h1><div class="body"><p>One.</p>{text}<p>Two.</p></div></div>'
    assert text_of(body) == ("One.", "T", "Two.")


@pytest.mark.parametrize("stray", ["</body></html>", "</BODY >", "</html>\n"])
def test_the_end_of_a_pasted_document_does_not_end_the_text(stray: str) -> None:
    body = f'<div class="adetail"><h1>X</h1><div class="body"><p>One.</p>{stray}<p>Two.</p></div></div>'
    assert text_of(body) == ("One.", "Two.")


def test_the_values_of_inputs_do_not_change_the_serialized_article() -> None:
    one, other = (
        locate(f'<div class="adetail"><h1>X</h1><input name="s" value="{value}"></div>') for value in "ab"
    )
    assert layout.serialize_article(one) == layout.serialize_article(other)


def test_addresses_that_html_writes_alike_stay_different() -> None:
    one, other = (
        locate(f'<div class="adetail"><h1>X</h1><a href="{link}">x</a></div>') for link in ("a b", "a%20b")
    )
    assert layout.serialize_article(one) != layout.serialize_article(other)
