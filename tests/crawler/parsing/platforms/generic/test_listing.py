"""Listings on unknown platforms: story links first, else dated headings, and never fewer than two."""

from datetime import date

from crawler.parsing.platforms.generic import listing
from storage.models import Listing, Page

URL = "https://www.example.mil/news"
STORIES = '<a href="/article/281234/one">One</a><a href="/article/281235/two">Two</a>'


def read(markup: str, url: str = URL) -> Listing | None:
    return listing.read_listing(Page(url, 200, (), f"<html><body>{markup}</body></html>".encode()))


def titles(markup: str) -> list[str]:
    found = read(markup)
    return [entry.title for entry in found.entries] if found else []


def test_links_that_look_like_stories_are_listed_without_dates() -> None:
    assert titles(STORIES) == ["One", "Two"]


def test_one_story_is_not_a_listing() -> None:
    assert read('<a href="/article/281234/one">One</a>') is None


def test_a_story_on_another_site_is_not_listed() -> None:
    assert titles(STORIES + '<a href="https://www.harbor.mil/article/281236/three">Three</a>') == [
        "One",
        "Two",
    ]


def test_headings_are_listed_only_with_a_date_beside_them() -> None:
    dated = "".join(
        f'<li><h3><a href="/{name}">{name.title()}</a></h3><span>May {day}, 2024</span></li>'
        for name, day in (("bridge", 5), ("crane", 6))
    )
    found = read(f'<ul>{dated}<li><h3><a href="/contact">Contact</a></h3></li></ul>')
    assert found
    assert [(entry.title, entry.published_on) for entry in found.entries] == [
        ("Bridge", date(2024, 5, 5)),
        ("Crane", date(2024, 5, 6)),
    ]


def test_the_next_page_is_the_rel_next_of_the_same_site() -> None:
    for link, expected in (
        ('<a rel="next" href="?page=2">More</a>', f"{URL}?page=2"),
        ('<link rel="next" href="/news?page=2">', f"{URL}?page=2"),
        ('<a rel="next" href="https://www.harbor.mil/news?page=2">More</a>', None),
        (f'<a rel="next" href="{URL}">More</a>', None),
    ):
        found = read(STORIES + link)
        assert found
        assert found.next_url == expected
