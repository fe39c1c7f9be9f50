"""Totals over all runs and events, for metrics; run days whose single runs are gone count too."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from storage.db.reading import Readable, query_rows

WORK: Final = """SELECT sum(runs) AS runs, sum(requests) AS requests FROM (
    SELECT count(*) AS runs, sum(requests) AS requests FROM runs
        WHERE kind <> 'import' AND state <> 'running'
    UNION ALL SELECT sum(runs), sum(requests) FROM run_days)"""
LOOKS: Final = """SELECT v.key AS name, sum(v.value) AS n FROM (
    SELECT verdicts FROM runs WHERE verdicts <> '{}' UNION ALL SELECT verdicts FROM run_days) r,
    json_each(r.verdicts) v GROUP BY 1"""
EVENTS: Final = """SELECT substr(name, length('kind:') + 1) AS name, n FROM counts
    WHERE name >= 'kind:' AND name < 'kind;'"""  # ; follows :


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts of runs, requests, looks and events so far."""

    runs: int = 0
    requests: int = 0
    looks: Mapping[str, int] = field(default_factory=dict)  # by verdict, robots.txt included
    events: Mapping[str, int] = field(default_factory=dict)  # by kind


def read_totals(store: Readable) -> Totals:
    """Return the totals so far."""
    (work,) = query_rows(store, WORK)
    return Totals(
        work["runs"] or 0, work["requests"] or 0, _read_counts(store, LOOKS), _read_counts(store, EVENTS)
    )


def add_totals(before: Totals, more: Totals) -> Totals:
    """Return the sum of two totals."""
    return Totals(
        before.runs + more.runs,
        before.requests + more.requests,
        Counter(before.looks) + Counter(more.looks),
        Counter(before.events) + Counter(more.events),
    )


def _read_counts(store: Readable, sql: str) -> Mapping[str, int]:
    return {row["name"]: row["n"] for row in query_rows(store, sql)}
