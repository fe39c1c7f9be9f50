"""Changes that hit many postings of a site at once: one event for the site, and no edits. Pure.

Banners, notices, bylines in a new format and pictures on a new host are the site's doing, not a newsroom's
correction. They are recognised by being the same everywhere, never by a list of phrases.

Where every run looks at a handful of postings, no single run shows that all of them changed alike. So the
passages of recent edits are remembered, as digests. Once enough postings have had the same one, it is
site-wide; edits that were reported before stay reported.
"""

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from storage.detection.shared_passages import (
    Reach,
    SharedPassage,
    digest_passage,
    list_passages,
    remove_passages,
)
from storage.models import Change

SAMPLE: Final = 5
RECENT: Final = timedelta(days=2)  # how long the passages of edits are remembered


@dataclass(frozen=True, slots=True)
class Threshold:
    """From when on a passage is site-wide: so many postings, and so large a share of those looked at."""

    reach: Reach
    fewest: int
    share: float

    def count_needed(self, looked_at: int) -> float:
        """Return how many of so many postings must have a passage."""
        return max(self.fewest, self.share * looked_at)


STAGES: Final = (
    # A whole paragraph, tag or address that is the same in several postings is hardly an edit of each. Three,
    # so that an edit made to both copies of a story stays an edit; a fifth, since a notice may hit only some
    # sections while a correction made to three releases of a hundred is an edit.
    Threshold(Reach.WHOLE, 3, 0.2),
    # The same words within different sentences, or a new format, may be corrections (a name in four
    # releases): only what hits half of the postings, and at least five, is site-wide.
    Threshold(Reach.FORMAT, 5, 0.5),
    Threshold(Reach.WITHIN, 5, 0.5),
)


@dataclass(frozen=True, slots=True)
class PostingEdit:
    """What changed in one posting in this run."""

    posting: str
    changes: tuple[Change, ...]  # as `changes.list_changes` gives them


@dataclass(frozen=True, slots=True)
class SiteChange:
    """A change that is site-wide."""

    passages: tuple[SharedPassage, ...]  # the most widespread first
    postings: int  # how many it hit
    sample: tuple[str, ...]  # up to five of them


@dataclass(frozen=True, slots=True)
class SeparatedEdits:
    """A run's changes: the site's apart from the newsroom's."""

    site_change: SiteChange | None  # what is new in this run; at most one for all of it
    edits: tuple[PostingEdit, ...]  # with the changes that remain; postings without any are left out


@dataclass(frozen=True, slots=True)
class RecentEdits:
    """What the partial looks of the last days found on a site."""

    postings: Mapping[str, frozenset[int]]  # postings whose edit had a passage, by its digest
    compared: int  # postings that were looked at


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A change with its passages at one reach."""

    posting: str
    change: Change
    passages: frozenset[SharedPassage]


def separate_edits(
    edits: Sequence[PostingEdit], looked_at: int, known: Container[SharedPassage] = ()
) -> SeparatedEdits:
    """Return which changes of one site in one run are site-wide, and the edits that remain.

    `looked_at` counts the postings that were compared in this run, changed or not. `known` are the kept
    passages of earlier site changes: postings that are looked at in a later run are not reported again.
    Where a body has site-wide paragraphs and an edit of its own, the edit remains without those paragraphs.
    """
    wide: dict[SharedPassage, set[str]] = {}
    changes = [(edit.posting, change) for edit in edits for change in edit.changes]
    for stage in STAGES:
        candidates = [
            _Candidate(posting, change, list_passages(change, stage.reach)) for posting, change in changes
        ]
        found = _find_wide(candidates, stage, looked_at, known)
        changes = [
            (one.posting, rest)
            for one in candidates
            if (rest := _subtract_site_wide(one, found, stage.reach))
        ]
        wide |= found
    remaining: dict[str, list[Change]] = defaultdict(list)
    for posting, change in changes:
        remaining[posting].append(change)
    new = _summarize_site_change({passage: hit for passage, hit in wide.items() if passage not in known})
    return SeparatedEdits(
        new, tuple(PostingEdit(posting, tuple(rest)) for posting, rest in remaining.items())
    )


def separate_gradual_edits(separated: SeparatedEdits, looked_at: int, recent: RecentEdits) -> SeparatedEdits:
    """Return the same without the edits that enough postings have had lately, run by run."""
    gradual = find_gradual_changes(separated.edits, recent)
    if not gradual:
        return separated
    rest = separate_edits(separated.edits, looked_at, gradual)
    at_once = separated.site_change
    hit = {str(posting) for postings in gradual.values() for posting in postings}
    hit |= set(at_once.sample if at_once else ())
    passages = (*gradual, *(at_once.passages if at_once else ()))
    count = max(len(hit), at_once.postings if at_once else 0)
    return SeparatedEdits(SiteChange(passages, count, tuple(sorted(hit)[:SAMPLE])), rest.edits)


def find_gradual_changes(
    edits: Iterable[PostingEdit], recent: RecentEdits
) -> dict[SharedPassage, frozenset[int]]:
    """Return the passages of these edits that have become site-wide over the last days, and who has them."""
    hit: dict[SharedPassage, set[int]] = defaultdict(set)
    for edit in edits:
        for passage in list_kept_passages(edit):
            hit[passage] |= {int(edit.posting), *recent.postings.get(digest_passage(passage), ())}
    needed = {stage.reach: stage.count_needed(recent.compared) for stage in STAGES}
    return {
        passage: frozenset(postings)
        for passage, postings in hit.items()
        if len(postings) >= needed[passage.reach]
    }


def list_kept_passages(edit: PostingEdit) -> frozenset[SharedPassage]:
    """Return the passages of an edit by which it is compared with later ones."""
    reaches = [stage.reach for stage in STAGES if stage.reach is not Reach.WITHIN]
    return frozenset(
        passage for change in edit.changes for reach in reaches for passage in list_passages(change, reach)
    )


def _summarize_site_change(wide: dict[SharedPassage, set[str]]) -> SiteChange | None:
    if not wide:
        return None
    hit = sorted(set().union(*wide.values()))
    passages = sorted(wide, key=lambda one: (-len(wide[one]), one.field, one.removed, one.added))
    return SiteChange(tuple(passages), len(hit), tuple(hit[:SAMPLE]))


def _find_wide(
    candidates: list[_Candidate], stage: Threshold, looked_at: int, known: Container[SharedPassage]
) -> dict[SharedPassage, set[str]]:
    """Return the site-wide passages and the postings they hit."""
    needed = stage.count_needed(looked_at)
    found = _group_postings(candidates, needed, known)
    if stage.reach is Reach.WHOLE:
        return found
    # A comma is met in any two edits: within sentences only a change counts that is nothing but site-wide.
    return _group_postings([one for one in candidates if one.passages <= found.keys()], needed, known)


def _group_postings(
    candidates: Iterable[_Candidate], needed: float, known: Container[SharedPassage]
) -> dict[SharedPassage, set[str]]:
    postings: dict[SharedPassage, set[str]] = defaultdict(set)
    for one in candidates:
        for passage in one.passages:
            postings[passage].add(one.posting)
    return {passage: hit for passage, hit in postings.items() if len(hit) >= needed or passage in known}


def _subtract_site_wide(one: _Candidate, wide: Collection[SharedPassage], reach: Reach) -> Change | None:
    """Return what of a change is not site-wide; None if nothing is left."""
    shared = one.passages & set(wide)
    if not shared:
        return one.change
    if reach is not Reach.WHOLE:
        return one.change if one.passages - shared else None
    return remove_passages(one.change, shared)
