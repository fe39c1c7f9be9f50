"""Puts each change of a text into a clause: "the number of troops was changed from 40 to 47". Pure.

Nothing stands in a clause that the difference does not hold: words between quotation marks, and numbers, are
in the text before, the text after or both.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from storage.diff.changes import normalize_text
from storage.diff.excerpts import clean_words, quote_words
from storage.diff.fields import FieldDiff
from storage.diff.kinds import DATE, RANK, WORD, EditKind, Range
from storage.diff.numbers import describe_number
from storage.diff.paragraphs import BREAK, PassageKind
from storage.diff.words import Operation, OperationKind, Passage

BESIDE: Final = 3  # unchanged words that show where a few words were put in or taken out
BESIDE_LENGTH: Final = 30  # characters of them
DATE_LENGTH: Final = 40  # characters: no date is longer
FEW_WORDS: Final = 3  # a change of no more is shown with the words beside it
NEXT_WORDS: Final = re.compile(rf"\s*((?:\S+\s+){{0,{BESIDE - 1}}}\S+)")
QUOTATION_NOUN: Final = "a quotation"
NOUNS: Final = {  # of a change that is of one kind alone, or stands within a quotation
    (EditKind.NUMBER,): "a number",
    (EditKind.NAME,): "a name",
    (EditKind.DATE,): "a date",
    (EditKind.QUOTE, EditKind.REWRITTEN): QUOTATION_NOUN,
    (EditKind.QUOTE, EditKind.TYPO): QUOTATION_NOUN,
}
DONE: Final = {
    PassageKind.ADDED: ("was added", "were added", EditKind.PARAGRAPH_ADDED),
    PassageKind.REMOVED: ("was removed", "were removed", EditKind.PARAGRAPH_REMOVED),
    PassageKind.MOVED: ("was moved", "were moved", EditKind.PARAGRAPH_MOVED),
}


class Clause(NamedTuple):
    """What happened to one thing, or to several in the same way."""

    rank: int  # 0 is the most important
    text: str
    changes: int = 1  # of the difference that it stands for
    is_change: bool = False  # its verb is "was changed": "; the date was not" may follow


def list_text_clauses(found: FieldDiff) -> Iterator[Clause]:
    """Yield a clause for each change in a field's words, and one for paragraphs that had the same fate."""
    if found.text is None:
        return
    for kind, (one, many, edit_kind) in DONE.items():
        passages = [passage for passage in found.text.passages if passage.kind is kind]
        if passages:
            yield Clause(RANK[edit_kind], _describe_paragraphs(passages, found, one, many), len(passages))
    is_signs_only = True
    for passage in found.text.passages:
        if passage.kind in (PassageKind.ADDED, PassageKind.REMOVED, PassageKind.KEPT):
            is_signs_only = is_signs_only and passage.kind is PassageKind.KEPT
            continue
        if passage.kind is PassageKind.REFLOWED:
            yield Clause(RANK[EditKind.PUNCTUATION], "paragraph breaks were changed", is_change=True)
        text = BREAK.join(found.before[slice(*passage.before)])
        new_text = BREAK.join(found.after[slice(*passage.after)])
        for place, step in enumerate(passage.operations):
            if step.edit_kinds:
                is_signs_only = False
                yield _describe_date(step, text, new_text) or describe_operation(
                    step, *_list_neighbours(passage.operations, place, text)
                )
        is_signs_only = is_signs_only and passage.kind is PassageKind.CHANGED
    if is_signs_only:
        yield Clause(RANK[EditKind.PUNCTUATION], "spacing or the form of signs was changed", is_change=True)


def _describe_date(step: Operation, before: str, after: str) -> Clause | None:
    """Return the change of one date, whole even where only its day changed; None if it is something else."""
    if {*step.edit_kinds} - {EditKind.QUOTE} != {EditKind.DATE}:
        return None
    old, new = _find_date(before, step.before), _find_date(after, step.after)
    if not old or not new or old == new:
        return None
    place = "in a quotation, " if EditKind.QUOTE in step.edit_kinds else ""
    return Clause(RANK[EditKind.DATE], f"{place}a date was changed from {old} to {new}", is_change=True)


def _find_date(text: str, where: Range) -> str:
    """Return the only date that overlaps a range, quoted; empty if there is none, or several."""
    low, high = max(where[0] - DATE_LENGTH, 0), where[1] + DATE_LENGTH
    found = [one for one in DATE.finditer(text, low, high) if one.start() < where[1] and where[0] < one.end()]
    return quote_words(found[0][0]) if len(found) == 1 else ""


