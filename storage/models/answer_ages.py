"""How old an answer is, and whether an older one than was judged before tells anything. Pure.

Behind a content network, one address may be answered by machines of which some still have the old page, or
the old error. Such an answer says nothing new: an old text is no edit, an old page no return, an old error no
absence. Two things tell its age (RFC 9110 and 9111): `Last-Modified`, of the text; and `Date` with `Age`, of
the answer.

- Last-Modified counts between answers that show the story; a page that stands in its place has its own.
- It decides where both have one and they differ; else Date and Age do.
- Where Date is the present, a machine in between renewed it and Age counts from there; else, where Date and
  Age add up to the present, Date is that of the answer; else Date minus Age.
- What lies after the look is a wrong clock's, and is not known. Nor is a Date whose Age is no number.

A site may also put an older text back for good, with its old Last-Modified, and a clock may be set back. So
older answers are believed once they alone have come for long: six looks and 72 hours. While old and new come
in turn, that does not happen.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from storage.models.release import Page

TOLERANCE: Final = timedelta(minutes=1)  # between the clocks of the machines of one site
AHEAD: Final = timedelta(minutes=5)  # how far after the look a time may lie, by our clock or theirs
LONGEST_AGE_S: Final = 10 * 365 * 86400
FEWEST_LOOKS: Final = 6  # in a row with older answers, before they are believed
SPAN: Final = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class AnswerAge:
    """From when an answer is; None where that is not known."""

    modified_at: datetime | None = None  # the text
    made_at: datetime | None = None  # the answer


@dataclass(frozen=True, slots=True)
class JudgedAnswers:
    """The newest answers that were judged of one address, and the older ones that came since, in a row."""

    newest: AnswerAge
    older_looks: int = 0
    older_first_at: datetime | None = None


NOTHING_KNOWN: Final = JudgedAnswers(AnswerAge())


def read_answer_age(page: Page, at: datetime, *, shows_story: bool) -> AnswerAge:
    """Return from when an answer to a look at an instant is."""
    modified_at = _parse_time(page, "last-modified", at) if shows_story else None
    date, age = _parse_time(page, "date", at), _parse_age(page)
    if date is None or age is None:
        return AnswerAge(modified_at)
    is_original = at - date > AHEAD and abs(date + age - at) <= AHEAD
    return AnswerAge(modified_at, date if is_original else date - age)


def is_older_answer(answer: AnswerAge, judged: AnswerAge) -> bool:
    """Return whether an answer is older than the newest that was judged, as far as both are known."""
    if answer.modified_at and judged.modified_at and answer.modified_at != judged.modified_at:
        return answer.modified_at < judged.modified_at
    if answer.made_at and judged.made_at:
        return answer.made_at < judged.made_at - TOLERANCE
    return False


def add_older_answer(judged: JudgedAnswers, at: datetime) -> JudgedAnswers:
    """Return the same with one more older answer."""
    return replace(judged, older_looks=judged.older_looks + 1, older_first_at=judged.older_first_at or at)


def are_older_answers_believed(judged: JudgedAnswers, at: datetime) -> bool:
    """Return whether older answers alone have come for so long that they are what the site shows."""
    first_at = judged.older_first_at
    return first_at is not None and judged.older_looks >= FEWEST_LOOKS and at - first_at >= SPAN


def add_judged_answer(judged: JudgedAnswers | None, answer: AnswerAge, *, is_older: bool) -> JudgedAnswers:
    """Return the newest answers after one more was judged; an older one that is believed replaces them."""
    if judged is None or is_older:
        return JudgedAnswers(answer)
    newest = judged.newest
    return JudgedAnswers(
        AnswerAge(
            max(filter(None, (newest.modified_at, answer.modified_at)), default=None),
            max(filter(None, (newest.made_at, answer.made_at)), default=None),
        )
    )


def _parse_time(page: Page, name: str, at: datetime) -> datetime | None:
    """Return the time that a header gives; None where it is missing, twice, no time, or after the look."""
    values = {value.strip() for key, value in page.headers if key == name}
    try:
        (value,) = values
        found = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    return found if found <= at + AHEAD else None


def _parse_age(page: Page) -> timedelta | None:
    """Return the value of Age; nothing where it is missing, None where it is no such number."""
    values = [value.strip() for key, value in page.headers if key == "age"]
    if not values:
        return timedelta()
    is_number = all(value.isascii() and value.isdecimal() and len(value) < 12 for value in values)
    seconds = max(map(int, values)) if is_number else LONGEST_AGE_S + 1
    return timedelta(seconds=seconds) if seconds <= LONGEST_AGE_S else None
