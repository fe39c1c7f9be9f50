"""What one look tells about an address: from a response, its reading and what was expected to a verdict."""

import re
from html import unescape
from http import HTTPStatus

from crawler.parsing import urls
from crawler.parsing.platforms import PageKind, Reading
from storage.models import Address, Page, Role, Verdict

REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
BY_STATUS = {
    304: Verdict.UNCHANGED,
    404: Verdict.GONE,
    410: Verdict.GONE,
    401: Verdict.BLOCKED,
    403: Verdict.BLOCKED,
    407: Verdict.BLOCKED,
    451: Verdict.BLOCKED,
    429: Verdict.THROTTLED,
    408: Verdict.UNREACHABLE,
    413: Verdict.TOO_LARGE,
}
FAILURES = {"robots": Verdict.ROBOTS_DENIED, "too_large": Verdict.TOO_LARGE, "unreadable": Verdict.UNREADABLE}

# www.nationalguard.mil answered so for an article, with the home page behind it.
ERROR_REDIRECT = re.compile(r"[?&]def=ErrorMessage(?:&|$)", re.IGNORECASE)
OWN_NUMBER = (
    re.compile(rb"""\barticleId\s*=\s*["']?([0-9]+)"""),
    re.compile(rb"""property=["']og:url["'][^>]{0,400}/Article/([0-9]+)""", re.IGNORECASE),
    re.compile(rb"""/Article/([0-9]+)[^>"']{0,400}["'][^>]{0,40}property=["']og:url["']""", re.IGNORECASE),
)
STATED = (
    re.compile(rb"""property=["']og:url["'][^>]{0,40}content=["']([^"'<>]{1,400})["']""", re.IGNORECASE),
    re.compile(rb"""content=["']([^"'<>]{1,400})["'][^>]{0,40}property=["']og:url["']""", re.IGNORECASE),
)
CLOSED = re.compile(rb"</(?:html|body)\s*>", re.IGNORECASE)
HEADING = re.compile(rb"<(title|h1)\b[^>]*>(.{0,300}?)</\1", re.IGNORECASE | re.DOTALL)
OUT_OF_ORDER = re.compile(
    rb"(?:site|system|under|scheduled|down for) maintenance|temporarily (?:down|unavailable)"
    rb"|service unavailable|runtime error|server error|be right back",
    re.IGNORECASE,
)
NOT_FOUND = re.compile(
    rb"\b404\b|\bnot found\b|\bno longer (?:available|exists?)\b|\bcannot be found\b", re.IGNORECASE
)

Judged = tuple[Verdict, str]


def decide_verdict(
    page: Page | None,
    reading: Reading | None,
    expected: Address,
    failure: str = "",
    *,
    role: Role | None = None,
) -> Judged:
    """Return what a look tells, and one line of reason, empty where all is well.

    Without a page, `failure` says why: it begins with "robots", "too_large" or "unreadable", or else nobody
    answered. With a page and no reading it says what could not be read. Without a role an expected address
    with a number is an article's, and one without is whatever its page turned out to be.
    """
    if page is None:
        return _unanswered(failure)
    if reading and reading.kind is PageKind.REFUSED and page.status != HTTPStatus.TOO_MANY_REQUESTS:
        return Verdict.BLOCKED, reading.reason or "refused"
    if page.status != HTTPStatus.OK:
        return _judge_status(page)
    if not page.content.strip():
        return Verdict.UNREADABLE, "status 200 with an empty body"
    if reading is None:
        return Verdict.UNREADABLE, failure or "could not be read"
    if role is Role.ARTICLE or (role is None and expected.number):
        return _judge_article(page, reading, expected)
    return _judge_other(reading, role)


def is_damaged(page: Page) -> bool:
    """Tell whether an unreadable page shows trouble: empty, broken off, out of order by its own words.

    Such an answer is no sign that the site has another design.
    """
    if not page.content.strip() or not CLOSED.search(page.content, max(0, len(page.content) - 65_536)):
        return True
    return any(OUT_OF_ORDER.search(heading) for heading in _find_headings(page))


