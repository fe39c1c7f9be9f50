"""Differences as HTML: every word where it stands, nothing that could run."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.diff.fields import diff_field
from storage.diff.lines import WordMark
from storage.models import Change
from storage.queries import diff_html
from storage.queries.compare import ComparedRevision, Comparison
from tests.support.history_database import START

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


def comparison(before: str, after: str, title: str = "A title") -> Comparison:
    side = ComparedRevision(1, 1, title, START, START)
    fields = (diff_field(Change("body", before, after)),)
    return Comparison(1, f"https://www.wing.mil/{title}", "www.wing.mil", side, side, fields, (), False, True)


class Elements(HTMLParser):
    """Collects the elements and attributes of a page, and the text in each kind of element."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.inside: list[str] = []
        self.texts: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        tag = self.inside[-1] if self.inside else ""
        self.texts[tag] = self.texts.get(tag, "") + data


ALLOWED = {*"html head meta title style body h1 h2 p section span del ins".split()}  # noqa: SIM905 (one line)


def test_a_page_stands_alone_and_runs_nothing() -> None:
    page = diff_html.render_page(comparison(f"old {HOSTILE}", f"new {HOSTILE}", HOSTILE))
    found = Elements(page)
    assert found.tags <= ALLOWED
    assert found.attributes <= {"lang", "charset", "http-equiv", "content", "name", "class", "dir"}
    assert "default-src 'none'" in page
    assert "http" not in page.split("</style>")[0].replace("http-equiv", "")
    assert found.texts["h1"] == HOSTILE
    assert (found.texts["del"], found.texts["ins"]) == ("old", "new")


@given(
    st.text(alphabet="<>&\"' ab\n\x00\u202e訓", max_size=40), st.text(alphabet="<>&\"' ab\n訓", max_size=40)
)
def test_no_text_becomes_an_element(before: str, after: str) -> None:
    assert Elements(diff_html.render_page(comparison(before, after))).tags <= ALLOWED


@pytest.mark.parametrize(
    ("mark", "wanted"),
    [(WordMark.REMOVED, "a <del>red</del> &amp; c"), (WordMark.ADDED, "a <ins>blue</ins> &amp; c")],
)
def test_one_side_shows_its_own_words_alone(mark: WordMark, wanted: str) -> None:
    assert diff_html.render_side(diff_field(Change("text", "a red & c", "a blue & c")), mark) == wanted


def test_a_moved_paragraph_says_so() -> None:
    one, two = "The first paragraph tells of a bridge.", "The second tells of rivers and of boats."
    three = "The third one says that nobody was there to see it."
    page = diff_html.render_words(
        diff_field(Change("body", f"{one}\n\n{two}\n\n{three}", f"{three}\n\n{one}\n\n{two}"))
    )
    assert "moved here" in page
