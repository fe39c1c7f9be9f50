"""Listings from entries: each address once, and only web addresses."""

import pytest

from crawler.parsing import urls
from crawler.parsing.platforms import entries
from storage.models import Entry

BASE = "https://www.lighthouse.mil/News/"


def entry(link: str, title: str) -> Entry:
    return Entry(urls.parse_address(link, BASE), title)


def test_an_address_that_repeats_is_listed_once_and_the_first_one_wins() -> None:
    found = [
        entry("/News/Article/5/a/", "Pinned"),
        entry("/News/Article/6/b/", "B"),
        entry("/x/Article/5/", "A"),
    ]
    listing = entries.build_listing(found, "example:1", "https://www.lighthouse.mil/News/?Page=2")
    assert [each.title for each in listing.entries] == ["Pinned", "B"]
    assert (listing.parser, listing.next_url) == ("example:1", "https://www.lighthouse.mil/News/?Page=2")


def test_equal_numbers_on_two_sites_are_two_entries() -> None:
    found = [entry("/News/Article/5/a/", "A"), entry("https://www.harbor.mil/News/Article/5/a/", "A")]
    assert len(entries.build_listing(found, "example:1").entries) == 2


def test_a_listing_may_be_empty() -> None:
    assert entries.build_listing([], "example:1").entries == ()


@pytest.mark.parametrize(
    "link", [None, "", "  ", "#top", "javascript:x()", "mailto:a@b.mil", "http://[broken"]
)
def test_a_link_that_is_not_a_web_address_is_none(link: str | None) -> None:
    assert entries.parse_link(link, BASE) is None


def test_a_relative_link_becomes_an_address() -> None:
    found = entries.parse_link("Article/7/c/", BASE)
    assert found
    assert (found.site, found.number) == ("www.lighthouse.mil", "7")
