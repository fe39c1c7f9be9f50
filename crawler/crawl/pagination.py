"""Which releases of a newsroom a crawl wants, and which listing page comes next. No network, no database."""

import re
from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import date, timedelta

from storage.models import Address, Entry, Listing
from storage.tables.frontier import Horizon, Key, Known, is_below, pinned

NEVER = "milwire-control"  # the slug of an address that never was
JOINING = 2  # known releases in a feed that joins
EASTERNMOST = timedelta(hours=14)  # where a day begins first: no release is called older than it may be


@dataclass(frozen=True, slots=True)
class Plan:
    """How far one crawl goes; by default it stops at what is known."""

    limit: int | None = None  # articles to fetch at most
    since: date | None = None  # walk until a listing page holds only older ones
    backfill: bool = False  # walk all listing pages
    look_again: bool = False  # after that, look at every known posting
    again: tuple[Address, ...] = ()  # or at these alone, in this order
    sitemap: bool = False  # then fetch what the site map names and nobody has
    lists: bool = True  # False: feed and listing are left alone, nothing new is sought
    feed_first: bool = False  # the listing is left alone where the feed alone tells all


@dataclass(frozen=True, slots=True)
class Step:
    """What follows from one listing page."""

    next_url: str | None = None  # None: the walk is over
    failure: str = ""  # one line where the listing is not as it should be


def never(address: Address) -> str:
    """Return an address of the same shape at which nothing can ever have been.

    Numbers rise by about a thousand a day, so one with a 9 before it is centuries away.
    """
    shape = re.compile(rf"(/article/){address.number}(?=[./]|$).*", re.IGNORECASE)
    asked, found = shape.subn(rf"\g<1>9{address.number}/{NEVER}/", address.url)
    return asked if found else f"{address.url.rstrip('/').rpartition('/')[0]}/{NEVER}"


def key(entry: Entry) -> Key:
    """Return the identity of the posting that an entry announces."""
    return entry.address.site, entry.address.key


def tells_all(feed: Listing, listing: Listing) -> bool:
    """Return whether a feed names what the first listing page does, as far as it reaches; not the pinned."""
    named = {key(entry) for entry in feed.entries}
    shown = [
        key(entry) for entry, above in zip(listing.entries, pinned(listing.entries), strict=True) if not above
    ]
    return bool(named and shown) and named.issuperset(shown[: len(feed.entries)])


