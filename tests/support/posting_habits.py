"""Made-up newsrooms that post by chance, by the habits of offices, over years: when their posts appear."""

import random
from datetime import UTC, datetime, timedelta

from tests.support.simulated_weeks import poisson

BEGIN = datetime(2022, 3, 1, tzinfo=UTC)
# Federal holidays, roughly where they fall; offices are closed on them.
HOLIDAYS = frozenset(
    {(1, 1), (1, 20), (2, 17), (5, 26), (6, 19), (7, 4), (9, 1), (10, 13), (11, 11), (11, 27), (11, 28)}
)


def office(at: datetime, quiet: tuple[int, int]) -> float:
    """Return how much an office posts in an hour: little at night, on weekends, holidays and at a year's end.

    `quiet` are the days of December and January on which its leave begins and ends.
    """
    share = 0.03 if at.weekday() >= 5 else 1.0
    share *= 0.05 if (at.month, at.day) in HOLIDAYS else 1.0
    is_leave = (at.month == 12 and at.day >= quiet[0]) or (at.month == 1 and at.day <= quiet[1])
    share *= 0.1 if is_leave else 1.0
    return share if 13 <= at.hour < 22 else share * 0.02


def around_the_clock(at: datetime, quiet: tuple[int, int]) -> float:
    """Return how much a newsroom without any habit posts in an hour."""
    return 1.0


def posts(habit: str, a_day: float, years: int, seed: int) -> list[datetime]:
    """Return when a newsroom posts, by time."""
    chance = random.Random(seed)
    quiet = chance.randint(20, 24), chance.randint(1, 4)
    rate = {"office": office, "around the clock": around_the_clock}[habit]
    hours = [BEGIN + timedelta(hours=hour) for hour in range(365 * 24 * years)]
    rates = [rate(at, quiet) for at in hours]
    scale = a_day * 365 * years / sum(rates)
    found = [
        at + timedelta(hours=chance.random())
        for at, each in zip(hours, rates, strict=True)
        for _ in range(poisson(scale * each, chance))
    ]
    return sorted(found)
