"""What a robots.txt allows us, by RFC 9309; knows neither network nor store."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from protego import Protego

from storage.models import Page, Verdict

PRODUCT = "milwire"
FRESH = timedelta(hours=24)  # RFC 9309, section 2.4
GRACE = timedelta(hours=24)  # how long the last good copy stands in once it may not be called fresh
MAX_BYTES = 500 * 1024  # RFC 9309, section 2.5
MAX_DELAY_S = 24 * 3600.0
NO_FILE = frozenset({404, 410})
# An access limit on robots.txt is no invitation: nga.mil answers 403 with HTML, af.mil HTML with 200.
REFUSED = frozenset({401, 403, 429})


class RobotsStatus(StrEnum):
    """What a request for robots.txt told."""

    RULES = "rules"
    NONE = "none"  # there is no such file: everything is allowed
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RobotsRules:
    """What a host lets us fetch, and how fast."""

    text: str = ""
    known: bool = True
    reason: str = ""  # why nothing is known

    def allows_url(self, url: str) -> bool:
        """Return whether our product may fetch this address; nothing where the rules are unknown."""
        return self.known and bool(_parse_rules(self.text).can_fetch(url, PRODUCT))

    @property
    def delay_s(self) -> float:
        """Return the Crawl-delay meant for us, at most a day; 0 where none is asked for."""
        asked = _parse_rules(self.text).crawl_delay(PRODUCT)
        if asked is None or math.isnan(asked) or asked <= 0:
            return 0.0
        return min(float(asked), MAX_DELAY_S)


@lru_cache(maxsize=64)  # each request asks
def _parse_rules(text: str) -> Protego:
    return Protego.parse(text)


def classify_answer(page: Page | None) -> RobotsStatus:
    """Return what an answer means; None stands for no answer at all."""
    if page is None or page.status in REFUSED or page.status >= 500:
        return RobotsStatus.UNKNOWN
    if page.status in NO_FILE:
        return RobotsStatus.NONE
    if 400 <= page.status < 500:
        return RobotsStatus.NONE  # RFC 9309, section 2.3.1.3: "unavailable"
    if page.status != 200 or _is_markup(page):
        return RobotsStatus.UNKNOWN
    return RobotsStatus.RULES


def judge_robots(page: Page) -> tuple[Verdict, str]:
    """Return what the look at a robots.txt tells, and one line where something is wrong."""
    if page.status in NO_FILE:
        return Verdict.GONE, ""
    if page.status == 429:
        return Verdict.THROTTLED, "robots.txt: HTTP 429"
    if page.status in REFUSED:
        return Verdict.BLOCKED, f"robots.txt: HTTP {page.status}"
    if page.status >= 500:
        return Verdict.SERVER_ERROR, f"robots.txt: HTTP {page.status}"
    if 300 <= page.status < 400:
        return Verdict.REDIRECTED, f"robots.txt: HTTP {page.status}, leads nowhere we may follow"
    if page.status == 200 and _is_markup(page):
        return Verdict.UNREADABLE, "robots.txt: a web page instead of rules"
    return Verdict.LIVE, ""


def decode_rules(page: Page) -> str:
    """Return the rules as text; disa.mil's begins with a byte order mark."""
    return page.content[:MAX_BYTES].decode("utf-8-sig", errors="replace")


def is_fresh_copy(fetched_at: datetime, now: datetime) -> bool:
    """Return whether a copy needs no new look; one from the future (a clock was set back) does."""
    return timedelta(0) <= now - fetched_at < FRESH


def is_usable_copy(fetched_at: datetime, now: datetime) -> bool:
    """Return whether the last good copy may be used while the file cannot be had; none is of the future."""
    return abs(now - fetched_at) < FRESH + GRACE


def _is_markup(page: Page) -> bool:
    start = page.content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml", b"<body", b"<!--"))
