"""Each look is saved whole, once, in a transaction of its own, in whatever order looks come."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from storage.archive import writer
from storage.archive.writer import CaptureRef, get_archive_folder
from storage.models import StoreError, Verdict
from storage.store import Store
from tests.support.make_looks import (
    DAY,
    LONG,
    address,
    after,
    bad,
    crawl,
    entry,
    everything,
    fields,
    kinds,
    listed,
    seen,
    store_at,
    table,
)

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        yield opened


def test_the_very_same_look_twice_changes_nothing(store: Store) -> None:
    looks = [
        listed(after(0), entry("100"), entry("99")),
        seen(after(1), fields()),
        bad(after(2), Verdict.GONE),
        bad(after(3), Verdict.BLOCKED, address("99"), 403),
    ]
    first = [event for look in looks for event in store.save_look(look)]
    before = everything(store)
    assert kinds(first) == ["found", "captured", "captured"]
    assert [event for look in looks for event in store.save_look(look)] == []
    assert everything(store) == before


def test_replaying_looks_gives_the_same_tables(tmp_path: Path) -> None:
    looks = [
        listed(after(0), entry("100"), entry("99")),
        seen(after(1), fields("A title that changes"), address("100")),
        seen(after(2), fields("A title that has changed"), address("100")),
        seen(after(3), fields("Quite another story here"), address("99")),
        bad(after(4), Verdict.SOFT_GONE, address("99"), 200),
    ]
    kept = []
    for name in ("one.db", "two.db"):
        with store_at(tmp_path / name) as store:
            for look in looks:
                store.save_look(look)
            kept.append(everything(store))
    assert kept[0] == kept[1]


def test_a_full_disk_keeps_all_that_was_saved_and_nothing_by_halves(store: Store) -> None:
    pages = store.db.execute("PRAGMA page_count").fetchone()[0]
    store.db.execute(f"PRAGMA max_page_count = {pages + 8}")
    with pytest.raises(StoreError, match=r"milwire\.db: the disk is full"):
        fill(store)
    store.db.execute("PRAGMA max_page_count = 1000000")
    assert sound(store)
    assert table(store, "postings")
    assert kinds(store.save_look(seen(after(0), fields("Goes on", LONG), address("999")))) == ["found"]


def fill(store: Store) -> None:
    for number in range(100):
        store.save_look(seen(after(number), fields(f"Story {number} {LONG}", LONG), address(str(number))))


def sound(store: Store) -> bool:
    """Tell whether the file holds together: pages, references, captures, a ledger line for each posting."""
    assert store.db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert list(store.db.execute("PRAGMA foreign_key_check")) == []
    for row in list(store.db.query("SELECT * FROM captures")):
        writer.read_capture(
            get_archive_folder(store.path),
            CaptureRef(row["warc_file"], row["offset"], row["length"], row["sha256"]),
        )
    found = store.db.execute("SELECT count(*) FROM events WHERE kind = 'found'").fetchone()
    return bool(found == store.db.execute("SELECT count(*) FROM postings").fetchone())


def save_for_ever(path: Path) -> None:
    store = Store.open(path)
    for number in range(100_000):
        store.save_look(seen(after(number), fields(f"Story number {number} here"), address(str(number))))


def test_a_kill_at_any_instant_leaves_whole_looks(tmp_path: Path) -> None:
    path = tmp_path / "milwire.db"
    with store_at(path) as store:
        process = SPAWN.Process(target=save_for_ever, args=(path,))
        process.start()
        while not table(store, "postings"):
            assert process.is_alive()
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join(30)
        process.close()
        assert sound(store)


def save_some(path: Path, first: int) -> None:
    store = Store.open(path)
    for number in range(first, first + 30):
        store.save_look(seen(after(number), fields(f"Story number {number} here"), address(str(number))))
    store.close()


def test_two_processes_save_at_once_and_the_chain_holds(tmp_path: Path) -> None:
    path = tmp_path / "milwire.db"
    saving = [SPAWN.Process(target=save_some, args=(path, first)) for first in (1, 15)]
    for process in saving:
        process.start()
    for process in saving:
        process.join(60)
    assert [process.exitcode for process in saving] == [0, 0]
    with store_at(path) as store:
        assert sound(store)
        assert len(table(store, "postings")) == 44
        assert len({row[0] for row in table(store, "events", "prev_hash, id")}) == 44


def test_a_block_that_fails_keeps_nothing(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        fail_half_way(store)
    assert table(store, "hosts", "host, 1") == []


def fail_half_way(store: Store) -> None:
    with store.writing() as db:
        db.execute("INSERT INTO hosts(host) VALUES ('a')")
        raise ZeroDivisionError


def test_the_views_read_as_people_ask(store: Store) -> None:
    crawl(store, listed(after(0), entry("100")), seen(after(1), fields(), address("100")), at=after(0))
    crawl(store, seen(after(2), fields(subtitle="New"), address("100")), at=after(2))
    new = next(store.db.query("SELECT * FROM new_releases"))
    assert (new["title"], new["published_on"], new["kind"], new["copies"]) == (
        fields().title,
        DAY.isoformat(),
        "found",
        1,
    )
    edit = next(store.db.query("SELECT * FROM edits"))
    assert (edit["field"], edit["before"], edit["after"]) == ("subtitle", None, "New")
    health = next(store.db.query("SELECT * FROM newsroom_health"))
    assert (health["source_id"], health["last_run"], health["postings"]) == ("wing-news", "ok", 1)


def test_a_response_that_no_archive_can_hold_is_an_unreadable_look_without_a_capture(tmp_path: Path) -> None:
    with store_at(tmp_path / "milwire.db") as store:
        odd = seen(after(0), fields())
        assert odd.page is not None
        events = store.save_look(replace(odd, page=replace(odd.page, status=42)))
        assert events == []
        (row,) = store.db.query("SELECT outcome, reason, capture_id FROM looks")
        assert row == {
            "outcome": "unreadable",
            "reason": "status 42 is none that HTTP knows",
            "capture_id": None,
        }
        assert [event.kind for event in store.save_look(seen(after(1), fields()))] == ["found"]
