"""How to ask for an address again, and how to recognise an answer that has not changed: table `validators`.

Beside it, table `judged_answers` holds from when the newest answers of articles were (models/answer_ages.py).

A row holds what the last full reading of an address gave: the server's validators, the digest of the article
node, and what was read (an article's revision, a list's entries). It is written in the transaction of the
look. Nothing here is evidence, and all of it may be lost: the next look then reads everything.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from sqlite_utils import Database

from storage.db import timestamps
from storage.db.rows import Row
from storage.models import Address, Entry, Listing, Look, PreviousRead, Role, Validators
from storage.models.answer_ages import AnswerAge, JudgedAnswers

# Servers give wrong validators: the template's date instead of the article's, a cache that missed a change.
# So the third look in a row asks for everything: at a newsroom that is polled twice an hour, nothing stays
# hidden for longer than an hour and a half.
MAX_CONFIRMATIONS: Final = 2
MAX_AGE: Final = timedelta(days=1)


def save_validators(db: Database, look: Look, revision_id: int | None = None) -> None:
    """Save what a look that was read in full, or recognised, gives for recognising the next answer."""
    listing, given = look.listing, look.validators
    if given is None and (listing is not None or look.article_digest is None):
        db.execute(DELETE, [look.address.url, str(look.role)])
        return
    db.execute(SAVE if given else SAVE_DIGESTS, make_validators_row(look, revision_id))


def make_validators_row(look: Look, revision_id: int | None = None) -> Row:
    """Return the values of SAVE for a look."""
    listing, given = look.listing, look.validators
    return {
        "url": look.address.url,
        "role": str(look.role),
        "etag": given.etag if given else None,
        "last_modified": given.last_modified if given else None,
        "article_digest": look.article_digest,
        "page_digest": look.page_digest,
        "parser": _find_parser(look),
        "revision_id": revision_id,
        "listing": _dump_listing(listing) if listing else None,
        "at": timestamps.format_timestamp(look.at),
    }


DELETE: Final = "DELETE FROM validators WHERE url = ? AND role = ?"
SAVE: Final = """INSERT INTO validators(url, role, etag, last_modified, article_digest, page_digest, parser,
        revision_id, listing, at)
    VALUES (:url, :role, :etag, :last_modified, :article_digest, :page_digest, :parser,
        :revision_id, :listing, :at)
    ON CONFLICT DO UPDATE SET etag = :etag, last_modified = :last_modified,
        article_digest = :article_digest, page_digest = :page_digest, parser = coalesce(:parser, parser),
        revision_id = :revision_id, listing = :listing, at = :at, times_confirmed = 0"""
# Most servers give no validators, and most articles stay as they are: nothing is written then.
SAVE_DIGESTS: Final = f"""{SAVE} WHERE etag IS NOT NULL OR last_modified IS NOT NULL
    OR article_digest IS NOT :article_digest OR page_digest IS NOT :page_digest
    OR revision_id IS NOT :revision_id"""


def count_confirmation(db: Database, look: Look) -> None:
    """Count an answer by which what we have is still current."""
    db.execute(COUNT, [look.address.url, str(look.role)])


COUNT: Final = "UPDATE validators SET times_confirmed = times_confirmed + 1 WHERE url = ? AND role = ?"


def find_previous_articles(
    db: Database, addresses: Iterable[Address], parsers: Iterable[str], now: datetime
) -> Mapping[str, PreviousRead]:
    """Return what articles gave when they were last read, by address; `parsers` are those of today.

    Left out are postings that say something else by now, are suspected or gone, cannot be read, or have a new
    text that waits for detection.
    """
    names = [json.dumps([one.url for one in addresses]), json.dumps(list(parsers))]
    rows = db.query(PREVIOUS_ARTICLES, names)
    return {row["url"]: _to_previous_article(row, now) for row in rows}


PREVIOUS_ARTICLES: Final = """SELECT v.* FROM json_each(?) asked JOIN validators v ON v.url = asked.value
    JOIN revisions r ON r.id = v.revision_id JOIN postings p ON p.id = r.posting_id
    JOIN posting_states s ON s.posting_id = p.id
    WHERE v.role = 'article' AND p.revision_id = v.revision_id AND s.state = 'live' AND s.is_readable
    AND v.parser IN (SELECT value FROM json_each(?))
    AND NOT EXISTS (SELECT 1 FROM findings f WHERE f.posting_id = p.id AND f.fields IS NOT NULL)"""


def find_previous_list(
    db: Database, role: Role, url: str, parsers: Iterable[str], now: datetime
) -> PreviousRead | None:
    """Return what a listing or feed gave when it was last read, or None; `parsers` are those of today."""
    row = next(db.query("SELECT * FROM validators WHERE url = ? AND role = ?", [url, str(role)]), None)
    if row is None or row["listing"] is None or row["parser"] not in parsers:
        return None
    return PreviousRead(_find_usable(row, now), listing=_load_listing(row["listing"]))


def find_judged_answers(db: Database, url: str) -> JudgedAnswers | None:
    """Return from when the newest answers of an address were that were judged; None where none was."""
    row = next(db.query("SELECT * FROM judged_answers WHERE url = ?", [url]), None)
    if row is None:
        return None
    times = row["modified_at"], row["made_at"], row["older_first_at"]
    modified_at, made_at, older_first_at = map(timestamps.parse_optional_timestamp, times)
    return JudgedAnswers(AnswerAge(modified_at, made_at), row["older_looks"], older_first_at)


def save_judged_answers(db: Database, url: str, judged: JudgedAnswers) -> None:
    """Save from when the newest answers of an address were that were judged."""
    times = judged.newest.modified_at, judged.newest.made_at, judged.older_first_at
    modified_at, made_at, older_first_at = map(timestamps.format_optional_timestamp, times)
    row = [url, modified_at, made_at, judged.older_looks, older_first_at]
    db.execute("INSERT OR REPLACE INTO judged_answers VALUES (?, ?, ?, ?, ?)", row)


def _to_previous_article(row: Row, now: datetime) -> PreviousRead:
    return PreviousRead(
        validators=_find_usable(row, now),
        article_digest=row["article_digest"],
        revision_id=row["revision_id"],
        page_digest=row["page_digest"],
    )


def _find_usable(row: Row, now: datetime) -> Validators | None:
    age = now - timestamps.parse_timestamp(row["at"])
    given = Validators(row["etag"], row["last_modified"])
    is_fresh = row["times_confirmed"] < MAX_CONFIRMATIONS and timedelta(0) <= age <= MAX_AGE
    return given if is_fresh and (given.etag or given.last_modified) else None


def _find_parser(look: Look) -> str | None:
    """Return which parser read a look; None for a recognised page, whose parser stays as it was."""
    read = look.listing or look.fields
    return read.parser if read else None


def _dump_listing(listing: Listing) -> str:
    return json.dumps(asdict(listing), default=str)


def _load_listing(stored: str) -> Listing:
    row = json.loads(stored)
    return Listing(**row | {"entries": tuple(map(_load_entry, row["entries"]))})


def _load_entry(row: dict[str, Any]) -> Entry:
    on, at = row["published_on"], row["published_at"]
    dated = {
        "published_on": timestamps.parse_stored_day(on),
        "published_at": datetime.fromisoformat(at) if at else None,
    }
    return Entry(**row | dated | {"address": Address(**row["address"])})
