"""A wall that grows over a newsroom: an absence behind it is no removal."""

import pytest

from storage.detection.walls import RecentFailures, explain_wall


@pytest.mark.parametrize(
    ("looked_at", "failing", "is_wall"),
    [
        (9, 1, False),
        (9, 2, False),
        (9, 3, True),
        (30, 2, False),
        (30, 3, True),
        (300, 3, False),
        (300, 4, True),
    ],
)
def test_a_few_failing_releases_are_no_wall_and_many_are(
    looked_at: int, failing: int, *, is_wall: bool
) -> None:
    assert bool(explain_wall(RecentFailures(looked_at, failing))) is is_wall


@pytest.mark.parametrize(
    ("by_run", "is_wall"),
    [
        ((0, 1, 1, 1, 1), False),
        ((0, 1, 2, 3), True),
        ((0, 1, 2, 3, 0, 0), True),
        ((0, 1, 2), False),
        ((), False),
    ],
)
def test_a_number_that_rises_three_times_in_a_row_is_a_wall(
    by_run: tuple[int, ...], *, is_wall: bool
) -> None:
    assert bool(explain_wall(RecentFailures(300, 0, by_run))) is is_wall


def test_the_reason_says_how_many_releases_of_how_many() -> None:
    assert "4 of 30 releases" in explain_wall(RecentFailures(30, 4))
