"""The evidence of an event in words: what was seen, when, and how it was checked. Pure.

We say what we saw, never what somebody did: a posting is absent from one look on; we cannot know when, why or
by whom it was taken down.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from storage.db.timestamps import parse_optional_timestamp, parse_timestamp
from storage.models import Event
from storage.queries.answers import describe_answer

Detail = Mapping[str, object]

DATE_CHANGES: Mapping[str, str] = {  # by storage.diff.dates.DateChange
    "date_only": "the printed date changed, the text did not",
    "text_only": "the printed date did not change",
    "both": "the printed date changed with the text",
    "back_dated": "dated before the last look that did not have it",
}


@dataclass(frozen=True, slots=True)
class EvidenceFacts:
    """What the ledger has of an event, as far as its evidence needs it."""

    kind: str  # of `EventKind`
    at: datetime  # when we noticed
    last_before_at: datetime | None = None
    first_after_at: datetime | None = None
    detail: Detail = field(default_factory=dict)


def describe_event(event: Event) -> str:
    """Return the evidence of an event in one line."""
    return describe_evidence(
        EvidenceFacts(event.kind, event.at, event.last_before_at, event.first_after_at, event.detail)
    )


def describe_event_row(kind: str, at: str, between: tuple[str | None, str | None], detail: str) -> str:
    """Return the evidence of a row of `events` in one line; all values as SQLite stores them.

    `between` are `last_before_at` and `first_after_at`.
    """
    last, first = map(parse_optional_timestamp, between)
    return describe_evidence(EvidenceFacts(kind, parse_timestamp(at), last, first, json.loads(detail)))


def event_to_json(event: Event) -> dict[str, object]:
    """Return the fields of an event, and its evidence in words as `evidence`."""
    return {**asdict(event), "evidence": describe_event(event)}


def describe_evidence(facts: EvidenceFacts) -> str:
    """Return one line without a full stop, as "last seen ...; first absent ...; 3 looks over 6 h; ..."."""
    parts = DESCRIPTIONS.get(facts.kind, _describe_notice)(facts)
    return "; ".join(part for part in parts if part)


def format_instant(at: datetime | None) -> str:
    """Return an instant to the minute: "2025-03-01 14:05 UTC", or "never"."""
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "never"


def format_span(length: timedelta) -> str:
    """Return a length in its two largest units: "6 h", "1 d 4 h", "12 min", "under a minute"."""
    minutes = int(length.total_seconds()) // 60
    units = ((minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min"))
    return " ".join([f"{count} {unit}" for count, unit in units if count][:2]) or "under a minute"


def format_edit_kinds(names: Iterable[object]) -> str:
    """Return kinds of edit, or names of fields, as words: "number, paragraph added"."""
    return ", ".join(str(name).replace("_", " ") for name in names)


def describe_live_copies(still_live: Sequence[str]) -> str:
    """Return where copies of a removed posting are still live, in the order given."""
    return f"still live at {', '.join(still_live)}" if still_live else "no other live copy known"


def describe_edited_copies(edited: int, copies: int) -> str:
    """Return how many copies of a story have the edit; empty for a story with one copy."""
    return f"edited on {edited} of {copies} copies" if copies > 1 else ""


def _format_count(count: object, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _describe_archived_absence(facts: EvidenceFacts) -> tuple[str, ...]:
    last_at = parse_optional_timestamp(str(facts.detail["last_absent_at"]))
    over = last_at - facts.first_after_at if last_at and facts.first_after_at else timedelta()
    return (
        f"last captured {format_instant(facts.last_before_at)}",
        f"absent in the archive from {format_instant(facts.first_after_at)} to {format_instant(last_at)}",
        f"{_format_count(facts.detail.get('looks'), 'capture')} over {format_span(over)}",
        describe_answer(facts.detail),
        _describe_controls(facts),
    )


def _describe_absence(facts: EvidenceFacts) -> tuple[str, ...]:
    if facts.detail.get("in_archive"):
        return _describe_archived_absence(facts)
    return (
        f"last seen {format_instant(facts.last_before_at)}",
        f"first absent {format_instant(facts.first_after_at)}",
        _describe_looks(facts),
        describe_answer(facts.detail),
        _describe_controls(facts),
    )


def _describe_looks(facts: EvidenceFacts) -> str:
    if not facts.detail.get("looks"):
        return ""
    over = facts.at - facts.first_after_at if facts.first_after_at else timedelta()
    looks = _format_count(facts.detail["looks"], "look")
    return f"{looks} over {format_span(over)}" if over else looks


def _describe_controls(facts: EvidenceFacts) -> str:
    """Return what the control looks showed; a purged event has no detail and so says nothing of them."""
    controls = facts.detail.get("controls") or "the rest of the site was not checked"
    return str(controls) if facts.detail else ""


def _describe_suspicion(facts: EvidenceFacts) -> tuple[str, ...]:
    return (*_describe_absence(facts), "not confirmed")


def _describe_removal(facts: EvidenceFacts) -> tuple[str, ...]:
    still_live = [str(url) for url in _list_values(facts.detail.get("still_live"))]
    copies = describe_live_copies(still_live) if facts.detail else ""  # a purged event has no detail
    return (*_describe_absence(facts), copies)


def _describe_reappearance(facts: EvidenceFacts) -> tuple[str, ...]:
    looks = facts.detail.get("looks")
    if facts.detail.get("in_archive"):
        return (
            f"last absent in the archive {format_instant(facts.last_before_at)}",
            f"captured again {format_instant(facts.first_after_at)}",
            f"absent at {_format_count(looks, 'capture')}",
        )
    return (
        f"last absent {format_instant(facts.last_before_at)}",
        f"seen again {format_instant(facts.first_after_at)}",
        f"absent at {_format_count(looks, 'look')}" if looks else "",
    )


def _describe_return(facts: EvidenceFacts) -> tuple[str, ...]:
    compared = "edit_kinds" in facts.detail or "dates" in facts.detail
    changed = "changed since it was last seen" if compared else ""
    return (*_describe_reappearance(facts), changed, *_describe_edit_detail(facts))


def _describe_addresses(facts: EvidenceFacts) -> str:
    old, new = facts.detail.get("from_url"), facts.detail.get("to_url")
    return f"from {old} to {new}" if old and new else ""


def _describe_move(facts: EvidenceFacts) -> tuple[str, ...]:
    return (
        f"last seen at the old address {format_instant(facts.last_before_at)}",
        f"found at the new one {format_instant(facts.at)}",
        _describe_addresses(facts),
    )


def _describe_renaming(facts: EvidenceFacts) -> tuple[str, ...]:
    return (*_describe_names(facts), _describe_addresses(facts))


def _describe_names(facts: EvidenceFacts) -> tuple[str, ...]:
    return (
        f"old name last seen {format_instant(facts.last_before_at)}",
        f"new name first seen {format_instant(facts.first_after_at)}",
    )


def _describe_unlisting(facts: EvidenceFacts) -> tuple[str, ...]:
    return (
        f"last listed {format_instant(facts.last_before_at)}",
        f"first missing from listing and feed {format_instant(facts.first_after_at)}",
        _describe_looks(facts),
        "its own address still answered",
    )


def _describe_relisting(facts: EvidenceFacts) -> tuple[str, ...]:
    return (
        f"last missing {format_instant(facts.last_before_at)}",
        f"listed again {format_instant(facts.first_after_at)}",
    )


def _describe_texts(facts: EvidenceFacts) -> tuple[str, ...]:
    return (
        f"old text last seen {format_instant(facts.last_before_at)}",
        f"new text first seen {format_instant(facts.first_after_at)}",
    )


def _describe_edit(facts: EvidenceFacts) -> tuple[str, ...]:
    edited, copies = (facts.detail.get(name) for name in ("edited_copies", "all_copies"))
    words = ""
    if isinstance(edited, int) and isinstance(copies, int):
        words = describe_edited_copies(edited, copies)
    return (*_describe_texts(facts), *_describe_edit_detail(facts), words, _describe_shared_edit(facts))


def _describe_shared_edit(facts: EvidenceFacts) -> str:
    """Return on how many postings the same words changed at once; empty where on this one alone."""
    count, others = facts.detail.get("shared_postings"), _list_values(facts.detail.get("shared_with"))
    return (
        f"the same change on {_format_count(count, 'posting')}: also {', '.join(map(str, others))}"
        if count
        else ""
    )


def _describe_edit_detail(facts: EvidenceFacts) -> tuple[str, ...]:
    """Return the kinds of edit, what its date shows, and what was not compared."""
    return (
        format_edit_kinds(_list_values(facts.detail.get("edit_kinds"))),
        DATE_CHANGES.get(str(facts.detail.get("dates")), ""),
        "compared roughly, because the text is very long or repetitive" if facts.detail.get("coarse") else "",
        str(facts.detail.get("contents") or ""),
    )


def _list_values(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def _describe_site_change(facts: EvidenceFacts) -> tuple[str, ...]:
    fields = format_edit_kinds(_list_values(facts.detail.get("fields")))
    count = facts.detail.get("postings")
    return (
        f"the same change on {_format_count(count, 'posting')}" if count else "",
        f"in {fields}" if fields else "",
        *_describe_texts(facts),
    )


def _describe_site_move(facts: EvidenceFacts) -> tuple[str, ...]:
    hosts = f"{facts.detail.get('from_host')} now redirects to {facts.detail.get('to_host')}"
    count = facts.detail.get("postings")
    return (
        hosts if facts.detail.get("to_host") else "",
        f"seen on {_format_count(count, 'posting')}, each with the same article number" if count else "",
        *_describe_names(facts),
    )


def _describe_first_sight(facts: EvidenceFacts) -> tuple[str, ...]:
    return (
        f"not there {format_instant(facts.last_before_at)}" if facts.last_before_at else "",
        f"first seen {format_instant(facts.first_after_at)}",
        DATE_CHANGES.get(str(facts.detail.get("dates")), ""),
    )


def _describe_purge(facts: EvidenceFacts) -> tuple[str, ...]:
    return (f"content removed here {format_instant(facts.at)}", str(facts.detail.get("why") or ""))


def _describe_setting_aside(facts: EvidenceFacts) -> tuple[str, ...]:
    what = (
        f"stored response {facts.detail.get('capture')} of {facts.detail.get('url')}" if facts.detail else ""
    )
    return (
        what,
        "cannot be read back" if what else "",
        str(facts.detail.get("reason") or ""),
        f"set aside {format_instant(facts.at)}",
    )


def _describe_quarantine(facts: EvidenceFacts) -> tuple[str, ...]:
    reason = str(facts.detail.get("reason", ""))
    return (
        reason,
        *_describe_notice(facts),
        "no edits or removals are reported until the pages can be read again",
    )


def _describe_mass_absence(facts: EvidenceFacts) -> tuple[str, ...]:
    count = f"{facts.detail.get('absent')} of {facts.detail.get('known')} known releases are absent at once"
    return (
        count if facts.detail else "",
        f"first absent {format_instant(facts.first_after_at)}",
        str(facts.detail.get("reason") or ""),
        "suspected, not confirmed",
    )


def _describe_mass_removal(facts: EvidenceFacts) -> tuple[str, ...]:
    gone = f"{facts.detail.get('absent')} of {facts.detail.get('known')} known releases gone"
    return (
        f"{gone if facts.detail else 'gone'} since {format_instant(facts.first_after_at)}",
        f"last seen {format_instant(facts.last_before_at)}",
        str(facts.detail.get("reason") or ""),
        "other releases answered as before",
    )


def _describe_notice(facts: EvidenceFacts) -> tuple[str, ...]:
    return (f"noticed {format_instant(facts.at)}",)


DESCRIPTIONS: Mapping[str, Callable[[EvidenceFacts], tuple[str, ...]]] = {  # by EventKind
    "found": _describe_first_sight,
    "published": _describe_first_sight,
    "edited": _describe_edit,
    "suspected": _describe_suspicion,
    "removed": _describe_removal,
    "cleared": _describe_reappearance,
    "returned": _describe_return,
    "moved": _describe_move,
    "renamed": _describe_renaming,
    "unlisted": _describe_unlisting,
    "relisted": _describe_relisting,
    "site_changed": _describe_site_change,
    "site_moved": _describe_site_move,
    "quarantined": _describe_quarantine,
    "mass_absence": _describe_mass_absence,
    "mass_removal": _describe_mass_removal,
    "set_aside": _describe_setting_aside,
    "purged": _describe_purge,
}
