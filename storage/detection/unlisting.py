"""What a listing or a feed tells about one posting: named, dropped, or nothing. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date

from storage.models import Address, Entry


def names(entries: Sequence[Entry], address: Address, published_on: date | None) -> bool | None:
    """Return whether the entries (newest first) name a posting; None if its place is beyond what they show.

    A posting is dropped only if something newer and, at the end, two older ones are named. So a stale list
    (nothing newer), a cut or empty one (nothing older) and pinned entries (old ones at the top) tell nothing.
    Older and newer are so by day, strictly, as the order within a day is unknown, and by article number: one
    that was put in back-dated has a high number far down, and a corrected day does not move a posting (so
    the last one alone does not tell where a list ends).
    """
    if any((entry.address.site, entry.address.key) == (address.site, address.key) for entry in entries):
        return True
    days = [entry.published_on for entry in entries if entry.published_on]
    numbers = [int(entry.address.number) for entry in entries if entry.address.number]
    covered = []
    if published_on and days:
        covered.append(max(days[-2:]) < published_on < max(days))
    if address.number and numbers:
        covered.append(max(numbers[-2:]) < int(address.number) < max(numbers))
    return False if covered and all(covered) else None


def agreed(answers: Iterable[bool | None]) -> bool | None:
    """Return what listing and feed tell together: named if one names it, dropped if one covers its place."""
    told = {answer for answer in answers if answer is not None}
    return any(told) if told else None
