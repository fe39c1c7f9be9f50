"""An edit in one plain sentence: true, bounded, never empty, before and after never swapped."""

import re
import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.diff.changes import normalize_text
from storage.diff.dates import DateChange
from storage.diff.excerpts import CUT, UNSHOWN, clean_words
from storage.diff.fields import diff_field
from storage.diff.sentence import LONGEST_SENTENCE, NO_DIFFERENCE, summarize_edit
from storage.models import Change

TEXT = (
    "The wing sent 40 troops to the harbor on March 3, 2024, for a week of drills.\n\n"
    "“We came to learn,” said Maj. Ada Example, who led the crews for 5 weeks."
)
PLAIN = (
    "The wing sent 40 47 $5 million troops not never Ada Example Smith March 3, 2024 was was. percent 3.5 the"
)
ODD = (
    "“We”",
    '"said"',
    "harbor",
    "harbour",
    "\u202e",
    "\x1b[2J",
    "a\u200bb",
    "部隊は",
    "ありません",
    "５",
    "e\u0301",
)
NUMBERS = re.compile(r"from ([^\s“”]*\d[^\s“”]*(?: million)?) to ([^\s“”]*\d[^\s,;(“”]*[^\s,;.(“”])")
WORDS = st.sampled_from((*PLAIN.split(), *ODD))
PARAGRAPHS = st.lists(st.lists(WORDS, min_size=1, max_size=8).map(" ".join), max_size=4)
FIELDS = st.sampled_from(("title", "subtitle", "body", "byline", "organization", "dateline", "caption"))


def say(*changes: Change, dates: DateChange | None = None) -> str:
    return summarize_edit([diff_field(one) for one in changes], dates)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            [Change("body", TEXT, TEXT.replace("40", "47"))],
            "The number of troops was changed from 40 to 47; DATE.",
        ),
        (
            [Change("body", f"One.\n\n{TEXT}", TEXT)],
            "A paragraph was removed: “One.”; DATE changed.",
        ),
        (
            [Change("title", "Five boats sank", "Six boats sank")],
            "The headline was changed from “Five boats sank” to “Six boats sank”; DATE.",
        ),
    ],
)
def test_a_silent_edit_says_that_the_date_stayed(changes: Sequence[Change], sentence: str) -> None:
    stayed = "the date of the release was not"
    assert say(*changes, dates=DateChange.TEXT_ONLY) == sentence.replace("DATE", stayed)


def test_a_date_that_changed_alone_says_that_the_text_stayed() -> None:
    day = Change("published", "2026-03-01", "2026-03-02")
    said = say(day, dates=DateChange.DATE_ONLY)
    assert said == "The date of the release was changed from 2026-03-01 to 2026-03-02; the text was not."
    assert say(Change("published", None, "2026-03-02")) == "The date of the release was added: 2026-03-02."
    assert say(Change("published", "2026-03-02", None)) == "The date of the release was removed: 2026-03-02."


@pytest.mark.parametrize(
    ("field", "before", "after", "sentence"),
    [
        ("images", (), ("a",), "A picture was added."),
        ("images", ("a", "b"), (), "2 pictures were removed."),
        ("attachments", ("a",), (), "An attachment was removed."),
        ("attachments", ("a",), ("b",), "An attachment was removed and another was added."),
        ("links", ("a", "b"), ("c",), "2 links were removed and 1 was added."),
        ("links", ("a",), ("b", "c"), "A link was removed and 2 were added."),
        ("tags", ("a",), ("a", "b"), "The tag “b” was added."),
        ("tags", ("a",), ("\u200b", "a"), "A tag was added."),
        ("byline", "By A", "By B", "The byline was changed from “By A” to “By B”."),
        ("dateline", None, "TOKYO", "The dateline was added: “TOKYO”."),
        ("subtitle", None, "More news", "A subheading was added: “More news”."),
        ("body", "", TEXT, "The whole text was added (2 paragraphs)."),
        ("body", "One.", "", "The whole text was removed (1 paragraph)."),
        ("picture_credit", "A", "B", "The picture credit was changed from “A” to “B”."),
    ],
)
def test_each_field_has_its_words(field: str, before: object, after: object, sentence: str) -> None:
    assert say(Change(field, before, after)) == sentence


