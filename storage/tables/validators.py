"""What an address is asked by when it is looked at again, and what its answer may be recognised by.

A row holds what came of the last look that was read in full: the server's validators, the digest of the
article node, and what that look told (an article's revision, a list as it was read). It is written in the
transaction of the look. Nothing here is evidence, and all of it may be lost: the next look is in full then.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlite_utils import Database

from storage.db import timestamps
from storage.models import Address, Entry, Listing, Look, Role, Validators

# Servers lie: a date of the template instead of the article's, a cache that was not told of a change. So the
# third look in a row asks in full: at a newsroom that is polled twice an hour, nothing is hidden for longer
# than an hour and a half.
MOST_IN_ROW: Final = 2
LONGEST: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Held:
    """What is known of an address that was read before."""

    validators: Validators | None = None  # None: to be asked in full
    digest: str | None = None  # of the article node, as `Look.article_digest`
    revision_id: int | None = None  # what its article says
    listing: Listing | None = None  # what its list named
    page_digest: str | None = None  # of the page of that article, as `Look.page_digest`


def keep(db: Database, look: Look, revision_id: int | None = None) -> None:
    """Keep what a look that was read in full, or recognised, may be recognised by the next time."""
    listing, told = look.listing, look.validators
    if told is None and (listing is not None or look.article_digest is None):
        db.execute(FORGET, [look.address.url, str(look.role)])
        return
    row = {
        "url": look.address.url,
        "role": str(look.role),
        "etag": told.etag if told else None,
        "last_modified": told.last_modified if told else None,
        "article_digest": look.article_digest,
        "page_digest": look.page_digest,
        "parser": _parser(look),
        "revision_id": revision_id,
        "listing": _listing_text(listing) if listing else None,
        "at": timestamps.text(look.at),
    }
    db.execute(KEEP if told else KEEP_DIGEST, row)


FORGET: Final = "DELETE FROM validators WHERE url = ? AND role = ?"
KEEP: Final = """INSERT INTO validators(url, role, etag, last_modified, article_digest, page_digest, parser,
        revision_id, listing, at)
    VALUES (:url, :role, :etag, :last_modified, :article_digest, :page_digest, :parser,
        :revision_id, :listing, :at)
    ON CONFLICT DO UPDATE SET etag = :etag, last_modified = :last_modified,
        article_digest = :article_digest, page_digest = :page_digest, parser = coalesce(:parser, parser),
        revision_id = :revision_id, listing = :listing, at = :at, times = 0"""
# Most servers give no validators, and most articles stay as they are: nothing is written then.
KEEP_DIGEST: Final = f"""{KEEP} WHERE etag IS NOT NULL OR last_modified IS NOT NULL
    OR article_digest IS NOT :article_digest OR page_digest IS NOT :page_digest
    OR revision_id IS NOT :revision_id"""


def count(db: Database, look: Look) -> None:
    """Count an answer that what we have still holds."""
    db.execute(COUNT, [look.address.url, str(look.role)])


COUNT: Final = "UPDATE validators SET times = times + 1 WHERE url = ? AND role = ?"


def of_articles(
    db: Database, addresses: Iterable[Address], parsers: Iterable[str], now: datetime
) -> Mapping[str, Held]:
    """Return what articles may be recognised by, by address: those that say what they said when it was kept.

    None of a posting that is suspected or gone, cannot be read, or has a text that waits for judgement.
    """
    names = [json.dumps([one.url for one in addresses]), json.dumps(list(parsers))]
    rows = db.query(OF_ARTICLES, names)
    return {row["url"]: _held_article(row, now) for row in rows}


OF_ARTICLES: Final = """SELECT v.* FROM json_each(?) asked JOIN validators v ON v.url = asked.value
    JOIN revisions r ON r.id = v.revision_id JOIN postings p ON p.id = r.posting_id
    JOIN standings s ON s.posting_id = p.id
    WHERE v.role = 'article' AND p.revision_id = v.revision_id AND s.state = 'live' AND s.is_readable
    AND v.parser IN (SELECT value FROM json_each(?))
    AND NOT EXISTS (SELECT 1 FROM findings f WHERE f.posting_id = p.id AND f.read IS NOT NULL)"""


def of_list(db: Database, role: Role, url: str, parsers: Iterable[str], now: datetime) -> Held | None:
    """Return what a listing or feed may be recognised by, None where nothing is known of it."""
    row = next(db.query("SELECT * FROM validators WHERE url = ? AND role = ?", [url, str(role)]), None)
    if row is None or row["listing"] is None or row["parser"] not in parsers:
        return None
    return Held(_usable(row, now), listing=_listing_of(row["listing"]))


def _held_article(row: Mapping[str, Any], now: datetime) -> Held:
    digests = {"digest": row["article_digest"], "page_digest": row["page_digest"]}
    return Held(_usable(row, now), revision_id=row["revision_id"], **digests)


def _usable(row: Mapping[str, Any], now: datetime) -> Validators | None:
    age = now - timestamps.instant(row["at"])
    given = Validators(row["etag"], row["last_modified"])
    is_fresh = row["times"] < MOST_IN_ROW and timedelta(0) <= age <= LONGEST
    return given if is_fresh and (given.etag or given.last_modified) else None


def _parser(look: Look) -> str | None:
    """Return what read a look; None for a page that was recognised: the one that read it stays."""
    read = look.listing or look.fields
    return read.parser if read else None


def _listing_text(listing: Listing) -> str:
    return json.dumps(asdict(listing), default=str)


def _listing_of(kept: str) -> Listing:
    row = json.loads(kept)
    return Listing(**row | {"entries": tuple(map(_entry, row["entries"]))})


def _entry(row: dict[str, Any]) -> Entry:
    on, at = row["published_on"], row["published_at"]
    dated = {"published_on": timestamps.day(on), "published_at": datetime.fromisoformat(at) if at else None}
    return Entry(**row | dated | {"address": Address(**row["address"])})
