"""The words of an archive: those that begin so, those that are known, and what one may have meant."""

from collections.abc import Iterator

import pytest

from storage.query_language import vocabulary
from storage.query_language.search_language import format_search, parse_search
from storage.store import Store
from tests.support.sample_database import make_sample


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("vocabulary") / "milwire.db"
    make_sample(path).close()
    opened = Store.open(path, read_only=True)
    yield opened
    opened.close()


def test_words_that_begin_so_are_found_in_order(store: Store) -> None:
    assert vocabulary.list_words_with_prefix(store, "EX") == ["example", "exercise"]
    assert vocabulary.list_words_with_prefix(store, "ex", 1) == ["example"]
    assert vocabulary.list_words_with_prefix(store, "xyz") == []


def test_the_words_that_stand_for_sites_are_not_of_the_texts(store: Store) -> None:
    assert not [word for word in vocabulary.list_words_with_prefix(store, "www") if word.endswith("mil")]


def test_known_words_are_those_of_some_text(store: Store) -> None:
    assert vocabulary.list_known_words(store, ["troop", "troops", "friday"]) == ["troops", "friday"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("trops", "troops"),
        ("rnage", "range"),
        ("xercise -friday", "exercise -friday"),
        ("exercize OR frday", "exercise OR friday"),
        ('"trops ended"', '"troops ended"'),
        ("troops", None),
        ("zzzzzzzz", None),
        ("xq", None),
        ("훈년", None),
        ("a" * 150, None),
    ],
)
def test_a_mistyped_word_suggests_a_known_one(store: Store, typed: str, meant: str | None) -> None:
    found = vocabulary.suggest_words(store, parse_search(typed))
    assert (format_search(found) if found else None) == meant
