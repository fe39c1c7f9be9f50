"""What goes wrong for a user is one line on stderr and an exit code; nothing is lost, no traceback shows."""

import os
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from storage.store import Store
from tests.support.cli import CommandResult, run_here
from tests.support.paths import ROOT

READERS = (
    ("search", "x"),
    ("show", "1"),
    ("events",),
    ("status",),
    ("export",),
    ("browse",),
    ("verify",),
    ("purge", "101", "--why", "safety", "--yes"),
    ("reparse",),
)


def one_line(ran: CommandResult, code: int) -> str:
    assert ran.code == code, ran
    assert ran.err.startswith("milwire: "), ran.err
    assert ran.err.count("\n") == 1, ran.err
    assert "Traceback" not in ran.err
    return ran.err


@pytest.mark.parametrize("words", READERS)
def test_reading_where_there_is_no_database_makes_none(words: tuple[str, ...], tmp_path: Path) -> None:
    db = tmp_path / "none.db"
    assert str(db) in one_line(run_here(*words, "--db", db), 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [*READERS, ("sources", "enable", "usfk-press-releases"), ("crawl",)])
def test_a_foreign_database_is_left_as_it_is(words: tuple[str, ...], tmp_path: Path) -> None:
    db = tmp_path / "other.db"
    with sqlite3.connect(db) as foreign:
        foreign.execute("CREATE TABLE theirs (x)")
    foreign.close()
    before = db.read_bytes()
    one_line(run_here(*words, "--db", db), 1)
    assert db.read_bytes() == before


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\x00torn"])
def test_a_file_that_is_no_database_is_left_as_it_is(content: bytes, tmp_path: Path) -> None:
    db = tmp_path / "file.db"
    db.write_bytes(content)
    one_line(run_here("status", "--db", db), 1)
    assert db.read_bytes() == content


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    one_line(run_here("sources", "disable", "usfk-news", "--db", tmp_path / "no" / "milwire.db"), 1)


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("crawl", "--nonsense"),
        ("crawl", "--limit", "0"),
        ("crawl", "--limit", "many"),
        ("crawl", "--since", "yesterday"),
        ("crawl", "--since", "2026-01-01", "--backfill"),
        ("crawl", "no-such-source"),
        ("search",),
        ("show", "1", "2"),
        ("events", "--kind", "captured"),
        ("events", "--kind", "nonsense"),
        ("events", "--until", "2026-13-01"),
        ("export", "--format", "xml"),
        ("import", "no-such-file.warc.gz"),
        ("browse", "--port", "70000"),
        ("sources",),
        ("sources", "nonsense"),
        ("demo", "--dir", __file__),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_two_and_one_line(
    words: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    one_line(run_here(*words), 2)


def test_an_unknown_newsroom_of_the_ledger_is_wrong_usage(tmp_path: Path) -> None:
    db = tmp_path / "milwire.db"
    Store.open(db).close()
    assert "usfk-news" in one_line(run_here("events", "--source", "usfk-new", "--db", db), 2)


def test_a_release_that_is_not_there_is_said(tmp_path: Path) -> None:
    db = tmp_path / "milwire.db"
    Store.open(db).close()
    one_line(run_here("show", "99999999999999999999", "--db", db), 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [("delays = 3", "delays"), ("delay = 'slow'", "delay = "), ("contact = ", "milwire.toml")],
)
def test_a_mistake_in_the_configuration_is_named(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "milwire.toml").write_text(text)
    assert said in one_line(run_here("crawl", cwd=tmp_path), 1)


def test_a_crawl_of_a_public_host_says_what_to_write_first(tmp_path: Path) -> None:
    ran = run_here("crawl", "usfk-news", cwd=tmp_path, env={"MILWIRE_CONTACT": ""})
    assert ran.code == 1
    assert 'contact = "' in ran.err
    assert "milwire.toml" in ran.err


def test_a_file_that_is_no_archive_is_said(tmp_path: Path) -> None:
    file = tmp_path / "x.warc.gz"
    file.write_bytes(b"no archive")
    one_line(run_here("import", file, "--db", tmp_path / "milwire.db"), 1)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    db = tmp_path / "milwire.db"
    Store.open(db).close()
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "crawler.cli", "sources", "list", "--json", "--db", str(db)],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    one_line(CommandResult(done.returncode, "", done.stderr.decode()), 1)


def test_a_reader_that_had_enough_is_no_complaint() -> None:
    reader, writer = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "crawler.cli", "sources", "list", "--json", "--db", "none.db"],
        cwd=ROOT,
        stdout=writer,
        stderr=subprocess.PIPE,
    )
    os.close(writer)
    os.read(reader, 10)
    os.close(reader)
    _, said = process.communicate(timeout=60)
    assert said == b""


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    db = tmp_path / "milwire.db"
    Store.open(db).close()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert str(port) in one_line(run_here("browse", "--port", port, "--db", db), 1)
