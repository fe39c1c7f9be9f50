"""Cleaning changes white space and nothing a reader would miss."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.parsing import text


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("  two\u00a0words \n", "two words"),
        ("tab\tand\r\nline end", "tab and line end"),
        ("zero\u200b width", "zero width"),
        ("commu\u00adnication", "communication"),
        ("\ufeffmark", "mark"),
        ("“quotes” – and — dashes", "“quotes” – and — dashes"),
        ("沖縄の 海兵隊", "沖縄の 海兵隊"),
        ("한미 동맹", "한미 동맹"),
        ("bell\x07 and null\x00", "bell and null"),
        ("", ""),
    ],
)
def test_white_space_becomes_even_and_letters_stay(raw: str, cleaned: str) -> None:
    assert text.clean_line(raw) == cleaned


@given(st.text())
def test_cleaning_twice_changes_nothing(raw: str) -> None:
    assert text.clean_line(text.clean_line(raw)) == text.clean_line(raw)


@given(st.text(st.characters(categories=["L", "N", "P", "S"])))
def test_no_letter_is_lost(raw: str) -> None:
    assert text.clean_line(raw) == raw


def test_line_ends_stay_where_they_are_meant() -> None:
    assert text.clean_lines(" one \n\n two\u00a0") == "one\ntwo"
    assert text.join_lines("one\ntwo") == "one two"


@pytest.mark.parametrize(
    ("line", "expected"),
    [("It flew.", True), ("“It flew.”", True), ("Did it?", True), ("It said:", True), ("飛んだ。", True),
     ("Topics", False), ("U.S. Example Command", False), ("", False)],
)  # fmt: skip
def test_a_sentence_is_recognized_by_its_end(line: str, expected: bool) -> None:
    assert text.is_sentence(line) is expected
