"""Whatever bit flips in ledger, revisions or captures is found, and the row is named."""

import hashlib
import json
import shutil
import sqlite3
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from benchmarks import run_life
from simulator import scenarios
from simulator.scenarios import Scenario
from storage.archive import captures
from storage.archive.writer import get_archive_folder
from storage.db import ledger, rows
from storage.integrity import verify
from storage.integrity.verify import IntegrityReport
from storage.models import Image, Link, StoreError, Verdict
from storage.store import Store
from tests.support.make_looks import START, address, after, bad, crawl, entry, fields, listed, seen, store_at
from tests.support.paths import ROOT

COVERED = ("events", "revisions", "captures", "changes")
FULL = fields(
    "Wing completes yearly river rescue drill",
    "First.\n\nSecond.",
    subtitle="Sub",
    byline="A. Maker",
    organization="Wing",
    dateline="SEOUL",
    section="News",
    tags=("a", "b"),
    article_id="100",
    published_raw="March 1, 2026",
    published_at=START,
    published_source="jss",
    images=(Image("https://x.mil/a.jpg", "caption"),),
    links=(Link("https://x.mil/a.pdf", "Annex", attachment=True),),
)


def filled(path: Path) -> Store:
    """Return a store with events of many kinds, late looks and a purge among them."""
    store = Store.open(path, clock=lambda: after(9))
    crawl(store, listed(after(0), entry("100"), entry("200")), at=after(0))
    store.save_look(seen(after(0), FULL))
    store.save_look(seen(after(4), replace(FULL, title="Third title of the story", tags=("c",))))
    store.save_look(seen(after(2), replace(FULL, title="Second title of the story", subtitle=None)))
    store.save_look(seen(after(5), replace(FULL, parser="afpims:2", byline=None)))
    store.save_look(bad(after(6), Verdict.GONE))
    store.save_look(seen(after(1), fields("Other story of the wing"), address("200")))
    store.save_look(seen(after(2), fields("Other story of the fleet"), address("200")))
    store.purge_posting(2, "safety of a person")
    store.finish_purges()
    return store


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("proof") / "milwire.db"
    store = filled(made)
    store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    return made


@pytest.fixture
def store(path: Path, tmp_path: Path) -> Iterator[Store]:
    """Return a copy that may be damaged."""
    shutil.copy(path, tmp_path / "milwire.db")
    shutil.copytree(get_archive_folder(path), get_archive_folder(tmp_path / "milwire.db"))
    opened = Store.open(tmp_path / "milwire.db")
    opened.db.execute("PRAGMA foreign_keys = OFF")
    yield opened
    opened.close()


def verified(store: Store) -> IntegrityReport:
    return verify.verify_database(store.db, get_archive_folder(store.path))


def problem(store: Store) -> str:
    found = verified(store).problem
    assert found is not None
    assert "\n" not in found
    return found


def test_an_untouched_database_is_whole_and_counted(store: Store) -> None:
    found = verified(store)
    assert found.problem is None
    assert (found.events, found.revisions, found.captures, found.purged) == (9, 6, 7, 4)
    assert found.head == ledger.read_head_hash(store.db)
    assert found.captured_bytes > 1000


def test_an_empty_database_is_whole(tmp_path: Path) -> None:
    with store_at(tmp_path / "milwire.db") as opened:
        assert verified(opened) == IntegrityReport(None, 0, 0, 0, 0, 0, ledger.GENESIS_HASH)


# --- flipped bits ---


