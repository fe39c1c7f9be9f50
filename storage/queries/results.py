"""What comes back from a question: plain records, ready for a table or for JSON."""

from dataclasses import dataclass
from datetime import date, datetime

from storage.models import Event, EventKind, Image, Link, Refusal, RunState


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events or releases are wanted; what is None does not matter."""

    source: str | None = None
    kind: EventKind | None = None
    since: date | None = None  # that day counts
    until: date | None = None  # that day counts
    release: int | None = None
    limit: int | None = None  # the newest so many
    hidden: bool = False  # the events that only the chain needs, too


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A release in which every word was found."""

    release: int
    title: str  # what it is called now
    published_on: date | None
    organization: str | None
    posting: str  # the address of the copy that holds the words
    state: str  # of that copy
    current: bool  # False: the words are in an earlier revision only
    revision: int
    observed_at: datetime  # when that revision was first seen
    excerpt: str


@dataclass(frozen=True, slots=True)
class Posting:
    """One copy of a release, on one site."""

    id: int
    url: str
    site: str
    number: str | None
    title: str
    state: str
    since_at: datetime
    first_seen_at: datetime
    last_seen_at: datetime
    sources: tuple[str, ...]
    addresses: tuple[str, ...]  # every one it was met under


@dataclass(frozen=True, slots=True)
class Revision:
    """What a posting said from one look on."""

    id: int
    posting: str
    seq: int
    observed_at: datetime
    title: str
    content_hash: str
    parser: str
    confidence: str
    capture: str | None  # WARC file and offset, as "file:offset"


@dataclass(frozen=True, slots=True)
class Release:
    """One story as its first posting tells it now."""

    id: int
    title: str
    subtitle: str | None
    published_on: date | None
    published_raw: str | None
    published_at: datetime | None
    byline: str | None
    organization: str | None
    dateline: str | None
    section: str | None
    body: str
    tags: tuple[str, ...]
    images: tuple[Image, ...]
    links: tuple[Link, ...]
    url: str
    site: str
    number: str | None
    state: str
    kind: EventKind  # found or published
    first_seen_at: datetime
    content_hash: str
    sources: tuple[str, ...]
    copies: tuple[str, ...]  # the addresses of all its postings


@dataclass(frozen=True, slots=True)
class History:
    """A release with all that is known about it."""

    release: Release
    postings: tuple[Posting, ...]
    revisions: tuple[Revision, ...]  # in the order of time, posting by posting
    events: tuple[Event, ...]
    same_text: tuple[int, ...]  # releases with the same text that are kept apart


@dataclass(frozen=True, slots=True)
class LookSpan:
    """Equal looks at a posting, one after another."""

    posting: str  # its address
    outcome: str  # a verdict
    first_at: datetime
    last_at: datetime
    looks: int
    source: str | None  # the newsroom whose crawl looked, the last one where several did
    revision: int | None  # `seq` of the revision that was seen
    status: int | None  # HTTP, of the first
    reason: str  # one line where something was wrong
    unwatched_s: int | None  # seconds before it in which nobody looked, where that is a gap


@dataclass(frozen=True, slots=True)
class Capture:
    """A response that is kept as it came."""

    id: int
    posting: str
    url: str
    at: datetime
    status: int
    file: str  # in the folder of captures
    offset: int
    length: int  # bytes, of the compressed record
    sha256: str  # of the decoded body
    revisions: tuple[int, ...]  # `seq` of the revisions read from it


@dataclass(frozen=True, slots=True)
class ReleaseHistory:
    """A release with all that is known about it, as it is told."""

    release: Release
    postings: tuple[Posting, ...]
    revisions: tuple[Revision, ...]  # in the order of time, posting by posting
    events: tuple[Event, ...]  # in the order in which we noticed
    looks: tuple[LookSpan, ...]  # posting by posting, in the order of time
    captures: tuple[Capture, ...]  # the same
    same_text: tuple[int, ...]  # releases with the same text that are kept apart


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One crawl or import of a source."""

    id: int
    source: str
    kind: str  # crawl, backfill, since, import
    state: RunState
    started_at: datetime
    finished_at: datetime | None
    complete: bool
    found: int
    published: int
    edited: int
    requests: int
    failures: tuple[str, ...]  # one line each


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How a source fares."""

    source: str
    enabled: bool
    is_off: bool  # a user switched it off
    ok: bool  # its last crawl went well
    last_run: RunSummary | None  # the last crawl, else the last import
    last_complete_at: datetime | None
    postings: int
    pending: int  # announced and not fetched yet


@dataclass(frozen=True, slots=True)
class DatabaseStatus:
    """How all of it fares."""

    ok: bool  # no source that counts failed
    releases: int
    postings: int
    sources: tuple[SourceStatus, ...]  # by id
    refused: tuple[Refusal, ...] = ()  # hosts that do not let us look, the longest first
