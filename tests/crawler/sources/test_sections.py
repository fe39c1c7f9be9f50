"""Sections by their addresses: links that lead to them, and the section that a release is in."""

import pytest

from crawler.parsing import urls
from crawler.sources import sections
from storage.models import Page

HOME = "https://www.example.mil/"


def page(url: str, *links: str) -> Page:
    body = "".join(f'<a href="{link}">A page</a>' for link in links)
    return Page(url, 200, (), f"<html><body>{body}</body></html>".encode())


def test_links_to_sections_are_separated_from_others() -> None:
    front = page(
        HOME,
        *("/News/", "/news", "/News/Photos/", "/News/Article/1/x/", "https://www.other.mil/News/", "/About/"),
        *(
            "/Media/Press-Releases/",
            "mailto:x@example.mil",
            "#skip",
            "/RSS/",
            "/DesktopModules/x.ashx?news=1",
        ),
    )
    assert sections.find_sections(front) == (f"{HOME}News/", f"{HOME}Media/Press-Releases/")
    assert sections.find_feed_pages(front) == (f"{HOME}RSS/",)


@pytest.mark.parametrize(
    ("release", "listing"),
    [
        ("/News/Article-Display/Article/1/x/", "/News/"),
        ("/News/Article/1/x", "/News/"),
        ("/News/Releases/Release/Article/1//", "/News/Releases/"),
        ("/News/News-Stories/Article/Article/1/x/", "/News/News-Stories/"),
        ("/News/ArticleDisplay/tabid/223/Article/637137/x.aspx", "/News/"),
        ("/MEDIA/PRESS-RELEASES/Press-Release-View/Article/1/x/", "/MEDIA/PRESS-RELEASES/"),
        ("/Press-Office/News-Stories/display-news/Article/1/x", "/Press-Office/News-Stories/"),
        ("/Article/1/x/", None),
        ("/News/", None),
    ],
)
def test_a_release_address_suggests_where_its_list_is(release: str, listing: str | None) -> None:
    where = sections.guess_listing_url(urls.parse_address(HOME.rstrip("/") + release))
    assert where == (None if listing is None else HOME.rstrip("/") + listing)


@pytest.mark.parametrize(
    ("release", "path"),
    [
        ("/News/Article-Display/Article/1/x/", "/news/article-display/"),
        ("/News/Article/2", "/news/"),
        ("/News/", ""),
    ],
)
def test_releases_of_a_section_share_the_path_before_their_number(release: str, path: str) -> None:
    assert sections.get_section_path(urls.parse_address(HOME.rstrip("/") + release)) == path


def test_a_page_that_is_not_markup_has_no_links() -> None:
    assert sections.find_sections(Page(HOME, 200, (), b"")) == ()
    assert sections.find_feed_pages(Page(HOME, 200, (), b"\x00\x01")) == ()
