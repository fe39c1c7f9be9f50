"""The search page: the language and options of the command, words marked, and what one may have meant."""

import asyncio
import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from storage.browse import make_datasette
from storage.browse.search_page import OPTIONS, read_search_form, render_marked_text, search_sql
from storage.store import Store
from tests.support.sample_database import make_sample

Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    database = tmp_path_factory.mktemp("search_page") / "milwire.db"
    make_sample(database).close()
    return database


@pytest.fixture(scope="module")
def ask(path: Path) -> Iterator[Ask]:
    app = make_datasette(path)
    with asyncio.Runner() as runner:

        def ask_page(ending: str = "", **values: str) -> httpx.Response:
            address = f"/milwire/search{ending}?{urlencode(values)}"
            answer: httpx.Response = runner.run(app.client.get(address))
            return answer

        yield ask_page


def list_titles(ask: Ask, **values: str) -> set[Any]:
    return {row["title"] for row in ask(".json", _shape="array", **values).json()}


def test_words_found_are_marked_in_titles_and_excerpts(ask: Ask) -> None:
    text = ask(words="troop exercise").text
    assert "<mark>Exercise</mark> ends</a>" in text
    assert "<mark>troops</mark>" in text
    assert "1 release matches" in text
    assert ">marks<" not in text


def test_a_mistyped_word_links_to_a_known_one(ask: Ask) -> None:
    text = ask(words="trops").text
    assert "No releases match." in text
    link = re.search(r'Did you mean <a href="(/milwire/search[?][^"]*)">troops</a>', text)
    assert link
    assert dict(parse_qsl(unescape(link[1]).partition("?")[2])) == {"words": "troops"}


def test_options_are_those_of_the_command(ask: Ask) -> None:
    every = list_titles(ask, words="maker")
    assert len(every) == 4
    assert list_titles(ask, words="maker", state="live") == every
    assert list_titles(ask, words="maker", state="removed") == set()
    assert list_titles(ask, words="maker", until="1990-01-01") == set()
    assert list_titles(ask, words="maker", newsroom="nobody") == set()
    assert list_titles(ask, words="maker -troops", sort="date") < every
    assert "goes back to" in ask(words="-troops").text


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("since", "yesterday", "since: &#34;yesterday&#34; is not a date like 2026-11-22"),
        ("state", "gone", "state: &#34;gone&#34; is none of live, suspect, removed, moved, unlisted"),
        ("sort", "size", "sort: &#34;size&#34; is none of rank, date"),
        ("newsroom", "branch:Navy", "this page knows newsrooms by their id"),
        ("newsroom", "brnch:Navy", "did you mean branch?"),
    ],
)
def test_a_wrong_option_is_one_line_and_finds_nothing(ask: Ask, name: str, value: str, line: str) -> None:
    answer = ask(words="maker", **{name: value})
    assert answer.status_code == 200
    assert line in answer.text
    assert list_titles(ask, words="maker", **{name: value}) == set()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30), st.lists(st.text(max_size=12), max_size=7))
def test_any_values_are_answered(path: Path, words: str, options: list[str]) -> None:
    store = Store.open(path, read_only=True)
    assert search_sql(store, words, *options).startswith("[")
    store.close()
    assert all(
        "\n" not in one for one in read_search_form(dict(zip(OPTIONS, options, strict=False))).problems
    )


def test_marked_text_is_escaped() -> None:
    assert render_marked_text("a <b> c", "[[2, 5]]") == Markup("a <mark>&lt;b&gt;</mark> c")
    assert render_marked_text("<i>", None) == Markup("&lt;i&gt;")
