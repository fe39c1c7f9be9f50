"""The questions people ask of a database: what is in it, what happened, how the newsrooms fare.

Everything here only reads, in short statements of their own, so that it works beside a crawl that writes.
"""

import json
from collections.abc import Collection, Iterator
from typing import Final

from storage.db.errors import explain_errors
from storage.db.processes import read_boot_id, is_process_dead
from storage.db.reading import Readable, Row, query_rows
from storage.db.timestamps import parse_stored_day, parse_timestamp, parse_optional_timestamp
from storage.diff.changes import LIST_FIELDS, TEXT_FIELDS
from storage.models import HIDDEN_EVENTS, Change, Event, EventKind, Image, Link, RunState
from storage.queries.results import (
    Filter,
    History,
    SearchHit,
    Posting,
    Release,
    Revision,
    RunSummary,
    SourceStatus,
    DatabaseStatus,
)
from storage.queries.search import search
from storage.tables import refusals

__all__ = [
    "Filter",
    "History",
    "SearchHit",
    "Posting",
    "Release",
    "Revision",
    "RunSummary",
    "SourceStatus",
    "DatabaseStatus",
    "events",
    "named",
    "release",
    "releases",
    "runs",
    "search",
    "status",
]

EVERYTHING: Final = Filter()
BATCH: Final = 200  # rows with their texts in memory at once

RELEASES: Final = """
SELECT r.id, v.title, v.subtitle, v.published_on, v.published_raw, p.published_at, v.byline, v.organization,
    v.dateline, v.section, v.body, v.tags, v.images, v.links, p.url, p.site, p.number, p.state,
    r.first_seen_at, r.content_hash, (
        SELECT kind FROM events WHERE release_id = r.id AND kind IN ('found', 'published')
        ORDER BY id LIMIT 1) AS kind,
    (SELECT json_group_array(source_id) FROM (
        SELECT DISTINCT x.source_id FROM posting_sources x JOIN postings c ON c.id = x.posting_id
        WHERE c.release_id = r.id ORDER BY x.source_id)) AS sources,
    (SELECT json_group_array(url) FROM (
        SELECT url FROM postings WHERE release_id = r.id ORDER BY id)) AS copies
FROM releases r JOIN postings p ON p.id = r.posting_id JOIN revisions v ON v.id = r.revision_id
WHERE r.id IN (SELECT value FROM json_each(:ids))
"""
RELEASE_IDS: Final = """
SELECT r.id FROM releases r WHERE r.revision_id IS NOT NULL
    AND (:release IS NULL OR r.id = :release)
    AND (:since IS NULL OR r.published_on >= :since) AND (:until IS NULL OR r.published_on <= :until)
    AND (:kind IS NULL OR EXISTS (SELECT 1 FROM events e WHERE e.release_id = r.id AND e.kind = :kind))
    AND (:source IS NULL OR EXISTS (
        SELECT 1 FROM postings p CROSS JOIN posting_sources x ON x.posting_id = p.id  -- in this order
        WHERE p.release_id = r.id AND x.source_id = :source))
ORDER BY r.published_on DESC NULLS LAST, r.id DESC LIMIT :limit
"""
EVENTS: Final = """
SELECT e.id, e.kind, e.at, e.source_id, coalesce(e.url, p.url) AS posting, e.release_id, e.title,
    e.last_before_at, e.first_after_at, e.detail,
    (SELECT json_group_array(json_array(field, before, after)) FROM (
        SELECT field, before, after FROM changes WHERE event_id = e.id)) AS changes
FROM events e LEFT JOIN postings p ON p.id = e.posting_id WHERE e.id IN (SELECT value FROM json_each(:ids))
"""
EVENT_IDS: Final = """
SELECT e.id FROM events e WHERE (:release IS NULL OR e.release_id = :release)
    AND (:since IS NULL OR e.at >= :since) AND (:until IS NULL OR substr(e.at, 1, 10) <= :until)
    AND (:kind IS NULL OR e.kind = :kind) AND (:source IS NULL OR e.source_id = :source)
    AND (:hidden OR e.kind NOT IN (SELECT value FROM json_each(:hidden_kinds)))
ORDER BY e.id DESC LIMIT :limit
"""
POSTINGS: Final = """
SELECT p.*, (SELECT json_group_array(source_id) FROM (
        SELECT source_id FROM posting_sources WHERE posting_id = p.id ORDER BY source_id)) AS sources,
    (SELECT json_group_array(url) FROM (
        SELECT url FROM addresses WHERE posting_id = p.id ORDER BY first_at, url)) AS addresses
FROM postings p WHERE p.release_id = ? ORDER BY p.id
"""
REVISIONS: Final = """
SELECT v.*, p.url AS posting, c.warc_file || ':' || c.offset AS capture
FROM revisions v JOIN postings p ON p.id = v.posting_id LEFT JOIN captures c ON c.id = v.capture_id
WHERE p.release_id = ? ORDER BY p.id, v.observed_at, v.seq
"""
SAME_TEXT: Final = """
SELECT second_id AS id FROM same_text WHERE first_id = :id UNION
SELECT first_id FROM same_text WHERE second_id = :id ORDER BY 1
"""
NAMED: Final = """
SELECT release_id AS id FROM postings WHERE url = :text OR number = :text UNION
SELECT p.release_id FROM addresses a JOIN postings p ON p.id = a.posting_id WHERE a.url = :text ORDER BY 1
"""
RUNS: Final = """
SELECT * FROM runs WHERE (:source IS NULL OR source_id = :source) ORDER BY id DESC LIMIT :limit
"""
LAST_RUNS: Final = """
SELECT r.* FROM (SELECT DISTINCT source_id FROM runs) s JOIN runs r ON r.id = coalesce(
    (SELECT id FROM runs WHERE source_id = s.source_id AND kind <> 'import' ORDER BY id DESC LIMIT 1),
    (SELECT max(id) FROM runs WHERE source_id = s.source_id))
"""
TALLIES: Final = """
SELECT id, s.last_complete_at, (SELECT count(*) FROM posting_sources WHERE source_id = id) AS postings,
    (SELECT count(*) FROM pending WHERE source_id = id) AS pending,
    (SELECT enabled = 0 FROM sources x WHERE x.id = known.id) AS switched_off
FROM (SELECT value AS id FROM json_each(:ids)) AS known LEFT JOIN source_progress s ON s.source_id = id
"""

