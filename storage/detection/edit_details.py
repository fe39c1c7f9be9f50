"""What an edit's detail says beside its fields: its kinds, its dates, and what was not compared. Pure."""

from collections.abc import Iterable, Mapping
from typing import Final

from storage.diff import words
from storage.diff.changes import BLANK_LINE
from storage.diff.dates import compare_dates
from storage.diff.fields import diff_field, list_edit_kinds
from storage.diff.kinds import rank_edit_kinds
from storage.models import Change, Fields

WORDS: Final = frozenset({"title", "subtitle", "body"})
CONTENTS: Final = frozenset({"images", "attachments"})
UNFETCHED: Final = "addresses compared, files not downloaded"


def describe_edit(changes: Iterable[Change], before: Fields, after: Fields) -> Mapping[str, object]:
    """Return the detail of an edit, as storage/detection/detect.py lists it; empty values are left out."""
    listed = tuple(changes)
    diffs = [
        words.diff_texts(_split_paragraphs(one.before), _split_paragraphs(one.after))
        for one in listed
        if one.field in WORDS
    ]
    kinds = {kind for one in diffs for kind in one.edit_kinds}
    kinds |= set(list_edit_kinds(diff_field(one) for one in listed if one.field == "embeds"))
    dates = compare_dates(before, after)
    detail: dict[str, object] = {
        "edit_kinds": [str(kind) for kind in rank_edit_kinds(kinds)],
        "coarse": any(one.coarse for one in diffs),
        "dates": str(dates) if dates else None,
        "contents": UNFETCHED if any(one.field in CONTENTS for one in listed) else None,
    }
    return {name: value for name, value in detail.items() if value}


def _split_paragraphs(text: object) -> tuple[str, ...]:
    return tuple(part for part in BLANK_LINE.split(str(text or "")) if part.strip())
