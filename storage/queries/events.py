"""Lists the events of the ledger."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from storage.db.reading import Readable, query_rows
from storage.db.rows import Row
from storage.db.timestamps import parse_optional_timestamp, parse_timestamp
from storage.diff.changes import LIST_FIELDS, TEXT_FIELDS
from storage.models import Change, Event, EventKind
from storage.queries.filters import EVERYTHING, Filter, iterate_chosen_rows, iterate_rows, list_conditions

EVENTS: Final = """
SELECT e.id, e.kind, e.at, e.source_id, coalesce(e.url, p.url) AS posting, e.release_id, e.title,
    e.last_before_at, e.first_after_at, e.detail, (SELECT m.detail FROM site_change_parts x
        JOIN events m ON m.id = x.site_change_id WHERE x.event_id = e.id) AS site_change,
    (SELECT json_group_array(event_id) FROM site_change_parts WHERE site_change_id = e.id) AS parts,
    (SELECT json_group_array(json_array(field, before, after)) FROM (
        SELECT field, before, after FROM told_changes WHERE event_id = e.id)) AS changes
FROM events e LEFT JOIN postings p ON p.id = e.posting_id WHERE e.id IN (SELECT value FROM json_each(:ids))
"""
# A filter that is not given is no part of the statement: `:kind IS NULL OR ...` would keep it off its index.
CONDITIONS: Final = {
    "release": "e.release_id = :release",
    "source": "e.source_id = :source",
    "sources": "e.source_id IN (SELECT value FROM json_each(:sources))",
    "kind": "e.kind = :kind",
    "since": "e.at >= :since",
    "until": "e.at < :until || 'T24'",
    "after": "e.id > :after",
    "up_to": "e.id <= :up_to",
}
SHOWN: Final = "e.kind NOT IN (SELECT value FROM json_each(:hidden_kinds))"
# A site's change is shown at each release that it hit.
SHOWN_OF_RELEASE: Final = f"({SHOWN} OR e.id IN (SELECT event_id FROM site_change_parts))"  # noqa: S608
LAST: Final = "SELECT max(id) AS id FROM events"
PARTS: Final = """SELECT e.id, e.url, e.release_id, e.title, c.field, c.before, c.after
    FROM events e LEFT JOIN told_changes c ON c.event_id = e.id
    WHERE e.id IN (SELECT value FROM json_each(?)) ORDER BY e.id"""


def list_events(store: Readable, wanted: Filter = EVERYTHING) -> Iterator[Event]:
    """Yield events, oldest first; `since` and `until` mean the day (UTC) on which we noticed.

    The detail of a `site_changed` has `releases`: each that it hit, with its words. Of one release, it is
    shown as the part that concerns that release.
    """
    rows = iterate_rows(store, make_ids_sql(wanted), EVENTS, wanted)
    yield from _read_events(store, rows, hidden=wanted.hidden)


def list_chosen_events(store: Readable, ids: Sequence[int]) -> Iterator[Event]:
    """Yield the events with these numbers, in their order, as people are shown them."""
    yield from _read_events(store, iterate_chosen_rows(store, ids, EVENTS), hidden=False)


def find_last_event(store: Readable) -> int:
    """Return the number of the newest event, hidden ones included; 0 where there is none."""
    (row,) = query_rows(store, LAST)
    return int(row["id"] or 0)


def _read_events(store: Readable, rows: Iterable[Row], *, hidden: bool) -> Iterator[Event]:
    for row in rows:
        event = _to_event(row)
        if event.kind is EventKind.SITE_CHANGED:
            yield replace(event, detail={**event.detail, "releases": _list_hit_releases(store, row["parts"])})
        elif row["site_change"] and not hidden:
            detail = {**json.loads(row["site_change"]), **event.detail}
            yield replace(event, kind=EventKind.SITE_CHANGED, detail=detail)
        else:
            yield event


def make_ids_sql(wanted: Filter) -> str:
    """Return the statement for the ids of the wanted events, the newest first."""
    conditions = list_conditions(CONDITIONS, wanted)
    if not wanted.hidden:
        conditions.append(SHOWN if wanted.release is None else SHOWN_OF_RELEASE)
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    newest = f"SELECT e.id FROM events e {where} ORDER BY e.at DESC, e.id DESC LIMIT :limit"  # noqa: S608
    return f"SELECT id FROM ({newest}) ORDER BY id DESC"  # noqa: S608  # our own text


def _list_hit_releases(store: Readable, parts: str) -> list[dict[str, object]]:
    """Return what a site's change was at each release, purged ones without their words."""
    found: dict[int, dict[str, object]] = {}
    changes: dict[int, list[Change]] = defaultdict(list)
    for row in query_rows(store, PARTS, [parts]):
        found[row["id"]] = {"posting": row["url"], "release": row["release_id"], "title": row["title"]}
        if row["field"] is not None:
            changes[row["id"]].append(_to_change(row["field"], row["before"], row["after"]))
    return [
        {
            **release,
            "changes": [
                {"field": one.field, "before": one.before, "after": one.after}
                for one in sorted(changes[event_id], key=_get_field_order)
            ],
        }
        for event_id, release in found.items()
    ]


def _to_event(row: Row) -> Event:
    return Event(
        id=row["id"],
        kind=EventKind(row["kind"]),
        at=parse_timestamp(row["at"]),
        source=row["source_id"],
        posting=row["posting"],
        release=row["release_id"],
        title=row["title"],
        last_before_at=parse_optional_timestamp(row["last_before_at"]),
        first_after_at=parse_optional_timestamp(row["first_after_at"]),
        changes=tuple(sorted((_to_change(*one) for one in json.loads(row["changes"])), key=_get_field_order)),
        detail=json.loads(row["detail"]),
    )


def _get_field_order(change: Change) -> int:
    """Return the sort key of a change: fields in the order of a page, the title first."""
    fields = (*TEXT_FIELDS, *LIST_FIELDS)
    return fields.index(change.field) if change.field in fields else len(fields)


def _to_change(field: str, before: str | None, after: str | None) -> Change:
    if field not in LIST_FIELDS:
        return Change(field, before, after)
    return Change(field, *(None if value is None else json.loads(value) for value in (before, after)))
