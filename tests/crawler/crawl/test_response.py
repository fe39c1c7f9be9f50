"""From a response to one look: what each role makes of the same answers."""

import gzip
from datetime import UTC, datetime

import pytest
from scrapy.http import Response

from crawler.crawl import response
from crawler.crawl.response import (
    RECEIVED_HEADERS_KEY,
    format_failed_look,
    is_failed_look,
    judge_answer,
    make_target,
)
from storage.models import Address, Listing, Look, Page, PreviousRead, Role, Validators, Verdict
from tests.support.make_looks import address, after, entry

GIVEN = Validators('"abc"', "Sun, 22 Nov 2026 10:00:00 GMT")
DIGEST = "sha256:" + "0" * 64
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

PAGE = Address("www.example.mil", "1", "https://www.example.mil/News/Article/1/")


def answered(*headers: tuple[str, str], status: int = 200) -> Page:
    return Page("https://www.example.mil/News/", status, headers, b"")


def look(role: Role, verdict: Verdict, reason: str = "") -> Look:
    return Look(role, PAGE, NOON, verdict, reason=reason)


@pytest.mark.parametrize("verdict", [Verdict.GONE, Verdict.SOFT_GONE, Verdict.REDIRECTED])
def test_an_absent_release_is_an_answer_and_an_absent_listing_a_failure(verdict: Verdict) -> None:
    assert not is_failed_look(look(Role.ARTICLE, verdict))
    assert is_failed_look(look(Role.LISTING, verdict))
    assert is_failed_look(look(Role.FEED, verdict))


def test_a_failed_look_is_one_line_with_address_and_reason() -> None:
    assert format_failed_look(look(Role.ARTICLE, Verdict.SERVER_ERROR, "status 500")) == (
        "article https://www.example.mil/News/Article/1/: server error: status 500"
    )


@pytest.mark.parametrize("role", [Role.ARTICLE, Role.FEED, Role.LISTING, Role.CONTROL])
@pytest.mark.parametrize("held", [None, PreviousRead(article_digest=DIGEST, revision_id=1)])
def test_a_304_that_nobody_asked_for_tells_nothing(role: Role, held: PreviousRead | None) -> None:
    look = Look(role, address(), after(0), Verdict.UNREACHABLE)
    judged = response.judge_page(look, answered(status=304), "afpims", held)
    assert (judged.verdict, judged.is_damaged) == (Verdict.UNREADABLE, True)
    assert (judged.listing, judged.revision_id) == (None, None)


def test_a_304_says_of_an_article_what_its_revision_says() -> None:
    look = Look(Role.ARTICLE, address(), after(0), Verdict.UNREACHABLE)
    judged = response.judge_page(look, answered(status=304), "afpims", PreviousRead(GIVEN, revision_id=5))
    assert (judged.verdict, judged.revision_id, judged.reason) == (Verdict.UNCHANGED, 5, "")


def test_a_304_says_of_a_list_what_it_named() -> None:
    listing = Listing((entry("1"),), "afpims:1", "https://www.example.mil/News/?Page=2")
    look = Look(Role.LISTING, address(), after(0), Verdict.UNREACHABLE)
    judged = response.judge_page(look, answered(status=304), "afpims", PreviousRead(GIVEN, listing=listing))
    assert (judged.verdict, judged.listing) == (Verdict.UNCHANGED, listing)


def test_headers_are_lower_case_in_order_and_always_text() -> None:
    headers = {"X-One": [b"a", b"b"], "Server": "caf\xe9".encode("latin-1")}
    assert response.decode_headers(Response("https://www.example.mil/", headers=headers)) == (
        ("x-one", "a"),
        ("x-one", "b"),
        ("server", "caf\xe9"),
    )


def test_a_page_has_the_headers_as_they_were_received() -> None:
    from scrapy import Request

    received = (("content-encoding", "gzip"),)
    request = Request("https://www.example.mil/", meta={RECEIVED_HEADERS_KEY: received})
    answer = Response("https://www.example.mil/", body=b"decoded", request=request)
    assert response.build_page(answer).headers == received


SITE_MAP = b"<urlset><url><loc>https://www.example.mil/News/Article/1/</loc></url></urlset>"


@pytest.mark.parametrize(
    ("status", "content", "wanted"),
    [
        (200, SITE_MAP, Verdict.LIVE),
        (200, b"<html><p>a page</p></html>", Verdict.UNREADABLE),
        (200, b"", Verdict.UNREADABLE),
        (404, b"<html>not here</html>", Verdict.GONE),
        (500, b"", Verdict.SERVER_ERROR),
        (403, b"", Verdict.BLOCKED),
    ],
)
def test_a_site_map_is_live_only_where_it_can_be_read_as_one(
    status: int, content: bytes, wanted: Verdict
) -> None:
    target = make_target(Role.SITEMAP, "https://www.example.mil/sitemap.xml")
    asked = Look(Role.SITEMAP, target.address, NOON, Verdict.UNREACHABLE)
    judged = judge_answer(asked, Page(target.url, status, (), content), target, "afpims")
    assert judged.verdict is wanted
    assert bool(judged.reason) is (wanted is not Verdict.LIVE)
    assert bool(judged.mapped) is (wanted is Verdict.LIVE and b"<loc>" in content)


