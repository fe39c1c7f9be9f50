"""Search: words in any script, current and earlier texts, and no text that breaks it."""

import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from storage.queries import search
from storage.queries.search import Terms, cut_excerpt, parse_terms
from storage.store import Store
from tests.support.sample_database import (
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


def titles(store: Store, words: str) -> set[str]:
    return {hit.title for hit in search.search_releases(store, words)}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("troops", {EXERCISE}),
        ("TROOPS friday", {EXERCISE}),
        ("troops range", set()),
        ('"ended on friday"', {EXERCISE}),
        ('"friday on ended"', set()),
        ('"ended on', {EXERCISE}),
        ("maker", {EXERCISE, KOREAN, JAPANESE, RANGE}),
        ("연합훈련", {KOREAN}),
        ("캠프험프리스", {KOREAN}),
        ("평택", {KOREAN}),
        ("훈련 미군", {KOREAN}),
        ("横田基地", {JAPANESE}),
        ("共同", {JAPANESE}),
        ("訓練", {JAPANESE}),
        ("共同 exercise", set()),
        ("練", {JAPANESE}),
        ("%_", set()),
        ("軍%", set()),
    ],
)
def test_words_are_found_in_every_script(store: Store, words: str, found: set[str]) -> None:
    assert titles(store, words) == found


def test_korean_typed_in_parts_is_found(store: Store) -> None:
    assert titles(store, unicodedata.normalize("NFD", "연합훈련")) == {KOREAN}


def test_an_earlier_text_is_found_and_says_so(store: Store) -> None:
    now, then = (search.search_releases(store, f'"{count} troops"')[0] for count in ("1,250", "1,200"))
    assert (now.title, now.current) == (EXERCISE, True)
    assert (then.release, then.title) == (now.release, EXERCISE)
    assert "1,200" in then.excerpt


def test_a_release_is_found_once_however_many_copies_hold_the_words(store: Store) -> None:
    assert len(search.search_releases(store, "troops")) == 1


def test_the_limit_holds(store: Store) -> None:
    assert len(search.search_releases(store, "maker", limit=2)) == 2


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
@example('"')
@example('"" AND')
@example("NEAR(a b)")
@example("title: ^x * {a} -b + (")
@example("\x00")
@example("\ud800")
@example("--- troops")
@example("a" * 100_000)
@example("가 " * 500)
def test_no_text_is_a_syntax_error(store: Store, words: str) -> None:
    assert isinstance(search.search_releases(store, words), list)


@pytest.mark.parametrize("words", ["", " ", '"', "-", "***", "…"])
def test_nothing_to_look_for_finds_nothing(store: Store, words: str) -> None:
    assert search.search_releases(store, words) == []


def test_words_and_runs_of_characters_are_separate_terms() -> None:
    found = parse_terms('Kadena "change of  command" 연합훈련 한국 Kadena F-35 日本語')
    assert found == Terms(("Kadena", "change of command", "F-35"), ("연합훈련", "日本語"), ("한국",))


def test_an_excerpt_shows_the_words_on_one_line() -> None:
    text = "Filler words. " * 40 + "The\n\nneedle is here. " + "Filler words. " * 40
    shown = cut_excerpt(text, parse_terms("NEEDLE"))
    assert "The needle is here." in shown
    assert len(shown) < 200
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert cut_excerpt("short", parse_terms("none")) == "short"
