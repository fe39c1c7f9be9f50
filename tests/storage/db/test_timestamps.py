"""Instants as text sort as instants, and read back."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.db.timestamps import (
    format_optional_timestamp,
    format_timestamp,
    get_utc_now,
    parse_optional_timestamp,
    parse_stored_day,
    parse_timestamp,
)

ZONES = st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours)))
INSTANTS = st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=ZONES)  # noqa: DTZ001  # zones are added


def test_an_instant_is_written_in_utc_with_microseconds() -> None:
    at = datetime(2026, 1, 31, 23, 0, tzinfo=timezone(timedelta(hours=9)))
    assert format_timestamp(at) == "2026-01-31T14:00:00.000000Z"


@given(INSTANTS)
def test_an_instant_reads_back(at: datetime) -> None:
    assert parse_timestamp(format_timestamp(at)) == at


@given(INSTANTS, INSTANTS)
def test_the_order_of_texts_is_the_order_of_time(one: datetime, two: datetime) -> None:
    assert (format_timestamp(one) < format_timestamp(two)) == (one < two)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a zone"):
        format_timestamp(datetime(2026, 1, 31))  # noqa: DTZ001  # what is refused


def test_none_stays_none() -> None:
    assert format_optional_timestamp(None) is None
    assert parse_optional_timestamp(None) is None
    assert parse_stored_day(None) is None


def test_optional_values_are_read_like_others() -> None:
    at = datetime(2026, 1, 31, 14, tzinfo=UTC)
    assert parse_optional_timestamp(format_optional_timestamp(at)) == at
    assert parse_stored_day("2026-01-31") == date(2026, 1, 31)


def test_now_has_a_zone() -> None:
    assert get_utc_now().utcoffset() == timedelta(0)
