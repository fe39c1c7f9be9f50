"""An alarm is open from its beginning to its end, once a newsroom and kind."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.store import Store
from storage.tables import alarms
from storage.tables.alarms import StoredAlarm
from tests.support.make_looks import START, after, store_at

SILENT = StoredAlarm(
    "wing-news", "silent", "no new release for 9 days", "Look at its listing.", START, after(1)
)
FAILING = StoredAlarm(
    "base-news", "failing", "the last 3 crawls failed", "Run it by hand.", after(-5), after(0)
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        yield opened


def test_open_alarms_come_back_as_they_were_the_oldest_first(store: Store) -> None:
    alarms.record_alarms(store.db, [SILENT, FAILING])
    assert alarms.list_open_alarms(store.db) == (FAILING, SILENT)


def test_an_alarm_that_ended_is_open_no_more_and_may_begin_again(store: Store) -> None:
    alarms.record_alarms(store.db, [SILENT, FAILING])
    alarms.end_alarms(store.db, [SILENT], after(2))
    assert alarms.list_open_alarms(store.db) == (FAILING,)
    alarms.record_alarms(store.db, [SILENT])
    assert len(alarms.list_open_alarms(store.db)) == 2
    ended = store.db.execute("SELECT count(*) FROM alarms WHERE ended_at IS NOT NULL").fetchone()
    assert ended == (1,)


def test_one_kind_is_open_only_once_at_a_newsroom(store: Store) -> None:
    alarms.record_alarms(store.db, [SILENT])
    with pytest.raises(sqlite3.IntegrityError), store.writing() as db:
        alarms.record_alarms(db, [FAILING, SILENT])
    assert alarms.list_open_alarms(store.db) == (SILENT,)


def test_broken_unicode_is_stored_as_question_marks(store: Store) -> None:
    broken = StoredAlarm("wing-news", "failing", "half a pair: \ud83d", "ask \ud83d", START, START)
    alarms.record_alarms(store.db, [broken])
    assert alarms.list_open_alarms(store.db)[0].line == "half a pair: ?"
