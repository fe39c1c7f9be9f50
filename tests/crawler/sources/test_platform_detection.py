"""What a newsroom's own page tells: its feeds, whose a feed is, and what to call it."""

import pytest

from crawler.parsing import urls
from crawler.parsing.platforms import PageKind, Reading
from crawler.sources import platform_detection
from storage.models import Confidence, Entry, Listing, Page

SITE = "www.example.mil"


def page(markup: str, url: str = f"https://{SITE}/Media/Press-Releases/") -> Page:
    return Page(url, 200, (("content-type", "text/html; charset=utf-8"),), markup.encode())


def reading(kind: PageKind, url: str) -> Reading:
    return Reading(kind, "afpims", "afpims:1", Confidence.HIGH, urls.parse_address(url))


def items(*hosts: str) -> Listing:
    entries = [
        Entry(urls.parse_address(f"https://{host}/News/Article/{number}/x/"), f"Title {number}")
        for number, host in enumerate(hosts, start=1)
    ]
    return Listing(tuple(entries), "feeds:1")


def test_declared_feeds_come_before_linked_ones_and_none_twice() -> None:
    found = platform_detection.find_feed_links(
        page("""<head><link rel="alternate" type="application/rss+xml" href="/feed.xml"></head>
        <a href="/DesktopModules/ArticleCS/RSS.ashx?ContentType=1&amp;Site=7&amp;max=20">RSS</a>
        <a href="/feed.xml">again</a><link rel="alternate" type="application/rss+xml" href="/feed.xml">""")
    )
    own = f"https://{SITE}"
    assert found == (
        f"{own}/feed.xml",
        f"{own}/DesktopModules/ArticleCS/RSS.ashx?ContentType=1&Site=7&max=20",
    )


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="alternate" type="application/rss+xml; charset=utf-8" href="/f">',
        '<link rel="ALTERNATE" type="Application/Atom+XML;charset=UTF-8" href="/f">',
        '<link rel="alternate" type="text/xml" href="/f">',
        '<link rel="alternate" type=" application/xml ; charset=utf-8" href="/f">',
        '<link rel="feed" type="application/rdf+xml" href="/f">',
        '<a type="application/rss+xml; charset=utf-8" href="/f">RSS</a>',
    ],
)
def test_a_feed_is_known_by_its_type_whatever_stands_beside_it(link: str) -> None:
    assert platform_detection.find_feed_links(page(link)) == (f"https://{SITE}/f",)


@pytest.mark.parametrize("href", ["/rss.xml", "/feed/", "/News?format=rss", "/news.atom"])
def test_a_declared_link_without_a_type_is_a_feed_by_its_name(href: str) -> None:
    assert len(platform_detection.find_feed_links(page(f'<link rel="alternate" href="{href}">'))) == 1
    assert platform_detection.find_feed_links(page('<link rel="alternate" hreflang="de" href="/de/">')) == ()


@pytest.mark.parametrize(
    "content",
    [
        "0; url=/Home/",
        "0;URL='/Home/'",
        " 5 , url = /Home/ ",
        "0;/Home/",
        '0; url="https://www.example.mil/Home/"',
    ],
)
def test_a_page_that_sends_its_readers_on_says_where(content: str) -> None:
    quoted = content.replace('"', "&quot;")
    sent = page(f'<meta http-equiv="Refresh" content="{quoted}">', f"https://{SITE}/")
    assert platform_detection.find_refresh_url(sent) == f"https://{SITE}/Home/"


@pytest.mark.parametrize("content", ["300", "", "60; url=/", "0; url=javascript:x()", ";", "0; url="])
def test_a_page_that_only_loads_itself_again_leads_nowhere(content: str) -> None:
    sent = page(
        f'<meta http-equiv="refresh" content="{content}"><meta name="x" content="0; url=/a">',
        f"https://{SITE}/",
    )
    assert platform_detection.find_refresh_url(sent) is None


@pytest.mark.parametrize(
    "markup",
    [
        "",
        "<p>no link",
        '<a href="https://elsewhere.mil/DesktopModules/ArticleCS/RSS.ashx?Site=1">RSS</a>',
        '<a href="http://[broken/RSS.ashx?Site=1">RSS</a>',
        '<link rel="stylesheet" type="text/css" href="/feed.css">',
        "\x00\x01binary",
    ],
)
def test_a_page_without_a_feed_of_its_own_has_none(markup: str) -> None:
    assert platform_detection.find_feed_links(page(markup)) == ()


def test_cross_posts_do_not_make_a_feed_foreign() -> None:
    assert platform_detection.explain_foreign_items(items(SITE, SITE, "www.other.mil"), SITE) == ""


def test_a_feed_of_another_site_is_named() -> None:
    assert platform_detection.explain_foreign_items(items("www.other.mil", "www.other.mil", SITE), SITE) == (
        "2 of its 3 items are on www.other.mil, 1 on www.example.mil"
    )


def test_half_is_not_most() -> None:
    assert "www.other.mil" in platform_detection.explain_foreign_items(items("www.other.mil", SITE), SITE)


def test_a_feed_without_items_cannot_be_judged() -> None:
    assert platform_detection.explain_foreign_items(items(), SITE) == "it has no items"


def test_a_newsroom_is_named_after_its_page_and_address() -> None:
    listing = page('<meta property="og:site_name" content="Example  Command"><title>News</title>')
    made = platform_detection.build_source(listing, reading(PageKind.LISTING, listing.url), ())
    assert (made.id, made.organization) == ("example-press-releases", "Example Command")
    assert (made.host, made.listing_url, made.feed_url) == (SITE, listing.url, None)


def test_an_id_that_is_taken_gets_a_number() -> None:
    listing = page("<title>Example</title>")
    made = platform_detection.build_source(
        listing,
        reading(PageKind.LISTING, listing.url),
        ["example-press-releases", "example-press-releases-2"],
    )
    assert made.id == "example-press-releases-3"


def test_a_feed_alone_is_a_newsroom_without_a_listing() -> None:
    feed = page("<rss/>", f"https://{SITE}/rss.xml")
    made = platform_detection.build_source(feed, reading(PageKind.FEED, feed.url), (), "mine")
    assert (made.id, made.listing_url, made.feed_url) == ("mine", None, feed.url)
