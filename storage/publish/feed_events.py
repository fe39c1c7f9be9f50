"""Finds the events of a feed, in the order in which they were noticed, by indexed statements that stop early.

A selection of kinds or newsrooms is asked kind by kind, or newsroom by newsroom, from the newest end of an
index, and what comes is merged: no statement reads more than the feed may show. Newsrooms and a kind together
read the index of the newsroom, which has the kind in it.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from storage.db.reading import Readable, query_rows
from storage.models import HIDDEN_EVENTS, EventKind
from storage.publish.feed import EntryFacts, FeedEntry, make_feed_entry
from storage.publish.feed_text import LONGEST_HTML
from storage.queries.event_summary import list_summaries
from storage.queries.events import list_chosen_events
from storage.queries.search import SearchOrder, search_releases

MOST_FOUND: Final = 500  # releases of a search whose events are in its feed
INDEXES: Final = {
    "": "events_at",
    "kind": "events_kind",
    "source_id": "events_source",
    "release_id": "events_release",
}
SHOWN: Final = "+e.kind NOT IN (SELECT value FROM json_each(:hidden))"
OF_KINDS: Final = "+e.kind IN (SELECT value FROM json_each(:kinds))"
BOUNDS: Final = "(e.at, e.id) > (:after_at, :after) AND (e.at, e.id) < (:before_at, :before)"
FACTS: Final = """SELECT e.id, e.hash, CASE WHEN e.kind IN ('found', 'published')
        THEN substr(v.body, 1, :most) END AS body, length(v.body) AS length
    FROM events e LEFT JOIN revisions v ON v.id = e.revision_id
    WHERE e.id IN (SELECT value FROM json_each(:ids))"""
PLACE: Final = "SELECT id, at FROM events WHERE id = ?"
FIRST: Final = "SELECT hash FROM events WHERE id = (SELECT min(id) FROM events)"


@dataclass(frozen=True, slots=True, order=True)
class FeedPlace:
    """The place of an event in all feeds: when it was noticed, then its number."""

    at: str  # as stored
    number: int


START: Final = FeedPlace("", 0)
END: Final = FeedPlace("~", 0)


@dataclass(frozen=True, slots=True)
class FeedSelection:
    """Which events a feed has; empty means all that people are shown."""

    kinds: tuple[EventKind, ...] = ()
    sources: tuple[str, ...] | None = None  # any of these newsrooms
    words: str = ""  # of releases that a search finds


def find_feed_places(
    store: Readable,
    wanted: FeedSelection,
    limit: int,
    *,
    after: FeedPlace = START,
    before: FeedPlace = END,
    is_oldest_first: bool = False,
) -> list[FeedPlace]:
    """Return the places of the wanted events between two positions, both excluded; the newest first."""
    bounds = {"after_at": after.at, "after": after.number, "before_at": before.at, "before": before.number}
    shared = bounds | {
        "limit": limit,
        "kinds": json.dumps(wanted.kinds),
        "hidden": json.dumps(sorted(HIDDEN_EVENTS)),
        "sources": json.dumps(wanted.sources),
    }
    found = {
        FeedPlace(row["at"], row["id"])
        for column, value in _list_streams(store, wanted)
        for row in query_rows(
            store, make_feed_sql(column, wanted, is_oldest_first=is_oldest_first), shared | {"value": value}
        )
    }
    return sorted(found, reverse=not is_oldest_first)[:limit]


def make_feed_sql(column: str, wanted: FeedSelection, *, is_oldest_first: bool = False) -> str:
    """Return the statement for the events that have a value in a column; "" for all."""
    conditions = [BOUNDS, OF_KINDS if wanted.kinds and column != "kind" else SHOWN]
    if column == "release_id":
        conditions.append("e.release_id IN (SELECT value FROM json_each(:value))")
        if wanted.sources is not None:
            conditions.append("+e.source_id IN (SELECT value FROM json_each(:sources))")
    elif column:
        conditions.append(f"e.{column} = :value")
    order = "ASC" if is_oldest_first else "DESC"
    return f"""SELECT e.id, e.at FROM events e INDEXED BY {INDEXES[column]}
        WHERE {" AND ".join(conditions)} ORDER BY e.at {order}, e.id {order} LIMIT :limit"""  # noqa: S608


def find_feed_place(store: Readable, number: int) -> FeedPlace | None:
    """Return the place of an event; None if there is none with this number."""
    rows = query_rows(store, PLACE, [number])
    return FeedPlace(rows[0]["at"], rows[0]["id"]) if rows else None


def read_ledger_name(store: Readable) -> str:
    """Return the hash of the ledger's first event, which no other ledger has; zeros for an empty one."""
    rows = query_rows(store, FIRST)
    return str(rows[0]["hash"]) if rows else "0" * 64


def list_feed_entries(
    store: Readable, positions: Sequence[FeedPlace], browse_url: str | None = None
) -> Iterator[FeedEntry]:
    """Yield the entries of events, in the order of their positions."""
    numbers = [one.number for one in positions]
    rows = query_rows(store, FACTS, {"ids": json.dumps(numbers), "most": LONGEST_HTML})
    facts = {row["id"]: EntryFacts(row["hash"], row["body"], row["length"] or 0) for row in rows}
    for found in list_summaries(store, list_chosen_events(store, numbers)):
        yield make_feed_entry(found, facts[found.event.id], browse_url)


def _list_streams(store: Readable, wanted: FeedSelection) -> list[tuple[str, object]]:
    """Return the column and the value of each statement to ask."""
    if wanted.words:
        found = search_releases(store, wanted.words, MOST_FOUND, order=SearchOrder.DATE)
        return [("release_id", json.dumps([one.release for one in found]))]
    if wanted.sources is not None:
        return [("source_id", one) for one in wanted.sources]
    return [("kind", one.value) for one in wanted.kinds] or [("", None)]
