"""The other postings of a release."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from storage.db.rows import Row
from storage.detection.copies import describe_copies, find_repost
from storage.models import Change, DetectedEvent, EventKind, Fields
from storage.store import Store
from tests.support.make_looks import LONG, address, after, fields, seen, store_at

HERE = address("100")
THERE = address("700", "www.other.example.mil")
STORY = fields("A story of two sites", LONG)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return a store with one story on two sites."""
    with store_at(tmp_path / "milwire.db") as opened:
        opened.save_look(seen(after(0), STORY, HERE))
        opened.save_look(seen(after(1), STORY, THERE, source="other-news"))
        yield opened


def posting(store: Store, number: str = "100") -> Row:
    return next(store.db.query("SELECT * FROM postings WHERE number = ?", [number]))


def edit(store: Store, text: Fields, number: str = "100") -> None:
    where = HERE if number == "100" else THERE
    store.save_look(seen(after(2 if number == "100" else 3), text, where))


def event(kind: EventKind) -> DetectedEvent:
    return DetectedEvent(kind, after(4), changes=(Change("body", "before", "after"),))


def test_a_removal_names_the_copies_that_are_still_online(store: Store) -> None:
    assert describe_copies(store.db, posting(store), event(EventKind.REMOVED)) == {"still_live": [THERE.url]}
    store.db.execute("UPDATE postings SET state = 'removed' WHERE number = '700'")
    assert describe_copies(store.db, posting(store), event(EventKind.REMOVED)) == {}


def test_an_edit_counts_the_copies_that_say_the_same_now(store: Store) -> None:
    edit(store, replace(STORY, paragraphs=("Quite another text.",)))
    one = describe_copies(store.db, posting(store), event(EventKind.EDITED))
    assert one == {"edited_copies": 1, "all_copies": 2}
    edit(store, replace(STORY, paragraphs=("Quite another text.",)), "700")
    both = describe_copies(store.db, posting(store), event(EventKind.EDITED))
    assert both == {"edited_copies": 2, "all_copies": 2}


def test_a_story_with_one_copy_and_other_kinds_of_events_have_no_counts(store: Store) -> None:
    assert describe_copies(store.db, posting(store), event(EventKind.SUSPECTED)) == {}
    store.save_look(seen(after(0), fields("A story of its own", f"own {LONG}"), address("101")))
    assert describe_copies(store.db, posting(store, "101"), event(EventKind.EDITED)) == {}


def test_a_repost_is_on_the_same_site_and_first_seen_after_the_original_was_last_seen(store: Store) -> None:
    row = posting(store) | {"posting_id": 1}
    at = "2026-03-02T12:00:00.000000Z"
    assert find_repost(store.db, row | {"last_seen_at": at}) is None
    anew = address("900")
    store.save_look(seen(after(5), STORY, anew))
    assert find_repost(store.db, row | {"last_seen_at": at}) == anew
    assert find_repost(store.db, row | {"last_seen_at": "2026-03-03T12:00:00.000000Z"}) is None