def flipped(value: object, bit: int) -> object:
    """Return a value with one bit turned, text as bytes: it may be no text any more."""
    if value is None:
        return 1
    if isinstance(value, int):
        return value ^ (1 << (bit % 40))
    data = bytearray(str(value).encode())
    if not data:
        return b"x"
    data[bit // 8 % len(data)] ^= 1 << (bit % 8)
    return bytes(data)


def cells(store: Store) -> list[tuple[str, str, int]]:
    """Return every cell that is covered: table, column, row number."""
    return [
        (table, column.name, row)
        for table in COVERED
        for column in store.db.table(table).columns
        for row in range(store.db.table(table).count)
    ]


def flip(db: Database, cell: tuple[str, str, int], bit: int) -> bool:
    """Turn a bit of a cell; False where the table itself does not let it be."""
    table, column, row = cell
    keys = db.table(table).pks
    where = " AND ".join(f"{key} IS ?" for key in keys)
    named = db.execute(f"SELECT {', '.join(keys)}, {column} FROM {table} ORDER BY {', '.join(keys)}")
    *key, value = named.fetchall()[row]
    new = flipped(value, bit)
    put = "CAST(? AS TEXT)" if isinstance(new, bytes) else "?"
    kind = {one.name: one.type for one in db.table(table).columns}[column]
    new = b"x" if kind == "TEXT" and isinstance(new, int) else new
    put = "CAST(? AS TEXT)" if isinstance(new, bytes) else put
    try:
        db.execute(f"UPDATE {table} SET {column} = {put} WHERE {where}", [new, *key])
    except sqlite3.IntegrityError:
        return False
    return True


@pytest.mark.parametrize("table", COVERED)
def test_a_flipped_bit_in_any_column_of_any_row_is_found(store: Store, table: str) -> None:
    for number, cell in enumerate(cells(store)):
        if cell[0] != table:
            continue
        store.db.execute("BEGIN")
        if flip(store.db, cell, number * 7):
            assert _problem_within(store), cell
        store.db.rollback()
    assert verified(store).problem is None


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_flipped_bit_of_a_row_is_found(store: Store, data: st.DataObject) -> None:
    cell = data.draw(st.sampled_from(cells(store)))
    store.db.execute("BEGIN")
    try:
        if flip(store.db, cell, data.draw(st.integers(0, 5000))):
            assert _problem_within(store)
    finally:
        store.db.rollback()


def _problem_within(store: Store) -> str | None:
    """Check in the transaction that damaged the rows, which is cheaper than to write and to mend them."""
    return verify.verify_database(store.db, get_archive_folder(store.path)).problem


def test_any_flipped_bit_of_a_capture_is_found(store: Store) -> None:
    rows = list(store.db.execute("SELECT id, warc_file, offset, length FROM captures"))
    for number, (identifier, file, offset, length) in enumerate(rows):
        place = get_archive_folder(store.path) / file
        whole = place.read_bytes()
        for step in range(0, length, 13):
            damaged = bytearray(whole)
            damaged[offset + step] ^= 1 << ((step + number) % 8)
            place.write_bytes(damaged)
            assert problem(store).startswith(f"capture {identifier}: "), step
        place.write_bytes(whole)
    assert verified(store).problem is None


def test_any_flipped_bit_of_the_head_of_an_archive_is_found(store: Store) -> None:
    (place,) = get_archive_folder(store.path).iterdir()
    whole = place.read_bytes()
    first = store.db.execute("SELECT min(offset) FROM captures").fetchone()[0]
    for byte in {*range(0, first, 3)} - {first - 9}:  # the last bits of packed data mean nothing
        damaged = bytearray(whole)
        damaged[byte] ^= 1 << (byte % 8)
        place.write_bytes(damaged)
        assert problem(store).startswith(f"{place}, byte 0: "), byte
    place.write_bytes(whole)
    assert verified(store).problem is None


def test_what_a_dying_process_left_at_the_end_of_an_archive_is_no_damage(store: Store) -> None:
    (place,) = get_archive_folder(store.path).iterdir()
    whole = place.read_bytes()
    first = store.db.execute("SELECT length FROM captures").fetchone()[0]
    place.write_bytes(whole + whole[-first // 2 :][:40])
    assert verified(store).problem is None


@pytest.mark.parametrize("damage", ["missing", "cut", "swapped"])
def test_a_damaged_archive_is_found(store: Store, damage: str) -> None:
    (place,) = get_archive_folder(store.path).iterdir()
    whole = place.read_bytes()
    first, second = store.db.execute("SELECT offset, length FROM captures LIMIT 2").fetchall()
    if damage == "missing":
        place.unlink()
    elif damage == "cut":
        place.write_bytes(whole[: second[0] + second[1] - 1])
    else:
        parts = [whole[start : start + length] for start, length in (second, first)]
        place.write_bytes(whole[: first[0]] + b"".join(parts) + whole[second[0] + second[1] :])
    assert "capture" in problem(store)


def test_a_damaged_page_of_the_file_is_one_line(store: Store) -> None:
    store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    root = store.db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'events'").fetchone()[0]
    size = store.db.execute("PRAGMA page_size").fetchone()[0]
    store.close()
    with store.path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * 40)
    damaged = Store.open(store.path, read_only=True)
    assert problem(damaged)
    damaged.close()


def told(path: Path) -> list[list[tuple[object, ...]]]:
    """Return all that the covered tables hold, as bytes."""
    db = sqlite3.connect(path)
    db.text_factory = bytes
    try:
        return [db.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in COVERED]
    except sqlite3.DatabaseError:
        return []
    finally:
        db.close()


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_flipped_bit_of_the_file_that_changes_what_is_told_is_found(
    path: Path, tmp_path: Path, data: st.DataObject
) -> None:
    whole = path.read_bytes()
    place = data.draw(st.integers(100, len(whole) - 1))  # behind the header, which SQLite itself guards
    damaged = bytearray(whole)
    damaged[place] ^= 1 << data.draw(st.integers(0, 7))
    copy = tmp_path / "milwire.db"
    for old in tmp_path.glob("milwire.db*"):
        old.unlink()
    copy.write_bytes(damaged)
    try:
        opened = Store.open(copy, read_only=True)
    except StoreError:
        return
    found = verify.verify_database(opened.db, get_archive_folder(path)).problem
    opened.close()
    assert found or told(copy) == told(path)


# --- rewritten history ---


def test_a_line_taken_out_of_the_middle_is_found(store: Store) -> None:
    store.db.execute("DELETE FROM changes WHERE event_id = 2")
    store.db.execute("DELETE FROM events WHERE id = 2")
    assert problem(store).startswith("event 3: ")


def test_two_lines_that_changed_places_are_found(store: Store) -> None:
    for old, new in ((2, 99), (3, 2), (99, 3)):
        store.db.execute("UPDATE events SET id = ? WHERE id = ?", [new, old])
        store.db.execute("UPDATE changes SET event_id = ? WHERE event_id = ?", [new, old])
    assert problem(store).startswith("event 2: ")


def test_a_line_put_in_is_found(store: Store) -> None:
    last = dict(next(store.db.query("SELECT * FROM events ORDER BY id DESC")))
    store.db.table("events").insert(last | {"id": last["id"] + 1, "hash": "f" * 64})
    assert problem(store).startswith(f"event {last['id'] + 1}: ")


@pytest.mark.parametrize("table", ["revisions", "captures"])
def test_a_row_without_a_line_in_the_ledger_is_found(store: Store, table: str) -> None:
    row = dict(next(store.db.query(f"SELECT * FROM {table} ORDER BY id DESC")))
    row.pop("search_key", None)  # generated
    more = {"seq": 99} if table == "revisions" else {"offset": 0}
    store.db.table(table).insert(row | {"id": 99} | more)
    assert problem(store).startswith(f"{table[:-1]} 99: ")


@pytest.mark.parametrize("table", ["revisions", "captures"])
def test_a_missing_row_is_found(store: Store, table: str) -> None:
    store.db.execute(f"DELETE FROM {table} WHERE id = 2")
    assert problem(store)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE postings SET title = 'x' WHERE id = 1", "posting 1"),
        ("UPDATE postings SET revision_id = 1 WHERE id = 1", "posting 1"),
        ("UPDATE postings SET release_id = 2 WHERE id = 1", "posting 1"),
        ("UPDATE postings SET key = 'x' WHERE id = 1", "posting 1"),
        ("UPDATE postings SET state = 'removed' WHERE id = 1", "posting 1"),
        ("UPDATE releases SET title = 'x' WHERE id = 1", "release 1"),
        ("UPDATE releases SET content_hash = 'x' WHERE id = 1", "release 1"),
        ("UPDATE releases SET posting_id = 2 WHERE id = 1", "release 1"),
    ],
)
def test_what_points_elsewhere_is_found(store: Store, change: str, named: str) -> None:
    store.db.execute(change)
    assert problem(store).startswith(f"{named}: ")


