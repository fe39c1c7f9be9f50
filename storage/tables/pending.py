"""What listings and feeds announce, until it is stored: tables `listed`, `pending`, `source_progress`."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlite_utils import Database

from storage.db import sql as tables
from storage.db import timestamps
from storage.db.rows import Row, storable
from storage.models import Address, Entry, EventKind, Look, Role, Verdict
from storage.tables.frontier import Horizon, Key, Known, as_number, is_below, pinned

ABSENT: Final = frozenset({Verdict.GONE, Verdict.SOFT_GONE, Verdict.REDIRECTED})
AT_ONCE: Final = 3  # tries that the next crawls make as they come
FIRST_PAUSE: Final = timedelta(hours=1)  # after these; then twice as long each time
LONGEST_PAUSE: Final = timedelta(days=1)
MOST_ABSENT: Final = 36  # about a month of "not here": after that only a back-fill asks for it


def announce(db: Database, look: Look) -> None:
    """Keep what a listing or feed announces: what is new becomes pending, as `found` or `published`.

    That is decided here, so that a kill before the article is fetched changes nothing. What a complete crawl
    knew and did not want does not become pending again.
    """
    if look.listing is None or look.source_id is None:
        return
    source = progress(db, look.source_id)
    entries = look.listing.entries
    for rank, (entry, is_pinned) in enumerate(zip(entries, pinned(entries), strict=True)):
        posting_id = posting(db, entry.address)
        if posting_id is not None:
            _tie(db, posting_id, entry, look)
        elif not _is_known(db, look.source_id, entry.address):
            _await(db, entry, look, source, rank)
        _list(db, entry, look, is_pinned=is_pinned)
    _note_on_run(db, look)


def known(db: Database, source_id: str, site: str | None, now: datetime) -> Known:
    """Return what a crawl of a source starts with.

    `stored` holds the postings of the sites this source ever listed, and of `site`.
    """
    row = progress(db, source_id)
    pending = list(db.query(PENDING, [source_id]))
    due = [each for each in pending if _is_due(each, now)]
    return Known(
        first=row["last_complete_at"] is None,
        keys=_keys(db, "SELECT site, key FROM listed WHERE source_id = ? AND known = 1", [source_id]),
        stored=_keys(db, STORED, [source_id, site]),
        pending=tuple(map(_entry, due)),
        waiting=frozenset((each["site"], each["key"]) for each in pending if each not in due),
        horizon_number=row["horizon_number"],
        horizon_on=timestamps.day(row["horizon_on"]),
        top_number=row["top_number"],
        backfill_url=row["backfill_url"],
        usual_entries=row["usual_entries"],
        listed_keys=_keys(db, LISTED_KEYS, [source_id]),
    )


LISTED_KEYS: Final = (
    "SELECT DISTINCT site, key FROM listed WHERE source_id = ? AND known = 1 AND role = 'listing'"
)
STORED: Final = """SELECT site, key FROM postings
    WHERE site IN (SELECT site FROM listed WHERE source_id = ? UNION SELECT ?)"""
PENDING: Final = """SELECT * FROM pending WHERE source_id = ?
    ORDER BY discovered_at, rank, site, key"""


def how_met(db: Database, look: Look) -> tuple[EventKind, datetime | None, datetime]:
    """Return how a posting came to us, the last look that did not have it, and the first that had.

    What nothing announced is `found`; where several sources announced it, this look's own decides.
    """
    row = next(db.query(ANNOUNCED, [look.address.site, look.address.key, look.source_id]), None)
    if row is None:
        return EventKind.FOUND, None, look.at
    before = timestamps.parse_optional_instant(row["last_before_at"])
    return EventKind(row["kind"]), before, min(timestamps.instant(row["discovered_at"]), look.at)


ANNOUNCED: Final = """SELECT kind, discovered_at, last_before_at FROM pending WHERE site = ? AND key = ?
    ORDER BY source_id IS ? DESC, kind, discovered_at LIMIT 1"""


def published(db: Database, address: Address) -> tuple[str | None, str | None]:
    """Return the instant that a feed gave for a pending posting, and what kind of feed."""
    row = db.execute(
        "SELECT published_at, published_source FROM pending WHERE site = ? AND key = ?"
        " AND published_at IS NOT NULL ORDER BY source_id LIMIT 1",
        [address.site, address.key],
    ).fetchone()
    return (row[0], row[1]) if row else (None, None)


def settle(db: Database, posting_id: int, address: Address) -> None:
    """Take a posting that is stored now off the pending ones; where it was announced stays with it."""
    pair = [address.site, address.key]
    for row in list(db.query("SELECT url, source_id, first_at FROM listed WHERE site = ? AND key = ?", pair)):
        meet(db, posting_id, row["url"], row["source_id"], row["first_at"])
    db.execute("DELETE FROM pending WHERE site = ? AND key = ?", pair)


def missed(db: Database, look: Look) -> None:
    """Count a look that did not bring a pending article, and put the next one off, longer each time."""
    pair = [look.address.site, look.address.key]
    for source_id, tries in db.execute(TRIES, pair).fetchall():
        pause = retry_pause(tries + 1)
        next_at = timestamps.text(look.at + pause) if pause else None
        db.execute(MISSED, [look.verdict in ABSENT, next_at, source_id, *pair])


TRIES: Final = "SELECT source_id, tries FROM pending WHERE site = ? AND key = ?"
MISSED: Final = """UPDATE pending SET tries = tries + 1, absent = absent + ?, next_try_at = ?
    WHERE source_id = ? AND site = ? AND key = ?"""


def retry_pause(tries: int) -> timedelta:
    """Return how long a pending article is left alone after so many looks that did not bring it.

    A site in trouble shows other pages in the place of a new release for hours: it must not be lost by that.
    """
    if tries < AT_ONCE:
        return timedelta(0)
    return min(FIRST_PAUSE * (1 << min(tries - AT_ONCE, 9)), LONGEST_PAUSE)


def retry(db: Database, source_id: str) -> None:
    """Let the next crawl ask for what looks did not bring: today's parser may read it."""
    db.execute("UPDATE pending SET next_try_at = NULL WHERE source_id = ?", [source_id])


