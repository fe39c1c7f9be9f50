"""Dates as newsrooms print them. A printed day is never converted between time zones."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
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
MONTH = r"(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")(?![^\W\d_])\.?"
# AP style ("Dec. 2, 2024", "May 5, 2020"), long ("November 09, 2015"), military ("22 April 2024",
# "05SEP2026"), ISO and its kin ("2026/03/05", Korean "2026. 3. 5."), and the two East Asian forms.
FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"\b{MONTH}\s*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s*,?\s*(?P<year>\d{{4}})(?!\d)",
        rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?\s*(?:of\s+)?{MONTH}\s*,?\s*(?P<year>\d{{4}})(?!\d)",
        r"(?<!\d)(?P<year>\d{4})(?P<gap>[-/]|\.\s?)(?P<month>\d{1,2})(?P=gap)(?P<day>\d{1,2})(?!\d)",
        r"(?<!\d)(?P<year>\d{4})\s*[年년]\s*(?P<month>\d{1,2})\s*[月월]\s*(?P<day>\d{1,2})\s*[日일]",
    )
)
# "MM/DD/YYYY" in message lists, "09.04.2012" on DVIDS, "31.12.2025" in German: the language tells the order.
IN_NUMBERS = tuple(
    re.compile(form)
    for form in (
        r"(?<![\d/])(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<year>\d{4})(?![\d/])",
        r"(?<![\d.])(?P<first>\d{1,2})\.\s?(?P<second>\d{1,2})\.\s?(?P<year>\d{4})(?!\d)",
        r"(?<![\d-])(?P<first>\d{1,2})-(?P<second>\d{1,2})-(?P<year>\d{4})(?![\d-])",
    )
)
YEARS = range(1900, 2101)
WESTERNMOST = timedelta(hours=8)  # behind UTC: the Pacific coast
US_ENGLISH = "en-us"
ANY_ORDER = "en-gb"  # to see whether a text has a day in numbers at all, in whichever order
MONTH_FIRST = frozenset({"en", US_ENGLISH, "en-ph"})  # "en" alone: the newsrooms are American
UNCERTAIN = frozenset({"en-ca", "fr-ca", "en-za"})  # both orders are in use
OTHER_MONTHS = {
    "de": "januar februar märz april mai juni juli august september oktober november dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
}
SPELT_OTHERWISE = {"maerz": "märz", "jänner": "januar", "feber": "februar", "setiembre": "septiembre"}
WORD = r"(?P<month>[^\W\d_]{3,12})\.?"
IN_WORDS = (
    re.compile(
        rf"(?<!\d)(?P<day>\d{{1,2}})(?:\.|er|º|°)?\s+(?:de\s+)?{WORD},?\s+(?:del?\s+)?(?P<year>\d{{4}})(?!\d)"
    ),
    re.compile(rf"\b{WORD}\s+(?P<day>\d{{1,2}})\s*,\s*(?:del?\s+)?(?P<year>\d{{4}})(?!\d)"),
)
# What may stand beside a day in a line that only tells the day.
LABEL = re.compile(
    r"(?:[/•]\s*)?(?:(?:date\s+)?(?:published|posted|released)|(?:release|publication|publish|post)\s+date|date"
    r"|for\s+(?:immediate\s+)?release|veröffentlicht|publié|publicado|pubblicato)\b"
    r"(?:\s+(?:on|am|le|el|il)\b)?\s*:?\s*",
    re.IGNORECASE,
)
AGE = re.compile(
    r"[\s(|,•·-]*\b(?:(?:about|around|almost|nearly|over|less\s+than)\s+)?"
    r"(?:(?:an?|\d+)\s*(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|wks?|weeks?|mos?|months?|yrs?|years?)"
    r"\.?\s+ago|moments\s+ago|just\s+now|yesterday)\b[\s)|,•·(-]*(?:on\s+)?",
    re.IGNORECASE,
)
WEEKDAY = re.compile(
    r"(?:(?:(?:mon|tues|wednes|thurs|fri|satur|sun)(?:day)?|tue|wed|thur?|sat|(?:mon|diens|donners|frei|sams|sonn)tag"
    r"|mittwoch|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|miércoles|jueves|viernes|sábado"
    r"|domingo|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica|(?:segunda|terça|quarta|quinta|sexta)-feira)"
    r"\.?,?\s*(?:(?:den|le|el)\s+)?)?",
    re.IGNORECASE,
)
TIME = re.compile(r"\.?\)?(?:[,T ]+(?:(?:at|um|à|-)\s+)?[\d:.]+.{0,12})?", re.DOTALL | re.IGNORECASE)
LONGEST_STATED_DAY = 300  # characters of a line; AGE takes the square of its length
ZONE_NAME = re.compile(r"\s*(?:UTC|GMT)$")


def parse_day(raw: str, language: str | None = US_ENGLISH) -> date | None:
    """Return the first date in a text, or None; relative words ("5 days ago") are not a date.

    `language` tells whether "04.05.2026" is in April or in May; without one such a day is not guessed.
    """
    found = find_printed_day(raw, language)
    return found[1] if found else None


def find_printed_day(raw: str, language: str | None = US_ENGLISH) -> tuple[str, date] | None:
    """Return the first date in a text, as printed and as a date, or None; `language` as for `parse_day`."""
    tongue = (language or "").strip().lower().replace("_", "-")
    found = [
        (match, _make_date(match["year"], match["month"], match["day"])) for match in _search(FORMS, raw)
    ]
    found += [(match, _read_numbers(match, tongue)) for match in _search(IN_NUMBERS, raw)]
    if tongue.partition("-")[0] in OTHER_MONTHS:
        found += [(match, _read_words(match, tongue.partition("-")[0])) for match in _search(IN_WORDS, raw)]
    dated = [(match.start(), match[0], on) for match, on in found if on is not None]
    return min(dated)[1:] if dated else None


def has_day(raw: str) -> bool:
    """Return whether a text has a date, whether or not its language tells day and month apart."""
    return find_printed_day(raw, ANY_ORDER) is not None


def find_stated_day(line: str) -> str | None:
    """Return the day, as printed, of a line that tells a day and nothing else; None for any other line.

    Beside it may stand "Published", a weekday, a time, and an age ("2 hours ago, March 5, 2026").
    """
    if len(line) > LONGEST_STATED_DAY:
        return None
    rest = AGE.sub("", LABEL.sub("", line, count=1), count=1)
    printed = next(
        (found for each in (US_ENGLISH, *OTHER_MONTHS) if (found := find_printed_day(rest, each))), None
    )
    before, _, behind = rest.partition(printed[0]) if printed else (rest, "", "")
    return printed[0] if printed and WEEKDAY.fullmatch(before) and TIME.fullmatch(behind) else None


def parse_metadata_day(raw: str, language: str | None = US_ENGLISH) -> date | None:
    """Return the day of a text, as `parse_day`, or of a time as machines write it.

    A time with the newsroom's own zone gives its day; midnight in UTC is how systems write a day alone. Any
    other time in UTC gives no day where the newsrooms' clocks still show the day before.
    """
    at = _parse_iso(raw.strip()) or _parse_rfc822(raw)
    if at is not None and at.tzinfo is not None and not at.utcoffset():
        since_midnight = at - at.replace(hour=0, minute=0, second=0, microsecond=0)
        if timedelta(0) < since_midnight < WESTERNMOST:
            return None
    return parse_day(raw, language) or (at.date() if at and at.year in YEARS else None)


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


def _search(forms: Iterable[re.Pattern[str]], raw: str) -> Iterator[re.Match[str]]:
    return (match for form in forms if (match := form.search(raw)))


def _read_numbers(match: re.Match[str], tongue: str) -> date | None:
    """Return the day of two numbers and a year, where language or size tells which number is the month."""
    month_first = _make_date(match["year"], match["first"], match["second"])
    day_first = _make_date(match["year"], match["second"], match["first"])
    if tongue in MONTH_FIRST:
        return month_first or day_first
    if tongue and tongue not in UNCERTAIN:
        return day_first or month_first
    return None if month_first and day_first and month_first != day_first else month_first or day_first


def _read_words(match: re.Match[str], language: str) -> date | None:
    months = [_fold_letters(month) for month in OTHER_MONTHS[language].split()]
    name = match["month"].lower()
    name = _fold_letters(SPELT_OTHERWISE.get(name, name))
    found = [i for i, month in enumerate(months, start=1) if month.startswith(name)]
    return _make_date(match["year"], str(found[0]), match["day"]) if len(found) == 1 else None


def _fold_letters(word: str) -> str:
    """Return a word without its accents: "Août" is printed as "AOUT" too."""
    return "".join(each for each in unicodedata.normalize("NFKD", word) if not unicodedata.combining(each))


def _make_date(year: str, month: str, day: str) -> date | None:
    try:
        found = date(int(year), MONTHS.get(month.lower()) or int(month), int(day))
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
        return datetime.fromisoformat(ZONE_NAME.sub("+00:00", raw))
    except ValueError:
        return None
