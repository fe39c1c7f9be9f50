"""The parts of a change that can be the same in several postings."""

import pytest

from storage.detection.shared_passages import (
    PassageDigests,
    Reach,
    SharedPassage,
    digest_passage,
    list_passages,
    remove_passages,
)
from storage.models import Change

NOTICE = "This site is moving."


def body(*paragraphs: str) -> str:
    return "\n\n".join(paragraphs)


def test_whole_passages_are_the_paragraphs_that_came_or_went() -> None:
    change = Change("body", body("One.", "Two."), body("One.", NOTICE))
    assert list_passages(change, Reach.WHOLE) == {
        SharedPassage("body", Reach.WHOLE, "Two.", ""),
        SharedPassage("body", Reach.WHOLE, "", NOTICE),
    }


def test_whole_passages_of_a_list_are_its_items_in_any_order() -> None:
    change = Change("tags", ("b", "a"), ("a", "b", "c"))
    assert list_passages(change, Reach.ITEM) == {SharedPassage("tags", Reach.ITEM, "", "c")}


def test_passages_within_are_the_words_that_differ() -> None:
    change = Change("title", "Plan of 2024", "Plan of 2025")
    (passage,) = list_passages(change, Reach.WITHIN)
    assert (passage.removed, passage.added) == ("2024", "2025")
    assert not passage.is_kept_for_later


@pytest.mark.parametrize(
    ("before", "after", "removed", "added"),
    [
        ("By A. Writer", "By A. Writer, 8th Office", "by _", "by _, _"),
        ("By A. Writer", "Staff", "_", "Staff"),
        (None, "By Staff", "_", "By Staff"),
    ],
)
def test_the_format_of_a_short_field_is_its_pattern_or_its_one_new_value(
    before: str | None, after: str, removed: str, added: str
) -> None:
    (passage,) = list_passages(Change("byline", before, after), Reach.FORMAT)
    assert (passage.removed, passage.added) == (removed, added)


@pytest.mark.parametrize(("field", "reach"), [("title", Reach.WHOLE), ("body", Reach.FORMAT)])
def test_a_field_without_such_passages_has_none(field: str, reach: Reach) -> None:
    assert list_passages(Change(field, "One.", "Two."), reach) == frozenset()


def test_a_change_without_its_shared_paragraphs_keeps_its_own() -> None:
    change = Change("body", body("Five boats."), body("Six boats.", NOTICE))
    shared = frozenset({SharedPassage("body", Reach.WHOLE, "", NOTICE)})
    assert remove_passages(change, shared) == Change("body", "Five boats.", "Six boats.")
    only = Change("body", body("Five boats."), body("Five boats.", NOTICE))
    assert remove_passages(only, shared) is None


def test_a_digest_recognises_a_passage_and_holds_no_text() -> None:
    passage = SharedPassage("body", Reach.WHOLE, "", NOTICE)
    known = PassageDigests(frozenset({digest_passage(passage)}))
    assert passage in known
    assert SharedPassage("body", Reach.WHOLE, NOTICE, "") not in known
    assert "moving" not in str(known)
