"""What a changed number counts, only where the words beside it show it."""

import pytest

from storage.diff.numbers import describe_number


@pytest.mark.parametrize(
    ("before", "after", "subject"),
    [
        ("sent ", " troops to", "the number of troops"),
        ("", " troops", "the number of troops"),
        ("More than ", " people.", "the number of people"),
        ("with ", " American soldiers", "the number of American soldiers"),
        ("with ", " additional aircraft and", "the number of additional aircraft"),
        ("with ", " Marines", "the number of Marines"),
        ("for ", " weeks", "the number of weeks"),
        ("with ", " of the troops", "a number"),  # what they are is not known
        ("Route ", " drivers", "a number"),  # the name of a road
        ("for article ", " hearings", "a number"),
        ("under ", " women", "a number"),  # an age
        ("30 to ", " troops", "a number"),  # half of a range
        ("12 of ", " ships", "a number"),
        ("12 – ", " ships", "a number"),
        ("F-", " fighters", "a number"),
        ("with ", " soldiers' families", "a number"),
        ("with ", " was", "a number"),
        ("with ", " across", "a number"),
        ("with ", " attended classes", "a number"),
        ("with ", "-day drills", "a number"),
        ("with ", "", "a number"),
    ],
)
def test_a_number_counts_what_follows_it_where_that_is_sure(before: str, after: str, subject: str) -> None:
    assert describe_number("40", "47", before, after) == (subject, "40", "47")


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("cost $", " million", ("an amount", "$40 million", "$47 million")),
        ("cost €", " a day", ("an amount", "€40", "€47")),
        ("about ", "% of them", ("a share", "40%", "47%")),
        ("about ", " percent of them", ("a share", "40 percent", "47 percent")),
        ("about ", " million people", ("a number", "40 million", "47 million")),
    ],
)
def test_a_number_keeps_its_unit(before: str, after: str, found: tuple[str, str, str]) -> None:
    assert describe_number("40", "47", before, after) == found


@pytest.mark.parametrize(
    ("removed", "added"),
    [("40 to 50", "47"), ("40", "many"), ("", "47"), ("40th", "47th"), ("1" * 21, "2"), ("４０", "47")],
)
def test_what_is_no_plain_number_is_left_to_the_words(removed: str, added: str) -> None:
    assert describe_number(removed, added, "sent ", " troops") is None


def test_a_year_counts_nothing() -> None:
    assert describe_number("2024", "2025", "the ", " exercises") == ("a number", "2024", "2025")
    assert describe_number("2,024", "2,025", "the ", " troops") == ("the number of troops", "2,024", "2,025")


def test_spelled_numbers_count_too() -> None:
    assert describe_number("five", "six", "The ", " boats") == ("the number of boats", "five", "six")
