"""The whole story of a release: copies, revisions, events with their evidence, looks with gaps, captures."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Final

from storage.db.reading import Readable, Row, ask
from storage.db.timestamps import instant
from storage.queries import event_json, queries
from storage.queries.results import Capture, Sight, Story

# Looks are planned a day apart where nobody says otherwise (storage/store.py); twice that is a gap.
GAP: Final = timedelta(days=2)

LOOKS: Final = """
SELECT k.*, p.url AS posting, v.seq FROM looks k JOIN postings p ON p.id = k.posting_id
LEFT JOIN revisions v ON v.id = k.revision_id
WHERE p.release_id = ? AND k.role = 'article' ORDER BY p.id, k.first_at, k.id
"""
CAPTURES: Final = """
SELECT c.*, p.url AS posting, (SELECT json_group_array(seq) FROM (
        SELECT seq FROM revisions WHERE capture_id = c.id AND posting_id = p.id ORDER BY seq)) AS seqs
FROM postings p JOIN (
    SELECT posting_id, capture_id FROM revisions UNION SELECT posting_id, capture_id FROM looks
    UNION SELECT posting_id, capture_id FROM events) x ON x.posting_id = p.id
JOIN captures c ON c.id = x.capture_id WHERE p.release_id = ? ORDER BY p.id, c.at, c.id
"""


def story(store: Readable, number: int) -> Story | None:
    """Return all that is known about a release; None where there is none of this number."""
    found = queries.release(store, number)
    if found is None:
        return None
    return Story(
        release=found.release,
        postings=found.postings,
        revisions=found.revisions,
        events=found.events,
        looks=tuple(sights(map(_sight, ask(store, LOOKS, [number])))),
        captures=tuple(map(_capture, ask(store, CAPTURES, [number]))),
        same_text=found.same_text,
    )


def as_json(found: Story) -> dict[str, object]:
    """Return a story as JSON objects, each event with its words beside its other keys."""
    return {**asdict(found), "events": [event_json.as_json(one) for one in found.events]}


def sights(spans: Iterable[Sight]) -> Iterator[Sight]:
    """Yield spans of equal looks, joined where no gap parts them, and the gaps measured.

    The store parts two equal spans because nobody looked for longer than was meant, or because another
    newsroom's crawl looked; only the former is a gap.
    """
    last: Sight | None = None
    for span in spans:
        if last is None or last.posting != span.posting:
            yield from (last,) if last else ()
            last = span
        elif _goes_on(last, span):
            looks = last.looks + span.looks
            last = replace(last, last_at=max(last.last_at, span.last_at), looks=looks, source=span.source)
        else:
            yield last
            last = replace(span, unwatched_s=_gap_s(last, span))
    yield from (last,) if last else ()


def _goes_on(last: Sight, span: Sight) -> bool:
    return _is_same(last, span) and last.source != span.source and span.first_at - last.last_at <= GAP


def _gap_s(last: Sight, span: Sight) -> int | None:
    apart = span.first_at - last.last_at
    parted = _is_same(last, span) and last.source == span.source
    return int(apart.total_seconds()) if parted or apart > GAP else None


def _is_same(one: Sight, other: Sight) -> bool:
    return (one.outcome, one.revision, one.reason) == (other.outcome, other.revision, other.reason)


def _sight(row: Row) -> Sight:
    return Sight(
        posting=row["posting"],
        outcome=row["outcome"],
        first_at=instant(row["first_at"]),
        last_at=instant(row["last_at"]),
        looks=row["looks"],
        source=row["source_id"],
        revision=row["seq"],
        status=row["status"],
        reason=row["reason"],
        unwatched_s=None,
    )


def _capture(row: Row) -> Capture:
    return Capture(
        id=row["id"],
        posting=row["posting"],
        url=row["url"],
        at=instant(row["at"]),
        status=row["status"],
        file=row["warc_file"],
        offset=row["offset"],
        length=row["length"],
        sha256=row["sha256"],
        revisions=tuple(json.loads(row["seqs"])),
    )
