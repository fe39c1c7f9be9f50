"""Every file has the same tables, however old it is, and people and tools can search it."""

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.db import schema
from storage.db.connection import open_database
from storage.models import Verdict
from tests.support.make_looks import address, after, bad, crawl, entry, fields, listed, seen, store_at

VIEWS = {"current_releases", "new_releases", "edits", "takedowns", "returns", "newsroom_health"}
# A migration never changes what an earlier one wrote. Before the first release, the one may change.
CHAIN = ("create_initial_schema",)


def dump_schema(db: Database) -> dict[str, str]:
    """Return the SQL of every table, index, view and trigger by name."""
    rows = db.execute(
        "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE '%sqlite%'"
    )
    return {name: sql for name, sql in rows.fetchall() if not re.search("_(data|idx|docsize|config)$", name)}


def test_the_chain_of_steps_is_what_was_released() -> None:
    assert tuple(step.__name__ for step in schema.STEPS) == CHAIN


def test_a_fresh_file_has_been_through_exactly_these_steps(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "milwire.db", read_only=False)) as db:
        assert [step.name for step in schema.MIGRATIONS.applied(db)] == list(CHAIN)
        assert schema.is_current(db)
        assert (schema.list_old_steps(db), schema.list_newer_steps(db)) == ([], [])


def test_a_fresh_file_holds_the_schema_as_it_is_written(tmp_path: Path) -> None:
    plain = Database(memory=True)
    plain.conn.executescript(schema.INITIAL_SCHEMA.read_text(encoding="utf-8"))
    with closing(open_database(tmp_path / "milwire.db", read_only=False)) as db:
        assert dump_schema(db) == dump_schema(plain)
    assert len(dump_schema(plain)) > 60


@pytest.mark.parametrize("steps_before", range(1, len(CHAIN) + 1))
def test_a_file_of_any_earlier_version_gets_the_tables_of_a_fresh_one(
    tmp_path: Path, steps_before: int
) -> None:
    earlier = tmp_path / "earlier.db"
    with closing(Database(earlier)) as db:
        schema.MIGRATIONS.apply(db, stop_before=CHAIN[steps_before:])
    with (
        closing(open_database(earlier, read_only=False)) as updated,
        closing(open_database(tmp_path / "fresh.db", read_only=False)) as fresh,
    ):
        assert dump_schema(updated) == dump_schema(fresh)


def test_applying_the_steps_again_changes_nothing(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "milwire.db", read_only=False)) as db:
        before = dump_schema(db)
        schema.apply_migrations(db)
        assert dump_schema(db) == before
        assert len(schema.MIGRATIONS.applied(db)) == len(CHAIN)


def test_every_table_is_strict_and_every_view_can_be_read(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "milwire.db", read_only=False)) as db:
        written = set(re.findall(r"CREATE TABLE (\w+)", schema.INITIAL_SCHEMA.read_text(encoding="utf-8")))
        assert {name for name in written if not db.table(name).strict} == set()
        assert set(db.view_names()) == VIEWS
        for view in VIEWS:
            assert list(db.query(f"SELECT * FROM {view}")) == []


def test_the_schema_is_written_one_column_a_line() -> None:
    text = schema.INITIAL_SCHEMA.read_text(encoding="utf-8")
    for table in re.findall(r"CREATE TABLE \w+ \(\n(.*?)\n\) STRICT", text, re.DOTALL):
        for line in table.splitlines():
            assert re.match(r"    (\w+ (TEXT|INTEGER)\b|PRIMARY KEY|UNIQUE)", line), line
            assert len(re.findall(r"\b(?:TEXT|INTEGER)\b", line.split("--")[0])) <= 1, line


# --- full-text search ---


@pytest.mark.parametrize(
    ("index", "word"),
    [
        ("revisions_fts", "rescue"),
        ("revisions_trigram", "共同訓練"),
        ("revisions_trigram", "연합연습"),
        ("revisions_trigram", "scue dri"),
    ],
)
def test_words_of_any_script_are_found(tmp_path: Path, index: str, word: str) -> None:
    body = "River rescue drill.\n\n日米共同訓練を実施した。\n\n한미연합연습을 시작했다."
    with store_at(tmp_path / "milwire.db") as store:
        store.save_look(seen(after(0), fields(body=body)))
        found = store.db.execute(f"SELECT rowid FROM {index} WHERE {index} MATCH ?", [f'"{word}"']).fetchall()
    assert found == [(1,)]


