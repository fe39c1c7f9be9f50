"""What a robots.txt allows us to fetch, by RFC 9309."""

import codecs
import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from protego import Protego

from crawler.parsing import block_pages, encodings, text
from storage.models import Page, Verdict

PRODUCT = "milwire"
FRESH = timedelta(hours=24)  # RFC 9309, section 2.4
GRACE = timedelta(hours=24)  # how long the last good copy may be used after it is no longer fresh
MAX_BYTES = 500 * 1024  # RFC 9309, section 2.5
MAX_DELAY_S = 24 * 3600.0
NO_FILE_STATUSES = frozenset({404, 410})
# A group names a product token (RFC 9309, section 2.2.1); some add a version: "milwire/1.0 (news)".
AGENT_LINE = re.compile(
    r"^([ \t]*user[- ]?agent[ \t]*(?::|[ \t])[ \t]*)([^\r\n#]*)[^\r\n]*", re.IGNORECASE | re.MULTILINE
)
OUR_NAME = re.compile(rf"(?<![A-Za-z_-]){PRODUCT}(?![A-Za-z_-])", re.IGNORECASE)
OTHER_NAME = "another"  # Protego takes any part of our name for ours: "mil"
RECORD = re.compile(
    r"^[ \t]*(?:user[- ]?agent|dis?s?al+[ao]w|diasllow|allow|site-?maps?|crawl[- ]delay|request[- ]rate"
    r"|visit[- ]time|host|clean-param|noindex|content-(?:signal|usage))(?:[ \t:]|$)",
    re.IGNORECASE | re.MULTILINE,
)
NOT_COMMENT = re.compile(r"^[ \t]*[^#\s]", re.MULTILINE)
ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# A refusal of robots.txt allows nothing: nga.mil answers 403 with HTML, af.mil HTML with 200.
REFUSED_STATUSES = frozenset({401, 403, 429})


class RobotsStatus(StrEnum):
    """What an answer to a request for robots.txt means."""

    RULES = "rules"
    NONE = "none"  # there is no file, so everything is allowed
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RobotsRules:
    """What a host lets us fetch, and how fast."""

    text: str = ""
    known: bool = True
    reason: str = ""  # why the rules are unknown

    def allows_url(self, url: str) -> bool:
        """Return whether we may fetch this address; never where the rules are unknown."""
        return self.known and bool(_parse_rules(self.text).can_fetch(url, PRODUCT))

    @property
    def delay_s(self) -> float:
        """The Crawl-delay that holds for us, at most a day; 0 without one."""
        asked = _parse_rules(self.text).crawl_delay(PRODUCT)
        if asked is None or math.isnan(asked) or asked <= 0:
            return 0.0
        return min(float(asked), MAX_DELAY_S)


@lru_cache(maxsize=64)  # called for each request
def _parse_rules(text: str) -> Protego:
    return Protego.parse(text)


def classify_answer(page: Page | None) -> RobotsStatus:
    """Return what an answer to a request for robots.txt means; None stands for no answer."""
    if page is None or page.status in REFUSED_STATUSES or page.status >= 500:
        return RobotsStatus.UNKNOWN
    if block_pages.identify_refusal_headers(page.headers):
        return RobotsStatus.UNKNOWN
    if page.status in NO_FILE_STATUSES:
        return RobotsStatus.NONE
    if 400 <= page.status < 500:
        return RobotsStatus.NONE  # RFC 9309, section 2.3.1.3: "unavailable"
    if page.status != 200 or _explain_unreadable(page):
        return RobotsStatus.UNKNOWN
    return RobotsStatus.RULES


def judge_robots(page: Page) -> tuple[Verdict, str]:
    """Return the verdict of a look at robots.txt, and one line where something is wrong."""
    if wall := block_pages.identify_refusal_headers(page.headers):
        return Verdict.BLOCKED, f"robots.txt: {wall}"
    if page.status in NO_FILE_STATUSES:
        return Verdict.GONE, ""
    if page.status == 429:
        return Verdict.THROTTLED, "robots.txt: HTTP 429"
    if page.status in REFUSED_STATUSES:
        return Verdict.BLOCKED, f"robots.txt: HTTP {page.status}"
    if page.status >= 500:
        return Verdict.SERVER_ERROR, f"robots.txt: HTTP {page.status}"
    if 300 <= page.status < 400:
        return Verdict.REDIRECTED, f"robots.txt: HTTP {page.status}, a redirect that we may not follow"
    if page.status == 200 and (problem := _explain_unreadable(page)):
        return Verdict.UNREADABLE, f"robots.txt: {problem}"
    return Verdict.LIVE, ""


def decode_rules(page: Page) -> str:
    """Return the rules as text, each group under the one product token that it names.

    The file of disa.mil begins with a byte order mark; others were saved as UTF-16.
    """
    return AGENT_LINE.sub(_write_agent_line, _decode_text(page.content[:MAX_BYTES]))


def _write_agent_line(line: re.Match[str]) -> str:
    named = line[2].strip()
    if OUR_NAME.search(named):
        return line[1] + PRODUCT
    return line[1] + (OTHER_NAME if named.strip("\"'") != "*" else "*")


def _decode_text(content: bytes) -> str:
    encoding = next((name for mark, name in ENCODINGS if content.startswith(mark)), None)
    encoding = encoding or encodings.find_unmarked_utf_16(content)
    if encoding is None:
        try:
            decoded = codecs.getincrementaldecoder("utf-8")().decode(content)  # the last sign may be cut
        except UnicodeDecodeError:
            encoding = "cp1252"
    if encoding is not None:
        decoded = content.decode(encoding, errors="replace")
    return text.remove_invisible("\n".join(decoded.splitlines()))


def is_fresh_copy(fetched_at: datetime, now: datetime) -> bool:
    """Return whether a copy is still fresh; one from the future is not (the clock was set back)."""
    return timedelta(0) <= now - fetched_at < FRESH


def is_usable_copy(fetched_at: datetime, now: datetime) -> bool:
    """Return whether the last good copy may be used while the file cannot be fetched.

    A copy from the future may be used as long.
    """
    return abs(now - fetched_at) < FRESH + GRACE


def _explain_unreadable(page: Page) -> str:
    """Return why an answer cannot be read as rules, "" where it can. What cannot be read allows nothing."""
    decoded = _decode_text(page.content[:MAX_BYTES])
    if decoded.lstrip().startswith("<"):  # rules never begin so
        return "a web page instead of rules"
    if "\0" in decoded:
        return "bytes instead of text"
    has_words = NOT_COMMENT.search(decoded) is not None
    return "words instead of rules" if has_words and not RECORD.search(decoded) else ""
