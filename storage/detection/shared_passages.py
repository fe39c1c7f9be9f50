"""The parts of a change that can be the same in several postings, and what they are compared by. Pure."""

import re
from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile
from typing import Final

from storage.db import ledger
from storage.diff.changes import BLANK_LINE, LIST_FIELDS, normalize_text
from storage.diff.words import OperationKind, diff_texts
from storage.models import Change

DIGEST_VERSION: Final = "p1"
FORMATTED: Final = frozenset({"byline", "organization", "dateline"})  # short fields that a template composes
CONNECTING: Final = re.compile(
    r"(and|article|by|contributor|courtesy|of|photos?|story|the|video|written)\b", re.IGNORECASE
)
PHRASE: Final = re.compile(r"[^\W_][\w.'/-]*")


class Reach(StrEnum):
    """How much of a field a passage is."""

    EDGE = "edge"  # a paragraph of those that changed at the beginning or the end of a text
    WHOLE = "whole"  # a paragraph anywhere in a text
    ITEM = "item"  # a tag or an address
    WITHIN = "within"  # words within a sentence or an address
    FORMAT = "format"  # the pattern of a short field: "by _" to "by _, _"


@dataclass(frozen=True, slots=True)
class SharedPassage:
    """A part of a change that can be the same in several postings; texts are folded."""

    field: str
    reach: Reach
    removed: str
    added: str

    @property
    def is_kept_for_later(self) -> bool:
        """Whether later runs must know it.

        Words within a sentence are not kept: "2024" made "2025" in a hundred titles says nothing about the
        next one.
        """
        return self.reach is not Reach.WITHIN


@dataclass(frozen=True, slots=True)
class PassageDigests(Container[SharedPassage]):
    """Passages of which only the digests are kept, so that no text of a release stays behind in them."""

    digests: frozenset[str]

    def __contains__(self, passage: object) -> bool:
        """Return whether a passage is among them."""
        return isinstance(passage, SharedPassage) and digest_passage(passage) in self.digests


def digest_passage(passage: SharedPassage) -> str:
    """Return what a passage is recognised by in later runs."""
    values = [passage.field, str(passage.reach), passage.removed, passage.added]
    return ledger.compute_digest(DIGEST_VERSION, values)


def list_passages(change: Change, reach: Reach) -> frozenset[SharedPassage]:
    """Return the passages of a change at one reach; none where the field has no such passages."""
    if reach is Reach.WITHIN:
        return frozenset(_list_within(change))
    if reach is Reach.FORMAT:
        return frozenset(_list_formats(change)) if change.field in FORMATTED else frozenset()
    if reach is Reach.ITEM:
        return frozenset(_list_whole(change, reach)) if change.field in LIST_FIELDS else frozenset()
    if change.field != "body":
        return frozenset()
    return frozenset(_list_edges(change) if reach is Reach.EDGE else _list_whole(change, reach))


def remove_passages(change: Change, passages: frozenset[SharedPassage]) -> Change | None:
    """Return a change without these whole items; None if nothing is left of it."""
    before = _choose_items(change.before, {one.removed for one in passages if one.removed}, is_in=False)
    after = _choose_items(change.after, {one.added for one in passages if one.added}, is_in=False)
    same = [normalize_text(item) for item in _list_items(before)] == [
        normalize_text(item) for item in _list_items(after)
    ]
    return None if same else Change(change.field, before, after)


def keep_passages(change: Change, passages: frozenset[SharedPassage]) -> Change:
    """Return of a change these whole items alone."""
    before = _choose_items(change.before, {one.removed for one in passages if one.removed}, is_in=True)
    after = _choose_items(change.after, {one.added for one in passages if one.added}, is_in=True)
    return Change(change.field, before, after)


def _choose_items(value: object, folded: set[str], *, is_in: bool) -> object:
    """Return a value with or without the items that fold to one of these, in the form it had."""
    items = [item for item in _list_items(value) if (normalize_text(item) in folded) is is_in]
    if isinstance(value, tuple):
        return tuple(items)
    return "\n\n".join(items) or None


def _list_items(value: object) -> list[str]:
    """Return what a value is made of: paragraphs, or tags and addresses in order."""
    if isinstance(value, tuple):
        return sorted(str(item) for item in value)
    return [item for item in BLANK_LINE.split(str(value)) if item.strip()] if value is not None else []


def _list_whole(change: Change, reach: Reach) -> Iterator[SharedPassage]:
    """Yield the items that went and those that came."""
    old = Counter(map(normalize_text, _list_items(change.before)))
    new = Counter(map(normalize_text, _list_items(change.after)))
    for item in old - new:
        yield SharedPassage(change.field, reach, item, "")
    for item in new - old:
        yield SharedPassage(change.field, reach, "", item)


def _list_edges(change: Change) -> Iterator[SharedPassage]:
    """Yield the paragraphs that went or came before the first and after the last one that stayed."""
    old = [normalize_text(item) for item in _list_items(change.before)]
    new = [normalize_text(item) for item in _list_items(change.after)]
    for item in _list_outer(old, Counter(old) - Counter(new)):
        yield SharedPassage(change.field, Reach.EDGE, item, "")
    for item in _list_outer(new, Counter(new) - Counter(old)):
        yield SharedPassage(change.field, Reach.EDGE, "", item)


def _list_outer(items: list[str], differing: Counter[str]) -> list[str]:
    """Return the items from both ends up to the first that does not differ."""
    leading = takewhile(differing.__contains__, items)
    trailing = takewhile(differing.__contains__, reversed(items))
    return [*leading, *trailing]


def _list_within(change: Change) -> Iterator[SharedPassage]:
    """Yield the word-level operations, and the paragraphs that only moved."""
    for passage in diff_texts(_list_items(change.before), _list_items(change.after)).passages:
        steps = [step for step in passage.operations if step.kind is not OperationKind.EQUAL]
        if passage.operations and not steps:
            old, new = f"paragraph {passage.before}", f"paragraph {passage.after}"
            yield SharedPassage(change.field, Reach.WITHIN, old, new)
        for step in steps:
            yield SharedPassage(
                change.field, Reach.WITHIN, normalize_text(step.removed), normalize_text(step.added)
            )


def _list_formats(change: Change) -> Iterator[SharedPassage]:
    """Yield how the pattern of a short field changed, or else its new value, whatever it was before.

    "By A. Writer" made "By A. Writer, 8th Office" is a new pattern, as the words of one side are all on the
    other. Else only one and the same new value can be site-wide: "Staff" for every name.
    """
    old, new = normalize_text(str(change.before or "")), normalize_text(str(change.after or ""))
    words, others = set(PHRASE.findall(old)), set(PHRASE.findall(new))
    patterns = _blank_names(old), _blank_names(new)
    if old and new and (words <= others or others <= words) and patterns[0] != patterns[1]:
        yield SharedPassage(change.field, Reach.FORMAT, *patterns)
    else:
        yield SharedPassage(change.field, Reach.FORMAT, "_", new)


def _blank_names(text: str) -> str:
    """Return a text with its names blanked: "By A. Writer, 8th Office" is "by _, _"."""
    blanked = PHRASE.sub(lambda word: word[0].lower() if CONNECTING.fullmatch(word[0]) else "_", text)
    return re.sub(r"_(?: _)+", "_", blanked)