def posting(db: Database, address: Address) -> int | None:
    """Return the id of the posting that an address names, or None where it is not stored."""
    row = db.execute(
        "SELECT id FROM postings WHERE site = ? AND key = ?", [address.site, address.key]
    ).fetchone()
    return None if row is None else int(row[0])


def meet(db: Database, posting_id: int, url: str, source_id: str | None, at: str) -> None:
    """Note an address and a source under which a posting was met; times only ever widen."""
    db.execute(MEET_ADDRESS, [posting_id, url, at])
    if source_id is not None:
        db.execute(MEET_SOURCE, [posting_id, source_id, at])


MEET_ADDRESS: Final = """INSERT INTO addresses(posting_id, url, first_at, last_at) VALUES (?1, ?2, ?3, ?3)
    ON CONFLICT DO UPDATE SET first_at = min(first_at, ?3), last_at = max(last_at, ?3)"""
MEET_SOURCE: Final = """INSERT INTO posting_sources(posting_id, source_id, first_at) VALUES (?1, ?2, ?3)
    ON CONFLICT DO UPDATE SET first_at = ?3 WHERE first_at > ?3"""  # else nothing is written


def is_import(db: Database, run_id: int | None) -> bool:
    """Tell whether a run took looks from somebody's archive."""
    row = db.execute("SELECT kind FROM runs WHERE id = ?", [run_id]).fetchone()
    return row is not None and row[0] == "import"


