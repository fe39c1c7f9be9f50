"""One request and its verdict, and what detection is given of it.

`Look` is what crosses from the crawler into storage. When its run ends, detection reads it back as a
`PostingFinding` or a `SiteFinding`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from storage.models.release import Address, Entry, Fields, Listing, Page


class Verdict(StrEnum):
    """The result of one look at an address."""

    LIVE = "live"
    UNCHANGED = "unchanged"  # 304: the server says that our copy is still current
    GONE = "gone"  # 404 or 410
    SOFT_GONE = "soft_gone"  # 200 without the article
    REDIRECTED = "redirected"
    BLOCKED = "blocked"  # 401, 403, 407, 451 or a challenge page
    THROTTLED = "throttled"  # 429
    SERVER_ERROR = "server_error"
    UNREACHABLE = "unreachable"  # no answer: name, connection, TLS, time limit
    ROBOTS_DENIED = "robots_denied"
    UNREADABLE = "unreadable"  # answered, but not readable as what was asked for
    TOO_LARGE = "too_large"

    @property
    def is_present(self) -> bool:
        """The address gave what was asked for: live, or unchanged."""
        return self in _PRESENT

    @property
    def is_gone(self) -> bool:
        """The site says that nothing is here: gone or soft_gone. Counts towards a removal."""
        return self in _GONE

    @property
    def is_absent(self) -> bool:
        """The address no longer shows an article: gone, soft_gone or redirected.

        A redirect is not yet `is_gone`: it may lead to the same story at its new address.
        """
        return self in _GONE or self is Verdict.REDIRECTED

    @property
    def is_answer(self) -> bool:
        """The site answered clearly whether an article is here: present or absent."""
        return self.is_present or self.is_absent

    @property
    def is_answered_in_place(self) -> bool:
        """The address itself answered, readably or not: present, gone, soft_gone or unreadable."""
        return self in _PRESENT or self in _GONE or self is Verdict.UNREADABLE

    @property
    def is_without_article(self) -> bool:
        """A page came in place of the article: soft_gone or unreadable. Many at once show a redesign."""
        return self is Verdict.SOFT_GONE or self is Verdict.UNREADABLE

    @property
    def is_refusal(self) -> bool:
        """The host does not want us: blocked or throttled."""
        return self in _REFUSALS

    @property
    def is_trouble(self) -> bool:
        """The host is in trouble or offline: server_error or unreachable."""
        return self in _TROUBLE

    @property
    def is_without_body(self) -> bool:
        """No complete response came that could be kept: too_large, robots_denied or unreachable."""
        return self in _WITHOUT_BODY


_PRESENT = frozenset({Verdict.LIVE, Verdict.UNCHANGED})
_GONE = frozenset({Verdict.GONE, Verdict.SOFT_GONE})
_REFUSALS = frozenset({Verdict.BLOCKED, Verdict.THROTTLED})
_TROUBLE = frozenset({Verdict.SERVER_ERROR, Verdict.UNREACHABLE})
_WITHOUT_BODY = frozenset({Verdict.TOO_LARGE, Verdict.ROBOTS_DENIED, Verdict.UNREACHABLE})


class Role(StrEnum):
    """What an address was requested as."""

    ARTICLE = "article"
    LISTING = "listing"
    FEED = "feed"
    ROBOTS = "robots"
    CONTROL = "control"  # an address where nothing can be: shows what the site answers then
    SITEMAP = "sitemap"

    @property
    def is_list(self) -> bool:
        """A listing page or a feed."""
        return self is Role.LISTING or self is Role.FEED


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server sent with which to ask later whether a page has changed; one of them at least."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class PreviousRead:
    """What an address gave when it was last read, to ask for it conditionally and recognise its answer."""

    validators: Validators | None = None  # None: ask for all of it
    article_digest: str | None = None  # as in `Look`
    revision_id: int | None = None  # what its article says
    listing: Listing | None = None  # what its listing or feed named
    page_digest: str | None = None  # as in `Look`


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect on the way to an answer."""

    page: Page  # the response that led on; its address is where it stood
    to_url: str
    at: datetime


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
    mapped: tuple[Address, ...] = ()  # what a file of a site map names
    reason: str = ""  # one line where something is wrong
    redirect_url: str | None = None
    article_digest: str | None = None  # "sha256:<hex>" of the article node as it came, where one was found
    page_digest: str | None = None  # of its page, where the same page has the same article
    answer_digest: str | None = None  # of the words of an answer without the article
    revision_id: int | None = None  # the revision that a recognised article still shows; it was not read
    validators: Validators | None = None  # of an answer that was read, where its server gave some
    found_address: Address | None = None  # where the answer to an article's address came from, or leads to
    is_damaged: bool = False  # empty, cut off, or out of order by its own words: no other design
    is_refused_alone: bool = False  # blocked, while the host shows us its other addresses
    renamed_from: Address | None = None  # where this story was before it took another slug
    hops: tuple[Hop, ...] = ()  # the redirects that were met on the way, in order

    @property
    def led_to(self) -> str | None:
        """The address to which redirects led; None where the address itself answered."""
        return self.hops[-1].to_url if self.hops else None

    @property
    def is_empty_list(self) -> bool:
        """A listing or feed was read and has no entries."""
        return self.verdict is Verdict.LIVE and self.listing is not None and not self.listing.entries


@dataclass(frozen=True, slots=True)
class PostingFinding:
    """One look at a known posting, as detection reads it."""

    id: int
    posting_id: int
    at: datetime
    verdict: Verdict
    status: int | None = None  # HTTP; None where no answer came
    fields: Fields | None = None  # what the answer showed; for a redirect, what its target shows
    found_address: Address | None = None  # where the posting was met anew, or where its address leads
    is_damaged: bool = False
    is_refused_alone: bool = False  # as in `Look`
    led_to: str | None = None  # as in `Look`
    answer_digest: str | None = None  # as in `Look`


@dataclass(frozen=True, slots=True)
class SiteFinding:
    """One look at a listing, a feed or a control address, as detection reads it."""

    role: Role
    at: datetime
    verdict: Verdict
    status: int | None = None  # HTTP; None where no answer came
    entries: tuple[Entry, ...] = ()
    is_damaged: bool = False
    answer_digest: str | None = None  # as in `Look`: of a control's answer