COUNTS: Final = """
SELECT (SELECT count(*) FROM releases) AS releases, (SELECT count(*) FROM postings) AS postings
"""


def releases(store: Readable, wanted: Filter = EVERYTHING) -> Iterator[Release]:
    """Yield releases by printed day, undated ones first; `since` and `until` are about that day."""
    for row in _rows(store, RELEASE_IDS, RELEASES, wanted):
        yield _release(row)


def events(store: Readable, wanted: Filter = EVERYTHING) -> Iterator[Event]:
    """Yield the ledger, oldest first; `since` and `until` are about the day (UTC) on which we noticed."""
    for row in _rows(store, EVENT_IDS, EVENTS, wanted):
        yield _event(row)


def release(store: Readable, number: int) -> History | None:
    """Return a release with its postings, revisions and events; None where there is none of this number."""
    for found in releases(store, Filter(release=number)):
        return History(
            release=found,
            postings=tuple(_posting(row) for row in query_rows(store, POSTINGS, [number])),
            revisions=tuple(_revision(row) for row in query_rows(store, REVISIONS, [number])),
            events=tuple(events(store, Filter(release=number))),
            same_text=tuple(row["id"] for row in query_rows(store, SAME_TEXT, {"id": number})),
        )
    return None


def named(store: Readable, text: str) -> list[int]:
    """Return the releases that a text names: `r12` or `12`, else an article number or a canonical address."""
    digits = text.removeprefix("r")
    if digits.isascii() and digits.isdigit() and len(digits) < 19:
        found = [row["id"] for row in query_rows(store, "SELECT id FROM releases WHERE id = ?", [int(digits)])]
        if found or digits != text:
            return found
    return [row["id"] for row in query_rows(store, NAMED, {"text": text})]


def runs(store: Readable, source: str | None = None, limit: int = 20) -> list[RunSummary]:
    """Return crawls and imports, the newest first."""
    return [_run(row) for row in query_rows(store, RUNS, {"source": source, "limit": limit})]


def status(store: Readable, enabled: Collection[str] = (), others: Collection[str] = ()) -> DatabaseStatus:
    """Return how the enabled sources and all that ever ran fare, and others that are asked for.

    A source is ok when its last crawl was (one still running is, and none at all) or when the user switched
    it off.
    """
    last = {row["source_id"]: _run(row) for row in query_rows(store, LAST_RUNS)}
    ids = json.dumps(sorted({*enabled, *last, *others}))
    sources = tuple(
        SourceStatus(
            source=row["id"],
            enabled=row["id"] in enabled,
            is_off=bool(row["switched_off"]),
            ok=bool(row["switched_off"]) or _went_well(last.get(row["id"])),
            last_run=last.get(row["id"]),
            last_complete_at=parse_optional_timestamp(row["last_complete_at"]),
            postings=row["postings"],
            pending=row["pending"],
        )
        for row in query_rows(store, TALLIES, {"ids": ids})
    )
    counts = query_rows(store, COUNTS)[0]
    ok = all(one.ok for one in sources)
    with explain_errors(store.path):
        refused = refusals.list_refusals(store.db)
    return DatabaseStatus(ok, counts["releases"], counts["postings"], sources, refused)


