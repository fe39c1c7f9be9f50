"""What a host's robots.txt means to us, by RFC 9309: rules, none, or unknown."""

from datetime import UTC, datetime, timedelta

import pytest

from crawler.parsing import robots
from storage.models import Page, Verdict

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
RULES = (
    b"User-agent: *\nDisallow: /private/\nCrawl-delay: 7\n\nUser-agent: milwire\nDisallow: /News/Article/2/\n"
)


def page(status: int = 200, content: bytes = b"") -> Page:
    return Page("https://www.example.mil/robots.txt", status, (), content)


@pytest.mark.parametrize(
    ("answer", "means"),
    [
        (page(200, RULES), robots.RobotsStatus.RULES),
        (page(200, b""), robots.RobotsStatus.RULES),
        (page(404, b"<html>"), robots.RobotsStatus.NONE),
        (page(410), robots.RobotsStatus.NONE),
        (page(400), robots.RobotsStatus.NONE),
        (page(401), robots.RobotsStatus.UNKNOWN),
        (page(403, b"<html>"), robots.RobotsStatus.UNKNOWN),
        (page(429), robots.RobotsStatus.UNKNOWN),
        (page(500), robots.RobotsStatus.UNKNOWN),
        (page(503), robots.RobotsStatus.UNKNOWN),
        (page(301), robots.RobotsStatus.UNKNOWN),
        (page(200, b"\xef\xbb\xbf\r\n<!DOCTYPE html><html>"), robots.RobotsStatus.UNKNOWN),
        (None, robots.RobotsStatus.UNKNOWN),
    ],
)
def test_what_an_answer_for_robots_means(answer: Page | None, means: robots.RobotsStatus) -> None:
    assert robots.classify_answer(answer) is means


def test_our_own_group_of_rules_wins_over_the_general_one() -> None:
    rules = robots.RobotsRules(RULES.decode())
    assert not rules.allows_url("https://www.example.mil/News/Article/2/")
    assert rules.allows_url("https://www.example.mil/private/")
    assert rules.delay_s == 0


def test_general_rules_hold_where_we_are_not_named() -> None:
    rules = robots.RobotsRules("User-agent: *\nDisallow: /*Print.aspx\nCrawl-delay: 7")
    assert not rules.allows_url("https://www.example.mil/News/Print.aspx?Article=1")
    assert rules.allows_url("https://www.example.mil/News/")
    assert rules.delay_s == 7


@pytest.mark.parametrize("asked", ["-3", "nan", "soon", ""])
def test_a_senseless_crawl_delay_is_none(asked: str) -> None:
    assert robots.RobotsRules(f"User-agent: *\nCrawl-delay: {asked}").delay_s == 0


def test_a_crawl_delay_is_at_most_a_day() -> None:
    assert robots.RobotsRules("User-agent: *\nCrawl-delay: 1e12").delay_s <= 86_400


def test_unknown_rules_allow_nothing() -> None:
    assert not robots.RobotsRules(known=False).allows_url("https://www.example.mil/")


def test_a_byte_order_mark_hides_no_rule() -> None:
    assert robots.decode_rules(page(200, b"\xef\xbb\xbfUser-agent: *")).startswith("User-agent")


def test_a_copy_is_fresh_for_a_day_and_stands_in_for_another() -> None:
    hours = [robots.is_fresh_copy(NOON, NOON + timedelta(hours=h)) for h in (0, 23, 24)]
    assert hours == [True, True, False]
    assert not robots.is_fresh_copy(NOON, NOON - timedelta(hours=1)), (
        "a copy from the future is looked at again"
    )
    assert [robots.is_usable_copy(NOON, NOON + timedelta(hours=h)) for h in (25, 47, 48)] == [
        True,
        True,
        False,
    ]


FORBIDDING = "User-agent: *\r\nDisallow: /\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_rules_in_any_unicode_encoding_are_read(encoding: str) -> None:
    answer = page(200, FORBIDDING.encode(encoding))
    assert robots.classify_answer(answer) is robots.RobotsStatus.RULES
    assert not robots.RobotsRules(robots.decode_rules(answer)).allows_url("https://www.example.mil/News/")


