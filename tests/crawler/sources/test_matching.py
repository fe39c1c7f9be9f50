"""Whose a saved response is: the newsroom, and what it was looked at for."""

import pytest

from crawler.parsing import urls
from crawler.parsing.platforms import PageKind
from crawler.sources.matching import SourceMatcher
from storage.models import Confidence, Role, Source

FEED = "https://www.example.mil/DesktopModules/ArticleCS/RSS.ashx?ContentType=1&Site=7&max=20"


def source(identifier: str, listing: str | None, feed: str | None = None) -> Source:
    return Source(
        id=identifier,
        host="www.example.mil",
        organization="Example",
        branch="Joint",
        platform="afpims",
        section="news",
        listing_url=listing,
        feed_url=feed,
        confidence=Confidence.HIGH,
    )


ROOMS = SourceMatcher(
    [
        source("news", "https://www.example.mil/News/", FEED),
        source("speeches", "https://www.example.mil/News/Speeches/"),
    ]
)


@pytest.mark.parametrize(
    ("url", "kind", "owner", "role"),
    [
        ("https://www.example.mil/News/Article/1/a/", PageKind.ARTICLE, "news", Role.ARTICLE),
        ("http://WWW.example.mil/News/Speeches/Article/2/b/", PageKind.ARTICLE, "speeches", Role.ARTICLE),
        ("https://www.example.mil/Elsewhere/Article/3/c/", PageKind.ARTICLE, "news", Role.ARTICLE),
        ("https://www.example.mil/News/Article/4/gone/", PageKind.NOT_FOUND, "news", Role.ARTICLE),
        ("https://www.example.mil/News/", PageKind.LISTING, "news", Role.LISTING),
        ("https://www.example.mil/news?Page=3", PageKind.LISTING, "news", Role.LISTING),
        (
            "https://www.example.mil/desktopmodules/articlecs/rss.ashx?max=500&site=7&contenttype=1",
            PageKind.FEED,
            "news",
            Role.FEED,
        ),
    ],
)
def test_a_page_belongs_to_the_nearest_newsroom(url: str, kind: PageKind, owner: str, role: Role) -> None:
    found = ROOMS.match_page(urls.parse_address(url), kind)
    assert found is not None
    assert (found[0].id, found[1]) == (owner, role)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://www.example.mil/", PageKind.LISTING),
        ("https://www.example.mil/About/", PageKind.OTHER),
        (FEED.replace("Site=7", "Site=8"), PageKind.FEED),
        ("https://www.other.mil/News/Article/1/a/", PageKind.ARTICLE),
    ],
)
def test_what_is_no_newsrooms_belongs_to_none(url: str, kind: PageKind) -> None:
    assert ROOMS.match_page(urls.parse_address(url), kind) is None


def test_the_platform_of_a_site_is_told_where_all_agree() -> None:
    assert ROOMS.find_platform("www.example.mil") == "afpims"
    assert ROOMS.find_platform("www.other.mil") is None


@pytest.mark.parametrize(
    ("url", "kind", "owner"),
    [
        ("https://example.mil/News/Speeches/Article/2/b/", PageKind.ARTICLE, "speeches"),
        ("http://example.mil/News/?Page=2", PageKind.LISTING, "news"),
        ("https://www.www.example.mil/News/", PageKind.LISTING, None),
        ("https://sub.example.mil/News/", PageKind.LISTING, None),
    ],
)
def test_a_page_of_the_bare_name_is_of_the_newsroom_of_the_www_name(
    url: str, kind: PageKind, owner: str | None
) -> None:
    address = ROOMS.adopt_address(urls.parse_address(url))
    found = ROOMS.match_page(address, kind)
    assert (found[0].id if found else None) == owner
    assert ROOMS.has_site(address.site) is (owner is not None)


def test_a_page_of_the_www_name_is_of_the_newsroom_of_the_bare_name() -> None:
    rooms = SourceMatcher([source("bare", "https://unit.example/News/")])
    address = rooms.adopt_address(urls.parse_address("https://www.unit.example/News/Article/2/b/"))
    assert rooms.match_page(address, PageKind.ARTICLE)


def test_two_newsrooms_on_bare_and_www_name_stay_apart() -> None:
    rooms = SourceMatcher(
        [source("bare", "https://unit.example/"), source("www", "https://www.unit.example/")]
    )
    for site in ("unit.example", "www.unit.example"):
        assert rooms.adopt_address(urls.parse_address(f"https://{site}/x")).site == site
