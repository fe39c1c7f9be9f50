"""Every file has the same tables, however old it is, and people and tools can search it."""

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.db import schema
from storage.db.connection import open_database
from storage.db.rows import INDEXED_COLUMNS, UNSPACED, has_unspaced_script
from storage.models import Verdict
from tests.support.make_looks import address, after, bad, crawl, entry, fields, listed, seen, store_at, table

VIEWS = {"current_releases", "new_releases", "edits", "takedowns", "returns", "newsroom_health"} | {
    "told_changes",
    "searchable_texts",
    "unspaced_texts",
}
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
    text = re.sub(r"GENERATED ALWAYS AS \(\n.*?\n    \)", "GENERATED", text, flags=re.DOTALL)
    for columns in re.findall(r"CREATE TABLE \w+ \(\n(.*?)\n\) STRICT", text, re.DOTALL):
        for line in filter(lambda one: not one.startswith("    --"), columns.splitlines()):
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
    assert found == [(202603010000000001,)]


@pytest.mark.parametrize("index", ["revisions_fts", "revisions_trigram"])
def test_old_texts_that_come_last_do_not_stand_on_top(tmp_path: Path, index: str) -> None:
    days = {"100": date(2026, 3, 1), "200": date(2019, 5, 4), "300": date(2026, 2, 2), "400": None}
    with store_at(tmp_path / "milwire.db") as store:
        for hour, (number, day) in enumerate(days.items()):
            read = fields(f"Drill {number} 연합연습", f"Four boats {number}.", day)
            store.save_look(seen(after(hour), read, address(number)))
        found = store.db.execute(
            f"SELECT v.published_on FROM {index} f JOIN revisions v ON v.search_key = f.rowid"
            f" WHERE {index} MATCH 'drill' ORDER BY f.rowid DESC"
        )
        assert [day for (day,) in found] == [None, "2026-03-01", "2026-02-02", "2019-05-04"]


def test_only_texts_in_scripts_without_spaces_are_indexed_by_characters(tmp_path: Path) -> None:
    with store_at(tmp_path / "milwire.db") as store:
        store.save_look(seen(after(0), fields("Fleet’s café – naïve", "English only.")))
        store.save_look(seen(after(1), fields("Fleet visits", "부산항", byline=None), address("200")))
        assert store.db.execute("SELECT count(*) FROM revisions_trigram_docsize").fetchone() == (1,)
        every = map(chr, [*range(0xD800), *range(0xE000, 0x40000)])
        assert all(
            has_unspaced_script(dict.fromkeys(INDEXED_COLUMNS, one)) == bool(UNSPACED.match(one))
            for one in every
        )


def test_past_text_is_found_beside_the_current_one(tmp_path: Path) -> None:
    every = "SELECT count(*) FROM revisions_fts WHERE revisions_fts MATCH ?"
    current = (
        "SELECT count(*) FROM revisions_fts f JOIN revisions v ON v.search_key = f.rowid"
        " JOIN releases r ON r.revision_id = v.id WHERE revisions_fts MATCH ?"
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


def test_counts_follow_the_rows(tmp_path: Path) -> None:
    with store_at(tmp_path / "milwire.db") as store:
        for number in range(3):
            read = fields(f"Story number {number} of the day", f"Body {number}.")
            store.save_look(seen(after(number), read, address(str(100 + number))))
        copy = address("100", site="www.fleet.example.mil")
        store.save_look(seen(after(4), fields("Story number 0 of the day", "Body 0."), copy, "fleet-news"))
        counts = dict(store.db.execute("SELECT name, n FROM counts").fetchall())
        assert (counts["releases"], counts["postings"], counts["kind:found"]) == (3, 4, 4)
        assert (counts["source:wing-news"], counts["source:fleet-news"]) == (3, 1)
        assert counts["site:fleet-news:www.fleet.example.mil"] == 1
        store.db.execute("DELETE FROM posting_sources WHERE source_id = 'fleet-news'")
        counts = dict(store.db.execute("SELECT name, n FROM counts").fetchall())
        assert counts["source:fleet-news"] == counts["site:fleet-news:www.fleet.example.mil"] == 0


def test_a_posting_appeared_when_it_was_published_or_else_first_seen(tmp_path: Path) -> None:
    with store_at(tmp_path / "milwire.db") as store:
        store.save_look(seen(after(0), fields(on=date(2019, 5, 4))))
        assert table(store, "posting_sources", "appeared_at, 1") == [("2019-05-04T12:00:00.000000Z", 1)]
        store.save_look(seen(after(30), fields(on=date(2018, 5, 4))))
        assert table(store, "posting_sources", "appeared_at, 1") == [("2018-05-04T12:00:00.000000Z", 1)]


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
