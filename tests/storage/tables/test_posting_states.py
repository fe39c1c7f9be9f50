"""The status of a posting comes back whole, and its row shows people the state."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from storage.models import Absence, PostingState, PostingStatus
from storage.store import Store
from storage.tables import posting_states
from tests.support.make_looks import address, after, fields, seen, store_at

READ = "SELECT s.*, p.site, p.number FROM posting_states s JOIN postings p ON p.id = s.posting_id"
SHOWN = "SELECT state, substr(since_at, 12, 2), url FROM postings"
GONE = PostingStatus(
    state=PostingState.REMOVED,
    since=after(9),
    address=address(),
    last_seen_at=after(1),
    last_look_at=after(9),
    absence=Absence(after(2), after(9), 3),
    last_listed_at=after(1),
    unlisting=Absence(after(3), after(8), 2),
    unlisting_reported=True,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        opened.save_look(seen(after(0), fields()))
        yield opened


def read(store: Store) -> PostingStatus:
    (row,) = store.db.query(READ)
    return posting_states.read_posting_status(row)


def test_a_posting_that_was_read_for_the_first_time_is_live(store: Store) -> None:
    at = after(0)
    assert read(store) == PostingStatus(PostingState.LIVE, at, address(), last_seen_at=at, last_look_at=at)


@pytest.mark.parametrize(
    "status",
    [
        GONE,
        replace(GONE, absence=None, unlisting=None, last_listed_at=None, unlisting_reported=False),
        replace(GONE, state=PostingState.MOVED, moved_to="https://www.other.example.mil/News/1/"),
    ],
    ids=["removed", "bare", "moved"],
)
def test_a_status_comes_back_as_it_was_saved(store: Store, status: PostingStatus) -> None:
    posting_states.save_posting_statuses(store.db, {1: status}, {})
    assert read(store) == status


def test_the_posting_shows_a_new_state_and_since_when(store: Store) -> None:
    posting_states.save_posting_statuses(store.db, {1: GONE}, {})
    assert list(store.db.execute(SHOWN)) == [("removed", "21", address().url)]
    posting_states.save_posting_statuses(store.db, {1: replace(GONE, since=after(10))}, {})
    assert list(store.db.execute(SHOWN)) == [("removed", "21", address().url)]  # the state is the same


def test_people_see_a_live_posting_that_was_dropped_from_the_lists_as_unlisted(store: Store) -> None:
    unlisted = replace(GONE, state=PostingState.LIVE, absence=None)
    posting_states.save_posting_statuses(store.db, {1: unlisted}, {})
    assert [row[0] for row in store.db.execute(SHOWN)] == ["unlisted"]
    assert read(store).state is PostingState.LIVE


def test_whether_an_answer_could_be_read_is_saved_apart(store: Store) -> None:
    posting_states.save_posting_statuses(store.db, {}, {1: False})
    assert store.db.execute("SELECT is_readable, state FROM posting_states").fetchone() == (0, "live")
