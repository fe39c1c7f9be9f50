"""Search: words in any script, current and earlier texts, and no text that breaks it."""

import unicodedata
from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from storage.queries import search, search_index
from storage.queries.search import SearchOrder
from storage.queries.search_index import SearchFilter
from storage.query_language.search_language import parse_search
from storage.query_language.text_search import SearchMatcher
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

PIECES = (
    *(
        "troops",
        "-troops",
        "exercises",
        '"exercise"',
        "-exercise",
        "ex*",
        "-e*",
        '"ended on friday"',
        "OR",
        "OR",
    ),
    *(
        "range",
        "-range",
        "zzz",
        "-zzz",
        "훈련",
        "-훈련",
        "연합훈련",
        "共同",
        "-共同",
        "訓練",
        "練",
        "-軍",
        "1,250",
        "maker",
    ),
)
OF_POSTINGS = " FROM revisions v JOIN postings p ON p.id = v.posting_id"


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
        ("troop", {EXERCISE}),
        ('"troop"', set()),
        ("troops OR range", {EXERCISE, RANGE}),
        ("troops OR 共同 maker", {EXERCISE, JAPANESE}),
        ("maker -troops -共同", {KOREAN, RANGE}),
        ("共同 -maker", set()),
        ("troo*", {EXERCISE}),
        ('"ended on fri"*', {EXERCISE}),
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


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=6))
def test_the_index_finds_what_a_text_has(store: Store, pieces: list[str]) -> None:
    typed = " ".join(pieces)
    words = parse_search(typed)
    matcher = SearchMatcher(words)
    columns = ("title", "subtitle", "body", "byline", "organization", "dateline", "tags")
    expected = set()
    for row in store.db.query("SELECT v.*, p.release_id, v.id = p.revision_id AS now" + OF_POSTINGS):
        if (row["now"] or words.groups) and matcher.matches([row[name] for name in columns]):
            expected.add(row["release_id"])
    hits = search.search_releases(store, typed, limit=50)
    assert {hit.release for hit in hits} == (expected if words else set())
    assert search.count_matches(store, typed) == len(hits)


def test_without_a_word_means_all_releases_that_lack_it_now(store: Store) -> None:
    answer = search.search_archive(store, "-troops")
    assert {hit.title for hit in answer.hits} == {KOREAN, JAPANESE, RANGE}
    assert answer.notes == (
        "a search for what has no word goes back to 2025-01-30; --since goes back further",
    )
    assert search.search_archive(store, "-troops", wanted=SearchFilter(since=date(2020, 1, 1))).notes == ()


def test_by_date_the_newest_comes_first(store: Store) -> None:
    days = [hit.published_on for hit in search.search_releases(store, "maker", order=SearchOrder.DATE)]
    assert days == sorted(days, key=str, reverse=True)
    assert len(days) == 4


def test_a_search_of_one_state_finds_no_other(store: Store) -> None:
    everything = search.search_releases(store, "maker")
    for state in {hit.state for hit in everything}:
        found = search.search_releases(store, "maker", wanted=SearchFilter(state=state))
        assert {hit.release for hit in found} == {hit.release for hit in everything if hit.state == state}
    assert search.search_releases(store, "maker", wanted=SearchFilter(state="unlisted")) == []


def test_a_search_of_newsrooms_finds_theirs(store: Store) -> None:
    (first, *_) = store.db.query("SELECT source_id AS id FROM posting_sources ORDER BY 1")
    every = tuple({row["id"] for row in store.db.query("SELECT source_id AS id FROM posting_sources")})
    assert len(search.search_releases(store, "maker", wanted=SearchFilter(sources=every))) == 4
    one = search.search_releases(store, "maker", wanted=SearchFilter(first["id"]))
    assert one == search.search_releases(store, "maker", wanted=SearchFilter(sources=(first["id"],)))
    assert search.search_releases(store, "maker", wanted=SearchFilter(sources=("nobody",))) == []
    assert search.search_releases(store, "maker", wanted=SearchFilter(sources=())) == []
    assert len(search.search_releases(store, "-zzz", wanted=SearchFilter(sources=every))) == 4


@pytest.mark.parametrize(
    ("typed", "suggestion"), [("trops", "troops"), ("troops zzzzqqqq", None), ("trops zzzzqqqq", None)]
)
def test_where_nothing_is_found_known_words_are_suggested(
    store: Store, typed: str, suggestion: str | None
) -> None:
    answer = search.search_archive(store, typed)
    assert (answer.hits, answer.count, answer.suggestion) == ((), "0", suggestion)


def test_words_are_marked_in_title_and_excerpt(store: Store) -> None:
    (hit,) = search.search_releases(store, "troop ending exercises")
    assert "troops" in [hit.excerpt[start:end] for start, end in hit.marks]
    assert [hit.title[start:end] for start, end in hit.title_marks] == ["Exercise", "ends"]


def test_more_than_ten_thousand_are_so_many_and_more() -> None:
    assert search.SearchAnswer((), 10_000).count == "10,000"
    assert search.SearchAnswer((), 10_001).count == "10,000+"


def test_a_prefix_of_too_many_words_is_said(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_index, "MOST_WORDS", 2)
    (note,) = search.search_archive(store, "e*").notes
    assert note.startswith("more than 2 words begin with e; the first 2 of the alphabet are looked for")