def _went_well(run: RunSummary | None) -> bool:
    return run is None or ((run.state.is_success or run.state is RunState.RUNNING) and not run.failures)


def _rows(store: Readable, ids_sql: str, sql: str, wanted: Filter) -> Iterator[Row]:
    """Yield the rows of the wanted ids in batches: no statement stays open while somebody reads on."""
    ids = [row["id"] for row in query_rows(store, ids_sql, _parameters(wanted))][::-1]
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        rows = {row["id"]: row for row in query_rows(store, sql, {"ids": json.dumps(batch)})}
        yield from (rows[one] for one in batch if one in rows)


def _parameters(wanted: Filter) -> dict[str, object]:
    return {
        "source": wanted.source,
        "kind": wanted.kind and wanted.kind.value,
        "since": wanted.since and wanted.since.isoformat(),
        "until": wanted.until and wanted.until.isoformat(),
        "release": wanted.release,
        "limit": -1 if wanted.limit is None else wanted.limit,
        "hidden": wanted.hidden,
        "hidden_kinds": json.dumps(sorted(HIDDEN_EVENTS)),
    }


def _release(row: Row) -> Release:
    return Release(
        id=row["id"],
        title=row["title"],
        subtitle=row["subtitle"],
        published_on=parse_stored_day(row["published_on"]),
        published_raw=row["published_raw"],
        published_at=parse_optional_timestamp(row["published_at"]),
        byline=row["byline"],
        organization=row["organization"],
        dateline=row["dateline"],
        section=row["section"],
        body=row["body"],
        tags=tuple(json.loads(row["tags"])),
        images=tuple(Image(**one) for one in json.loads(row["images"])),
        links=tuple(Link(**one) for one in json.loads(row["links"])),
        url=row["url"],
        site=row["site"],
        number=row["number"],
        state=row["state"],
        kind=EventKind(row["kind"] or EventKind.FOUND),
        first_seen_at=parse_timestamp(row["first_seen_at"]),
        content_hash=row["content_hash"],
        sources=tuple(json.loads(row["sources"])),
        copies=tuple(json.loads(row["copies"])),
    )


def _event(row: Row) -> Event:
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
        changes=tuple(sorted((_change(*one) for one in json.loads(row["changes"])), key=_place)),
        detail=json.loads(row["detail"]),
    )


def _place(change: Change) -> int:
    """Return where a field stands on a page: the title first."""
    fields = (*TEXT_FIELDS, *LIST_FIELDS)
    return fields.index(change.field) if change.field in fields else len(fields)


def _change(field: str, before: str | None, after: str | None) -> Change:
    if field not in LIST_FIELDS:
        return Change(field, before, after)
    return Change(field, *(None if value is None else json.loads(value) for value in (before, after)))


def _posting(row: Row) -> Posting:
    return Posting(
        id=row["id"],
        url=row["url"],
        site=row["site"],
        number=row["number"],
        title=row["title"],
        state=row["state"],
        since_at=parse_timestamp(row["since_at"]),
        first_seen_at=parse_timestamp(row["first_seen_at"]),
        last_seen_at=parse_timestamp(row["last_seen_at"]),
        sources=tuple(json.loads(row["sources"])),
        addresses=tuple(json.loads(row["addresses"])),
    )


def _revision(row: Row) -> Revision:
    return Revision(
        id=row["id"],
        posting=row["posting"],
        seq=row["seq"],
        observed_at=parse_timestamp(row["observed_at"]),
        title=row["title"],
        content_hash=row["content_hash"],
        parser=row["parser"],
        confidence=row["confidence"],
        capture=row["capture"],
    )


def _is_over(row: Row) -> bool:
    """Tell whether the process of a run is gone; another boot id is an earlier start of this machine."""
    return is_process_dead(row["pid"], row["boot_id"]) or row["boot_id"] not in (None, read_boot_id())


def _run(row: Row) -> RunSummary:
    state = RunState(row["state"])
    return RunSummary(
        id=row["id"],
        source=row["source_id"],
        kind=row["kind"],
        state=RunState.INTERRUPTED if state is RunState.RUNNING and _is_over(row) else state,
        started_at=parse_timestamp(row["started_at"]),
        finished_at=parse_optional_timestamp(row["finished_at"]),
        complete=bool(row["complete"]),
        found=row["found"],
        published=row["published"],
        edited=row["edited"],
        requests=row["requests"],
        failures=tuple(json.loads(row["failures"])),
    )
