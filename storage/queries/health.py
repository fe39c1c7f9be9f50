"""The facts that newsroom health is judged by: looks at lists, runs, and what was posted and read when.

Plain records; crawler.health judges them. All newsrooms are read with one query a fact.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, TypeVar

from storage.db import timestamps
from storage.db.reading import Readable, query_rows
from storage.db.rows import Row
from storage.models import RunState

T = TypeVar("T")

WINDOW: Final = timedelta(days=400)  # a year, with a margin for quiet weeks at its ends
VERDICT_WINDOW: Final = timedelta(days=7)
RECENT_RUNS: Final = 8
NEWEST: Final = 500  # readings, at most


@dataclass(frozen=True, slots=True)
class ListSpan:
    """Equal looks at a feed or at a page of a listing, in a row."""

    role: str
    url: str
    outcome: str  # a verdict
    reason: str
    first_at: datetime
    last_at: datetime
    looks: int
    is_empty: bool = False  # it had no entries


@dataclass(frozen=True, slots=True)
class FirstReading:
    """A release as it was when we first read it."""

    appeared_at: datetime  # as far as known: when first seen, or earlier if its page or feed says so
    first_seen_at: datetime
    is_published: bool  # an earlier complete look did not have it: it was new when first seen
    filled: frozenset[str]  # names of the fields that were not empty
    body_characters: int
    confidence: str


@dataclass(frozen=True, slots=True)
class RecentRun:
    """One of the last crawls."""

    state: RunState
    started_at: datetime
    failures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListProgress:
    """How one list of a newsroom keeps up with the other one."""

    role: str
    new_at: datetime  # when it last had a new entry
    shared: int  # releases on both lists
    unshared: int  # releases on the other list alone, up to then
    missed: int  # newer releases on the other list alone


@dataclass(frozen=True, slots=True)
class NewsroomFacts:
    """What the database has on one newsroom."""

    source: str
    lists: tuple[ListSpan, ...] = ()  # in the order of their first looks
    readings: tuple[FirstReading, ...] = ()  # of the newest releases, in the order in which they appeared
    runs: tuple[RecentRun, ...] = ()  # newest first
    verdicts: Mapping[str, int] | None = None  # of the last seven days
    list_progress: tuple[ListProgress, ...] = ()
    unread: int = 0  # releases that are listed but could not be fetched or read
    unread_since: datetime | None = None  # when the first of them was listed
    quarantined_at: datetime | None = None
    quarantine: str = ""
    mass_absent_at: datetime | None = None
    mass_absence: str = ""
    enabled_at: datetime | None = None  # when a user switched it on


# The condition must match that of the index `looks_lists` word for word.
LISTS: Final = """SELECT source_id, role, url, outcome, reason, first_at, last_at, looks, is_empty_list
    FROM looks
    WHERE role IN ('feed', 'listing') AND source_id IN (SELECT value FROM json_each(:ids))
        AND last_at >= :since
    ORDER BY first_at"""
# The newest by either index; what was published appeared when it was first seen, whatever its day.
READINGS: Final = """
WITH newest AS (SELECT k.value AS source_id, x.posting_id FROM json_each(:ids) k JOIN posting_sources x
        ON x.source_id = k.value AND x.appeared_at >= coalesce((SELECT appeared_at FROM posting_sources
            WHERE source_id = k.value ORDER BY appeared_at DESC LIMIT 1 OFFSET :newest), '')
    UNION SELECT k.value, e.posting_id FROM json_each(:ids) k JOIN events e
        ON e.source_id = k.value AND e.kind = 'published' AND e.at >= coalesce((SELECT at FROM events
            WHERE source_id = k.value AND kind = 'published' ORDER BY at DESC LIMIT 1 OFFSET :newest), '')
        JOIN posting_sources x ON x.posting_id = e.posting_id AND x.source_id = k.value)
SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY source_id ORDER BY appeared_at DESC) AS place
    FROM (SELECT source_id, iif(new, first_seen_at, min(first_seen_at, known_at)) AS appeared_at,
            first_seen_at AS met_at, new, filled_fields, body_characters, confidence
        FROM (SELECT n.source_id, p.first_seen_at, r.filled_fields, r.body_characters, r.confidence,
                coalesce(p.published_at, p.published_on || 'T12:00:00.000000Z', p.first_seen_at) AS known_at,
                EXISTS (SELECT 1 FROM events e WHERE e.posting_id = p.id AND e.kind = 'published') AS new
            FROM newest n JOIN postings p ON p.id = n.posting_id
            JOIN field_coverage r ON r.posting_id = p.id)))
