"""What is known of how newsrooms fare: looks at their lists, runs, what was posted when, what was read of it.

Plain records; what they mean is judged elsewhere. All sources that are asked for are read at once.
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

WINDOW: Final = timedelta(days=400)  # a year, and what surrounds a year's end
MIX: Final = timedelta(days=7)
RECENT_RUNS: Final = 8
NEWEST: Final = 500  # readings, at most


@dataclass(frozen=True, slots=True)
class ListSpan:
    """Equal looks at a feed or at a page of a listing, one after another."""

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

    appeared_at: datetime  # as far as known: when it was met, or before that what its page or feed says
    met_at: datetime
    is_published: bool  # an earlier complete look did not have it: when it was met it was new
    filled: frozenset[str]  # fields that were there
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
    new_at: datetime  # when it last named something for the first time
    shared: int  # releases of the other list that it named too
    unshared: int  # releases that only the other list named, up to then
    missed: int  # releases that are newer than that, and only the other list named


@dataclass(frozen=True, slots=True)
class NewsroomFacts:
    """What is known of one newsroom."""

    source: str
    lists: tuple[ListSpan, ...] = ()  # by the first look of each
    readings: tuple[FirstReading, ...] = ()  # the newest, by when they appeared
    runs: tuple[RecentRun, ...] = ()  # the newest first
    verdicts: Mapping[str, int] | None = None  # of the last seven days
    list_progress: tuple[ListProgress, ...] = ()
    unread: int = 0  # releases that are announced and did not come when they were asked for
    unread_since: datetime | None = None  # when the first of them was announced
    quarantined_at: datetime | None = None
    quarantine: str = ""
    switched_at: datetime | None = None  # when a user switched it on


# As the index `looks_lists` says it, word for word.
LISTS: Final = """SELECT source_id, role, url, outcome, reason, first_at, last_at, looks, is_empty_list
    FROM looks
    WHERE role IN ('feed', 'listing') AND source_id IN (SELECT value FROM json_each(:ids))
        AND last_at >= :since
    ORDER BY first_at"""
READINGS: Final = """
SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY source_id ORDER BY appeared_at DESC) AS place
    FROM (SELECT source_id, iif(new, first_seen_at, min(first_seen_at, known_at)) AS appeared_at,
            first_seen_at AS met_at, new, filled_fields, body_characters, confidence
        FROM (SELECT x.source_id, p.first_seen_at, r.filled_fields, r.body_characters, r.confidence,
                coalesce(p.published_at, p.published_on || 'T12:00:00.000000Z', p.first_seen_at) AS known_at,
                EXISTS (SELECT 1 FROM events e WHERE e.posting_id = p.id AND e.kind = 'published') AS new
            FROM posting_sources x JOIN postings p ON p.id = x.posting_id
            JOIN field_coverage r ON r.posting_id = p.id
            WHERE x.source_id IN (SELECT value FROM json_each(:ids)))))
WHERE place <= :newest ORDER BY appeared_at"""
RUNS: Final = """SELECT r.source_id, r.state, r.started_at, r.failures
    FROM json_each(:ids) k JOIN runs r ON r.id IN (
        SELECT id FROM runs WHERE source_id = k.value AND kind <> 'import' AND state <> 'running'
        ORDER BY id DESC LIMIT :most)
    ORDER BY r.id DESC"""
VERDICTS: Final = """SELECT r.source_id, r.verdicts, count(*) AS runs
    FROM json_each(:ids) k JOIN runs r ON r.source_id = k.value AND r.started_at >= :since GROUP BY 1, 2"""
# Feed and listing are looked at one after the other: what one of them has first within an hour says nothing.
# A back-fill names old releases later; only days from then on are missed.
NAMINGS: Final = """
WITH newest AS (SELECT source_id, role, max(first_at) AS at FROM listed_articles
        WHERE source_id IN (SELECT value FROM json_each(:ids)) GROUP BY 1, 2),
    apart AS (SELECT source_id FROM newest GROUP BY 1
        HAVING max(at) > strftime('%Y-%m-%d', min(at), '+1 day')),
    named AS (SELECT source_id, role, site, key, min(first_at) AS at, max(published_on) AS day FROM listed_articles
        WHERE source_id IN apart AND first_at >= :since GROUP BY 1, 2, 3, 4),
    latest AS (SELECT source_id, role, max(at) AS at,
            strftime('%Y-%m-%dT%H:%M:%fZ', max(at), '+1 hours') AS after FROM named GROUP BY 1, 2)
SELECT l.source_id, l.role, l.at AS new_at, sum(m.key IS NOT NULL) AS shared,
    sum(o.at <= l.after AND m.key IS NULL) AS unshared,
    sum(o.at > l.after AND m.key IS NULL AND substr(l.at, 1, 10) <= coalesce(o.day,
        (SELECT p.published_on FROM postings p WHERE p.site = o.site AND p.key = o.key))) AS missed
