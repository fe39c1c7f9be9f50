"""Each change of a text as a clause of a sentence."""

import pytest

from storage.diff.clauses import describe_whole_change, list_text_clauses
from storage.diff.fields import diff_field
from storage.diff.kinds import RANK, EditKind
from storage.models import Change

TEXT = (
    "The wing sent 40 troops to the harbor on March 3, 2024, for a week of drills.\n\n"
    "“We came to learn,” said Maj. Ada Example, who led the crews at night."
)


def list_clauses(old: str, new: str) -> list[str]:
    return [clause.text for clause in list_text_clauses(diff_field(Change("body", old, new)))]


@pytest.mark.parametrize(
    ("old", "new", "clause"),
    [
        ("40", "47", "the number of troops was changed from 40 to 47"),
        ("came", "never came", "in a quotation, “never” was added before “came to learn”"),
        ("came to", "really came to", "in a quotation, “really” was added before “came to learn”"),
        ("sent", "has not sent", "“has not” was added before “sent 40 troops”"),
        ("at night", "", "“at night” was removed after “the crews”"),
        ("Ada Example", "Bea Sample", "a name was changed from “Ada Example” to “Bea Sample”"),
        ("March 3", "March 5", "a date was changed from “March 3, 2024” to “March 5, 2024”"),
        ("harbor", "harbour", "“harbor” was changed to “harbour”"),
        (
            "We came to learn",
            "They went to teach",
            "a quotation was changed from “We came to learn” to “They went to teach”",
        ),
        ("drills.", "drills", "punctuation was changed"),
        ("40 troops to", "47 of them to", "“40 troops” was changed to “47 of them”"),
    ],
)
def test_each_kind_of_edit_has_its_words(old: str, new: str, clause: str) -> None:
    assert list_clauses(TEXT, TEXT.replace(old, new)) == [clause]


def test_a_number_with_nothing_to_count_shows_the_words_after_it() -> None:
    clauses = list_clauses("Route 40 drivers wait", "Route 50 drivers wait")
    assert clauses == ["a number was changed from 40 to 50, in “50 drivers wait”"]


def test_numbers_that_changed_places_are_no_punctuation() -> None:
    assert list_clauses("40 of 50 came", "50 of 40 came") == ["“40 of 50” was changed to “50 of 40”"]


def test_paragraphs_are_counted_and_a_single_one_is_quoted() -> None:
    one, two = TEXT.split("\n\n")
    assert list_clauses(one, TEXT) == [
        "a paragraph was added: “'We came to learn,' said Maj. Ada Example, who led the…”"
    ]
    assert list_clauses(TEXT, two)[0].startswith("a paragraph was removed: “The wing sent")
    assert list_clauses(one, f"{TEXT}\n\nNothing else is here now.") == ["2 paragraphs were added"]
    moved = "A last paragraph of its own, quite long.\n\n" + TEXT
    assert list_clauses(moved, "\n\n".join(moved.split("\n\n")[1:] + moved.split("\n\n")[:1])) == [
        "a paragraph was moved: “A last paragraph of its own, quite long.”"
    ]


def test_paragraph_breaks_are_named() -> None:
    assert list_clauses("One two three.\n\nFour five six.", "One two three. Four five six.") == [
        "paragraph breaks were changed"
    ]


def test_the_form_of_signs_is_no_change_of_words() -> None:
    assert list_clauses("“We came.”", '"We  came."') == ["spacing or the form of signs was changed"]


def test_the_rank_is_that_of_the_most_important_kind() -> None:
    (clause,) = list_text_clauses(diff_field(Change("body", TEXT, TEXT.replace("sent", "never sent"))))
    assert clause.rank == RANK[EditKind.NEGATION]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("By A", "By B", ("the byline was changed from “By A” to “By B”", True)),
        ("", "By B", ("the byline was added: “By B”", False)),
        ("By A", "", ("the byline was removed: “By A”", False)),
        ("\u200b", "By B", ("the byline was changed", True)),
        ("", "\u200b", ("the byline was changed", True)),
        ("a" * 99 + "b", "a" * 99 + "c", ("the byline was changed", True)),
    ],
)
def test_a_whole_text_is_changed_added_or_removed(old: str, new: str, said: tuple[str, bool]) -> None:
    assert describe_whole_change("the byline", old, new) == said