WHERE place <= :newest ORDER BY appeared_at"""
RUNS: Final = """SELECT r.source_id, r.state, r.started_at, r.failures
    FROM json_each(:ids) k JOIN runs r ON r.id IN (
        SELECT id FROM runs WHERE source_id = k.value AND kind <> 'import' AND state <> 'running'
        ORDER BY id DESC LIMIT :most)
    ORDER BY r.id DESC"""
VERDICTS: Final = """SELECT r.source_id, r.verdicts, count(*) AS runs
    FROM json_each(:ids) k JOIN runs r ON r.source_id = k.value AND r.started_at >= :since GROUP BY 1, 2"""
# Feed and listing are fetched one after the other: which has an entry first within an hour means nothing.
# A back-fill finds old releases later; only those dated from then on count as missed.
LIST_PROGRESS: Final = """
WITH newest AS (SELECT k.value AS source_id, r.value AS role, (SELECT max(first_at) FROM listed_articles
            WHERE source_id = k.value AND role = r.value) AS at
        FROM json_each(:ids) k, json_each('["feed", "listing"]') r),
    apart AS (SELECT source_id FROM newest GROUP BY 1
        HAVING max(at) > strftime('%Y-%m-%d', min(at), '+1 day')),
    named AS (SELECT source_id, role, site, key, min(first_at) AS at, max(published_on) AS day
        FROM listed_articles
        WHERE source_id IN apart AND role IN ('feed', 'listing') AND first_at >= :since GROUP BY 1, 2, 3, 4),
    latest AS (SELECT source_id, role, max(at) AS at,
            strftime('%Y-%m-%dT%H:%M:%fZ', max(at), '+1 hours') AS after FROM named GROUP BY 1, 2)
SELECT l.source_id, l.role, l.at AS new_at, sum(m.key IS NOT NULL) AS shared,
    sum(o.at <= l.after AND m.key IS NULL) AS unshared,
    sum(o.at > l.after AND m.key IS NULL AND substr(l.at, 1, 10) <= coalesce(o.day,
        (SELECT p.published_on FROM postings p WHERE p.site = o.site AND p.key = o.key))) AS missed
