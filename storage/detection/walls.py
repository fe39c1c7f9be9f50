"""Whether a newsroom is closing itself off, address by address: an absence may be a refusal then. Pure.

A firewall that grows over a newsroom refuses some addresses, fails at others and hides the rest behind "not
found". Each look alone seems to be about its own release; only several days together show the wall.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Final

WINDOW: Final = timedelta(days=7)
MOST_FAILING: Final = 3  # releases; more are a wall
FEWEST_FAILING: Final = 3  # releases, where they are a large share
SHARE_FAILING: Final = 0.1  # of the releases looked at
RISES: Final = 3  # runs in a row, each with more failing answers than the one before


@dataclass(frozen=True, slots=True)
class RecentFailures:
    """What refused us (401, 403) or failed (5xx) at a newsroom within WINDOW."""

    looked_at: int = 0  # releases
    failing: int = 0  # of them, those that have not been shown again since
    by_run: tuple[int, ...] = ()  # answers, the earliest run first


def explain_wall(failures: RecentFailures) -> str:
    """Return why no removal may be confirmed at a newsroom, in one line, or an empty string."""
    is_share = failures.failing >= max(FEWEST_FAILING, SHARE_FAILING * failures.looked_at)
    if failures.failing > MOST_FAILING or is_share:
        return (
            f"no removal is confirmed, since {failures.failing} of {failures.looked_at} releases "
            f"refused us or failed in the last {WINDOW.days} days and were not seen again"
        )
    if _has_risen(failures.by_run):
        return (
            "no removal is confirmed, since the answers that refused us or failed "
            f"rose in {RISES} crawls in a row within {WINDOW.days} days"
        )
    return ""


def _has_risen(counts: Sequence[int]) -> bool:
    rises = 0
    for before, after in pairwise(counts):
        rises = rises + 1 if after > before else 0
        if rises >= RISES:
            return True
    return False
