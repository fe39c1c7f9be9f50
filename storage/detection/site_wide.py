"""Changes that hit many postings of a site at once: one event for the site, and no edits. Pure.

Banners, notices, bylines in a new format and pictures on a new host are the site's doing, not a newsroom's
correction. They are recognised by being the same everywhere, never by a list of phrases.

Where every run looks at a handful of postings, no single run shows that all of them changed alike. So the
passages of recent edits are remembered, as digests. Once enough postings have had the same one, it is
site-wide; edits that were reported before stay reported.
"""

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from storage.detection.shared_passages import (
    Reach,
    SharedPassage,
    digest_passage,
    keep_passages,
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
    # Notices stand above or below a text. Three, so that an edit made to both copies of a story stays one; a
    # fifth, since a notice may hit only some sections.
    Threshold(Reach.EDGE, 3, 0.2),
    # Within the text, between paragraphs that stayed, a correction may be made to a third of what a newsroom
    # shows: only half of the postings are the site's doing. What is a notice elsewhere is one here too.
    Threshold(Reach.WHOLE, 3, 0.5),
    # A tag or an address that is the same in several postings is hardly an edit of each.
    Threshold(Reach.ITEM, 3, 0.2),
    # The same words within different sentences, or a new format, may be corrections (a name in four
    # releases): only what hits half of the postings, and at least five, is site-wide.
    Threshold(Reach.FORMAT, 5, 0.5),
    Threshold(Reach.WITHIN, 5, 0.5),
)
ITEMISED: Final = frozenset({Reach.EDGE, Reach.WHOLE, Reach.ITEM})


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
class SitePart:
    """What of one posting's change is the site's doing."""

    changes: tuple[Change, ...]  # one a field
    passages: frozenset[SharedPassage]


