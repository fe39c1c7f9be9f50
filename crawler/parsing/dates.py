"""Dates as newsrooms print them. A printed day is never converted between time zones."""

import re
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")

MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
MONTH = r"(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b\.?"
# AP style ("Dec. 2, 2024", "May 5, 2020"), long ("November 09, 2015"), military ("22 April 2024"),
# "MM/DD/YYYY" in message lists, "09.04.2012" on DVIDS (month first), ISO, and the two East Asian forms.
FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"\b{MONTH}\s*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s*,?\s*(?P<year>\d{{4}})(?!\d)",
        rf"(?<!\d)(?P<day>\d{{1,2}})\s*{MONTH}\s*,?\s*(?P<year>\d{{4}})(?!\d)",
        r"(?<![\d/])(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})(?!\d)",
        r"(?<![\d.])(?P<month>\d{2})\.(?P<day>\d{2})\.(?P<year>\d{4})(?!\d)",
        r"(?<!\d)(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?!\d)",
        r"(?<!\d)(?P<year>\d{4})\s*[年년]\s*(?P<month>\d{1,2})\s*[月월]\s*(?P<day>\d{1,2})\s*[日일]",
    )
)
YEARS = range(1900, 2101)


def parse_day(raw: str) -> date | None:
    """Return the first date in a text, or None; relative words ("5 days ago") are not a date."""
    found = find_printed_day(raw)
    return found[1] if found else None


def find_printed_day(raw: str) -> tuple[str, date] | None:
    """Return the first date in a text, as printed and as a date, or None."""
    matches = sorted(
        (match for form in FORMS if (match := form.search(raw))), key=lambda match: match.start()
    )
    for match in matches:
        if (on := _make_date(match)) is not None:
            return match[0], on
    return None


def parse_instant(raw: str) -> datetime | None:
    """Return an RFC 822 or ISO 8601 time that names its zone as a UTC instant, else None."""
    for read in (_parse_rfc822, _parse_iso):
        found = read(raw.strip())
        if found is not None:
            return _convert_to_utc(found) if found.tzinfo else None
    return None


def parse_eastern(raw: str) -> datetime | None:
    """Return an ISO 8601 time as a UTC instant, taken as U.S. Eastern without a zone; None if unreadable.

    Source: `publish-date-jss` of AFPIMS listings. Contracts carry 17:00:31 there and come out at 5 p.m.
    Eastern, so the zone is inferred (seen on war.gov, late 2025).
    """
    found = _parse_iso(raw.strip())
    if found is None or "T" not in raw.upper():
        return None
    return _convert_to_utc(found if found.tzinfo else found.replace(tzinfo=EASTERN))


def _convert_to_utc(found: datetime) -> datetime | None:
    try:
        return found.astimezone(UTC)
    except OverflowError:  # "0001-01-01T00:00:00+05:00", the empty date of some systems
        return None


def _make_date(match: re.Match[str]) -> date | None:
    month = match["month"].lower()
    number = MONTHS.get(month) or int(month)
    try:
        found = date(int(match["year"]), number, int(match["day"]))
    except ValueError:
        return None
    return found if found.year in YEARS else None


def _parse_rfc822(raw: str) -> datetime | None:
    try:
        return parsedate_to_datetime(raw)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _parse_iso(raw: str) -> datetime | None:
    try:
        return datetime.fromisoformat(raw)
    except ValueError:
        return None
