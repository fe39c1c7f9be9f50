"""Releases that refused us or failed lately: read from the tables `looks` and `runs`."""

import json
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from storage.db import timestamps
from storage.models import Verdict

FAILING: Final = frozenset({Verdict.BLOCKED, Verdict.SERVER_ERROR})  # 401, 403 and 5xx


def count_failing_postings(db: Database, source_id: str, since: datetime) -> tuple[int, int]:
    """Return how many postings of a source were looked at since an instant, and how many of them fail.

    Those that were read again after they failed do not count: a host that was down for a night is no wall.
    """
    row = db.execute(COUNT, {"source": source_id, "since": timestamps.format_timestamp(since)}).fetchone()
    return int(row[0] or 0), int(row[1] or 0)


COUNT: Final = """WITH failed AS (SELECT x.posting_id, max(l.last_at) AS looked_at,
        max(l.last_at) FILTER (WHERE l.outcome IN ('blocked', 'server_error')) AS failed_at,
        max(l.last_at) FILTER (WHERE l.outcome = 'live') AS live_at
    FROM posting_sources x JOIN looks l ON l.posting_id = x.posting_id
    WHERE x.source_id = :source AND l.role = 'article' AND l.last_at >= :since GROUP BY x.posting_id)
    SELECT count(*), count(*) FILTER (WHERE failed_at > coalesce(live_at, '')) FROM failed"""


def list_failures_by_run(db: Database, source_id: str, before_run_id: int, since: datetime) -> list[int]:
    """Return how many answers failed in each crawl of a source since an instant, the earliest first.

    Crawls that looked at nothing are left out, and so are those from a given one on.
    """
    rows = db.execute(RUNS, [source_id, before_run_id, timestamps.format_timestamp(since)])
    counts = (json.loads(row[0]) for row in rows)
    return [sum(one.get(str(verdict), 0) for verdict in FAILING) for one in counts if one]


RUNS: Final = """SELECT verdicts FROM runs WHERE source_id = ? AND id < ? AND started_at >= ?
    AND kind <> 'import' AND state <> 'running' ORDER BY id"""