FROM latest l JOIN named o ON o.source_id = l.source_id AND o.role <> l.role
LEFT JOIN named m ON m.source_id = l.source_id AND m.role = l.role AND m.site = o.site AND m.key = o.key
GROUP BY 1, 2"""
# What answers "not here" is given up in time; what cannot be read, or does not answer, is asked for again.
UNREAD: Final = """SELECT source_id, count(*) AS n, min(discovered_at) AS since_at FROM pending
    WHERE source_id IN (SELECT value FROM json_each(:ids)) AND tries > absent_looks GROUP BY 1"""
SUCCESSES: Final = """SELECT source_id, max(last_at) AS at FROM looks
    WHERE role IN ('feed', 'listing') AND source_id IS NOT NULL AND outcome = 'live' GROUP BY source_id"""
QUARANTINES: Final = """SELECT source_id, since_at, reason FROM quarantines
    WHERE source_id IN (SELECT value FROM json_each(:ids))"""
SWITCHES: Final = """SELECT id AS source_id, changed_at FROM sources
    WHERE enabled AND id IN (SELECT value FROM json_each(:ids))"""


def read_newsroom_facts(store: Readable, ids: Iterable[str], now: datetime) -> dict[str, NewsroomFacts]:
    """Return what is known of newsrooms, by id, in the order in which they were asked for."""
    wanted = list(dict.fromkeys(ids))
    values = {"ids": json.dumps(wanted), "most": RECENT_RUNS, "newest": NEWEST}

    def grouped(sql: str, made: Callable[[Row], T], since: datetime = now - WINDOW) -> dict[str, list[T]]:
        found = defaultdict(list)
        for row in query_rows(store, sql, values | {"since": timestamps.format_timestamp(since)}):
            found[row["source_id"]].append(made(row))
        return found

    lists, readings = grouped(LISTS, _span), grouped(READINGS, _reading)
    runs, namings = grouped(RUNS, _run), grouped(NAMINGS, _naming)
    verdicts = grouped(VERDICTS, lambda row: (row["verdicts"], row["runs"]), now - MIX)
    held = grouped(QUARANTINES, lambda row: (timestamps.parse_timestamp(row["since_at"]), row["reason"]))
    unread = grouped(UNREAD, lambda row: (row["n"], timestamps.parse_timestamp(row["since_at"])))
    switched = grouped(SWITCHES, lambda row: timestamps.parse_timestamp(row["changed_at"]))
    return {
        one: NewsroomFacts(
            source=one,
            lists=tuple(lists.get(one, ())),
            readings=_lately(readings.get(one, [])),
            runs=tuple(runs.get(one, ())),
            verdicts=_mix(verdicts.get(one, ())),
            list_progress=tuple(namings.get(one, ())),
            unread=unread[one][0][0] if one in unread else 0,
            unread_since=unread[one][0][1] if one in unread else None,
            quarantined_at=held[one][0][0] if one in held else None,
            quarantine=held[one][0][1] if one in held else "",
            switched_at=switched[one][0] if one in switched else None,
        )
        for one in wanted
    }


def _mix(counts: Iterable[tuple[str, int]]) -> Mapping[str, int]:
    """Return the sum of what runs counted, the most frequent first; most runs of a newsroom count alike."""
    mix: Counter[str] = Counter()
    for verdicts, runs in counts:
        for verdict, looks in json.loads(verdicts).items():
            mix[verdict] += looks * runs
    return dict(mix.most_common())


def find_last_successes(store: Readable) -> dict[str, datetime]:
    """Return when a feed or listing of each newsroom was read last, by id."""
    return {row["source_id"]: timestamps.parse_timestamp(row["at"]) for row in query_rows(store, SUCCESSES)}


def _lately(readings: list[FirstReading]) -> tuple[FirstReading, ...]:
    """Return those of the year before the last one: a newsroom that has died is known by how it lived."""
    since = readings[-1].appeared_at - WINDOW if readings else None
    return tuple(one for one in readings if since and one.appeared_at >= since)


def _span(row: Row) -> ListSpan:
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


def _reading(row: Row) -> FirstReading:
    return FirstReading(
        appeared_at=timestamps.parse_timestamp(row["appeared_at"]),
        met_at=timestamps.parse_timestamp(row["met_at"]),
        is_published=bool(row["new"]),
        filled=_words(row["filled_fields"]),
        body_characters=row["body_characters"],
        confidence=row["confidence"],
    )


@lru_cache(maxsize=1024)
def _words(filled: str) -> frozenset[str]:
    """Return the fields that are named; most releases have the same ones."""
    return frozenset(filled.split())


def _run(row: Row) -> RecentRun:
    return RecentRun(RunState(row["state"]), timestamps.parse_timestamp(row["started_at"]), tuple(json.loads(row["failures"])))


def _naming(row: Row) -> ListProgress:
    new_at = timestamps.parse_timestamp(row["new_at"])
    return ListProgress(row["role"], new_at, row["shared"], row["unshared"], row["missed"] or 0)
