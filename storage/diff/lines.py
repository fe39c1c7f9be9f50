"""Turns a field's difference into lines of marked words, for a terminal and for a page alike. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from storage.diff.fields import FieldDiff
from storage.diff.paragraphs import BREAK, PassageKind
from storage.diff.words import Operation, OperationKind, Passage

LONGEST_CONTEXT: Final = 360  # characters of unchanged words that are shown in one stretch
SHOWN_CONTEXT: Final = 150  # shown of a longer one, before and after each change


class WordMark(StrEnum):
    """What happened to some words."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"
    OMITTED = "omitted"  # unchanged and left out, to save the reader's time


@dataclass(frozen=True, slots=True)
class MarkedText:
    """Neighbouring words with one mark."""

    mark: WordMark
    text: str


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A paragraph, several that were split differently, or an item of a list."""

    kind: PassageKind
    parts: tuple[MarkedText, ...]  # empty for kept ones
    unchanged_paragraphs: int = 0  # neighbouring paragraphs that did not change


def list_diff_lines(found: FieldDiff) -> Iterator[DiffLine]:
    """Yield what to show of a field, in the order of the text after; removed paragraphs where they stood."""
    if found.text is None:
        yield from (
            DiffLine(PassageKind.REMOVED, (MarkedText(WordMark.REMOVED, one),)) for one in found.removed
        )
        yield from (DiffLine(PassageKind.ADDED, (MarkedText(WordMark.ADDED, one),)) for one in found.added)
        return
    kept = 0
    for passage in found.text.passages:
        if passage.kind is PassageKind.KEPT:
            kept += passage.after[1] - passage.after[0]
            continue
        yield from _summarize_unchanged(kept)
        kept = 0
        yield DiffLine(
            passage.kind, tuple(_list_parts(passage, BREAK.join(found.before[slice(*passage.before)])))
        )
    yield from _summarize_unchanged(kept)


def _summarize_unchanged(kept: int) -> Iterator[DiffLine]:
    if kept:
        yield DiffLine(PassageKind.KEPT, (), kept)


def _list_parts(passage: Passage, before: str) -> Iterator[MarkedText]:
    last = len(passage.operations) - 1
    for place, step in enumerate(passage.operations):
        if step.kind is OperationKind.EQUAL:
            yield from _list_context(before[slice(*step.before)], is_first=place == 0, is_last=place == last)
        else:
            yield from _list_changed_parts(step)


def _list_changed_parts(step: Operation) -> Iterator[MarkedText]:
    if step.removed:
        yield MarkedText(WordMark.REMOVED, step.removed)
    if step.added:
        yield MarkedText(WordMark.ADDED, step.added)


def _list_context(text: str, *, is_first: bool, is_last: bool) -> Iterator[MarkedText]:
    """Yield unchanged words; of many only those next to a change, or how they begin where nothing changed."""
    if len(text) <= LONGEST_CONTEXT:
        yield MarkedText(WordMark.KEPT, text)
        return
    head, tail = _cut_head(text), _cut_tail(text)
    if not is_first or is_last:
        yield MarkedText(WordMark.KEPT, head)
    yield MarkedText(WordMark.OMITTED, " … ")
    if not is_last:
        yield MarkedText(WordMark.KEPT, tail)


def _cut_head(text: str) -> str:
    """Return how a text begins, up to the end of a word where one ends near."""
    return text[:SHOWN_CONTEXT].rpartition(" ")[0] or text[:SHOWN_CONTEXT]


def _cut_tail(text: str) -> str:
    return text[-SHOWN_CONTEXT:].partition(" ")[2] or text[-SHOWN_CONTEXT:]
