"""What a reader's SQL can take is bounded: functions that take minutes or much memory, patterns, files."""

import resource
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.browse import pages
from storage.browse.limits import Value, find_part, replace_part
from tests.support.sample_database import make_sample

SECONDS = 5.0  # of a query, as the server sets it


def grow(doublings: int) -> str:
    """Return SQL for a text of 8 letters, doubled some times."""
    return (
        "(WITH RECURSIVE n(t, i) AS (SELECT 'aaaaaaaa', 0 UNION ALL SELECT t || t, i + 1 FROM n "
        f"WHERE i < {doublings}) SELECT t FROM n ORDER BY i DESC LIMIT 1)"
    )


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Return a connection as the server has it, with its time limit."""
    make_sample(tmp_path / "sample.db").close()
    opened = sqlite3.connect(f"file:{tmp_path}/sample.db?mode=ro", uri=True)
    pages.prepare_connection(opened)
    started = time.monotonic()
    opened.set_progress_handler(lambda: time.monotonic() - started > SECONDS, 1000)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT hex(zeroblob(400000000))",
        "SELECT randomblob(1)",
        "SELECT printf('%.*c', 9, 'x')",
        "SELECT format('%.*c', 9, 'x')",
        "SELECT load_extension('x')",
        "SELECT json_patch('{}', '{}')",
        f"SELECT trim({grow(10)}, {grow(9)})",
        f"SELECT replace({grow(16)}, 'a', {grow(10)})",
        f"SELECT quote(replace({grow(20)}, 'a', char(39)))",
        f"SELECT json_group_array({grow(18)}) FROM (SELECT 1 FROM sqlite_schema LIMIT 20)",
        f"SELECT group_concat({grow(18)}) FROM (SELECT 1 FROM sqlite_schema LIMIT 20)",
        f"SELECT t FROM (SELECT {grow(20)} AS t) WHERE t LIKE '{'%a' * 101}'",
        "ATTACH 'other.db' AS other",
        "SELECT 'a' REGEXP '(a+)+$'",
        "SELECT readfile('/etc/hostname')",
        "DELETE FROM releases",
        "PRAGMA journal_mode = delete; SELECT 1",
    ],
)
def test_a_query_that_takes_too_much_ends_with_an_error(connection: sqlite3.Connection, sql: str) -> None:
    with pytest.raises((sqlite3.Error, sqlite3.Warning)):
        connection.execute(sql).fetchall()


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT instr({grow(20)} || 'c', {grow(19)} || 'b')",
        f"SELECT length(replace({grow(20)} || 'c', {grow(19)} || 'b', 'x'))",
        f"SELECT {grow(18)} LIKE '{'%a' * 99}%b'",
        f"SELECT {grow(18)} GLOB '{'*[a-z]' * 33}b'",
        f"SELECT length(milwire_differing({grow(20)}, {grow(20)} || 'b'))",
        f"SELECT milwire_sentence('body', replace({grow(13)}, 'aa', 'x '), {grow(13)})",
        f"SELECT json_valid(replace({grow(20)}, 'a', '['))",
    ],
)
def test_one_call_of_a_function_takes_seconds_at_most(connection: sqlite3.Connection, sql: str) -> None:
    started = time.monotonic()
    connection.execute(sql).fetchall()
    assert time.monotonic() - started < SECONDS


@pytest.mark.slow
@pytest.mark.parametrize(
    "sql",
    [
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n) SELECT count(*) FROM n",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT group_concat(i) FROM n",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n ORDER BY -i",
    ],
)
def test_an_endless_query_ends_in_time_and_memory(connection: sqlite3.Connection, sql: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()
    with pytest.raises((sqlite3.OperationalError, sqlite3.DataError, MemoryError)):
        connection.execute(sql).fetchall()
    assert time.monotonic() - started < 2 * SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 700_000  # kilobytes


VALUES = (None, "", "a", "Waffe waffe", "é", 12, 1.5, b"aff", b"", "aff", "f")


@pytest.mark.parametrize("text", VALUES)
@pytest.mark.parametrize("part", VALUES)
def test_our_instr_and_replace_are_those_of_sqlite(text: Value, part: Value) -> None:
    plain = sqlite3.connect(":memory:")
    row = plain.execute("SELECT instr(?1, ?2), replace(?1, ?2, 'x')", (text, part)).fetchone()
    plain.close()
    if isinstance(text, bytes) == isinstance(part, bytes) or None in (text, part):
        assert find_part(text, part) == row[0]
    assert replace_part(text, part, "x") == row[1]
