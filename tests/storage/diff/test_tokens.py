"""Words of any script."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.diff.tokens import split_words


def cut(text: str, most: int | None = None) -> list[str]:
    return [text[word.start : word.end] for word in split_words(text, most)]


def test_a_number_an_apostrophe_and_a_sign_are_cut_as_readers_do() -> None:
    text = "Don't pay $1,000 for the F-35A at 10:30."
    assert cut(text) == ["Don't", "pay", "$", "1,000", "for", "the", "F", "-", "35A", "at", "10:30", "."]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("部隊は演習", ["部", "隊", "は", "演", "習"]),
        ("훈련을", ["훈", "련", "을"]),
        ("La Défense dément", ["La", "Défense", "dément"]),
        ("  two\u00a0words \n", ["two", "words"]),
        ("", []),
    ],
)
def test_each_script_is_cut_where_its_words_end(text: str, words: list[str]) -> None:
    assert cut(text) == words


def test_quote_and_dash_style_and_unicode_form_do_not_make_another_word() -> None:
    one, other = split_words("don't – ①"), split_words("don’t - 1")
    assert [word.key for word in one] == [word.key for word in other]


def test_no_more_words_than_wanted_are_cut() -> None:
    assert cut("one two three four", 2) == ["one", "two"]


@given(st.text())
def test_words_rise_and_hold_no_white_space(text: str) -> None:
    words = split_words(text)
    assert all(first.end <= second.start for first, second in pairwise(words))
    assert not any(character.isspace() for word in cut(text) for character in word)
