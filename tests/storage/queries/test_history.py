"""The story of a release: what happened with its evidence, when we looked and when not, what is kept."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from storage.archive.writer import CaptureRef, folder_of, read
from storage.models import EventKind, Verdict
from storage.queries import event_json, history
from storage.queries.results import Sight, Story
from storage.store import Store
from tests.support.history_database import (
    BASE,
    BASE_SITE,
    START,
    TAKEN,
    WING,
    address,
    fields,
    look_again,
    storied,
)

NAMES = ["release", "postings", "revisions", "events", "looks", "captures", "same_text"]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("story") / "m.db"
    storied(path).close()
    return path


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = Store.open(path, read_only=True)
    yield store
    store.close()


def of(store: Store, number: int) -> Story:
    found = history.story(store, number)
    assert found is not None
    return found


def at(days: float, minutes: int) -> datetime:
    return START + timedelta(days=days, minutes=minutes)


def test_a_release_that_is_not_there_has_no_story(store: Store) -> None:
    assert history.story(store, 99) is None


def test_a_takedown_is_told_with_looks_controls_and_the_copy_that_is_left(store: Store) -> None:
    found = of(store, 2)
    assert [event.kind for event in found.events][-2:] == [EventKind.SUSPECTED, EventKind.REMOVED]
    words = event_json.evidence(found.events[-1])
    assert words.startswith(
        "last seen 2026-03-03 12:02 UTC; first absent 2026-03-04 12:02 UTC; 3 looks over 8 h"
    )
    assert "controls: front page answered, sibling answered" in words
    assert words.endswith(f"removed here, still live at {address(TAKEN, BASE_SITE).url}")
    assert [(one.site, one.state) for one in found.postings] == [
        ("www.wing.mil", "removed"),
        (BASE_SITE, "live"),
    ]


def test_a_return_is_told_with_what_was_changed_meanwhile(store: Store) -> None:
    returned = of(store, 3).events[-1]
    assert returned.kind is EventKind.RETURNED
    assert [change.field for change in returned.changes] == ["body"]
    assert "changed meanwhile; number, quote" in event_json.evidence(returned)


def test_nothing_that_is_told_says_deleted(store: Store) -> None:
    for number in range(1, 7):
        assert not [one for one in of(store, number).events if "delet" in event_json.evidence(one)]


def test_looks_are_spans_and_the_time_without_looks_is_seen(store: Store) -> None:
    seen = [one for one in of(store, 2).looks if one.posting == address(TAKEN).url]
    assert [(one.outcome, one.looks, one.first_at, one.last_at) for one in seen] == [
        ("live", 2, at(0, 2), at(1, 2)),
        ("gone", 3, at(2, 2), at(2 + 8 / 24, 2)),
        ("gone", 2, at(12, 2), at(13, 2)),
    ]
    days = [one.unwatched_s and one.unwatched_s // 86400 for one in seen]
    assert days == [None, None, 9]


def sight(hours: float, until: float, source: str = WING, outcome: str = "live") -> Sight:
    first, last = START + timedelta(hours=hours), START + timedelta(hours=until)
    return Sight("https://a.mil/1", outcome, first, last, 2, source, 1, 200, "", None)


def test_two_newsrooms_that_look_in_turn_leave_no_gap() -> None:
    (one,) = history.sights([sight(0, 1), sight(2, 3, BASE), sight(4, 5)])
    assert (one.looks, one.unwatched_s) == (6, None)


def test_equal_spans_of_one_newsroom_are_parted_by_a_gap() -> None:
    _, second = history.sights([sight(0, 1), sight(30, 31)])
    assert second.unwatched_s == 29 * 3600


def test_another_answer_after_days_is_a_gap_and_after_hours_is_none() -> None:
    _, soon, late = history.sights([sight(0, 1), sight(5, 6, outcome="gone"), sight(60, 61)])
    assert (soon.unwatched_s, late.unwatched_s) == (None, 54 * 3600)


def test_gaps_are_not_measured_from_one_copy_to_another() -> None:
    other = replace(sight(100, 101), posting="https://b.mil/1")
    assert [one.unwatched_s for one in history.sights([sight(0, 1), other])] == [None, None]


def test_every_capture_is_named_with_file_offset_and_digest(store: Store, path: Path) -> None:
    found = of(store, 3)
    assert [(one.status, one.revisions) for one in found.captures] == [
        (200, (1,)),
        (404, ()),
        (404, ()),
        (404, ()),
        (200, (2,)),
    ]
    kept = store.db.table("captures").get(found.captures[0].id)
    one = found.captures[0]
    page = read(
        folder_of(path), CaptureRef(one.file, one.offset, one.length, one.sha256, kept["record_sha256"])
    )
    assert "ten years" in page.content.decode()


def test_json_has_the_words_beside_the_values(store: Store) -> None:
    found = history.as_json(of(store, 2))
    assert list(found) == NAMES
    events = found["events"]
    assert isinstance(events, list)
    assert {"kind", "detail", "evidence"} <= events[0].keys()


def test_an_edit_of_one_copy_says_so(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "m.db", clock=lambda: START)
    for source in (WING, BASE):
        look_again(store, START, {TAKEN: fields(TAKEN)}, source)
    look_again(store, at(1, 0), {TAKEN: fields(TAKEN, "The range opened. " * 60)})
    assert event_json.evidence(of(store, 1).events[-1]).endswith("edited on 1 of 2 copies")
    store.close()


def test_a_purge_leaves_a_story_without_content(tmp_path: Path) -> None:
    store = storied(tmp_path / "m.db")
    store.purge(3, "names a minor")
    found = of(store, 3)
    assert event_json.evidence(found.events[-1]).endswith("names a minor")
    told = [event_json.evidence(event) for event in found.events]
    assert not [words for words in told if "None" in words or "controls: none" in words]
    store.close()


def test_a_look_that_brought_nothing_keeps_its_verdict(store: Store) -> None:
    assert of(store, 4).looks[-1].outcome == Verdict.GONE
