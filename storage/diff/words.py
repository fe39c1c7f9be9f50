"""Compares two texts word by word: first the paragraphs are aligned, then the words in the changed ones.

The cost is bounded by counted work (`WorkBudget`), so the answer does not depend on the machine. Where the
budget ends, a larger stretch is shown as replaced and the result says `coarse`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from storage.diff.alignment import WorkBudget, align_sequences
from storage.diff.kinds import EditKind, TextMarks, classify_change, mark_text, rank_edit_kinds
from storage.diff.paragraphs import (
    BREAK,
    ParagraphMatch,
    PassageKind,
    Range,
    match_paragraphs,
    split_affordable_words,
)
from storage.diff.tokens import Word

# Measured: a step is about 0.25 microseconds, so the base allows some 60 ms and the limit some 0.6 s.
BASE_STEPS = 200_000
STEPS_A_CHARACTER = 4
MOST_STEPS = 2_500_000

ISLAND = 10  # characters; shorter equal stretches between larger changes only shred a sentence

PARAGRAPH_KINDS = {
    PassageKind.ADDED: EditKind.PARAGRAPH_ADDED,
    PassageKind.REMOVED: EditKind.PARAGRAPH_REMOVED,
    PassageKind.MOVED: EditKind.PARAGRAPH_MOVED,
    PassageKind.REFLOWED: EditKind.PUNCTUATION,
}

_Change = tuple[Range, Range]  # characters before, characters after


class OperationKind(StrEnum):
    """What happens to a stretch of the text before."""

    EQUAL = "equal"
    INSERT = "insert"
    DELETE = "delete"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class Operation:
    """One step from the text before to the text after; ranges are characters of the passage's texts."""

    kind: OperationKind
    before: Range
    after: Range
    removed: str = ""  # empty for equal
    added: str = ""
    edit_kinds: tuple[
        EditKind, ...
    ] = ()  # ranked; empty where only white space or the form of a sign changed


@dataclass(frozen=True, slots=True)
class Passage:
    """Paragraphs that correspond; the text of a side is its paragraphs joined by LF."""

    kind: PassageKind
    before: Range  # paragraphs; empty for an added one
    after: Range  # empty for a removed one
    operations: tuple[Operation, ...] = ()  # cover both texts without gaps; none for what is kept
    edit_kinds: tuple[EditKind, ...] = ()  # ranked


@dataclass(frozen=True, slots=True)
class TextDiff:
    """How one text became another."""

    passages: tuple[Passage, ...]  # in the order of the text after; removed ones where they stood
    edit_kinds: tuple[EditKind, ...]  # ranked, the most important first; empty for equal texts
    coarse: bool  # too large or too repetitive: some stretches are larger than need be


def diff_texts(before: Sequence[str], after: Sequence[str]) -> TextDiff:
    """Return how the paragraphs before became the paragraphs after; a title or byline is one paragraph.

    Stays under 100 ms for a release of 1,000 words and under 2 s for anything (with a coarser answer).
    """
    size = sum(map(len, before)) + sum(map(len, after))
    work = WorkBudget(min(BASE_STEPS + STEPS_A_CHARACTER * size, MOST_STEPS))
    matches = match_paragraphs(before, after, work)
    passages = tuple(_make_passage(match, before, after, work) for match in matches)
    kinds = {kind for passage in passages for kind in passage.edit_kinds}
    if not kinds and any(passage.kind is not PassageKind.KEPT for passage in passages):
        kinds = {EditKind.PUNCTUATION}
    return TextDiff(passages, rank_edit_kinds(kinds), work.ran_out)


