"""What a platform is and what reading a page gives: the types between the reader and the platforms.

A platform is a module or a package, not a class: it satisfies `Platform` by having these names.
`registry.PLATFORMS` lists them; docs/adding-a-platform.md walks through a whole one.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from storage.models import Address, Confidence, Fields, Listing, Page, PreviousRead


class PageKind(StrEnum):
    """What a page turned out to be."""

    ARTICLE = "article"
    LISTING = "listing"
    FEED = "feed"
    REFUSED = "refused"
    NOT_FOUND = "not_found"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading a page gave; `fields` belongs to articles, `listing` to listings and feeds."""

    kind: PageKind
    platform: str | None
    parser: str | None  # "<platform>:<version>"
    confidence: Confidence | None
    address: Address
    fields: Fields | None = None  # None for an article that was recognized by its digest and not read again
    listing: Listing | None = None
    reason: str = ""  # one line where there is something to explain
    number: str | None = None  # of an article: what the page gives itself, else its address's
    digest: str | None = None  # of an article on a platform with digests
    page_digest: str | None = None  # of its page, where the same page always has the same article


@dataclass(frozen=True, slots=True)
class ArticleReading:
    """What reading one article gave; without fields, it is the one that was read before."""

    parser: str
    confidence: Confidence
    fields: Fields | None
    number: str | None = None  # what the page gives itself, else its address's
    digest: str | None = None  # of the article, where the platform has digests
    page_digest: str | None = None  # of its page, where the same page always has the same article


@dataclass(frozen=True, slots=True)
class Parsers:
    """The parsers of a platform, as `Fields.parser` and `Listing.parser` name them."""

    articles: frozenset[str]
    listings: frozenset[str]


@runtime_checkable
class Platform(Protocol):
    """A module that reads the pages of one family of sites."""

    NAME: str  # as the column `platform` of the catalogue has it
    VERSION: int  # raise it when the same article page would now give other fields
    LISTING_CONFIDENCE: Confidence  # how far its listings and feeds can be trusted

    def list_parsers(self) -> Parsers:
        """Return the parsers in use today; what another one read is read again."""

    def recognizes(self, page: Page) -> bool:
        """Return whether this platform made the page, or the feed; never raises."""

    def is_article(self, page: Page) -> bool:
        """Return whether a page of this platform claims to be an article; never raises."""

    def read_article(self, page: Page) -> Fields:
        """Read one article. ParseError where a required field is missing or contradicts another."""

    def read_listing(self, page: Page) -> Listing | None:
        """Return the releases that a page lists, or None where it is not a listing. ParseError as above."""


class DigestingPlatform(Platform, Protocol):
    """A platform that recognizes an unchanged article by a digest, which is cheaper than reading it again."""

    def read_if_changed(self, page: Page, previous: PreviousRead) -> ArticleReading | None:
        """Read one article unless it has a digest of `previous`; None where the page is not an article.

        ParseError as `read_article`.
        """
