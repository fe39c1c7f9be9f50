"""The inventory of a newsroom: what its site has stored, what waits, what complete crawls listed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.queries.inventory import read_inventory
from storage.store import Store
from storage.tables.pending import MOST_ABSENT
from tests.support.sample_database import FIRST, JAPAN, KOREA, add_pending, address, make_sample

SITE = "www.korea.mil"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = make_sample(tmp_path / "a.db")
    yield opened
    opened.close()


def test_an_unknown_newsroom_has_an_empty_inventory(store: Store) -> None:
    found = read_inventory(store, "nobody", "www.nobody.mil")
    assert (found.stored, found.pending, found.known) == ({}, {}, frozenset())
    assert found.last_complete_at is None
    assert found.horizon_number is None


def test_stored_postings_are_those_of_the_site(store: Store) -> None:
    found = read_inventory(store, KOREA, SITE)
    assert set(found.stored) == {(SITE, "101"), (SITE, "102"), (SITE, "103")}
    one = found.stored[SITE, "101"]
    assert (one.address, one.title, one.state) == (address(101), "Exercise ends", "live")
    assert one.is_ours
    assert not one.is_purged
    assert found.last_complete_at is not None


def test_a_posting_of_another_newsroom_of_the_site_is_not_ours(store: Store) -> None:
    found = read_inventory(store, JAPAN, SITE)
    assert set(found.stored) == {(SITE, "101"), (SITE, "102"), (SITE, "103")}
    assert not any(one.is_ours for one in found.stored.values())


def test_a_purged_posting_is_marked(store: Store) -> None:
    number = store.db.execute("SELECT id FROM postings WHERE url = ?", [address(102).url]).fetchone()[0]
    store.purge_posting(number, "names a minor")
    found = read_inventory(store, KOREA, SITE)
    assert [key for key, one in found.stored.items() if one.is_purged] == [(SITE, "102")]


def test_a_listed_release_that_was_not_fetched_is_pending(store: Store) -> None:
    add_pending(store, 104, tries=2, absent_looks=0)
    waiting = read_inventory(store, KOREA, SITE).pending
    assert set(waiting) == {(SITE, "104")}
    one = waiting[SITE, "104"]
    assert (one.discovered_at, one.tries, one.is_given_up, one.last) == (FIRST, 2, False, "")
    assert read_inventory(store, JAPAN, SITE).pending == {}


@pytest.mark.parametrize(("absent", "is_given_up"), [(MOST_ABSENT - 1, False), (MOST_ABSENT, True)])
def test_a_release_that_was_often_absent_is_given_up(store: Store, absent: int, is_given_up: bool) -> None:
    add_pending(store, 105, tries=absent, absent_looks=absent)
    assert read_inventory(store, KOREA, SITE).pending[SITE, "105"].is_given_up is is_given_up
