"""What is known of a source's articles when a crawl starts, and the horizon where that knowledge ends.

The horizon is the lower end of what the first complete crawl met. Entries below it existed before we came,
whenever we meet them; an entry above it that no complete crawl has seen was published since. Pinned entries
(above newer ones on the page) do not lower it. Where feed and listing reach down to different depths, the
shallower one counts: when in doubt, a release is `found`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from storage.models.release import Entry

PostingKey = tuple[str, str]  # (site, article number or address): the identity of a posting


@dataclass(frozen=True, slots=True)
class KnownArticles:
    """What earlier crawls of a source learned: all that flows back from storage when a crawl starts."""

    is_first_crawl: bool  # no crawl of this source was complete yet
    keys: frozenset[PostingKey]  # listed in complete crawls
    stored_keys: frozenset[PostingKey]  # postings that exist
    pending: tuple[Entry, ...]  # listed, not stored yet and to be fetched, in the order of discovery
    waiting_keys: frozenset[PostingKey] = frozenset()  # listed, not to be fetched now
    horizon_number: int | None = None
    horizon_on: date | None = None
    top_number: int | None = None  # the largest number that the first complete crawl met
    backfill_url: str | None = None  # where an unfinished back-fill goes on
    usual_entries: int | None = None  # entries on the first listing page of the last complete crawl
    listed_keys: frozenset[PostingKey] | None = None  # `keys` that a listing named; None: all of them


@dataclass(frozen=True, slots=True)
class Horizon:
    """The lower end of what a first complete crawl met, and its newest number."""

    number: int | None = None
    on: date | None = None
    top_number: int | None = None


def is_below_horizon(horizon: Horizon, entry: Entry) -> bool:
    """Return whether an entry existed before we came.

    A number above all that we met is new, whatever day it prints. Otherwise the day decides, or the number
    where the day is missing or the horizon's own. An entry that has neither is not below.
    """
    number = parse_article_number(entry.address.number)
    if number is not None and horizon.top_number is not None and number > horizon.top_number:
        return False
    if entry.published_on and horizon.on and entry.published_on != horizon.on:
        return entry.published_on < horizon.on
    return number is not None and horizon.number is not None and number < horizon.number


def find_pinned(entries: Sequence[Entry]) -> list[bool]:
    """Return for each entry of a listing whether it is pinned: above a newer one."""
    found, newest_day, newest_number = [], date.min, -1
    for entry in reversed(entries):
        number = parse_article_number(entry.address.number)
        if entry.published_on:
            found.append(entry.published_on < newest_day)
            newest_day = max(newest_day, entry.published_on)
        else:
            found.append(number is not None and number < newest_number)
            newest_number = max(newest_number, -1 if number is None else number)
    return found[::-1]


def parse_article_number(number: str | None) -> int | None:
    """Return an article number as an integer, or None where it is not one."""
    return int(number) if number and number.isdecimal() and len(number) < 19 else None
