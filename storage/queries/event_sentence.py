"""Says in one plain sentence what an event of the ledger or an alarm is. Pure.

Nothing stands in a sentence that the event does not hold, and nothing about who did it or why: we say what we
saw. The title and the newsroom stand beside it, never in it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from storage.diff.dates import DateChange
from storage.diff.excerpts import cut_words
from storage.diff.fields import FieldDiff, diff_field
from storage.diff.sentence import LONGEST_SENTENCE, summarize_edit
from storage.models import Event, EventKind

NAMED: Final = 90  # characters of an address; a longer one is left out, since half of it leads nowhere
FIXED: Mapping[EventKind, str] = {
    EventKind.FOUND: "The release was already there when we first looked; we can't tell since when.",
    EventKind.SUSPECTED: "The release is absent; its removal is not confirmed.",
    EventKind.UNLISTED: "The newsroom no longer lists the release; its own address still answered.",
    EventKind.RELISTED: "The newsroom lists the release again.",
    EventKind.QUARANTINED: (
        "The newsroom's pages changed and we can't read them; until we can, we report no edits or removals."
    ),
    EventKind.CAPTURED: "We stored a response; there is nothing to report.",
    EventKind.BASELINED: "What we read became the text to compare with; it counts as no edit.",
    EventKind.SET_ASIDE: "A stored response can't be read back and was set aside.",
    EventKind.PURGED: (
        "We removed the content of the release from this database; only its digests are left."
    ),
}


def summarize_event(event: Event, fields: Sequence[FieldDiff] | None = None) -> str:
    """Return an event as one sentence with its full stop; never empty, at most LONGEST_SENTENCE characters.

    `fields` are the differences of its changes, where the caller has compared them already.
    """
    if fields is None:
        fields = [diff_field(change) for change in event.changes]
    fields = [one for one in fields if one.before or one.after]  # of a purged text both sides are empty
    return FIXED.get(event.kind) or SENTENCES[event.kind](event, fields)


def summarize_alarm(newsroom: str, line: str, *, is_over: bool = False) -> str:
    """Return an alarm's beginning or end as one sentence; `line` is the alarm's own words."""
    name = cut_words(newsroom, NAMED) or "unnamed newsroom"
    words = cut_words(line, LONGEST_SENTENCE - NAMED - len("No longer at : .")) or "something is wrong"
    return f"{'No longer at' if is_over else 'At'} {name}: {words.rstrip('.')}."


def _describe_published(event: Event, _: Sequence[FieldDiff]) -> str:
    if event.detail.get("dates") == DateChange.BACK_DATED:
        return "The release is new, but its date is earlier than our last look that did not have it."
    return "The release is new."


def _describe_edited(event: Event, fields: Sequence[FieldDiff]) -> str:
    if not fields:
        return "The release was edited; what it said is no longer stored."
    return summarize_edit(fields, read_date_change(event))


def _describe_cleared(event: Event, _: Sequence[FieldDiff]) -> str:
    return f"The release answers again{_after_looks(event)}; it was never confirmed as removed."


def _describe_removed(event: Event, _: Sequence[FieldDiff]) -> str:
    copies = event.detail.get("still_live")
    count = len(copies) if isinstance(copies, list | tuple) else 0
    copies_left = _count_nouns(count, "other copy is", "other copies are")
    known = f"; {copies_left} still live" if count else ""
    looks = event.detail.get("looks")
    noun = "capture in the archive" if event.detail.get("in_archive") else "look"
    plural = "captures in the archive" if event.detail.get("in_archive") else "looks"
    seen = f": {_count_nouns(looks, noun, plural)} did not find it" if isinstance(looks, int) else ""
    return f"The release is no longer there{seen}{known}."


def _describe_returned(event: Event, fields: Sequence[FieldDiff]) -> str:
    start = f"The release answers again{_after_looks(event)}"
    if not fields:
        return f"{start}."
    changes = summarize_edit(fields, read_date_change(event))
    joined = f"{start}, with changes: {changes[0].lower()}{changes[1:]}"
    return joined if len(joined) <= LONGEST_SENTENCE else f"{start}, with changes."


def _describe_moved(event: Event, _: Sequence[FieldDiff]) -> str:
    return f"The same release now answers at another address{_between(event, 'from_url', 'to_url')}."


def _describe_renamed(event: Event, _: Sequence[FieldDiff]) -> str:
    urls = _between(event, "from_url", "to_url")
    return f"The words in the address changed, its article number did not{urls}."


def _describe_site_changed(event: Event, fields: Sequence[FieldDiff]) -> str:
    count = event.detail.get("postings")
    many = f"{_count_nouns(count, 'release')}" if isinstance(count, int) else "many releases"
    start = f"The same change on {many} at once, which counts as no edit"
    if not fields:
        return f"{start}."
    changes = summarize_edit(fields)
    joined = f"{start}: {changes[0].lower()}{changes[1:]}"
    return joined if len(joined) <= LONGEST_SENTENCE else f"{start}."


def _describe_site_moved(event: Event, _: Sequence[FieldDiff]) -> str:
    return f"The site now answers under another name{_between(event, 'from_host', 'to_host')}."


def _describe_mass_absence(event: Event, _: Sequence[FieldDiff]) -> str:
    return f"{_count_absent(event)} absent at once; their removal is not confirmed."


def _describe_mass_removal(event: Event, _: Sequence[FieldDiff]) -> str:
    return f"{_count_absent(event)} no longer there."


def read_date_change(event: Event) -> DateChange | None:
    """Return how the printed date changed beside the text, as the event says; None if it does not."""
    value = event.detail.get("dates")
    return DateChange(value) if isinstance(value, str) and value in set(DateChange) else None


def _after_looks(event: Event) -> str:
    looks = event.detail.get("looks")
    return f" after {_count_nouns(looks, 'look')} that did not find it" if isinstance(looks, int) else ""


def _between(event: Event, old: str, new: str) -> str:
    """Return ": from A to B" where both are known and short enough to be given whole."""
    names = [str(event.detail.get(name) or "") for name in (old, new)]
    shown = [cut_words(name, NAMED) for name in names]
    return f": from {shown[0]} to {shown[1]}" if all(names) and shown == names else ""


def _count_absent(event: Event) -> str:
    absent, known = (event.detail.get(name) for name in ("absent", "known"))
    if not isinstance(absent, int) or not isinstance(known, int):
        return "Many known releases are"
    return f"{absent} of {_count_nouns(known, 'known release')} {'is' if absent == 1 else 'are'}"


def _count_nouns(count: int, one: str, many: str = "") -> str:
    return f"{count} {one}" if count == 1 else f"{count} {many or f'{one}s'}"


SENTENCES: Mapping[EventKind, Callable[[Event, Sequence[FieldDiff]], str]] = {
    EventKind.PUBLISHED: _describe_published,
    EventKind.EDITED: _describe_edited,
    EventKind.CLEARED: _describe_cleared,
    EventKind.REMOVED: _describe_removed,
    EventKind.RETURNED: _describe_returned,
    EventKind.MOVED: _describe_moved,
    EventKind.RENAMED: _describe_renamed,
    EventKind.SITE_CHANGED: _describe_site_changed,
    EventKind.SITE_MOVED: _describe_site_moved,
    EventKind.MASS_ABSENCE: _describe_mass_absence,
    EventKind.MASS_REMOVAL: _describe_mass_removal,
}