def find_stated_address(page: Page, expected: Address) -> Address | None:
    """Return the address by which an article's page names itself, if it is this article on this host."""
    for found in (pattern.search(page.content) for pattern in STATED):
        if found is None:
            continue
        try:
            named = urls.parse_address(unescape(found[1].decode("utf-8", "replace")), page.url)
        except ValueError:
            continue
        is_same = named.key == expected.key and urls.find_host(named.url) == urls.find_host(expected.url)
        return named if is_same else None
    return None


def _unanswered(failure: str) -> Judged:
    found = next((told for start, told in FAILURES.items() if failure.startswith(start)), Verdict.UNREACHABLE)
    return found, failure or "no answer"


def _judge_status(page: Page) -> Judged:
    if page.status in REDIRECT_STATUSES:
        return _judge_redirect(page)
    if page.status == HTTPStatus.NOT_MODIFIED:
        return Verdict.UNCHANGED, ""
    reason = f"status {page.status}"
    if page.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Verdict.SERVER_ERROR, reason
    return BY_STATUS.get(page.status, Verdict.UNREADABLE), reason


def _judge_redirect(page: Page) -> Judged:
    target = next((value for name, value in page.headers if name == "location"), "")
    if ERROR_REDIRECT.search(target):
        return Verdict.SOFT_GONE, f"status {page.status} to the site's error page"
    return Verdict.REDIRECTED, f"status {page.status} to {target or 'nowhere'}"


def _judge_article(page: Page, reading: Reading, expected: Address) -> Judged:
    if ERROR_REDIRECT.search(page.url):
        return Verdict.SOFT_GONE, "the site's error page"
    if reading.kind is PageKind.ARTICLE:
        return _judge_number(reading, expected)
    if why := _find_doubtful_sign(page, expected):
        return Verdict.UNREADABLE, why
    if any(NOT_FOUND.search(heading) for heading in _find_headings(page)):
        return Verdict.SOFT_GONE, "says not found with status 200"
    if reading.kind is PageKind.OTHER and reading.platform is None:
        return Verdict.UNREADABLE, "nothing tells what this page is"
    return Verdict.SOFT_GONE, f"the page is {_describe_page(reading)}, without the article"


def _judge_number(reading: Reading, expected: Address) -> Judged:
    told = reading.fields.article_id if reading.fields else reading.number
    number = told or reading.address.number
    if expected.number in {None, number}:
        return Verdict.LIVE, ""
    return Verdict.SOFT_GONE, f"shows article {number}, not {expected.number}"


def _find_doubtful_sign(page: Page, expected: Address) -> str:
    """Return why a page without a readable article is no sign of its absence, or an empty string."""
    if not CLOSED.search(page.content, max(0, len(page.content) - 65_536)):
        return "the page breaks off"
    if any(OUT_OF_ORDER.search(heading) for heading in _find_headings(page)):
        return "the site says that it is out of order"
    numbers = {match[1].decode() for pattern in OWN_NUMBER for match in pattern.finditer(page.content)}
    return f"names article {expected.number} but cannot be read" if expected.number in numbers else ""


def _find_headings(page: Page) -> list[bytes]:
    return [match[2] for match in HEADING.finditer(page.content)]


def _judge_other(reading: Reading, role: Role | None) -> Judged:
    if role is Role.CONTROL or role is Role.ROBOTS:
        return Verdict.LIVE, ""
    if reading.kind in WANTED[role]:
        return Verdict.LIVE, ""
    return Verdict.UNREADABLE, f"the page is {_describe_page(reading)}"


def _describe_page(reading: Reading) -> str:
    return {PageKind.ARTICLE: "an article", PageKind.OTHER: "of another kind"}.get(
        reading.kind, f"a {reading.kind}"
    )


WANTED = {
    None: frozenset({PageKind.ARTICLE, PageKind.LISTING, PageKind.FEED}),
    Role.LISTING: frozenset({PageKind.LISTING, PageKind.FEED}),
    Role.FEED: frozenset({PageKind.FEED}),
}
