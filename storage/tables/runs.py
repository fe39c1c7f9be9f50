"""Crawls and imports: table `runs`, and `run_days`, into which old runs are folded, one row a source and day.

A run that was killed becomes `interrupted` when the next one starts. Folding keeps `runs` small while nothing
happens. It leaves the runs that something still needs (NOT_FOLDED), and imports, which are few.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Final

from sqlite_utils import Database

from storage.db import sql, timestamps
from storage.db.processes import is_process_dead, read_boot_id
from storage.db.rows import Row, dump_json, replace_surrogates
from storage.models import RunKind, RunState, Verdict
from storage.tables import source_progress

KILLED: Final = "the process ended before the run did"


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended."""

    complete: bool  # feed and listing walk finished, and everything wanted was fetched
    found: int
    published: int
    edited: int
    requests: int
    failures: tuple[str, ...]  # one line each, with or without those that were saved during the run
    state: str  # ok, failed, interrupted or limited
    verdicts: Mapping[str, int] = field(default_factory=dict)  # of its looks, robots.txt included


def start_run(db: Database, source_id: str, kind: str, at: datetime) -> int:
    """Start a run and return its id. Earlier runs of a process that has ended become `interrupted`."""
    running = list(db.query("SELECT * FROM runs WHERE source_id = ? AND state = 'running'", [source_id]))
    for row in running:
        if is_process_dead(row["pid"], row["boot_id"]) or row["boot_id"] != read_boot_id():
            add_failure(db, row["id"], KILLED)
            db.execute("UPDATE runs SET state = 'interrupted' WHERE id = ?", [row["id"]])
    row = {
        "source_id": source_id,
        "kind": kind,
        "state": str(RunState.RUNNING),
        "started_at": timestamps.format_timestamp(at),
        "pid": os.getpid(),
        "boot_id": read_boot_id(),
    }
    return sql.insert_row(db, "runs", row)


def add_failure(db: Database, run_id: int, reason: str) -> None:
    """Add a failure line to a run. The same line is not added twice."""
    lines = _read_failures(db, run_id)
    if replace_surrogates(reason) not in lines:
        db.execute("UPDATE runs SET failures = ? WHERE id = ?", [dump_json([*lines, reason]), run_id])


def finish_run(db: Database, run_id: int, outcome: RunOutcome, at: datetime) -> None:
    """End a run; what a complete one listed is known now. Raises LookupError for an unknown run."""
    run = next(db.query("SELECT * FROM runs WHERE id = ?", [run_id]), None)
    if run is None:
        raise LookupError(f"no such run: {run_id}")
    lines = dict.fromkeys([*_read_failures(db, run_id), *map(replace_surrogates, outcome.failures)])
    sql.update_row(
        db,
        "runs",
        run_id,
        {
            "state": outcome.state,
            "finished_at": timestamps.format_timestamp(at),
            "complete": int(outcome.complete),
            "found": outcome.found,
            "published": outcome.published,
            "edited": outcome.edited,
            "requests": outcome.requests,
            "failures": dump_json(list(lines)),
            "verdicts": dump_json(dict(outcome.verdicts)),
        },
    )
    if outcome.complete:
        source_progress.complete_crawl(db, run, at)


def is_import_run(db: Database, run_id: int | None) -> bool:
    """Return whether a run imports looks from an archive."""
    row = db.execute("SELECT kind FROM runs WHERE id = ?", [run_id]).fetchone()
    return row is not None and row[0] == RunKind.IMPORT


def reads_whole_list(db: Database, run_id: int | None) -> bool:
    """Return whether a run walks through a list to its end, or far down, whatever is known of it."""
    row = db.execute("SELECT kind FROM runs WHERE id = ?", [run_id]).fetchone()
    return row is not None and row[0] in (RunKind.BACKFILL, RunKind.SINCE, RunKind.SITEMAP)


def has_read_listing(db: Database, run_id: int | None) -> bool:
    """Return whether a run has read a page of its listing already."""
    row = db.execute("SELECT listed_entries FROM runs WHERE id = ?", [run_id]).fetchone()
    return row is not None and row[0] is not None


