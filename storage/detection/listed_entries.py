"""Which postings the listings and feeds of a run name, and what that makes of their state. Pure.

A list shows of a posting that it is named, that it was dropped, or nothing.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from storage.detection import posting_state
from storage.detection.inputs import PreviousPosting, RunObservations
from storage.models import Address, DetectedEvent, Entry, PostingStatus, Role, SiteFinding

Key = tuple[str, str]  # site, and key on it
LATER: Final = timedelta(hours=1)  # what one crawl fetches after another is no later posting


def advance_listed_postings(
    run: RunObservations, trouble: str
) -> tuple[dict[int, PostingStatus], list[DetectedEvent]]:
    """Return what listing and feed make of the postings, those they do not name included.

    `trouble` says why nothing may be concluded from what is missing; empty where all is well.
    """
    statuses: dict[int, PostingStatus] = {}
    events: list[DetectedEvent] = []
    lists = [_ListedEntries(role, run) for role in (Role.LISTING, Role.FEED)]
    at = max((finding.at for each in lists for finding in each.findings), default=None)
    named = find_named_postings(run)
    for posting_id, posting in run.postings.items():
        is_named = named[posting_id]
        if at is None or is_named is None or (not is_named and (trouble or run.is_feed_only)):
            continue
        statuses[posting_id], new = posting_state.advance_by_lists(
            posting.status, at, run.policy, is_named=is_named
        )
        events += [replace(event, posting_id=posting_id) for event in new]
    return statuses, events


def _place_at(posting: PreviousPosting, found: Address | None) -> PreviousPosting:
    """Return a posting without a number at the address where this run met it: lists name it there."""
    if found is None or found.number is not None or posting.status.address.number is not None:
        return posting
    return replace(posting, status=replace(posting.status, address=found))


def find_named_postings(run: RunObservations) -> dict[int, bool | None]:
    """Return by posting whether listing or feed name it; None where they show nothing about it."""
    lists = [_ListedEntries(role, run) for role in (Role.LISTING, Role.FEED)]
    found = {finding.posting_id: finding.found_address for finding in run.findings}
    return {
        posting_id: combine_lists(each.is_named(_place_at(posting, found.get(posting_id))) for each in lists)
        for posting_id, posting in run.postings.items()
    }


class _ListedEntries:
    """The pages of a listing, or the feed, as one list of entries."""

    def __init__(self, role: Role, run: RunObservations) -> None:
        self.findings = _list_own_lists(role, run)
        known = {_key_of(one.status.address): one for one in run.postings.values()}
        days = {key: one.published_on for key, one in known.items()}
        entries = [_date_entry(entry, days) for one in self.findings for entry in one.entries]
        self._named = {_key_of(entry.address): entry for entry in entries}
        self._extent = _find_extent(entries)
        self._seen = [
            (entry.published_on, known[key].first_seen_at)
            for key, entry in self._named.items()
            if key in known
        ]

    def is_named(self, posting: PreviousPosting) -> bool | None:
        """Return whether the list names a posting; None where it shows nothing about it."""
        address = posting.status.address
        entry = self._named.get(_key_of(address))
        if entry is not None:
            return True
        return is_listed_posting(
            self._extent, address, posting.published_on, has_later=self._has_later(posting)
        )

    def _has_later(self, posting: PreviousPosting) -> bool:
        """Return whether the list names one of the posting's day that came to us after it."""
        day, at = posting.published_on, posting.first_seen_at
        return day is not None and any(
            on == day and at is not None and seen_at is not None and seen_at - at >= LATER
            for on, seen_at in self._seen
        )


def is_listed_posting(
    entries: Sequence[Entry], address: Address, published_on: date | None, *, has_later: bool = False
) -> bool | None:
    """Return whether the entries (newest first) name a posting; None if they do not reach its place.

    A posting is dropped only if something newer and, at the end, two older ones are named. So a stale list
    (nothing newer), a cut or empty one (nothing older) and pinned entries (old ones at the top) show nothing.
    Older and newer are meant by day, and by article number: a back-dated posting has a high number far down,
    and a corrected day does not move a posting (so the last one alone does not show where a list ends).
    Within a day the order is unknown. Only that something is newer may be shown by a posting of the same day:
    it has a higher number, or came to us later (`has_later`), and no list from before could name it.
    """
    if any((entry.address.site, entry.address.key) == (address.site, address.key) for entry in entries):
        return True
    days = [entry.published_on for entry in entries if entry.published_on]
    numbers = [int(entry.address.number) for entry in entries if entry.address.number]
    covered = []
    if address.number and numbers:
        covered.append(max(numbers[-2:]) < int(address.number) < max(numbers))
    if published_on and days:
        is_newer_named = published_on < max(days) or (
            published_on == max(days) and (has_later or any(covered))
        )
        covered.append(max(days[-2:]) < published_on and is_newer_named)
    return False if covered and all(covered) else None


def combine_lists(answers: Iterable[bool | None]) -> bool | None:
    """Return what listing and feed show together: named if one names it, dropped if one covers its place."""
    known = {answer for answer in answers if answer is not None}
    return any(known) if known else None


def _list_own_lists(role: Role, run: RunObservations) -> list[SiteFinding]:
    """Return the lists that prove something, without those of another site or newsroom.

    A wrong number in a feed's address answers with another's feed. The newsroom's own shares a release with
    its listing.
    """
    sites = {one.status.address.site for one in run.postings.values()}
    filled = [one for one in run.site_findings if one.entries and _is_mostly_on(one, sites)]
    listed = {_key_of(entry.address) for one in filled if one.role is Role.LISTING for entry in one.entries}
    own = [one for one in filled if one.role is role]
    if role is not Role.FEED or not listed:
        return own
    return [one for one in own if any(_key_of(entry.address) in listed for entry in one.entries)]


def _is_mostly_on(finding: SiteFinding, sites: Container[str]) -> bool:
    return 2 * sum(entry.address.site in sites for entry in finding.entries) > len(finding.entries)


def _key_of(address: Address) -> Key:
    return address.site, address.key


def _date_entry(entry: Entry, days: Mapping[Key, date | None]) -> Entry:
    """Return an entry with the day its page prints, where the list has none: numbers do not follow days."""
    return replace(entry, published_on=entry.published_on or days.get(_key_of(entry.address)))


def _find_extent(entries: list[Entry]) -> tuple[Entry, ...]:
    """Return the few entries that show what a list covers: the newest ones, and its end."""
    dated = [entry for entry in entries if entry.published_on]
    numbered = [entry for entry in entries if entry.address.number and entry.address.number.isdecimal()]
    last = {id(entry): entry for entry in (*dated[-2:], *numbered[-2:])}
    ends = sorted(last.values(), key=entries.index)
    newest = sorted(dated, key=lambda entry: str(entry.published_on))[-1:]
    highest = sorted(numbered, key=lambda entry: int(entry.address.number or 0))[-1:]
    return (*newest, *highest, *ends)
