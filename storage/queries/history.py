"""The history of a release: postings, revisions, events, looks with the gaps between them, and captures."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from storage.db.reading import Readable, query_rows
from storage.db.rows import Row
from storage.db.timestamps import parse_timestamp
from storage.models import Event
from storage.queries.event_summary import build_summary, summary_to_json
from storage.queries.events import list_events
from storage.queries.filters import Filter
from storage.queries.releases import Release, list_releases

# Looks are planned at most a day apart by default (storage/store.py); twice that is a gap.
GAP: Final = timedelta(days=2)

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
LOOKS: Final = """
SELECT k.*, p.url AS posting, v.seq FROM looks k JOIN postings p ON p.id = k.posting_id
LEFT JOIN revisions v ON v.id = k.revision_id
WHERE p.release_id = ? AND k.role = 'article' ORDER BY p.id, k.first_at, k.id
"""
CAPTURES: Final = """
SELECT c.*, p.url AS posting, (SELECT json_group_array(seq) FROM (
        SELECT seq FROM revisions WHERE capture_id = c.id AND posting_id = p.id ORDER BY seq)) AS seqs
FROM (
    SELECT q.id, o.capture_id FROM postings q JOIN revisions o ON o.posting_id = q.id WHERE q.release_id = :id
    UNION SELECT q.id, o.capture_id FROM postings q JOIN looks o ON o.posting_id = q.id
    WHERE q.release_id = :id
    UNION SELECT q.id, o.capture_id FROM postings q JOIN events o ON o.posting_id = q.id
    WHERE q.release_id = :id
) x JOIN postings p ON p.id = x.id JOIN captures c ON c.id = x.capture_id ORDER BY p.id, c.at, c.id
"""


@dataclass(frozen=True, slots=True)
class Posting:
    """One copy of a release, on one site."""

    id: int
    url: str
    site: str
    number: str | None
    title: str
    state: str
    since_at: datetime
    first_seen_at: datetime
    last_seen_at: datetime
    sources: tuple[str, ...]
    addresses: tuple[str, ...]  # every address it was found under


@dataclass(frozen=True, slots=True)
class Revision:
    """What a posting said from one look on."""

    id: int
    posting: str
    seq: int
    observed_at: datetime
    title: str
    content_hash: str
    parser: str
    confidence: str
    capture: str | None  # WARC file and offset, as "file:offset"


@dataclass(frozen=True, slots=True)
class LookSpan:
    """Equal looks at a posting in a row."""

    posting: str  # its address
    outcome: str  # a verdict
    first_at: datetime
    last_at: datetime
    looks: int
    source: str | None  # the newsroom that was crawled; the last one if there were several
    revision: int | None  # `seq` of the revision seen
    status: int | None  # HTTP status of the first look
    reason: str  # one line if something was wrong, else empty
    unwatched_s: int | None  # length of the gap without looks before it; None if there was none


@dataclass(frozen=True, slots=True)
class Capture:
    """A stored response."""

    id: int
    posting: str
    url: str
    at: datetime
    status: int
    file: str  # in the folder of WARC files
    offset: int
    length: int  # bytes, of the compressed record
    sha256: str  # of the decoded body
    revisions: tuple[int, ...]  # `seq` of the revisions read from it


@dataclass(frozen=True, slots=True)
class ReleaseHistory:
    """A release with all that is known about it."""

    release: Release
    postings: tuple[Posting, ...]
    revisions: tuple[Revision, ...]  # posting by posting, oldest first
    events: tuple[Event, ...]  # in the order in which we noticed
    looks: tuple[LookSpan, ...]  # posting by posting, oldest first
    captures: tuple[Capture, ...]  # the same
    same_text: tuple[int, ...]  # other releases with the same text


def read_history(store: Readable, number: int) -> ReleaseHistory | None:
    """Return all that is known about a release; None if there is none with this number."""
    release = next(list_releases(store, Filter(release=number)), None)
    if release is None:
        return None
    return ReleaseHistory(
        release=release,
        postings=tuple(map(_to_posting, query_rows(store, POSTINGS, [number]))),
        revisions=tuple(map(_to_revision, query_rows(store, REVISIONS, [number]))),
        events=tuple(list_events(store, Filter(release=number))),
        looks=tuple(join_look_spans(map(_to_look_span, query_rows(store, LOOKS, [number])))),
        captures=tuple(map(_to_capture, query_rows(store, CAPTURES, {"id": number}))),
        same_text=tuple(row["id"] for row in query_rows(store, SAME_TEXT, {"id": number})),
    )


def history_to_json(found: ReleaseHistory) -> dict[str, object]:
    """Return a history as JSON values; each event also has its evidence, its sentence and its importance."""
    return {
        **asdict(found),
        "events": [summary_to_json(build_summary(one, found.release.published_on)) for one in found.events],
    }


def join_look_spans(spans: Iterable[LookSpan]) -> Iterator[LookSpan]:
    """Yield spans of equal looks, joined where there is no gap between them, with the gaps measured.

    The store starts a new span of equal looks after a pause longer than planned, or when another newsroom's
    crawl looked; only the pause is a gap.
    """
    last: LookSpan | None = None
    for span in spans:
        if last is None or last.posting != span.posting:
            yield from (last,) if last else ()
            last = span
        elif _is_continued_by(last, span):
            looks = last.looks + span.looks
            last = replace(last, last_at=max(last.last_at, span.last_at), looks=looks, source=span.source)
        else:
            yield last
            last = replace(span, unwatched_s=_measure_gap_s(last, span))
    yield from (last,) if last else ()


def _is_continued_by(last: LookSpan, span: LookSpan) -> bool:
    return (
        _have_same_answer(last, span) and last.source != span.source and span.first_at - last.last_at <= GAP
    )


def _measure_gap_s(last: LookSpan, span: LookSpan) -> int | None:
    apart = span.first_at - last.last_at
    parted = _have_same_answer(last, span) and last.source == span.source
    return int(apart.total_seconds()) if parted or apart > GAP else None


def _have_same_answer(one: LookSpan, other: LookSpan) -> bool:
    return (one.outcome, one.revision, one.reason) == (other.outcome, other.revision, other.reason)


def _to_look_span(row: Row) -> LookSpan:
    return LookSpan(
        posting=row["posting"],
        outcome=row["outcome"],
        first_at=parse_timestamp(row["first_at"]),
        last_at=parse_timestamp(row["last_at"]),
        looks=row["looks"],
        source=row["source_id"],
        revision=row["seq"],
        status=row["status"],
        reason=row["reason"],
        unwatched_s=None,
    )


def _to_capture(row: Row) -> Capture:
    return Capture(
        id=row["id"],
        posting=row["posting"],
        url=row["url"],
        at=parse_timestamp(row["at"]),
        status=row["status"],
        file=row["warc_file"],
        offset=row["offset"],
        length=row["length"],
        sha256=row["sha256"],
        revisions=tuple(json.loads(row["seqs"])),
    )


def _to_posting(row: Row) -> Posting:
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


def _to_revision(row: Row) -> Revision:
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
