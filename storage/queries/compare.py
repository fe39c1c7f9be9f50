"""Compares two revisions of a posting: which two, what differs, and when each was seen."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from storage.analysis.importance import Importance
from storage.archive import tombstones
from storage.db.reading import Readable, query_rows
from storage.db.rows import Row, row_to_fields
from storage.db.timestamps import parse_optional_timestamp, parse_timestamp
from storage.diff import changes
from storage.diff.dates import compare_dates
from storage.diff.fields import FieldDiff, is_coarse, list_edit_kinds
from storage.diff.kinds import EditKind
from storage.diff.sentence import NO_DIFFERENCE
from storage.models import HIDDEN_EVENTS, Event, EventKind
from storage.queries.event_summary import EventSummary, build_summary

REVISIONS: Final = """
SELECT v.*, p.url AS posting_url, p.site, p.number, p.release_id,
    (SELECT max(last_at) FROM looks WHERE posting_id = p.id AND revision_id = v.id) AS last_seen_at,
    (SELECT json_group_array(url) FROM addresses WHERE posting_id = p.id) AS addresses,
    (SELECT group_concat(DISTINCT kind) FROM events WHERE revision_id = v.id) AS event_kinds,
    (SELECT detail FROM events WHERE revision_id = v.id AND kind = 'edited') AS edit_detail
FROM revisions v JOIN postings p ON p.id = v.posting_id
WHERE p.release_id = ? ORDER BY p.id, v.observed_at, v.seq
"""


class ChoiceError(LookupError):
    """The wanted revisions do not exist, or exist in several postings; the message says which there are."""


@dataclass(frozen=True, slots=True)
class ComparedRevision:
    """One of the two revisions."""

    revision: int
    seq: int
    title: str
    observed_at: datetime  # when it was first seen
    last_seen_at: datetime | None  # when it was last seen


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two revisions of one posting and the fields that differ; none if they are equal."""

    release: int
    posting: str  # its address
    site: str
    before: ComparedRevision
    after: ComparedRevision
    fields: tuple[FieldDiff, ...]
    edit_kinds: tuple[EditKind, ...]  # the most important first
    coarse: bool
    edited: bool  # False: our parser or the whole site changed, not this story
    sentence: str = ""  # what changed, in one sentence
    importance: Importance | None = None  # None if it is no edit


@dataclass(frozen=True, slots=True)
class RevisionChoice:
    """Which revisions to compare: by default the last two that differ."""

    release: int
    posting: str | None = None  # address, article number or site
    seqs: tuple[int, int] | None = None


def find_comparison(store: Readable, wanted: RevisionChoice) -> Comparison:
    """Return how two revisions differ. Raises ChoiceError if the wanted ones are not there.

    If no two differ, the last one is compared with itself.
    """
    rows = query_rows(store, REVISIONS, [wanted.release])
    rows = [row for row in rows if wanted.posting is None or is_posting_named(row, wanted.posting)]
    if not rows:
        at = f" at {wanted.posting}" if wanted.posting else ""
        raise ChoiceError(f"release {wanted.release} has no posting{at}")
    return compare_rows(*(_choose_rows(rows, wanted.seqs) if wanted.seqs else _find_last_two(rows)))


def compare_rows(old: Row, new: Row) -> Comparison:
    """Return how two rows of REVISIONS differ."""
    summary = _summarize_rows(old, new)
    fields = summary.fields
    edited = bool(fields) and _is_edit(new)
    return Comparison(
        release=new["release_id"],
        posting=new["posting_url"],
        site=new["site"],
        before=_to_compared_revision(old),
        after=_to_compared_revision(new),
        fields=fields,
        edit_kinds=list_edit_kinds(fields),
        coarse=is_coarse(fields),
        edited=edited,
        sentence=summary.sentence if fields else NO_DIFFERENCE,
        importance=summary.importance if edited else None,
    )


def _summarize_rows(old: Row, new: Row) -> EventSummary:
    """Return the step from one row to another as an edit is summarized."""
    before, after = row_to_fields(dict(old)), row_to_fields(dict(new))
    dates = compare_dates(before, after)
    known = json.loads(new["edit_detail"] or "{}")
    event = Event(
        id=0,  # none of the ledger's
        kind=EventKind.EDITED,
        at=parse_timestamp(new["observed_at"]),
        source=None,
        posting=new["posting_url"],
        release=new["release_id"],
        title=new["title"],
        last_before_at=parse_optional_timestamp(old["last_seen_at"]),
        first_after_at=parse_timestamp(new["observed_at"]),
        changes=changes.list_changes(before, after),
        detail={
            **{name: known[name] for name in ("edited_copies", "all_copies") if name in known},
            **({"dates": str(dates)} if dates else {}),
        },
    )
    return build_summary(event, before.published_on)


def is_posting_named(row: Row, text: str) -> bool:
    """Return whether a text names the posting of a row: one of its addresses, its number or its site."""
    return text in (row["posting_url"], row["number"], row["site"]) or f'"{text}"' in row["addresses"]


def _choose_rows(rows: Sequence[Row], seqs: tuple[int, int]) -> tuple[Row, Row]:
    postings: dict[int, dict[int, Row]] = {}
    for row in rows:
        postings.setdefault(row["posting_id"], {})[row["seq"]] = row
    found = [one for one in postings.values() if set(seqs) <= one.keys()]
    if len(found) > 1:
        where = ", ".join(str(next(iter(one.values()))["posting_url"]) for one in found)
        raise ChoiceError(f"several postings have these revisions; choose with --posting: {where}")
    if not found:
        raise ChoiceError(f"no revisions {seqs[0]} and {seqs[1]}; there are {_format_seqs(postings)}")
    chosen = found[0][seqs[0]], found[0][seqs[1]]
    for row in chosen:
        if _is_purged(row):
            raise ChoiceError(f"revision {row['seq']} was purged; only its digests are left")
    return chosen


def _format_seqs(postings: dict[int, dict[int, Row]]) -> str:
    return "; ".join(
        f"{', '.join(str(seq) for seq in sorted(one))} of {next(iter(one.values()))['posting_url']}"
        for one in postings.values()
    )


def _find_last_two(rows: Sequence[Row]) -> tuple[Row, Row]:
    """Return the last two revisions that differ: by an edit if there is one, else by a parser change."""
    available = [row for row in rows if not _is_purged(row)]
    if not available:
        raise ChoiceError("every revision was purged; only digests are left")
    steps = [
        (old, new)
        for old, new in pairwise(available)
        if old["posting_id"] == new["posting_id"] and _have_differences(old, new)
    ]
    last = max(available, key=lambda row: (row["observed_at"], row["id"]))
    return max(
        steps,
        key=lambda step: (_is_edit(step[1]), step[1]["observed_at"], step[1]["id"]),
        default=(last, last),
    )


def _have_differences(old: Row, new: Row) -> bool:
    return bool(changes.list_changes(row_to_fields(dict(old)), row_to_fields(dict(new))))


def _is_edit(row: Row) -> bool:
    """Return whether an event that people are shown caused the revision, or no event has yet."""
    return not row["event_kinds"] or bool(set(row["event_kinds"].split(",")) - HIDDEN_EVENTS)


def _is_purged(row: Row) -> bool:
    return tombstones.has_tombstone_form(dict(row), tombstones.REVISION)


def _to_compared_revision(row: Row) -> ComparedRevision:
    seen = parse_optional_timestamp(row["last_seen_at"])
    return ComparedRevision(row["id"], row["seq"], row["title"], parse_timestamp(row["observed_at"]), seen)
