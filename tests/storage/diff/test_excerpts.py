"""Quoting a few words of a hostile text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.diff.excerpts import CUT, QUOTED, UNSHOWN, clean_words, cut_words, quote_words

ANY_TEXT = st.text(st.characters() | st.sampled_from(" \n\u202e\u200b\x1b\ud800“”\"'\u0301a"), max_size=300)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("plain words", "plain words"),
        (" two \n\n\tlines\u2028and\u00a0more ", "two lines and more"),
        ("\x1b[2J gone \u202eback\u202c", "[2J gone back"),
        ("a\u200bb\ufeffc\u00add", "abcd"),
        ('“We” said "they" and «you»', "'We' said 'they' and 'you'"),
        ("\ud800 half", "half"),
        ("\u202e\u200b\x00", ""),
    ],
)
def test_words_are_cleaned_of_what_steers_a_screen(text: str, clean: str) -> None:
    assert clean_words(text) == clean


@pytest.mark.parametrize(
    ("text", "most", "cut"),
    [
        ("one two three", 13, "one two three"),
        ("one two three", 12, "one two…"),
        ("one two three", 8, "one two…"),
        ("one two three", 7, "one…"),
        ("onetwothree", 6, "onetw…"),
        ("ae\u0301iou", 3, "a…"),  # the letter keeps its mark
        ("部隊は港に着いた", 4, "部隊は…"),
        ("", 5, ""),
    ],
)
def test_a_text_is_cut_between_words_where_that_is_possible(text: str, most: int, cut: str) -> None:
    assert cut_words(text, most) == cut


def test_words_behind_a_flood_of_invisible_characters_are_not_looked_for() -> None:
    assert cut_words("\u200b" * 1_000_000 + "words") == ""
    assert cut_words("a" + "\u200b" * 1_000_000 + "words") == "a…"


@given(ANY_TEXT, st.integers(4, 80))
def test_a_quotation_holds_only_words_of_the_text(text: str, most: int) -> None:
    words = cut_words(text, most)
    assert len(words) <= most
    assert words.removesuffix(CUT) in clean_words(text)
    assert not any(unicodedata.category(sign) in UNSHOWN for sign in words)
    assert clean_words(clean_words(text)) == clean_words(text)
    quoted = quote_words(text)
    assert quoted == "" or (quoted[0], quoted[-1]) == ("“", "”")
    assert not set("“”") & set(quoted[1:-1])
    assert len(quoted) <= QUOTED + 2
