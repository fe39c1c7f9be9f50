"""Declared dates beside the text."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from storage.diff.dates import DateChange, compare_dates
from storage.models import Confidence, Fields

DAY = date(2025, 3, 1)
RELEASE = Fields("A title", ("One paragraph.",), "test:1", Confidence.HIGH, "g4", published_on=DAY)
REDATED = replace(RELEASE, published_on=date(2025, 3, 2))
REWORDED = replace(RELEASE, paragraphs=("Another paragraph.",))


@pytest.mark.parametrize(
    ("after", "story"),
    [
        (RELEASE, None),
        (REDATED, DateChange.DATE_ONLY),
        (REWORDED, DateChange.TEXT_ONLY),
        (replace(RELEASE, subtitle="A subtitle"), DateChange.TEXT_ONLY),
        (replace(REWORDED, published_on=REDATED.published_on), DateChange.BOTH),
        (replace(RELEASE, paragraphs=("One  paragraph.",)), None),
        (replace(RELEASE, byline="By A. Writer"), None),
    ],
)
def test_a_date_and_a_text_move_together_or_apart(after: Fields, story: DateChange | None) -> None:
    assert compare_dates(RELEASE, after) is story


@pytest.mark.parametrize(("day", "late"), [(2, False), (3, False), (4, True), (20, True)])
def test_an_insertion_is_back_dated_if_the_newsroom_lacked_it_days_later(day: int, *, late: bool) -> None:
    absent_at = datetime(2025, 3, day, 12, tzinfo=UTC)
    assert (compare_dates(None, RELEASE, absent_at) is DateChange.BACK_DATED) == late


def test_an_insertion_nobody_looked_for_before_is_not_back_dated() -> None:
    assert compare_dates(None, RELEASE) is None
