"""A newsroom that we watch, how it answered when it was last verified, and a host that refuses us."""

from dataclasses import dataclass
from datetime import datetime

from storage.models.release import Confidence


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
class Check:
    """One thing that a verification tried."""

    name: str  # home, robots, listing, feed, article
    ok: bool | None  # None: there was nothing of the kind to try
    line: str  # what was found, or what is wrong
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """How a newsroom answered when it was last verified. What works is of the last time that it worked."""

    source_id: str
    ok: bool  # all that a crawl needs works
    at: datetime
    checks: tuple[Check, ...]
    worked_at: datetime | None = None
    platform: str | None = None
    parser: str | None = None  # that read the article: "<platform>:<version>"
    design: str | None = None  # the article's markup: g1, g2, g3, g4, ...
    feed_url: str | None = None
    site_id: int | None = None  # the feed's Site number
    content_type: int | None = None  # the feed's ContentType
    sections: tuple[str, ...] = ()  # listing pages that the home page links
    fields: tuple[str, ...] = ()  # fields that the article had


@dataclass(frozen=True, slots=True)
class Refusal:
    """A host that refuses us: all its refusals in a row."""

    host: str
    since_at: datetime  # the first of them
    last_at: datetime
    times: int
    until_at: datetime  # left alone until then
    reason: str  # of the last one, in one line
