"""What detection found, as it is written."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from storage.detection.inputs import DetectionResult, RunObservations
from storage.detection.load_observations import FindingBatch, load_batch, load_observations, split_looks
from storage.detection.redesign import Quarantine
from storage.detection.write_result import write_result
from storage.models import DetectedEvent, EventKind, PostingState, RemovalPolicy
from storage.store import Store
from storage.tables import findings, quarantines
from tests.support.make_looks import LONG, address, after, fields, kinds, seen, store_at, table

SOURCE = "wing-news"
OTHER = fields("Another title of it all", LONG)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return a store that knows a posting, and has a new text of it waiting."""
    with store_at(tmp_path / "milwire.db") as opened:
        first = opened.start_run(SOURCE, "crawl", after(0))
        opened.save_look(seen(after(0), fields("A title of the story", LONG), address("100"), run=first))
        opened.detect_changes(SOURCE)
        run = opened.start_run(SOURCE, "crawl", after(1))
        opened.save_look(seen(after(1), OTHER, address("100"), run=run))
        yield opened


def load(store: Store) -> tuple[FindingBatch, RunObservations]:
    (run_id,) = findings.list_waiting_runs(store.db, SOURCE)
    (rows,) = split_looks(findings.list_findings(store.db, SOURCE, run_id))
    batch = load_batch(store.db, SOURCE, run_id, rows)
    return batch, load_observations(store.db, batch, RemovalPolicy())


def titles(store: Store) -> list[str]:
    return [row[0] for row in store.db.execute("SELECT title FROM revisions ORDER BY seq")]


def test_a_revised_text_is_a_revision_that_its_event_brings_into_the_ledger(store: Store) -> None:
    batch, run = load(store)
    (finding,) = run.findings
    event = DetectedEvent(
        EventKind.EDITED, after(1), after(0), after(1), finding.posting_id, finding.id, detail={"looks": 1}
    )
    with store.writing() as db:
        (written,) = write_result(db, batch, run, DetectionResult((event,), revised_ids=(finding.id,)))
    assert (written.kind, written.title) == (EventKind.EDITED, "Another title of it all")
    assert titles(store) == ["A title of the story", "Another title of it all"]
    row = next(store.db.query("SELECT * FROM events WHERE id = ?", [written.id]))
    assert (row["revision_id"], row["capture_id"]) == (2, 2)
    assert findings.list_waiting_runs(store.db, SOURCE) == []


def test_a_revision_that_no_event_reports_gets_a_hidden_baseline(store: Store) -> None:
    batch, run = load(store)
    with store.writing() as db:
        events = write_result(db, batch, run, DetectionResult(revised_ids=(run.findings[0].id,)))
    assert kinds(events) == ["baselined"]
    assert events[0].first_after_at == after(1)


def test_a_text_that_is_no_revision_belongs_to_the_one_before(store: Store) -> None:
    batch, run = load(store)
    with store.writing() as db:
        assert write_result(db, batch, run, DetectionResult()) == []
    assert titles(store) == ["A title of the story"]
    assert [row[0] for row in store.db.execute("SELECT DISTINCT revision_id FROM looks")] == [1]


def test_states_are_written_with_whether_the_posting_could_be_read(store: Store) -> None:
    batch, run = load(store)
    (finding,) = run.findings
    status = replace(
        run.postings[finding.posting_id].status, state=PostingState.SUSPECT, last_look_at=after(1)
    )
    result = DetectionResult(statuses={finding.posting_id: status}, readable={finding.posting_id: False})
    with store.writing() as db:
        write_result(db, batch, run, result)
    row = next(store.db.query("SELECT state, is_readable FROM posting_states"))
    assert (row["state"], row["is_readable"]) == ("suspect", 0)
    assert next(store.db.query("SELECT state FROM postings"))["state"] == "suspect"


def test_a_result_on_hold_writes_a_quarantine_and_nothing_else(store: Store) -> None:
    batch, run = load(store)
    event = DetectedEvent(EventKind.QUARANTINED, after(1), after(0), after(1), detail={"reason": "broken"})
    held = DetectionResult(
        (event,),
        quarantine=Quarantine(8, 8, "broken"),
        is_on_hold=True,
        held_ids=tuple(one.id for one in run.findings),
    )
    with store.writing() as db:
        (written,) = write_result(db, batch, run, held)
    assert (written.kind, written.source, written.posting) == (EventKind.QUARANTINED, SOURCE, None)
    assert "broken" in (quarantines.describe_quarantine(store.db, SOURCE) or "")
    assert len(findings.list_quarantined_findings(store.db, SOURCE)) == 1
    assert len(table(store, "revisions")) == 1
