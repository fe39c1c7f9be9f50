"""What a watch asks about postings: no more than it needs, however many are due."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from storage.models import Verdict
from storage.store import Store
from storage.tables import due_looks
from storage.tables.due_looks import WatchedPosting
from tests.support import make_looks
from tests.support.make_looks import START, after, bad, crawl, entry, fields, listed, seen, store_at

SITE, SOURCE = "www.wing.example.mil", "wing-news"
MANY = range(100, 180)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return a store in which a back-fill left many postings, and none is planned."""
    with store_at(tmp_path / "milwire.db") as opened:
        looks = [seen(START, fields(f"Story {n}", f"Text {n}."), make_looks.address(str(n))) for n in MANY]
        crawl(opened, listed(START, *(entry(str(n)) for n in MANY)), *looks, at=START, kind="backfill")
        yield opened


def plan(store: Store, hours: float) -> None:
    """Plan the next look at each posting, a minute apart."""
    ids = [row[0] for row in store.db.execute("SELECT id FROM postings ORDER BY id").fetchall()]
    due_looks.plan_looks(store.db, {one: after(hours) + timedelta(minutes=n) for n, one in enumerate(ids)})


def keys(found: tuple[WatchedPosting, ...]) -> list[str]:
    return [one.address.key for one in found]


def test_of_many_that_are_due_come_as_many_as_are_wanted(store: Store) -> None:
    assert len(due_looks.find_due_postings(store.db, SOURCE, SITE, after(1), 40)) == 40
    plan(store, 24)
    assert due_looks.find_due_postings(store.db, SOURCE, SITE, after(23), 40) == ()
    assert keys(due_looks.find_due_postings(store.db, SOURCE, SITE, after(100), 3)) == ["100", "101", "102"]
    assert due_looks.find_due_postings(store.db, SOURCE, SITE, after(100), 0) == ()


def test_suspects_come_before_what_is_due_the_longest(store: Store) -> None:
    plan(store, 24)
    crawl(store, bad(after(2), Verdict.GONE, make_looks.address("170")), at=after(2))
    assert keys(due_looks.find_due_postings(store.db, SOURCE, SITE, after(100), 2)) == ["170", "100"]


def test_only_what_is_young_or_doubted_may_want_a_visit_of_its_own(store: Store) -> None:
    plan(store, 72)
    crawl(store, bad(after(2), Verdict.GONE, make_looks.address("170")), at=after(2))
    assert keys(due_looks.find_young_postings(store.db, SOURCE, SITE, after(100), timedelta(hours=24))) == [
        "170"
    ]
    plan(store, 20)
    found = due_looks.find_young_postings(store.db, SOURCE, SITE, after(22), timedelta(hours=24))
    assert len(found) == len(MANY)


def test_what_was_looked_at_or_asked_for_is_planned_anew(store: Store) -> None:
    assert len(due_looks.find_recent_postings(store.db, SOURCE, SITE, after(1), [])) == len(MANY)  # unplanned
    plan(store, 24)
    assert due_looks.find_recent_postings(store.db, SOURCE, SITE, after(1), []) == ()
    assert keys(due_looks.find_recent_postings(store.db, SOURCE, SITE, after(1), ["120"])) == ["120"]
    crawl(store, seen(after(2), fields("Story 130", "Text 130."), make_looks.address("130")), at=after(2))
    assert keys(due_looks.find_recent_postings(store.db, SOURCE, SITE, after(1), [])) == ["130"]
