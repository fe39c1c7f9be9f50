"""How old an answer is, with clocks that lie."""

from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest

from storage.models import Page
from storage.models.answer_ages import (
    AnswerAge,
    JudgedAnswers,
    add_judged_answer,
    add_older_answer,
    are_older_answers_believed,
    is_older_answer,
    read_answer_age,
)
from tests.support.make_looks import after


def stamp(hours: float) -> str:
    return format_datetime(after(hours), usegmt=True)


def age_of(**headers: str) -> AnswerAge:
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return read_answer_age(
        Page("https://www.wing.example.mil/1", 200, pairs, b""), after(48), shows_story=True
    )


@pytest.mark.parametrize(
    ("headers", "made_at"),
    [
        ({"date": stamp(48)}, after(48)),
        ({"date": stamp(48), "age": "3600"}, after(47)),  # Date renewed on the way
        ({"date": stamp(24), "age": "86400"}, after(24)),  # Date as the server gave it
        ({"date": stamp(24)}, after(24)),
        ({"date": stamp(48), "age": "soon"}, None),
        ({"date": stamp(48), "age": "-5"}, None),
        ({"date": stamp(48), "age": "99999999999999999999"}, None),
        ({"date": stamp(72)}, None),  # a clock in the future
        ({"date": "yesterday"}, None),
        ({"date": "Mon, 99 Foo 2026 99:99:99 GMT"}, None),
        ({}, None),
    ],
)
def test_the_time_of_an_answer_is_date_minus_age(headers: dict[str, str], made_at: datetime | None) -> None:
    assert age_of(**headers).made_at == made_at


def test_last_modified_in_the_future_or_of_another_page_is_not_known() -> None:
    assert age_of(last_modified=stamp(47)).modified_at == after(47)
    assert age_of(last_modified=stamp(60)).modified_at is None
    page = Page("https://www.wing.example.mil/1", 404, (("last-modified", stamp(1)),), b"")
    assert read_answer_age(page, after(2), shows_story=False).modified_at is None


@pytest.mark.parametrize(
    ("answer", "judged", "is_older"),
    [
        (AnswerAge(after(1), after(9)), AnswerAge(after(2), after(8)), True),  # the text is older
        (AnswerAge(after(2), after(7)), AnswerAge(after(1), after(8)), False),
        (AnswerAge(after(1), after(7)), AnswerAge(after(1), after(8)), True),  # one that never changes
        (AnswerAge(after(9), after(9)), AnswerAge(after(8), after(8)), False),  # one that is always now
        (AnswerAge(None, after(7)), AnswerAge(after(1), after(8)), True),
        (AnswerAge(None, after(8)), AnswerAge(None, after(8) + timedelta(seconds=30)), False),
        (AnswerAge(after(1), None), AnswerAge(None, after(8)), False),
        (AnswerAge(), AnswerAge(after(1), after(8)), False),
    ],
)
def test_an_answer_is_older_by_its_text_or_by_its_time(
    answer: AnswerAge, judged: AnswerAge, is_older: bool
) -> None:
    assert is_older_answer(answer, judged) is is_older


def test_older_answers_alone_are_believed_after_six_looks_and_three_days() -> None:
    judged = JudgedAnswers(AnswerAge(after(5)))
    for look in range(6):
        assert not are_older_answers_believed(judged, after(18 * look))
        judged = add_older_answer(judged, after(18 * look))
    assert are_older_answers_believed(judged, after(90))
    assert add_judged_answer(judged, AnswerAge(after(1)), is_older=True) == JudgedAnswers(AnswerAge(after(1)))


def test_a_newer_answer_in_between_begins_anew() -> None:
    judged = add_older_answer(JudgedAnswers(AnswerAge(after(5))), after(6))
    newer = AnswerAge(after(7))
    assert add_judged_answer(judged, newer, is_older=False) == JudgedAnswers(newer)
