"""Releases are listed by printed day, filtered, and found by number or address."""

import dataclasses
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from storage import browse
from storage.models import EventKind
from storage.queries import asof, releases
from storage.queries.filters import Filter
from storage.store import Store
from tests.support.sample_database import (
    HOSTILE,
    JAPAN,
    KOREA,
    SECOND,
    address,
    crawl,
    fields,
    make_sample,
)

EXERCISE, KOREAN, JAPANESE, RANGE = (
    "Exercise ends",
    "주한미군, 연합훈련 실시",
    "在日米軍、共同訓練",
    "=Range hours change",
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("queries") / "milwire.db"
    make_sample(path).close()
    opened = Store.open(path, read_only=True)
    yield opened
    opened.close()


def test_releases_come_by_printed_day(store: Store) -> None:
    assert [one.title for one in releases.list_releases(store)] == [JAPANESE, KOREAN, EXERCISE, RANGE, RANGE][
        : count(store)
    ]


def count(store: Store) -> int:
    return len(list(releases.list_releases(store)))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(source=JAPAN), {JAPANESE, EXERCISE}),
        (Filter(since=date(2026, 1, 28), until=date(2026, 1, 30)), {KOREAN, EXERCISE}),
        (Filter(until=date(2025, 12, 20)), {JAPANESE}),
        (Filter(kind=EventKind.EDITED), {EXERCISE}),
        (Filter(source="nobody"), set()),
        (Filter(limit=1), {RANGE}),
        (Filter(limit=0), set()),
    ],
)
def test_releases_are_filtered(store: Store, wanted: Filter, found: set[str]) -> None:
    assert {one.title for one in releases.list_releases(store, wanted)} == found


def test_a_release_knows_its_copies_and_says_what_its_first_copy_says_now(store: Store) -> None:
    (found,) = releases.list_releases(store, Filter(kind=EventKind.EDITED))
    assert found.copies == (address(101).url, address(101, "www.japan.mil").url)
    assert found.sources == (JAPAN, KOREA)
    assert "1,250" in found.body
    assert found.url == address(101).url
    assert found.published_on == date(2026, 1, 30)
    assert found.images[0].caption == f"A caption {HOSTILE}"
    assert found.links[0].attachment


def test_a_release_is_named_by_id_number_or_address(store: Store) -> None:
    (one,) = releases.list_releases(store, Filter(kind=EventKind.EDITED))
    for text in (f"r{one.id}", str(one.id), "101", one.url, one.copies[1]):
        assert releases.find_release_ids(store, text) == [one.id], text
    for text in ("r999999", "nonsense", "", "r", "9" * 30, "٣"):
        assert releases.find_release_ids(store, text) == [], text


def test_undated_releases_are_not_the_newest(tmp_path: Path) -> None:
    store = make_sample(tmp_path / "a.db")
    undated = dataclasses.replace(fields("A biography", "She is from nowhere."), published_on=None)
    crawl(store, KOREA, SECOND + timedelta(hours=1), (address(104), undated))
    assert {one.title for one in releases.list_releases(store, Filter(limit=1))} == {RANGE}
    assert next(releases.list_releases(store)).title == "A biography"
    store.close()


@pytest.mark.parametrize(
    "sql",
    [
        asof.POSTINGS,
        browse.load_metadata()["databases"]["milwire"]["queries"]["months"]["sql"],
    ],
)
def test_a_query_about_a_newsroom_does_not_scan_the_newsroom_for_each_posting(store: Store, sql: str) -> None:
    values = dict.fromkeys(re.findall(r":([a-z_]+)", sql))
    plan = list(store.db.query(f"EXPLAIN QUERY PLAN {sql}", values))
    once = {row["id"] for row in plan if row["detail"].startswith("LIST SUBQUERY")}
    repeated = [row["detail"] for row in plan if row["parent"] and row["parent"] not in once]
    assert repeated
    assert not [step for step in repeated if step.startswith("SCAN") or step.endswith("(source_id=?)")]
