"""Answers of the DVIDS API: stories lead to their pages, other assets to the API; the rest is no answer."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from crawler.parsing import reader
from crawler.parsing.html import ParseError
from crawler.parsing.platforms import PageKind
from storage.models import Fields, Listing, Page

BASE = "https://api.dvidshub.net"
LIST_URL = f"{BASE}/search?type=news&keywords[]=ferry"
ASSET_URL = f"{BASE}/asset?id=image:880001"
ITEM = {"id": "news:470001", "title": "Ferry  crosses", "url": "https://www.dvidshub.net/news/470001/ferry"}
ASSET = {
    "id": "image:880001",
    "title": "Ferry at dawn",
    "description": "The ferry R&D at dawn.\n\nTwo crews met.",
    "date": "2026-03-01T00:00:00-05:00",
    "date_published": "2026-03-05T22:36:00-05:00",
    "unit_name": "12th Example Group",
    "credit": [{"rank": "Sgt.", "name": "Ada Wick"}, {"name": "Bo Lind"}],
    "keywords": "ferry, dawn, ferry",
    "image": "https://media.example.mil/ferry.jpg",
    "url": "https://www.dvidshub.net/image/880001/ferry-at-dawn",
}


def page(url: str, content: object) -> Page:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Page(url, 200, (("content-type", "application/json"),), raw)


def read_list(url: str = LIST_URL, total: object = 1, size: object = 50, *items: Any) -> Listing:
    answer = {"page_info": {"total_results": total, "results_per_page": size}, "results": items or [ITEM]}
    read = reader.read_page(page(url, answer))
    assert read.kind is PageKind.LISTING
    assert read.platform == "dvids"
    assert read.listing is not None
    return read.listing


def read_asset(**changed: object) -> Fields:
    read = reader.read_page(page(ASSET_URL, {"results": ASSET | changed}))
    assert read.fields is not None
    return read.fields


def test_a_story_of_a_list_leads_to_its_page() -> None:
    (entry,) = read_list(LIST_URL, 1, 50, ITEM | {"date_published": "2026-03-06T03:00:00Z"}).entries
    assert (entry.title, entry.address.number) == ("Ferry crosses", "470001")
    assert entry.address.site == "www.dvidshub.net"
    assert (entry.published_on, entry.published_at) == (None, datetime(2026, 3, 6, 3, tzinfo=UTC))


@pytest.mark.parametrize("kind", ["image", "video", "publication_issue"])
def test_another_asset_leads_to_the_api(kind: str) -> None:
    (entry,) = read_list(LIST_URL, 1, 50, {"id": f"{kind}:5", "title": "A"}).entries
    assert (entry.address.url, entry.address.site) == (f"{BASE}/asset?id={kind}:5", "www.dvidshub.net")


@pytest.mark.parametrize(
    "item",
    [{}, {"id": "image:5"}, {"id": "image:x", "title": "A"}, {"id": "news:1", "title": "A"}, 7],
)
def test_a_result_without_title_or_address_is_left_out(item: object) -> None:
    assert len(read_list(LIST_URL, 2, 50, item, ITEM).entries) == 1


@pytest.mark.parametrize(
    ("url", "total", "size", "wanted"),
    [
        (LIST_URL, 51, 50, f"{LIST_URL}&page=2"),
        (f"{LIST_URL}&page=2", 120, 50, f"{LIST_URL}&page=3"),
        (f"{LIST_URL}&page=3", 120, 50, None),
        (LIST_URL, 50, 50, None),
        (LIST_URL, None, "50", None),
        (LIST_URL, True, {}, None),
    ],
)
def test_the_next_page_follows_while_results_are_left(
    url: str, total: object, size: object, wanted: str | None
) -> None:
    found = read_list(url, total, size).next_url
    assert found == (wanted and wanted.replace("[]", "%5B%5D"))


def test_a_picture_has_the_day_of_its_publication_in_its_own_zone() -> None:
    found = read_asset()
    assert (found.title, found.published_on) == ("Ferry at dawn", date(2026, 3, 5))
    assert found.paragraphs == ("The ferry R&D at dawn.", "Two crews met.")
    assert (found.byline, found.organization, found.tags) == (
        "Sgt. Ada Wick, Bo Lind",
        "12th Example Group",
        ("ferry", "dawn"),
    )
    assert (found.images[0].url, found.links[0].url) == (ASSET["image"], ASSET["url"])


def test_a_text_in_markup_is_read_as_such() -> None:
    assert read_asset(body="<p>One.</p><p>Two.</p>", credit="Ada Wick").paragraphs == ("One.", "Two.")


@pytest.mark.parametrize("missing", ["title", "description", "date_published"])
def test_an_asset_without_a_part_cannot_be_read(missing: str) -> None:
    with pytest.raises(ParseError, match="API: without"):
        read_asset(**{missing: None})


@pytest.mark.parametrize(
    "answer",
    [
        {"errors": ["no such asset"]},
        {"results": ASSET | {"id": "image:7"}},
        {"results": []},
        {"results": None},
        b'{"results": {"id": "image:880001", "ti',
        b"{" * 100_000,
    ],
)
def test_what_is_no_answer_is_one_clear_line(answer: object) -> None:
    for url in (ASSET_URL, LIST_URL):
        if answer == {"results": []} and url == LIST_URL:
            continue
        with pytest.raises(ParseError) as error:
            reader.read_page(page(url, answer))
        assert "\n" not in str(error.value)
