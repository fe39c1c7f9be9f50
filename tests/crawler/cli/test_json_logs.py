"""`--log-json`: one JSON object a line on stderr, whatever happens, and nothing else."""

import io
import json
import logging
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.cli import json_logs
from simulator import Served, practice_newsroom, serve
from simulator.faults import Fault, Trouble
from storage.store import Store
from tests.support.cli import run_apart
from tests.support.paths import ROOT

COMMON = {"at", "level", "event", "message"}


@pytest.fixture
def served() -> Iterator[Served]:
    with serve(practice_newsroom(seed=3)) as practice:
        yield practice


@pytest.fixture
def database(tmp_path: Path, served: Served) -> Path:
    """Return a database that follows one practice newsroom."""
    path = tmp_path / "milwire.db"
    store = Store.open(path)
    for seed in ("usfk-news", "spacecom-news"):
        store.set_enabled(seed, False)
    source = served.site("calder").sources[0]
    store.save_source(source)
    store.set_enabled(source.id, True)
    store.close()
    (tmp_path / "milwire.toml").write_text("delay = 0.01\n")
    return path


def lines(text: str) -> list[dict[str, Any]]:
    """Return the objects of a log; every line must be one, with what all have."""
    told = [json.loads(line) for line in text.split("\n")[:-1]]
    assert all(one.keys() >= COMMON for one in told)
    return told


def formatted(message: object, **extra: object) -> str:
    """Return a record as the log has it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(json_logs.JsonLinesFormatter())
    handler.handle(logging.makeLogRecord({"name": "milwire", "msg": message, "levelname": "INFO", **extra}))
    return stream.getvalue()


@given(st.text(), st.text())
def test_hostile_text_stays_one_line(title: str, reason: str) -> None:
    line = formatted("%s", args=(title,), details={"title": title, "reason": reason})
    assert line.count("\n") == 1
    assert not any(
        ord(one) < 32 or 0x7F <= ord(one) < 0xA0 or one in "\u2028\u2029\u202e" for one in line[:-1]
    )
    told = json.loads(line)
    assert (told["message"], told["title"], told["reason"]) == (title, title, reason)


def test_an_error_brings_its_traceback_in_one_line() -> None:
    error = ValueError("two\nlines")
    line = formatted("it failed", exc_info=(ValueError, error, None))
    assert line.count("\n") == 1
    assert "ValueError: two\nlines" in json.loads(line)["traceback"]


def test_what_a_library_says_is_told_with_its_name() -> None:
    told = json.loads(formatted("full", name="apscheduler.scheduler"))
    assert (told["event"], told["logger"]) == ("log", "apscheduler.scheduler")


def test_a_crawl_logs_events_and_visits_and_nothing_else(database: Path, served: Served) -> None:
    ran = run_apart("crawl", "--log-json", "--db", database, cwd=ROOT)
    told = lines(ran.err)
    assert (ran.code, ran.out) == (0, "")
    assert {one["event"] for one in told} == {"event", "visit"}
    assert {one["kind"] for one in told if one["event"] == "event"} == {"found"}
    assert told[-1]["source"] == "practice-calder"
    assert told[-1]["host"].startswith("127.0.0.1:")
    assert told[-1]["found"] == len(told) - 1
    assert told[-1]["verdicts"] == {"live": len(served.log)}


def test_a_crawl_that_fails_logs_that(database: Path, served: Served) -> None:
    served.fault(Fault(Trouble.BLOCKED))
    ran = run_apart("crawl", "--log-json", "--json", "--db", database, cwd=ROOT)
    told = lines(ran.err)
    assert ran.code == 1
    assert [(one["event"], one["level"]) for one in told] == [("failure", "warning"), ("visit", "info")]
    assert json.loads(ran.out)["state"] == "failed"


@pytest.mark.parametrize("words", [("crawl", "nowhere-news"), ("watch",)])
def test_a_command_that_cannot_begin_logs_why(words: tuple[str, ...], database: Path) -> None:
    (database.parent / "milwire.toml").write_text("delay = 'soon'\n")
    ran = run_apart(*words, "--log-json", "--db", database, cwd=ROOT)
    (told,) = lines(ran.err)
    assert (told["event"], told["level"]) == ("failed", "error")
    assert ran.code == (2 if "nowhere-news" in words else 1)


def test_a_watch_logs_all_that_happens_and_writes_its_metrics(database: Path) -> None:
    metrics = database.parent / "milwire.prom"
    command = [sys.executable, "-m", "crawler.cli", "watch", "--log-json", "--metrics", str(metrics), "--db"]
    process = subprocess.Popen(
        [*command, str(database)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr
    try:
        heard = ""
        while '"visit"' not in heard.rsplit("\n", 2)[-2:][0]:
            line = process.stderr.readline()
            assert line, heard
            heard += line
        process.send_signal(signal.SIGTERM)
        said, rest = process.communicate(timeout=60)
    finally:
        process.kill()
    events = [one["event"] for one in lines(heard + rest)]
    assert (process.returncode, said) == (0, "")
    assert (events[0], events[-1]) == ("started", "stopped")
    assert set(events) == {"started", "event", "visit", "stopped"}
    assert "milwire_watch_running" in metrics.read_text(encoding="utf-8")
    assert [file.name for file in database.parent.glob(".milwire.prom*")] == []
