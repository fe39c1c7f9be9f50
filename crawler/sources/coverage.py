"""What a newsroom shows beside what we hold of it, and why the two differ. No network, no database."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from storage.models import Address, Entry, PostingState
from storage.queries.inventory import NewsroomInventory, StoredPosting
from storage.tables.frontier import PostingKey, find_pinned, parse_article_number


class GapReason(StrEnum):
    """Why a release is on one side and not on the other."""

    NEW = "new"  # announced since the last crawl
    PENDING = "pending"  # announced, not asked for yet
    FAILED = "failed"  # asked for in vain
    GIVEN_UP = "given_up"  # not asked for any more
    OLDER = "older"  # from before the first crawl
    ELSEWHERE = "elsewhere"  # of another site
    MAPPED = "mapped"  # in the site map alone
    UNLISTED = "unlisted"  # stored, and on no list any more
    ABSENT = "absent"  # stored, and known not to answer as it did
    PURGED = "purged"  # its content was removed here for safety
    FEED_ONLY = "feed_only"  # stored; the feed shows it, the list does not


@dataclass(frozen=True, slots=True)
class ShownReleases:
    """What a newsroom shows now."""

    site: str
    feed: Mapping[PostingKey, Entry]
    listing: tuple[tuple[Entry, ...], ...]  # page by page; empty where none could be read
    is_whole: bool  # the last of its pages was read
    mapped: Mapping[PostingKey, Address]  # in the site map, of this section alone


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
    """How much of a newsroom is held."""

    source_id: str
    in_feed: int
    on_listing: int
    in_site_map: int
    shown: int  # releases of this site that any of them shows
    held: int  # of those, stored
    gaps: tuple[CoverageGap, ...]


BACKFILL: Final = "`milwire crawl {} --backfill` fetches it"
BY_MAP: Final = "`milwire crawl {} --backfill --sitemap` fetches it"


def compare_coverage(source_id: str, seen: ShownReleases, held: NewsroomInventory) -> Coverage:
    """Return what is on one side and not on the other, each release once: the newsroom's order, then ours."""
    view = _View(source_id, seen, held)
    own = {key for key in (*view.announced, *seen.mapped) if key[0] == seen.site}
    return Coverage(
        source_id,
        in_feed=len(seen.feed),
        on_listing=len(view.listed),
        in_site_map=len(seen.mapped),
        shown=len(own),
        held=sum(key in held.stored for key in own),
        gaps=(*view.find_missing(), *view.find_unmapped(), *view.find_surplus()),
    )


