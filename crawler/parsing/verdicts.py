"""The verdict of one look, from a response, its reading, and the address that was asked for.

`block_pages` decides whether a page is judged blocked, by its status or its text. The reader then says
`PageKind.REFUSED`, and this module makes it `blocked` or `throttled`.
"""

import re
from html import unescape
from http import HTTPStatus

from crawler.parsing import block_pages, page_ends, urls
from crawler.parsing.platforms import PageKind, Reading
from storage.diff.addresses import is_home_url
from storage.models import Address, Page, Role, Verdict

REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
STATUS_VERDICTS: dict[int, Verdict] = {
    **dict.fromkeys(block_pages.REFUSAL_STATUSES, Verdict.BLOCKED),
    304: Verdict.UNCHANGED,
    404: Verdict.GONE,
    408: Verdict.UNREACHABLE,
    410: Verdict.GONE,
    413: Verdict.TOO_LARGE,
    429: Verdict.THROTTLED,
}

# www.nationalguard.mil redirected a removed article like this, to its home page.
ERROR_REDIRECT = re.compile(r"[?&]def=ErrorMessage(?:&|$)", re.IGNORECASE)
OWN_NUMBER = (
    re.compile(rb"""\barticleId\s*=\s*["']?([0-9]+)"""),
    re.compile(rb"""property=["']og:url["'][^>]{0,400}/Article/([0-9]+)""", re.IGNORECASE),
    re.compile(rb"""/Article/([0-9]+)[^>"']{0,400}["'][^>]{0,40}property=["']og:url["']""", re.IGNORECASE),
)
OWN_URL = (
    re.compile(rb"""property=["']og:url["'][^>]{0,40}content=["']([^"'<>]{1,400})["']""", re.IGNORECASE),
    re.compile(rb"""content=["']([^"'<>]{1,400})["'][^>]{0,40}property=["']og:url["']""", re.IGNORECASE),
)
HEADING = re.compile(rb"<(title|h1)\b[^>]*>(.{0,300}?)</\1", re.IGNORECASE | re.DOTALL)
OUT_OF_ORDER = re.compile(
    rb"(?:site|system|under|scheduled|down for) maintenance|temporarily (?:down|unavailable)"
    rb"|service unavailable|runtime error|server error|be right back",
    re.IGNORECASE,
)
NOT_FOUND = re.compile(
    rb"\b404\b|\bnot found\b|\bno longer (?:available|exists?)\b|\bcannot be found\b", re.IGNORECASE
)

BREAKS_OFF = "the page breaks off"  # the reason of such a look

VerdictAndReason = tuple[Verdict, str]


def decide_verdict(
    page: Page,
    reading: Reading | None,
    expected: Address,
    problem: str = "",
    *,
    role: Role | None = None,
) -> VerdictAndReason:
    """Return the verdict of a look, and a reason of one line, empty where all is well.

    Without a reading, `problem` says why the page could not be read. Without a role, an address with a number
    is an article's, and any other is whatever its page turned out to be.
    """
    if not page.has_http_status:
        return Verdict.UNREADABLE, f"status {page.status} is none that HTTP knows"
    if reading and reading.kind is PageKind.REFUSED and page.status != HTTPStatus.TOO_MANY_REQUESTS:
        return Verdict.BLOCKED, reading.reason or "refused"
    if page.status != HTTPStatus.OK:
        return _judge_status(page)
    if not page.content.strip():
        return Verdict.UNREADABLE, "status 200 with an empty body"
    if reading is None:
        return Verdict.UNREADABLE, problem or "could not be read"
    if role is Role.ARTICLE or (role is None and expected.number):
        return _judge_article(page, reading, expected)
    return _judge_other(reading, role)


def is_damaged(page: Page) -> bool:
    """Return whether an unreadable page shows trouble of the host: it is empty, cut off, or says so itself.

    A status that HTTP does not know is trouble too.

    Such a page is not a sign of a redesign.
    """
    return (
        not page.has_http_status or not page.content.strip() or _is_cut_off(page) or _says_out_of_order(page)
    )


def find_stated_address(page: Page, expected: Address) -> Address | None:
    """Return the address that a page gives itself (`og:url`), if it is the expected article on its host."""
    for found in (pattern.search(page.content) for pattern in OWN_URL):
        if found is None:
            continue
        try:
            named = urls.parse_address(unescape(found[1].decode("utf-8", "replace")), page.url)
        except ValueError:
            continue
        is_same = named.key == expected.key and urls.find_host(named.url) == urls.find_host(expected.url)
        return named if is_same else None
    return None


def _judge_status(page: Page) -> VerdictAndReason:
    if page.status in REDIRECT_STATUSES:
        return _judge_redirect(page)
    if page.status == HTTPStatus.NOT_MODIFIED:
        return Verdict.UNCHANGED, ""
    reason = f"status {page.status}"
    if page.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Verdict.SERVER_ERROR, reason
    return STATUS_VERDICTS.get(page.status, Verdict.UNREADABLE), reason


def _judge_redirect(page: Page) -> VerdictAndReason:
    target = next((value for name, value in page.headers if name == "location"), "")
    if ERROR_REDIRECT.search(target):
        return Verdict.SOFT_GONE, f"status {page.status} to the site's error page"
    return Verdict.REDIRECTED, f"status {page.status} to {target or 'nowhere'}"


def _judge_article(page: Page, reading: Reading, expected: Address) -> VerdictAndReason:
    if ERROR_REDIRECT.search(page.url):
        return Verdict.SOFT_GONE, "the site's error page"
    if reading.kind is PageKind.ARTICLE:
        return _judge_number(reading, expected)
    if reason := _find_doubt(page, expected):
        return Verdict.UNREADABLE, reason
    if any(NOT_FOUND.search(heading) for heading in _find_headings(page)):
        return Verdict.SOFT_GONE, "says not found with status 200"
    if is_home_url(page.url) and not is_home_url(expected.url):
        return Verdict.SOFT_GONE, "the address led to the home page of the site"
    if reading.kind is PageKind.OTHER and reading.platform is None:
        return Verdict.UNREADABLE, "nothing shows what this page is"
    return Verdict.SOFT_GONE, f"the page is {_describe_page(reading)}, without the article"


def _judge_number(reading: Reading, expected: Address) -> VerdictAndReason:
    read_number = reading.fields.article_id if reading.fields else reading.number
    number = read_number or reading.address.number
    if expected.number in {None, number}:
        return Verdict.LIVE, ""
    return Verdict.SOFT_GONE, f"shows article {number}, not {expected.number}"


def _find_doubt(page: Page, expected: Address) -> str:
    """Return why a page without a readable article does not prove the article's absence; empty if it does."""
    if _is_cut_off(page):
        return BREAKS_OFF
    if _says_out_of_order(page):
        return "the site says that it is out of order"
    numbers = {match[1].decode() for pattern in OWN_NUMBER for match in pattern.finditer(page.content)}
    return f"names article {expected.number} but cannot be read" if expected.number in numbers else ""


def _is_cut_off(page: Page) -> bool:
    return not page_ends.closes_page(page.content)


def _says_out_of_order(page: Page) -> bool:
    return any(OUT_OF_ORDER.search(heading) for heading in _find_headings(page))


def _find_headings(page: Page) -> list[bytes]:
    return [match[2] for match in HEADING.finditer(page.content)]


def _judge_other(reading: Reading, role: Role | None) -> VerdictAndReason:
    if role is Role.CONTROL or role is Role.ROBOTS or reading.kind in WANTED[role]:
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
