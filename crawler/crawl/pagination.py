"""How far a crawl goes, which releases it wants, which listing page comes next. Pure."""

import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta

from storage.models import Address, Entry, Listing, RunKind
from storage.models.known_articles import Horizon, KnownArticles, PostingKey, find_pinned, is_below_horizon

CONTROL_SLUG = "milwire-control"  # the slug of a made-up address
MIN_KNOWN_TO_JOIN = 2  # known releases that a feed must name before it is trusted to reach what is known
EASTERNMOST = timedelta(hours=14)  # the first zone to begin a day: no release counts as too old


@dataclass(frozen=True, slots=True)
class CrawlPlan:
    """How far one crawl goes; by default it stops at what is known."""

    limit: int | None = None  # articles to fetch at most
    since: date | None = None  # read listing pages until one holds only older releases
    backfill: bool = False  # read all listing pages
    look_again: bool = False  # after that, look at every known posting
    known_addresses: tuple[Address, ...] = ()  # or at these alone, in this order
    sitemap: bool = False  # then fetch the releases of the site map that are not stored
    reads_lists: bool = True  # False: request neither feed nor listing, so nothing new is found
    feed_first: bool = False  # leave the listing alone where the feed shows everything new
    page_url: str | None = None  # look at this page alone, and record nothing

    @property
    def is_recorded(self) -> bool:
        """Return whether the run gets a record and its looks are saved."""
        return self.page_url is None

    @property
    def kind(self) -> RunKind:
        """Return the name that the record of a run has for its plan."""
        if self.sitemap:
            return RunKind.SITEMAP
        if not self.reads_lists:
            return RunKind.LOOKS
        if self.backfill:
            return RunKind.BACKFILL
        return RunKind.SINCE if self.since else RunKind.CRAWL


@dataclass(frozen=True, slots=True)
class ListingStep:
    """What follows from one listing page."""

    next_url: str | None = None  # None: no further page
    failure: str = ""  # one line where the listing is not as it should be


def make_control_url(address: Address) -> str:
    """Return an address of the same shape at which no article can ever have been.

    Article numbers rise by about a thousand a day, so one with a 9 before it is centuries away.
    """
    shape = re.compile(rf"(/article/){address.number}(?=[./]|$).*", re.IGNORECASE)
    control_url, found = shape.subn(rf"\g<1>9{address.number}/{CONTROL_SLUG}/", address.url)
    return control_url if found else f"{address.url.rstrip('/').rpartition('/')[0]}/{CONTROL_SLUG}"


def get_posting_key(entry: Entry) -> PostingKey:
    """Return the identity of the posting that an entry links to."""
    return entry.address.site, entry.address.key


def feed_covers_listing(feed: Listing, listing: Listing) -> bool:
    """Return whether a feed, as far down as it reaches, names the unpinned releases of a listing page."""
    named = {get_posting_key(entry) for entry in feed.entries}
    shown = [get_posting_key(entry) for entry in _drop_pinned(listing.entries)]
    return bool(named and shown) and named.issuperset(shown[: len(feed.entries)])