def test_a_control_is_live_only_where_any_article_is_shown() -> None:
    target = make_target(Role.CONTROL, "https://www.example.mil/News/Article/91/milwire-control/")
    asked = Look(Role.CONTROL, target.address, NOON, Verdict.UNREACHABLE)
    gone = judge_answer(asked, Page(target.url, 404, (), b"not found"), target, "afpims")
    assert (gone.role, gone.verdict, gone.address) == (Role.CONTROL, Verdict.GONE, target.address)
    absent = make_target(Role.ARTICLE, "https://www.example.mil/News/Article/91/a-story/")
    look = Look(Role.ARTICLE, absent.address, NOON, Verdict.UNREACHABLE)
    same = judge_answer(look, Page(absent.url, 404, (), b"not found"), absent, "afpims")
    other = judge_answer(look, Page(absent.url, 404, (), b"withdrawn"), absent, "afpims")
    assert gone.answer_digest == same.answer_digest != other.answer_digest


def test_only_an_answer_that_was_read_gives_validators() -> None:
    headers = (("etag", '"abc"'),)
    page = Page(PAGE.url, 200, headers, b"")
    live = Look(Role.ARTICLE, PAGE, NOON, Verdict.LIVE, page=page)
    assert response.attach_validators(live).validators == Validators('"abc"')
    empty_list = Look(
        Role.LISTING, PAGE, NOON, Verdict.LIVE, page=page, listing=Listing((), "afpims:1", None)
    )
    assert response.attach_validators(empty_list).validators is None
    gone = Look(Role.ARTICLE, PAGE, NOON, Verdict.GONE, page=page)
    assert response.attach_validators(gone).validators is None


def came_short(body: bytes, status: int = 200, **meta: bool) -> Response:
    """Return an answer whose body is shorter than the length announced."""
    from scrapy import Request

    request = Request(PAGE.url, meta={RECEIVED_HEADERS_KEY: (("content-length", "9999"),), **meta})
    return Response(PAGE.url, status=status, body=body, flags=["dataloss"], request=request)


@pytest.mark.parametrize(
    ("answer", "is_broken"),
    [
        (came_short(b"<html><p>Made up"), True),
        (came_short(b"<html><p>Made up.</p></html>"), False),
        (came_short(b"<rss><channel/></rss>"), False),
        (came_short(b"User-agent: *\n"), True),
        (came_short(b"User-agent: *\n", **{response.WHOLE_STREAM_KEY: True}), False),
        (came_short(b"", 302), False),
    ],
)
def test_a_short_answer_breaks_off_unless_it_shows_its_own_end(answer: Response, is_broken: bool) -> None:
    assert response.breaks_off(answer, response.build_page(answer)) is is_broken


def test_a_gzip_stream_is_whole_by_its_own_checksum() -> None:
    packed = gzip.compress(b"User-agent: *\n" * 99)
    damaged = packed[:-8] + bytes(8)
    found = [response.is_whole_stream(came_short(body)) for body in (packed, packed[:-1], damaged, b"plain")]
    assert found == [True, False, False, False]


class PlantedError(Exception):
    """A fault of a reader that nobody expects."""


READING = "reader.read_page"
JUDGING = "verdicts.decide_verdict"
ON_THE_WAY = [
    *(
        (role, place)
        for role in (Role.ARTICLE, Role.LISTING, Role.FEED, Role.CONTROL)
        for place in (READING, JUDGING)
    ),
    (Role.SITEMAP, "sitemaps.read_sitemap"),
    (Role.SITEMAP, JUDGING),
]


@pytest.mark.parametrize(("role", "place"), ON_THE_WAY)
def test_whatever_a_page_brings_about_its_look_is_unreadable_and_keeps_the_page(
    monkeypatch: pytest.MonkeyPatch, role: Role, place: str
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise PlantedError

    module, name = place.split(".")
    monkeypatch.setattr(getattr(response, module), name, fail)
    target = make_target(role, PAGE.url)
    asked = Look(role, target.address, NOON, Verdict.UNREACHABLE)
    page = Page(PAGE.url, 200, (), b"<html><article><h1>Ferry</h1><p>made up</p></article></html>")
    judged = judge_answer(asked, page, target, "generic")
    assert (judged.role, judged.verdict, judged.page) == (role, Verdict.UNREADABLE, page)
    assert judged.reason == "the reader failed: PlantedError"


def test_an_answer_from_no_address_at_all_is_unreadable() -> None:
    target = make_target(Role.ARTICLE, PAGE.url)
    asked = Look(Role.ARTICLE, target.address, NOON, Verdict.UNREACHABLE)
    page = Page("https://www.example.mil/" + "a" * 9000, 200, (), b"<html><p>made up</p></html>")
    assert judge_answer(asked, page, target, "afpims").reason == "the reader failed: ValueError"