def test_past_text_is_found_beside_the_current_one(tmp_path: Path) -> None:
    every = "SELECT count(*) FROM revisions_fts WHERE revisions_fts MATCH ?"
    current = (
        "SELECT count(*) FROM revisions_fts f JOIN releases r ON r.revision_id = f.rowid"
        " WHERE revisions_fts MATCH ?"
    )
    with store_at(tmp_path / "milwire.db") as store:
        store.save_look(seen(after(0), fields(body="Four helicopters flew.")))
        store.save_look(seen(after(1), fields(body="Five airplanes flew.")))
        assert store.db.execute(every, ["helicopters"]).fetchone() == (1,)
        assert store.db.execute(current, ["helicopters"]).fetchone() == (0,)
        assert store.db.execute(current, ["airplanes"]).fetchone() == (1,)


def check_indexes(db: Database) -> None:
    """Let SQLite compare both indexes with the text; it raises where they differ."""
    for index in ("revisions_fts", "revisions_trigram"):
        db.execute(f"INSERT INTO {index}({index}, rank) VALUES ('integrity-check', 1)")


def test_the_indexes_follow_every_change_of_the_text(tmp_path: Path) -> None:
    with store_at(tmp_path / "milwire.db") as store:
        store.save_look(seen(after(0), fields(body="Four helicopters flew.")))
        store.save_look(seen(after(1), fields(body="Five airplanes flew.")))
        check_indexes(store.db)
        store.db.execute("UPDATE revisions SET body = 'Six boats.' WHERE id = 1")
        check_indexes(store.db)
        store.db.execute("PRAGMA foreign_keys = OFF")
        store.db.execute("DELETE FROM revisions WHERE id = 2")
        check_indexes(store.db)
        with pytest.raises(sqlite3.DatabaseError):
            store.db.conn.executescript(
                "DROP TRIGGER revisions_fts_update; UPDATE revisions SET body = 'x' WHERE id = 1;"
                "INSERT INTO revisions_fts(revisions_fts, rank) VALUES ('integrity-check', 1);"
            )


def test_the_text_is_stored_once(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "milwire.db", read_only=False)) as db:
        assert not [name for name in db.table_names() if name.endswith("_content")]


def test_sqlite_utils_searches_by_words(tmp_path: Path) -> None:
    path = tmp_path / "milwire.db"
    with store_at(path) as store:
        store.save_look(seen(after(0), fields("Wing completes river rescue drill")))
        store.save_look(seen(after(1), fields("Fleet visits a harbor"), address("200")))
        assert store.db.table("revisions").detect_fts() == "revisions_fts"
    command = [sys.executable, "-m", "sqlite_utils", "search", str(path), "revisions", "rescue"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert [row["title"] for row in json.loads(done.stdout)] == ["Wing completes river rescue drill"]


# --- field_coverage ---


def test_the_fields_of_the_first_revision_are_noted(tmp_path: Path) -> None:
    first = fields(body="12345", byline="A. Maker", tags=("a",))
    with store_at(tmp_path / "milwire.db") as store:
        store.save_look(seen(after(0), first))
        store.save_look(seen(after(1), replace(first, title="New title of the story", byline=None)))
        (row,) = store.db.query("SELECT * FROM field_coverage")
    assert row["filled_fields"] == "published_on byline body tags"
    assert (row["body_characters"], row["confidence"]) == (5, "high")


# --- current_releases ---


def test_a_current_release_is_one_row_with_what_people_ask_for(tmp_path: Path) -> None:
    copy = address("100", "www.fleet.example.mil")
    with store_at(tmp_path / "milwire.db") as store:
        store.save_look(seen(after(0), fields(body="First text.")))
        store.save_look(seen(after(1), fields(body="First text."), copy, source="fleet-news"))
        store.save_look(seen(after(2), fields("New title of the story", "Second text.")))
        (row,) = store.db.query("SELECT * FROM current_releases")
    assert (row["title"], row["body"]) == ("New title of the story", "Second text.")
    assert (row["url"], row["site"]) == (address().url, address().site)
    assert (row["newsrooms"], row["copies"]) == ("fleet-news, wing-news", 2)
    assert (row["state"], row["published_on"]) == ("live", "2026-03-01")
    assert row["first_seen_at"] == "2026-03-02T12:00:00.000000Z"
    assert row["last_seen_at"] == row["text_since_at"] == "2026-03-02T14:00:00.000000Z"


def test_a_current_release_shows_the_state_of_its_posting(tmp_path: Path) -> None:
    with store_at(tmp_path / "milwire.db") as store:
        crawl(store, listed(after(0), entry("100")), seen(after(0), fields()), at=after(0))
        crawl(store, bad(after(1), Verdict.GONE), at=after(1))
        (row,) = store.db.query("SELECT title, state, last_seen_at FROM current_releases")
    assert row["state"] == "suspect"
    assert row["last_seen_at"] == "2026-03-02T12:00:00.000000Z"
