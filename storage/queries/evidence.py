"""The evidence of an event in words: what was seen, when, and how it was checked. Pure.

We say what we saw, never what somebody did: a posting is absent from one look on; when, why or by whom it
went nobody here can know.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

Detail = Mapping[str, object]

DATES: Mapping[str, str] = {  # by storage.diff.dates.DateChange
    "date_only": "the declared date moved, the text did not",
    "text_only": "the declared date did not change",
    "both": "the declared date moved with the text",
    "back_dated": "dated earlier than it was put in",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an event rests on, as the ledger keeps it."""

    kind: str  # of `records.EventKind`
    at: datetime  # when it was noticed
    last_before_at: datetime | None = None
    first_after_at: datetime | None = None
    detail: Detail = field(default_factory=dict)


def evidence(told: Evidence) -> str:
    """Return one line without a full stop, as "last seen ...; first absent ...; 3 looks over 6 h; ..."."""
    parts = SENTENCES.get(told.kind, _noticed)(told)
    return "; ".join(part for part in parts if part)


def instant(at: datetime | None) -> str:
    """Return an instant to the minute: "2025-03-01 14:05 UTC", or "never"."""
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "never"


def span(length: timedelta) -> str:
    """Return a length in its two largest units: "6 h", "1 d 4 h", "12 min", "under a minute"."""
    minutes = int(length.total_seconds()) // 60
    units = ((minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min"))
    return " ".join([f"{count} {unit}" for count, unit in units if count][:2]) or "under a minute"


def kinds(names: Iterable[object]) -> str:
    """Return kinds of edit as a reader says them: "number, paragraph added"."""
    return ", ".join(str(name).replace("_", " ") for name in names)


def copies_removed(still_live: Sequence[str]) -> str:
    """Return what is known of the other copies of a removed posting; their addresses in the order given."""
    return f"removed here, still live at {', '.join(still_live)}" if still_live else "no live copy known"


def copies_edited(edited: int, copies: int) -> str:
    """Return on how many of its copies a story was edited; empty for a story with one copy."""
    return f"edited on {edited} of {copies} copies" if copies > 1 else ""


def _count(many: object, noun: str) -> str:
    return f"{many} {noun}" if many == 1 else f"{many} {noun}s"


def _absent(told: Evidence) -> tuple[str, ...]:
    return f"last seen {instant(told.last_before_at)}", f"first absent {instant(told.first_after_at)}"


def _looks(told: Evidence) -> str:
    if not told.detail.get("looks"):
        return ""
    over = told.at - told.first_after_at if told.first_after_at else timedelta()
    looks = _count(told.detail["looks"], "look")
    return f"{looks} over {span(over)}" if over else looks


def _answer(told: Evidence) -> str:
    verdict = told.detail.get("verdict")
    return {"gone": "answered not found", "soft_gone": "answered without the article"}.get(str(verdict), "")


def _controls(told: Evidence) -> str:
    """Return the control looks in words; a purged event has no detail left that could tell of any."""
    controls = told.detail.get("controls") or "none"
    return f"controls: {controls}" if told.detail else ""


def _suspected(told: Evidence) -> tuple[str, ...]:
    return (*_absent(told), _looks(told), _answer(told), _controls(told), "not confirmed")


def _removed(told: Evidence) -> tuple[str, ...]:
    still_live = [str(url) for url in _list(told.detail.get("still_live"))]
    copies = copies_removed(still_live) if told.detail else ""  # a purged event has none
    return (*_absent(told), _looks(told), _answer(told), _controls(told), copies)


def _again(told: Evidence) -> tuple[str, ...]:
    looks = told.detail.get("looks")
    return (
        f"last absent {instant(told.last_before_at)}",
        f"seen again {instant(told.first_after_at)}",
        f"absent at {_count(looks, 'look')}" if looks else "",
    )


def _returned(told: Evidence) -> tuple[str, ...]:
    compared = "edit_kinds" in told.detail or "dates" in told.detail
    return (*_again(told), "changed meanwhile" if compared else "", *_sort(told))


def _addresses(told: Evidence) -> str:
    where = told.detail.get("from_url"), told.detail.get("to_url")
    return f"from {where[0]} to {where[1]}" if all(where) else ""


def _moved(told: Evidence) -> tuple[str, ...]:
    return (
        f"last seen there {instant(told.last_before_at)}",
        f"found elsewhere {instant(told.at)}",
        _addresses(told),
    )


def _renamed(told: Evidence) -> tuple[str, ...]:
    return (
        f"old name last seen {instant(told.last_before_at)}",
        f"new name first seen {instant(told.first_after_at)}",
        _addresses(told),
    )


def _unlisted(told: Evidence) -> tuple[str, ...]:
    return (
        f"last listed {instant(told.last_before_at)}",
        f"first missing from listing and feed {instant(told.first_after_at)}",
        _looks(told),
        "its own address still answered",
    )


def _relisted(told: Evidence) -> tuple[str, ...]:
    return (f"last missing {instant(told.last_before_at)}", f"listed again {instant(told.first_after_at)}")


def _between(told: Evidence) -> tuple[str, ...]:
    return (
        f"old text last seen {instant(told.last_before_at)}",
        f"new text first seen {instant(told.first_after_at)}",
    )


def _edited(told: Evidence) -> tuple[str, ...]:
    return (*_between(told), *_sort(told), _copies(told))


def _copies(told: Evidence) -> str:
    edited, copies = (told.detail.get(name) for name in ("edited_copies", "all_copies"))
    return copies_edited(edited, copies) if isinstance(edited, int) and isinstance(copies, int) else ""


def _sort(told: Evidence) -> tuple[str, ...]:
    """Return what sort of edit it is, what its declared date tells, and what was not looked at."""
    return (
        kinds(_list(told.detail.get("edit_kinds"))),
        DATES.get(str(told.detail.get("dates")), ""),
        "compared coarsely, the text is too large" if told.detail.get("coarse") else "",
        str(told.detail.get("contents") or ""),
    )


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def _site_changed(told: Evidence) -> tuple[str, ...]:
    fields = kinds(_list(told.detail.get("fields")))
    many = told.detail.get("postings")
    return (
        f"the same change on {_count(many, 'posting')}" if many else "",
        f"in {fields}" if fields else "",
        *_between(told),
    )


def _site_moved(told: Evidence) -> tuple[str, ...]:
    hosts = f"{told.detail.get('from_host')} now answers as {told.detail.get('to_host')}"
    many = told.detail.get("postings")
    return (
        hosts if told.detail.get("to_host") else "",
        f"path by path on {_count(many, 'posting')}" if many else "",
        f"old name last seen {instant(told.last_before_at)}",
        f"new name first seen {instant(told.first_after_at)}",
    )


def _published(told: Evidence) -> tuple[str, ...]:
    return (
        f"not there {instant(told.last_before_at)}" if told.last_before_at else "",
        f"first seen {instant(told.first_after_at)}",
        DATES.get(str(told.detail.get("dates")), ""),
    )


def _purged(told: Evidence) -> tuple[str, ...]:
    return (f"content removed here {instant(told.at)}", str(told.detail.get("why") or ""))


def _quarantined(told: Evidence) -> tuple[str, ...]:
    reason = str(told.detail.get("reason", ""))
    return (reason, *_noticed(told), "no edits or removals are told until the reading is mended")


def _noticed(told: Evidence) -> tuple[str, ...]:
    return (f"noticed {instant(told.at)}",)


SENTENCES: Mapping[str, Callable[[Evidence], tuple[str, ...]]] = {
    "found": _published,
    "published": _published,
    "edited": _edited,
    "suspected": _suspected,
    "removed": _removed,
    "cleared": _again,
    "returned": _returned,
    "moved": _moved,
    "renamed": _renamed,
    "unlisted": _unlisted,
    "relisted": _relisted,
    "site_changed": _site_changed,
    "site_moved": _site_moved,
    "quarantined": _quarantined,
    "purged": _purged,
}
