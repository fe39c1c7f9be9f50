"""What a user may call a release or a newsroom, and what happens when there is none, or more than one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.cli import lookup
from crawler.cli.options import CommandError
from crawler.sources import catalog
from crawler.sources.catalog import SourceError
from storage.store import Store
from tests.support.sample_database import make_sample


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = make_sample(tmp_path / "milwire.db")
    yield opened
    opened.close()


@pytest.mark.parametrize("name", ["1", "r1", "https://www.korea.mil/News/Article/101/made-up/"])
def test_a_release_is_found_by_number_and_by_address(name: str, store: Store) -> None:
    assert lookup.find_release(store, name) == 1


def test_an_address_may_be_written_in_another_way(store: Store) -> None:
    assert lookup.find_release(store, "HTTPS://WWW.KOREA.MIL/News/Article/101/made-up/#top") == 1


def test_a_release_that_does_not_exist_is_an_error(store: Store) -> None:
    with pytest.raises(CommandError, match="no release 99"):
        lookup.find_release(store, "99")


def test_without_ids_all_enabled_newsrooms_are_meant(store: Store) -> None:
    assert {one.id for one in lookup.find_sources(store, [])} == {
        one.id for one in catalog.list_enabled_sources(store)
    }


def test_an_id_given_twice_counts_once() -> None:
    assert [one.id for one in lookup.find_sources(None, ["usfk-news", "usfk-news"])] == ["usfk-news"]


def test_an_unknown_id_is_an_error_that_suggests_a_near_one() -> None:
    with pytest.raises(SourceError, match="usfk-news"):
        lookup.find_sources(None, ["usfk-new"])


def test_a_newsroom_that_only_the_ledger_knows_is_accepted(store: Store) -> None:
    assert lookup.find_one_source(store, "korea-news") == "korea-news"
    with pytest.raises(SourceError):
        lookup.find_one_source(store, "nobody-news")


def test_what_is_not_an_address_is_kept_as_typed() -> None:
    assert lookup.canonicalize_name("4217144") == "4217144"
