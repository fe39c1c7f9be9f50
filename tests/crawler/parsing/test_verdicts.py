"""Verdicts: blocked, throttled, broken and absent are four different things."""

import pytest

from crawler.parsing import reader, urls
from crawler.parsing.platforms import PageKind, Reading
from crawler.parsing.verdicts import decide_verdict, find_stated_address, is_damaged
from storage.models import Confidence, Entry, Fields, Listing, Page, Role, Verdict

URL = "https://www.lighthouse.mil/News/Article/3700103/keepers-watch/"
HOME = "https://www.lighthouse.mil/"
EXPECTED = urls.parse_address(URL)
LIST = Listing((Entry(urls.parse_address(HOME + "News/Article/9/x/"), "X"),), "afpims-listings:2")
WHOLE = "<html><head><title>Lighthouse</title></head><body>Words.</body></html>"
DENIED = (
    "<HTML><TITLE>Access Denied</TITLE>You don't have permission to access x. Reference&#32;&#35;18</HTML>"
)
CHROME = (
    '<html><head><script src="/DesktopModules/ArticleCS/x.js?cdv=1"></script></head><body id="dnn_ctr1_x">'
)
ITEM = '<div class="item"><h3><a href="/News/Article/9/x/">X</a></h3></div>'


def page(content: str = WHOLE, status: int = 200, url: str = URL, **headers: str) -> Page:
    return Page(url, status, tuple(headers.items()), content.encode())


def article(number: str | None, url: str = URL) -> Reading:
    fields = Fields("A title", ("Words.",), "afpims:1", Confidence.HIGH, "g4", article_id=number)
    where = urls.parse_address(url)
    return Reading(PageKind.ARTICLE, "afpims", "afpims:1", Confidence.HIGH, where, fields=fields)


def other(kind: PageKind = PageKind.OTHER, platform: str | None = "afpims") -> Reading:
    return Reading(kind, platform, None, None, EXPECTED, listing=LIST if kind is PageKind.LISTING else None)


BY_STATUS = {
    200: Verdict.LIVE,
    301: Verdict.REDIRECTED,
    302: Verdict.REDIRECTED,
    307: Verdict.REDIRECTED,
    308: Verdict.REDIRECTED,
    304: Verdict.UNCHANGED,
    400: Verdict.UNREADABLE,
    401: Verdict.BLOCKED,
    403: Verdict.BLOCKED,
    404: Verdict.GONE,
    408: Verdict.UNREACHABLE,
    410: Verdict.GONE,
    413: Verdict.TOO_LARGE,
    429: Verdict.THROTTLED,
    451: Verdict.BLOCKED,
    500: Verdict.SERVER_ERROR,
    502: Verdict.SERVER_ERROR,
    503: Verdict.SERVER_ERROR,
    504: Verdict.SERVER_ERROR,
    204: Verdict.UNREADABLE,
    206: Verdict.UNREADABLE,
}


@pytest.mark.parametrize(("status", "wanted"), BY_STATUS.items())
def test_a_status_decides_before_anything_is_read(status: int, wanted: Verdict) -> None:
    result, reason = decide_verdict(page(status=status), article("3700103"), EXPECTED)
    assert result is wanted
    assert bool(reason) == (wanted not in {Verdict.LIVE, Verdict.UNCHANGED})


def page_of_another_kind(content: str, **more: str) -> tuple[Page, Reading]:
    return page(content, url=more.get("url", URL)), other(platform=more.get("platform"))


