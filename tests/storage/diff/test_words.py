"""Word-level differences: what changed, in which paragraph, always able to rebuild the text after."""

import random
import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.diff.kinds import EditKind
from storage.diff.paragraphs import BREAK, PassageKind
from storage.diff.words import OperationKind, Passage, TextDiff, diff_texts

RELEASE = (
    "The wing sent 5 crews to the harbor on March 3, 2024, for a week of drills.",
    "“We came to learn,” said Maj. Ada Example, who led the crews through the week.",
    "Crews flew at night, and the harbor stayed open to fishing boats all the time.",
    "Families may visit the flight line on the first Sunday of the coming month.",
)
TEXT = st.text(st.sampled_from("ab c.,“”\"'’-–1２\u00a0\n部隊は한미"), max_size=30)
TEXTS = st.lists(TEXT, max_size=6)


def apply_diff(before: Sequence[str], found: TextDiff) -> str:
    """Return the text after, paragraphs joined by LF, rebuilt from the text before and the operations."""
    return BREAK.join(
        rebuild_passage(BREAK.join(before[slice(*passage.before)]), passage)
        for passage in found.passages
        if passage.after[0] < passage.after[1]
    )


def rebuild_passage(text: str, passage: Passage) -> str:
    if passage.kind is PassageKind.KEPT:
        return text
    return "".join(
        text[slice(*step.before)] if step.kind is OperationKind.EQUAL else step.added
        for step in passage.operations
    )


def changes(found: TextDiff) -> list[tuple[str, str]]:
    return [
        (step.removed, step.added)
        for passage in found.passages
        for step in passage.operations
        if step.kind is not OperationKind.EQUAL
    ]


def passages(found: TextDiff) -> list[PassageKind]:
    return [passage.kind for passage in found.passages if passage.kind is not PassageKind.KEPT]


def rebuilds(before: Sequence[str], after: Sequence[str]) -> TextDiff:
    found = diff_texts(before, after)
    assert apply_diff(before, found) == "\n".join(after)
    return found


@given(TEXTS, TEXTS)
def test_operations_rebuild_the_text_after(before: list[str], after: list[str]) -> None:
    rebuilds(before, after)


@given(st.lists(TEXT, min_size=1, max_size=6), st.data())
def test_operations_rebuild_shuffled_and_edited_paragraphs(before: list[str], data: st.DataObject) -> None:
    after = data.draw(st.permutations(before))
    after[data.draw(st.integers(0, len(after) - 1))] += data.draw(TEXT)
    rebuilds(before, after)


@given(TEXTS, TEXTS)
def test_operations_cover_both_texts_without_gaps(before: list[str], after: list[str]) -> None:
    for passage in diff_texts(before, after).passages:
        old, new = "\n".join(before[slice(*passage.before)]), "\n".join(after[slice(*passage.after)])
        if passage.kind is PassageKind.KEPT:
            assert old == new
            continue
        place = new_place = 0
        for step in passage.operations:
            assert (step.before[0], step.after[0]) == (place, new_place)
            place, new_place = step.before[1], step.after[1]
            if step.kind is not OperationKind.EQUAL:
                assert (old[slice(*step.before)], new[slice(*step.after)]) == (step.removed, step.added)
        assert (place, new_place) == (len(old), len(new))


@given(TEXTS)
def test_equal_texts_have_no_kind_and_no_operation(text: list[str]) -> None:
    found = diff_texts(text, text)
    assert not found.edit_kinds
    assert not changes(found)


@given(TEXTS, TEXTS)
def test_different_texts_always_have_a_kind(before: list[str], after: list[str]) -> None:
    assert bool(diff_texts(before, after).edit_kinds) == (before != after)


def test_one_word_changed_is_one_replacement_in_one_paragraph() -> None:
    after = (RELEASE[0].replace("5 crews", "6 crews"), *RELEASE[1:])
    found = rebuilds(RELEASE, after)
    assert passages(found) == [PassageKind.CHANGED]
    assert changes(found) == [("5", "6")]


def test_an_inserted_word_brings_one_space_along() -> None:
    after = (RELEASE[0].replace("crews", "tired crews"), *RELEASE[1:])
    assert changes(rebuilds(RELEASE, after)) == [("", "tired ")]


def test_a_removed_paragraph_stands_where_it_stood() -> None:
    found = rebuilds(RELEASE, (RELEASE[0], *RELEASE[2:]))
    assert [passage.kind for passage in found.passages] == [
        PassageKind.KEPT,
        PassageKind.REMOVED,
        PassageKind.KEPT,
    ]
    assert found.edit_kinds == (EditKind.PARAGRAPH_REMOVED,)


def test_a_moved_paragraph_is_neither_removed_nor_added() -> None:
    found = rebuilds(RELEASE, (RELEASE[3], *RELEASE[:3]))
    assert found.edit_kinds == (EditKind.PARAGRAPH_MOVED,)


def test_a_paragraph_that_moved_and_changed_tells_both() -> None:
    after = (RELEASE[3].replace("first", "second"), *RELEASE[:3])
    found = rebuilds(RELEASE, after)
    assert passages(found) == [PassageKind.MOVED]
    assert set(found.edit_kinds) == {EditKind.PARAGRAPH_MOVED, EditKind.REWRITTEN}


