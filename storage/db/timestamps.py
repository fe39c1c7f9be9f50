"""Instants and days as the text that SQLite stores: ISO 8601 in UTC, so that text order is time order."""

from datetime import UTC, date, datetime


def get_utc_now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


def format_timestamp(at: datetime) -> str:
    """Return an aware instant as `2026-01-31T14:00:00.000000Z`. Raises ValueError where it has no zone."""
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()}: an instant needs a zone")
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


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
