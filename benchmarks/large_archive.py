"""Makes a large archive: many postings on a thousand newsrooms, the same every time.

    python -m benchmarks.large_archive FOLDER [POSTINGS ...]

writes FOLDER/<postings>.db for each size. The first postings go through `Store.save_look`; the rest are rows
that the same functions make in worker processes, inserted in bulk, with all indexes and the whole ledger.
`tests/benchmarks/test_large_archive.py` holds that both ways give the same tables. What bulk rows lack is the
captures themselves: their rows are there, their WARC file is not, since captures are measured apart.
"""

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from benchmarks.made_releases import LAST_DAY, PAGE_HEADERS, SOURCES, MadePosting, make_looks, make_posting
from storage.archive import captures
from storage.archive.writer import get_archive_folder
from storage.db import ledger, rows, timestamps
from storage.db.ledger import EventContext, Evidence
from storage.db.rows import Row
from storage.db.sql import build_insert
from storage.diff import changes
from storage.models import (
    Address,
    DetectedEvent,
    Entry,
    EventKind,
    Listing,
    Look,
    Role,
    Verdict,
    start_posting_status,
)
from storage.store import RunOutcome, Store
from storage.tables import pending, posting_addresses, posting_states, postings
from storage.tables.validators import SAVE_DIGESTS, make_validators_row

SIZES: Final = (10_000, 100_000, 1_000_000)
REAL: Final = 1000  # postings that go through the store
BATCH: Final = 1000  # postings a task and a transaction
HEADERS: Final = rows.dump_json(PAGE_HEADERS)
WORKERS: Final = 2
BULK_FILE: Final = "made.warc.gz"
REMOVED_EVERY: Final = 400  # one of so many postings was taken down
Rows = dict[str, list[Row]]


def main(arguments: Sequence[str]) -> None:
    """Make the archives that the command line names."""
    folder, *sizes = arguments
    Path(folder).mkdir(parents=True, exist_ok=True)
    for size in map(int, sizes or map(str, SIZES)):
        began = time.monotonic()
        path = make_archive(Path(folder) / f"{size}.db", size)
        print(
            f"{path}: {path.stat().st_size / size / 1000:.1f} kB a posting, {time.monotonic() - began:.0f} s"
        )


def make_archive(path: Path, size: int, real: int = REAL) -> Path:
    """Make an archive of so many postings, unless the file is there already; return its path."""
    if path.exists():
        return path
    part = path.with_name(f"{path.name}.part")
    with closing(Store.open(part, clock=lambda: LAST_DAY)) as store:
        store.db.execute("PRAGMA synchronous = OFF")
        store.db.execute("PRAGMA cache_size = -400000")
        store.db.execute("PRAGMA journal_mode = OFF")
        save_real(store, range(min(real, size)))
        save_bulk(store, range(min(real, size), size))
        finish_archive(store, size)
        store.db.enable_wal()
    get_archive_folder(part).rename(get_archive_folder(path))
    return part.rename(path)


def save_real(store: Store, numbers: Iterable[int]) -> None:
    """Save postings through the store."""
    with store.writing():
        for number in numbers:
            for look in make_looks(made := make_posting(number)):
                store.save_look(look)
            save_second_source(store, made)


def save_second_source(store: Store, made: MadePosting) -> None:
    """Save what lists say of a posting: its row of `listed_articles`, and another newsroom that lists it."""
    store.db.execute(pending.INSERT_LISTED, make_listed_row(made))
    if made.second_source:
        at = timestamps.format_timestamp(made.at)
        posting_addresses.record_address(store.db, made.id, made.address.url, made.second_source, at)


def make_listed_row(made: MadePosting) -> Row:
    """Return the row of `listed_articles` for the listing that named a posting."""
    return {
        "site": made.address.site,
        "key": made.address.key,
        "url": made.address.url,
        "source_id": made.source,
        "role": "listing",
        "number": int(made.address.number or 0),
        "published_on": made.fields.published_on and made.fields.published_on.isoformat(),
        "pinned": 0,
        "first_at": timestamps.format_timestamp(made.at),
    }


def save_bulk(store: Store, numbers: range) -> None:
    """Save postings as rows that worker processes make."""
    if not numbers:
        return
    tasks = [numbers[start : start + BATCH] for start in range(0, len(numbers), BATCH)]
    store.db.execute("PRAGMA foreign_keys = OFF")  # releases and postings name each other
    with drop_text_triggers(store), ProcessPoolExecutor(WORKERS) as pool:
        waiting = [pool.submit(make_rows, task) for task in tasks[:6]]
        for task in [*tasks[6:], *[None] * len(waiting)]:
            found = waiting.pop(0).result()
            if task is not None:
                waiting.append(pool.submit(make_rows, task))
            insert_rows(store, found)


