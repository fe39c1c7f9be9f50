"""Listings on unknown platforms: story links first, else dated headings, and never fewer than two."""

import re
from datetime import date

import pytest

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


def tile(number: int, inside: str) -> str:
    return f'<div class="card">{inside.format(url=f"/article/{number}/x", number=number)}</div>'


@pytest.mark.parametrize(
    "inside",
    [
        '<a href="{url}"><img src="/p.jpg" alt=""></a><h3>Story {number}</h3>',
        '<a href="{url}"><img alt="A ship at sea"></a><div class="card-title">Story {number}</div>',
        '<a class="cover" href="{url}" aria-label="Read more about Story {number}"></a><p>Words.</p>',
        '<a href="{url}"><img src="/p.jpg" alt="Story {number}"></a>',
        '<h3>Story {number}</h3><p>Words.</p><a href="{url}">Read more</a>',
        '<a href="{url}"><img src="/p.jpg" alt="A ship at sea"></a><a href="{url}">Story {number}</a>',
        '<a href="{url}"><h4>Story {number}</h4><p>Words of a summary.</p></a>',
    ],
)
def test_a_tile_is_listed_wherever_its_headline_stands(inside: str) -> None:
    assert titles(tile(281234, inside) + tile(281235, inside)) == ["Story 281234", "Story 281235"]
    found = listing.read_story_links(
        Page(URL, 200, (), (tile(281234, inside) + tile(281235, inside)).encode()),
        re.compile("/article/"),
        "x:1",
    )
    assert found is not None
    assert [entry.title for entry in found.entries] == ["Story 281234", "Story 281235"]


def test_a_dated_tile_without_a_linked_headline_is_listed() -> None:
    tiles = "".join(
        f'<li><a href="/news/{name}"><img alt="A pier"></a><h3>{name}</h3><p>May {day}, 2024</p></li>'
        for name, day in (("bridge", 5), ("crane", 6))
    )
    found = read(f'<ul>{tiles}</ul><ul><li><a href="/contact"></a><h3>Contact</h3></li></ul>')
    assert found is not None
    assert [(entry.title, entry.published_on) for entry in found.entries] == [
        ("bridge", date(2024, 5, 5)),
        ("crane", date(2024, 5, 6)),
    ]


def test_dated_links_that_no_heading_marks_are_no_stories() -> None:
    rows = "".join(f'<tr><td><a href="/cases/{n}">C {n}</a></td><td>8/{n}/2020</td></tr>' for n in (11, 12))
    assert read(f'<table lang="en">{rows}</table>') is None


@pytest.mark.parametrize(
    ("language", "printed", "day"),
    [
        ("en-US", "04/05/2026", date(2026, 4, 5)),
        ("en-GB", "04/05/2026", date(2026, 5, 4)),
        ("de", "04.05.2026", date(2026, 5, 4)),
        ("", "04/05/2026", None),
        ("", "31/12/2025", date(2025, 12, 31)),
        ("en", "2 hours ago, March 5, 2026", date(2026, 3, 5)),
        ("en", "2 hours ago", None),
        ("en", "The ship sails on March 9, 2026.", None),
        ("en", "<time datetime='2026-03-05T20:00:00-05:00'>yesterday</time>", date(2026, 3, 5)),
        ("en", "<time datetime='2026-03-06T01:00:00Z'>yesterday</time>", None),
        ("en", "<time datetime='2026-03-06T01:00:00Z'>March 5, 2026</time>", date(2026, 3, 5)),
    ],
)
def test_a_day_is_the_printed_one_in_the_language_of_the_page(
    language: str, printed: str, day: date | None
) -> None:
    row = '<li><a href="/article/{0}/x">Story {0}</a><span>{1}</span></li>'
    rows = row.format(281234, printed) + row.format(281235, printed)
    lang = f' lang="{language}"' if language else ""
    content = f"<html{lang}><body><ul>{rows}</ul></body></html>"
    found = listing.read_listing(Page(URL, 200, (), content.encode()))
    assert found is not None
    assert [entry.published_on for entry in found.entries] == [day, day]


def test_stories_and_the_next_page_count_from_the_base_address() -> None:
    links = '<base href="/en/"><a href="article/281234/one">One</a><a href="article/281235/two">Two</a>'
    found = read(links + '<a rel="next" href="news?page=2">Next</a>', URL + "/all")
    assert found
    assert found.entries[0].address.url == "https://www.example.mil/en/article/281234/one"
    assert found.next_url == "https://www.example.mil/en/news?page=2"
