"""The lines around a title: which are the content type, the day, the author and the office."""

import pytest

from crawler.parsing.platforms.afpims import head


def lines(*rows: str) -> list[tuple[str, ...]]:
    return [(row,) for row in rows]


def test_a_kicker_above_the_title_names_content_type_and_day() -> None:
    found = head.read_head_lines(lines("NEWS | Feb. 12, 2025"), [])
    assert (found.section, found.published) == ("NEWS", ("Feb. 12, 2025",))


def test_a_line_with_by_names_the_author_and_one_without_the_office() -> None:
    found = head.read_head_lines([], lines("By Ada Wick", "12th Example Wing Public Affairs"))
    assert (found.byline, found.organization) == ("Ada Wick", "12th Example Wing Public Affairs")


def test_three_spaces_after_a_comma_part_author_and_office() -> None:
    found = head.read_head_lines([], lines("By Sgt. Ada Wick,   12th Example Wing"))
    assert (found.byline, found.organization) == ("Sgt. Ada Wick", "12th Example Wing")


def test_a_line_before_the_title_is_not_an_office() -> None:
    assert head.read_head_lines(lines("12th Example Wing"), []).organization is None


def test_a_dateline_after_the_title_is_read_without_its_dash() -> None:
    assert head.read_head_lines([], lines("LIGHTHOUSE POINT, Maine --")).dateline == "LIGHTHOUSE POINT, Maine"


def test_every_day_is_returned_so_that_two_can_be_compared() -> None:
    found = head.read_head_lines(lines("May 5, 2024"), lines("Published May 6, 2024", "May 5, 2024"))
    assert found.published == ("May 5, 2024", "May 6, 2024")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("By Ada Wick", True),
        ("Published:", True),
        ("NEWS | Feb. 12, 2025", True),
        ("Thursday, May 5, 2024 10:30 a.m.", True),
        ("The crew met on May 5, 2024 at the pier.", False),
        ("", False),
    ],
)
def test_a_head_line_is_a_date_a_kicker_or_an_author(line: str, expected: bool) -> None:
    assert head.is_head_line(line) is expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("U.S. Example Command", True),
        ("The crew met at the pier.", False),
        ("LIGHTHOUSE POINT -", False),
        ("12", False),
        ("Here's how you know", False),
        ("X" * (head.MAX_OFFICE_LENGTH + 1), False),
    ],
)
def test_an_office_is_a_short_name(words: str, expected: bool) -> None:
    assert head.is_office(words) is expected


@pytest.mark.parametrize(
    ("blocks", "length"),
    [
        (("By Ada Wick", "May 5, 2024", "The crew met."), 2),
        (("U.S. Example Command", "The crew met."), 1),
        (("The crew met.",), 0),
        (("By Ada Wick",), 1),
        ((), 0),
    ],
)
def test_the_head_ends_where_the_text_begins(blocks: tuple[str, ...], length: int) -> None:
    assert head.count_head_blocks(blocks) == length