@contextmanager
def drop_text_triggers(store: Store) -> Iterator[None]:
    """Let texts be put into the full-text indexes a batch at a time, in the order of the index."""
    kept = store.db.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'revisions_%_insert'"
    ).fetchall()
    for name, _ in kept:
        store.db.execute(f"DROP TRIGGER {name}")
    set_index_options(store, hashsize=64_000_000, automerge=0)
    yield
    set_index_options(store, hashsize=1_048_576, automerge=4)
    for index in INDEXES:
        store.db.execute(f"INSERT INTO {index}({index}) VALUES ('optimize')")
    for _, sql in kept:
        store.db.execute(sql)


INDEXES: Final = ("revisions_fts", "revisions_trigram")


def set_index_options(store: Store, **options: int) -> None:
    """Set options of the full-text indexes: how much they gather in memory, and when they merge."""
    for index in INDEXES:
        for name, value in options.items():
            store.db.execute(f"INSERT INTO {index}({index}, rank) VALUES (?, ?)", [name, value])


def make_rows(numbers: Iterable[int]) -> Rows:
    """Return the rows of postings by table, as the store would write them, but for the ledger's hashes."""
    found: Rows = {name: [] for name in TABLES}
    for number in numbers:
        made = make_posting(number)
        looks = make_looks(made)
        for seq, look in enumerate(looks, 1):
            add_revision(found, made, look, seq)
        add_posting(found, made, looks)
        found["listed_articles"].append(make_listed_row(made))
    return found


TABLES: Final = (
    "releases",
    "captures",
    "postings",
    "revisions",
    "posting_sources",
    "addresses",
    "listed_articles",
    "looks",
    "validators",
    "posting_states",
    "events",
    "changes",
)


def add_posting(found: Rows, made: MadePosting, looks: Sequence[Look]) -> None:
    """Add the rows that a posting has once, after those of its texts."""
    at, last = (timestamps.format_timestamp(one.at) for one in (looks[0], looks[-1]))
    newest, revision = made.newest, made.revision_id + len(looks) - 1
    hashed = found["revisions"][-1]["content_hash"]
    if not made.is_copy:
        found["releases"].append(
            postings.make_release_columns(newest)
            | {"id": made.release_id, "first_seen_at": at, "content_hash": hashed}
            | {"posting_id": made.id, "revision_id": revision}
        )
    found["postings"].append(
        {
            "id": made.id,
            "title": newest.title,
            "published_on": newest.published_on and newest.published_on.isoformat(),
            "site": made.address.site,
            "number": made.address.number,
            "url": made.address.url,
            "release_id": made.release_id,
            "since_at": at,
            "first_seen_at": at,
            "last_seen_at": last,
            "revision_id": revision,
            "key": made.address.key,
        }
    )
    found["addresses"].append(
        {"posting_id": made.id, "url": made.address.url, "first_at": at, "last_at": last}
    )
    for source in filter(None, (made.source, made.second_source)):
        found["posting_sources"].append({"posting_id": made.id, "source_id": source, "first_at": at})
    status = start_posting_status(made.address, looks[0].at)
    found["posting_states"].append(posting_states.status_to_row(made.id, status))
    found["validators"].append(make_validators_row(looks[-1], revision))


def add_revision(found: Rows, made: MadePosting, look: Look, seq: int) -> None:
    """Add the rows of one text of a posting."""
    assert look.fields is not None
    row = rows.fields_to_row(look.fields)
    identifier, at = made.revision_id + seq - 1, timestamps.format_timestamp(look.at)
    capture = make_capture_row(look, identifier)
    row |= {"id": identifier, "posting_id": made.id, "seq": seq, "observed_at": at, "capture_id": identifier}
    row["has_unspaced"] = rows.has_unspaced_script(row)
    evidence = Evidence(identifier, row["digest"], identifier, capture["digest"])
    found["captures"].append(capture)
    found["revisions"].append(row)
    found["looks"].append(make_look_row(look, made, identifier))
    event = make_event(made, look, seq)
    context = EventContext(made.source, made.address, made.release_id, look.fields.title, evidence)
    found["events"].append(ledger.make_event_row(event, context) | {"id": identifier})
    for change in event.changes:
        assert change.field == "body"
        found["changes"].append(
            {"event_id": identifier, "field": "body", "before_id": identifier - 1, "after_id": identifier}
        )


def make_event(made: MadePosting, look: Look, seq: int) -> DetectedEvent:
    """Return what the ledger says of a text: found, or edited."""
    if seq == 1:
        return DetectedEvent(EventKind.FOUND, look.at, None, look.at, made.id)
    changed = changes.list_changes(made.fields, made.newest)
    return DetectedEvent(EventKind.EDITED, look.at, made.at, look.at, made.id, changes=changed)


