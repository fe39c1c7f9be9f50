"""Lists releases, and finds the release that a text names."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from storage.db.reading import Readable, query_rows
from storage.db.rows import Row
from storage.db.timestamps import parse_optional_timestamp, parse_stored_day, parse_timestamp
from storage.models import EventKind, Image, Link
from storage.queries.filters import EVERYTHING, Filter, iterate_rows, list_conditions

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
        SELECT url FROM postings WHERE release_id = r.id ORDER BY id)) AS copies,
    (SELECT json_group_array(json_array(at, field, before, after)) FROM (
        SELECT e.at, c.field, c.before, c.after FROM site_change_parts x JOIN events e ON e.id = x.event_id
        JOIN told_changes c ON c.event_id = e.id WHERE e.release_id = r.id ORDER BY e.id, c.field))
    AS site_changes
FROM releases r JOIN postings p ON p.id = r.posting_id JOIN revisions v ON v.id = r.revision_id
WHERE r.id IN (SELECT value FROM json_each(:ids))
"""
# A filter that is not given is no part of the statement, else it would keep the others off their indexes.
CONDITIONS: Final = {
    "release": "r.id = :release",
    "since": "r.published_on >= :since",
    "until": "r.published_on <= :until",
}
OF_KIND: Final = "EXISTS (SELECT 1 FROM events e WHERE e.release_id = r.id AND e.kind = :kind)"
OF_RARE_KIND: Final = "r.id IN (SELECT release_id FROM events WHERE kind = :kind)"
OF_SOURCE: Final = """r.id IN (SELECT p.release_id
    FROM posting_sources x CROSS JOIN postings p ON p.id = x.posting_id WHERE x.source_id = :source)"""
OF_SOURCES: Final = """r.id IN (SELECT p.release_id FROM json_each(:sources) s
    CROSS JOIN posting_sources x ON x.source_id = s.value CROSS JOIN postings p ON p.id = x.posting_id)"""
COUNT_KIND: Final = "SELECT count(*) AS n FROM (SELECT 1 FROM events WHERE kind = ? LIMIT ?)"
RARE: Final = 20_000  # events of a kind, below which its releases are looked up one by one
IDS_BY_NAME: Final = """
SELECT release_id AS id FROM postings WHERE number = :text UNION
SELECT p.release_id FROM addresses a JOIN postings p ON p.id = a.posting_id WHERE a.url = :text ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class SiteWording:
    """What the site changed in a release as in many others at once; no edit."""

    at: datetime
    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Release:
    """One story, as its first posting has it now."""

    id: int
    title: str
    subtitle: str | None
    published_on: date | None
    published_raw: str | None
    published_at: datetime | None
    byline: str | None
    organization: str | None
    dateline: str | None
    section: str | None
    body: str
    tags: tuple[str, ...]
    images: tuple[Image, ...]
    links: tuple[Link, ...]
    url: str
    site: str
    number: str | None
    state: str
    kind: EventKind  # found or published
    first_seen_at: datetime
    content_hash: str
    sources: tuple[str, ...]
    copies: tuple[str, ...]  # the addresses of all its postings
    site_changes: tuple[SiteWording, ...] = ()


def list_releases(store: Readable, wanted: Filter = EVERYTHING) -> Iterator[Release]:
    """Yield releases by printed day, undated ones first; `since` and `until` mean that day."""
    for row in iterate_rows(store, make_release_ids_sql(store, wanted), RELEASES, wanted):
        yield _to_release(row)


def make_release_ids_sql(store: Readable, wanted: Filter) -> str:
    """Return the statement for the ids of the wanted releases, the newest day first.

    Releases of a frequent kind are found soon from the newest on; those of a rare kind by their events.
    """
    conditions = ["r.revision_id IS NOT NULL", *list_conditions(CONDITIONS, wanted)]
    if wanted.source is not None:
        conditions.append(OF_SOURCE)
    if wanted.sources is not None:
        conditions.append(OF_SOURCES)
    if wanted.kind is not None:
        (found,) = query_rows(store, COUNT_KIND, [str(wanted.kind), RARE])
        conditions.append(OF_KIND if found["n"] == RARE else OF_RARE_KIND)
    return f"""SELECT r.id FROM releases r WHERE {" AND ".join(conditions)}
        ORDER BY r.published_on DESC NULLS LAST, r.id DESC LIMIT :limit"""  # noqa: S608  # our own text


def find_release_ids(store: Readable, text: str) -> list[int]:
    """Return the ids of the releases that a text names, in order; [] for none.

    The text is a release number (`r12` or `12`), an article number or a canonical address.
    """
    digits = text.removeprefix("r")
    if digits.isascii() and digits.isdigit() and len(digits) < 19:
        found = [
            row["id"] for row in query_rows(store, "SELECT id FROM releases WHERE id = ?", [int(digits)])
        ]
        if found or digits != text:
            return found
    return [row["id"] for row in query_rows(store, IDS_BY_NAME, {"text": text})]


def _to_release(row: Row) -> Release:
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
        site_changes=tuple(
            SiteWording(parse_timestamp(at), field, before, after)
            for at, field, before, after in json.loads(row["site_changes"])
        ),
    )
