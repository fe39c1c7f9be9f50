"""The way of a run's looks through detection: load them, detect what changed, write the result.

Runs are taken one after another, the earliest first, so that what a killed run left is decided once, before
the run that ends now. Where a run looked at a posting more than once, its looks are taken in batches.
"""

from sqlite_utils import Database

from storage.detection.detect import detect_changes
from storage.detection.load_observations import load_batch, load_observations, split_looks
from storage.detection.write_result import write_result
from storage.models import Event, RemovalPolicy
from storage.tables import findings


def detect_events(db: Database, source_id: str, policy: RemovalPolicy) -> list[Event]:
    """Process all waiting looks of a source; return the events, hidden ones included.

    The caller has begun a transaction.
    """
    events: list[Event] = []
    for run_id in findings.list_waiting_runs(db, source_id):
        for rows in split_looks(findings.list_findings(db, source_id, run_id)):
            batch = load_batch(db, source_id, run_id, rows)
            observations = load_observations(db, batch, policy)
            result = detect_changes(observations)
            events += write_result(db, batch, observations, result)
    return events
