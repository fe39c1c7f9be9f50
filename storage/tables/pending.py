"""Articles that listings and feeds name: table `listed_articles`; until they are stored, also `pending`."""

from datetime import datetime, timedelta
from typing import Final

from sqlite_utils import Database

from storage.db import timestamps
from storage.db.rows import Row, replace_surrogates
from storage.models import Address, Entry, EventKind, Look, Role
from storage.models.known_articles import (
    Horizon,
    KnownArticles,
    PostingKey,
    find_pinned,
    is_below_horizon,
    parse_article_number,
)
from storage.tables import posting_addresses, runs, source_progress

AT_ONCE: Final = 3  # tries that the next crawls make as they come
FIRST_PAUSE: Final = timedelta(hours=1)  # after these; then twice as long each time
LONGEST_PAUSE: Final = timedelta(days=1)
MOST_ABSENT: Final = 36  # about a month of "not here": after that only a back-fill asks for it


def record_listed_articles(db: Database, look: Look) -> None:
    """Save what a listing or feed names. What is new becomes pending, as `found` or `published`.

    That is decided here, so that a kill before the article is fetched changes nothing. What a complete crawl
    knew and did not fetch does not become pending again.
    """
    if look.listing is None or look.source_id is None:
        return
    source = source_progress.read_progress(db, look.source_id)
    entries = look.listing.entries
    unread = _list_unread_keys(db, look, source)
    for rank, (entry, is_pinned) in enumerate(zip(entries, find_pinned(entries), strict=True)):
        posting_id = posting_addresses.find_posting_id(db, entry.address)
        if posting_id is not None:
            _link_posting(db, posting_id, entry, look)
        elif not _is_known(db, look.source_id, entry.address):
            is_read = (entry.address.site, entry.address.key) not in unread
            _insert_pending(db, entry, look, source | {"is_read": is_read}, rank)
        _insert_listed(db, entry, look, is_pinned=is_pinned)
    _update_run(db, look)


def _list_unread_keys(db: Database, look: Look, source: Row) -> frozenset[PostingKey]:
    """Return what stands where no complete crawl has read: nobody can say that it was not there before.

    That is what stands below all that is known, in a back-fill, or beyond the first page of a crawl. An entry
    dated after the last look at the list was not there then, whatever its place. In a crawl one without a day
    counts as new, as it always goes only as far as there is something new.
    """
    if look.listing is None or look.role is not Role.LISTING:
        return frozenset()
    is_far_walk = runs.reads_whole_list(db, look.run_id)
    if not is_far_walk and not runs.has_read_listing(db, look.run_id):
        return frozenset()
    last_at = timestamps.parse_optional_timestamp(source["last_listed_at"])
    entries, source_id = look.listing.entries, look.source_id or ""
    known = [
        _is_known(db, source_id, entry.address) and not is_pinned
        for entry, is_pinned in zip(entries, find_pinned(entries), strict=True)
    ]
    below = entries[len(known) - known[::-1].index(True) :] if any(known) else entries
    return frozenset(
        (entry.address.site, entry.address.key)
        for entry in below
        if not (last_at and entry.published_on and entry.published_on > last_at.date())
        and (is_far_walk or entry.published_on)
    )


def load_known_articles(db: Database, source_id: str, site: str | None, now: datetime) -> KnownArticles:
    """Return what a crawl of a source starts with.

    `stored_keys` has the postings of every site that this source has listed, and of `site`, so that a new
    section of a known site fetches nothing twice.
    """
    row = source_progress.read_progress(db, source_id)
    pending = list(db.query(PENDING, [source_id]))
    due = [each for each in pending if _is_due(each, now)]
    return KnownArticles(
        is_first_crawl=row["last_complete_at"] is None,
        keys=_read_keys(
            db, "SELECT site, key FROM listed_articles WHERE source_id = ? AND known = 1", [source_id]
        ),
        stored_keys=_read_keys(db, STORED, [source_id, site]),
        pending=tuple(map(_to_entry, due)),
        waiting_keys=frozenset((each["site"], each["key"]) for each in pending if each not in due),
        horizon_number=row["horizon_number"],
        horizon_on=timestamps.parse_stored_day(row["horizon_on"]),
        top_number=row["top_number"],
        backfill_url=row["backfill_url"],
        usual_entries=row["usual_entries"],
        listed_keys=_read_keys(db, LISTED_KEYS, [source_id]),
    )


