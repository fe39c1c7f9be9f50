"""No statement of the project reads the whole of a table that grows with the archive."""

import ast
import re
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from typing import Final

import pytest
from sqlite_utils import Database

from storage import browse
from storage.browse import pages
from storage.models import EventKind
from storage.queries import events, releases
from storage.queries.filters import Filter
from storage.queries.search_index import SearchFilter, SearchQuery
from storage.store import Store
from tests.support.paths import ROOT
from tests.support.sample_database import make_sample

# Tables that grow with the archive. Runs are folded into days (storage/tables/runs.py), the others are small.
GROWING: Final = frozenset(
    {
        "releases",
        "postings",
        "posting_sources",
        "addresses",
        "revisions",
        "reparses",
        "field_coverage",
        "captures",
        "looks",
        "validators",
        "listed_articles",
        "same_text",
        "posting_states",
        "events",
        "changes",
        "findings",
        "recent_edit_passages",
    }
)
VERB: Final = re.compile(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\s")
NO_STATEMENT: Final = re.compile(r"[{}]|^(SELECT |INSERT( OR IGNORE)?)$")  # a part of one
NEWEST: Final = "reads an index or the table from its newest end, and stops at its limit"
WHOLE: Final = "checks or copies the whole archive, which is what it is for"
# Where a whole table may be read, and why.
ALLOWED: Final = {
    "storage/db/ledger.py": NEWEST,
    "storage/integrity/backup.py": WHOLE,
    "storage/integrity/verify.py": WHOLE,
    "storage/integrity/purge.py": "a purge, which is rare, empties what any list may have kept of a posting",
    "storage/tables/due_looks.py": "once at the start of a watch, after a clock was set back",
    "events ": NEWEST,
    "releases ": NEWEST,
    "query new_releases_by_day": NEWEST,
    "query suspects": "the index has suspects only",
    "query months": "counts each release once, from an index",
    "table ": NEWEST,
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("plans") / "milwire.db"
    opened = make_sample(path)
    pages.prepare_connection(opened.db.conn)
    opened.db.conn.row_factory = None
    yield opened
    opened.close()


def list_written_statements() -> list[tuple[str, str]]:
    """Return the statements in the source of the packages, each with where it stands."""
    found = []
    for path in sorted([*(ROOT / "storage").rglob("*.py"), *(ROOT / "crawler").rglob("*.py")]):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        parts = {id(one) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for one in node.values}
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in parts:
                continue
            if VERB.match(node.value) and not NO_STATEMENT.search(node.value):
                found.append((f"{path.relative_to(ROOT)}:{node.lineno}", node.value))
    return found


def list_built_statements(store: Store) -> list[tuple[str, str]]:
    """Return the statements that are put together of parts, in each way."""
    day = date(2026, 1, 1)
    values: dict[str, object] = {"source": "wing-news", "kind": EventKind.REMOVED, "since": day, "until": day}
    filters = [Filter(release=1), Filter(sources=("wing-news", "base-news"), limit=30)]
    for bits in range(16):
        chosen = {name: value for n, (name, value) in enumerate(values.items()) if bits >> n & 1}
        filters += [Filter(limit=30, **chosen), Filter(limit=30, hidden=True, **chosen)]  # type: ignore[arg-type]
    made = [(f"events {one}", events.make_ids_sql(one)) for one in filters]
    made += [(f"releases {one}", releases.make_release_ids_sql(store, one)) for one in filters]
    for bits in range(64):
        words, runs, not_words, not_runs = (name if bits >> n & 1 else "" for n, name in enumerate("abcd"))
        source, state = ("wing-news" if bits & 16 else None), ("removed" if bits & 32 else None)
        query = SearchQuery(words, runs, SearchFilter(source, state=state), not_words, not_runs)
        made.append((f"search {bits}", query.sql))
    return made


def list_browse_statements() -> list[tuple[str, str]]:
    """Return the saved queries, and what Datasette asks for each table: a page, its facets, its count."""
    about = browse.load_metadata()["databases"]["milwire"]
    found = [(f"query {name}", query["sql"]) for name, query in about["queries"].items()]
    for name, table in about["tables"].items():
        if table.get("hidden"):
            continue
        order = f" order by {table['sort_desc']} desc" if "sort_desc" in table else ""
        found.append((f"table {name}", f"select * from [{name}]{order} limit 51"))
        found += [
            (
                f"facet {name} {column}",
                f"""select {column} as value, count(*) as count from (select * from [{name}])
                where {column} is not null group by {column} order by count desc, value limit 31""",
            )
            for column in table.get("facets", ())
        ]
    return found


def list_scans(db: Database, sql: str) -> list[str]:
    """Return what the plan of a statement says of tables that grow and are read from end to end."""
    views = dict(db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'view'"))
    text = sql + "".join(view for name, view in views.items() if re.search(rf"\b{name}\b", sql))
    known = re.findall(r"(?:FROM|JOIN|,)\s+\[?(\w+)\]?(?:\s+(?:AS\s+)?(\w+))?", text)
    tables = {alias: table for table, alias in known if table in GROWING} | {name: name for name in GROWING}
    scanned = [
        (detail, tables.get(found[1]))
        for *_, detail in explain_plan(db, sql)
        if (found := re.match(r"SCAN (\w+)", detail)) and "VIRTUAL TABLE" not in detail
    ]
    return [detail for detail, table in scanned if table]


def explain_plan(db: Database, sql: str) -> list[tuple[int, int, int, str]]:
    """Return the plan of a statement, whatever parameters it takes."""
    names = re.findall(r"(?<!\w)[:@]([a-z_]+)", sql)
    choices = [dict.fromkeys(names)] if names else [[None] * count for count in range(12)]
    for values in choices:
        with suppress(sqlite3.ProgrammingError):
            return db.conn.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
    raise AssertionError(f"parameters of {sql}")


def test_no_statement_reads_the_whole_of_a_table_that_grows(store: Store) -> None:
    found = {
        where: scans
        for where, sql in list_written_statements() + list_built_statements(store) + list_browse_statements()
        if (scans := list_scans(store.db, sql)) and not where.startswith(tuple(ALLOWED))
    }
    assert not found


def test_statements_are_found_in_the_source() -> None:
    assert len(list_written_statements()) > 150


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM postings p WHERE p.url = ?",
        "SELECT kind, count(*) FROM events GROUP BY kind",
        "UPDATE looks SET reason = '' WHERE outcome = :outcome",
    ],
)
def test_a_scan_is_found(store: Store, sql: str) -> None:
    assert list_scans(store.db, sql)
