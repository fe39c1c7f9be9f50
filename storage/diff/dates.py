"""What the declared date of a release tells beside its text. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum

from storage.diff.changes import compute_content_hash, normalize_text
from storage.models import Fields

LATE = timedelta(days=2)  # newsrooms post a day late as a matter of routine, and a printed day has no zone


class DateChange(StrEnum):
    """How a declared date and a text went together."""

    DATE_ONLY = "date_only"  # the date moved, the text did not
    TEXT_ONLY = "text_only"  # the text changed while the declared date did not
    BOTH = "both"
    BACK_DATED = "back_dated"  # put in later than its date says


def compare_dates(
    before: Fields | None, after: Fields, absent_at: datetime | None = None
) -> DateChange | None:
    """Return what the dates of two revisions tell; None if nothing.

    Without a revision before it is an insertion: `absent_at` is then the last complete look at the newsroom
    that did not have it. An insertion is back-dated if that look came three days or more after its day.
    """
    if before is None:
        day = after.published_on
        late = day is not None and absent_at is not None and day + LATE < absent_at.date()
        return DateChange.BACK_DATED if late else None
    moved = before.published_on != after.published_on
    if _text(before) != _text(after):
        return DateChange.BOTH if moved else DateChange.TEXT_ONLY
    return DateChange.DATE_ONLY if moved else None


def _text(fields: Fields) -> tuple[str, str]:
    return compute_content_hash(fields.title, fields.paragraphs), normalize_text(fields.subtitle or "")
