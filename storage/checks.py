"""What a look at a whole newsroom found to work, as plain values."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried."""

    name: str  # home, robots, listing, feed, article
    ok: bool | None  # None: there is nothing of the kind to try
    line: str  # what was found, or what is wrong
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """How a newsroom answered when it was last tried; what works is of the last time that it did."""

    source_id: str
    ok: bool  # what a crawl needs works
    at: datetime
    checks: tuple[Check, ...]
    worked_at: datetime | None = None
    platform: str | None = None
    parser: str | None = None  # that read the article: "<platform>:<version>"
    design: str | None = None  # the article's markup: g1, g2, g3, g4, ...
    feed_url: str | None = None
    site_id: int | None = None  # the feed's Site number
    content_type: int | None = None  # and its ContentType
    sections: tuple[str, ...] = ()  # listing pages that the home page links
    fields: tuple[str, ...] = ()  # that the article had
