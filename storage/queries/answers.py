"""What a site answered in place of a release, in words. Pure."""

from collections.abc import Mapping
from typing import Final

from storage.models import Event

VERDICTS: Final[Mapping[str, str]] = {  # by storage.models.Verdict: of events that do not name the answer
    "gone": "the site answered not found",
    "soft_gone": "the site answered without the article",
}
ANSWERS: Final[Mapping[str, str]] = {  # by the answer, as storage/detection/posting_state.py names it
    "not_found": "the site answered not found",
    "gone": "the site answered gone for good (410)",
    "without_article": "the site answered without the article",
    "home": "its address led to the home page of the site",
    "elsewhere": "its address led to another page",
}


def describe_answer(detail: Mapping[str, object]) -> str:
    """Return the words for the detail of an event; empty where it names no answer."""
    answer = str(detail.get("answer"))
    words = ANSWERS.get(answer) or VERDICTS.get(str(detail.get("verdict")), "")
    return f"{words}, {detail.get('led_to')}" if answer == "elsewhere" else words


def describe_event_answer(event: Event) -> str:
    """Return what the site answered in place of an event's release; empty for other events."""
    return describe_answer(event.detail)
