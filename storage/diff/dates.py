"""Compares the declared date of a release with what happened to its text. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum

from storage.diff.changes import compute_content_hash, normalize_text
from storage.models import Fields

LATE = timedelta(days=2)  # newsrooms often post a day late, and a printed day has no time zone


class DateChange(StrEnum):
    """How the declared date changed beside the text."""

    DATE_ONLY = "date_only"  # the date moved, the text did not
    TEXT_ONLY = "text_only"  # the text changed while the declared date did not
    BOTH = "both"
    BACK_DATED = "back_dated"  # posted later than its date says


def compare_dates(
    before: Fields | None, after: Fields, absent_at: datetime | None = None
) -> DateChange | None:
    """Return how date and text changed between two revisions; None if neither did.

    Without `before`, the release is new, and `absent_at` is the last complete look at the newsroom that did
    not have it. A new release is back-dated if that look came three days or more after its declared day.
    """
    if before is None:
        day = after.published_on
        late = day is not None and absent_at is not None and day + LATE < absent_at.date()
        return DateChange.BACK_DATED if late else None
    moved = before.published_on != after.published_on
    if _fingerprint_text(before) != _fingerprint_text(after):
        return DateChange.BOTH if moved else DateChange.TEXT_ONLY
    return DateChange.DATE_ONLY if moved else None


def _fingerprint_text(fields: Fields) -> tuple[str, str]:
    return compute_content_hash(fields.title, fields.paragraphs), normalize_text(fields.subtitle or "")
