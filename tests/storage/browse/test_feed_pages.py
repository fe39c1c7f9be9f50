"""Feeds from the browser: valid, sent again only when they changed, and read back page by page."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx
import pytest
from datasette.app import Datasette

from storage import browse
from storage.browse.feed_pages import is_known_answer
from storage.publish.opml import parse_opml
from storage.queries.events import list_events
from storage.store import Store
from tests.support.feeds import read_valid_atom, read_valid_json_feed
from tests.support.hostile_events import NEWSROOMS, add_hostile_events, make_hostile_events

Get = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = make_hostile_events(tmp_path_factory.mktemp("feeds") / "milwire.db", 160)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def app(store: Store) -> Iterator[Datasette]:
    made = browse.make_datasette(store.path, {"Air Force": [NEWSROOMS[0]], "Navy": list(NEWSROOMS[1:])})
    yield made
    for database in made.databases.values():
        database.close()
    made.executor.shutdown()


@pytest.fixture(scope="module")
def get(app: Datasette) -> Get:
    """Return a function that asks the application for a page."""

    def ask(address: str, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response: httpx.Response = asyncio.run(app.client.get(address, headers=named))
        return response

    return ask


def test_pages_of_a_feed_read_back_the_ledger(get: Get, store: Store) -> None:
    numbers: list[int] = []
    address = "/feeds/all.json"
    while address:
        found = read_valid_json_feed(get(address).content)
        numbers += [one["_milwire"]["event"] for one in found["items"]]
        read_valid_atom(get(address.replace(".json", ".atom")).content)
        address = found.get("next_url", "").removeprefix("http://localhost")
    assert numbers == [one.id for one in list_events(store)][::-1]


@pytest.mark.parametrize(
    ("address", "kinds", "newsrooms"),
    [
        ("/feeds/edits", {"edited"}, set(NEWSROOMS)),
        ("/feeds/newsroom/korea-news/takedowns", {"removed"}, {"korea-news"}),
        ("/feeds/branch/air-force/new", {"published"}, {"korea-news"}),
        ("/feeds/branch/navy/returns", {"returned"}, set(NEWSROOMS[1:])),
    ],
)
def test_a_feed_has_what_its_address_says(
    get: Get, address: str, kinds: set[str], newsrooms: set[str]
) -> None:
    items = read_valid_json_feed(get(f"{address}.json").content)["items"]
    assert {one["_milwire"]["kind"] for one in items} == kinds
    assert {one["_milwire"]["newsroom"] for one in items} == newsrooms
    assert items[0]["_milwire"]["release_url"].startswith("http://localhost/milwire/releases/")
    response = get(f"{address}.atom")
    assert response.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert [one.id for one in read_valid_atom(response.content).entries] == [one["id"] for one in items]


def test_a_search_has_its_feed(get: Get) -> None:
    found = read_valid_atom(get("/feeds/search/all.atom?words=plain+words").content)
    assert found.feed.title == "milwire: everything of the search plain words"
    read_valid_atom(get("/feeds/search/edits.atom?words=%00%22%3Cx%3E").content)


def test_what_did_not_change_is_not_sent_again(get: Get, store: Store) -> None:
    first = get("/feeds/all.atom")
    tag, changed = first.headers["etag"], first.headers["last-modified"]
    for headers in ({"If_None_Match": f'"x", W/{tag}'}, {"If_Modified_Since": changed}):
        again = get("/feeds/all.atom", **headers)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert get("/feeds/all.atom", If_None_Match='"x"', If_Modified_Since=changed).status_code == 200
    add_hostile_events(store, 5)
    assert get("/feeds/all.atom", If_None_Match=tag).status_code == 200
    assert get("/feeds/all.atom", If_Modified_Since=changed).status_code == 200


def test_a_date_that_is_none_asks_for_nothing() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert not is_known_answer({"if-modified-since": "yesterday"}, '"a"', at)
    assert not is_known_answer({"if-modified-since": "Thu, 01 Jan 2026 00:00:00 GMT"}, '"a"', None)
    assert is_known_answer({"if-modified-since": "Thu, 01 Jan 2026 00:00:00 -0000"}, '"a"', at)
    assert is_known_answer({"if-none-match": "*"}, '"a"', None)


@pytest.mark.parametrize(
    "address",
    [
        "/feeds/none.atom",
        "/feeds/newsroom/nobody/all.atom",
        "/feeds/branch/nobody/all.atom",
        "/feeds/all.atom?before=x",
        "/feeds/all.atom?before=99999",
        "/feeds/search/all.atom",
        f"/feeds/search/all.atom?words={'x' * 501}",
    ],
)
def test_what_is_no_feed_is_not_found(get: Get, address: str) -> None:
    assert get(address).status_code == 404


def test_pages_name_their_feeds(get: Get) -> None:
    for name in ("all", "new", "edits", "takedowns", "returns"):
        assert f'href="/feeds/{name}.atom"' in get("/").text
    assert 'href="/feeds/newsroom/korea-news/all.atom"' in get("/milwire/newsroom?newsroom=korea-news").text
    assert 'href="/feeds/search/all.atom?words=live%20fire"' in get("/milwire/search?words=live+fire").text
    assert 'href="/feeds/branch/air-force/all.atom"' in get("/feeds").text
    named = parse_opml(get("/feeds/feeds.opml").content)
    assert "http://localhost/feeds/branch/navy/all.atom" in [one.feed_url for one in named]