def list_failures_by_run(db: Database, source_id: str, before_run_id: int, since: datetime) -> list[int]:
    """Return how many answers failed in each crawl of a source since an instant, the earliest first.

    Crawls that looked at nothing are left out, and so are those from a given one on.
    """
    rows = db.execute(RUN_VERDICTS, [source_id, before_run_id, timestamps.format_timestamp(since)])
    counts = (json.loads(row[0]) for row in rows)
    return [sum(one.get(str(verdict), 0) for verdict in FAILING_VERDICTS) for one in counts if one]


RUN_VERDICTS: Final = """SELECT verdicts FROM runs WHERE source_id = ? AND id < ? AND started_at >= ?
    AND kind <> 'import' AND state <> 'running' ORDER BY id"""


FAILING_VERDICTS: Final = frozenset({Verdict.BLOCKED, Verdict.SERVER_ERROR})  # 401, 403 and 5xx
BATCH: Final = 500  # runs at once: some hundredths of a second, for which other writers wait
NEWEST_KEPT: Final = 20  # newest runs of each source that stay, however old
COUNTED: Final = ("runs", "failed", "requests", "found", "published", "edited")

# The last complete run, the last that asked for a list, the newest ones (health is read from them, and the id
# of the newest must not be given again), those with findings that wait, that of a quarantine.
LAST: Final = "SELECT id FROM (SELECT id FROM runs WHERE source_id = :source AND {} DESC LIMIT {})"
POLL: Final = "kind NOT IN ('import', 'looks') AND requests > 0 AND state <> 'interrupted'"
FINISHED: Final = "kind <> 'import' AND state <> 'running'"
NOT_FOLDED: Final = " UNION ALL ".join(
    (
        LAST.format("complete ORDER BY id", 1),
        LAST.format(f"{POLL} ORDER BY started_at", 1),
        LAST.format(f"{FINISHED} ORDER BY id", NEWEST_KEPT),
        *(f"SELECT run_id FROM {table} WHERE source_id = :source" for table in ("findings", "quarantines")),  # noqa: S608
    )
)
OLD: Final = f"""SELECT id, substr(started_at, 1, 10) AS day, 1 AS runs, requests, found, published, edited,
        state NOT IN ('ok', 'limited') OR failures <> '[]' AS failed, verdicts
    FROM runs WHERE source_id = :source AND started_at < :before AND {FINISHED}
        AND id NOT IN ({NOT_FOLDED})
    ORDER BY started_at LIMIT :most"""  # noqa: S608  # our own text


def list_old_runs(db: Database, source_id: str, before: datetime, most: int = BATCH) -> list[Row]:
    """Return runs of a source to be folded, of days before that of an instant, the oldest first."""
    midnight = before.replace(hour=0, minute=0, second=0, microsecond=0)
    return list(
        db.query(OLD, {"source": source_id, "before": timestamps.format_timestamp(midnight), "most": most})
    )


def fold_runs(db: Database, source_id: str, runs: Iterable[Row]) -> None:
    """Add runs, given in the order of their days, to the rows of these days, and delete them."""
    for day, rows in groupby(runs, key=lambda row: row["day"]):
        folded = list(rows)
        _add_to_day(db, source_id, day, folded)
        ids = json.dumps([row["id"] for row in folded])
        db.execute("DELETE FROM runs WHERE id IN (SELECT value FROM json_each(?))", [ids])


def _add_to_day(db: Database, source_id: str, day: str, runs: Sequence[Row]) -> None:
    stored = db.query("SELECT * FROM run_days WHERE source_id = ? AND day = ?", [source_id, day])
    parts = [*runs, *stored]
    verdicts: Counter[str] = Counter()
    for part in parts:
        verdicts.update(json.loads(part["verdicts"]))
    row = {name: sum(part[name] for part in parts) for name in COUNTED}
    row |= {"source_id": source_id, "day": day, "verdicts": dump_json(verdicts)}
    db.table("run_days").upsert(row, pk=("source_id", "day"))


def _read_failures(db: Database, run_id: int) -> list[str]:
    row = db.execute("SELECT failures FROM runs WHERE id = ?", [run_id]).fetchone()
    return list(json.loads(row[0])) if row else []
