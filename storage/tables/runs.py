"""Runs: one row for each crawl or import, with what came of it; a run that was killed is told as such."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlite_utils import Database

from storage.db import sql, timestamps
from storage.db.processes import boot_id, is_dead
from storage.db.rows import as_json, storable
from storage.tables import pending

KILLED = "the process ended before the run did"


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended."""

    complete: bool  # feed and listing walk finished, and everything wanted was fetched
    found: int
    published: int
    edited: int
    requests: int
    failures: tuple[str, ...]  # one line each, those noted during the run included or not
    state: str  # ok, failed, interrupted or limited
    verdicts: Mapping[str, int] = field(default_factory=dict)  # of its looks, robots.txt included


def start(db: Database, source_id: str, kind: str, at: datetime) -> int:
    """Open a run and return its id; earlier ones whose process is gone become `interrupted`."""
    running = list(db.query("SELECT * FROM runs WHERE source_id = ? AND state = 'running'", [source_id]))
    for row in running:
        if is_dead(row["pid"], row["boot_id"]) or row["boot_id"] != boot_id():
            note(db, row["id"], KILLED)
            db.execute("UPDATE runs SET state = 'interrupted' WHERE id = ?", [row["id"]])
    row = {
        "source_id": source_id,
        "kind": kind,
        "state": "running",
        "started_at": timestamps.text(at),
        "pid": os.getpid(),
        "boot_id": boot_id(),
    }
    return sql.insert(db, "runs", row)


def note(db: Database, run_id: int, reason: str) -> None:
    """Add a failure line to a run, so that a kill does not lose it."""
    lines = _failures(db, run_id)
    if storable(reason) not in lines:
        db.execute("UPDATE runs SET failures = ? WHERE id = ?", [as_json([*lines, reason]), run_id])


def finish(db: Database, run_id: int, outcome: RunOutcome, at: datetime) -> None:
    """Close a run; a complete one makes what it listed known. Raises LookupError for an unknown run."""
    run = next(db.query("SELECT * FROM runs WHERE id = ?", [run_id]), None)
    if run is None:
        raise LookupError(f"run {run_id}: there is none")
    lines = dict.fromkeys([*_failures(db, run_id), *map(storable, outcome.failures)])
    sql.update(
        db,
        "runs",
        run_id,
        {
            "state": outcome.state,
            "finished_at": timestamps.text(at),
            "complete": int(outcome.complete),
            "found": outcome.found,
            "published": outcome.published,
            "edited": outcome.edited,
            "requests": outcome.requests,
            "failures": as_json(list(lines)),
            "verdicts": as_json(dict(outcome.verdicts)),
        },
    )
    if outcome.complete:
        pending.complete(db, run, timestamps.text(at))


def _failures(db: Database, run_id: int) -> list[str]:
    row = db.execute("SELECT failures FROM runs WHERE id = ?", [run_id]).fetchone()
    return list(json.loads(row[0])) if row else []
