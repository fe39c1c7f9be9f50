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


LAST_FIRST = """<a class="x da_next_pager" href="/News/?Page={last}" title="last">&raquo;</a>
<a class="x da_next_pager" href="/News/?Page={next}" title="next">&gt;</a>
<button class="alist-more-button">Load more</button>"""


def test_the_next_page_is_not_the_last_one_that_stands_before_it() -> None:
    assert next_url(LAST_FIRST.format(last=277, next=2)) == "https://www.lighthouse.mil/News/?Page=2"
    url = "https://www.lighthouse.mil/News/?Page=276"
    assert next_url(LAST_FIRST.format(last=277, next=277), url) == "https://www.lighthouse.mil/News/?Page=277"
    only_last = '<a rel="next" class="da_next_pager" href="?Page=277" title="last">last</a>'
    assert next_url(only_last, url.replace("276", "4")) == "https://www.lighthouse.mil/News/?Page=5"


def test_the_last_page_of_a_pager_has_no_next_page_in_spite_of_the_button() -> None:
    first = LAST_FIRST.replace("da_next_pager", "da_prev_pager").format(last=1, next=276)
    assert next_url(first, "https://www.lighthouse.mil/News/?Page=277") is None


ONE = '<a href="/News/Article/5/a/">'
TILES = {
    "picture, headline beside it": f'<div class="item">{ONE}<img alt="A boat"></a><h3>Pier open</h3></div>',
    "real list": f'<div class="item">{ONE}</a><div class="list-title">Pier open</div></div>',
    "real gallery": '<a class="gitem item" href="/News/Article/5/a/"><span class="date">May 5, 2020</span>'
    '<span class="pub-title">Pier open</span></a>',
    "label": '<div class="item"><a href="/News/Article/5/a/" aria-label="More on Pier open"></a></div>',
    "picture alone": f'<div class="item">{ONE}<img src="a.jpg" alt="Pier open"></a></div>',
    "button": f'<div class="item"><h4>Pier open</h4><p>Words.</p>{ONE}Read more &raquo;</a></div>',
    "button in other words": f'<div class="item"><h4>Pier open</h4>{ONE}Click here</a></div>',
    "button in German": f'<div class="item"><h4>Pier open</h4>{ONE}Weiterlesen ...</a></div>',
    "bold words": f'<div class="item">{ONE}<img></a><p>May 5, 2020</p><p>Harbor</p><b>Pier open</b></div>',
    "plain words": f'<div class="item">{ONE}<img></a><span>May 5, 2020</span><p>Pier open</p></div>',
    "loose picture": f'<div class="alist"><li>{ONE}<img src="a.jpg"></a><h4>Pier open</h4></li></div>',
}


@pytest.mark.parametrize("markup", TILES.values(), ids=TILES)
def test_a_release_is_listed_though_its_link_has_no_words(markup: str) -> None:
    listing = afpims_listings.read_listing(listing_page(markup))
    assert listing
    assert [(entry.address.number, entry.title) for entry in listing.entries] == [("5", "Pier open")]


def test_a_german_list_prints_the_day_first() -> None:
    item = f'<div class="item">{ONE}Hafen offen</a><span class="date">05.03.2026</span></div>'
    listing = afpims_listings.read_listing(listing_page(f'<div lang="de-DE">{item}</div>'))
    assert listing
    assert str(listing.entries[0].published_on) == "2026-03-05"


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


def test_releases_and_the_next_page_count_from_the_base_address() -> None:
    item = '<div class="item"><h3><a href="News/Article/5/a/">A</a></h3></div>'
    pager = '<a class="da_next_pager" href="News/?Page=2">Next</a>'
    page = listing_page(f'<base href="/"><div class="alist-more-here">{item}</div>{pager}')
    listing = afpims_listings.read_listing(page)
    assert listing
    assert [entry.address.url for entry in listing.entries] == [
        "https://www.lighthouse.mil/News/Article/5/a/"
    ]
    assert listing.next_url == "https://www.lighthouse.mil/News/?Page=2"
