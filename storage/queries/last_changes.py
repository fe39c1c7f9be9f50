"""What last happened to releases, each in one sentence, for exports."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from storage.db.reading import Readable, query_rows
from storage.models import EventKind
from storage.queries.event_sentence import summarize_event
from storage.queries.events import list_events
from storage.queries.filters import Filter
from storage.queries.releases import Release

BATCH: Final = 200
LATER_KINDS: Final = tuple(kind for kind in EventKind if not kind.is_first and not kind.is_hidden)
CHANGED: Final = """
SELECT DISTINCT release_id AS id FROM events
WHERE release_id IN (SELECT value FROM json_each(:releases)) AND kind IN (SELECT value FROM json_each(:kinds))
"""


def pair_last_changes(store: Readable, found: Iterable[Release]) -> Iterator[tuple[Release, str | None]]:
    """Yield each release with the last thing that happened to it, as a sentence; None if nothing did."""
    left = iter(found)
    while batch := list(islice(left, BATCH)):
        changed = _find_changed(store, [release.id for release in batch])
        for release in batch:
            yield release, _describe_last_change(store, release.id) if release.id in changed else None


def _find_changed(store: Readable, releases: list[int]) -> set[int]:
    values: dict[str, object] = {"releases": json.dumps(releases), "kinds": json.dumps(LATER_KINDS)}
    return {row["id"] for row in query_rows(store, CHANGED, values)}


def _describe_last_change(store: Readable, release: int) -> str | None:
    last = None
    for event in list_events(store, Filter(release=release)):
        last = event if event.kind in LATER_KINDS else last
    return summarize_event(last) if last else None
