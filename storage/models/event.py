"""Events: what changed, as the ledger holds it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class EventKind(StrEnum):
    """The kind of a ledger entry."""

    FOUND = "found"  # already there on a first crawl, back-fill or import; we can't tell since when
    PUBLISHED = "published"  # new: an earlier complete look at the newsroom did not have it
    EDITED = "edited"
    SUSPECTED = "suspected"  # no longer answers as it did; not confirmed
    CLEARED = "cleared"  # was suspected, but answers again
    REMOVED = "removed"
    RETURNED = "returned"
    MOVED = "moved"  # the same story answers at another address
    RENAMED = "renamed"  # another slug on the same number
    UNLISTED = "unlisted"  # dropped from listing and feed while its address answers
    RELISTED = "relisted"
    SITE_CHANGED = "site_changed"  # one change on many postings at once: the site's doing, no edits
    SITE_MOVED = "site_moved"  # the host has another name, path by path
    QUARANTINED = "quarantined"  # a redesign broke our reading: no events until the site reads well again
    CAPTURED = "captured"  # hidden: a response was kept, and there is nothing to report
    BASELINED = "baselined"  # hidden: a text became the new baseline, though nobody edited it
    MASS_ABSENCE = "mass_absence"  # many releases are absent at once: a purge, or a site that broke
    MASS_REMOVAL = "mass_removal"  # stands above the removals that follow from it
    SET_ASIDE = "set_aside"  # a stored response that cannot be read back; a check asks for it no more
    PURGED = "purged"  # its content was removed for safety; only digests are left

    @property
    def is_hidden(self) -> bool:
        """People are not shown it: captured or baselined."""
        return self in HIDDEN_EVENTS

    @property
    def is_first(self) -> bool:
        """It is a posting's first event: found or published."""
        return self is EventKind.FOUND or self is EventKind.PUBLISHED

    @property
    def is_of_site(self) -> bool:
        """It is about a whole site and no single posting."""
        return self in _OF_SITE

    @property
    def has_changes(self) -> bool:
        """It may say which fields changed: edited or returned."""
        return self is EventKind.EDITED or self is EventKind.RETURNED


HIDDEN_EVENTS = frozenset({EventKind.CAPTURED, EventKind.BASELINED})
_OF_SITE = frozenset(
    {
        EventKind.SITE_CHANGED,
        EventKind.SITE_MOVED,
        EventKind.QUARANTINED,
        EventKind.MASS_ABSENCE,
        EventKind.MASS_REMOVAL,
    }
)


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a posting that differs between two revisions."""

    field: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class DetectedEvent:
    """What we decided has happened, before the ledger has it."""

    kind: EventKind
    at: datetime  # when we noticed
    last_before_at: datetime | None = None  # the last look that still had the state before
    first_after_at: datetime | None = None  # the first look that had the state after
    posting_id: int | None = None  # None where it is about a whole site
    finding_id: int | None = None  # the look that showed it, where a run's looks were compared
    changes: tuple[Change, ...] = ()
    detail: Mapping[str, object] = field(default_factory=dict)  # JSON values: see storage/detection/detect.py


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the ledger as people read it."""

    id: int
    kind: EventKind
    at: datetime  # when we noticed
    source: str | None
    posting: str | None  # its address
    release: int | None
    title: str | None
    last_before_at: datetime | None  # the last look that still had the state before
    first_after_at: datetime | None  # the first look that had the state after
    changes: Sequence[Change] = ()
    detail: Mapping[str, object] = field(default_factory=dict)  # JSON values: see storage/detection/detect.py
