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


class Mark(StrEnum):
    """What became of some words."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"
    OMITTED = "omitted"  # unchanged and left out, to save the reader's time


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of one mark, as they stand."""

    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph, several that were cut anew, or an item."""

    kind: PassageKind
    pieces: tuple[Piece, ...]  # empty for kept ones
    kept: int = 0  # neighbouring paragraphs that did not change


def lines(found: FieldDiff) -> Iterator[Line]:
    """Yield what to show of a field, in the order of the text after; removed paragraphs where they stood."""
    if found.text is None:
        yield from (Line(PassageKind.REMOVED, (Piece(Mark.REMOVED, one),)) for one in found.removed)
        yield from (Line(PassageKind.ADDED, (Piece(Mark.ADDED, one),)) for one in found.added)
        return
    kept = 0
    for passage in found.text.passages:
        if passage.kind is PassageKind.KEPT:
            kept += passage.after[1] - passage.after[0]
            continue
        yield from _unchanged(kept)
        kept = 0
        yield Line(passage.kind, tuple(_pieces(passage, BREAK.join(found.before[slice(*passage.before)]))))
    yield from _unchanged(kept)


def _unchanged(kept: int) -> Iterator[Line]:
    if kept:
        yield Line(PassageKind.KEPT, (), kept)


def _pieces(passage: Passage, before: str) -> Iterator[Piece]:
    last = len(passage.operations) - 1
    for place, step in enumerate(passage.operations):
        if step.kind is OperationKind.EQUAL:
            yield from _context(before[slice(*step.before)], is_first=place == 0, is_last=place == last)
        else:
            yield from _changed(step)


def _changed(step: Operation) -> Iterator[Piece]:
    if step.removed:
        yield Piece(Mark.REMOVED, step.removed)
    if step.added:
        yield Piece(Mark.ADDED, step.added)


def _context(text: str, *, is_first: bool, is_last: bool) -> Iterator[Piece]:
    """Yield unchanged words; of many only those next to a change, or how they begin where nothing changed."""
    if len(text) <= LONGEST:
        yield Piece(Mark.KEPT, text)
        return
    head, tail = _head(text), _tail(text)
    if not is_first or is_last:
        yield Piece(Mark.KEPT, head)
    yield Piece(Mark.OMITTED, " … ")
    if not is_last:
        yield Piece(Mark.KEPT, tail)


def _head(text: str) -> str:
    """Return how a text begins, up to the end of a word where one ends near."""
    return text[:CONTEXT].rpartition(" ")[0] or text[:CONTEXT]


def _tail(text: str) -> str:
    return text[-CONTEXT:].partition(" ")[2] or text[-CONTEXT:]
