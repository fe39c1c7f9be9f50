"""Markup to text: blocks, breaks, tables, encodings, and safeguards."""

import contextlib
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import HtmlElement

from crawler.parsing import html
from crawler.parsing.html import ParseError
from storage.models import Page

URL = "https://www.lighthouse.mil/News/"


def page(markup: str | bytes, label: str = "") -> Page:
    content = markup if isinstance(markup, bytes) else markup.encode()
    return Page(URL, 200, (("content-type", label),), content)


def blocks(markup: str) -> tuple[str, ...]:
    return html.read_blocks(html.parse_tree(page(f"<div>{markup}</div>")))


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>One.</p><p>Two.</p>", ("One.", "Two.")),
        ("One.<br><br>Two.", ("One.", "Two.")),
        ("One.<br />\n &nbsp;<br />Two.", ("One.", "Two.")),
        ("<b>One<br><br></b>Two.", ("One", "Two.")),
        ("<em>One <br></em><br>Two.", ("One", "Two.")),
        ("One,<br>still one.", ("One,\nstill one.",)),
        ("<b>Head</b><br>text", ("Head\ntext",)),
        ("<br>One.<br>", ("One.",)),
        ("One\n  line", ("One line",)),
        ("a<b>b</b>c <i>d</i>", ("abc d",)),
        ("<ul><li>One<ul><li>Two</li></ul></li><li>Three</li></ul>", ("One", "Two", "Three")),
        ("<dl><dt>One</dt><dd>Two</dd></dl>", ("One", "Two")),
        ("<table><tr><th>A</th><th>B</th></tr><tr><td>1</td></tr><tr><td>2</td><td>3</td></tr></table>",
         ("A | B", "1", "2 | 3")),
        ("<table><tr><td><p>One.</p><p>Two.</p></td><td>3.</td></tr></table>", ("One.", "Two.", "3.")),
        ("<table><tr><td>1</td><td></td><td>3</td></tr></table>", ("1 | | 3",)),
        ("<pre>One\n two\n\nThree</pre>", ("One\ntwo", "Three")),
        ("<title>no</title><meta name='a'>One", ("One",)),
        ("One<script>no()</script><style>.no{}</style><svg><title>no</title></svg><!-- no -->.", ("One.",)),
        ("<p>&nbsp;</p><p>\u200b</p><p>One</p>", ("One",)),
        ("5 &lt; 6 &amp; 7", ("5 < 6 & 7",)),
        ("", ()),
    ],
)  # fmt: skip
def test_blocks_are_what_a_reader_sees_as_blocks(markup: str, expected: tuple[str, ...]) -> None:
    assert blocks(markup) == expected


@given(
    st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20), min_size=1, max_size=6)
)
def test_paragraphs_come_back_in_order(words: list[str]) -> None:
    assert blocks("".join(f"<p>{word}</p>" for word in words)) == tuple(words)
    assert blocks("<br/><br/>".join(words)) == tuple(words)