class ListingWalk:
    """One crawl's way through a listing: remembers what it met, decides what to fetch and when to stop."""

    def __init__(self, site: str, plan: CrawlPlan, known: KnownArticles, max_pages: int) -> None:
        self.site = site
        self.plan = plan
        self.known = known
        self.max_pages = max_pages
        self.has_ended = False  # there is nothing more to walk
        self.has_joined = known.is_first_crawl  # no release lies unseen above the known ones
        self.is_limited = False  # wanted more than the limit allows
        self.chosen_keys: set[PostingKey] = set()
        self._met: set[PostingKey] = set()
        self._visited: set[str] = set()
        self._page_sizes: list[int] = []  # of the pages that were followed
        self._horizon = Horizon(known.horizon_number, known.horizon_on, known.top_number)
        self._listed = known.keys if known.listed_keys is None else known.listed_keys
        self._given_up = frozenset() if plan.backfill or plan.since else _list_given_up(known)
        self._resume_url = known.backfill_url if plan.backfill else None

    @property
    def is_resuming(self) -> bool:
        """Return whether this back-fill has yet to reach the page where an earlier one stopped."""
        return self._resume_url is not None

    @property
    def is_complete(self) -> bool:
        """Return whether everything that was to be discovered was discovered."""
        return self.has_ended and self.has_joined and not self.is_limited

    def select_entries(self, entries: Iterable[Entry]) -> tuple[Entry, ...]:
        """Return the entries to fetch now, in their order, and remember them as chosen."""
        chosen = []
        for entry in entries:
            if not self._is_wanted(entry):
                continue
            if self.plan.limit is not None and len(self.chosen_keys) >= self.plan.limit:
                self.is_limited = True
                break
            self.chosen_keys.add(get_posting_key(entry))
            chosen.append(entry)
        return tuple(chosen)

    def select_pending(self) -> tuple[Entry, ...]:
        """Return what earlier crawls discovered and could not fetch, as far as the limit allows."""
        return self.select_entries(self.known.pending)

    def mark_ended(self) -> None:
        """End the walk where no listing need be read: the feed shows everything new."""
        self.has_ended = self.has_joined = True

    def does_feed_join(self, feed: Listing) -> bool:
        """Return whether a feed reaches down to what is known, so that no release lies unseen between.

        A feed names the newest releases. What it names below the first known one must be known as well, or
        older than all we began with; a single known release may be there by chance.
        """
        own = _drop_pinned(feed.entries)
        known = [get_posting_key(entry) in self.known.keys for entry in own]
        if self.known.is_first_crawl or known.count(True) < MIN_KNOWN_TO_JOIN:
            return False
        first = known.index(True)
        rest = zip(own[first:], known[first:], strict=True)
        return all(is_known or is_below_horizon(self._horizon, entry) for entry, is_known in rest)

    def follow_page(self, url: str, listing: Listing) -> ListingStep:
        """Return what follows from a listing page that could be read."""
        number = len(self._visited) + 1
        self._visited.add(url)
        fresh = {get_posting_key(entry) for entry in listing.entries} - self._met
        self._met |= fresh
        if failure := self._find_fault(number, listing, fresh):
            return ListingStep(failure=failure)
        self._page_sizes.append(len(listing.entries))
        if number > 1 and not fresh:  # the button for more stands on every page, on the last one too
            self.has_ended = self.has_joined = True
            return ListingStep()
        return self._choose_next_page(number, listing)

    def _choose_next_page(self, number: int, listing: Listing) -> ListingStep:
        self.has_joined = self.has_joined or self._reaches_known(number, listing.entries)
        if self._resume_url and self._is_all_met_before(listing.entries):
            next_url = listing.next_url if self._resume_url in self._visited else self._resume_url
            self._resume_url = None
        elif self._is_far_enough(number, listing.entries):
            next_url = None
        else:
            next_url = listing.next_url
            self.has_joined = self.has_joined or next_url is None
        if next_url is None:
            self.has_ended = True
        elif next_url in self._visited:
            return ListingStep(failure=f"listing goes in circles: page {number} leads back to {next_url}")
        elif number >= self.max_pages:
            return ListingStep(failure=f"listing walk stopped after {number} pages (max_pages)")
        return ListingStep(next_url=next_url)

    def _is_wanted(self, entry: Entry) -> bool:
        if entry.address.site != self.site or self._is_too_old(entry):
            return False
        left_alone = (self.known.stored_keys, self.chosen_keys, self._given_up)
        return not any(get_posting_key(entry) in keys for keys in left_alone)

    def _is_too_old(self, entry: Entry) -> bool:
        since, on = self.plan.since, entry.published_on
        if on is None and entry.published_at is not None:
            on = (entry.published_at + EASTERNMOST).date()
        return since is not None and on is not None and on < since

    def _find_fault(self, number: int, listing: Listing, fresh: Set[PostingKey]) -> str:
        count, usual = len(listing.entries), self.known.usual_entries
        if number > 1 and not fresh:
            before, whole = self._page_sizes[-1], max(self._page_sizes)
            if before < whole:
                return f"listing page {number} adds nothing new after a short one ({before} of {whole})"
            return ""
        if not count:
            return f"listing page {number} is empty"
        if number == 1 and usual is not None and count * 2 < usual:
            return f"listing has shrunk: {count} releases on its first page, usually {usual}"
        return ""

    def _is_far_enough(self, number: int, entries: tuple[Entry, ...]) -> bool:
        if self.is_limited:
            return True
        if self.plan.backfill:
            return False
        if self.plan.since is not None:
            return all(self._is_too_old(entry) for entry in entries)
        return self.known.is_first_crawl or self._reaches_known(number, entries)

    def _reaches_known(self, number: int, entries: tuple[Entry, ...]) -> bool:
        """Return whether everything further down is known or below the horizon."""
        known = [get_posting_key(entry) in self._listed for entry in entries]
        if all(known):
            return True
        rest = [entry for entry, is_known in zip(entries, known, strict=True) if not is_known]
        return (any(known) or number > 1) and all(is_below_horizon(self._horizon, entry) for entry in rest)

    def _is_all_met_before(self, entries: tuple[Entry, ...]) -> bool:
        """Return whether the back-fill that is being resumed has met every entry of a page."""
        before = {get_posting_key(entry) for entry in self.known.pending} | self.known.stored_keys
        return all(get_posting_key(entry) in before for entry in entries)


def _drop_pinned(entries: Sequence[Entry]) -> list[Entry]:
    return [entry for entry, pinned in zip(entries, find_pinned(entries), strict=True) if not pinned]


def _list_given_up(known: KnownArticles) -> frozenset[PostingKey]:
    """Return what is not requested: it failed before, or complete crawls met it and did not want it."""
    pending = {get_posting_key(entry) for entry in known.pending}
    return known.waiting_keys | (known.keys - known.stored_keys - pending)