def list_operations(before: str, after: str, work: WorkBudget) -> tuple[Operation, ...]:
    """Return the steps from one text to the other; equal stretches and changes alternate."""
    old, new = split_affordable_words(before, work), split_affordable_words(after, work)
    if old is None or new is None or not work.spend_steps((len(before) + len(after)) // 2):
        return tuple(_list_coarse_steps(before, after))
    pairs = align_sequences([word.key for word in old], [word.key for word in new], work)
    paired = [(old[i], new[j]) for i, j in pairs]
    return tuple(
        _list_steps(
            list(_merge_changes(_list_changes(before, after, paired))), mark_text(before), mark_text(after)
        )
    )


def _make_passage(
    match: ParagraphMatch, before: Sequence[str], after: Sequence[str], work: WorkBudget
) -> Passage:
    old, new = BREAK.join(before[slice(*match.before)]), BREAK.join(after[slice(*match.after)])
    if match.kind is PassageKind.KEPT:
        return Passage(match.kind, match.before, match.after)
    if match.kind in (PassageKind.ADDED, PassageKind.REMOVED):
        steps: tuple[Operation, ...] = (_make_operation(((0, len(old)), (0, len(new))), old, new, ()),)
    else:
        steps = list_operations(old, new, work)
    kinds = {kind for step in steps for kind in step.edit_kinds}
    if match.kind in PARAGRAPH_KINDS:
        kinds.add(PARAGRAPH_KINDS[match.kind])
    return Passage(match.kind, match.before, match.after, steps, rank_edit_kinds(kinds))


def _list_changes(before: str, after: str, paired: list[tuple[Word, Word]]) -> Iterator[_Change]:
    """Yield the ranges that differ, in order: what lies between paired words, and those of another form."""
    end = new_end = 0
    for old, new in paired:
        yield from _trim_white_space(before, (end, old.start), after, (new_end, new.start))
        if before[old.start : old.end] != after[new.start : new.end]:
            yield (old.start, old.end), (new.start, new.end)
        end, new_end = old.end, new.end
    yield from _trim_white_space(before, (end, len(before)), after, (new_end, len(after)))


def _trim_white_space(before: str, old: Range, after: str, new: Range) -> Iterator[_Change]:
    """Yield the change without the white space that is the same at either end; nothing if nothing is left."""
    (a, b), (c, d) = old, new
    while a < b and c < d and before[a] == after[c] and before[a].isspace():
        a, c = a + 1, c + 1
    while a < b and c < d and before[b - 1] == after[d - 1] and before[b - 1].isspace():
        b, d = b - 1, d - 1
    if a < b or c < d:
        yield (a, b), (c, d)


def _merge_changes(changes: Iterator[_Change]) -> Iterator[_Change]:
    """Yield the changes with those joined that a short equal stretch parts.

    Source: the semantic clean-up of Neil Fraser's diff-match-patch: a stretch that is no longer than the
    changes on both its sides tells a reader nothing.
    """
    last: _Change | None = None
    for change in changes:
        if last is not None and _is_island(last, change):
            last = (last[0][0], change[0][1]), (last[1][0], change[1][1])
            continue
        if last is not None:
            yield last
        last = change
    if last is not None:
        yield last


def _is_island(last: _Change, change: _Change) -> bool:
    return change[0][0] - last[0][1] <= min(ISLAND, _measure_change(last), _measure_change(change))


def _measure_change(change: _Change) -> int:
    (a, b), (c, d) = change
    return max(b - a, d - c)


def _list_steps(changes: list[_Change], old: TextMarks, new: TextMarks) -> Iterator[Operation]:
    """Yield the changes as operations with the equal stretches between them."""
    ends = ((len(old.text), len(old.text)), (len(new.text), len(new.text)))
    for last, change in pairwise([((0, 0), (0, 0)), *changes, ends]):
        if last[0][1] < change[0][0]:
            yield Operation(OperationKind.EQUAL, (last[0][1], change[0][0]), (last[1][1], change[1][0]))
        if change is not ends:
            yield _make_operation(change, old.text, new.text, classify_change(old, change[0], new, change[1]))


def _make_operation(change: _Change, before: str, after: str, kinds: tuple[EditKind, ...]) -> Operation:
    removed, added = before[slice(*change[0])], after[slice(*change[1])]
    if removed and added:
        kind = OperationKind.REPLACE
    else:
        kind = OperationKind.DELETE if removed else OperationKind.INSERT
    return Operation(kind, *change, removed, added, kinds)


def _list_coarse_steps(before: str, after: str) -> Iterator[Operation]:
    """Yield one replacement between what the texts share at their ends, cut at white space if near."""
    start = _measure_shared_start(before, after)
    tail = _measure_shared_start(before[start:][::-1], after[start:][::-1])
    end, new_end = len(before) - tail, len(after) - tail
    if start:
        yield Operation(OperationKind.EQUAL, (0, start), (0, start))
    yield _make_operation(((start, end), (start, new_end)), before, after, (EditKind.REWRITTEN,))
    if tail:
        yield Operation(OperationKind.EQUAL, (end, len(before)), (new_end, len(after)))


def _measure_shared_start(one: str, other: str) -> int:
    """Return how many characters two texts share from the start, back to white space if near."""
    shorter = min(len(one), len(other))
    end = next((i for i in range(shorter) if one[i] != other[i]), shorter)
    return next((place for place in range(end, max(end - 40, 0), -1) if one[place - 1].isspace()), end)
