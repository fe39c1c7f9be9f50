"""What a site answered in place of a release is told apart."""

from datetime import UTC, datetime

import pytest

from storage.models import Event, EventKind
from storage.queries.answers import describe_event_answer
from storage.queries.evidence import describe_event

AT = datetime(2025, 3, 1, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("not_found", "the site answered not found"),
        ("gone", "the site answered gone for good (410)"),
        ("without_article", "the site answered without the article"),
        ("home", "its address led to the home page of the site"),
        ("elsewhere", "its address led to another page, https://www.x.mil/on/"),
    ],
)
def test_an_absence_says_what_the_site_answered(answer: str, words: str) -> None:
    detail = {"looks": 1, "verdict": "soft_gone", "answer": answer, "led_to": "https://www.x.mil/on/"}
    event = Event(1, EventKind.REMOVED, AT, "a", None, 1, "A title", AT, AT, detail=detail)
    assert describe_event_answer(event) == words
    assert f"; {words}; " in describe_event(event)


def test_an_event_without_an_absence_has_no_answer() -> None:
    assert describe_event_answer(Event(1, EventKind.FOUND, AT, "a", None, 1, "A", None, AT)) == ""
