"""What can go wrong on the way to a page: rules a test lays on a served site."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Trouble(StrEnum):
    """A kind of misbehaviour; the comments say what goes over the wire."""

    BLOCKED = "blocked"  # 403 with the refusal of the content network
    THROTTLED = "throttled"  # 429 with Retry-After
    CHALLENGE = "challenge"  # 200 with the page of a bot wall
    BROKEN = "broken"  # 500
    UNAVAILABLE = "unavailable"  # 503
    NOT_FOUND = "not found"  # 404
    GONE = "gone"  # 410
    EMPTY = "empty"  # 200 without a body
    HANG = "hang"  # the connection is taken and nothing comes until it closes or the server stops
    SLOW = "slow"  # the body comes in small pieces, `seconds` apart
    DRIBBLE = "dribble"  # a body of which a byte comes now and then, `seconds` apart, for ever
    SLOW_HEAD = "slow head"  # the same before there is a body
    RESET = "reset"  # the connection is taken and thrown away
    TRUNCATED = "truncated"  # Content-Length says more than comes, then the connection closes
    HUGE = "huge"  # 200 with `size_bytes` of body
    BOMB = "bomb"  # the same, packed to a thousandth
    LOOP = "loop"  # a redirect to the address itself, with a counter
    AWAY = "away"  # a redirect to another host, `elsewhere_url`
    PRIVATE = "private"  # a redirect to an address of a private network
    HOME = "home"  # the home page with 200
    LISTING = "listing"  # the site's first listing page with 200
    GARBAGE = "garbage"  # bytes that are no text, called HTML
    ROBOTS_AS_HTML = "robots as html"  # a page with 200 where robots.txt should be
    STALE_FEED = "stale feed"  # feeds as they were when the rule was laid
    ENDLESS = "endless"  # listings whose next page never ends; pages past the last repeat it
    NO_ITEMS = "no items"  # listings and feeds without an entry
    FEW_ITEMS = "few items"  # listings and feeds cut to their first entries


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule: which requests meet which trouble, and how often."""

    trouble: Trouble
    site: str | None = None  # its name; None = every site
    target: str = ""  # a pattern searched in path and query, letter case aside; "" = every request
    times: int | None = None  # None = until it is lifted
    skip: int = 0  # matching requests that pass first
    retry_after_s: int = 30
    retry_after: str = ""  # what the header says instead of so many seconds
    elsewhere_url: str = "https://www.elsewhere.example/News/"
    seconds: float = 0.05  # between the pieces of a slow body
    size_bytes: int = 20 * 2**20
    keep: int = 2  # entries left by FEW_ITEMS


def matches(fault: Fault, site: str, target: str) -> bool:
    """Return whether a rule speaks about this request, leaving out how often it did already."""
    return fault.site in (None, site) and re.search(fault.target, target, re.IGNORECASE) is not None
