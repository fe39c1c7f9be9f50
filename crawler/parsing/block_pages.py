"""Where a page is judged blocked: by its status, or by what a bot wall says, whatever its status.

`explain_refusal` is the test of every page but robots.txt (`robots.judge_robots`); `verdicts` turns its
answer into `blocked` (or `throttled`, for a 429).
"""

import re
from collections.abc import Iterable
from html import unescape
from http import HTTPStatus

from storage.models import Page

REFUSAL_STATUSES: frozenset[int] = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.PROXY_AUTHENTICATION_REQUIRED,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS,
    }
)

# Block pages are short: Akamai's is about 490 bytes, Cloudflare's about 30 kB of script with hardly a word.
MAX_BYTES = 65_536
MAX_WORDS = 250
NOT_WORDS = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>", re.DOTALL)
TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.DOTALL)

TITLES = frozenset(
    {
        "just a moment...",
        "attention required! | cloudflare",
        "pardon our interruption",
        "request rejected",
        "access to this page has been denied",  # PerimeterX
        "sucuri website firewall - access denied",
        "web page blocked",  # FortiGuard
    }
)
# Texts that together identify a block page, in lower case. Akamai's: seen on www.defense.gov, January 2021;
# its raw form has upper-case tags, and the address and the reference in numeric entities.
MARKS = {
    "Akamai: access denied": ("access denied", "you don't have permission to access", "reference #"),
    "Akamai: access denied (edgesuite)": ("access denied", "errors.edgesuite.net"),
    "Akamai: challenge": ("sec-if-cpt-container",),
    "Akamai: bot challenge": ("/_sec/cp_challenge",),
    "Cloudflare: challenge": ("enable javascript and cookies to continue",),
    "Cloudflare: checking": ("checking your browser before accessing",),
    "Imperva: challenge": ("_incapsula_resource", "incident id"),
    "Akamai: bot test": ("bm-verify=", "refresh"),
    "DataDome: challenge": ("captcha-delivery.com/",),
    "F5: rejected": ("the requested url was rejected", "support id"),
    "AWS: challenge": ("awswafintegration", "challenge"),
    "captcha": ("verify you are human", "captcha"),
}
# One of these words is in each title and in each set of marks, unless letters are written as numbers. To look
# for them takes a tenth of the time that the whole comparison takes.
HINTS = (
    b"denied",
    b"challenge",
    b"sec-if-cpt",
    b"cookies",
    b"checking",
    b"incapsula",
    b"rejected",
    b"captcha",
    b"moment",
    b"required",
    b"pardon",
    b"bm-verify",
    b"blocked",
)
NUMBERED_LETTER = re.compile(rb"&#(?:0*(?:6[5-9]|[7-9]\d|1[01]\d|12[0-2])|x0*[4-7][0-9a-f])(?![0-9a-f])")
# Headers that a wall in front of a host adds, whatever the status (seen with 202, 405 and 503) and body.
REFUSAL_HEADERS = {
    "x-amzn-waf-action": "AWS WAF: challenge",
    "cf-mitigated": "Cloudflare: challenge",
    "x-vercel-mitigated": "Vercel: challenge",
}
# Those that refuse without a test.
DENIALS = frozenset({"Akamai: access denied", "Akamai: access denied (edgesuite)", "F5: rejected"})


def explain_refusal(page: Page) -> str:
    """Return in a few words how a page refuses us: which block page it is, or its status.

    Empty where it does not refuse us; never raises.
    """
    named = identify_block_page(page)
    return named or (f"status {page.status}" if page.status in REFUSAL_STATUSES else "")


def is_challenge(page: Page) -> bool:
    """Return whether a page tests who is asking; a mere denial may be of its one address."""
    named = identify_block_page(page)
    return bool(named) and named not in DENIALS


def identify_block_page(page: Page) -> str:
    """Return which block page a page is, or an empty string; never raises."""
    if named := identify_refusal_headers(page.headers):
        return named
    if len(page.content) > MAX_BYTES or not _has_hint(page.content.lower()):
        return ""
    markup = unescape(page.content.decode("utf-8", errors="replace")).lower()
    named = _match_block_page(markup.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    return named if named and len(NOT_WORDS.sub(" ", markup).split()) <= MAX_WORDS else ""


def identify_refusal_headers(headers: Iterable[tuple[str, str]]) -> str:
    """Return which wall refuses us by these headers (names in lower case), or an empty string.

    Source: the AWS WAF and Cloudflare documentation of challenge responses.
    """
    return next((REFUSAL_HEADERS[name] for name, _ in headers if name in REFUSAL_HEADERS), "")


def _has_hint(content: bytes) -> bool:
    return any(hint in content for hint in HINTS) or NUMBERED_LETTER.search(content) is not None


def _match_block_page(markup: str) -> str:
    title = TITLE.search(markup)
    if title and title[1].strip() in TITLES:
        return f"challenge page: {title[1].strip()}"
    return next((name for name, marks in MARKS.items() if all(mark in markup for mark in marks)), "")