def test_the_page_about_the_proof_is_enough_to_check_it(store: Store) -> None:
    def digest(version: str, value: object) -> str:
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return f"{version}:{hashlib.sha256(text.encode()).hexdigest()}"

    page = (ROOT / "docs" / "proof.md").read_text(encoding="utf-8")
    head = "0" * 64
    for row in store.db.query("SELECT * FROM events ORDER BY id"):
        head = hashlib.sha256((head + row["payload"]).encode()).hexdigest()
        assert row["hash"] == head
        payload = json.loads(row["payload"])
        assert all(f"`{key}`" in page for key in payload)
        if row["id"] <= 6:  # the others were purged
            assert payload["title"] == (row["title"] and digest("t1", row["title"]))
            assert payload["detail"] == digest("d1", row["detail"])
    first = next(store.db.query("SELECT * FROM revisions"))
    assert first["digest"] == digest("r1", {name: first[name] for name in rows.DIGEST_COLUMNS})
    assert all(f"`{name}`" in page for name in (*rows.DIGEST_COLUMNS, *captures.DIGEST_COLUMNS))
    response = next(store.db.query("SELECT * FROM captures"))
    assert response["digest"] == digest("k1", {name: response[name] for name in captures.DIGEST_COLUMNS})


# --- in passing ---


