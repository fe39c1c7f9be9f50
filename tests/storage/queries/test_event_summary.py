"""Events of a database with their sentence and importance."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from storage.analysis.importance import ImportanceLevel
from storage.diff.fields import diff_field
from storage.models import Change, Event, EventKind
from storage.queries.event_summary import (
    build_summary,
    collect_facts,
    describe_importance,
    list_summaries,
    measure_changed_share,
    select_important,
    summary_to_json,
)
from storage.queries.events import list_events
from storage.store import Store
from tests.support.history_database import make_history

AT = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = make_history(tmp_path / "m.db")
    yield store
    store.close()


def make_event(kind: EventKind, *changes: Change, **detail: Any) -> Event:
    return Event(1, kind, AT, "wing-news", "https://www.wing.mil/1", 1, "T", AT, AT, changes, detail)


def test_each_event_has_its_sentence_and_its_importance(store: Store) -> None:
    found = {one.event.kind: one for one in list_summaries(store, list_events(store))}
    edit = found[EventKind.EDITED]
    assert edit.sentence == (
        "“Nobody” was changed to “One person”; the number of troops was changed from 1,200 to 1,250;"
        " the date of the release was not."
    )
    assert (edit.importance.level, edit.importance.score) == (ImportanceLevel.NORMAL, 5)
    assert describe_importance(edit.importance) == (
        "importance normal (5): a negation changed; evidence seen: looks from before and after hold it"
    )
    assert summary_to_json(edit)["sentence"] == edit.sentence
    assert [one.event.id for one in list_summaries(store, list_events(store))] == sorted(
        one.id for one in list_events(store)
    )


def test_the_important_ones_are_selected_and_the_last_are_kept(store: Store) -> None:
    def select(least: int, limit: int | None = None) -> list[int]:
        return [
            one.event.id for one in select_important(list_summaries(store, list_events(store)), least, limit)
        ]

    scores = {one.event.id: one.importance.score for one in list_summaries(store, list_events(store))}
    assert select(0) == list(scores)
    assert select(5) == [number for number, score in scores.items() if score >= 5]
    assert select(5, 1) == select(5)[-1:]
    assert select(1_000) == []


def test_the_age_is_counted_from_the_day_before_an_edit_of_it() -> None:
    moved = make_event(EventKind.EDITED, Change("published", "2026-02-01", "2026-03-09"))
    assert collect_facts(moved, (), date(2026, 3, 9)).age == timedelta(days=37, hours=12)
    added = make_event(EventKind.EDITED, Change("published", None, "2026-03-09"))
    assert collect_facts(added, (), date(2026, 3, 9)).age == timedelta(days=1, hours=12)
    assert collect_facts(added, (), None).age is None


def test_copies_are_those_that_say_otherwise() -> None:
    edit = make_event(EventKind.EDITED, edited_copies=1, all_copies=4)
    assert collect_facts(edit, (), None).copies == 3
    gone = make_event(EventKind.REMOVED, still_live=["https://a", "https://b"], controls="its list answers")
    assert (collect_facts(gone, (), None).copies, collect_facts(gone, (), None).is_controlled) == (2, True)
    assert collect_facts(make_event(EventKind.REMOVED), (), None).copies == 0


def test_a_purged_or_strange_detail_breaks_nothing() -> None:
    strange = make_event(EventKind.EDITED, edit_kinds=["new kind", 3], dates=3, edited_copies="x", coarse=1)
    assert build_summary(strange, None).importance.score == 0


@pytest.mark.parametrize(
    ("before", "after", "share"),
    [
        ("aa bb cc dd ee ff gg hh ii jj", "aa bb cc dd ee ff gg hh ii jj", 0),
        ("One is here.", "One is here.\n\nTwo is here", 11 / 24),
        ("", "All of it is new", 1),
        ("a b c", "", 1),
    ],
)
def test_the_share_is_that_of_the_changed_characters(before: str, after: str, share: float) -> None:
    assert measure_changed_share(diff_field(Change("body", before, after))) == pytest.approx(share)
