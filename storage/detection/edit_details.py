"""What is told of an edit beside its fields: its kinds, what the dates say, what was not looked at. Pure."""

from collections.abc import Iterable, Mapping
from typing import Final

from storage.detection.date_changes import dates_told
from storage.diff import words
from storage.diff.changes import BLANK_LINE
from storage.diff.kinds import ranked
from storage.models import Change, Fields

WORDS: Final = frozenset({"title", "subtitle", "body"})
CONTENTS: Final = frozenset({"images", "attachments"})
UNFETCHED: Final = "addresses compared, contents not fetched"


def edit_story(changes: Iterable[Change], before: Fields, after: Fields) -> Mapping[str, object]:
    """Return the detail of an edit, as storage/detection/detect.py lists it; what is empty is left out."""
    listed = tuple(changes)
    diffs = [
        words.diff(_paragraphs(one.before), _paragraphs(one.after)) for one in listed if one.field in WORDS
    ]
    dates = dates_told(before, after)
    told: dict[str, object] = {
        "edit_kinds": [str(kind) for kind in ranked({kind for one in diffs for kind in one.edit_kinds})],
        "coarse": any(one.coarse for one in diffs),
        "dates": str(dates) if dates else None,
        "contents": UNFETCHED if any(one.field in CONTENTS for one in listed) else None,
    }
    return {name: value for name, value in told.items() if value}


def _paragraphs(text: object) -> tuple[str, ...]:
    return tuple(part for part in BLANK_LINE.split(str(text or "")) if part.strip())
