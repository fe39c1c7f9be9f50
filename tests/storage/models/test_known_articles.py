"""Where our knowledge of a source ends, and which entries existed before we came."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.models import known_articles
from storage.models.known_articles import Horizon
from tests.support.make_looks import DAY, entry


@pytest.mark.parametrize(
    ("number", "on", "below"),
    [
        ("89", DAY, True),
        ("90", DAY, False),
        ("95", DAY - timedelta(days=30), True),  # an old draft's number says less than its day
        ("50", DAY + timedelta(days=1), False),  # a draft that was begun early and published late
        ("101", DAY - timedelta(days=30), False),  # newer than all we met, whatever day it prints
        ("89", None, True),
        ("95", None, False),
        ("old-slug", None, False),
    ],
)
def test_number_and_day_together_tell_what_was_there_before_us(
    number: str, on: date | None, below: bool
) -> None:
    assert known_articles.is_below_horizon(Horizon(90, DAY, 100), entry(number, on)) is below


def test_an_entry_above_a_newer_one_is_pinned() -> None:
    days = [date(2020, 1, 1), DAY, DAY - timedelta(days=1)]
    dated = [entry(str(n), on) for n, on in enumerate(days)]
    assert known_articles.find_pinned(dated) == [True, False, False]
    assert known_articles.find_pinned([entry(n, None) for n in ("5", "9", "8")]) == [True, False, False]


@pytest.mark.parametrize(
    ("number", "parsed"),
    [("100", 100), ("007", 7), ("old-slug", None), ("", None), (None, None), ("9" * 19, None), ("²", None)],
)
def test_only_what_sqlite_can_compare_is_an_article_number(number: str | None, parsed: int | None) -> None:
    assert known_articles.parse_article_number(number) == parsed


@given(st.lists(st.integers(0, 40), unique=True))
def test_a_list_from_newest_to_oldest_has_no_pinned_entry(days: list[int]) -> None:
    entries = [entry(str(n), DAY + timedelta(days=n)) for n in sorted(days, reverse=True)]
    assert not any(known_articles.find_pinned(entries))


def test_nothing_is_below_a_horizon_that_is_not_known_yet() -> None:
    assert not known_articles.is_below_horizon(Horizon(), entry("1", date(2001, 1, 1)))
