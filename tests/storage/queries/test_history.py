"""The story of a release: what happened with its evidence, when we looked and when not, what is kept."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from storage.archive.writer import CaptureRef, get_archive_folder, read_capture
from storage.models import EventKind, Verdict
from storage.queries import evidence, history, releases
from storage.queries.filters import Filter
from storage.queries.history import LookSpan, ReleaseHistory
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
    make_history,
)
from tests.support.sample_database import JAPAN, KOREA, make_sample
from tests.support.sample_database import address as sample_address

NAMES = ["release", "postings", "revisions", "events", "looks", "captures", "same_text"]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("story") / "m.db"
    make_history(path).close()
    return path


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = Store.open(path, read_only=True)
    yield store
    store.close()


def read(store: Store, number: int) -> ReleaseHistory:
    found = history.read_history(store, number)
    assert found is not None
    return found


def at(days: float, minutes: int) -> datetime:
    return START + timedelta(days=days, minutes=minutes)


def test_a_release_that_is_not_there_has_no_history(store: Store) -> None:
    assert history.read_history(store, 99) is None


def test_a_removal_has_looks_controls_and_the_copy_still_live(store: Store) -> None:
    found = read(store, 2)
    assert [event.kind for event in found.events][-2:] == [EventKind.SUSPECTED, EventKind.REMOVED]
    words = evidence.describe_event(found.events[-1])
    assert words.startswith(
        "last seen 2026-03-03 12:02 UTC; first absent 2026-03-04 12:02 UTC; 3 looks over 8 h"
    )
    assert "the rest of the site was working: " in words
    assert words.endswith(f"still live at {address(TAKEN, BASE_SITE).url}")
    assert [(one.site, one.state) for one in found.postings] == [
        ("www.wing.mil", "removed"),
        (BASE_SITE, "live"),
    ]


def test_a_return_says_what_changed(store: Store) -> None:
    returned = read(store, 3).events[-1]
    assert returned.kind is EventKind.RETURNED
    assert [change.field for change in returned.changes] == ["body"]
    assert "changed since it was last seen; number, quote" in evidence.describe_event(returned)


def test_no_evidence_says_deleted(store: Store) -> None:
    for number in range(1, 7):
        assert not [one for one in read(store, number).events if "delet" in evidence.describe_event(one)]


def test_looks_are_spans_and_the_time_without_looks_is_seen(store: Store) -> None:
    seen = [one for one in read(store, 2).looks if one.posting == address(TAKEN).url]
    assert [(one.outcome, one.looks, one.first_at, one.last_at) for one in seen] == [
        ("live", 2, at(0, 2), at(1, 2)),
        ("gone", 3, at(2, 2), at(2 + 8 / 24, 2)),
        ("gone", 2, at(12, 2), at(13, 2)),
    ]
    days = [one.unwatched_s and one.unwatched_s // 86400 for one in seen]
    assert days == [None, None, 9]


def span(hours: float, until: float, source: str = WING, outcome: str = "live") -> LookSpan:
    first, last = START + timedelta(hours=hours), START + timedelta(hours=until)
    return LookSpan("https://a.mil/1", outcome, first, last, 2, source, 1, 200, "", None)


def test_two_newsrooms_that_look_in_turn_leave_no_gap() -> None:
    (one,) = history.join_look_spans([span(0, 1), span(2, 3, BASE), span(4, 5)])
    assert (one.looks, one.unwatched_s) == (6, None)


def test_equal_spans_of_one_newsroom_are_parted_by_a_gap() -> None:
    _, second = history.join_look_spans([span(0, 1), span(30, 31)])
    assert second.unwatched_s == 29 * 3600


def test_another_answer_after_days_is_a_gap_and_after_hours_is_none() -> None:
    _, soon, late = history.join_look_spans([span(0, 1), span(5, 6, outcome="gone"), span(60, 61)])
    assert (soon.unwatched_s, late.unwatched_s) == (None, 54 * 3600)


def test_gaps_are_not_measured_from_one_copy_to_another() -> None:
    other = replace(span(100, 101), posting="https://b.mil/1")
    assert [one.unwatched_s for one in history.join_look_spans([span(0, 1), other])] == [None, None]


def test_every_capture_is_named_with_file_offset_and_digest(store: Store, path: Path) -> None:
    found = read(store, 3)
    assert [(one.status, one.revisions) for one in found.captures] == [
        (200, (1,)),
        (404, ()),
        (404, ()),
        (404, ()),
        (200, (2,)),
    ]
    kept = store.db.table("captures").get(found.captures[0].id)
    one = found.captures[0]
    page = read_capture(
        get_archive_folder(path),
        CaptureRef(one.file, one.offset, one.length, one.sha256, kept["record_sha256"]),
    )
    assert "ten years" in page.content.decode()


def test_json_has_the_words_beside_the_values(store: Store) -> None:
    found = history.history_to_json(read(store, 2))
    assert list(found) == NAMES
    events = found["events"]
    assert isinstance(events, list)
    assert {"kind", "detail", "evidence"} <= events[0].keys()


def test_an_edit_of_one_copy_says_so(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "m.db", clock=lambda: START)
    for source in (WING, BASE):
        look_again(store, START, {TAKEN: fields(TAKEN)}, source)
    look_again(store, at(1, 0), {TAKEN: fields(TAKEN, "The range opened. " * 60)})
    assert evidence.describe_event(read(store, 1).events[-1]).endswith("edited on 1 of 2 copies")
    store.close()


def test_a_purge_leaves_a_history_without_content(tmp_path: Path) -> None:
    store = make_history(tmp_path / "m.db")
    store.purge_posting(3, "names a minor")
    found = read(store, 3)
    assert evidence.describe_event(found.events[-1]).endswith("names a minor")
    lines = [evidence.describe_event(event) for event in found.events]
    assert not [words for words in lines if "None" in words or "the rest of the site" in words]
    store.close()


def test_a_look_that_brought_nothing_keeps_its_verdict(store: Store) -> None:
    assert read(store, 4).looks[-1].outcome == Verdict.GONE


def test_a_history_holds_postings_revisions_and_events(tmp_path: Path) -> None:
    store = make_sample(tmp_path / "a.db")
    (one,) = releases.list_releases(store, Filter(kind=EventKind.EDITED))
    found = history.read_history(store, one.id)
    assert found is not None
    assert found.release == one
    assert [(p.site, p.number, p.sources) for p in found.postings] == [
        ("www.korea.mil", "101", (KOREA,)),
        ("www.japan.mil", "101", (JAPAN,)),
    ]
    assert [(r.posting, r.seq) for r in found.revisions] == [
        (sample_address(101).url, 1),
        (sample_address(101).url, 2),
        (sample_address(101, "www.japan.mil").url, 1),
    ]
    assert all(r.capture and ".warc.gz:" in r.capture for r in found.revisions)
    assert [e.kind for e in found.events].count(EventKind.EDITED) == 1
    assert history.read_history(store, 999_999) is None
    store.close()
