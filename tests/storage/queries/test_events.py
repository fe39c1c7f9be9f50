"""Events are listed in the order of the ledger, with their changes."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from storage.models import HIDDEN_EVENTS, Change, EventKind
from storage.queries import events, releases
from storage.queries.export import format_json_line
from storage.queries.filters import Filter
from storage.store import Store
from tests.support.sample_database import (
    FIRST,
    HOSTILE,
    JAPAN,
    KOREA,
    SECOND,
    address,
    article,
    fields,
    listing,
    make_sample,
)

EXERCISE, KOREAN, JAPANESE, RANGE = (
    "Exercise ends",
    "주한미군, 연합훈련 실시",
    "在日米軍、共同訓練",
    "=Range hours change",
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("queries") / "milwire.db"
    make_sample(path).close()
    opened = Store.open(path, read_only=True)
    yield opened
    opened.close()


def test_events_come_in_order_and_without_hidden_ones(store: Store) -> None:
    shown = list(events.list_events(store))
    every = list(events.list_events(store, Filter(hidden=True)))
    assert [one.id for one in shown] == sorted(one.id for one in shown)
    assert shown == [one for one in every if one.kind not in HIDDEN_EVENTS]
    assert {one.kind for one in shown} == {EventKind.FOUND, EventKind.PUBLISHED, EventKind.EDITED}


def test_events_are_filtered_and_limited_to_the_newest(store: Store) -> None:
    every = list(events.list_events(store))
    newest = sorted(every, key=lambda one: (one.at, one.id))[-2:]
    assert list(events.list_events(store, Filter(limit=2))) == sorted(newest, key=lambda one: one.id)
    assert {one.source for one in events.list_events(store, Filter(source=JAPAN))} == {JAPAN}
    assert list(events.list_events(store, Filter(since=FIRST.date(), until=FIRST.date()))) == every
    assert list(events.list_events(store, Filter(since=FIRST.date() + timedelta(days=1)))) == []


def test_an_event_is_one_json_object_a_line(store: Store) -> None:
    (edited,) = events.list_events(store, Filter(kind=EventKind.EDITED))
    found = json.loads(format_json_line(edited))
    assert list(found) == [
        "id",
        "kind",
        "at",
        "source",
        "posting",
        "release",
        "title",
        "last_before_at",
        "first_after_at",
        "changes",
        "detail",
    ]
    assert (found["kind"], found["source"], found["posting"]) == ("edited", KOREA, address(101).url)
    assert found["first_after_at"] == "2026-01-31T14:02:00Z"
    assert found["last_before_at"] == "2026-01-31T10:01:00Z"
    assert {"field": "title", "before": f"Exercise {HOSTILE} ends", "after": EXERCISE} in found["changes"]


def test_changes_of_lists_come_as_lists(tmp_path: Path) -> None:
    store = make_sample(tmp_path / "a.db")
    run = store.start_run(KOREA, "crawl", SECOND)
    store.save_look(listing(SECOND, KOREA, run, (address(103), RANGE)))
    (before,) = releases.list_releases(store, Filter(source=KOREA, since=date(2026, 1, 31)))
    changed = fields(
        before.title, before.body, on=date(2026, 1, 31), organization="-Range", tags=("exercise", "훈련")
    )
    store.save_look(article(SECOND + timedelta(hours=1), address(103), changed, KOREA, run))
    store.detect_changes(KOREA)
    last = list(events.list_events(store, Filter(kind=EventKind.EDITED)))[-1]
    store.close()
    assert last.changes == (Change("tags", ["exercise"], ["exercise", "훈련"]),)
