"""Aligning two sequences: true pairs, in order, for the work that was allowed."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from storage.diff.alignment import WorkBudget, align_sequences

SHORT = st.lists(st.sampled_from("abcd"), max_size=14)


@given(SHORT, SHORT)
def test_pairs_are_equal_and_both_rise(before: list[str], after: list[str]) -> None:
    pairs = align_sequences(before, after, WorkBudget(10_000))
    assert all(before[i] == after[j] for i, j in pairs)
    assert all(i < m and j < n for (i, j), (m, n) in pairwise(pairs))


@given(SHORT, SHORT)
def test_what_is_only_lengthened_keeps_all_its_items(items: list[str], more: list[str]) -> None:
    longer = [
        part for pair in zip(items, [*more, *items], strict=False) for part in (pair[0], pair[1].upper())
    ]
    assert len(align_sequences(items, longer, WorkBudget(100_000))) == len(items)


def test_unique_items_are_found_across_a_long_distance() -> None:
    before = [str(number) for number in range(5_000)]
    after = [*before[2_500:], "new", *before[:2_500]]
    assert len(align_sequences(before, after, WorkBudget(100_000))) == 2_500


def test_a_budget_that_ends_is_remembered_and_the_pairs_stay_true() -> None:
    work = WorkBudget(500)
    pairs = align_sequences("ab" * 500, "ba" * 400 + "b" * 200, work)
    assert work.ran_out
    assert all(("ab" * 500)[i] == ("ba" * 400 + "b" * 200)[j] for i, j in pairs)


def test_the_same_budget_gives_the_same_pairs() -> None:
    texts = "abcab" * 60, "bacba" * 60
    assert align_sequences(*texts, WorkBudget(3_000)) == align_sequences(*texts, WorkBudget(3_000))
