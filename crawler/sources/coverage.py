"""Compares what a newsroom shows with what is stored, and explains each difference. Pure functions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from storage.models import Address, Entry, PostingState
from storage.models.known_articles import (
    Horizon,
    PostingKey,
    find_pinned,
    is_below_horizon,
    parse_article_number,
)
from storage.queries.inventory import NewsroomInventory, StoredPosting


class GapReason(StrEnum):
    """Why a release is on one side and not on the other."""

    NEW = "new"  # listed since the last crawl
    PENDING = "pending"  # listed, not requested yet
    FAILED = "failed"  # requested without success
    GIVEN_UP = "given_up"  # not requested any more
    OLDER = "older"  # from before the first crawl
    DEEPER = "deeper"  # listed further down than crawls read
    ELSEWHERE = "elsewhere"  # on another site
    MAPPED = "mapped"  # only in the site map
    UNLISTED = "unlisted"  # stored, and no longer on any list
    ABSENT = "absent"  # stored, and known to be gone or changed
    PURGED = "purged"  # its content was removed here for safety
    FEED_ONLY = "feed_only"  # stored; the feed shows it, the list does not


@dataclass(frozen=True, slots=True)
class ShownReleases:
    """What a newsroom shows now."""

    site: str
    feed: Mapping[PostingKey, Entry]
    listing: tuple[tuple[Entry, ...], ...]  # page by page; empty where none could be read
    is_whole: bool  # the last of its pages was read
    mapped: Mapping[PostingKey, Address]  # in the site map, this section only


@dataclass(frozen=True, slots=True)
class CoverageGap:
    """A release that is on one side and not on the other."""

    reason: GapReason
    url: str
    title: str
    shown: tuple[str, ...]  # where the newsroom shows it: feed, listing, site map
    line: str  # why, and what to do where something is to be done


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a newsroom is stored."""

    source_id: str
    in_feed: int
    on_listing: int
    in_site_map: int
    shown: int  # releases of this site on any of them
    held: int  # of those, stored
    gaps: tuple[CoverageGap, ...]
    uncompared: int = 0  # stored, and where the list would show them was not read


MOST_PINNED: Final = 3  # on the pages read, before numbers are no order
BACKFILL: Final = "`milwire crawl {} --backfill` fetches it"
BY_MAP: Final = "`milwire crawl {} --backfill --sitemap` fetches it"


def compare_coverage(source_id: str, seen: ShownReleases, held: NewsroomInventory) -> Coverage:
    """Return what is on one side only, each release once: in the newsroom's order, then in ours."""
    view = _Comparison(source_id, seen, held)
    own = {key for key in (*view.shown_entries, *seen.mapped) if key[0] == seen.site}
    return Coverage(
        source_id,
        in_feed=len(seen.feed),
        on_listing=len(view.listed),
        in_site_map=len(seen.mapped),
        shown=len(own),
        held=sum(key in held.stored for key in own),
        gaps=(*view.find_missing(), *view.find_unmapped(), *view.find_surplus()),
        uncompared=view.count_uncompared(),
    )


