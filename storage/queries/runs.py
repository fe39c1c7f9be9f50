"""Lists crawls and imports."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from storage.db.processes import is_process_dead, read_boot_id
from storage.db.reading import Readable, query_rows
from storage.db.rows import Row
from storage.db.timestamps import parse_optional_timestamp, parse_timestamp
from storage.models import RunKind, RunState

RUNS: Final = "SELECT * FROM runs ORDER BY id DESC LIMIT :limit"
RUNS_OF_SOURCE: Final = "SELECT * FROM runs WHERE source_id = :source ORDER BY id DESC LIMIT :limit"
# Source by source, for there may be many runs of each.
LAST_RUNS: Final = """
WITH RECURSIVE s(source_id) AS (SELECT min(source_id) FROM runs UNION ALL
    SELECT (SELECT min(source_id) FROM runs WHERE source_id > s.source_id) FROM s
    WHERE s.source_id IS NOT NULL)
SELECT r.* FROM s JOIN runs r ON r.id = coalesce(
    (SELECT id FROM runs WHERE source_id = s.source_id AND kind <> 'import' ORDER BY id DESC LIMIT 1),
    (SELECT max(id) FROM runs WHERE source_id = s.source_id))
"""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One crawl or import of a source."""

    id: int
    source: str
    kind: RunKind
    state: RunState
    started_at: datetime
    finished_at: datetime | None
    complete: bool
    found: int
    published: int
    edited: int
    requests: int
    failures: tuple[str, ...]  # one line each


def list_runs(store: Readable, source: str | None = None, limit: int = 20) -> list[RunSummary]:
    """Return crawls and imports, the newest first."""
    sql = RUNS if source is None else RUNS_OF_SOURCE
    return [_to_run_summary(row) for row in query_rows(store, sql, {"source": source, "limit": limit})]


def find_last_runs(store: Readable) -> dict[str, RunSummary]:
    """Return the last crawl of each source, or its last import where it was never crawled, by source id."""
    return {row["source_id"]: _to_run_summary(row) for row in query_rows(store, LAST_RUNS)}


def _to_run_summary(row: Row) -> RunSummary:
    state = RunState(row["state"])
    return RunSummary(
        id=row["id"],
        source=row["source_id"],
        kind=RunKind(row["kind"]),
        state=RunState.INTERRUPTED if state is RunState.RUNNING and _has_process_ended(row) else state,
        started_at=parse_timestamp(row["started_at"]),
        finished_at=parse_optional_timestamp(row["finished_at"]),
        complete=bool(row["complete"]),
        found=row["found"],
        published=row["published"],
        edited=row["edited"],
        requests=row["requests"],
        failures=tuple(json.loads(row["failures"])),
    )


def _has_process_ended(row: Row) -> bool:
    """Return whether the process of a run is gone; another boot id means the machine was restarted."""
    return is_process_dead(row["pid"], row["boot_id"]) or row["boot_id"] not in (None, read_boot_id())