def complete(db: Database, run: Row, at: str) -> None:
    """Take note that a crawl was complete: what it listed is known, what it did not want is not pending."""
    source_id = run["source_id"]
    row = progress(db, source_id)
    is_whole = run["kind"] == "backfill"
    if row["last_complete_at"] is None or is_whole:
        row |= _horizon(db, source_id, is_whole=is_whole)
    listed_at, is_of_feed = run["listed_at"] or run["started_at"], _is_of_feed(db, run)
    row |= {"last_complete_at": at, "last_fed_at": listed_at}
    if not is_of_feed:
        row["last_listed_at"] = listed_at
    row["usual_entries"] = run["listed"] or row["usual_entries"]
    tables.upsert(db, "source_progress", row, "source_id")
    # What a listing named that was not walked to its end stays unknown: more may lie behind it.
    db.execute(COMPLETE, [source_id, "feed" if is_of_feed else "%"])
    db.execute("DELETE FROM pending WHERE source_id = ? AND tries = 0", [source_id])


COMPLETE: Final = "UPDATE listed SET known = 1 WHERE source_id = ? AND known = 0 AND role LIKE ?"


def _is_of_feed(db: Database, run: Row) -> bool:
    """Tell whether a crawl left the listing alone that its newsroom has."""
    return run["listed"] is None and has_listing(db, run["source_id"])


def has_listing(db: Database, source_id: str) -> bool:
    """Tell whether a source ever showed a listing, and not a feed alone."""
    return db.execute(HAS_LISTING, [source_id]).fetchone() is not None


HAS_LISTING: Final = "SELECT 1 FROM listed WHERE source_id = ? AND role = 'listing' LIMIT 1"


def set_backfill(db: Database, source_id: str, url: str | None) -> None:
    """Keep the listing page where a back-fill goes on; None forgets it."""
    row = progress(db, source_id) | {"backfill_url": url}
    tables.upsert(db, "source_progress", row, "source_id")


def progress(db: Database, source_id: str) -> Row:
    """Return how far the crawls of a source have come; all None before the first complete one."""
    row = next(db.query("SELECT * FROM source_progress WHERE source_id = ?", [source_id]), None)
    return row or dict.fromkeys(PROGRESS) | {"source_id": source_id}


PROGRESS: Final = (
    "last_complete_at",
    "last_listed_at",
    "horizon_on",
    "horizon_number",
    "top_number",
    "usual_entries",
    "backfill_url",
    "last_fed_at",
)


def _tie(db: Database, posting_id: int, entry: Entry, look: Look) -> None:
    """Note that a source announces a stored posting; a feed's instant fills a gap, it never changes one."""
    meet(db, posting_id, entry.address.url, look.source_id, timestamps.text(look.at))
    if entry.published_at is not None:
        db.execute(
            "UPDATE postings SET published_at = ?, published_source = ?"
            " WHERE id = ? AND published_at IS NULL",
            [timestamps.text(entry.published_at), entry.published_source, posting_id],
        )


def _is_known(db: Database, source_id: str, address: Address) -> bool:
    found = db.execute(
        "SELECT 1 FROM listed WHERE site = ? AND key = ? AND source_id = ? AND known = 1",
        [address.site, address.key, source_id],
    )
    return found.fetchone() is not None


def _is_due(row: Row, now: datetime) -> bool:
    """Tell whether a pending article is to be asked for; a try far ahead was planned by a wrong clock."""
    next_at = timestamps.parse_optional_instant(row["next_try_at"])
    in_time = next_at is None or not now < next_at <= now + LONGEST_PAUSE
    return row["absent"] < MOST_ABSENT and in_time


def _await(db: Database, entry: Entry, look: Look, source: Row, rank: int) -> None:
    horizon = Horizon(source["horizon_number"], timestamps.day(source["horizon_on"]), source["top_number"])
    is_old = source["last_complete_at"] is None or is_below(horizon, entry) or is_import(db, look.run_id)
    row = {
        "source_id": look.source_id,
        "site": entry.address.site,
        "key": entry.address.key,
        "title": storable(entry.title),
        "url": entry.address.url,
        "number": entry.address.number,
        "published_raw": storable(entry.published_raw),
        "published_on": entry.published_on.isoformat() if entry.published_on else None,
        "published_at": timestamps.maybe_text(entry.published_at),
        "published_source": entry.published_source,
        "summary": storable(entry.summary),
        "kind": str(EventKind.FOUND if is_old else EventKind.PUBLISHED),
        "discovered_at": timestamps.text(look.at),
        "last_before_at": None if is_old else _last_before_at(source, look.role),
        "rank": rank,
    }
    db.execute(AWAIT, row)


