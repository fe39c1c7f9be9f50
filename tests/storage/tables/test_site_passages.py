"""Passages that are site-wide, and those of recent edits."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.store import Store
from storage.tables import site_passages
from tests.support.make_looks import address, after, fields, seen, store_at

SITE = address().site
OTHER = "www.other.example.mil"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        yield opened


def test_what_is_site_wide_is_remembered_for_its_sites_alone(store: Store) -> None:
    for hour in (1, 2):
        site_passages.record_site_wide(store.db, [SITE], ["p1:a"], (after(hour), None))
    assert site_passages.list_site_wide_digests(store.db, [SITE]) == {"p1:a"}
    assert site_passages.list_site_wide_digests(store.db, [OTHER]) == frozenset()


def test_recent_edits_are_grouped_by_passage_and_end(store: Store) -> None:
    store.save_look(seen(after(0), fields(), address("100")))
    store.save_look(seen(after(0), fields("Another story"), address("101")))
    site_passages.record_recent_edits(store.db, [SITE], {1: ["p1:a"], 2: ["p1:a", "p1:b"]}, after(1))
    edits = {"p1:a": {1, 2}, "p1:b": {2}}
    assert site_passages.list_recent_edits(store.db, [SITE], after(1)) == edits
    assert site_passages.list_recent_edits(store.db, [SITE], None) == edits
    assert site_passages.list_recent_edits(store.db, [SITE], after(2)) == {}
    site_passages.delete_recent_edits(store.db, after(2))
    assert site_passages.list_recent_edits(store.db, [SITE], None) == {}


def test_postings_seen_since_an_instant_are_counted(store: Store) -> None:
    assert site_passages.find_last_look_at(store.db, [SITE]) is None
    store.save_look(seen(after(0), fields(), address("100")))
    store.save_look(seen(after(3), fields("Another story"), address("101")))
    assert site_passages.find_last_look_at(store.db, [SITE]) == after(3)
    assert site_passages.count_seen_since(store.db, [SITE], after(3)) == 1
    assert site_passages.count_seen_since(store.db, [SITE], None) == 2
