"""Unlisting: a posting is dropped only where the list shows both newer and older ones."""

from datetime import date

import pytest

from storage.detection.unlisting import combine_lists, is_listed_posting
from storage.models import Address, Entry


def entry(number: int, day: int | None) -> Entry:
    address = Address("news.example.mil", str(number), f"https://news.example.mil/Article/{number}/")
    return Entry(address, "A title", published_on=date(2025, 3, day) if day else None)


def told(listed: list[tuple[int, int | None]], number: int, day: int | None) -> bool | None:
    wanted = entry(number, day)
    return is_listed_posting([entry(*one) for one in listed], wanted.address, wanted.published_on)


@pytest.mark.parametrize(
    ("listed", "answer"),
    [
        ([(9, 9), (5, 5), (1, 1)], True),
        ([(9, 9), (4, 4), (1, 1)], False),
        ([], None),
        ([(9, 9), (8, 8), (6, 6)], None),  # cut before its place
        ([(4, 4), (3, 3), (1, 1)], None),  # stale: it may be too new
        ([(1, 1), (9, 9), (8, 8)], None),  # the old one is pinned
        ([(9, 9), (6, 5)], None),  # the order within a day is unknown
        ([(9, 5), (4, 4)], None),
        ([(9, 9), (7, 7), (6, 2)], None),  # a corrected day at the end: the list may reach no further down
        ([(3, 9), (2, 4), (1, 1)], None),  # its own number is too high for where its day belongs
    ],
)
def test_a_listing_names_drops_or_does_not_cover_a_posting(
    listed: list[tuple[int, int | None]], *, answer: bool | None
) -> None:
    assert told(listed, 5, 5) is answer


def test_numbers_decide_where_days_are_missing() -> None:
    assert told([(9, None), (4, None), (3, None)], 5, None) is False
    assert told([(4, None), (3, None)], 5, None) is None


@pytest.mark.parametrize(
    ("answers", "told"),
    [((True, False), True), ((None, True), True), ((False, None), False), ((None, None), None), ((), None)],
)
def test_one_that_names_it_outweighs_and_silence_tells_nothing(
    answers: tuple[bool | None, ...], *, told: bool | None
) -> None:
    assert combine_lists(answers) is told