@pytest.mark.parametrize(
    "name",
    [
        "milwire/1.0",
        "Milwire/0.1 (news archive)",
        "milwire # us",
        "MILWIRE",
        "milwire*",
        "Mozilla/5.0 (compatible; milwire/1.0; +https://example.org)",
        "otherbot, milwire",
    ],
)
def test_a_group_that_names_us_with_more_than_the_product_is_ours(name: str) -> None:
    answer = page(200, f"User-agent: *\nAllow: /\n\nUser-agent: {name}\nDisallow: /\n".encode())
    assert not robots.RobotsRules(robots.decode_rules(answer)).allows_url("https://www.example.mil/News/")


@pytest.mark.parametrize("name", ["milwirebot/1.0", "Googlebot-News/2", "othermilwire", "mil", "milwire-x"])
def test_a_group_of_another_crawler_does_not_bind_us(name: str) -> None:
    answer = page(200, f"User-agent: {name}\nDisallow: /\n".encode())
    assert robots.RobotsRules(robots.decode_rules(answer)).allows_url("https://www.example.mil/News/")


@pytest.mark.parametrize(
    "start", ["<title>News</title>", "<p>Not found</p>", " \n<div>", "<?xml?>", "\ufeff<html>"]
)
def test_a_web_page_allows_nothing(start: str) -> None:
    assert robots.classify_answer(page(200, start.encode())) is robots.RobotsStatus.UNKNOWN


def test_bytes_that_are_no_text_allow_nothing() -> None:
    assert robots.classify_answer(page(200, b"abcdef\0\0\1\2")) is robots.RobotsStatus.UNKNOWN


@pytest.mark.parametrize(
    "words",
    ["404 page not found", '{"error": "forbidden"}', "Request blocked. Your ID is: 7", "\xff\xfeq"],
)
def test_words_that_are_no_rules_allow_nothing(words: str) -> None:
    assert robots.classify_answer(page(200, words.encode("latin-1"))) is robots.RobotsStatus.UNKNOWN


@pytest.mark.parametrize("content", [b"# nothing\n", b"Sitemap: /map.xml", b"Useragent *\nDissallow:"])
def test_comments_and_records_of_any_spelling_are_rules(content: bytes) -> None:
    assert robots.classify_answer(page(200, content)) is robots.RobotsStatus.RULES


@pytest.mark.parametrize("status", [200, 404, 405])
def test_a_wall_that_answers_for_the_file_allows_nothing(status: int) -> None:
    answer = Page("https://www.example.mil/robots.txt", status, (("x-amzn-waf-action", "captcha"),), b"")
    assert robots.classify_answer(answer) is robots.RobotsStatus.UNKNOWN
    assert robots.judge_robots(answer)[0] is Verdict.BLOCKED


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff\ufeffUser-agent: *\nDisallow: /".encode(),
        "\u200bUser-agent: *\rDisallow: /".encode(),
        b"User-agent: mil\nAllow: /\n\nUser-agent: *\nDisallow: /",
        b"User-agent: *\nDisallow: /\n# " + b"x" * robots.MAX_BYTES,
        "User-agent: *\nDisallow: /Caf\xe9\nDisallow: /News".encode("cp1252"),
    ],
)
def test_nothing_beside_the_rules_opens_what_they_close(content: bytes) -> None:
    rules = robots.RobotsRules(robots.decode_rules(page(200, content)))
    assert not rules.allows_url("https://www.example.mil/News/")


def test_a_path_in_another_encoding_is_closed() -> None:
    rules = robots.RobotsRules(
        robots.decode_rules(page(200, "User-agent: *\nDisallow: /Caf\xe9".encode("cp1252")))
    )
    assert not rules.allows_url("https://www.example.mil/Caf%C3%A9/")