class Walk:
    """One crawl's way through a newsroom: remembers what it met, decides what to fetch and when to stop."""

    def __init__(self, site: str, plan: Plan, known: Known, max_pages: int) -> None:
        self.site = site
        self.plan = plan
        self.known = known
        self.max_pages = max_pages
        self.over = False  # came to its natural end
        self.joined = known.first  # nothing can lie unseen between this crawl and what earlier ones knew
        self.limited = False  # wanted more than the limit allows
        self.asked: set[Key] = set()
        self._met: set[Key] = set()
        self._visited: set[str] = set()
        self._horizon = Horizon(known.horizon_number, known.horizon_on, known.top_number)
        self._listed = known.keys if known.listed_keys is None else known.listed_keys
        self._given_up = frozenset() if plan.backfill or plan.since else _given_up(known)
        self._resume_url = known.backfill_url if plan.backfill else None

    @property
    def resuming(self) -> bool:
        """Return whether this back-fill has yet to reach the place where an earlier one was stopped."""
        return self._resume_url is not None

    @property
    def complete(self) -> bool:
        """Return whether everything that was to be discovered has been."""
        return self.over and self.joined and not self.limited

    def take(self, entries: Iterable[Entry]) -> tuple[Entry, ...]:
        """Return those of the entries to fetch now, in their order, and remember them as asked for."""
        chosen = []
        for entry in entries:
            if not self._wanted(entry):
                continue
            if self.plan.limit is not None and len(self.asked) >= self.plan.limit:
                self.limited = True
                break
            self.asked.add(key(entry))
            chosen.append(entry)
        return tuple(chosen)

    def left_over(self) -> tuple[Entry, ...]:
        """Return what earlier crawls discovered and did not get, as far as this one has room for it."""
        return self.take(self.known.pending)

    def end(self) -> None:
        """Come to the natural end of a newsroom that has no listing to walk."""
        self.over = self.joined = True

    def joins(self, feed: Listing) -> bool:
        """Return whether nothing can lie unseen between what a feed names and what is known.

        A feed names the newest releases. What it names below the first known one must be known as well, or
        older than all we began with; one known release may be there by chance.
        """
        own = [entry for entry, above in zip(feed.entries, pinned(feed.entries), strict=True) if not above]
        known = [key(entry) in self.known.keys for entry in own]
        if self.known.first or known.count(True) < JOINING:
            return False
        first = known.index(True)
        rest = zip(own[first:], known[first:], strict=True)
        return all(is_known or is_below(self._horizon, entry) for entry, is_known in rest)

    def follow(self, url: str, listing: Listing) -> Step:
        """Return what follows from a listing page that could be read."""
        number = len(self._visited) + 1
        self._visited.add(url)
        fresh = {key(entry) for entry in listing.entries} - self._met
        self._met |= fresh
        if failure := self._fault(number, listing, fresh):
            return Step(failure=failure)
        return self._onward(number, listing)

    def _onward(self, number: int, listing: Listing) -> Step:
        self.joined = self.joined or self._reaches_known(number, listing.entries)
        if self._resume_url and self._familiar(listing.entries):
            next_url = listing.next_url if self._resume_url in self._visited else self._resume_url
            self._resume_url = None
        elif self._far_enough(number, listing.entries):
            next_url = None
        else:
            next_url = listing.next_url
            self.joined = self.joined or next_url is None
        if next_url is None:
            self.over = True
        elif next_url in self._visited:
            return Step(failure=f"listing goes in circles: page {number} leads back to {next_url}")
        elif number >= self.max_pages:
            return Step(failure=f"listing walk stopped after {number} pages (max_pages)")
        return Step(next_url=next_url)

    def _wanted(self, entry: Entry) -> bool:
        if entry.address.site != self.site or self._too_old(entry):
            return False
        return not any(key(entry) in had for had in (self.known.stored, self.asked, self._given_up))

    def _too_old(self, entry: Entry) -> bool:
        since, on = self.plan.since, entry.published_on
        if on is None and entry.published_at is not None:
            on = (entry.published_at + EASTERNMOST).date()
        return since is not None and on is not None and on < since

    def _fault(self, number: int, listing: Listing, fresh: Set[Key]) -> str:
        count, usual = len(listing.entries), self.known.usual_entries
        if not count:
            return f"listing page {number} is empty"
        if number > 1 and not fresh:
            return f"listing goes in circles: page {number} adds nothing new"
        if number == 1 and usual is not None and count * 2 < usual:
            return f"listing has shrunk: {count} releases on its first page, usually {usual}"
        return ""

    def _far_enough(self, number: int, entries: tuple[Entry, ...]) -> bool:
        if self.limited:
            return True
        if self.plan.backfill:
            return False
        if self.plan.since is not None:
            return all(self._too_old(entry) for entry in entries)
        return self.known.first or self._reaches_known(number, entries)

    def _reaches_known(self, number: int, entries: tuple[Entry, ...]) -> bool:
        """Return whether everything further down is known or lies below where we began."""
        known = [key(entry) in self._listed for entry in entries]
        if all(known):
            return True
        rest = [entry for entry, is_known in zip(entries, known, strict=True) if not is_known]
        return (any(known) or number > 1) and all(is_below(self._horizon, entry) for entry in rest)

    def _familiar(self, entries: tuple[Entry, ...]) -> bool:
        """Return whether the back-fill that is being resumed has met all of a page."""
        before = {key(entry) for entry in self.known.pending} | self.known.stored
        return all(key(entry) in before for entry in entries)


def _given_up(known: Known) -> frozenset[Key]:
    """Return what is not asked for: looks did not bring it, and complete crawls met and did not want it."""
    return known.waiting | (known.keys - known.stored - {key(entry) for entry in known.pending})