ARTICLES = {
    "the article": (page(), article("3700103"), Verdict.LIVE),
    "the article, its number in the address only": (page(), article(None), Verdict.LIVE),
    "another article": (page(), article("99"), Verdict.SOFT_GONE),
    "another article after a redirect": (
        page(),
        article(None, HOME + "News/Article/99/y/"),
        Verdict.SOFT_GONE,
    ),
    "the newsroom page": (page(), other(PageKind.LISTING), Verdict.SOFT_GONE),
    "the home page": (page(url=HOME), other(), Verdict.SOFT_GONE),
    "the error page of DNN": (
        page(url=HOME + "Default.aspx?def=ErrorMessage&tabid=3762"),
        other(PageKind.LISTING),
        Verdict.SOFT_GONE,
    ),
    "a redirect to that": (
        page(status=302, location="/Default.aspx?tabid=1&def=ErrorMessage"),
        None,
        Verdict.SOFT_GONE,
    ),
    "a page that says not found": (
        *page_of_another_kind("<html><h1>404 - Page not found!</h1></html>"),
        Verdict.SOFT_GONE,
    ),
    "an empty body": (page("  \n"), other(), Verdict.UNREADABLE),
    "a page that could not be read": (page(), None, Verdict.UNREADABLE),
    "a page nobody knows": (page(), other(platform=None), Verdict.UNREADABLE),
    "a page that breaks off": (page("<html><body>Wor"), other(PageKind.LISTING), Verdict.UNREADABLE),
    "maintenance": (
        page("<html><h1>Site maintenance</h1></html>"),
        other(PageKind.LISTING),
        Verdict.UNREADABLE,
    ),
    "a unit of maintainers": (
        page("<html><title>5th Maintenance Group</title></html>"),
        other(PageKind.LISTING),
        Verdict.SOFT_GONE,
    ),
    "unknown markup that names the article": (
        page(f'<html><meta property="og:url" content="{URL}"></html>'),
        other(),
        Verdict.UNREADABLE,
    ),
    "a script that names the article": (
        page("<html><script>var articleId = 3700103;</script></html>"),
        other(),
        Verdict.UNREADABLE,
    ),
    "a form that goes back to the address": (
        page(f'<html><form action="{URL}"></form></html>'),
        other(PageKind.LISTING),
        Verdict.SOFT_GONE,
    ),
    "a refusal with status 200": (page(DENIED), other(PageKind.REFUSED), Verdict.BLOCKED),
    "a refusal with status 503": (page(DENIED, 503), other(PageKind.REFUSED), Verdict.BLOCKED),
    "a refusal with status 404": (page(DENIED, 404), other(PageKind.REFUSED), Verdict.BLOCKED),
    "a refusal with status 429": (page(DENIED, 429), other(PageKind.REFUSED), Verdict.THROTTLED),
}


@pytest.mark.parametrize(("answer", "read", "wanted"), ARTICLES.values(), ids=ARTICLES)
def test_answers_to_an_article_address_have_different_verdicts(
    answer: Page, read: Reading | None, wanted: Verdict
) -> None:
    result, reason = decide_verdict(answer, read, EXPECTED)
    assert result is wanted
    assert "\n" not in reason


ROLES = {
    (Role.LISTING, PageKind.LISTING): Verdict.LIVE,
    (Role.LISTING, PageKind.FEED): Verdict.LIVE,
    (Role.LISTING, PageKind.ARTICLE): Verdict.UNREADABLE,
    (Role.LISTING, PageKind.OTHER): Verdict.UNREADABLE,
    (Role.FEED, PageKind.FEED): Verdict.LIVE,
    (Role.FEED, PageKind.LISTING): Verdict.UNREADABLE,
    (Role.CONTROL, PageKind.LISTING): Verdict.LIVE,
    (Role.CONTROL, PageKind.OTHER): Verdict.LIVE,
    (Role.CONTROL, PageKind.REFUSED): Verdict.BLOCKED,
    (Role.ROBOTS, PageKind.OTHER): Verdict.LIVE,
    (Role.ARTICLE, PageKind.LISTING): Verdict.SOFT_GONE,
    (None, PageKind.LISTING): Verdict.LIVE,
    (None, PageKind.FEED): Verdict.LIVE,
    (None, PageKind.ARTICLE): Verdict.LIVE,
    (None, PageKind.OTHER): Verdict.UNREADABLE,
}


