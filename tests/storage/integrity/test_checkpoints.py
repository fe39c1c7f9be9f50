"""A checkpoint that was stored elsewhere shows whether history was rewritten or cut off since."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.archive.writer import get_archive_folder
from storage.db import ledger
from storage.db.timestamps import format_timestamp
from storage.integrity.checkpoints import (
    Checkpoint,
    find_checkpoint_problem,
    read_checkpoint,
    write_checkpoint,
)
from storage.integrity.verify import verify_database
from storage.models import StoreError, Verdict
from storage.store import Store
from tests.support.make_looks import address, after, bad, fields, seen, store_at


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return a store with three events, in which rows may be damaged."""
    with store_at(tmp_path / "milwire.db") as opened:
        opened.save_look(seen(after(0), fields()))
        opened.save_look(seen(after(1), fields("Another title of the story")))
        opened.save_look(bad(after(2), Verdict.GONE))
        opened.db.execute("PRAGMA foreign_keys = OFF")
        yield opened


def take_checkpoint(db: Database, at: datetime) -> Checkpoint:
    """Return a checkpoint of the ledger as it is now."""
    count = db.execute("SELECT count(*) FROM events").fetchone()[0]
    return Checkpoint(count, ledger.read_head_hash(db), format_timestamp(at))


def is_intact(store: Store) -> bool:
    return verify_database(store.db, get_archive_folder(store.path)).problem is None


def test_a_checkpoint_holds_while_the_ledger_grows(store: Store, tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "head.json", take_checkpoint(store.db, after(9)))
    store.save_look(seen(after(9), fields("New story of the wing"), address("300")))
    stored = read_checkpoint(tmp_path / "head.json")
    assert find_checkpoint_problem(store.db, stored) is None
    assert (stored.events, stored.at) == (3, "2026-03-02T21:00:00.000000Z")


def test_a_checkpoint_of_an_empty_ledger_holds_always(tmp_path: Path, store: Store) -> None:
    with store_at(tmp_path / "empty.db") as empty:
        stored = take_checkpoint(empty.db, after(0))
    assert find_checkpoint_problem(store.db, stored) is None


def test_only_a_checkpoint_finds_a_history_that_was_rewritten_as_a_whole(store: Store) -> None:
    stored = take_checkpoint(store.db, after(9))
    head = ledger.GENESIS_HASH
    for row in list(store.db.query("SELECT id, payload FROM events ORDER BY id")):
        payload = ledger.canonical_json(json.loads(row["payload"]) | {"source": "somebody-else"})
        new = ledger.compute_event_hash(head, payload)
        change = {"payload": payload, "source_id": "somebody-else", "prev_hash": head, "hash": new}
        store.db.table("events").update(row["id"], change)
        head = new
    assert is_intact(store)
    assert "rewritten" in str(find_checkpoint_problem(store.db, stored))


def test_only_a_checkpoint_finds_a_ledger_that_was_cut_off_at_its_end(store: Store) -> None:
    stored = take_checkpoint(store.db, after(9))
    last = next(store.db.query("SELECT id, capture_id FROM events ORDER BY id DESC"))
    store.db.execute("DELETE FROM events WHERE id = ?", [last["id"]])
    for table, column in (("looks", "capture_id"), ("captures", "id")):
        store.db.execute(f"DELETE FROM {table} WHERE {column} = ?", [last["capture_id"]])
    assert is_intact(store)
    assert "cut off" in str(find_checkpoint_problem(store.db, stored))


@pytest.mark.parametrize(
    "checkpoint",
    [Checkpoint(0, "f" * 64, "2026-03-02T21:00:00Z"), Checkpoint(1, "f" * 64, "2026-03-02T21:00:00Z")],
)
def test_a_checkpoint_with_another_hash_does_not_hold(store: Store, checkpoint: Checkpoint) -> None:
    assert find_checkpoint_problem(store.db, checkpoint)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"events": "1", "hash": "", "at": ""}', "\x00"])
def test_a_file_without_a_checkpoint_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "head.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(StoreError, match="not a milwire checkpoint"):
        read_checkpoint(file)


def test_a_missing_file_or_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"head\.json: No such file"):
        read_checkpoint(tmp_path / "head.json")
    with pytest.raises(StoreError, match=r"head\.json: No such file"):
        write_checkpoint(tmp_path / "nowhere" / "head.json", Checkpoint(0, ledger.GENESIS_HASH, ""))


def test_a_checkpoint_replaces_the_one_before_and_leaves_no_other_file(tmp_path: Path) -> None:
    file = tmp_path / "head.json"
    for events in (1, 2):
        write_checkpoint(file, Checkpoint(events, "f" * 64, "2026-03-02T21:00:00Z"))
    assert read_checkpoint(file).events == 2
    assert list(tmp_path.iterdir()) == [file]
