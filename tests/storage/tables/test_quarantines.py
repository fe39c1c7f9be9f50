"""While a source is in quarantine its findings wait; how it ends decides what becomes of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.store import Store
from storage.tables import findings, quarantines
from storage.tables.quarantines import SourceQuarantine
from tests.support.make_looks import START, after, crawl, entry, listed, store_at

SOURCE = "wing-news"
BROKEN = SourceQuarantine(START, "8 of 12 known-good postings broke")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        yield opened


@pytest.fixture
def run(store: Store) -> int:
    """Return a run with one finding that waits for the end of a quarantine."""
    crawl(store, listed(after(-9), entry("100")), at=after(-9))
    run = store.start_run(SOURCE, "crawl", after(0))
    store.save_look(listed(after(0), entry("100"), run=run))
    (row,) = findings.list_findings(store.db, SOURCE, run)
    findings.quarantine_findings(store.db, [row["id"]])
    quarantines.start_quarantine(store.db, SOURCE, run, BROKEN)
    return run


def test_a_source_without_one_is_in_no_quarantine(store: Store) -> None:
    assert quarantines.find_quarantine(store.db, SOURCE) is None
    assert quarantines.describe_quarantine(store.db, SOURCE) is None


def test_one_line_says_since_when_and_why(store: Store, run: int) -> None:
    assert quarantines.find_quarantine(store.db, SOURCE) == BROKEN
    described = "in quarantine since 2026-03-02 12:00 UTC: 8 of 12 known-good postings broke"
    assert quarantines.describe_quarantine(store.db, SOURCE) == described
    assert quarantines.find_quarantine(store.db, "base-news") is None


def test_a_quarantine_that_starts_again_has_the_newest_reason(store: Store, run: int) -> None:
    again = SourceQuarantine(after(3), "9 of 12 known-good postings broke")
    quarantines.start_quarantine(store.db, SOURCE, run, again)
    assert quarantines.find_quarantine(store.db, SOURCE) == again


def test_at_its_end_the_findings_wait_for_detection(store: Store, run: int) -> None:
    quarantines.end_quarantine(store.db, SOURCE)
    assert quarantines.find_quarantine(store.db, SOURCE) is None
    assert findings.list_waiting_runs(store.db, SOURCE) == [run]
