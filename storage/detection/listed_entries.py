"""Which postings the listings and feeds of a run name, and what that makes of their state. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from storage.detection import posting_state, unlisting
from storage.detection.inputs import PreviousPosting, RunObservations
from storage.models import Address, DetectedEvent, Entry, PostingStatus, Role

Key = tuple[str, str]  # site, and key on it


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
        posting_id: unlisting.combine_lists(
            each.is_named(_place_at(posting, found.get(posting_id))) for each in lists
        )
        for posting_id, posting in run.postings.items()
    }


class _ListedEntries:
    """The pages of a listing, or the feed, as one list of entries."""

    def __init__(self, role: Role, run: RunObservations) -> None:
        self.findings = [one for one in run.site_findings if one.role is role and one.entries]
        days = {_key_of(one.status.address): one.published_on for one in run.postings.values()}
        entries = [_date_entry(entry, days) for one in self.findings for entry in one.entries]
        self._named = {_key_of(entry.address): entry for entry in entries}
        self._extent = _find_extent(entries)

    def is_named(self, posting: PreviousPosting) -> bool | None:
        """Return whether the list names a posting; None where it shows nothing about it."""
        address = posting.status.address
        entry = self._named.get(_key_of(address))
        return unlisting.is_listed_posting((entry,) if entry else self._extent, address, posting.published_on)


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
