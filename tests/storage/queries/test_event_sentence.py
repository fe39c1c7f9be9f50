"""An event of every kind, and an alarm, in one plain sentence."""

from datetime import UTC, datetime
from typing import Any

import pytest

from storage.diff.sentence import LONGEST_SENTENCE
from storage.models import Change, Event, EventKind
from storage.queries.event_sentence import summarize_alarm, summarize_event

AT = datetime(2026, 3, 9, 14, tzinfo=UTC)
BODY = "The wing sent 40 troops to the harbor."
CHANGES = (Change("body", BODY, BODY.replace("40", "47")),)
URLS: dict[str, Any] = {
    "from_url": "https://www.wing.mil/News/1/a/",
    "to_url": "https://www.wing.mil/News/1/b/",
}


def make_event(kind: EventKind, changes: tuple[Change, ...] = (), **detail: Any) -> Event:
    return Event(1, kind, AT, "wing-news", "https://www.wing.mil/1", 1, "T", None, AT, changes, detail)


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (make_event(EventKind.PUBLISHED), "The release is new."),
        (
            make_event(EventKind.PUBLISHED, dates="back_dated"),
            "The release is new, but its date is earlier than our last look that did not have it.",
        ),
        (
            make_event(EventKind.EDITED, CHANGES, dates="text_only"),
            "The number of troops was changed from 40 to 47; the date of the release was not.",
        ),
        (make_event(EventKind.EDITED), "The release was edited; what it said is no longer stored."),
        (
            make_event(EventKind.EDITED, (Change("body", None, None),)),
            "The release was edited; what it said is no longer stored.",
        ),
        (
            make_event(EventKind.REMOVED, looks=3, still_live=["https://a", "https://b"]),
            "The release is no longer there: 3 looks did not find it; 2 other copies are still live.",
        ),
        (
            make_event(EventKind.REMOVED, looks=3, still_live=["https://a"]),
            "The release is no longer there: 3 looks did not find it; 1 other copy is still live.",
        ),
        (make_event(EventKind.REMOVED), "The release is no longer there."),
        (
            make_event(EventKind.REMOVED, looks=2, in_archive=True),
            "The release is no longer there: 2 captures in the archive did not find it.",
        ),
        (
            make_event(EventKind.CLEARED, looks=1),
            "The release answers again after 1 look that did not find it; it was never confirmed as removed.",
        ),
        (
            make_event(EventKind.RETURNED, CHANGES, looks=3),
            (
                "The release answers again after 3 looks that did not find it, with changes:"
                " the number of troops was changed from 40 to 47."
            ),
        ),
        (make_event(EventKind.RETURNED), "The release answers again."),
        (
            make_event(EventKind.MOVED, **URLS),
            (
                "The same release now answers at another address:"
                " from https://www.wing.mil/News/1/a/ to https://www.wing.mil/News/1/b/."
            ),
        ),
        (
            make_event(EventKind.RENAMED, from_url="https://a/" + "x" * 99, to_url="https://a/b"),
            "The words in the address changed, its article number did not.",
        ),
        (
            make_event(EventKind.SITE_CHANGED, postings=40),
            "The same change on 40 releases at once, which counts as no edit.",
        ),
        (
            make_event(EventKind.SITE_CHANGED, CHANGES, postings=40),
            (
                "The same change on 40 releases at once, which counts as no edit:"
                " the number of troops was changed from 40 to 47."
            ),
        ),
        (
            make_event(EventKind.SITE_MOVED, from_host="www.a.mil", to_host="www.b.mil"),
            "The site now answers under another name: from www.a.mil to www.b.mil.",
        ),
        (
            make_event(EventKind.MASS_ABSENCE, absent=14, known=40),
            "14 of 40 known releases are absent at once; their removal is not confirmed.",
        ),
        (make_event(EventKind.MASS_REMOVAL, absent=1, known=1), "1 of 1 known release is no longer there."),
        (make_event(EventKind.MASS_REMOVAL), "Many known releases are no longer there."),
    ],
)
def test_an_event_is_one_sentence(event: Event, sentence: str) -> None:
    assert summarize_event(event) == sentence


@pytest.mark.parametrize("kind", EventKind)
@pytest.mark.parametrize("detail", [{}, {"looks": "x", "dates": 7, "still_live": 3, "postings": None}])
def test_every_kind_has_a_sentence_even_without_its_detail(kind: EventKind, detail: dict[str, Any]) -> None:
    said = summarize_event(make_event(kind, **detail))
    assert said.endswith(".")
    assert len(said) <= LONGEST_SENTENCE
    assert "None" not in said
    assert said.count(".") == 1


@pytest.mark.parametrize("kind", EventKind)
def test_no_detail_makes_a_sentence_long_or_steers_a_screen(kind: EventKind) -> None:
    hostile = "\u202e\x1b[2J" + "x" * 500_000
    detail = dict.fromkeys(("from_url", "to_url", "from_host", "to_host", "reason", "dates"), hostile)
    said = summarize_event(make_event(kind, (Change("body", hostile, f"{hostile} y"),), **detail))
    assert len(said) <= LONGEST_SENTENCE
    assert not {"\u202e", "\x1b", "\n"} & set(said)


def test_an_alarm_begins_and_ends_with_a_sentence() -> None:
    line = "its lists could not be read for 3 hours; the last look: HTTP 503"
    assert summarize_alarm("wing-news", line) == f"At wing-news: {line}."
    assert summarize_alarm("wing-news", line, is_over=True) == f"No longer at wing-news: {line}."
    assert summarize_alarm("", "\u200b") == "At unnamed newsroom: something is wrong."
    assert len(summarize_alarm("n" * 9_000, "l" * 9_000, is_over=True)) <= LONGEST_SENTENCE