@pytest.mark.parametrize(
    ("content", "label", "text"),
    [
        ("é".encode(), "text/html; charset=iso-8859-1", "é"),
        ("’".encode("cp1252"), "text/html; charset=iso-8859-1", "’"),
        ("’".encode("cp1252"), "", "’"),
        ("沖縄の人".encode("shift_jis"), "text/html; charset=Shift_JIS", "沖縄の人"),
        (b'<meta charset="euc-kr">' + "한국".encode("euc-kr"), "", '<meta charset="euc-kr">한국'),
        ("é".encode("utf-8-sig"), "", "é"),
        ("é".encode("utf-16"), "", "é"),
        ("<p>é".encode("utf-16-le"), "text/html; charset=utf-16le", "<p>é"),
        ("<p>é".encode("utf-16-be"), "", "<p>é"),
        ("沖縄①".encode("cp932"), "text/html; charset=x-sjis", "沖縄①"),
        ("沖縄①".encode("cp932"), "text/html; charset=Shift_JIS", "沖縄①"),
        ("Bridge’s".encode("cp1252"), "text/html; charset=utf-8", "Bridge’s"),
        ("é of the bridge ".encode() + b"\x93", "text/html; charset=utf-8", "é of the bridge \ufffd"),
        (b"caf\xe9", "text/html; charset=hex", "café"),
        (b"caf\xe9", "text/html; charset=idna", "café"),
        (b"caf\xe9", "text/html; charset=klingon", "café"),
    ],
)
def test_utf_8_is_tried_before_the_encoding_of_the_label(content: bytes, label: str, text: str) -> None:
    assert html.decode_page(page(content, label)) == text


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "content: empty"),
        (b" \r\n", "content: empty"),
        (b"\x00\x01\x02\x03" * 100, "content: not text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 10, "content: not text"),
        (b"<div>" * 100_000, "content: Excessive depth"),
        (b"<p>" + b"a " * 6_000_000, "content: "),
        (b"<!-- nothing -->", "content: "),
    ],
)
def test_a_page_that_is_not_markup_is_one_clear_line(content: bytes, found: str) -> None:
    with pytest.raises(ParseError) as error:
        html.parse_tree(page(content))
    assert str(error.value).startswith(f"{URL}: {found}")
    assert "\n" not in str(error.value)


def test_an_xml_declaration_does_not_hurt() -> None:
    root = html.parse_tree(page('<?xml version="1.0" encoding="utf-16"?><p>é</p>'))
    assert html.read_text(root) == "é"


@given(st.binary(max_size=400))
def test_any_bytes_give_a_tree_or_one_clear_line(content: bytes) -> None:
    with contextlib.suppress(ParseError):
        assert all(html.read_blocks(html.parse_tree(page(content))))


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("/a/b", "https://www.lighthouse.mil/a/b"),
        (" x.pdf ", "https://www.lighthouse.mil/News/x.pdf"),
        ("//media.defense.gov/1", "https://media.defense.gov/1"),
        ("http://a.example/\n b", "http://a.example/ b"),
        ("#top", None),
        ("", None),
        ("mailto:a@example.mil", None),
        ("javascript:void(0)", None),
        ("http://[broken", "http://[broken"),
        ("//[broken", None),
    ],
)
def test_only_web_addresses_are_links(href: str, expected: str | None) -> None:
    assert html.resolve_link(href, URL) == expected


LIST = """<ul class="list"><li><a href="/a"> First
 story</a></li><li data-day=" May 5 "><a href="b">Second</a></li></ul><a rel="next" href="?page=2">More</a>"""


def tree(markup: str) -> HtmlElement:
    return html.parse_tree(page(f"<html><body>{markup}</body></html>"))


def test_select_one_gives_the_only_match() -> None:
    assert html.select_one(tree(LIST), "ul.list").tag == "ul"


@pytest.mark.parametrize(
    ("css", "found"), [("li", "li: 2 matches, wanted 1"), ("h1", "h1: 0 matches, wanted 1")]
)
def test_select_one_raises_on_none_and_on_several(css: str, found: str) -> None:
    with pytest.raises(ParseError) as error:
        html.select_one(tree(LIST), css)
    assert str(error.value) == f"{URL}: {found}"


def test_select_some_gives_all_matches_in_order_and_raises_on_none() -> None:
    assert [html.read_text(node) for node in html.select_some(tree(LIST), "li a")] == [
        "First story",
        "Second",
    ]
    with pytest.raises(ParseError, match="table: no match"):
        html.select_some(tree(LIST), "table")


def test_a_selector_sees_only_what_is_inside_the_node() -> None:
    item = html.select_some(tree(LIST), "li")[1]
    assert html.read_text(html.select_one(item, "a")) == "Second"
    assert not html.has_element(item, "ul")
    assert html.has_element(item, "a")


