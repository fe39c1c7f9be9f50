"""Differences as lines of marked words."""

import pytest

from storage.diff.fields import diff_field
from storage.diff.lines import LONGEST_CONTEXT, SHOWN_CONTEXT, DiffLine, WordMark, list_diff_lines
from storage.diff.paragraphs import PassageKind
from storage.models import Change


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


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ("One.", "One.\n\nTwo.", [PassageKind.KEPT, PassageKind.ADDED]),
        ("One.\n\nTwo.", "Two.", [PassageKind.REMOVED, PassageKind.KEPT]),
        ("One.\n\nTwo.", "One.\n\nTwo.", [PassageKind.KEPT]),
    ],
)
def test_paragraphs_that_came_or_went_stand_where_they_stood(
    before: str, after: str, kinds: list[PassageKind]
) -> None:
    assert [line.kind for line in shown(before, after)] == kinds


def test_an_omission_ends_at_a_word() -> None:
    far = "longword " * 100
    (line,) = shown(f"{far}old", f"{far}new")
    assert text(line, WordMark.KEPT).split() == ["longword"] * len(text(line, WordMark.KEPT).split())
