"""Where a redirect leads, and whether it is followed."""

import pytest

from crawler.crawl import redirects
from storage.models import Page

HERE = "https://www.example.mil/News/"


def redirect(location: str, status: int = 302) -> Page:
    return Page(HERE, status, (("location", location),), b"")


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/Other/", "https://www.example.mil/Other/"),
        ("?Page=2#top", "https://www.example.mil/News/?Page=2"),
        ("http://www.example.mil/x", "http://www.example.mil/x"),
        ("//www.example.mil/y", "https://www.example.mil/y"),
        ("///www.example.mil/y", "https://www.example.mil/y"),
        ("http:\\\\www.example.mil\\y", "http://www.example.mil/y"),
        ("\\y", "https://www.example.mil/y"),
        ("https://example.mil/News/", "https://example.mil/News/"),
    ],
)
def test_redirects_within_the_site_are_followed(location: str, target: str) -> None:
    hop = redirects.find_redirect(redirect(location), hops=0)
    assert hop == redirects.Redirect(target)


def test_sites_that_are_one_by_the_alias_table_are_one_for_redirects() -> None:
    moved = Page("https://www.defense.gov/News/", 301, (("location", "https://www.war.gov/News/"),), b"")
    hop = redirects.find_redirect(moved, hops=0)
    assert hop is not None
    assert not hop.refusal_reason


@pytest.mark.parametrize(
    ("location", "words", "wrong"),
    [
        ("https://www.other.mil/", "another site", False),
        ("https://www.www.example.mil.other.mil/", "another site", False),
        ("https://example.mil:8443/", "another site", False),
        ("http://10.0.0.1/", "private address", True),
        ("\\\\0x7f.1/", "private address", True),
        ("http://[fec0::1]/", "private address", True),
        ("/" + "a" * 70_000, "longer than 8192 bytes", True),
        ("http://localhost:8080/", "private address", True),
        ("ftp://www.example.mil/", "no web address", True),
        ("https://joe:secret@www.example.mil/News/", "with a name and password", True),
        ("https://joe@www.example.mil/", "with a name and password", True),
        ("https://:@www.example.mil/", "with a name and password", True),
        ("https://www.other.mil@www.example.mil/", "with a name and password", True),
        ("javascript:alert(1)", "no web address", True),
        ("http://[::1", "no web address", True),
        ("", "without a target", True),
    ],
)
def test_other_redirects_are_not_followed(location: str, words: str, wrong: bool) -> None:
    hop = redirects.find_redirect(redirect(location), hops=0)
    assert hop is not None
    assert words in hop.refusal_reason
    assert hop.is_faulty is wrong


def test_five_hops_are_enough() -> None:
    hops = [redirects.find_redirect(redirect("/on/"), hops=hops) for hops in range(6)]
    assert [bool(hop and hop.refusal_reason) for hop in hops] == [False] * 5 + [True]


def test_a_page_is_no_redirect() -> None:
    assert redirects.find_redirect(Page(HERE, 200, (), b""), hops=0) is None


@pytest.mark.parametrize("url", [None, "", "javascript:alert(1)", "http://[::1"])
def test_what_is_no_web_address_has_no_redirect_target(url: str | None) -> None:
    assert redirects.parse_redirect_target(url) is None


def test_a_redirect_target_is_a_canonical_address() -> None:
    target = redirects.parse_redirect_target("https://www.example.mil/News/Article/7/a-story/#top")
    assert target is not None
    assert (target.site, target.number) == ("www.example.mil", "7")
    assert "#" not in target.url


def test_a_password_is_neither_said_nor_kept() -> None:
    hop = redirects.find_redirect(redirect("https://joe:secret@www.example.mil/x"), hops=0)
    assert hop is not None
    assert hop.url == "https://www.example.mil/x"
    assert "secret" not in hop.refusal_reason
