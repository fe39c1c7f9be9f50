"""Every form of date that a newsroom was seen to print."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.parsing import dates

AP_MONTHS = ("Jan.", "Feb.", "March", "April", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.", "Dec.")


@pytest.mark.parametrize(
    ("raw", "on"),
    [
        ("Dec. 2, 2024", date(2024, 12, 2)),
        ("Sept. 30, 2025", date(2025, 9, 30)),
        ("May 5, 2020", date(2020, 5, 5)),
        ("August 22, 2013", date(2013, 8, 22)),
        ("November 09, 2015", date(2015, 11, 9)),
        ("22 April 2024", date(2024, 4, 22)),
        ("02/12/2025", date(2025, 2, 12)),
        ("09.04.2012", date(2012, 9, 4)),
        ("2024-12-30T07:37:17", date(2024, 12, 30)),
        ("5 days ago, March 14, 2026", date(2026, 3, 14)),
        ("Contracts For Sept. 30, 2025", date(2025, 9, 30)),
        ("2025年2月12日", date(2025, 2, 12)),
        ("05SEP2026", date(2026, 9, 5)),
        ("the 5th of September 2026", date(2026, 9, 5)),
        ("2026/09/05", date(2026, 9, 5)),
        ("2026. 9. 5.", date(2026, 9, 5)),
        ("2026-9-5", date(2026, 9, 5)),
        ("09-05-2026", date(2026, 9, 5)),
        ("2025년 2월 12일", date(2025, 2, 12)),
    ],
)
def test_a_printed_day_is_read(raw: str, on: date) -> None:
    assert dates.parse_day(raw) == on


@pytest.mark.parametrize(
    "raw",
    ["", "17 hours ago", "Sept. 30", "Feb. 30, 2024", "Maybe 2020", "13/13/2024", "May 2020", "12:30 p.m."],
)
def test_what_names_no_day_gives_none(raw: str) -> None:
    assert dates.parse_day(raw) is None


def test_the_day_is_given_as_it_is_printed() -> None:
    assert dates.find_printed_day("Published Dec. 2, 2024 at noon") == ("Dec. 2, 2024", date(2024, 12, 2))


@pytest.mark.parametrize(
    ("raw", "language", "on"),
    [
        ("05.03.2026", "de-DE", date(2026, 3, 5)),
        ("05.03.2026", "en-US", date(2026, 5, 3)),
        ("05/03/2026", "en-GB", date(2026, 3, 5)),
        ("05/03/2026", "it", date(2026, 3, 5)),
        ("05/03/2026", None, None),
        ("05/03/2026", "en-CA", None),
        ("05/05/2026", None, date(2026, 5, 5)),
        ("31/12/2025", None, date(2025, 12, 31)),
        ("12/31/2025", "de", date(2025, 12, 31)),
        ("5. März 2026", "de", date(2026, 3, 5)),
        ("le 5 mars 2026", "fr-FR", date(2026, 3, 5)),
        ("5 de marzo de 2026", "es", date(2026, 3, 5)),
        ("5 de setiembre del 2026", "es", date(2026, 9, 5)),
        ("Mayo 5, 2026", "es-US", date(2026, 5, 5)),
        ("5 févr. 2026", "fr", date(2026, 2, 5)),
        ("5 juil. 2026", "fr", date(2026, 7, 5)),
        ("5 jui 2026", "fr", None),
        ("5 AOUT 2026", "fr", date(2026, 8, 5)),
        ("5. Maerz 2026", "de", date(2026, 3, 5)),
        ("5. Jänner 2026", "de-AT", date(2026, 1, 5)),
        ("4. 5. 2026", "de", date(2026, 5, 4)),
        ("04-05-2026", "nl", date(2026, 5, 4)),
        ("04-05-2026", None, None),
        ("March 5, 2026", "de", date(2026, 3, 5)),
        ("2026-03-05", None, date(2026, 3, 5)),
    ],
)
def test_the_language_tells_which_is_the_month(raw: str, language: str | None, on: date | None) -> None:
    assert dates.parse_day(raw, language) == on


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("2 hours ago, March 5, 2026", "March 5, 2026"),
        ("A day ago | March 5, 2026", "March 5, 2026"),
        ("Published 3 weeks ago - March 5, 2026", "March 5, 2026"),
        ("5 minutes ago (March 5, 2026)", "March 5, 2026"),
        ("Veröffentlicht am 5. März 2026", "5. März 2026"),
        ("Donnerstag, den 5. März 2026", "5. März 2026"),
        ("Thu, March 5, 2026", "March 5, 2026"),
        ("2026. 3. 5.", "2026. 3. 5"),
        ("Date posted: 03/05/2026", "03/05/2026"),
        ("Release date: March 5, 2026", "March 5, 2026"),
        ("For Immediate Release: March 5, 2026", "March 5, 2026"),
        ("PUBLISHED MARCH 5, 2026 AT 3:45 P.M.", "MARCH 5, 2026"),
        ("Until March 5, 2026", None),
        ("Released hostages on March 5, 2026", None),
        ("2 hours ago", None),
        ("The exercise begins June 9, 2027 at the port and runs for two weeks.", None),
        ("2 hours ago the crew of March 5, 2026 left", None),
    ],
)
def test_a_line_states_a_day_where_it_says_nothing_else(line: str, day: str | None) -> None:
    assert dates.find_stated_day(line) == day


@given(st.dates(min_value=date(1950, 1, 1), max_value=date(2090, 1, 1)))
def test_every_day_reads_back_from_every_form(on: date) -> None:
    forms = (
        f"{AP_MONTHS[on.month - 1]} {on.day}, {on.year}",
        f"{on:%B} {on.day:02d}, {on.year}",
        f"{on:%m/%d/%Y}",
        on.isoformat(),
    )
    assert {dates.parse_day(form) for form in forms} == {on}


@given(st.text(max_size=60))
def test_no_text_is_too_odd_for_a_question(raw: str) -> None:
    dates.parse_day(raw)
    dates.parse_instant(raw)
    dates.parse_eastern(raw)


def test_an_instant_needs_a_zone() -> None:
    noon = datetime(2015, 12, 17, 12, tzinfo=UTC)
    assert dates.parse_instant("Thu, 17 Dec 2015 12:00:00 GMT") == noon
    assert dates.parse_instant("2015-12-17T07:00:00-05:00") == noon
    assert dates.parse_instant("2015-12-17T12:00:00Z") == noon
    assert dates.parse_instant("2015-12-17T12:00:00") is None
    assert dates.parse_instant("yesterday") is None


def test_times_of_listings_are_eastern() -> None:
    assert dates.parse_eastern("2024-12-30T17:00:31") == datetime(2024, 12, 30, 22, 0, 31, tzinfo=UTC)
    assert dates.parse_eastern("2024-06-30T17:00:31") == datetime(2024, 6, 30, 21, 0, 31, tzinfo=UTC)
    assert dates.parse_eastern("2024-06-30") is None
    assert dates.parse_eastern("soon") is None


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-03-05T22:00:00-05:00", date(2026, 3, 5)),
        ("2026-03-06T03:00:00Z", None),
        ("2026-03-06T03:00:00+00:00", None),
        ("Fri, 06 Mar 2026 03:00:00 GMT", None),
        ("2026-03-05T18:00:00Z", date(2026, 3, 5)),
        ("2026-03-05T00:00:00Z", date(2026, 3, 5)),
        ("2026-03-05T03:00:00", date(2026, 3, 5)),
        ("2026-03-05", date(2026, 3, 5)),
        ("March 5, 2026", date(2026, 3, 5)),
    ],
)
def test_a_time_in_utc_gives_no_day_while_newsrooms_have_another(written: str, day: date | None) -> None:
    assert dates.parse_metadata_day(written) == day


@pytest.mark.parametrize(
    ("raw", "on"),
    [
        ("20260906", date(2026, 9, 6)),
        ("2026-09-06 03:30:00 UTC", None),
        ("2026-09-06 13:30 GMT", date(2026, 9, 6)),
    ],
)
def test_metadata_in_further_forms_are_read(raw: str, on: date | None) -> None:
    assert dates.parse_metadata_day(raw) == on
