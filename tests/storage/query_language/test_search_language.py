"""The search language: what people type, and that any text is accepted."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from storage.query_language.search_language import (
    MAX_TERMS,
    SearchTerm,
    SearchWords,
    format_search,
    parse_search,
)

SIGNS = '"“”-−*()ORAND abco훈련훈日本ー한ﬁé²_:^{}+\x00\ud800\u00ad\u3000'


def plain(*texts: str) -> tuple[SearchTerm, ...]:
    return tuple(map(SearchTerm, texts))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("navy exercise", SearchWords((plain("navy"), plain("exercise")))),
        ("navy AND exercise", SearchWords((plain("navy"), plain("exercise")))),
        ("navy OR army exercise", SearchWords((plain("navy", "army"), plain("exercise")))),
        ("a OR b OR c", SearchWords((plain("a", "b", "c"),))),
        ("navy or army", SearchWords((plain("navy"), plain("or"), plain("army")))),
        ("exercise -drill", SearchWords((plain("exercise"),), plain("drill"))),
        ("−drill －fire", SearchWords((), plain("drill", "fire"))),
        ('-"live fire"', SearchWords((), (SearchTerm("live fire", is_exact=True),))),
        ("deploy*", SearchWords(((SearchTerm("deploy", is_prefix=True),),))),
        ('"change of comm"*', SearchWords(((SearchTerm("change of comm", True, True),),))),
        ("“live  fire”", SearchWords(((SearchTerm("live fire", is_exact=True),),))),
        ('"live fire', SearchWords(((SearchTerm("live fire", is_exact=True),),))),
        ('"OR"', SearchWords(((SearchTerm("OR", is_exact=True),),))),
        ("F-35 well-known", SearchWords((plain("F-35"), plain("well-known")))),
        ("훈련*", SearchWords((plain("훈련"),))),
        ("OR navy OR OR army OR", SearchWords((plain("navy", "army"),))),
        ("navy navy", SearchWords((plain("navy"),))),
        ("- -- * \"\" ( ) ^ … 'OR'", SearchWords((plain("'OR'"),))),
        ("", SearchWords()),
    ],
)
def test_words_mean_what_people_expect(typed: str, meant: SearchWords) -> None:
    assert parse_search(typed) == meant


@pytest.mark.parametrize(
    ("typed", "note"),
    [
        ("navy OR -army", "OR has no meaning beside -army, which is left out of every text found"),
        ("-army OR navy", "OR has no meaning beside -army, which is left out of every text found"),
        ("wo*rd", 'a star has a meaning at the end of a word only: "wo*rd"'),
        (
            "a " * 40 + " ".join(f"w{n}" for n in range(40)),
            "only the first 32 words and phrases are looked for",
        ),
        ("a" * 500, "only the first 200 characters of a word or phrase are looked for"),
    ],
)
def test_what_has_no_meaning_is_named_in_one_line(typed: str, note: str) -> None:
    assert parse_search(typed).notes == (note,)


@pytest.mark.parametrize(
    ("typed", "is_short"), [("훈", True), ("軍事", True), ("연합훈", False), ("ab", False)]
)
def test_the_rule_of_one_and_two_characters_is_for_unspaced_scripts(typed: str, is_short: bool) -> None:
    (term,) = parse_search(typed).wanted
    assert term.is_short is is_short


@given(st.text(max_size=60) | st.text(SIGNS, max_size=60))
@example('a"b"-"c"*')
@example("-*-*")
def test_any_text_is_accepted_and_means_the_same_written_anew(typed: str) -> None:
    found = parse_search(typed)
    assert len(found.wanted) + len(found.excluded) <= MAX_TERMS
    assert all("\n" not in note for note in found.notes)
    again = parse_search(format_search(found))
    assert (again.groups, again.excluded) == (found.groups, found.excluded)