def test_a_long_headline_is_compared_by_words() -> None:
    old = "A very long headline of the wing that says that 40 troops went to the harbor in the night"
    assert say(Change("title", old, old.replace("40", "47"))) == (
        "In the headline, the number of troops was changed from 40 to 47."
    )


def test_the_most_important_comes_first_and_the_rest_is_counted() -> None:
    new = TEXT.replace("40", "47").replace("sent", "never sent").replace("harbor", "town")
    new = new.replace("5 weeks", "6 weeks").replace("Ada", "Ida")
    said = say(Change("body", TEXT, new), Change("images", (), ("a", "b")))
    assert said.startswith("“never” was added before")
    assert said.endswith("the number of weeks was changed from 5 to 6; 4 other changes were made.")


def test_the_same_change_in_several_places_is_said_once() -> None:
    old = "Col. Smith came. We saw Smith there. Then Smith left the harbor at once."
    assert say(Change("body", old, old.replace("Smith", "Jones"))) == (
        "A name was changed from “Smith” to “Jones” (3 times)."
    )


def test_no_difference_is_a_sentence_too() -> None:
    assert say() == NO_DIFFERENCE


def test_a_megabyte_without_spaces_stays_one_short_sentence() -> None:
    said = say(Change("body", "a" * 1_000_000, "b" * 1_000_000), dates=DateChange.TEXT_ONLY)
    assert len(said) <= LONGEST_SENTENCE
    many = [Change(field, f"{'x ' * 500}{field}", f"{'y ' * 500}{field}") for field in ("byline", "dateline")]
    assert len(say(*many, Change("body", "z " * 9_000, "w " * 9_000))) <= LONGEST_SENTENCE


@given(FIELDS, PARAGRAPHS, PARAGRAPHS, st.sampled_from([None, *DateChange]))
def test_the_sentence_holds_nothing_that_the_texts_do_not(
    field: str, before: list[str], after: list[str], dates: DateChange | None
) -> None:
    old, new = "\n\n".join(before), "\n\n".join(after)
    said = say(Change(field, old or None, new or None), dates=dates)
    assert said == say(Change(field, old or None, new or None), dates=dates)
    assert 0 < len(said) <= LONGEST_SENTENCE
    assert said.endswith(".")
    assert "\n" not in said
    assert clean_words(said.translate({0x201C: None, 0x201D: None})) == said.translate(
        {0x201C: None, 0x201D: None}
    )
    sides = clean_words(old), clean_words(new)
    quoted = re.findall("“([^”]*)”", said)
    assert said.count("“") == said.count("”") == len(quoted)
    for words in quoted:
        assert words.removesuffix(CUT) in sides[0] or words.removesuffix(CUT) in sides[1]
    for one, other in re.findall("“([^”]*)” to “([^”]*)”", said):
        assert one.removesuffix(CUT) in sides[0]
        assert other.removesuffix(CUT) in sides[1]
    for one, other in re.findall(
        r"from ([^\s“”]*\d[^\s“”]*(?: million)?) to ([^\s“”]*\d[^\s,;(“”]*[^\s,;.(“”])", said
    ):
        assert one in sides[0]
        assert other in sides[1]
    for words in re.findall("“([^”]*)” was added", said):
        assert words.removesuffix(CUT) in sides[1]
    for words in re.findall("“([^”]*)” was removed", said):
        assert words.removesuffix(CUT) in sides[0]


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_gives_a_sentence_that_can_be_shown(old: str, new: str) -> None:
    said = say(Change("body", old, new), Change("byline", new, old))
    assert 0 < len(said) <= LONGEST_SENTENCE
    assert normalize_text(said)
    assert not any(unicodedata.category(sign) in UNSHOWN for sign in said)