def test_a_paragraph_cut_in_two_is_no_new_text() -> None:
    after = (
        *RELEASE[:2],
        "Crews flew at night,",
        "and the harbor stayed open to fishing boats all the time.",
        RELEASE[3],
    )
    found = rebuilds(RELEASE, after)
    assert passages(found) == [PassageKind.REFLOWED]
    assert found.edit_kinds == (EditKind.PUNCTUATION,)


def test_a_paragraph_put_in_place_of_another_is_removed_and_added() -> None:
    after = (*RELEASE[:3], "Nothing said here was ever said before by anybody else.")
    found = rebuilds(RELEASE, after)
    assert found.edit_kinds == (EditKind.PARAGRAPH_REMOVED, EditKind.PARAGRAPH_ADDED)


def test_a_single_line_is_compared_by_words_however_little_is_left() -> None:
    assert passages(rebuilds(("One title",), ("Quite another headline",))) == [PassageKind.CHANGED]


def test_what_matters_comes_first() -> None:
    after = (
        RELEASE[0].replace("5 crews", "6 crews"),
        RELEASE[1],
        RELEASE[2].replace("night,", "night"),
        RELEASE[3],
    )
    assert rebuilds(RELEASE, after).edit_kinds == (EditKind.NUMBER, EditKind.PUNCTUATION)


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ("部隊は演習に参加した。", "部隊は訓練に参加した。", ("演習", "訓練")),
        ("한미는 훈련을 실시했다.", "한미는 연습을 실시했다.", ("훈련", "연습")),
        ("La Défense dément.", "La Défense confirme.", ("dément", "confirme")),
    ],
)
def test_words_of_any_script_are_told_apart(before: str, after: str, change: tuple[str, str]) -> None:
    assert changes(rebuilds((before, "x"), (after, "x"))) == [change]


def made_up(seed: int, count: int, vocabulary: Sequence[str], a_paragraph: int = 50) -> tuple[str, ...]:
    chance = random.Random(seed)
    return tuple(
        " ".join(chance.choices(vocabulary, k=a_paragraph)) + "." for _ in range(count // a_paragraph)
    )


def mistreated(text: tuple[str, ...], share: float) -> tuple[str, ...]:
    chance = random.Random(9)
    return tuple(
        " ".join("new" if chance.random() < share else word for word in paragraph.split(" "))
        for paragraph in text
    )


def seconds(before: Sequence[str], after: Sequence[str]) -> float:
    """Return the processor time of a diff, so that a busy machine does not fail the test."""
    start = time.process_time()
    rebuilds(before, after)
    return time.process_time() - start


MANY = [f"word{number}" for number in range(3_000)]
ORDINARY = made_up(1, 1_000, MANY)
HUGE = made_up(2, 200_000, MANY)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(ORDINARY, mistreated(ORDINARY, 0.05), id="a few words"),
        pytest.param(ORDINARY, mistreated(ORDINARY, 0.4), id="many words"),
        pytest.param(ORDINARY, made_up(3, 1_000, MANY), id="another text"),
        pytest.param((" ".join(ORDINARY),), (" ".join(mistreated(ORDINARY, 0.4)),), id="one paragraph"),
        pytest.param(made_up(4, 1_000, "ab", 1_000), made_up(5, 1_000, "ab", 1_000), id="two words repeated"),
        pytest.param(
            made_up(4, 1_000, MANY[:30], 1_000), made_up(5, 1_000, MANY[:30], 1_000), id="thirty words"
        ),
    ],
)
def test_an_ordinary_release_is_compared_quickly(before: Sequence[str], after: Sequence[str]) -> None:
    assert min(seconds(before, after) for _ in range(3)) < 1  # about 0.05 s; a hang takes minutes


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(HUGE, mistreated(HUGE, 0.01), id="a list of contracts"),
        pytest.param((" ".join(HUGE),), (" ".join(mistreated(HUGE, 0.01)),), id="in one paragraph"),
        pytest.param(
            made_up(6, 200_000, "ab", 200_000), made_up(7, 200_000, "ab", 200_000), id="two words repeated"
        ),
        pytest.param(made_up(6, 200_000, "ab", 1), made_up(7, 200_000, "ab", 1), id="a paragraph a word"),
        pytest.param(("「" * 300_000,), ("「" * 299_999 + "」",), id="quotes that never close"),
        pytest.param(("May " * 100_000,), ("May " * 99_999 + "1",), id="months without days"),
        pytest.param(("a" * 2_000_000,), ("a" * 1_999_999 + "b",), id="one endless word"),
        pytest.param((" " * 500_000 + "a",), (" " * 500_000 + "b",), id="endless white space"),
    ],
)
def test_a_monster_is_compared_in_bounded_time(before: Sequence[str], after: Sequence[str]) -> None:
    assert seconds(before, after) < 20  # about 1 s; without a bound it takes hours


def test_a_coarser_answer_says_so_and_a_fine_one_does_not() -> None:
    assert diff_texts(made_up(6, 50_000, "ab", 50_000), made_up(7, 50_000, "ab", 50_000)).coarse
    assert not diff_texts(ORDINARY, mistreated(ORDINARY, 0.4)).coarse


def test_the_same_texts_give_the_same_answer() -> None:
    after = mistreated(ORDINARY, 0.2)
    assert diff_texts(ORDINARY, after) == diff_texts(ORDINARY, after)