def describe_operation(step: Operation, before: str, after: str) -> Clause:
    """Return one change of words; `before` and `after` are the unchanged words beside it."""
    rank = RANK[step.edit_kinds[0]]
    place = "in a quotation, " if EditKind.QUOTE in step.edit_kinds else ""
    if number := describe_number(step.removed, step.added, before, after):
        shown = "" if number.subject != "a number" else _describe_context(number.new, step.added, after)
        words = f"{number.subject} was changed from {number.old} to {number.new}{shown}"
        return Clause(rank, place + words, is_change=not shown)
    if _is_sign_change(step):
        return Clause(rank, "punctuation was changed", is_change=True)
    old, new = quote_words(step.removed), quote_words(step.added)
    if step.kind is OperationKind.REPLACE or not (old or new):
        words = _describe_replacement(step, old, new)
        return Clause(rank, words if words.startswith(QUOTATION_NOUN) else place + words, is_change=True)
    verb = "was added" if step.kind is OperationKind.INSERT else "was removed"
    few = len((step.removed or step.added)[:BESIDE_LENGTH].split()) <= FEW_WORDS
    return Clause(rank, f"{place}{old or new} {verb}{_describe_neighbours(before, after) if few else ''}")


def describe_whole_change(noun: str, old: str, new: str) -> tuple[str, bool]:
    """Return that a whole text became another, as a clause, and whether its verb is "was changed"."""
    shown_old, shown_new = quote_words(old), quote_words(new)
    if not old and shown_new:
        return f"{noun} was added: {shown_new}", False
    if not new and shown_old:
        return f"{noun} was removed: {shown_old}", False
    if not shown_old or not shown_new or shown_old == shown_new:
        return f"{noun} was changed", True
    return f"{noun} was changed from {shown_old} to {shown_new}", True


def _describe_replacement(step: Operation, old: str, new: str) -> str:
    beside_quote = tuple(kind for kind in step.edit_kinds if kind is not EditKind.QUOTE)
    noun = NOUNS.get(step.edit_kinds) or NOUNS.get(beside_quote)
    if not old and not new:
        return "characters that cannot be shown were changed"
    if not old or not new or old == new:
        return f"{noun or old or new} was changed"
    return f"{noun} was changed from {old} to {new}" if noun else f"{old} was changed to {new}"


def _describe_paragraphs(passages: Sequence[Passage], found: FieldDiff, one: str, many: str) -> str:
    ranges = [(passage.before, passage.after) for passage in passages]
    count = sum(max(old[1] - old[0], new[1] - new[0]) for old, new in ranges)
    if count > 1:
        return f"{count} paragraphs {many}"
    (old, new), *_ = ranges
    words = quote_words(BREAK.join(found.after[slice(*new)] or found.before[slice(*old)]))
    return f"a paragraph {one}: {words}" if words else f"a paragraph {one}"


def _describe_context(number: str, added: str, after: str) -> str:
    """Return the new number with the words after it; empty if none follow on the spot."""
    beside = _find_words_after(after)
    if not beside or not added or added[-1].isspace():
        return ""
    gap = " " if after[:1].isspace() else ""
    return f", in {quote_words(number + gap + beside)}"


def _describe_neighbours(before: str, after: str) -> str:
    if words := _find_words_after(after):
        return f" before {quote_words(words, BESIDE_LENGTH)}"
    words = _find_words_before(before)
    return f" after {quote_words(words, BESIDE_LENGTH)}" if words else ""


def _find_words_after(text: str) -> str:
    found = NEXT_WORDS.match(text.partition(BREAK)[0][: BESIDE_LENGTH * BESIDE])
    words = clean_words(found[1]).rstrip(" ,;:'") if found else ""
    return words if WORD.search(words) else ""


def _find_words_before(text: str) -> str:
    words = clean_words(text.rpartition(BREAK)[2][-BESIDE_LENGTH:]).split()[-BESIDE:]
    beside = " ".join(words if len(text) <= BESIDE_LENGTH else words[1:]).lstrip(" ,;:'")
    return beside if WORD.search(beside) else ""


def _is_sign_change(step: Operation) -> bool:
    """Return whether the same words stand on both sides, so that only signs between them differ."""
    if step.edit_kinds[0] is not EditKind.PUNCTUATION:
        return False
    old, new = (WORD.findall(normalize_text(text)) for text in (step.removed, step.added))
    return old == new


def _list_neighbours(steps: Sequence[Operation], place: int, text: str) -> tuple[str, str]:
    """Return the unchanged words before and after a step."""
    sides = (steps[place - 1] if place else None, steps[place + 1] if place + 1 < len(steps) else None)
    before, after = (
        text[slice(*one.before)] if one and one.kind is OperationKind.EQUAL else "" for one in sides
    )
    return before, after