def test_a_check_reports_how_far_it_is(store: Store) -> None:
    told: list[tuple[int, int]] = []
    verify.verify_database(
        store.db, get_archive_folder(store.path), lambda done, rows: told.append((done, rows))
    )
    assert told == [(n, 22) for n in range(1, 23)]


def test_a_check_reads_one_state_while_others_write(store: Store) -> None:
    def write(done: int, rows: int) -> None:
        if done == 1:
            other = Store.open(store.path)
            other.save_look(seen(after(9), fields("New story of the wing"), address("300")))
            other.close()

    assert verify.verify_database(store.db, get_archive_folder(store.path), write).events == 9
    assert verified(store).events == 10


@pytest.mark.heavy
def test_a_check_of_many_rows_needs_little_memory(tmp_path: Path) -> None:
    with store_at(tmp_path / "milwire.db") as store, store.writing():
        body = "word " * 2000
        for number in range(300):
            store.save_look(seen(after(0), fields(f"Story number {number}", body), address(str(number))))
    store = Store.open(tmp_path / "milwire.db", read_only=True)
    tracemalloc.start()
    try:
        assert verified(store).problem is None
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
        store.close()


TEXTS = st.lists(st.tuples(st.integers(0, 8), st.sampled_from("ABC"), st.sampled_from("12")), max_size=8)


@pytest.mark.heavy
@settings(max_examples=30, deadline=None)
@given(TEXTS)
def test_looks_in_any_order_leave_a_whole_database(looks: list[tuple[int, str, str]]) -> None:
    with TemporaryDirectory() as folder, store_at(Path(folder) / "milwire.db", after(9)) as store:
        for hour, text, parser in looks:
            read = fields(f"Story {text} of the wing", parser=f"afpims:{parser}")
            store.save_look(seen(after(hour), read), planned=timedelta(hours=1))
        assert verified(store).problem is None


@pytest.mark.slow
def test_a_ledger_that_lived_through_everything_is_whole() -> None:
    life = scenarios.build_life(Scenario(seed=5, days=10, history=20, fresh=10))
    with run_life.open_crawler(life) as driven:
        run_life.watch_life(driven, run_life.EVERY)
        found = verified(driven.store)
    assert found.problem is None
    assert found.events > 100