LISTED_KEYS: Final = (
    "SELECT DISTINCT site, key FROM listed_articles WHERE source_id = ? AND known = 1 AND role = 'listing'"
)
STORED: Final = """WITH near AS (SELECT site FROM listed_articles WHERE source_id = ? UNION SELECT ?)
    SELECT site, key FROM postings WHERE site IN (SELECT site FROM near)
    UNION SELECT p.site, a.url FROM addresses a JOIN postings p ON p.id = a.posting_id
    WHERE p.number IS NULL AND a.url <> p.key AND p.site IN (SELECT site FROM near)"""
PENDING: Final = """SELECT * FROM pending WHERE source_id = ?
    ORDER BY discovered_at, rank, site, key"""


def describe_discovery(db: Database, look: Look) -> tuple[EventKind, datetime | None, datetime]:
    """Return how a posting came to us, when a list last did not name it, and when one first did.

    What no list named is `found`. Where the lists of several sources named it, those of the look's own source
    decide.
    """
    row = next(db.query(DISCOVERED, [look.address.site, look.address.key, look.source_id]), None)
    if row is None:
        return EventKind.FOUND, None, look.at
    before = timestamps.parse_optional_timestamp(row["last_before_at"])
    return EventKind(row["kind"]), before, min(timestamps.parse_timestamp(row["discovered_at"]), look.at)


DISCOVERED: Final = """SELECT kind, discovered_at, last_before_at FROM pending WHERE site = ? AND key = ?
    ORDER BY source_id IS ? DESC, kind, discovered_at LIMIT 1"""


def find_feed_time(db: Database, address: Address) -> tuple[str | None, str | None]:
    """Return the publication time that a feed gave for a pending article, as text, and what kind of feed."""
    row = db.execute(
        "SELECT published_at, published_source FROM pending WHERE site = ? AND key = ?"
        " AND published_at IS NOT NULL ORDER BY source_id LIMIT 1",
        [address.site, address.key],
    ).fetchone()
    return (row[0], row[1]) if row else (None, None)


def settle_pending(db: Database, posting_id: int, address: Address) -> None:
    """Remove an article that is stored now from the pending ones; its addresses go to its posting."""
    pair = [address.site, address.key]
    for row in list(
        db.query("SELECT url, source_id, first_at FROM listed_articles WHERE site = ? AND key = ?", pair)
    ):
        posting_addresses.record_address(db, posting_id, row["url"], row["source_id"], row["first_at"])
    db.execute("DELETE FROM pending WHERE site = ? AND key = ?", pair)


def record_failed_try(db: Database, look: Look) -> None:
    """Count a look that did not bring a pending article, and postpone the next one, longer each time."""
    pair = [look.address.site, look.address.key]
    for source_id, tries in db.execute(TRIES, pair).fetchall():
        pause = compute_retry_pause(tries + 1)
        next_at = timestamps.format_timestamp(look.at + pause) if pause else None
        db.execute(RECORD_TRY, [look.verdict.is_absent, next_at, source_id, *pair])


TRIES: Final = "SELECT source_id, tries FROM pending WHERE site = ? AND key = ?"
RECORD_TRY: Final = """UPDATE pending SET tries = tries + 1, absent_looks = absent_looks + ?, next_try_at = ?
    WHERE source_id = ? AND site = ? AND key = ?"""


def compute_retry_pause(tries: int) -> timedelta:
    """Return how long a pending article waits after so many looks that did not bring it.

    A site in trouble shows other pages in place of a new release for hours; the release must not be lost.
    """
    if tries < AT_ONCE:
        return timedelta(0)
    return min(FIRST_PAUSE * (1 << min(tries - AT_ONCE, 9)), LONGEST_PAUSE)


def reset_retries(db: Database, source_id: str) -> None:
    """Let the next crawl ask for all that is pending: today's parser may read what an older one could not."""
    db.execute("UPDATE pending SET next_try_at = NULL WHERE source_id = ?", [source_id])


def _link_posting(db: Database, posting_id: int, entry: Entry, look: Look) -> None:
    """Note that a source lists a stored posting. A feed's time fills a gap, but never changes a time."""
    posting_addresses.record_address(
        db, posting_id, entry.address.url, look.source_id, timestamps.format_timestamp(look.at)
    )
    if entry.published_at is not None:
        db.execute(
            "UPDATE postings SET published_at = ?, published_source = ?"
            " WHERE id = ? AND published_at IS NULL",
            [timestamps.format_timestamp(entry.published_at), entry.published_source, posting_id],
        )


def _is_known(db: Database, source_id: str, address: Address) -> bool:
    found = db.execute(
        "SELECT 1 FROM listed_articles WHERE site = ? AND key = ? AND source_id = ? AND known = 1",
        [address.site, address.key, source_id],
    )
    return found.fetchone() is not None


