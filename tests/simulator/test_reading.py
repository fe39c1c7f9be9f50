"""Reading the practice newsroom gives its truth, whole records, for every page of every site."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

import simulator
from crawler.parsing.platforms import PageKind, Reading
from crawler.parsing.reader import read_page
from simulator import Served, truth
from storage.models import Confidence, Fields, Listing, Page

NEWSROOM = simulator.practice_newsroom(posts=150)
SITE_NAMES = [site.name for site in NEWSROOM.sites]


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with simulator.serve(NEWSROOM) as running:
        yield running


def page(url: str) -> Page:
    with urlopen(Request(url), timeout=10) as response:
        headers = tuple((name.lower(), value) for name, value in response.getheaders())
        return Page(url, response.status, headers, response.read())


def reading(url: str) -> Reading:
    return read_page(page(url))


def told(fields: Fields | None, known: Fields) -> Fields | None:
    """Return what was read, the parser's version left to its own tests."""
    return fields and replace(fields, parser=known.parser)


@pytest.mark.parametrize("name", SITE_NAMES)
def test_every_article_reads_as_its_truth(served: Served, name: str) -> None:
    for _, post in truth.list_posts(NEWSROOM.site(name)):
        url = served.url(name, post.number)
        known = served.truth(url)
        assert known is not None
        got = reading(url)
        assert got.kind is PageKind.ARTICLE
        assert got.address.number == post.number
        assert told(got.fields, known) == known


def test_print_renderings_read_as_the_same_articles(served: Served) -> None:
    base_url = served.site("northreach").base_url
    for _, post in truth.list_posts(NEWSROOM.site("northreach")):
        known = served.truth(served.url("northreach", post.number))
        assert known is not None
        got = reading(f"{base_url}/DesktopModules/ArticleCS/Print.aspx?PortalId=1&Article={post.number}")
        assert told(got.fields, known) == replace(known, design="g1-print")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("usfk-4072765.txt", "/Media/Newsroom/News/Article/4072765/{slug}/"),
        ("spacecom-3750857.txt", "/Newsroom/News/Article-Display/Article/3750857/{slug}/"),
    ],
)
@pytest.mark.parametrize("site", ["meridian", "calder"])
def test_the_seed_releases_read_alike_as_text_and_as_pages(
    seeds: Path, name: str, path: str, site: str
) -> None:
    where = path.format(slug="seed")
    text = Page(f"https://www.example.mil{where}", 200, (), (seeds / name).read_bytes())
    known = read_page(text).fields
    assert known is not None
    section = known.section if site == "meridian" else None
    with simulator.serve(NEWSROOM) as served:
        url = served.add_page(site, where, replace(known, section=section))
        drawn = served.truth(url)
        assert drawn is not None
        assert told(reading(url).fields, drawn) == replace(drawn, design="g4", confidence=Confidence.HIGH)


@pytest.mark.parametrize("name", SITE_NAMES)
def test_every_list_page_reads_as_its_truth(served: Served, name: str) -> None:
    for source in served.site(name).sources:
        url = source.listing_url
        while url:
            known = served.listing(url)
            got = reading(url)
            assert got.kind is PageKind.LISTING
            assert said(got.listing) == said(known)
            url = known.next_url if known else None


@pytest.mark.parametrize("name", SITE_NAMES)
def test_every_feed_reads_as_its_truth(served: Served, name: str) -> None:
    for source in served.site(name).sources:
        assert source.feed_url
        got = reading(source.feed_url)
        assert got.kind is PageKind.FEED
        assert said(got.listing) == said(served.listing(source.feed_url))


def said(listing: Listing | None) -> Listing | None:
    return listing and replace(listing, parser="")