class _Comparison:
    """What a newsroom shows beside what is stored."""

    def __init__(self, source_id: str, seen: ShownReleases, held: NewsroomInventory) -> None:
        self.source_id = source_id
        self.seen = seen
        self.held = held
        pages = [entry for page in seen.listing for entry in page]
        self.listed = {(entry.address.site, entry.address.key): entry for entry in pages}
        self.shown_entries = {**self.listed, **seen.feed}
        self.next_read = self._list_next_read()
        self.end = _find_end(seen, held)

    def find_missing(self) -> Iterator[CoverageGap]:
        """Yield what list and feed show and is not stored, and what only the feed shows."""
        for key, entry in self.shown_entries.items():
            there = self.held.stored.get(key)
            if there is None:
                yield self._build_gap(
                    key, entry.address.url, entry.title, self._explain_missing(key, entry.address)
                )
            elif there.is_purged:
                reason = (GapReason.PURGED, "its content was purged here for safety, and is not stored again")
                yield self._build_gap(key, entry.address.url, there.title, reason)
            elif key not in self.listed and self._is_covered(entry.address, there.published_on):
                reason = (GapReason.FEED_ONLY, "stored; the feed shows it, the pages of the list do not")
                yield self._build_gap(key, entry.address.url, entry.title, reason)

    def find_unmapped(self) -> Iterator[CoverageGap]:
        """Yield what only the site map names and is not stored."""
        for key, address in self.seen.mapped.items():
            if key in self.shown_entries or key in self.held.stored:
                continue
            reason = self._describe_pending(key) or (
                GapReason.MAPPED,
                f"only the site map names it; {BY_MAP.format(self.source_id)}",
            )
            yield self._build_gap(key, address.url, "", reason)

    def find_surplus(self) -> Iterator[CoverageGap]:
        """Yield what is stored and neither list nor feed shows, as far back as the pages read go."""
        for key, there in self.held.stored.items():
            is_covered = self._is_covered(there.address, there.published_on)
            if there.is_ours and key not in self.shown_entries and is_covered:
                yield self._build_gap(key, there.address.url, there.title, _explain_unlisted(there))

    def count_uncompared(self) -> int:
        """Return how many stored releases stand, if they are listed, where no page was read."""
        return sum(
            there.is_ours
            and key not in self.shown_entries
            and there.state in (PostingState.LIVE, PostingState.UNLISTED)
            and not self._is_covered(there.address, there.published_on)
            for key, there in self.held.stored.items()
        )

    def _list_next_read(self) -> frozenset[PostingKey]:
        """Return what the next crawl meets: the feed, and the list down to what is known."""
        held, read = self.held, set(self.seen.feed)
        listed = held.known if held.listed is None else held.listed
        horizon = Horizon(held.horizon_number, held.horizon_on, held.top_number)
        for number, page in enumerate(self.seen.listing, 1):
            keys = [(entry.address.site, entry.address.key) for entry in page]
            read |= set(keys)
            rest = [entry for key, entry in zip(keys, page, strict=True) if key not in listed]
            is_joined = len(rest) < len(page) or number > 1
            is_end = is_joined and all(is_below_horizon(horizon, entry) for entry in rest)
            if held.last_complete_at is None or not rest or is_end:
                break
        return frozenset(read)

    def _explain_missing(self, key: PostingKey, address: Address) -> tuple[GapReason, str]:
        held = self.held
        if address.site != self.seen.site:
            return GapReason.ELSEWHERE, f"a release of {address.site}, which this newsroom only links"
        if waiting := self._describe_pending(key):
            return waiting
        if key in held.known:
            line = "a complete crawl found it and did not store it, or requested it too often without success"
            return GapReason.GIVEN_UP, f"{line}; {BACKFILL.format(self.source_id)}, if it answers"
        if key not in self.next_read:
            line = f"further down than the next crawl reads; {BACKFILL.format(self.source_id)}"
            return GapReason.DEEPER, line
        if held.last_complete_at is None:
            return (
                GapReason.NEW,
                f"no crawl has been complete yet; `milwire crawl {self.source_id}` fetches it",
            )
        number = parse_article_number(address.number)
        if number is not None and held.horizon_number is not None and number < held.horizon_number:
            return (
                GapReason.OLDER,
                f"older than what the first crawl found; {BACKFILL.format(self.source_id)}",
            )
        when = f"{held.last_complete_at:%Y-%m-%d %H:%M} UTC"
        return GapReason.NEW, f"not found by the last complete crawl ({when}); the next one fetches it"

    def _describe_pending(self, key: PostingKey) -> tuple[GapReason, str] | None:
        waiting = self.held.pending.get(key)
        if waiting is None:
            return None
        since = f"listed since {waiting.discovered_at:%Y-%m-%d %H:%M} UTC"
        noun = "try" if waiting.tries == 1 else "tries"
        tries = f"{waiting.tries} {noun}, the last: {waiting.last or 'no answer'}"
        if waiting.is_given_up:
            asked = f"not requested again; {BACKFILL.format(self.source_id)}, if it answers"
            return GapReason.GIVEN_UP, f"{since}; {tries}; {asked}"
        if waiting.tries:
            return GapReason.FAILED, f"{since}; {tries}; later crawls try again, less and less often"
        return GapReason.PENDING, f"{since}, not requested yet; the next crawl fetches it"

    def _is_covered(self, address: Address, published_on: date | None) -> bool:
        """Return whether the pages that were read would show a release if the list still had it.

        By day and by number where both are known: numbers need not follow days. By number alone only where
        the numbers of the list do fall.
        """
        if not self.seen.listing:
            return False
        if self.seen.is_whole:
            return True
        number = parse_article_number(address.number)
        is_within = number is not None and self.end.number is not None and number >= self.end.number
        if published_on is not None and self.end.on is not None:
            return published_on > self.end.on and (number is None or self.end.number is None or is_within)
        return is_within and self.end.is_in_order

    def _build_gap(self, key: PostingKey, url: str, title: str, reason: tuple[GapReason, str]) -> CoverageGap:
        shown_by = (("feed", self.seen.feed), ("listing", self.listed), ("site map", self.seen.mapped))
        return CoverageGap(
            reason[0], url, title, tuple(name for name, shown in shown_by if key in shown), reason[1]
        )


def _explain_unlisted(there: StoredPosting) -> tuple[GapReason, str]:
    since = f"{there.since_at:%Y-%m-%d %H:%M} UTC"
    if there.is_purged:
        return GapReason.PURGED, "its content was purged here for safety; the newsroom does not list it"
    if there.state == PostingState.LIVE:
        return (
            GapReason.UNLISTED,
            "stored; neither list nor feed shows it any more; its page was there at the last look",
        )
    if there.state == PostingState.UNLISTED:
        return GapReason.UNLISTED, "stored; off list and feed, but its page is there: recorded in the ledger"
    return GapReason.ABSENT, f"stored; {there.state} since {since}: `milwire show` has the evidence"


@dataclass(frozen=True, slots=True)
class _ListEnd:
    """How far down the pages go that were read, without pinned releases."""

    number: int | None  # the smallest
    on: date | None  # the day of the last
    is_in_order: bool  # the numbers fall, but for a few that are pinned


def _find_end(seen: ShownReleases, held: NewsroomInventory) -> _ListEnd:
    listed = [
        (entry, is_pinned)
        for page in seen.listing
        for entry, is_pinned in zip(page, find_pinned(page), strict=True)
        if entry.address.site == seen.site
    ]
    entries = [entry for entry, is_pinned in listed if not is_pinned]
    numbers = [
        number for entry in entries if (number := parse_article_number(entry.address.number)) is not None
    ]
    days = [on for entry in entries if (on := _find_day(entry, held)) is not None]
    is_in_order = len(listed) - len(entries) <= MOST_PINNED
    return _ListEnd(min(numbers, default=None), max(days[-2:], default=None), is_in_order)


def _find_day(entry: Entry, held: NewsroomInventory) -> date | None:
    there = held.stored.get((entry.address.site, entry.address.key))
    return entry.published_on or (there.published_on if there else None)
