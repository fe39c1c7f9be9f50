"""Listings of AFPIMS: number and host come from the link, the next page from the pager."""

import pytest

from crawler.parsing import html
from crawler.parsing.platforms.afpims import listing as afpims_listings
from storage.models import Page

LIST = (
    '<div class="alist-more-here"><div class="item"><h3><a href="/News/Article/5/a/">A</a></h3></div></div>'
)


def listing_page(markup: str, url: str = "https://www.lighthouse.mil/News/") -> Page:
    return Page(url, 200, (), f"<html><body>{markup}</body></html>".encode())


def next_url(pager: str, url: str = "https://www.lighthouse.mil/News/") -> str | None:
    listing = afpims_listings.read_listing(listing_page(LIST + pager, url))
    assert listing
    return listing.next_url


PAGERS = {
    "AFPIMS pager": '<a class="da_next_pager" href="/News/?Page=2">Next</a>',
    "rel": '<a rel="next nofollow" href="?Page=2">Next</a>',
    "link element": '<link rel="next" href="https://www.lighthouse.mil/News/?Page=2">',
    "numbers": '<ul class="pagination"><li><a href="?Page=1">1</a></li><li><a href="?page=2">2</a></li></ul>',
    "script": "<a class=\"da_next_pager\" href=\"javascript:__doPostBack('p','2')\">Next</a>",
    "load more": '<button class="alist-more-button">Load more</button>',
}


@pytest.mark.parametrize("pager", PAGERS.values(), ids=PAGERS)
def test_the_next_page_is_found_however_the_pager_is_made(pager: str) -> None:
    found = next_url(pager)
    assert found
    assert found.lower() == "https://www.lighthouse.mil/news/?page=2"


LAST = {
    "none": "",
    "disabled": '<a class="da_next_pager aspNetDisabled" href="/News/?Page=2">Next</a>',
    "back to itself": '<a class="da_next_pager" href="/News/">Next</a>',
    "another site": '<a rel="next" href="https://www.harbor.mil/News/?Page=2">Next</a>',
    "another article": '<a rel="next" href="/News/Article/4/b/">Next</a>',
    "another list": '<a href="/Photos/?Page=2">2</a>',
    "further on": '<a href="/News/?Page=9">9</a>',
}


@pytest.mark.parametrize("pager", LAST.values(), ids=LAST)
def test_there_is_no_next_page_where_no_pager_leads_on(pager: str) -> None:
    assert next_url(pager) is None


def test_page_numbers_count_from_where_we_are() -> None:
    url = "https://www.lighthouse.mil/News/?Category=7&Page=41"
    assert next_url('<a class="da_next_pager" href="javascript:x()">Next</a>', url) == (
        "https://www.lighthouse.mil/News/?Category=7&Page=42"
    )


def test_an_attribute_may_hold_quotes_and_angle_brackets() -> None:
    markup = """<listing-titles-only article-title='Say "3 > 2" twice' article-url="/News/Article/5//">x"""
    listing = afpims_listings.read_listing(listing_page(markup))
    assert listing
    assert [entry.title for entry in listing.entries] == ['Say "3 > 2" twice']


def test_a_page_without_list_has_no_listing() -> None:
    markup = '<p><a href="/News/Article/5/a/">A story</a> is linked from this text.</p>'
    assert afpims_listings.read_listing(listing_page(markup)) is None


def test_deep_nesting_is_one_clear_line() -> None:
    with pytest.raises(html.ParseError) as error:
        afpims_listings.read_listing(listing_page("<div class='item'>" * 20_000 + LIST))
    assert "\n" not in str(error.value)
