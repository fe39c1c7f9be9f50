"""Events as they are told: each with its evidence in words, and with what became of the other copies."""

import json
from collections.abc import Iterable, Iterator
from typing import Final

from storage import wording
from storage.answers import Told
from storage.asking import Readable, ask
from storage.instants import instant, maybe_instant
from storage.records import Event, EventKind
from storage.wording import Evidence

GONE: Final = frozenset({EventKind.REMOVED, EventKind.SUSPECTED})
EDITS: Final = frozenset({EventKind.EDITED, EventKind.RETURNED})

# Copies that answered when the event was noticed: what the ledger had told of each by then decides.
STILL_LIVE: Final = """
SELECT c.url FROM events e JOIN postings c ON c.release_id = e.release_id AND c.id <> e.posting_id
WHERE e.id = :event AND c.first_seen_at <= e.at AND coalesce((
    SELECT CASE x.kind WHEN 'moved' THEN json_extract(x.detail, '$.to_url') = c.url
        ELSE x.kind IN ('cleared', 'returned') END
    FROM events x WHERE x.posting_id = c.id AND x.id < e.id
        AND x.kind IN ('suspected', 'cleared', 'removed', 'returned', 'moved')
    ORDER BY x.id DESC LIMIT 1), 1)
ORDER BY c.id
"""
# Copies on which the ledger tells of the very same changes, until today.
EDITED: Final = """
SELECT (SELECT count(*) FROM postings c WHERE c.release_id = e.release_id) AS copies,
    (SELECT count(DISTINCT x.posting_id) FROM events x WHERE x.release_id = e.release_id
        AND x.kind IN ('edited', 'returned') AND NOT EXISTS (
            SELECT field, after FROM changes WHERE event_id = e.id
            EXCEPT SELECT field, after FROM changes WHERE event_id = x.id)) AS edited
FROM events e WHERE e.id = :event
"""


def told(store: Readable, events: Iterable[Event]) -> Iterator[Told]:
    """Yield events with their evidence and their copies, in words."""
    for event in events:
        yield Told(event, evidence(event), copies(store, event))


def evidence(event: Event) -> str:
    """Return what an event rests on, in one line."""
    return wording.evidence(
        Evidence(event.kind, event.at, event.last_before_at, event.first_after_at, event.detail)
    )


def copies(store: Readable, event: Event) -> str:
    """Return "removed here, still live at ..." or "edited on 1 of 3 copies"; empty where there is but one."""
    if event.release is None or not (event.kind in GONE or (event.kind in EDITS and event.changes)):
        return ""
    if event.kind in GONE:
        live = [row["url"] for row in ask(store, STILL_LIVE, {"event": event.id})]
        here = wording.copies_removed if event.kind is EventKind.REMOVED else wording.copies_missed
        return here(live) if live else ""
    counted = ask(store, EDITED, {"event": event.id})[0]
    return wording.copies_edited(counted["edited"], counted["copies"])


def detail_words(kind: str, at: str, between: tuple[str | None, str | None], detail: str) -> str:
    """Return the evidence of a row of `events`, its instants and detail as they are kept."""
    last, first = map(maybe_instant, between)
    return wording.evidence(Evidence(kind, instant(at), last, first, json.loads(detail)))
