"""One field of a posting, compared for display."""

import pytest

from storage.diff.fields import diff_field, is_coarse, list_edit_kinds, split_value
from storage.diff.kinds import EditKind
from storage.models import Change


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        (None, ()),
        ("", ()),
        ("One.\n\nTwo.\n \nThree.", ("One.", "Two.", "Three.")),
        (("a", "b"), ("a", "b")),
        (["a", 1], ("a", "1")),
        ((), ()),
    ],
)
def test_a_value_is_its_paragraphs_or_its_items(value: object, parts: tuple[str, ...]) -> None:
    assert split_value(value) == parts


def test_texts_are_compared_by_words() -> None:
    found = diff_field(Change("title", "Five boats sank", "Six boats sank"))
    assert found.text is not None
    assert found.text.edit_kinds == (EditKind.NUMBER,)
    assert (found.removed, found.added) == ((), ())


@pytest.mark.parametrize("field", ["tags", "images", "attachments", "links"])
def test_lists_are_compared_item_by_item(field: str) -> None:
    found = diff_field(Change(field, ("a", "b"), ("b", "c")))
    assert (found.text, found.removed, found.added) == (None, ("a",), ("c",))


def test_a_day_is_replaced_as_a_whole() -> None:
    found = diff_field(Change("published", "2026-03-01", "2026-03-02"))
    assert (found.text, found.removed, found.added) == (None, ("2026-03-01",), ("2026-03-02",))


def test_items_that_differ_in_quote_style_alone_are_the_same() -> None:
    assert diff_field(Change("tags", ("Airman’s story",), ("Airman's story", "new"))).added == ("new",)


def test_an_edit_is_named_after_its_title_subtitle_and_body() -> None:
    fields = [
        diff_field(Change("body", "One.\n\nTwo.", "One.")),
        diff_field(Change("title", "Five hurt", "Seven hurt")),
        diff_field(Change("byline", "By A. Writer", "By B. Writer")),
    ]
    assert list_edit_kinds(fields) == (EditKind.NUMBER, EditKind.PARAGRAPH_REMOVED)
    assert list_edit_kinds(fields[2:]) == ()


def test_a_field_that_is_too_large_to_compare_says_so() -> None:
    repetitive = tuple(f"{n % 7} {n % 5}" for n in range(6_000))
    coarse = diff_field(Change("body", "\n\n".join(repetitive), "\n\n".join(reversed(repetitive))))
    assert is_coarse([coarse])
    assert not is_coarse([diff_field(Change("title", "One", "Two")), diff_field(Change("tags", (), ("a",)))])
