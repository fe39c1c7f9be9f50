"""Differences as lines and as HTML: every word where it stands, nothing that could run."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.diff.fields import diff_field
from storage.diff.lines import SHOWN_CONTEXT, LONGEST_CONTEXT, DiffLine, WordMark, list_diff_lines
from storage.diff.paragraphs import PassageKind
from storage.models import Change
from storage.queries import diff_html
from storage.queries.compare import Comparison, Side
from tests.support.history_database import START

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


def text(line: DiffLine, *marks: WordMark) -> str:
    return "".join(piece.text for piece in line.parts if piece.mark in marks)


def shown(before: object, after: object, field: str = "body") -> list[DiffLine]:
    return list(list_diff_lines(diff_field(Change(field, before, after))))


def test_changed_words_stand_between_kept_ones() -> None:
    (line,) = shown("We counted 1,200 troops.", "We counted 1,250 troops.")
    assert [(piece.mark, piece.text) for piece in line.parts] == [
        (WordMark.KEPT, "We counted "),
        (WordMark.REMOVED, "1,200"),
        (WordMark.ADDED, "1,250"),
        (WordMark.KEPT, " troops."),
    ]


def test_unchanged_paragraphs_are_counted_not_repeated() -> None:
    found = shown("One.\n\nTwo.\n\nThree was here.", "One.\n\nTwo.\n\nThree is here.")
    assert (found[0].kind, found[0].unchanged_paragraphs, len(found)) == (PassageKind.KEPT, 2, 2)


def test_long_unchanged_stretches_keep_only_what_is_near_a_change() -> None:
    far = "word " * 400
    (line,) = shown(f"{far}old {far}", f"{far}new {far}")
    kept = text(line, WordMark.KEPT)
    assert len(kept) <= 2 * SHOWN_CONTEXT < LONGEST_CONTEXT
    assert text(line, WordMark.REMOVED, WordMark.ADDED) == "oldnew"
    assert sum(piece.mark is WordMark.OMITTED for piece in line.parts) == 2


def test_lists_and_days_are_shown_item_by_item() -> None:
    found = shown(("https://a.mil/1.jpg", "https://a.mil/2.jpg"), ("https://a.mil/2.jpg",), "images")
    assert [(line.kind, text(line, WordMark.REMOVED)) for line in found] == [
        (PassageKind.REMOVED, "https://a.mil/1.jpg")
    ]
    days = shown("2026-03-01", "2026-03-02", "published")
    assert [text(line, WordMark.REMOVED, WordMark.ADDED) for line in days] == ["2026-03-01", "2026-03-02"]


def test_what_was_not_there_is_all_added() -> None:
    (line,) = shown(None, "By A. Writer", "byline")
    assert (text(line, WordMark.ADDED), text(line, WordMark.REMOVED)) == ("By A. Writer", "")
    (gone,) = shown("By A. Writer", None, "byline")
    assert text(gone, WordMark.REMOVED) == "By A. Writer"


def comparison(before: str, after: str, title: str = "A title") -> Comparison:
    side = Side(1, 1, title, START, START)
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
    page = diff_html.page(comparison(f"old {HOSTILE}", f"new {HOSTILE}", HOSTILE))
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
    assert Elements(diff_html.page(comparison(before, after))).tags <= ALLOWED


@pytest.mark.parametrize(
    ("mark", "wanted"),
    [(WordMark.REMOVED, "a <del>red</del> &amp; c"), (WordMark.ADDED, "a <ins>blue</ins> &amp; c")],
)
def test_one_side_shows_its_own_words_alone(mark: WordMark, wanted: str) -> None:
    assert diff_html.one_side(diff_field(Change("text", "a red & c", "a blue & c")), mark) == wanted


def test_a_moved_paragraph_says_so() -> None:
    one, two = "The first paragraph tells of a bridge.", "The second tells of rivers and of boats."
    three = "The third one says that nobody was there to see it."
    page = diff_html.words(
        diff_field(Change("body", f"{one}\n\n{two}\n\n{three}", f"{three}\n\n{one}\n\n{two}"))
    )
    assert "moved here" in page
