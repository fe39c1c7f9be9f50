"""The web server answers its own names only, reads only, and no query takes it down."""

import asyncio
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from storage.browse.guard import BrowseGuard
from tests.support.browse_server import serve_browse
from tests.support.sample_database import make_sample

SLOW = "with recursive n(i) as (select 1 union all select i+1 from n) select count(*) from n"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a sample database in a process of its own."""
    path = tmp_path_factory.mktemp("guard") / "sample.db"
    make_sample(path).close()
    with serve_browse(path) as served:
        yield served


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "a@127.0.0.1", "", "10.0.0.1"])
def test_a_foreign_host_is_refused(address: str, host: str) -> None:
    answer = httpx.get(address, headers={"Host": host})
    assert answer.status_code == 400
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("host", ["127.0.0.1:1", "LOCALHOST", "[::1]:8001"])
def test_the_names_of_this_computer_are_answered(address: str, host: str) -> None:
    assert httpx.get(address, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1"])
def test_a_foreign_origin_is_refused(address: str, origin: str) -> None:
    assert httpx.get(address, headers={"Origin": origin}).status_code == 403


def test_the_own_origin_is_answered(address: str) -> None:
    assert httpx.get(address, headers={"Origin": address.rstrip("/")}).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize(
    "page",
    [
        *("", "milwire", "milwire/releases", "milwire/edited", "milwire/releases/1", "nothing"),
        *("milwire/-/insert", "milwire/-/create", "milwire/releases/1/-/update", "-/permissions"),
        *("-/create-token", "-/messages", "-/logout", "-/auth-token"),
    ],
)
def test_nothing_is_written(address: str, method: str, page: str) -> None:
    answer = httpx.request(method, address + page)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    "page", ["", "milwire", "milwire/releases", "milwire/releases.json", "assets/milwire.css", "no"]
)
def test_every_answer_has_the_safety_headers(address: str, page: str) -> None:
    headers = httpx.get(address + page).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize(
    "sql",
    [
        "select hex(zeroblob(400000000))",
        "select length(randomblob(400000000))",
        "select length(printf('%.*c', 400000000, 'x'))",
        "select length(replace(printf('%.*c', 9000000, 'x'), 'x', 'yyyyyyyyyy'))",
        "with recursive n(t) as (select 'xxxxxxxx' union all select t || t from n limit 26) select t from n",
    ],
)
def test_sql_that_takes_much_memory_is_refused(address: str, sql: str) -> None:
    answer = httpx.get(address + "milwire.json", params={"sql": sql}, timeout=20)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("site", "mode", "place", "status"),
    [
        ("cross-site", "no-cors", "image", 403),
        ("same-site", "cors", "empty", 403),
        ("cross-site", "navigate", "iframe", 403),
        ("cross-site", "navigate", "document", 200),
        ("same-origin", "no-cors", "style", 200),
        ("none", "navigate", "document", 200),
    ],
)
def test_another_site_may_link_here_but_not_embed_or_fetch(
    address: str, site: str, mode: str, place: str, status: int
) -> None:
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": place}
    assert httpx.get(f"{address}milwire/releases.json", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("address", "most"),
    [
        ("/milwire?sql=select+1", 2),
        ("/milwire/releases?_facet=title", 2),
        ("/milwire/releases?title__contains=a", 2),
        ("/milwire/releases.csv?_sort=title", 2),
        ("/milwire/edited", 2),
        ("/milwire/search.json?words=a", 2),
        ("/milwire/releases", 2),
        ("/feeds/search/all.atom?words=a", 2),
        ("/milwire/releases/1", 5),
        ("/-/versions", 5),
        ("/assets/milwire.css", 5),
        ("/", 5),
    ],
)
def test_two_queries_of_a_kind_run_at_once(address: str, most: int) -> None:
    running: list[int] = []
    seen: list[int] = []

    async def work(*_: object) -> None:
        running.append(1)
        seen.append(len(running))
        await asyncio.sleep(0.01)
        running.pop()

    async def ask_often() -> None:
        guard = BrowseGuard(work, "127.0.0.1")
        path, _, query = address.partition("?")
        scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode()}
        scope["headers"] = [(b"host", b"127.0.0.1:8001")]
        await asyncio.gather(*(guard(scope, work, work) for _ in range(5)))  # type: ignore[arg-type]

    asyncio.run(ask_often())
    assert (len(seen), max(seen)) == (5, most)


@pytest.mark.slow
def test_slow_queries_do_not_block_another_page(address: str) -> None:
    def ask() -> None:
        httpx.get(address + "milwire.json", params={"sql": SLOW}, timeout=60)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    started = time.monotonic()
    for page in ("milwire/releases/1", "", "milwire/edited", "milwire/releases"):
        assert httpx.get(address + page, timeout=20).status_code == 200
    assert time.monotonic() - started < 4
    for thread in threads:
        thread.join()


def test_on_all_addresses_a_literal_is_answered_and_a_name_is_not() -> None:
    async def never(*_: object) -> None:
        raise AssertionError

    guard = BrowseGuard(never, "0.0.0.0")
    assert guard.is_own_name("192.0.2.7:8001")
    assert not guard.is_own_name("evil.example")
