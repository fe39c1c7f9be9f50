"""What a newsroom's listings and feeds have announced: known, still to fetch, and where our knowledge ends.

The horizon is the lower end of what the first complete crawl met. Entries below it existed before we came,
whenever we meet them; an entry above it that no complete crawl has seen was published since. Pinned entries
(above newer ones on the page) do not lower it, and where feed and listing reach to different depths, the
shallower one counts: rather `found` too often than `published` wrongly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from storage.models import Entry

Key = tuple[str, str]  # (site, article number or address): the identity of a posting


@dataclass(frozen=True, slots=True)
class Known:
    """What earlier crawls of a source know; all that flows back to a crawl when it starts."""

    first: bool  # no crawl of this source was complete yet
    keys: frozenset[Key]  # announced in complete crawls
    stored: frozenset[Key]  # postings that exist
    pending: tuple[Entry, ...]  # announced, not stored yet and to be fetched, in the order of discovery
    waiting: frozenset[Key] = frozenset()  # announced, but not to be asked for now: looks did not bring them
    horizon_number: int | None = None
    horizon_on: date | None = None
    top_number: int | None = None  # the largest number that the first complete crawl met
    backfill_url: str | None = None  # where a killed back-fill goes on
    usual_entries: int | None = None  # entries on the first listing page of the last complete crawl
    listed_keys: frozenset[Key] | None = None  # those of `keys` that a listing named; None: all of them


@dataclass(frozen=True, slots=True)
class Horizon:
    """The lower end of what a first complete crawl met, and its newest number."""

    number: int | None = None
    on: date | None = None
    top_number: int | None = None


def is_below(horizon: Horizon, entry: Entry) -> bool:
    """Tell whether an entry was there before we came.

    A number above all that we met is new, whatever day it prints; else the day decides, and the number where
    the day is the horizon's own or missing. What can be compared with nothing is not below.
    """
    number = as_number(entry.address.number)
    if number is not None and horizon.top_number is not None and number > horizon.top_number:
        return False
    if entry.published_on and horizon.on and entry.published_on != horizon.on:
        return entry.published_on < horizon.on
    return number is not None and horizon.number is not None and number < horizon.number


def pinned(entries: Sequence[Entry]) -> list[bool]:
    """Return for each entry of a listing whether it stands above a newer one."""
    found, newest_day, newest_number = [], date.min, -1
    for entry in reversed(entries):
        number = as_number(entry.address.number)
        if entry.published_on:
            found.append(entry.published_on < newest_day)
            newest_day = max(newest_day, entry.published_on)
        else:
            found.append(number is not None and number < newest_number)
            newest_number = max(newest_number, -1 if number is None else number)
    return found[::-1]


def as_number(number: str | None) -> int | None:
    """Return an article number as a number, or None where it is none."""
    return int(number) if number and number.isdecimal() and len(number) < 19 else None
