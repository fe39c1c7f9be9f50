"""A field's difference as lines of marked words, the same for a terminal and for a page. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from storage.diff.fields import FieldDiff
from storage.diff.paragraphs import BREAK, PassageKind
from storage.diff.words import Operation, OperationKind, Passage

LONGEST: Final = 360  # characters of unchanged words that are shown in one stretch
CONTEXT: Final = 150  # of a longer one, before and after each change


class WordMark(StrEnum):
    """What became of some words."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"
    OMITTED = "omitted"  # unchanged and left out, to save the reader's time


@dataclass(frozen=True, slots=True)
class MarkedText:
    """Words of one mark, as they stand."""

    mark: WordMark
    text: str


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A paragraph, several that were cut anew, or an item."""

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
        yield from _unchanged(kept)
        kept = 0
        yield DiffLine(
            passage.kind, tuple(_pieces(passage, BREAK.join(found.before[slice(*passage.before)])))
        )
    yield from _unchanged(kept)


def _unchanged(kept: int) -> Iterator[DiffLine]:
    if kept:
        yield DiffLine(PassageKind.KEPT, (), kept)


def _pieces(passage: Passage, before: str) -> Iterator[MarkedText]:
    last = len(passage.operations) - 1
    for place, step in enumerate(passage.operations):
        if step.kind is OperationKind.EQUAL:
            yield from _context(before[slice(*step.before)], is_first=place == 0, is_last=place == last)
        else:
            yield from _changed(step)


def _changed(step: Operation) -> Iterator[MarkedText]:
    if step.removed:
        yield MarkedText(WordMark.REMOVED, step.removed)
    if step.added:
        yield MarkedText(WordMark.ADDED, step.added)


def _context(text: str, *, is_first: bool, is_last: bool) -> Iterator[MarkedText]:
    """Yield unchanged words; of many only those next to a change, or how they begin where nothing changed."""
    if len(text) <= LONGEST:
        yield MarkedText(WordMark.KEPT, text)
        return
    head, tail = _head(text), _tail(text)
    if not is_first or is_last:
        yield MarkedText(WordMark.KEPT, head)
    yield MarkedText(WordMark.OMITTED, " … ")
    if not is_last:
        yield MarkedText(WordMark.KEPT, tail)


def _head(text: str) -> str:
    """Return how a text begins, up to the end of a word where one ends near."""
    return text[:CONTEXT].rpartition(" ")[0] or text[:CONTEXT]


def _tail(text: str) -> str:
    return text[-CONTEXT:].partition(" ")[2] or text[-CONTEXT:]
