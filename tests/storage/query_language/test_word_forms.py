"""English word forms: those of one word find each other, those of other words do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.query_language.word_forms import list_word_forms

FAMILIES = (
    ("exercise", "exercises", "exercised", "exercising"),
    ("train", "trains", "trained", "training", "trainings"),
    ("ship", "ships", "shipped", "shipping"),
    ("deploy", "deploys", "deployed", "deploying", "deployment", "deployments"),
    ("relocate", "relocated", "relocating", "relocation"),
    ("navy", "navies"),
    ("study", "studies", "studied", "studying"),
    ("class", "classes"),
    ("base", "bases", "based", "basing"),
    ("agree", "agreed", "agreement", "agreements", "agreeing"),
    ("patrol", "patrols", "patrolled", "patrolling"),
    ("control", "controlled", "controls"),
    ("airman", "airmen"),
    ("take", "took", "taken", "taking"),
    ("marine", "marines"),
    ("mission", "missions"),
    ("wing", "wings"),
    ("kill", "killed", "kills"),
)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family[0])
def test_the_forms_of_a_word_find_each_other(family: tuple[str, ...]) -> None:
    assert [(one, other) for one in family for other in family if other not in list_word_forms(one)] == []


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("news", "new"),
        ("united", "unit"),
        ("department", "depart"),
        ("officer", "office"),
        ("mission", "miss"),
        ("station", "state"),
        ("wing", "w"),
        ("general", "generally"),
        ("university", "universe"),
        ("bus", "bu"),
        ("this", "thi"),
    ],
)
def test_a_word_is_no_form_of_another_that_looks_alike(word: str, other: str) -> None:
    assert other not in list_word_forms(word)
    assert word not in list_word_forms(other)


@pytest.mark.parametrize("word", ["F35", "u.s", "été", "훈련", "ab", "2026", ""])
def test_what_is_no_english_word_has_itself_alone(word: str) -> None:
    assert list_word_forms(word) == (word.lower(),)


@given(st.text("abcdefghilnorstuy", max_size=20))
def test_forms_are_few_and_begin_with_the_word(word: str) -> None:
    forms = list_word_forms(word)
    assert forms[0] == word
    assert len(forms) <= 40
