"""Which paragraphs of two texts correspond."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.diff.alignment import WorkBudget
from storage.diff.paragraphs import (
    ParagraphMatch,
    PassageKind,
    match_paragraphs,
    split_affordable_words,
)

A = "The wing flew twenty sorties over the river in one night."
B = "Its crews came back to the base in the morning, all of them well."
C = "Nobody on the shore had heard a thing, said the harbor master."
ENOUGH = 1_000_000


def match(before: list[str], after: list[str], steps: int = ENOUGH) -> list[ParagraphMatch]:
    return match_paragraphs(before, after, WorkBudget(steps))


def kinds(before: list[str], after: list[str]) -> list[PassageKind]:
    return [one.kind for one in match(before, after)]


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ([A, B], [A, B], [PassageKind.KEPT]),
        ([A, B, C], [A, C], [PassageKind.KEPT, PassageKind.REMOVED, PassageKind.KEPT]),
        ([A, C], [A, B, C], [PassageKind.KEPT, PassageKind.ADDED, PassageKind.KEPT]),
        ([A, B, C], [C, A, B], [PassageKind.MOVED, PassageKind.KEPT]),
        ([A, B], [A, B.replace("morning", "evening")], [PassageKind.KEPT, PassageKind.CHANGED]),
        ([A, f"{B} {C}"], [A, B, C], [PassageKind.KEPT, PassageKind.REFLOWED]),
        ([], [A], [PassageKind.ADDED]),
        ([A], [], [PassageKind.REMOVED]),
        ([], [], []),
    ],
)
def test_paragraphs_are_kept_changed_reflowed_moved_removed_or_added(
    before: list[str], after: list[str], wanted: list[PassageKind]
) -> None:
    assert kinds(before, after) == wanted


def test_a_paragraph_without_likeness_is_no_changed_one() -> None:
    assert sorted(kinds([A, B], [A, C])) == [PassageKind.ADDED, PassageKind.KEPT, PassageKind.REMOVED]


def test_one_line_always_becomes_the_other_line() -> None:
    assert kinds([A], [C]) == [PassageKind.CHANGED]


@given(st.lists(st.sampled_from([A, B, C, "x", ""])), st.lists(st.sampled_from([A, B, C, "y", ""])))
def test_every_paragraph_is_in_exactly_one_match(before: list[str], after: list[str]) -> None:
    found = match(before, after)
    assert sorted(place for one in found for place in range(*one.before)) == list(range(len(before)))
    assert [place for one in found for place in range(*one.after)] == list(range(len(after)))


def test_without_a_budget_everything_between_the_shared_ends_is_one_change() -> None:
    found = match([A, "x", "y", C], [A, "z", C], steps=10)
    assert [(one.kind, one.before, one.after) for one in found if one.kind is not PassageKind.KEPT] == [
        (PassageKind.CHANGED, (1, 3), (1, 2))
    ]


def test_words_that_the_budget_cannot_pay_for_are_not_split() -> None:
    work = WorkBudget(30)
    assert split_affordable_words("one two three four five six seven", work) is None
    assert work.ran_out
    assert [word.key for word in split_affordable_words("one two", WorkBudget(30)) or []] == ["one", "two"]
