"""What a user added or switched, beside the shipped catalogue."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from storage.models import Confidence, Source
from storage.store import Store
from storage.tables import sources
from tests.support.make_looks import store_at

ADDED = Source(
    id="my-news",
    host="www.my.example.mil",
    organization="My Wing",
    branch="Air Force",
    platform="afpims",
    section="news",
    listing_url=None,
    feed_url=None,
    confidence=Confidence.HIGH,
    private=True,
    origin="user",
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        yield opened


def test_a_newsroom_that_was_added_is_a_whole_row(store: Store) -> None:
    store.save_source(ADDED)
    row = sources.list_overrides(store.db)["my-news"]
    assert (row["organization"], row["private"], row["enabled"], row["origin"]) == ("My Wing", 1, 0, "user")
    store.save_source(replace(ADDED, organization="Another Wing", enabled=True))
    row = sources.list_overrides(store.db)["my-news"]
    assert (row["organization"], row["enabled"]) == ("Another Wing", 1)


def test_a_switched_catalogue_row_holds_nothing_but_the_switch(store: Store) -> None:
    store.set_enabled("shipped-news", True)
    store.set_enabled("shipped-news", False)
    (row,) = sources.list_overrides(store.db).values()
    filled = {name for name, value in row.items() if value is not None}
    assert filled == {"id", "enabled", "origin", "changed_at"}
    assert (row["enabled"], row["origin"]) == (0, "catalogue")


def test_switching_an_added_newsroom_keeps_its_row(store: Store) -> None:
    store.save_source(ADDED)
    store.set_enabled("my-news", True)
    row = sources.list_overrides(store.db)["my-news"]
    assert (row["host"], row["enabled"], row["origin"]) == (ADDED.host, 1, "user")


def test_what_is_removed_is_as_if_it_had_never_been_changed(store: Store) -> None:
    store.save_source(ADDED)
    store.set_enabled("shipped-news", True)
    store.remove_source("my-news")
    assert list(sources.list_overrides(store.db)) == ["shipped-news"]
