"""What detection is given, and what it returns: one run's looks at a source, and what was known."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from storage.detection.redesign import Quarantine
from storage.detection.shared_passages import SharedPassage
from storage.detection.site_wide import RecentEdits, SitePart
from storage.detection.walls import RecentFailures
from storage.models import (
    Address,
    DetectedEvent,
    Fields,
    MassAbsence,
    PostingFinding,
    PostingStatus,
    RemovalPolicy,
    SiteFinding,
)


@dataclass(frozen=True, slots=True)
class PreviousPosting:
    """A posting as it was before these looks."""

    status: PostingStatus
    published_on: date | None = None
    fields: Fields | None = None  # what it said last; None where no look brought a text to compare
    later_fields: Fields | None = None  # what it said after this look, where looks came out of order
    is_readable: bool = True  # at the last look
    reposted_address: Address | None = None  # where the site put the same story after this one was last seen
    first_seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RunObservations:
    """Looks of one run at one source, and all that was known before them."""

    findings: tuple[PostingFinding, ...]  # in the order of time, one a posting
    site_findings: tuple[SiteFinding, ...]  # in the order of time
    postings: Mapping[int, PreviousPosting]  # by id: those looked at, and those that lists may name
    policy: RemovalPolicy
    known_passages: Container[SharedPassage] = frozenset()  # site-wide changes of earlier runs
    recent_edits: RecentEdits | None = None  # only where this run looks at a small part of the source
    reported_host_moves: frozenset[tuple[str, str]] = frozenset()  # hosts: from, to
    recent_failures: RecentFailures = field(
        default_factory=RecentFailures
    )  # read only where something is absent
    mass_absence: MassAbsence | None = None  # that an earlier run began
    open_postings: int = 0  # of the source: live or suspected
    is_quarantined: bool = False
    held: tuple[PostingFinding, ...] = ()  # that wait for the quarantine to end, in the order of time
    later: tuple[PostingFinding, ...] = ()  # of runs after this one, where it is in quarantine
    is_replayed: bool = False  # looks that waited while a quarantine lasted: they confirm no removal
    is_feed_only: bool = False  # the listing was not looked at, and it may name more than the feed


@dataclass(frozen=True, slots=True)
class DetectionResult:
    """What is to be written. While it is on hold, what does not read as before waits, and the lists do."""

    events: tuple[DetectedEvent, ...] = ()
    statuses: Mapping[int, PostingStatus] = field(default_factory=dict)  # by posting: those that changed
    readable: Mapping[int, bool] = field(default_factory=dict)  # by posting
    revised_ids: tuple[int, ...] = ()  # findings that brought what their posting says from now on
    site_passages: tuple[SharedPassage, ...] = ()  # site-wide changes that later runs must know
    edited_passages: Mapping[int, frozenset[SharedPassage]] = field(default_factory=dict)  # by posting
    site_parts: Mapping[int, SitePart] = field(default_factory=dict)  # by posting: what is the site's doing
    mass_absence: MassAbsence | None = None  # to be saved
    is_mass_over: bool = False  # most of those that were absent are back
    quarantine: Quarantine | None = None  # begins now
    is_on_hold: bool = False
    held_ids: tuple[int, ...] = ()  # findings at postings that wait, where it is on hold
    unobserved_ids: tuple[int, ...] = ()  # findings that waited, and show nothing of their postings
    is_recovered: bool = False  # the quarantine ends: everything reads as it did before
