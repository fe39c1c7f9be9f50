"""The newsrooms: the shipped catalogue, the user's switches on it, and how a mistake in it reads."""

import csv
from importlib import resources
from pathlib import Path

import pytest

from crawler.sources import catalog
from crawler.sources.catalog import COLUMNS, SEEDS, SourceError
from storage.models import Confidence, Source
from storage.store import Store

ROW = {
    "id": "example-news",
    "host": "www.example.mil",
    "organization": "Example Command",
    "branch": "Joint",
    "platform": "afpims",
    "section": "news",
    "listing_url": "https://www.example.mil/News/",
    "feed_url": "",
    "site_id": "",
    "content_type": "",
    "category": "",
    "article_url_example": "",
    "confidence": "low",
    "listing_confidence": "low",
    "feed_confidence": "",
    "notes": "",
}


def lines(*rows: dict[str, str]) -> list[str]:
    return [",".join(COLUMNS), *(",".join(row.get(column, "") for column in COLUMNS) for row in rows)]


def mine(identifier: str = "mine-news") -> Source:
    return Source(
        id=identifier,
        host="127.0.0.1:8000",
        organization="Mine",
        branch="added",
        platform="afpims",
        section="news",
        listing_url="http://127.0.0.1:8000/News/",
        feed_url=None,
        confidence=Confidence.HIGH,
        enabled=True,
        private=True,
        origin="user",
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "milwire.db")


def test_the_catalogue_is_sound_and_every_id_is_one_of_a_kind() -> None:
    found = catalog.load_catalog()
    assert len(found) > 1000
    assert len({source.id for source in found}) == len(found)


def test_only_the_two_seeds_are_enabled_at_first() -> None:
    assert {source.id for source in catalog.list_enabled_sources(None)} == SEEDS
    assert {catalog.find_source(None, one).organization for one in SEEDS} == {
        "U.S. Space Command",
        "U.S. Forces Korea",
    }


def test_the_catalogue_holds_facts_and_no_trace_of_how_they_were_found() -> None:
    text = resources.files("crawler").joinpath("catalog.csv").read_text(encoding="utf-8")
    assert next(csv.reader(text.splitlines())) == list(COLUMNS)
    assert "file id" not in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "Example News"}, 'id: "Example News"'),
        ({"host": ""}, "host: empty"),
        ({"confidence": "sure"}, 'confidence: "sure"'),
        ({"listing_url": ""}, "listing_url: a newsroom needs"),
        ({"listing_url": "www.example.mil/News"}, 'listing_url: "www.example.mil/News"'),
        ({"feed_url": "https://[broken"}, 'feed_url: "https://[broken"'),
    ],
)
def test_a_wrong_row_is_named_with_its_key(change: dict[str, str], said: str) -> None:
    with pytest.raises(SourceError, match="row 3: ") as raised:
        catalog.parse_catalog(lines(ROW, ROW | {"id": "second-news"} | change), "catalog.csv")
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_id_used_twice_is_refused() -> None:
    with pytest.raises(SourceError, match='row 3: id: "example-news" is used twice'):
        catalog.parse_catalog(lines(ROW, ROW), "catalog.csv")


def test_a_row_cut_short_is_refused() -> None:
    with pytest.raises(SourceError, match=r"row 2: .*: empty"):
        catalog.parse_catalog([",".join(COLUMNS), "example-news,www.example.mil"], "catalog.csv")


def test_a_catalogue_without_a_column_is_refused() -> None:
    with pytest.raises(SourceError, match="no column feed_url"):
        catalog.parse_catalog([",".join(column for column in COLUMNS if column != "feed_url")], "catalog.csv")


@pytest.mark.parametrize(
    ("typed", "meant"), [("usfk-new", "usfk-news"), ("USFK", "usfk-news"), ("spacecom", "spacecom-news")]
)
def test_an_unknown_source_suggests_near_ones(typed: str, meant: str) -> None:
    with pytest.raises(SourceError, match=meant):
        catalog.find_source(None, typed)


def test_a_switch_outlives_the_session_and_a_seed_switched_off_stays_off(store: Store) -> None:
    store.set_enabled("usfk-news", False)
    store.set_enabled("usfk-press-releases", True)
    store.close()
    with_again = Store.open(store.path)
    assert {source.id for source in catalog.list_enabled_sources(with_again)} == {
        "spacecom-news",
        "usfk-press-releases",
    }


def test_an_added_newsroom_comes_back_as_it_was_saved(store: Store) -> None:
    store.save_source(mine())
    assert catalog.find_source(store, "mine-news") == mine()


def test_a_switch_of_an_id_that_the_catalogue_lost_is_kept_quiet(store: Store) -> None:
    store.set_enabled("gone-news", True)
    assert len(catalog.list_all_sources(store)) == len(catalog.load_catalog())


def test_every_word_of_a_question_must_occur() -> None:
    assert [one.id for one in catalog.search_sources(catalog.load_catalog(), "forces korea NEWS")]
    assert not catalog.search_sources(catalog.load_catalog(), "forces korea xyzzy")
