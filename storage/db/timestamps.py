"""Instants and days as the text that SQLite stores: ISO 8601 in UTC, so that text order is time order."""

from datetime import UTC, date, datetime
from functools import lru_cache


def get_utc_now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


def format_timestamp(at: datetime) -> str:
    """Return an aware instant as `2026-01-31T14:00:00.000000Z`. Raises ValueError where it has no zone."""
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()}: an instant needs a zone")
    return _format_utc(at if at.tzinfo is UTC else at.astimezone(UTC))


@lru_cache(maxsize=1024)  # the instants of a look are written in a dozen rows
def _format_utc(at: datetime) -> str:
    return f"{at.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def format_optional_timestamp(at: datetime | None) -> str | None:
    """Return an instant as text, or None for None."""
    return None if at is None else format_timestamp(at)


def parse_timestamp(text: str) -> datetime:
    """Return the instant that a stored text names."""
    return datetime.fromisoformat(text)


def parse_optional_timestamp(text: str | None) -> datetime | None:
    """Return the instant that a stored text names, or None for None."""
    return None if text is None else parse_timestamp(text)


def parse_stored_day(text: str | None) -> date | None:
    """Return the day that a stored text names, or None for None."""
    return None if text is None else date.fromisoformat(text)
