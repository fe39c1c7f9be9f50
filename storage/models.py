"""The types both packages speak: frozen records without behaviour (DESIGN: one word a thing, everywhere).

Units are in the names: `_at` is an aware UTC instant, `_on` a calendar day as printed, `_url` an absolute
address.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Verdict(StrEnum):
    """What one look tells about an address."""

    LIVE = "live"
    UNCHANGED = "unchanged"  # 304: the server says what we have still holds
    GONE = "gone"  # 404 or 410
    SOFT_GONE = "soft_gone"  # 200 without the article
    REDIRECTED = "redirected"
    BLOCKED = "blocked"  # 401, 403 or a challenge page
    THROTTLED = "throttled"  # 429
    SERVER_ERROR = "server_error"
    UNREACHABLE = "unreachable"  # no answer: name, connection, TLS, time limit
    ROBOTS_DENIED = "robots_denied"
    UNREADABLE = "unreadable"  # answered, but not readable as what was asked for
    TOO_LARGE = "too_large"


class Role(StrEnum):
    """What an address was looked at for."""

    ARTICLE = "article"
    LISTING = "listing"
    FEED = "feed"
    ROBOTS = "robots"
    CONTROL = "control"
    SITEMAP = "sitemap"


class EventKind(StrEnum):
    """A line of the ledger."""

    FOUND = "found"  # met on a first crawl, a back-fill or an import: nobody knows since when it was there
    PUBLISHED = "published"  # an earlier complete look at the newsroom did not have it
    EDITED = "edited"
    SUSPECTED = "suspected"  # did not answer as it did; not confirmed
    CLEARED = "cleared"  # suspected, but it answers again
    REMOVED = "removed"
    RETURNED = "returned"
    MOVED = "moved"  # the same story answers at another address
    RENAMED = "renamed"  # another slug on the same number
    UNLISTED = "unlisted"  # dropped from listing and feed while its address answers
    RELISTED = "relisted"
    SITE_CHANGED = "site_changed"  # one change on many postings at once: the site's doing, no edits
    SITE_MOVED = "site_moved"  # the host has another name, path by path
    QUARANTINED = "quarantined"  # a redesign broke our reading: nothing is told before it is mended
    CAPTURED = "captured"  # hidden: a response kept without anything to tell
    BASELINED = "baselined"  # hidden: a text that is the new measure, though nobody edited it
    PURGED = "purged"  # its content was removed for safety; what is left are digests


HIDDEN_EVENTS = frozenset({EventKind.CAPTURED, EventKind.BASELINED})


class Confidence(StrEnum):
    """How far a reading, or a row of the catalogue, may be trusted."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Source:
    """One newsroom section that we watch: a row of the catalogue, or one a user added."""

    id: str
    host: str
    organization: str
    branch: str
    platform: str
    section: str
    listing_url: str | None
    feed_url: str | None
    confidence: Confidence
    enabled: bool = False
    private: bool = False  # loopback and private addresses are allowed for this source alone
    origin: str = "catalogue"  # or "user"
    article_url: str | None = None  # an example address
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A response ready to be read; `content` is the body after content decoding."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]  # as received and in order; names in lower case
    content: bytes


@dataclass(frozen=True, slots=True)
class Address:
    """Where a posting lives; its identity is (site, number), else (site, url) where there is no number."""

    site: str  # host after the alias table, with the port where it is not the usual one
    number: str | None  # article number
    url: str  # canonical

    @property
    def key(self) -> str:
        """Return what names the posting within its site: the article number, else the canonical address."""
        return self.number or self.url


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of a release's gallery."""

    url: str
    caption: str | None = None
    credit: str | None = None
    virin: str | None = None  # Visual Information Record Identification Number, e.g. 151104-F-IP058-015


@dataclass(frozen=True, slots=True)
class Link:
    """A hyperlink of a release's body; an attachment is one that leads to a document."""

    url: str
    text: str
    attachment: bool = False


@dataclass(frozen=True, slots=True)
class Fields:
    """What reading a release's page gives."""

    title: str
    paragraphs: tuple[str, ...]  # without the dateline; never empty strings, possibly no paragraph at all
    parser: str  # "<platform>:<version>"
    confidence: Confidence
    design: str  # which markup was read: g1, g1-print, g2, g3, g4, text, json-ld, opengraph, trafilatura
    article_id: str | None = None
    subtitle: str | None = None
    published_raw: str | None = None  # as printed
    published_on: date | None = None  # the printed day, never converted
    published_at: datetime | None = None  # only where a zone is known
    published_source: str | None = None  # where published_at comes from: "rss", "jss", "json-ld"
    byline: str | None = None
    organization: str | None = None
    dateline: str | None = None
    section: str | None = None  # the content type the page names: "News", "Release", "Contracts"
    tags: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A release as a listing or a feed announces it."""

    address: Address
    title: str
    published_raw: str | None = None
    published_on: date | None = None
    published_at: datetime | None = None
    published_source: str | None = None
    summary: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """The releases a listing page or a feed names, in its order (newest first, pinned ones excepted)."""

    entries: tuple[Entry, ...]  # no address twice
    parser: str
    next_url: str | None = None  # the next listing page; None on the last one and for feeds


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave to be asked by whether a page is as it was, as it came; one of them at least."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """One request for one address, and its verdict: all that crosses from the crawler into storage."""

    role: Role
    address: Address  # what was asked for
    at: datetime
    verdict: Verdict
    source_id: str | None = None
    run_id: int | None = None
    page: Page | None = None  # the response as it came; None where none came
    fields: Fields | None = None  # an article that could be read
    listing: Listing | None = None  # a listing or feed that could be read
    reason: str = ""  # one line where something is wrong
    redirect_url: str | None = None
    article_digest: str | None = None  # "sha256:<hex>" of the article node as it came, where one was found
    page_digest: str | None = None  # of its page, where the same page has the same article
    revision_id: int | None = None  # what an article still says that was recognised, unread
    validators: Validators | None = None  # of an answer that was read, where its server gave some
    found: Address | None = None  # where the answer to an article's address came from, or leads to
    spoiled: bool = False  # empty, broken off, or out of order by its own words: trouble, not another design


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a posting that differs between two revisions."""

    field: str
    before: object
    after: object


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
