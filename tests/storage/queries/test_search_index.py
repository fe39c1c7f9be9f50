"""What the indexes are asked: never a syntax error, never more questions or words than the limits say."""

from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.queries import search_index
from storage.queries.search_index import ANYTHING, SearchFilter, find_newest_keys, plan_search
from storage.query_language.search_language import parse_search
from storage.store import Store
from tests.support.sample_database import make_sample

SIGNS = '"-*() ORANDNEAR^:{}+ab훈련軍\x00é_'


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("search_index") / "milwire.db"
    make_sample(path).close()
    opened = Store.open(path, read_only=True)
    yield opened
    opened.close()


@settings(max_examples=200, deadline=None)
@given(
    st.text(SIGNS, max_size=40),
    st.sampled_from([None, "removed", "'"]),
    st.sampled_from([None, (), ("korea-news", "'\"")]),
)
def test_every_question_is_one_that_fts5_accepts(
    store: Store, typed: str, state: str | None, sources: tuple[str, ...] | None
) -> None:
    plan = plan_search(store, parse_search(typed), SearchFilter(state=state, sources=sources))
    assert len(plan.queries) <= 2**search_index.MOST_MIXED
    keys = find_newest_keys(store, plan.queries, 10)
    assert keys == sorted(set(keys), reverse=True)


def test_an_or_between_scripts_is_asked_of_both_indexes(store: Store) -> None:
    plan = plan_search(store, parse_search("troops OR 연합훈련 maker"), ANYTHING)
    assert [bool(query.runs) for query in plan.queries] == [False, True]
    many = " ".join(f"troops{n} OR 연합훈련{n}" for n in range(5))
    plan = plan_search(store, parse_search(many), ANYTHING)
    assert len(plan.queries) == 8
    assert plan.notes == ("OR joins words of two kinds of script 3 times at most",)


def test_keys_are_days() -> None:
    for day in (date.min, date(1999, 12, 31), date(2026, 1, 31), date.max):
        assert search_index.read_key_day(search_index.make_day_key(day)) == day


def test_strings_of_the_index_are_quoted() -> None:
    assert search_index.quote_string('a "b"\0c') == '"a ""b"" c"'