def _last_before_at(source: Row, role: Role) -> str | None:
    """Return when this list, the feed or the listing, was last seen without what it names now."""
    fed_at: str | None = source["last_fed_at"] if role is Role.FEED else None
    return fed_at or source["last_listed_at"]


AWAIT: Final = """INSERT INTO pending(source_id, site, key, title, url, number, published_raw, published_on,
    published_at, published_source, summary, kind, discovered_at, last_before_at, rank)
    VALUES (:source_id, :site, :key, :title, :url, :number, :published_raw, :published_on,
    :published_at, :published_source, :summary, :kind, :discovered_at, :last_before_at, :rank)
    ON CONFLICT DO UPDATE SET published_at = coalesce(published_at, excluded.published_at),
    published_source = coalesce(published_source, excluded.published_source),
    published_on = coalesce(published_on, excluded.published_on),
    summary = coalesce(summary, excluded.summary)"""


def _list(db: Database, entry: Entry, look: Look, *, is_pinned: bool) -> None:
    row = {
        "site": entry.address.site,
        "key": entry.address.key,
        "url": entry.address.url,
        "source_id": look.source_id,
        "role": str(look.role),
        "number": as_number(entry.address.number),
        "published_on": entry.published_on.isoformat() if entry.published_on else None,
        "pinned": int(is_pinned),
        "first_at": timestamps.text(look.at),
    }
    db.execute(LIST, row)


LIST: Final = """INSERT OR IGNORE INTO
    listed(site, key, url, source_id, role, number, published_on, pinned, first_at)
    VALUES (:site, :key, :url, :source_id, :role, :number, :published_on, :pinned, :first_at)"""


def _note_on_run(db: Database, look: Look) -> None:
    """Keep on the run when it first looked at a listing or feed, and how much its first listing page held."""
    db.execute(
        "UPDATE runs SET listed_at = coalesce(listed_at, ?) WHERE id = ?",
        [timestamps.text(look.at), look.run_id],
    )
    if look.role is Role.LISTING and look.listing is not None:
        entries = len(look.listing.entries)
        db.execute("UPDATE runs SET listed = coalesce(listed, ?) WHERE id = ?", [entries, look.run_id])


def _horizon(db: Database, source_id: str, *, is_whole: bool) -> Mapping[str, object]:
    """Return the horizon columns: the shallower of feed and listing; of a whole back-fill, the listing's."""
    rows = list(db.query(DEPTHS, [source_id]))
    depths = [row for row in rows if row["role"] == Role.LISTING] if is_whole else []
    depths = depths or rows
    return {
        "horizon_number": max((row["number"] for row in depths if row["number"] is not None), default=None),
        "horizon_on": max((row["day"] for row in depths if row["day"] is not None), default=None),
        "top_number": max((row["top"] for row in rows if row["top"] is not None), default=None),
    }


DEPTHS: Final = """SELECT role, min(CASE WHEN NOT pinned THEN number END) AS number,
    min(CASE WHEN NOT pinned THEN published_on END) AS day, max(number) AS top
    FROM listed WHERE source_id = ? GROUP BY role"""


def _keys(db: Database, sql: str, values: list[str | None]) -> frozenset[Key]:
    return frozenset((site, key) for site, key in db.execute(sql, values))


def _entry(row: Row) -> Entry:
    return Entry(
        Address(row["site"], row["number"], row["url"]),
        row["title"],
        published_raw=row["published_raw"],
        published_on=timestamps.day(row["published_on"]),
        published_at=timestamps.parse_optional_instant(row["published_at"]),
        published_source=row["published_source"],
        summary=row["summary"],
    )