@dataclass(frozen=True, slots=True)
class SeparatedEdits:
    """A run's changes: the site's apart from the newsroom's."""

    site_change: SiteChange | None  # what is new in this run; at most one for all of it
    edits: tuple[PostingEdit, ...]  # with the changes that remain; postings without any are left out
    site_parts: Mapping[str, SitePart] = field(default_factory=dict)  # by posting: site-wide, new or known
    shared_with: Mapping[str, frozenset[str]] = field(default_factory=dict)  # postings with the same edit


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
    taken: dict[str, list[_Candidate]] = defaultdict(list)
    inner: list[set[str]] = []  # postings with one and the same paragraph that stays an edit
    changes = [(edit.posting, change) for edit in edits for change in edit.changes]
    candidates: list[_Candidate] = []
    for stage in STAGES:
        candidates = [
            _Candidate(posting, change, list_passages(change, stage.reach)) for posting, change in changes
        ]
        found = _find_wide(candidates, stage, looked_at, _KnownPassages(known, wide))
        if stage.reach is Reach.ITEM:
            found = {one: hit for one, hit in found.items() if one in known or not _follows(hit, inner)}
        changes = []
        for one in candidates:
            rest = _subtract_site_wide(one, found, stage.reach)
            changes += [(one.posting, rest)] if rest else []
            if rest is not one.change:
                taken[one.posting].append(_choose_site_wide(one, found, stage.reach))
        wide |= found
        if stage.reach is Reach.WHOLE:
            inner = [hit for hit in _group_postings(candidates, 2, ()).values() if len(hit) < looked_at / 2]
    remaining: dict[str, list[Change]] = defaultdict(list)
    for posting, change in changes:
        remaining[posting].append(change)
    return SeparatedEdits(
        _summarize_site_change(wide, _KnownPassages(known, ())),
        tuple(PostingEdit(posting, tuple(rest)) for posting, rest in remaining.items()),
        {posting: _join_parts(parts) for posting, parts in taken.items()},
        _find_shared_edits([one for one in candidates if one.posting in remaining]),
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
    return replace(
        rest,
        site_change=SiteChange(passages, count, tuple(sorted(hit)[:SAMPLE])),
        site_parts=_merge_postings(separated.site_parts, rest.site_parts),
    )


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


def _summarize_site_change(
    wide: dict[SharedPassage, set[str]], known: Container[SharedPassage]
) -> SiteChange | None:
    """Return what is new of the site-wide passages as one change; None where nothing is."""
    new = {passage: hit for passage, hit in wide.items() if passage not in known}
    if not new:
        return None
    hit = sorted(set().union(*new.values()))
    passages = sorted(new, key=lambda one: (-len(new[one]), one.field, one.removed, one.added))
    twice = [one for one in passages if one.reach is Reach.WHOLE and replace(one, reach=Reach.EDGE) in new]
    return SiteChange(tuple(one for one in passages if one not in twice), len(hit), tuple(hit[:SAMPLE]))


def _find_wide(
    candidates: list[_Candidate], stage: Threshold, looked_at: int, known: Container[SharedPassage]
) -> dict[SharedPassage, set[str]]:
    """Return the site-wide passages and the postings they hit."""
    needed = stage.count_needed(looked_at)
    found = _group_postings(candidates, needed, known)
    if stage.reach in ITEMISED:
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


@dataclass(frozen=True, slots=True)
class _KnownPassages(Container[SharedPassage]):
    """What is site-wide already; a notice above or below a text is one anywhere."""

    earlier: Container[SharedPassage]
    now: Collection[SharedPassage]

    def __contains__(self, passage: object) -> bool:
        if not isinstance(passage, SharedPassage):
            return False
        others = (Reach.EDGE, Reach.WHOLE) if passage.reach in (Reach.EDGE, Reach.WHOLE) else (passage.reach,)
        forms = [replace(passage, reach=reach) for reach in others]
        return any(form in self.earlier or form in self.now for form in forms)


def _follows(hit: set[str], inner: Iterable[set[str]]) -> bool:
    """Return whether an address came or went with a paragraph that stays an edit of each."""
    return any(hit <= postings for postings in inner)


def _subtract_site_wide(one: _Candidate, wide: Collection[SharedPassage], reach: Reach) -> Change | None:
    """Return what of a change is not site-wide; None if nothing is left."""
    shared = one.passages & set(wide)
    if not shared:
        return one.change
    if reach not in ITEMISED:
        return one.change if one.passages - shared else None
    return remove_passages(one.change, shared)


def _choose_site_wide(one: _Candidate, wide: Collection[SharedPassage], reach: Reach) -> _Candidate:
    """Return what of a change is site-wide, where some of it is."""
    shared = one.passages & set(wide)
    change = keep_passages(one.change, shared) if reach in ITEMISED else one.change
    return _Candidate(one.posting, change, shared)


def _join_parts(parts: Iterable[_Candidate]) -> SitePart:
    return _merge_parts(SitePart((part.change,), part.passages) for part in parts)


def _merge_postings(*parts: Mapping[str, SitePart]) -> dict[str, SitePart]:
    postings = {posting for each in parts for posting in each}
    return {posting: _merge_parts(each[posting] for each in parts if posting in each) for posting in postings}


def _merge_parts(parts: Iterable[SitePart]) -> SitePart:
    """Return the parts of one posting together, one change a field."""
    fields: dict[str, Change] = {}
    passages: frozenset[SharedPassage] = frozenset()
    for part in parts:
        passages |= part.passages
        for change in part.changes:
            known = fields.get(change.field, Change(change.field, None, None))
            before, after = _join_values(known.before, change.before), _join_values(known.after, change.after)
            fields[change.field] = Change(change.field, before, after)
    return SitePart(tuple(fields.values()), passages)


def _join_values(one: object, other: object) -> object:
    if one is None or other is None:
        return other if one is None else one
    return (*one, *other) if isinstance(one, tuple) and isinstance(other, tuple) else f"{one}\n\n{other}"


def _find_shared_edits(candidates: Iterable[_Candidate]) -> dict[str, frozenset[str]]:
    """Return by posting the others that were edited in the same words; a comma alone says nothing.

    The same whole paragraph came or went, or the words that changed within a field are all the same.
    """
    groups: dict[object, set[str]] = defaultdict(set)
    for one in candidates:
        for passage in list_passages(one.change, Reach.WHOLE):
            groups[passage].add(one.posting)
        if any(map(str.isalnum, "".join(part.removed + part.added for part in one.passages))):
            groups[one.passages].add(one.posting)
    shared: dict[str, set[str]] = defaultdict(set)
    for postings in groups.values():
        for posting in postings:
            shared[posting] |= postings - {posting}
    return {posting: frozenset(others) for posting, others in shared.items() if others}
