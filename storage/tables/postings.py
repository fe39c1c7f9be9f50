"""Postings and the releases they belong to: one story is stored once, however many sites carry it."""

from typing import Final

from sqlite_utils import Database

from storage.db import rows, sql, timestamps
from storage.diff import changes
from storage.models import Address, Fields, Look
from storage.tables import pending, posting_addresses


def file_posting(db: Database, look: Look, fields: Fields) -> int:
    """Add the posting that a look found to a known release or to a new one; return its id.

    A posting never changes its release afterwards; a text that differs later is an edit of one copy.
    """
    at = timestamps.format_timestamp(look.at)
    content_hash = changes.compute_content_hash(fields.title, fields.paragraphs)
    release_id = _find_release(db, look, fields, content_hash)
    is_first = release_id is None
    if release_id is None:
        release_id = sql.insert_row(
            db, "releases", make_release_columns(fields) | {"first_seen_at": at, "content_hash": content_hash}
        )
    published_at, source = timestamps.format_optional_timestamp(fields.published_at), fields.published_source
    if published_at is None:
        published_at, source = pending.find_feed_time(db, look.address)
    posting_id = sql.insert_row(
        db,
        "postings",
        {
            "title": rows.replace_surrogates(fields.title),
            "published_on": fields.published_on.isoformat() if fields.published_on else None,
            "published_at": published_at,
            "published_source": source,
            "site": look.address.site,
            "number": look.address.number,
            "url": look.address.url,
            "release_id": release_id,
            "since_at": at,
            "first_seen_at": at,
            "last_seen_at": at,
            "key": look.address.key,
        },
    )
    if is_first:
        db.execute("UPDATE releases SET posting_id = ? WHERE id = ?", [posting_id, release_id])
    return posting_id


def list_known_postings(db: Database, source_id: str, site: str) -> list[Address]:
    """Return every posting of a source on a site, in any state but purged, the longest unseen first."""
    return [Address(**row) for row in db.query(KNOWN, [source_id, site])]


KNOWN: Final = """SELECT p.site, p.number, p.url FROM postings p
    JOIN posting_sources x ON x.posting_id = p.id WHERE x.source_id = ? AND p.site = ?
    AND p.id NOT IN (SELECT posting_id FROM events WHERE kind = 'purged' AND posting_id IS NOT NULL)
    ORDER BY (SELECT last_at FROM looks WHERE posting_id = p.id ORDER BY first_at DESC LIMIT 1), p.id"""


def link_same_text(db: Database, posting_id: int, content_hash: str) -> None:
    """Link a posting's release to the separate releases that have the same text."""
    db.execute(SAME_TEXT, {"posting": posting_id, "hash": content_hash})


SAME_TEXT: Final = """INSERT OR IGNORE INTO same_text(first_id, second_id)
    SELECT DISTINCT min(own.release_id, p.release_id), max(own.release_id, p.release_id)
    FROM revisions r JOIN postings p ON p.id = r.posting_id JOIN postings own ON own.id = :posting
    WHERE r.content_hash = :hash AND p.release_id <> own.release_id"""


def refresh_posting(db: Database, posting_id: int) -> None:
    """Copy a posting's newest revision to its row, and to the release's row where it is the first posting.

    These columns repeat `revisions`, and can be rebuilt from it at any time.
    """
    newest = db.execute(NEWEST, [posting_id]).fetchone()[0]
    db.execute(REFRESH_POSTING, [newest, posting_id])
    db.execute(REFRESH_RELEASE, [newest, posting_id])


NEWEST: Final = """SELECT id FROM revisions WHERE posting_id = ?
    ORDER BY observed_at DESC, seq DESC LIMIT 1"""
REFRESH_POSTING: Final = """UPDATE postings SET
    revision_id = r.id, title = r.title, published_on = r.published_on,
    published_at = coalesce(r.published_at, postings.published_at),
    published_source = iif(r.published_at IS NULL, postings.published_source, r.published_source)
    FROM revisions r WHERE r.id = ? AND postings.id = ?"""
REFRESH_RELEASE: Final = """UPDATE releases SET
    revision_id = r.id, title = r.title, published_on = r.published_on,
    organization = r.organization, content_hash = r.content_hash
    FROM revisions r WHERE r.id = ? AND releases.posting_id = ?"""


def record_sighting(db: Database, posting_id: int, look: Look) -> None:
    """Save when and where a posting was seen; the address of the newest look is its address."""
    at = timestamps.format_timestamp(look.at)
    posting_addresses.record_address(db, posting_id, look.address.url, look.source_id, at)
    is_other = look.found_address is not None and look.found_address.url != look.address.url
    if (
        look.found_address
        and is_other
        and (look.found_address.site, look.found_address.key) == (look.address.site, look.address.key)
    ):
        posting_addresses.record_address(db, posting_id, look.found_address.url, None, at)
    db.execute(RECORD_SIGHTING, {"at": at, "url": look.address.url, "id": posting_id})


RECORD_SIGHTING: Final = """UPDATE postings SET
    url = iif(last_seen_at <= :at, :url, url), last_seen_at = max(last_seen_at, :at),
    first_seen_at = min(first_seen_at, :at), since_at = min(since_at, :at) WHERE id = :id"""


def make_release_columns(fields: Fields) -> rows.Row:
    """Return the columns of `releases` that repeat the text of its first posting."""
    return {
        "title": rows.replace_surrogates(fields.title),
        "published_on": fields.published_on.isoformat() if fields.published_on else None,
        "organization": rows.replace_surrogates(fields.organization),
    }


def _find_release(db: Database, look: Look, fields: Fields, content_hash: str) -> int | None:
    """Return the release that a new posting belongs to, by its number or else by its text, or None."""
    for row in list(db.query(SAME_NUMBER, [look.address.number, look.address.site])):
        if changes.have_same_title(row["title"], fields.title):
            return int(row["release_id"])
    for row in list(db.query(SAME_HASH, [content_hash])):
        if changes.is_same_release(rows.row_to_fields(row), fields):
            return int(row["release_id"])
    return None


SAME_NUMBER: Final = """SELECT DISTINCT p.release_id, r.title
    FROM postings p JOIN revisions r ON r.posting_id = p.id
    WHERE p.number = ? AND p.site <> ? ORDER BY p.release_id"""
SAME_HASH: Final = """SELECT r.*, p.release_id FROM revisions r JOIN postings p ON p.id = r.posting_id
    WHERE r.content_hash = ? ORDER BY p.release_id"""
