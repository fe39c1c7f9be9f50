"""Single pages: fetched with the politeness of a crawl, nothing stored but robots.txt."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.fetch import PageFetcher, fetch_page
from simulator import Fault, Served, Trouble, practice_newsroom, serve
from storage.models import Verdict
from storage.store import Store
from tests.support.practice_crawls import QUICK, source_of

SITE = "calder"


@pytest.fixture
def served() -> Iterator[Served]:
    with serve(practice_newsroom()) as practice:
        yield practice


@pytest.fixture
def database(tmp_path: Path) -> Path:
    Store.open(tmp_path / "milwire.db").close()
    return tmp_path / "milwire.db"


def listing_url(served: Served) -> str:
    url = source_of(served, SITE).listing_url
    assert url is not None
    return url


def make_fetcher(database: Path, most: int = 5) -> PageFetcher:
    return PageFetcher(database, QUICK, private=True, most=most)


def test_a_page_is_fetched_after_robots_and_leaves_no_run(served: Served, database: Path) -> None:
    result = fetch_page(listing_url(served), database, QUICK, private=True)
    assert result.look is not None
    assert (result.look.verdict, result.failure, result.requests) == (Verdict.LIVE, "", 2)
    assert served.log[0].path == "/robots.txt"
    store = Store.open(database, read_only=True)
    tables = ("runs", "looks", "postings", "captures", "events")
    counts = {name: store.db.table(name).count for name in tables}
    store.close()
    assert counts == dict.fromkeys(tables, 0)


def test_a_public_address_without_a_contact_is_not_requested(database: Path) -> None:
    result = fetch_page("https://www.example.mil/News/", database, QUICK, private=False)
    assert (result.look, result.requests) == (None, 0)
    assert "say who you are first" in result.failure


def test_a_bad_address_is_a_value_error(database: Path) -> None:
    with pytest.raises(ValueError, match=r".+"):
        fetch_page("javascript:alert(1)", database, QUICK, private=True)


def test_each_address_is_requested_once(served: Served, database: Path) -> None:
    fetcher = make_fetcher(database)
    first, second = (fetcher.fetch(listing_url(served)) for _ in range(2))
    assert first is second
    assert first.page is not None
    assert len([each for each in served.log if "robots" not in each.path]) == 1
    assert fetcher.requests == len(served.log)


def test_no_more_pages_are_requested_than_allowed(served: Served, database: Path) -> None:
    fetcher = make_fetcher(database, most=1)
    fetcher.fetch(listing_url(served))
    assert fetcher.is_over
    answer = fetcher.fetch(listing_url(served) + "?Page=2")
    assert answer.page is None
    assert "1 addresses are the limit" in answer.problem


def test_a_page_that_is_gone_is_told_from_other_trouble(served: Served, database: Path) -> None:
    served.fault(Fault(Trouble.NOT_FOUND, SITE, "/Article/"))
    number = served.newsroom.site(SITE).sections[0].posts[0].number
    answer = make_fetcher(database).fetch(served.url(SITE, number))
    assert (answer.page, answer.is_gone) == (None, True)


def test_after_a_refusal_the_host_is_left_alone(served: Served, database: Path) -> None:
    served.fault(Fault(Trouble.BLOCKED, SITE))
    fetcher = make_fetcher(database)
    assert "robots" in fetcher.fetch(listing_url(served)).problem or fetcher.refusal
    requests = len(served.log)
    assert "not requested" in fetcher.fetch(listing_url(served) + "?Page=2").problem
    assert len(served.log) == requests


def test_the_rules_of_robots_are_known_after_a_fetch(served: Served, database: Path) -> None:
    fetcher, url = make_fetcher(database), listing_url(served)
    assert fetcher.read_rulebook(url).rules is None
    fetcher.fetch(url)
    assert fetcher.read_rulebook(url).status == 200
