"""Instants and days as the text that SQLite keeps: ISO 8601, UTC, sortable as they stand."""

from datetime import UTC, date, datetime


def utcnow() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


def text(at: datetime) -> str:
    """Return an aware instant as `2026-01-31T14:00:00.000000Z`: text order is time order."""
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()}: an instant needs a zone")
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def maybe_text(at: datetime | None) -> str | None:
    """Return an instant as text, or None for none."""
    return None if at is None else text(at)


def instant(kept: str) -> datetime:
    """Return the instant that a kept text names."""
    return datetime.fromisoformat(kept)


def parse_optional_instant(kept: str | None) -> datetime | None:
    """Return the instant that a kept text names, or None for none."""
    return None if kept is None else instant(kept)


def day(kept: str | None) -> date | None:
    """Return the day that a kept text names, or None for none."""
    return None if kept is None else date.fromisoformat(kept)
