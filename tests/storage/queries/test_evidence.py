"""Evidence in words: what was seen and when, never what somebody did."""

from datetime import UTC, datetime, timedelta

import pytest

from storage.diff.dates import DateChange
from storage.models import HIDDEN_EVENTS, EventKind
from storage.queries.evidence import (
    DESCRIPTIONS,
    Detail,
    EvidenceFacts,
    describe_edited_copies,
    describe_evidence,
    describe_live_copies,
    format_instant,
    format_span,
)

BEFORE, AFTER = datetime(2025, 3, 1, 10, tzinfo=UTC), datetime(2025, 3, 1, 14, tzinfo=UTC)
CONFIRMED = AFTER + timedelta(hours=6)
T1, T2 = "2025-03-01 10:00 UTC", "2025-03-01 14:00 UTC"


def describe(kind: str, detail: Detail | None = None, at: datetime = AFTER) -> str:
    return describe_evidence(EvidenceFacts(kind, at, BEFORE, AFTER, detail or {}))


def test_a_removal_says_how_often_we_looked_and_what_the_controls_showed() -> None:
    detail = {"looks": 3, "verdict": "gone", "controls": "the rest of the site was working: ..."}
    assert describe("removed", detail, CONFIRMED) == (
        f"last seen {T1}; first absent {T2}; 3 looks over 6 h; the site answered not found; "
        "the rest of the site was working: ...; no other live copy known"
    )


def test_a_suspicion_says_that_it_is_not_confirmed() -> None:
    assert describe("suspected", {"looks": 1, "verdict": "soft_gone"}) == (
        f"last seen {T1}; first absent {T2}; 1 look; the site answered without the article; "
        "the rest of the site was not checked; "
        "not confirmed"
    )


def test_a_return_has_both_ends_of_the_absence() -> None:
    assert describe("returned", {"looks": 4}) == f"last absent {T1}; seen again {T2}; absent at 4 looks"


def test_an_edit_is_between_two_looks() -> None:
    assert describe("edited") == f"old text last seen {T1}; new text first seen {T2}"


def test_an_edit_names_its_kinds_what_its_date_did_and_its_copies() -> None:
    detail: Detail = {
        "edit_kinds": ["number", "paragraph_added"],
        "dates": "text_only",
        "contents": "addresses compared, files not downloaded",
        "edited_copies": 1,
        "all_copies": 3,
    }
    assert describe("edited", detail).split("; ")[2:] == [
        "number, paragraph added",
        "the printed date did not change",
        "addresses compared, files not downloaded",
        "edited on 1 of 3 copies",
    ]
    assert "compared roughly" in describe("edited", {"coarse": True})


@pytest.mark.parametrize("change", DateChange)
def test_every_date_change_has_words(change: DateChange) -> None:
    assert describe("edited", {"dates": str(change)}).count("; ") == 2


def test_a_return_says_what_changed() -> None:
    assert "changed since it was last seen; quote" in describe(
        "returned", {"looks": 4, "edit_kinds": ["quote"]}
    )
    assert "changed since" not in describe("returned", {"looks": 4})


def test_a_host_move_names_both_hosts() -> None:
    words = describe("site_moved", {"from_host": "www.a.mil", "to_host": "www.b.mil", "postings": 7})
    assert words.startswith("www.a.mil now redirects to www.b.mil; seen on 7 postings")


def test_a_site_wide_change_says_on_how_many_postings_and_in_which_fields() -> None:
    words = describe("site_changed", {"postings": 40, "fields": ["body", "byline"]})
    assert words.startswith("the same change on 40 postings; in body, byline; ")


def test_an_edit_made_to_several_releases_names_the_others() -> None:
    words = describe("edited", {"shared_postings": 3, "shared_with": ["https://a.mil/1", "https://a.mil/2"]})
    assert words.endswith("the same change on 3 postings: also https://a.mil/1, https://a.mil/2")


@pytest.mark.parametrize("kind", sorted(DESCRIPTIONS))
def test_an_event_that_a_purge_emptied_claims_nothing(kind: str) -> None:
    words = describe(kind, {})
    assert "None" not in words
    assert "the rest of the site" not in words
    assert "copy" not in words


def test_a_move_names_both_addresses() -> None:
    assert describe("moved", {"from_url": "a", "to_url": "b"}).endswith("from a to b")


def test_a_find_without_an_earlier_look_claims_none() -> None:
    assert describe_evidence(EvidenceFacts("found", AFTER, None, AFTER)) == f"first seen {T2}"


@pytest.mark.parametrize("kind", sorted({*map(str, EventKind), *DESCRIPTIONS}))
def test_every_kind_has_words_and_none_says_deleted(kind: str) -> None:
    words = describe(kind)
    assert words
    assert "delete" not in words
    assert "None" not in words


@pytest.mark.parametrize("kind", sorted(set(EventKind) - set(HIDDEN_EVENTS)))
def test_every_kind_that_people_see_has_a_sentence_of_its_own(kind: EventKind) -> None:
    assert kind in DESCRIPTIONS


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(hours=6), "6 h"),
        (timedelta(days=1, hours=4, minutes=9), "1 d 4 h"),
        (timedelta(minutes=12, seconds=59), "12 min"),
        (timedelta(seconds=5), "under a minute"),
    ],
)
def test_a_span_is_given_in_its_two_largest_units(length: timedelta, words: str) -> None:
    assert format_span(length) == words


def test_an_instant_that_is_missing_is_never() -> None:
    assert format_instant(None) == "never"


def test_copies_are_counted() -> None:
    assert describe_live_copies(["a", "b"]) == "still live at a, b"
    assert describe_live_copies([]) == "no other live copy known"
    assert describe_edited_copies(1, 3) == "edited on 1 of 3 copies"
    assert describe_edited_copies(1, 1) == ""
