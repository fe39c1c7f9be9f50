"""Whether the newsrooms' last crawls went well, and how much the database holds."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from storage.db.errors import explain_errors
from storage.db.reading import Readable, query_rows
from storage.db.timestamps import parse_optional_timestamp
from storage.models import Refusal, RunState
from storage.queries.runs import RunSummary, find_last_runs
from storage.tables import refusals

SOURCES: Final = """
SELECT id, s.last_complete_at,
    coalesce((SELECT n FROM counts WHERE name = 'source:' || known.id), 0) AS postings,
    (SELECT count(*) FROM pending WHERE source_id = id) AS pending,
    (SELECT enabled = 0 FROM sources x WHERE x.id = known.id) AS switched_off
FROM (SELECT value AS id FROM json_each(:ids)) AS known LEFT JOIN source_progress s ON s.source_id = id
"""
COUNTS: Final = """
SELECT coalesce((SELECT n FROM counts WHERE name = 'releases'), 0) AS releases,
    coalesce((SELECT n FROM counts WHERE name = 'postings'), 0) AS postings
"""


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """Whether a source's last crawl went well, and what is stored of it."""

    source: str
    enabled: bool
    is_off: bool  # a user switched it off
    ok: bool  # its last crawl went well
    last_run: RunSummary | None  # the last crawl, else the last import
    last_complete_at: datetime | None
    postings: int
    pending: int  # listed but not fetched yet


@dataclass(frozen=True, slots=True)
class DatabaseStatus:
    """The state of the whole database."""

    ok: bool  # every source is ok
    releases: int
    postings: int
    sources: tuple[SourceStatus, ...]  # by id
    refused: tuple[Refusal, ...] = ()  # hosts that refuse our requests, the longest refusal first


def read_status(
    store: Readable, enabled: Collection[str] = (), others: Collection[str] = ()
) -> DatabaseStatus:
    """Return the status of the enabled sources, of all that were ever crawled, and of `others`.

    A source is ok if its last crawl was without failures or is still running, if there was none, or if the
    user switched it off.
    """
    last = find_last_runs(store)
    ids = json.dumps(sorted({*enabled, *last, *others}))
    sources = tuple(
        SourceStatus(
            source=row["id"],
            enabled=row["id"] in enabled,
            is_off=bool(row["switched_off"]),
            ok=bool(row["switched_off"]) or _is_run_ok(last.get(row["id"])),
            last_run=last.get(row["id"]),
            last_complete_at=parse_optional_timestamp(row["last_complete_at"]),
            postings=row["postings"],
            pending=row["pending"],
        )
        for row in query_rows(store, SOURCES, {"ids": ids})
    )
    counts = query_rows(store, COUNTS)[0]
    ok = all(one.ok for one in sources)
    with explain_errors(store.path):
        refused = refusals.list_refusals(store.db)
    return DatabaseStatus(ok, counts["releases"], counts["postings"], sources, refused)


def _is_run_ok(run: RunSummary | None) -> bool:
    return run is None or ((run.state.is_success or run.state is RunState.RUNNING) and not run.failures)
