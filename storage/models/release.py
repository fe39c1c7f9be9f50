"""What a site shows: a page as it came, and the release, listing or feed that was read from it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Confidence(StrEnum):
    """How far a reading, or a row of the catalogue, may be trusted."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Page:
    """A response ready to be read; `content` is the body after content decoding."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]  # as received and in order; names in lower case
    content: bytes

    @property
    def has_http_status(self) -> bool:
        """Return whether the status can be one of HTTP (RFC 9110, 15: three digits)."""
        return 100 <= self.status <= 999


@dataclass(frozen=True, slots=True)
class Address:
    """Where a posting is found. Its identity is (site, number), or (site, url) where there is no number."""

    site: str  # host after the alias table, with the port where it is not the usual one
    number: str | None  # article number
    url: str  # canonical

    @property
    def key(self) -> str:
        """Return the posting's identity within its site: the article number, else the canonical address."""
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
    """A hyperlink in a release's body; an attachment is one that leads to a document.

    What is embedded is no link to follow but a video, a player or a frame that stands in the body.
    """

    url: str
    text: str
    attachment: bool = False
    embedded: bool = False


@dataclass(frozen=True, slots=True)
class Fields:
    """What was read from a release's page."""

    title: str
    paragraphs: tuple[str, ...]  # without the dateline; no empty strings; possibly no paragraph at all
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
    has_end: bool = True  # False: the page does not close what it opened, so the text may break off


@dataclass(frozen=True, slots=True)
class Entry:
    """A release as a listing or a feed shows it."""

    address: Address
    title: str
    published_raw: str | None = None
    published_on: date | None = None
    published_at: datetime | None = None
    published_source: str | None = None
    summary: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """The releases on a listing page or in a feed, in its order (newest first, except pinned ones)."""

    entries: tuple[Entry, ...]  # no address twice
    parser: str
    next_url: str | None = None  # the next listing page; None on the last one and for feeds