def test_a_link_is_absolute_and_none_without_a_match() -> None:
    assert html.link_to(tree(LIST), "a[rel=next]") == f"{URL}?page=2"
    assert html.link_to(tree(LIST), "a[rel=prev]") is None
    assert html.link_to(tree('<a class="x" href="#top">Top</a>'), "a.x") is None


def test_the_text_of_an_element_is_one_line_without_scripts() -> None:
    markup = "<div id=x>One <b>two</b><p>three</p><script>no()</script>four<br>five</div>"
    assert html.read_text(html.select_one(tree(markup), "#x")) == "One two threefour five"
    assert html.read_text(None) == ""


def test_elements_within_a_template_are_no_text() -> None:
    node = html.select_one(tree("<h1><template><b>t</b><p>u</p></template>Bridge <i>opens</i></h1>"), "h1")
    assert html.read_text(node) == "Bridge opens"


def test_the_first_attribute_that_says_something_counts() -> None:
    item = html.select_some(tree(LIST), "li")[1]
    assert html.read_attribute(item, "id", "data-day") == "May 5"
    assert html.read_attribute(item, "id") == ""


def test_paragraphs_leave_out_what_the_selector_names() -> None:
    body = html.select_one(tree("<div id=x><p>One.</p><p class='share new'>Share</p>Two.</div>"), "#x")
    assert html.read_paragraphs(body) == ("One.", "Share", "Two.")
    assert html.read_paragraphs(body, without=".share, aside") == ("One.", "Two.")


@pytest.mark.parametrize(
    ("markup", "wanted"),
    [
        ('<base href="/">', "https://x.mil/a/"),
        ('<base target="_top"><base href="/News/"><base href="/Other/">', "https://x.mil/News/a/"),
        ('<base href="https://cdn.mil/y">', "https://cdn.mil/a/"),
        ('<base href="javascript:alert(1)">', "https://x.mil/b/a/"),
        ('<base href="javascript:1"><base href="/News/">', "https://x.mil/b/a/"),
        ('<base href="data:text/html,x">', "https://x.mil/b/a/"),
        ('<base href="http://[">', "https://x.mil/b/a/"),
        ('<base href="">', "https://x.mil/b/a/"),
        ("<base>", "https://x.mil/b/a/"),
        ("", "https://x.mil/b/a/"),
    ],
)
def test_links_count_from_the_base_address_that_browsers_use(markup: str, wanted: str) -> None:
    page = Page("https://x.mil/b/c", 200, (), f'<head>{markup}</head><p><a href="a/">A</a>'.encode())
    assert html.link_to(html.parse_tree(page), "a") == wanted


@pytest.mark.parametrize(
    "part",
    [
        "<p>w</p>",
        "w<br>",
        "<span>w</span>",
        "<table><tr><td>a<td>b</table>",
        "<table><tr><td>a<td>" * 20 + "w" + "</table>" * 20,
        "<script>x</script>w",
        "<pre>w</pre>",
    ],
)
def test_the_work_of_reading_grows_with_the_length(part: str) -> None:
    once, four_times = (_count_calls(part * count) for count in (50, 200))
    assert four_times < 4.4 * once


def _count_calls(markup: str) -> int:
    root = html.parse_tree(page(f"<div>{markup}</div>"))
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        html.read_blocks(root)
    finally:
        sys.setprofile(None)
    return calls


def test_the_readers_of_a_page_share_its_tree() -> None:
    content = b"<p>One.</p>"
    assert html.parse_tree(page(content)) is html.parse_tree(page(content))


def test_a_part_that_is_left_out_leaves_the_words_behind_it() -> None:
    root = tree("<div>One <b class='x'>no<br></b>word.<table><tr><td>1<td class='x'>2<td>3</table></div>")
    assert html.read_blocks(root, lambda node: node.get("class") == "x") == ("One word.", "1 | 3")
