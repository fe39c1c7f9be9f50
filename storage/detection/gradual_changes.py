"""Changes of a site that looks meet a few postings at a time: known by what was edited lately, too. Pure.

Where every visit looks at a handful of postings, no single run shows that all of them changed alike. So the
pieces of recent edits are remembered, as digests: once enough postings have the same one, it is the site's
doing, and what was told before stays told.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from storage.db import ledger
from storage.detection import site_wide
from storage.detection.site_wide import Piece, PostingEdit

WINDOW: Final = timedelta(days=2)
DIGEST_VERSION: Final = "p1"


@dataclass(frozen=True, slots=True)
class Lately:
    """What the partial looks of the last days have met on a site; empty where a run looks at most of it."""

    edited: Mapping[str, frozenset[int]]  # postings whose edit had a piece, by its digest
    compared: int  # postings that were looked at


@dataclass(frozen=True, slots=True)
class Digests(Container[Piece]):
    """Pieces of which only the digests are kept, so that no text of a release stays behind in them."""

    digests: frozenset[str]

    def __contains__(self, piece: object) -> bool:
        """Tell whether a piece is among them."""
        return isinstance(piece, Piece) and digest(piece) in self.digests


def digest(piece: Piece) -> str:
    """Return what a piece is known by."""
    return ledger.digest(DIGEST_VERSION, [piece.field, str(piece.reach), piece.removed, piece.added])


def spread(edits: Iterable[PostingEdit], lately: Lately) -> dict[Piece, frozenset[int]]:
    """Return the pieces of these edits that so many postings had lately that they are the site's doing."""
    hit: dict[Piece, set[int]] = defaultdict(set)
    for edit in edits:
        for piece in pieces(edit):
            hit[piece] |= {int(edit.posting), *lately.edited.get(digest(piece), ())}
    least = {each.reach: max(each.fewest, each.share * lately.compared) for each in site_wide.STAGES}
    return {piece: frozenset(found) for piece, found in hit.items() if len(found) >= least[piece.reach]}


def pieces(edit: PostingEdit) -> frozenset[Piece]:
    """Return the pieces of an edit by which it is compared with later ones."""
    return frozenset(piece for change in edit.changes for piece in site_wide.lasting(change))
