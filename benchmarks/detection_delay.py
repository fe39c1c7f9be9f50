"""How long a change waits that comes at an age: the rules of the plan, laid out for releases of a week.

The plan's own medians hang on how many changes come before the end of a day and how many after it: the next
look is hours away, or a day. So a few hundred changes of a simulation are compared with the plan age by age.
"""

from bisect import bisect_left
from dataclasses import dataclass
from statistics import mean

from crawler.watch import forecast, polling
from crawler.watch.forecast import MONDAY
from crawler.watch.polling import Habit
from storage.models import RemovalPolicy


@dataclass(frozen=True, slots=True)
class ExpectedDelay:
    """How long a change waits for the next look, by the hours at which its release may be born."""

    mean_s: float
    most_s: float


class DelayByAge:
    """The looks at releases of one newsroom, by their ages."""

    def __init__(self, habit: Habit, policy: RemovalPolicy) -> None:
        polls = polling.list_week_of_polls(habit, MONDAY)
        self._gaps = [
            list(forecast.list_look_gaps(born_at, habit, polls, policy))
            for born_at in forecast.list_births(habit)
        ]

    def at(self, age_s: float) -> ExpectedDelay | None:
        """Return how long a change at this age waits; None where no release is known so early."""
        found = (_wait_s([old_s for _, old_s in gaps], age_s) for gaps in self._gaps if gaps[0][0] < age_s)
        waits = [wait_s for wait_s in found if wait_s is not None]
        return ExpectedDelay(mean(waits), max(waits)) if waits else None


def _wait_s(looks: list[float], age_s: float) -> float | None:
    place = bisect_left(looks, age_s)
    return looks[place] - age_s if place < len(looks) else None
