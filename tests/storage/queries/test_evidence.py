"""Evidence in words: what was seen and when, never what somebody did."""

from datetime import UTC, datetime, timedelta

import pytest

from storage.diff.dates import DateChange
from storage.models import HIDDEN_EVENTS, EventKind
from storage.queries.evidence import (
    SENTENCES,
    Detail,
    Evidence,
    copies_edited,
    copies_removed,
    evidence,
    instant,
    span,
)

BEFORE, AFTER = datetime(2025, 3, 1, 10, tzinfo=UTC), datetime(2025, 3, 1, 14, tzinfo=UTC)
CONFIRMED = AFTER + timedelta(hours=6)
T1, T2 = "2025-03-01 10:00 UTC", "2025-03-01 14:00 UTC"


def told(kind: str, detail: Detail | None = None, at: datetime = AFTER) -> str:
    return evidence(Evidence(kind, at, BEFORE, AFTER, detail or {}))


def test_a_removal_tells_looks_span_and_controls() -> None:
    detail = {"looks": 3, "verdict": "gone", "controls": "front page answered, sibling answered"}
    assert told("removed", detail, CONFIRMED) == (
        f"last seen {T1}; first absent {T2}; 3 looks over 6 h; answered not found; "
        "controls: front page answered, sibling answered; no live copy known"
    )


def test_a_suspicion_says_that_it_is_not_confirmed() -> None:
    assert told("suspected", {"looks": 1, "verdict": "soft_gone"}) == (
        f"last seen {T1}; first absent {T2}; 1 look; answered without the article; controls: none; "
        "not confirmed"
    )


def test_a_return_tells_both_ends_of_the_absence() -> None:
    assert told("returned", {"looks": 4}) == f"last absent {T1}; seen again {T2}; absent at 4 looks"


def test_an_edit_is_between_two_looks() -> None:
    assert told("edited") == f"old text last seen {T1}; new text first seen {T2}"


def test_an_edit_names_its_kinds_what_its_date_did_and_its_copies() -> None:
    detail: Detail = {
        "edit_kinds": ["number", "paragraph_added"],
        "dates": "text_only",
        "contents": "addresses compared, contents not fetched",
        "edited_copies": 1,
        "all_copies": 3,
    }
    assert told("edited", detail).split("; ")[2:] == [
        "number, paragraph added",
        "the declared date did not change",
        "addresses compared, contents not fetched",
        "edited on 1 of 3 copies",
    ]
    assert "coarsely" in told("edited", {"coarse": True})


@pytest.mark.parametrize("story", DateChange)
def test_every_story_of_dates_has_words(story: DateChange) -> None:
    assert told("edited", {"dates": str(story)}).count("; ") == 2


def test_a_return_says_what_was_changed_meanwhile() -> None:
    assert "changed meanwhile; quote" in told("returned", {"looks": 4, "edit_kinds": ["quote"]})
    assert "meanwhile" not in told("returned", {"looks": 4})


def test_a_host_that_moved_is_told_with_both_names() -> None:
    words = told("site_moved", {"from_host": "www.a.mil", "to_host": "www.b.mil", "postings": 7})
    assert words.startswith("www.a.mil now answers as www.b.mil; path by path on 7 postings; ")


def test_a_change_all_over_a_site_tells_how_many_and_where() -> None:
    words = told("site_changed", {"postings": 40, "fields": ["body", "byline"]})
    assert words.startswith("the same change on 40 postings; in body, byline; ")


@pytest.mark.parametrize("kind", sorted(SENTENCES))
def test_an_event_that_a_purge_emptied_claims_nothing(kind: str) -> None:
    words = told(kind, {})
    assert "None" not in words
    assert "controls" not in words


def test_a_move_names_both_addresses() -> None:
    assert told("moved", {"from_url": "a", "to_url": "b"}).endswith("from a to b")


def test_a_find_without_an_earlier_look_claims_none() -> None:
    assert evidence(Evidence("found", AFTER, None, AFTER)) == f"first seen {T2}"


@pytest.mark.parametrize("kind", sorted({*map(str, EventKind), *SENTENCES}))
def test_every_kind_has_words_and_none_says_deleted(kind: str) -> None:
    words = told(kind)
    assert words
    assert "delete" not in words
    assert "None" not in words


@pytest.mark.parametrize("kind", sorted(set(EventKind) - set(HIDDEN_EVENTS)))
def test_every_kind_that_people_see_has_a_sentence_of_its_own(kind: EventKind) -> None:
    assert kind in SENTENCES


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(hours=6), "6 h"),
        (timedelta(days=1, hours=4, minutes=9), "1 d 4 h"),
        (timedelta(minutes=12, seconds=59), "12 min"),
        (timedelta(seconds=5), "under a minute"),
    ],
)
def test_a_span_is_told_in_its_two_largest_units(length: timedelta, words: str) -> None:
    assert span(length) == words


def test_an_instant_that_is_missing_is_never() -> None:
    assert instant(None) == "never"


def test_copies_are_counted() -> None:
    assert copies_removed(["a", "b"]) == "removed here, still live at a, b"
    assert copies_removed([]) == "no live copy known"
    assert copies_edited(1, 3) == "edited on 1 of 3 copies"
    assert copies_edited(1, 1) == ""
