"""What a platform module gives: the kinds of page, what reading one yields, and the shape of a module.

A platform is a module, not a class: it satisfies `Platform` by having these names. `crawler.parsing.reader`
chooses between them; this package holds only the types, so that platforms never import one another's
dispatcher.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from storage.models import Address, Confidence, Fields, Listing, Page


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
    fields: Fields | None = None
    listing: Listing | None = None
    reason: str = ""  # one line where there is something to explain
    number: str | None = None  # of an article: what the page gives itself, else its address's
    digest: str | None = None  # of an article that can be recognised by it; see afpims.digest
    page_digest: str | None = None  # of its page, where that stands for it; see afpims_whole


class Platform(Protocol):
    """A module that reads the articles of one family of sites.

    `VERSION` rises when the same page would give other fields.
    """

    NAME: str
    VERSION: int

    def recognizes(self, page: Page) -> bool:
        """Return whether the page comes from this platform; never raises."""

    def is_article(self, page: Page) -> bool:
        """Return whether the page claims to be an article; never raises."""

    def read_article(self, page: Page) -> Fields:
        """Read one article; ParseError where a required field is missing or contradicts another."""