@pytest.mark.parametrize(("asked", "wanted"), ROLES.items(), ids=str)
def test_an_address_without_number_is_judged_by_its_role(
    asked: tuple[Role | None, PageKind], wanted: Verdict
) -> None:
    role, kind = asked
    assert (
        decide_verdict(page(url=HOME), other(kind), urls.parse_address(HOME + "News/"), role=role)[0]
        is wanted
    )


def test_a_story_without_number_is_live_whatever_number_it_carries() -> None:
    where = urls.parse_address("https://www.example.mil/2024/10/17/a-story/")
    assert decide_verdict(page(), article("5", where.url), where, role=Role.ARTICLE)[0] is Verdict.LIVE


WALK = {
    "newsroom in place of the article": (CHROME + ITEM + "</body></html>", Verdict.SOFT_GONE),
    "chrome without list or article": (CHROME + "<p>Welcome.</p></body></html>", Verdict.SOFT_GONE),
    "half a page": (CHROME + ITEM, Verdict.UNREADABLE),
    "sign-in page": ("<html><title>Sign in</title><body><form></form></body></html>", Verdict.UNREADABLE),
    "refused": (DENIED, Verdict.BLOCKED),
    "empty": ("", Verdict.UNREADABLE),
}


@pytest.mark.parametrize(("content", "wanted"), WALK.values(), ids=WALK)
def test_reading_and_verdict_agree_on_what_stands_for_an_article(content: str, wanted: Verdict) -> None:
    answer = page(content)
    assert decide_verdict(answer, reader.read_page(answer, "afpims"), EXPECTED)[0] is wanted


@pytest.mark.parametrize(
    ("content", "damaged"),
    [
        ("", True),
        ("  \n", True),
        ("<html><body>Words that never", True),
        ("<html><title>Scheduled maintenance</title><body></body></html>", True),
        (WHOLE, False),
    ],
)
def test_a_damaged_page_is_not_a_redesign(content: str, damaged: bool) -> None:
    assert is_damaged(page(content)) is damaged


@pytest.mark.parametrize(
    ("tag", "named"),
    [
        ('<meta property="og:url" content="https://www.lighthouse.mil/News/Article/3700103/new/">', True),
        ("<meta content='/News/Article/3700103/new/' property='og:url' />", True),
        ('<meta property="og:url" content="https://www.lighthouse.mil/News/Article/9/new/">', False),
        ('<meta property="og:url" content="https://www.elsewhere.mil/News/Article/3700103/new/">', False),
        ('<meta property="og:url" content="javascript:alert(1)">', False),
        ("", False),
    ],
)
def test_a_page_names_itself_only_by_its_own_number_and_host(tag: str, named: bool) -> None:
    found = find_stated_address(page(f"<html><head>{tag}</head></html>"), EXPECTED)
    assert (found.url if found else None) == (f"{HOME}News/Article/3700103/new/" if named else None)


@pytest.mark.parametrize("status", [0, 42, 99, 1000, 2020])
def test_a_status_that_http_does_not_know_says_nothing(status: int) -> None:
    verdict, reason = decide_verdict(page(status=status), None, EXPECTED)
    assert (verdict, reason) == (Verdict.UNREADABLE, f"status {status} is none that HTTP knows")
    assert is_damaged(page(status=status))


@pytest.mark.parametrize("kind", [PageKind.OTHER, PageKind.LISTING])
def test_an_address_that_leads_to_the_home_page_shows_no_release(kind: PageKind) -> None:
    verdict, reason = decide_verdict(page(url=HOME), other(kind, None), EXPECTED, role=Role.ARTICLE)
    assert (verdict, reason) == (Verdict.SOFT_GONE, "the address led to the home page of the site")
    maintenance = page("<html><title>Down for maintenance</title><body>x</body></html>", url=HOME)
    assert decide_verdict(maintenance, other(), EXPECTED, role=Role.ARTICLE)[0] is Verdict.UNREADABLE
