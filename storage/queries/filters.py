"""Filters for releases and events, and the reading of what they select in batches."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from storage.db.reading import Readable, query_rows
from storage.db.rows import Row
from storage.models import HIDDEN_EVENTS, EventKind

BATCH: Final = 200  # rows with their texts in memory at once


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events or releases to list; None means any."""

    source: str | None = None
    sources: tuple[str, ...] | None = None  # any of these newsrooms
    kind: EventKind | None = None
    since: date | None = None  # inclusive
    until: date | None = None  # inclusive
    release: int | None = None
    limit: int | None = None  # at most so many, the newest
    hidden: bool = False  # also the events that people are not shown
    after: int | None = None  # events with a larger number
    up_to: int | None = None  # and with this number or a smaller one


EVERYTHING: Final = Filter()


def iterate_rows(store: Readable, ids_sql: str, sql: str, wanted: Filter) -> Iterator[Row]:
    """Yield the rows that `sql` returns for the ids that `ids_sql` selects, the last selected first.

    Rows are read in batches, so that no statement stays open while the caller works on a row.
    """
    yield from iterate_chosen_rows(
        store, [row["id"] for row in query_rows(store, ids_sql, _make_parameters(wanted))][::-1], sql
    )


def iterate_chosen_rows(store: Readable, ids: Sequence[int], sql: str) -> Iterator[Row]:
    """Yield the rows that `sql` returns for these ids, in their order; read in batches."""
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        rows = {row["id"]: row for row in query_rows(store, sql, {"ids": json.dumps(batch)})}
        yield from (rows[one] for one in batch if one in rows)


def list_conditions(conditions: Mapping[str, str], wanted: Filter) -> list[str]:
    """Return the conditions, given by field of the filter, of the fields that have a value."""
    return [text for name, text in conditions.items() if getattr(wanted, name) is not None]


def _make_parameters(wanted: Filter) -> dict[str, object]:
    return {
        "source": wanted.source,
        "sources": json.dumps(wanted.sources),
        "kind": wanted.kind and wanted.kind.value,
        "since": wanted.since and wanted.since.isoformat(),
        "until": wanted.until and wanted.until.isoformat(),
        "release": wanted.release,
        "limit": -1 if wanted.limit is None else wanted.limit,
        "hidden": wanted.hidden,
        "after": wanted.after,
        "up_to": wanted.up_to,
        "hidden_kinds": json.dumps(sorted(HIDDEN_EVENTS)),
    }
