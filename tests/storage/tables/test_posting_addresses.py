"""Every address and source of a posting is remembered, in whatever order looks come."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.db.timestamps import format_timestamp
from storage.store import Store
from storage.tables import posting_addresses
from tests.support.make_looks import address, after, fields, seen, store_at, table

OLD_URL = "https://www.wing.example.mil/News/Article/100/old-slug/"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        opened.save_look(seen(after(5), fields()))
        yield opened


def record(store: Store, hour: float, source: str | None = "wing-news") -> None:
    posting_addresses.record_address(store.db, 1, OLD_URL, source, format_timestamp(after(hour)))


def test_a_posting_is_found_by_its_number_under_any_slug(store: Store) -> None:
    assert posting_addresses.find_posting_id(store.db, address(slug="another-slug")) == 1
    assert posting_addresses.find_posting_id(store.db, address("101")) is None
    assert posting_addresses.find_posting_id(store.db, address(site="www.other.example.mil")) is None


@pytest.mark.parametrize("hours", [(1, 2, 3), (3, 1, 2), (2, 3, 1)])
def test_the_first_and_last_time_do_not_depend_on_the_order(store: Store, hours: tuple[int, ...]) -> None:
    for hour in hours:
        record(store, hour)
    rows = store.db.execute(
        "SELECT substr(first_at, 12, 2), substr(last_at, 12, 2) FROM addresses WHERE url = ?", [OLD_URL]
    )
    assert list(rows) == [("13", "15")]
    assert [row[1:] for row in table(store, "posting_sources", "source_id, substr(first_at, 12, 2), 1")] == [
        ("13", 1)
    ]


def test_an_address_without_a_source_names_none(store: Store) -> None:
    record(store, 6, source=None)
    record(store, 7, source="wing-press")
    assert [row[0] for row in table(store, "posting_sources", "source_id, 1")] == ["wing-news", "wing-press"]
    assert len(table(store, "addresses", "url, 1")) == 2