FROM latest l JOIN named o ON o.source_id = l.source_id AND o.role <> l.role
LEFT JOIN named m ON m.source_id = l.source_id AND m.role = l.role AND m.site = o.site AND m.key = o.key
GROUP BY 1, 2"""
# A release that answers "not found" is given up in time; one that fails or cannot be read is tried again.
UNREAD: Final = """SELECT source_id, count(*) AS n, min(discovered_at) AS since_at FROM pending
    WHERE source_id IN (SELECT value FROM json_each(:ids)) AND tries > absent_looks GROUP BY 1"""
SUCCESSES: Final = """SELECT source_id, max(last_at) AS at FROM looks
    WHERE role IN ('feed', 'listing') AND source_id IS NOT NULL AND outcome = 'live' GROUP BY source_id"""
QUARANTINES: Final = """SELECT source_id, since_at, reason FROM quarantines
    WHERE source_id IN (SELECT value FROM json_each(:ids))"""
MASS_ABSENCES: Final = """SELECT source_id, since_at,
        absent || ' of ' || known || ' known releases are absent at once: ' || reason AS line
    FROM mass_absences WHERE source_id IN (SELECT value FROM json_each(:ids))"""
ENABLED: Final = """SELECT id AS source_id, changed_at FROM sources
    WHERE enabled AND id IN (SELECT value FROM json_each(:ids))"""


def read_newsroom_facts(store: Readable, ids: Iterable[str], now: datetime) -> dict[str, NewsroomFacts]:
    """Return the facts of newsrooms by id, in the order of `ids`."""
    wanted = list(dict.fromkeys(ids))
    values = {"ids": json.dumps(wanted), "most": RECENT_RUNS, "newest": NEWEST}

    def group_rows(sql: str, make: Callable[[Row], T], since: datetime = now - WINDOW) -> dict[str, list[T]]:
        found = defaultdict(list)
        for row in query_rows(store, sql, values | {"since": timestamps.format_timestamp(since)}):
            found[row["source_id"]].append(make(row))
        return found

    lists, readings = group_rows(LISTS, _to_list_span), group_rows(READINGS, _to_first_reading)
    runs, progress = group_rows(RUNS, _to_recent_run), group_rows(LIST_PROGRESS, _to_list_progress)
    verdicts = group_rows(VERDICTS, lambda row: (row["verdicts"], row["runs"]), now - VERDICT_WINDOW)
    quarantines = group_rows(
        QUARANTINES, lambda row: (timestamps.parse_timestamp(row["since_at"]), row["reason"])
    )
    masses = group_rows(MASS_ABSENCES, lambda row: (timestamps.parse_timestamp(row["since_at"]), row["line"]))
    unread = group_rows(UNREAD, lambda row: (row["n"], timestamps.parse_timestamp(row["since_at"])))
    enabled = group_rows(ENABLED, lambda row: timestamps.parse_timestamp(row["changed_at"]))
    return {
        one: NewsroomFacts(
            source=one,
            lists=tuple(lists.get(one, ())),
            readings=_select_last_year(readings.get(one, [])),
            runs=tuple(runs.get(one, ())),
            verdicts=_sum_verdicts(verdicts.get(one, ())),
            list_progress=tuple(progress.get(one, ())),
            unread=unread[one][0][0] if one in unread else 0,
            unread_since=unread[one][0][1] if one in unread else None,
            quarantined_at=quarantines[one][0][0] if one in quarantines else None,
            quarantine=quarantines[one][0][1] if one in quarantines else "",
            mass_absent_at=masses[one][0][0] if one in masses else None,
            mass_absence=masses[one][0][1] if one in masses else "",
            enabled_at=enabled[one][0] if one in enabled else None,
        )
        for one in wanted
    }


def _sum_verdicts(counts: Iterable[tuple[str, int]]) -> Mapping[str, int]:
    """Return the sum of the verdicts that runs counted, the most frequent first.

    Each item is the JSON of a run's counts, and how many runs have exactly these.
    """
    total: Counter[str] = Counter()
    for verdicts, runs in counts:
        for verdict, looks in json.loads(verdicts).items():
            total[verdict] += looks * runs
    return dict(total.most_common())


def find_last_successes(store: Readable) -> dict[str, datetime]:
    """Return when a feed or listing of each newsroom was last read, by id."""
    return {row["source_id"]: timestamps.parse_timestamp(row["at"]) for row in query_rows(store, SUCCESSES)}


def _select_last_year(readings: list[FirstReading]) -> tuple[FirstReading, ...]:
    """Return the readings within WINDOW before the last one, so that a dead newsroom keeps its figures."""
    since = readings[-1].appeared_at - WINDOW if readings else None
    return tuple(one for one in readings if since and one.appeared_at >= since)


def _to_list_span(row: Row) -> ListSpan:
    return ListSpan(
        role=row["role"],
        url=row["url"],
        outcome=row["outcome"],
        reason=row["reason"],
        first_at=timestamps.parse_timestamp(row["first_at"]),
        last_at=timestamps.parse_timestamp(row["last_at"]),
        looks=row["looks"],
        is_empty=bool(row["is_empty_list"]),
    )


def _to_first_reading(row: Row) -> FirstReading:
    return FirstReading(
        appeared_at=timestamps.parse_timestamp(row["appeared_at"]),
        first_seen_at=timestamps.parse_timestamp(row["met_at"]),
        is_published=bool(row["new"]),
        filled=_split_field_names(row["filled_fields"]),
        body_characters=row["body_characters"],
        confidence=row["confidence"],
    )


@lru_cache(maxsize=1024)
def _split_field_names(filled: str) -> frozenset[str]:
    """Return the field names in a text; cached, because most releases have the same ones."""
    return frozenset(filled.split())


def _to_recent_run(row: Row) -> RecentRun:
    return RecentRun(
        RunState(row["state"]),
        timestamps.parse_timestamp(row["started_at"]),
        tuple(json.loads(row["failures"])),
    )


def _to_list_progress(row: Row) -> ListProgress:
    new_at = timestamps.parse_timestamp(row["new_at"])
    return ListProgress(row["role"], new_at, row["shared"], row["unshared"], row["missed"] or 0)