def _is_due(row: Row, now: datetime) -> bool:
    """Return whether to ask for a pending article now. A try far in the future comes from a wrong clock."""
    next_at = timestamps.parse_optional_timestamp(row["next_try_at"])
    in_time = next_at is None or not now < next_at <= now + LONGEST_PAUSE
    return row["absent_looks"] < MOST_ABSENT and in_time


def _insert_pending(db: Database, entry: Entry, look: Look, source: Row, rank: int) -> None:
    horizon = Horizon(
        source["horizon_number"], timestamps.parse_stored_day(source["horizon_on"]), source["top_number"]
    )
    is_old = (
        source["last_complete_at"] is None
        or is_below_horizon(horizon, entry)
        or not source["is_read"]
        or runs.is_import_run(db, look.run_id)
    )
    row = {
        "source_id": look.source_id,
        "site": entry.address.site,
        "key": entry.address.key,
        "title": replace_surrogates(entry.title),
        "url": entry.address.url,
        "number": entry.address.number,
        "published_raw": replace_surrogates(entry.published_raw),
        "published_on": entry.published_on.isoformat() if entry.published_on else None,
        "published_at": timestamps.format_optional_timestamp(entry.published_at),
        "published_source": entry.published_source,
        "summary": replace_surrogates(entry.summary),
        "kind": str(EventKind.FOUND if is_old else EventKind.PUBLISHED),
        "discovered_at": timestamps.format_timestamp(look.at),
        "last_before_at": None if is_old else _last_before_at(source, look.role),
        "rank": rank,
    }
    db.execute(INSERT_PENDING, row)


def _last_before_at(source: Row, role: Role) -> str | None:
    """Return when the feed, or else the listing, was last seen without what it names now."""
    feed_at: str | None = source["last_feed_at"] if role is Role.FEED else None
    return feed_at or source["last_listed_at"]


INSERT_PENDING: Final = """INSERT INTO pending(source_id, site, key, title, url, number, published_raw,
    published_on, published_at, published_source, summary, kind, discovered_at, last_before_at, rank)
    VALUES (:source_id, :site, :key, :title, :url, :number, :published_raw, :published_on,
    :published_at, :published_source, :summary, :kind, :discovered_at, :last_before_at, :rank)
    ON CONFLICT DO UPDATE SET published_at = coalesce(published_at, excluded.published_at),
    published_source = coalesce(published_source, excluded.published_source),
    published_on = coalesce(published_on, excluded.published_on),
    summary = coalesce(summary, excluded.summary)"""


def _insert_listed(db: Database, entry: Entry, look: Look, *, is_pinned: bool) -> None:
    row = {
        "site": entry.address.site,
        "key": entry.address.key,
        "url": entry.address.url,
        "source_id": look.source_id,
        "role": str(look.role),
        "number": parse_article_number(entry.address.number),
        "published_on": entry.published_on.isoformat() if entry.published_on else None,
        "pinned": int(is_pinned),
        "first_at": timestamps.format_timestamp(look.at),
    }
    db.execute(INSERT_LISTED, row)


INSERT_LISTED: Final = """INSERT OR IGNORE INTO
    listed_articles(site, key, url, source_id, role, number, published_on, pinned, first_at)
    VALUES (:site, :key, :url, :source_id, :role, :number, :published_on, :pinned, :first_at)"""


def _update_run(db: Database, look: Look) -> None:
    """Save on the run when it first looked at a list, and how many entries its first listing page had."""
    db.execute(
        "UPDATE runs SET listed_at = coalesce(listed_at, ?) WHERE id = ?",
        [timestamps.format_timestamp(look.at), look.run_id],
    )
    if look.role is Role.LISTING and look.listing is not None:
        entries = len(look.listing.entries)
        db.execute(
            "UPDATE runs SET listed_entries = coalesce(listed_entries, ?) WHERE id = ?",
            [entries, look.run_id],
        )


def _read_keys(db: Database, sql: str, values: list[str | None]) -> frozenset[PostingKey]:
    return frozenset((site, key) for site, key in db.execute(sql, values))


def _to_entry(row: Row) -> Entry:
    return Entry(
        Address(row["site"], row["number"], row["url"]),
        row["title"],
        published_raw=row["published_raw"],
        published_on=timestamps.parse_stored_day(row["published_on"]),
        published_at=timestamps.parse_optional_timestamp(row["published_at"]),
        published_source=row["published_source"],
        summary=row["summary"],
    )