class _View:
    """Both sides, side by side."""

    def __init__(self, source_id: str, seen: ShownReleases, held: NewsroomInventory) -> None:
        self.source_id = source_id
        self.seen = seen
        self.held = held
        pages = [entry for page in seen.listing for entry in page]
        self.listed = {(entry.address.site, entry.address.key): entry for entry in pages}
        self.announced = {**self.listed, **seen.feed}
        self.oldest = _oldest(seen)

    def find_missing(self) -> Iterator[CoverageGap]:
        """Yield what list and feed show and we do not hold, and what only the feed shows."""
        for key, entry in self.announced.items():
            there = self.held.stored.get(key)
            if there is None:
                yield self._gap(key, entry.address.url, entry.title, self._why(key, entry.address))
            elif there.is_purged:
                told = (GapReason.PURGED, "its content was removed here for safety, and is not kept again")
                yield self._gap(key, entry.address.url, there.title, told)
            elif key not in self.listed and self._is_covered(entry.address):
                told = (GapReason.FEED_ONLY, "stored; the feed shows it, the pages of the list do not")
                yield self._gap(key, entry.address.url, entry.title, told)

    def find_unmapped(self) -> Iterator[CoverageGap]:
        """Yield what the site map alone names and we do not hold."""
        for key, address in self.seen.mapped.items():
            if key in self.announced or key in self.held.stored:
                continue
            told = self._waiting(key) or (
                GapReason.MAPPED,
                f"only the site map names it; {BY_MAP.format(self.source_id)}",
            )
            yield self._gap(key, address.url, "", told)

    def find_surplus(self) -> Iterator[CoverageGap]:
        """Yield what we hold and neither list nor feed shows, as far as the pages that were read go back."""
        for key, there in self.held.stored.items():
            if there.is_ours and key not in self.announced and self._is_covered(there.address):
                yield self._gap(key, there.address.url, there.title, _gone(there))

    def _why(self, key: PostingKey, address: Address) -> tuple[GapReason, str]:
        held = self.held
        if address.site != self.seen.site:
            return GapReason.ELSEWHERE, f"a release of {address.site}, which this newsroom only links"
        if waiting := self._waiting(key):
            return waiting
        if key in held.known:
            line = "a complete crawl met it and did not keep it, or asked for it in vain too often"
            return GapReason.GIVEN_UP, f"{line}; {BACKFILL.format(self.source_id)}, if it answers"
        if held.last_complete_at is None:
            return GapReason.NEW, f"no crawl was complete yet; `milwire crawl {self.source_id}` fetches it"
        number = parse_article_number(address.number)
        if number is not None and held.horizon_number is not None and number < held.horizon_number:
            return GapReason.OLDER, f"older than what the first crawl met; {BACKFILL.format(self.source_id)}"
        when = f"{held.last_complete_at:%Y-%m-%d %H:%M} UTC"
        return GapReason.NEW, f"not met by the last complete crawl ({when}); the next one fetches it"

    def _waiting(self, key: PostingKey) -> tuple[GapReason, str] | None:
        waiting = self.held.pending.get(key)
        if waiting is None:
            return None
        since = f"announced {waiting.discovered_at:%Y-%m-%d %H:%M} UTC"
        tries = (
            f"{waiting.tries} {'try' if waiting.tries == 1 else 'tries'}, the last: {waiting.last or 'lost'}"
        )
        if waiting.is_given_up:
            asked = f"not asked for again; {BACKFILL.format(self.source_id)}, if it answers"
            return GapReason.GIVEN_UP, f"{since}; {tries}; {asked}"
        if waiting.tries:
            return GapReason.FAILED, f"{since}; {tries}; later crawls try again, at growing intervals"
        return GapReason.PENDING, f"{since}, not asked for yet; the next crawl does"

    def _is_covered(self, address: Address) -> bool:
        """Return whether the pages that were read would show a release if the list still had it."""
        if not self.seen.listing:
            return False
        number = parse_article_number(address.number)
        return self.seen.is_whole or (
            number is not None and self.oldest is not None and number >= self.oldest
        )

    def _gap(self, key: PostingKey, url: str, title: str, told: tuple[GapReason, str]) -> CoverageGap:
        places = (("feed", self.seen.feed), ("listing", self.listed), ("site map", self.seen.mapped))
        return CoverageGap(
            told[0], url, title, tuple(name for name, shown in places if key in shown), told[1]
        )


def _gone(there: StoredPosting) -> tuple[GapReason, str]:
    since = f"{there.since_at:%Y-%m-%d %H:%M} UTC"
    if there.is_purged:
        return GapReason.PURGED, "its content was removed here for safety; the newsroom does not list it"
    if there.state == PostingState.LIVE:
        return (
            GapReason.UNLISTED,
            "stored, and neither list nor feed shows it any more; its page answered last",
        )
    if there.state == PostingState.UNLISTED:
        return GapReason.UNLISTED, "stored; off list and feed, while its page answers: told in the ledger"
    return GapReason.ABSENT, f"stored; {there.state} since {since}: `milwire show` has the evidence"


def _oldest(seen: ShownReleases) -> int | None:
    """Return the smallest article number that the list shows in its place; pinned ones stand above theirs."""
    numbers = [
        number
        for page in seen.listing
        for entry, is_pinned in zip(page, find_pinned(page), strict=True)
        if not is_pinned and entry.address.site == seen.site
        if (number := parse_article_number(entry.address.number)) is not None
    ]
    return min(numbers, default=None)
