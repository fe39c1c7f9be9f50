"""Equal looks are one span; with the revisions that they name they are the timeline of a posting."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from storage.models import Verdict
from storage.store import Store
from storage.tables import looks
from storage.tables.looks import NeighbourLooks
from tests.support.make_looks import address, after, bad, everything, fields, seen, store_at

HOUR = timedelta(hours=1)
SPANS = "SELECT outcome, looks FROM looks ORDER BY first_at"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        yield opened


def spans(store: Store) -> list[tuple[str, int]]:
    return list(store.db.execute(SPANS))


def test_a_later_equal_look_changes_the_span_alone(store: Store) -> None:
    store.save_look(seen(after(0), fields()))
    before = everything(store)
    assert store.save_look(seen(after(1), fields())) == []
    changed = {name for name, rows in everything(store).items() if rows != before[name]}
    assert changed == {"looks", "postings", "addresses"}  # the last two by when it was last seen
    assert list(store.db.execute("SELECT outcome, looks, first_at < last_at FROM looks")) == [("live", 2, 1)]


def test_a_gap_of_more_than_twice_the_planned_interval_starts_a_new_span(store: Store) -> None:
    for at in (0, 2, 4.5):
        store.save_look(seen(after(at), fields()), planned=HOUR)
    assert spans(store) == [("live", 2), ("live", 1)]


def test_not_modified_extends_the_span_of_live(store: Store) -> None:
    store.save_look(seen(after(0), fields()))
    unchanged = replace(seen(after(1), fields()), verdict=Verdict.UNCHANGED, fields=None, page=None)
    assert store.save_look(unchanged) == []
    assert spans(store) == [("live", 2)]


@pytest.mark.parametrize(
    "other",
    [
        bad(after(1), Verdict.SERVER_ERROR, status=503),
        replace(bad(after(1), Verdict.SERVER_ERROR, status=500), source_id="wing-press"),
        bad(after(1), Verdict.GONE, status=500),
    ],
    ids=["another reason", "another source", "another outcome"],
)
def test_a_look_that_differs_starts_a_new_span(store: Store, other: object) -> None:
    first = bad(after(0), Verdict.SERVER_ERROR, status=500)
    store.save_look(first)
    store.save_look(replace(first, at=after(0.5)))
    store.save_look(other)  # type: ignore[arg-type]  # a look
    assert [count for _, count in spans(store)] == [2, 1]


def test_a_look_that_is_stored_is_recognised_within_its_span(store: Store) -> None:
    for hour in (0, 2):
        store.save_look(bad(after(hour), Verdict.GONE))
    assert looks.is_recorded_look(store.db, bad(after(0), Verdict.GONE))
    assert looks.is_recorded_look(store.db, bad(after(1), Verdict.GONE))
    assert not looks.is_recorded_look(store.db, bad(after(3), Verdict.GONE))
    assert not looks.is_recorded_look(store.db, bad(after(1), Verdict.BLOCKED))
    assert not looks.is_recorded_look(store.db, bad(after(1), Verdict.GONE, address("7")))


def test_a_look_that_comes_late_does_not_shorten_a_span(store: Store) -> None:
    for hour in (0, 5, 3):
        store.save_look(seen(after(hour), fields()))
    (last_at,) = store.db.execute("SELECT last_at FROM looks").fetchone()
    assert last_at.startswith("2026-03-02T17:00")


def test_the_nearest_looks_tell_what_was_there_before_and_after(store: Store) -> None:
    assert looks.find_neighbour_looks(store.db, 1, after(0)) == NeighbourLooks(None, None, None, None)
    store.save_look(seen(after(0), fields()))
    store.save_look(seen(after(4), fields()))
    store.save_look(seen(after(6), fields("Another title by now")))
    between = looks.find_neighbour_looks(store.db, 1, after(5))
    assert between == NeighbourLooks(before=1, after=2, before_at=after(4), after_at=after(6))
    within = looks.find_neighbour_looks(store.db, 1, after(2))
    assert within == NeighbourLooks(before=1, after=1, before_at=after(0), after_at=after(4))
    assert looks.find_revision_before(store.db, 1, after(5)) == 1
    assert looks.find_revision_before(store.db, 1, after(-1)) is None


def test_looks_from_an_instant_on_name_the_new_revision_until_another_was_seen(store: Store) -> None:
    store.save_look(seen(after(0), fields()))
    store.save_look(seen(after(4), fields()))
    store.save_look(seen(after(6), fields("Another title by now")))
    store.save_look(seen(after(8), fields()))
    store.db.execute("PRAGMA foreign_keys = OFF")  # the new revision is made up
    looks.reassign_looks(store.db, 1, (1, 9), after(2))
    rows = store.db.execute("SELECT revision_id, substr(first_at, 12, 2) FROM looks ORDER BY first_at")
    assert list(rows) == [(1, "12"), (9, "16"), (2, "18"), (3, "20")]