def make_capture_row(look: Look, identifier: int) -> Row:
    """Return the row of a capture whose record was not written."""
    assert look.page is not None
    row: Row = {
        "url": look.page.url,
        "status": look.page.status,
        "at": timestamps.format_timestamp(look.at),
        "warc_file": BULK_FILE,
        "offset": identifier * 12_345,
        "length": 12_345,
        "sha256": f"sha256:{identifier:064x}",
        "record_sha256": f"sha256:{identifier + 7:064x}",
        "headers": HEADERS,
    }
    return row | {"id": identifier, "digest": captures.digest_capture(row)}


def make_look_row(look: Look, made: MadePosting, identifier: int) -> Row:
    """Return the row of a look that began a span."""
    at = timestamps.format_timestamp(look.at)
    return {
        "url": look.address.url,
        "role": str(look.role),
        "outcome": "live",
        "reason": "",
        "first_at": at,
        "last_at": at,
        "looks": 1,
        "source_id": look.source_id,
        "posting_id": made.id,
        "revision_id": identifier,
        "capture_id": identifier,
        "status": look.page.status if look.page else None,
        "length_bytes": len(look.page.content) if look.page else None,
        "article_digest": look.article_digest,
    }


def insert_rows(store: Store, found: Rows) -> None:
    """Insert the rows of one batch, chain their events, and index their texts by the triggers' statements."""
    prev_hash = ledger.read_head_hash(store.db)
    for row in found["events"]:
        row["prev_hash"] = prev_hash
        row["hash"] = prev_hash = ledger.compute_event_hash(prev_hash, row["payload"])
    with store.writing() as db:
        for name in TABLES:
            if found[name]:
                statement = (
                    SAVE_DIGESTS if name == "validators" else build_insert(name, tuple(found[name][0]))
                )
                db.conn.executemany(statement, found[name])
        ids = found["revisions"][0]["id"], found["revisions"][-1]["id"]
        for statement in INDEX_TEXTS:
            db.execute(statement, ids)


COLUMNS: Final = "title, subtitle, body, byline, organization, dateline, tags"
INDEX_TEXTS: Final = tuple(
    f"INSERT INTO {index}(rowid, {columns}) SELECT r.search_key, {read} FROM revisions r"
    f" CROSS JOIN {view} t ON t.search_key = r.search_key WHERE r.id BETWEEN ? AND ? ORDER BY r.search_key"
    for index, view, columns in (
        ("revisions_fts", "searchable_texts", f"{COLUMNS}, site"),
        ("revisions_trigram", "unspaced_texts", COLUMNS),
    )
    for read in [", ".join(f"t.{name}" for name in columns.split(", "))]
)


def finish_archive(store: Store, size: int) -> None:
    """Add what an archive has besides texts: takedowns, and a complete crawl of each newsroom."""
    with store.writing():
        for number in range(REMOVED_EVERY - 1, size, REMOVED_EVERY):
            remove_posting(store, make_posting(number))
    newest: dict[str, list[MadePosting]] = {}
    for number in range(size - 1, max(-1, size - 1 - 10 * len(SOURCES)), -1):
        newest.setdefault((made := make_posting(number)).source, []).append(made)
    for source in SOURCES:
        with store.writing():
            crawl_newsroom(store, source, newest.get(source, [])[:10])


def remove_posting(store: Store, made: MadePosting) -> None:
    """Add that a posting was suspected and is gone."""
    last = make_looks(made)[-1].at
    for kind in (EventKind.SUSPECTED, EventKind.REMOVED):
        event = DetectedEvent(kind, last, last, last, made.id, detail={"looks": 3, "verdict": "gone"})
        context = EventContext(made.source, made.address, made.release_id, made.newest.title)
        ledger.append_event(store.db, event, context)
    for table, key in (("postings", "id"), ("posting_states", "posting_id")):
        store.db.execute(f"UPDATE {table} SET state = 'removed' WHERE {key} = ?", [made.id])


def crawl_newsroom(store: Store, source: str, listed: Sequence[MadePosting]) -> None:
    """Save a complete crawl that found nothing new."""
    if not listed:
        return
    at = max(one.at for one in listed)
    run = store.start_run(source, "crawl", at)
    entries = tuple(
        Entry(one.address, one.fields.title, published_on=one.fields.published_on) for one in listed
    )
    where = Address(listed[0].address.site, None, f"https://{listed[0].address.site}/News/")
    listing = Listing(entries, "afpims:1")
    store.save_look(Look(Role.LISTING, where, at, Verdict.LIVE, source, run, listing=listing))
    store.detect_changes(source)
    store.finish_run(run, RunOutcome(True, 0, 0, 0, 2, (), "ok", {"live": 2}))


if __name__ == "__main__":
    main(sys.argv[1:])
