"""Compares one field of a posting for display: the words of a text, the items of a list. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from storage.diff.changes import BLANK_LINE, LIST_FIELDS, normalize_text
from storage.diff.kinds import EditKind, classify_embeds, rank_edit_kinds
from storage.diff.words import TextDiff, diff_texts
from storage.models import Change

WORDED_FIELDS: Final = frozenset({"title", "subtitle", "body"})  # the fields that give an edit its kinds
WHOLE_FIELDS: Final = frozenset({"published", *LIST_FIELDS})  # half of a date or an address means nothing


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """One field that differs; a text is its paragraphs, a list its items."""

    field: str
    before: tuple[str, ...]  # empty where there was nothing
    after: tuple[str, ...]
    text: TextDiff | None  # None for what is shown item by item
    removed: tuple[str, ...] = ()  # items
    added: tuple[str, ...] = ()


def diff_field(change: Change) -> FieldDiff:
    """Return what differs in a field; the cost is bounded like that of `diff_texts`."""
    before, after = split_value(change.before), split_value(change.after)
    if change.field not in WHOLE_FIELDS:
        return FieldDiff(change.field, before, after, diff_texts(before, after))
    removed, added = _subtract_items(before, after), _subtract_items(after, before)
    return FieldDiff(change.field, before, after, None, removed, added)


def list_edit_kinds(fields: Iterable[FieldDiff]) -> tuple[EditKind, ...]:
    """Return the kinds of edit of all fields together, the most important first."""
    kinds: list[EditKind] = []
    for one in fields:
        if one.field == "embeds":
            kinds += classify_embeds(one.removed, one.added)
        elif one.text and one.field in WORDED_FIELDS:
            kinds += one.text.edit_kinds
    return rank_edit_kinds(kinds)


def is_coarse(fields: Iterable[FieldDiff]) -> bool:
    """Return whether a field was too large or too repetitive to be compared word by word."""
    return any(one.text is not None and one.text.coarse for one in fields)


def split_value(value: object) -> tuple[str, ...]:
    """Return the paragraphs of a text, or the items of a list; empty for nothing."""
    if value is None or value == "":
        return ()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(str(item) for item in value)
    return tuple(part for part in BLANK_LINE.split(str(value)) if part.strip())


def _subtract_items(some: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    there = {normalize_text(other) for other in others}
    return tuple(one for one in some if normalize_text(one) not in there)
