"""Changes that hit many postings of a site in one run: one event for the site, and no edits. Pure.

Banners, notices, bylines in a new format and pictures on a new host are the site's doing, not a newsroom's
correction. They are known by being the same everywhere, never by a list of wordings.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from storage.diff.changes import BLANK_LINE, LISTS, fold
from storage.diff.words import OperationKind, diff
from storage.models import Change

SAMPLE = 5
FORMATTED = frozenset({"byline", "organization", "dateline"})  # short fields that a template composes
CONNECTING = re.compile(
    r"(and|article|by|contributor|courtesy|of|photos?|story|the|video|written)\b", re.IGNORECASE
)
PHRASE = re.compile(r"[^\W_][\w.'/-]*")


class Reach(StrEnum):
    """How much of a field a piece is."""

    WHOLE = "whole"  # a paragraph, a tag or an address
    WITHIN = "within"  # words within a sentence or an address
    FORMAT = "format"  # the pattern of a short field: "by _" to "by _, _"


@dataclass(frozen=True, slots=True)
class Threshold:
    """From when on a piece is the site's doing: so many postings, and so large a share of those looked at."""

    reach: Reach
    fewest: int
    share: float


STAGES = (
    # A whole paragraph, tag or address that is the same in several postings is hardly an edit of each. Three,
    # so that an edit made to both copies of a story stays an edit; a fifth, since a notice may hit only some
    # sections while a correction made to three releases of a hundred is an edit.
    Threshold(Reach.WHOLE, 3, 0.2),
    # The same words within different sentences, or a new format, may be corrections (a name in four
    # releases): only what hits half of the postings, and at least five, is the site's doing.
    Threshold(Reach.FORMAT, 5, 0.5),
    Threshold(Reach.WITHIN, 5, 0.5),
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a change that can be the same in several postings; texts are folded."""

    field: str
    reach: Reach
    removed: str
    added: str


@dataclass(frozen=True, slots=True)
class PostingEdit:
    """What changed in one posting in this run."""

    posting: str
    changes: tuple[Change, ...]  # as `changes.changed` gives them


@dataclass(frozen=True, slots=True)
class SiteChange:
    """A change that is the site's doing."""

    pieces: tuple[Piece, ...]  # the widest first
    postings: int  # how many it hit
    sample: tuple[str, ...]  # up to five of them


@dataclass(frozen=True, slots=True)
class Sifted:
    """A run's changes, the site's told apart from the newsroom's."""

    site_change: SiteChange | None  # what is new in this run; at most one for all of it
    edits: tuple[PostingEdit, ...]  # with the changes that remain; postings without any are left out


@dataclass(frozen=True, slots=True)
class _Taken:
    """A change with its parts at one reach."""

    posting: str
    change: Change
    pieces: frozenset[Piece]


def sift(edits: Sequence[PostingEdit], looked_at: int, known: Container[Piece] = ()) -> Sifted:
    """Return which changes of one site in one run are site-wide, and the edits that remain.

    `looked_at` counts the postings that were compared in this run, changed or not. `known` are the pieces of
    earlier site changes that `lasts` names: postings that are looked at in a later run are not told again.
    Where a body has site-wide paragraphs and an edit of its own, the edit remains without those paragraphs.
    """
    wide: dict[Piece, set[str]] = {}
    changes = [(edit.posting, change) for edit in edits for change in edit.changes]
    for stage in STAGES:
        taken = [
            _Taken(posting, change, frozenset(_pieces(change, stage.reach))) for posting, change in changes
        ]
        found = _wide(taken, stage, looked_at, known)
        changes = [(one.posting, rest) for one in taken if (rest := _rest(one, found, stage.reach))]
        wide |= found
    remaining: dict[str, list[Change]] = defaultdict(list)
    for posting, change in changes:
        remaining[posting].append(change)
    told = _site_change({piece: hit for piece, hit in wide.items() if piece not in known})
    return Sifted(told, tuple(PostingEdit(posting, tuple(rest)) for posting, rest in remaining.items()))


def lasts(piece: Piece) -> bool:
    """Return whether a piece is to be kept as known for later runs.

    Words within a sentence are not: "2024" made "2025" in a hundred titles says nothing about the next one.
    """
    return piece.reach is not Reach.WITHIN


def lasting(change: Change) -> frozenset[Piece]:
    """Return the pieces of a change that `lasts` names."""
    reaches = (stage.reach for stage in STAGES if stage.reach is not Reach.WITHIN)
    return frozenset(piece for reach in reaches for piece in _pieces(change, reach))


def _site_change(wide: dict[Piece, set[str]]) -> SiteChange | None:
    if not wide:
        return None
    hit = sorted(set().union(*wide.values()))
    pieces = sorted(wide, key=lambda piece: (-len(wide[piece]), piece.field, piece.removed, piece.added))
    return SiteChange(tuple(pieces), len(hit), tuple(hit[:SAMPLE]))


def _wide(
    taken: list[_Taken], stage: Threshold, looked_at: int, known: Container[Piece]
) -> dict[Piece, set[str]]:
    """Return the site-wide pieces and the postings they hit."""
    least = max(stage.fewest, stage.share * looked_at)
    found = _counted(taken, least, known)
    if stage.reach is Reach.WHOLE:
        return found
    # A comma is met in any two edits: within sentences only a change counts that is nothing but site-wide.
    return _counted([one for one in taken if one.pieces <= found.keys()], least, known)


def _counted(taken: Iterable[_Taken], least: float, known: Container[Piece]) -> dict[Piece, set[str]]:
    postings: dict[Piece, set[str]] = defaultdict(set)
    for one in taken:
        for piece in one.pieces:
            postings[piece].add(one.posting)
    return {piece: hit for piece, hit in postings.items() if len(hit) >= least or piece in known}


def _rest(one: _Taken, wide: Collection[Piece], reach: Reach) -> Change | None:
    """Return what of a change is not site-wide; None if nothing is left."""
    shared = one.pieces & set(wide)
    if not shared:
        return one.change
    if reach is not Reach.WHOLE:
        return one.change if one.pieces - shared else None
    before = _left(one.change.before, [piece.removed for piece in shared if piece.removed])
    after = _left(one.change.after, [piece.added for piece in shared if piece.added])
    same = [fold(item) for item in _items(before)] == [fold(item) for item in _items(after)]
    return None if same else Change(one.change.field, before, after)


def _left(value: object, shared: list[str]) -> object:
    """Return a value without its site-wide items, in the form it had."""
    items = [item for item in _items(value) if fold(item) not in shared]
    if isinstance(value, tuple):
        return tuple(items)
    return "\n\n".join(items) or None


def _items(value: object) -> list[str]:
    """Return what a value is made of: paragraphs, or tags and addresses in order."""
    if isinstance(value, tuple):
        return sorted(str(item) for item in value)
    return [item for item in BLANK_LINE.split(str(value)) if item.strip()] if value is not None else []


def _pieces(change: Change, reach: Reach) -> Iterator[Piece]:
    if reach is Reach.WITHIN:
        return _within(change)
    if reach is Reach.WHOLE:
        return _whole(change) if change.field == "body" or change.field in LISTS else iter(())
    return _format(change) if change.field in FORMATTED else iter(())


def _whole(change: Change) -> Iterator[Piece]:
    """Yield the items that went and those that came."""
    old, new = Counter(map(fold, _items(change.before))), Counter(map(fold, _items(change.after)))
    for item in old - new:
        yield Piece(change.field, Reach.WHOLE, item, "")
    for item in new - old:
        yield Piece(change.field, Reach.WHOLE, "", item)


def _within(change: Change) -> Iterator[Piece]:
    """Yield the word-level operations, and the paragraphs that only moved."""
    for passage in diff(_items(change.before), _items(change.after)).passages:
        steps = [step for step in passage.operations if step.kind is not OperationKind.EQUAL]
        if passage.operations and not steps:
            yield Piece(
                change.field, Reach.WITHIN, f"paragraph {passage.before}", f"paragraph {passage.after}"
            )
        for step in steps:
            yield Piece(change.field, Reach.WITHIN, fold(step.removed), fold(step.added))


def _format(change: Change) -> Iterator[Piece]:
    """Yield how the pattern of a short field changed, or else its new value, whatever it was before.

    "By A. Writer" made "By A. Writer, 8th Office" is a new pattern, as the words of one side are all on the
    other. Else only one and the same new value can be the site's doing: "Staff" for every name.
    """
    old, new = fold(str(change.before or "")), fold(str(change.after or ""))
    words, others = set(PHRASE.findall(old)), set(PHRASE.findall(new))
    if old and new and (words <= others or others <= words) and _pattern(old) != _pattern(new):
        yield Piece(change.field, Reach.FORMAT, _pattern(old), _pattern(new))
    else:
        yield Piece(change.field, Reach.FORMAT, "_", new)


def _pattern(text: str) -> str:
    """Return a text with its names blanked: "By A. Writer, 8th Office" is "by _, _"."""
    blanked = PHRASE.sub(lambda word: word[0].lower() if CONNECTING.fullmatch(word[0]) else "_", text)
    return re.sub(r"_(?: _)+", "_", blanked)
