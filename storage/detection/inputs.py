"""What a judgement is made of, and what it says: the looks of one run beside what was known before them."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from storage.detection.gradual_changes import Lately
from storage.detection.redesign import Quarantine
from storage.detection.site_wide import Piece
from storage.models import (
    Address,
    Change,
    EventKind,
    Fields,
    PostingFinding,
    PostingStatus,
    RemovalPolicy,
    SiteFinding,
)


@dataclass(frozen=True, slots=True)
class Subject:
    """A posting as it was before these looks."""

    standing: PostingStatus
    published_on: date | None = None
    text: Fields | None = None  # what it said last; None where nobody looked
    is_readable: bool = True  # at the last look
    reposted: Address | None = (
        None  # the same story on the same site, first seen after this one was last seen
    )


@dataclass(frozen=True, slots=True)
class Case:
    """Looks of one run at one source, and all that was known before them."""

    findings: tuple[PostingFinding, ...]  # in the order of time, one a posting
    places: tuple[SiteFinding, ...]  # in the order of time
    subjects: Mapping[int, Subject]  # by posting: those looked at, and those that lists may name
    policy: RemovalPolicy
    known: Container[Piece] = frozenset()  # the site's doing, from earlier runs
    lately: Lately | None = None  # where this run looks at a part of the source alone
    moves: frozenset[tuple[str, str]] = frozenset()  # hosts whose move was told already: from, to
    is_quarantined: bool = False
    is_of_feed: bool = False  # the feed alone was looked at, though there is a listing: it may name more


@dataclass(frozen=True, slots=True)
class Told:
    """An event to be written; its revision and capture are those of the finding."""

    kind: EventKind
    at: datetime
    posting: int | None = None
    finding: int | None = None
    last_before_at: datetime | None = None
    first_after_at: datetime | None = None
    changes: tuple[Change, ...] = ()
    detail: Mapping[str, object] = field(default_factory=dict)  # JSON values


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is to be kept; where it is held, the findings wait and nothing else counts."""

    told: tuple[Told, ...] = ()
    standings: Mapping[int, PostingStatus] = field(default_factory=dict)  # those that changed
    readable: Mapping[int, bool] = field(default_factory=dict)
    revised: tuple[int, ...] = ()  # findings whose text is what the posting says from now on
    pieces: tuple[Piece, ...] = ()  # to be known in later runs
    edited: Mapping[int, frozenset[Piece]] = field(default_factory=dict)  # pieces of the edits of a part
    quarantine: Quarantine | None = None  # begins now
    is_held: bool = False
    is_recovered: bool = False  # the quarantine ends: everything reads as it did before
