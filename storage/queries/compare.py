"""Two revisions of a posting side by side: which two, what differs, and between which looks it came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from storage.archive import tombstones
from storage.db.reading import Readable, query_rows
from storage.db.rows import Row, row_to_fields
from storage.db.timestamps import parse_optional_timestamp, parse_timestamp
from storage.diff import changes
from storage.diff.fields import FieldDiff, diff_field, is_coarse, list_edit_kinds
from storage.diff.kinds import EditKind
from storage.models import HIDDEN_EVENTS

REVISIONS: Final = """
SELECT v.*, p.url AS posting_url, p.site, p.number, p.release_id,
    (SELECT max(last_at) FROM looks WHERE posting_id = p.id AND revision_id = v.id) AS last_seen_at,
    (SELECT json_group_array(url) FROM addresses WHERE posting_id = p.id) AS addresses,
    (SELECT group_concat(DISTINCT kind) FROM events WHERE revision_id = v.id) AS brought_by
FROM revisions v JOIN postings p ON p.id = v.posting_id
WHERE p.release_id = ? ORDER BY p.id, v.observed_at, v.seq
"""


class ChoiceError(LookupError):
    """There are no such two revisions, or several; one line that says which there are."""


@dataclass(frozen=True, slots=True)
class ComparedRevision:
    """A revision that is compared."""

    revision: int
    seq: int
    title: str
    observed_at: datetime  # the look from which it was so
    last_seen_at: datetime | None  # the last look that saw it


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two revisions of one posting; no fields where nothing differs."""

    release: int
    posting: str  # its address
    site: str
    before: ComparedRevision
    after: ComparedRevision
    fields: tuple[FieldDiff, ...]
    edit_kinds: tuple[EditKind, ...]  # the most important first
    coarse: bool
    edited: bool  # False: our reading changed, or the whole site did, and no one story


@dataclass(frozen=True, slots=True)
class RevisionChoice:
    """Which revisions are asked for; without `seqs` the last two that differ."""

    release: int
    posting: str | None = None  # address, article number or site
    seqs: tuple[int, int] | None = None


def find_comparison(store: Readable, wanted: RevisionChoice) -> Comparison:
    """Return how one revision became another. Raises ChoiceError where the wanted ones are not there.

    Where no two differ the last one is compared with itself.
    """
    rows = query_rows(store, REVISIONS, [wanted.release])
    rows = [row for row in rows if wanted.posting is None or is_posting_named(row, wanted.posting)]
    if not rows:
        at = f" at {wanted.posting}" if wanted.posting else ""
        raise ChoiceError(f"release {wanted.release} has no posting{at}")
    return compare_rows(*(_chosen(rows, wanted.seqs) if wanted.seqs else _last_two(rows)))


def compare_rows(old: Row, new: Row) -> Comparison:
    """Return what differs between two rows of REVISIONS."""
    fields = tuple(diff_field(one) for one in changes.list_changes(row_to_fields(dict(old)), row_to_fields(dict(new))))
    return Comparison(
        release=new["release_id"],
        posting=new["posting_url"],
        site=new["site"],
        before=_side(old),
        after=_side(new),
        fields=fields,
        edit_kinds=list_edit_kinds(fields),
        coarse=is_coarse(fields),
        edited=bool(fields) and _is_told(new),
    )


def is_posting_named(row: Row, text: str) -> bool:
    """Tell whether a text names the posting of a row: an address it was met under, its number or site."""
    return text in (row["posting_url"], row["number"], row["site"]) or f'"{text}"' in row["addresses"]


def _chosen(rows: Sequence[Row], seqs: tuple[int, int]) -> tuple[Row, Row]:
    postings: dict[int, dict[int, Row]] = {}
    for row in rows:
        postings.setdefault(row["posting_id"], {})[row["seq"]] = row
    found = [one for one in postings.values() if set(seqs) <= one.keys()]
    if len(found) > 1:
        where = ", ".join(str(next(iter(one.values()))["posting_url"]) for one in found)
        raise ChoiceError(f"several postings have these revisions; choose with --posting: {where}")
    if not found:
        raise ChoiceError(f"no revisions {seqs[0]} and {seqs[1]}; there are {_listed(postings)}")
    chosen = found[0][seqs[0]], found[0][seqs[1]]
    for row in chosen:
        if _is_purged(row):
            raise ChoiceError(f"revision {row['seq']} was purged; digests are all that is left of it")
    return chosen


def _listed(postings: dict[int, dict[int, Row]]) -> str:
    return "; ".join(
        f"{', '.join(str(seq) for seq in sorted(one))} of {next(iter(one.values()))['posting_url']}"
        for one in postings.values()
    )


def _last_two(rows: Sequence[Row]) -> tuple[Row, Row]:
    """Return the last two revisions that differ: an edit if there is one, else a step of our reading."""
    kept = [row for row in rows if not _is_purged(row)]
    if not kept:
        raise ChoiceError("every revision was purged; digests are all that is left")
    steps = [
        (old, new)
        for old, new in pairwise(kept)
        if old["posting_id"] == new["posting_id"] and _differ(old, new)
    ]
    last = max(kept, key=lambda row: (row["observed_at"], row["id"]))
    return max(
        steps,
        key=lambda step: (_is_told(step[1]), step[1]["observed_at"], step[1]["id"]),
        default=(last, last),
    )


def _differ(old: Row, new: Row) -> bool:
    return bool(changes.list_changes(row_to_fields(dict(old)), row_to_fields(dict(new))))


def _is_told(row: Row) -> bool:
    """Tell whether an event that people see brought a revision, or a text that a judgement waits for."""
    return not row["brought_by"] or bool(set(row["brought_by"].split(",")) - HIDDEN_EVENTS)


def _is_purged(row: Row) -> bool:
    return tombstones.has_tombstone_form(dict(row), tombstones.REVISION)


def _side(row: Row) -> ComparedRevision:
    seen = parse_optional_timestamp(row["last_seen_at"])
    return ComparedRevision(row["id"], row["seq"], row["title"], parse_timestamp(row["observed_at"]), seen)
