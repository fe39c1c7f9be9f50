"""Terms in a text: whether they are there, and where to mark them."""

import pytest

from storage.query_language.search_language import parse_search
from storage.query_language.text_search import SearchMatcher, fold_text

TEXT = (
    "Marines train at Camp Humphreys.\n\nThe U.S. unit fired 1,250 rounds in a live-fire drill. "
    "연합훈련 실시. Señor Núñez spoke."
)


@pytest.mark.parametrize(
    ("typed", "is_there"),
    [
        ("marine training", True),
        ('"marine"', False),
        ('"marines"', True),
        ('"live fire"', True),
        ('"fire live"', False),
        ("humph*", True),
        ("umph*", False),
        ("navy OR drill", True),
        ("navy OR army", False),
        ("drill -navy", True),
        ("drill -rounds", False),
        ("-navy", True),
        ("u.s.", True),
        ("1,250", True),
        ("nunez SENOR", True),
        ("훈련", True),
        ("훈련을", False),
        ("-훈련", False),
    ],
)
def test_a_text_has_what_a_search_asks_for(typed: str, is_there: bool) -> None:
    assert SearchMatcher(parse_search(typed)).matches([TEXT, None]) is is_there


def test_the_parts_of_a_release_have_the_words_together() -> None:
    assert SearchMatcher(parse_search("title drill -navy")).matches(["A title", "a drill"])
    assert not SearchMatcher(parse_search("drill -title")).matches(["A title", "a drill"])


def test_marks_are_around_the_words_found() -> None:
    matcher = SearchMatcher(parse_search('marine "live fire" nunez 훈련 humph*'))
    assert [TEXT[start:end] for start, end in matcher.find_marks(TEXT)] == [
        "Marines",
        "Humphreys",
        "live-fire",
        "훈련",
        "Núñez",
    ]


def test_a_folded_text_has_the_same_length() -> None:
    for text in ("İstanbul ẞ ﬁ Å ñ", "가각", "が", "ABC", "\U0001f600 É"):
        assert len(fold_text(text)) == len(text)
    assert fold_text("ÉTÉ Å") == "ete a"


def test_an_excerpt_shows_the_words_on_one_line() -> None:
    text = "Filler words. " * 40 + "The\n\nneedle is here. " + "Filler words. " * 40
    shown = SearchMatcher(parse_search("NEEDLES")).cut_excerpt(text)
    assert "The needle is here." in shown.text
    assert [shown.text[start:end] for start, end in shown.marks] == ["needle"]
    assert len(shown.text) < 200
    assert shown.text.startswith("… ")
    assert shown.text.endswith(" …")
    assert SearchMatcher(parse_search("none")).cut_excerpt("short").text == "short"
