"""The way of a run's looks through detection: load them, detect what changed, write the result.

Runs are taken one after another, the earliest first, so that what a killed run left is decided once, before
the run that ends now. Where a run looked at a posting more than once, its looks are taken in batches.
"""

from dataclasses import replace

from sqlite_utils import Database

from storage.db.rows import Row
from storage.detection.detect import detect_changes
from storage.detection.load_observations import load_batch, load_observations, split_looks
from storage.detection.write_result import write_result
from storage.models import Event, RemovalPolicy
from storage.tables import findings, quarantines

RunLooks = tuple[str, int, tuple[Row, ...]]  # source, run, rows of `findings`


def detect_events(db: Database, source_id: str, policy: RemovalPolicy) -> list[Event]:
    """Process all waiting looks of a source; return the events, hidden ones included.

    The caller has begun a transaction.
    """
    events: list[Event] = []
    for run_id in findings.list_waiting_runs(db, source_id):
        for rows in split_looks(findings.list_findings(db, source_id, run_id)):
            events += _detect_batch(db, (source_id, run_id, rows), policy)
    return events


def _detect_batch(db: Database, looks: RunLooks, policy: RemovalPolicy) -> list[Event]:
    """Process looks of one run. Where they end a quarantine, the looks that waited come first."""
    batch = load_batch(db, *looks)
    observations = load_observations(db, batch, policy)
    result = detect_changes(observations)
    if not result.is_recovered:
        return write_result(db, batch, observations, result)
    findings.delete_findings(db, result.unobserved_ids)
    events = _replay_held_looks(db, batch.source_id, policy)
    batch = load_batch(db, *looks)
    observations = load_observations(db, batch, policy)
    return events + write_result(db, batch, observations, detect_changes(observations))


def _replay_held_looks(db: Database, source_id: str, policy: RemovalPolicy) -> list[Event]:
    """End a source's quarantine, and process the looks that waited at their own times."""
    held = findings.list_quarantined_findings(db, source_id)
    quarantines.end_quarantine(db, source_id)
    events: list[Event] = []
    for run_id in sorted({row["run_id"] for row in held}):
        for rows in split_looks(row for row in held if row["run_id"] == run_id):
            batch = load_batch(db, source_id, run_id, rows)
            observations = replace(load_observations(db, batch, policy), is_replayed=True)
            events += write_result(db, batch, observations, detect_changes(observations))
    return events
