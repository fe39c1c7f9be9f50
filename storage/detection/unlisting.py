"""What a listing or a feed shows about one posting: named, dropped, or nothing. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date

from storage.models import Address, Entry


def is_listed_posting(entries: Sequence[Entry], address: Address, published_on: date | None) -> bool | None:
    """Return whether the entries (newest first) name a posting; None if they do not reach its place.

    A posting is dropped only if something newer and, at the end, two older ones are named. So a stale list
    (nothing newer), a cut or empty one (nothing older) and pinned entries (old ones at the top) show nothing.
    Older and newer are meant by day, strictly, as the order within a day is unknown, and by article number: a
    back-dated posting has a high number far down, and a corrected day does not move a posting (so the last
    one alone does not show where a list ends).
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


def combine_lists(answers: Iterable[bool | None]) -> bool | None:
    """Return what listing and feed show together: named if one names it, dropped if one covers its place."""
    known = {answer for answer in answers if answer is not None}
    return any(known) if known else None
