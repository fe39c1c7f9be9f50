"""A watch shows that it lives: to who reads the file beside the database, and to a supervisor."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.watch import heartbeat
from crawler.watch.heartbeat import Heartbeat
from crawler.watch.systemd import Supervisor
from storage.models import Confidence, Source
from storage.store import Store
from tests.support.cli import run_here
from tests.support.paths import ROOT

LONGEST_S = 30.0
AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
TOLD = {"pid": 4, "at": AT.isoformat(), "hosts": 2, "running": ["a"], "crawls": 7, "next_at": AT.isoformat()}


class Listener:
    """The end of the line at which a supervisor listens."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address.replace("@", "\0", 1) if address.startswith("@") else address)
        self._socket.settimeout(LONGEST_S)

    def hear(self) -> dict[str, str]:
        """Return the next notification, its lines by name."""
        return dict(line.split("=", 1) for line in self._socket.recv(4096).decode().splitlines())

    def hear_until(self, name: str) -> list[dict[str, str]]:
        """Return the notifications until one names something, that one the last."""
        heard = [self.hear()]
        while name not in heard[-1]:
            heard.append(self.hear())
        return heard

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def prefix() -> str:
    return ""


@pytest.fixture
def listener(prefix: str, tmp_path: Path) -> Iterator[Listener]:
    listening = Listener(f"{prefix}{tmp_path}/notify")
    yield listening
    listening.close()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Return a database with one newsroom, on a port of this machine where nobody answers."""
    store = Store.open(tmp_path / "milwire.db")
    for seed in ("usfk-news", "spacecom-news"):
        store.set_enabled(seed, False)
    store.save_source(
        Source(
            id="nobody-news",
            host="127.0.0.1:9",
            organization="Nobody",
            branch="Other",
            platform="generic",
            section="News",
            listing_url="http://127.0.0.1:9/News/",
            feed_url=None,
            confidence=Confidence.LOW,
            private=True,
            origin="user",
            enabled=True,
        )
    )
    store.close()
    return store.path


@pytest.fixture
def process(listener: Listener, database: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-W", "error", "-m", "crawler.cli", "watch", "--db", str(database)]
    env = {**os.environ, "NOTIFY_SOCKET": listener.address}
    started = subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True)
    yield started
    started.kill()
    started.communicate(timeout=LONGEST_S)


@pytest.mark.parametrize("prefix", ["@"])  # in no folder: abstract, as systemd may choose
def test_a_supervisor_hears_at_an_abstract_address(
    listener: Listener, process: subprocess.Popen[str]
) -> None:
    listener.hear_until("READY")


def test_a_supervisor_hears_of_the_life_of_a_watch(
    listener: Listener, process: subprocess.Popen[str], database: Path
) -> None:
    listener.hear_until("READY")
    (*_, alive) = listener.hear_until("WATCHDOG")
    assert re.match(r"visiting [01] of 1 hosts, [01] crawls so far", alive["STATUS"])
    ran = run_here("watch", "--check", "--db", database)
    assert ran.code == 0
    assert f"{database}: process {process.pid} is visiting" in ran.out

    began_us = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    process.send_signal(signal.SIGHUP)
    (*_, reloading) = listener.hear_until("RELOADING")
    ended_us = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    assert began_us <= int(reloading["MONOTONIC_USEC"]) <= ended_us
    listener.hear_until("READY")

    process.send_signal(signal.SIGTERM)
    listener.hear_until("STOPPING")
    assert process.wait(LONGEST_S) == 0
    ran = run_here("watch", "--check", "--db", database)
    assert ran.code == 1
    assert "it was stopped at" in ran.err


def test_a_mistaken_configuration_ends_the_reload_too(
    listener: Listener, process: subprocess.Popen[str], database: Path
) -> None:
    listener.hear_until("READY")
    (database.parent / "milwire.toml").write_text("nonsense = 1\n")
    process.send_signal(signal.SIGHUP)
    listener.hear_until("RELOADING")
    listener.hear_until("READY")


def test_a_watch_that_hangs_is_heard_no_more(
    listener: Listener, process: subprocess.Popen[str], database: Path
) -> None:
    """The process is there; its loop is not."""
    listener.hear_until("WATCHDOG")
    process.send_signal(signal.SIGSTOP)
    later = datetime.fromisoformat(str(heartbeat.read_pulse(database)["at"])) + timedelta(seconds=61)
    assert f"process {process.pid} " in str(heartbeat.explain_silence(heartbeat.read_pulse(database), later))


def test_a_supervisor_that_is_gone_or_deaf_ends_no_watch(tmp_path: Path) -> None:
    for address in (None, "", str(tmp_path / "nobody"), "@nobody-listens-here", "x" * 200):
        Supervisor(address).notify_ready("")
    deaf = Listener(str(tmp_path / "deaf"))
    for _ in range(2000):  # far more than a socket holds
        Supervisor(deaf.address).notify_alive("status " * 100)
    deaf.close()


def test_a_pulse_that_cannot_be_written_ends_no_watch(tmp_path: Path) -> None:
    pulse = Heartbeat.take_lock(tmp_path / "milwire.db")
    full = os.open("/dev/full", os.O_RDWR)
    broken = Heartbeat(full)
    broken.write_pulse(TOLD)
    broken.release_lock()
    pulse.write_pulse(TOLD)
    pulse.release_lock()
    assert heartbeat.read_pulse(tmp_path / "milwire.db") == TOLD


def test_a_pulse_is_whole_while_the_one_before_it_is_cut_off(tmp_path: Path) -> None:
    """Read between the two steps of a beat, the end of a longer pulse still stands behind the new one."""
    file = heartbeat.get_pulse_file(tmp_path / "milwire.db")
    file.write_text(json.dumps(TOLD) + "\n" + "the end of a longer one", encoding="ascii")
    assert heartbeat.read_pulse(tmp_path / "milwire.db") == TOLD


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({}, "watch is not running"),
        ({"at": 3}, "watch is not running"),
        ({"at": "2026-11-22T09:00:00"}, "watch is not running"),
        (TOLD | {"at": "2026-11-22T08:58:59+00:00"}, "watch is not running: no pulse of process 4 since"),
        (TOLD | {"at": "2026-11-22T09:01:01+00:00"}, "watch is not running: no pulse of process 4 since"),
        (TOLD | {"stopped_at": AT.isoformat()}, "watch is not running: it was stopped at 2026-11-22"),
    ],
)
def test_a_pulse_that_is_no_sign_of_life_says_why(told: dict[str, object], why: str) -> None:
    assert why in (heartbeat.explain_silence(told, AT) or "")


@pytest.mark.parametrize("seconds", [-60, 0, 59, 60])
def test_a_fresh_pulse_is_a_sign_of_life(seconds: int) -> None:
    assert heartbeat.explain_silence(TOLD, AT + timedelta(seconds=seconds)) is None


@pytest.mark.parametrize(
    ("next_at", "then"),
    [
        ((AT + timedelta(minutes=3)).isoformat(), ", next visit 2026-11-22 09:03 UTC"),
        (AT.isoformat(), ", more is due"),
        (None, ""),
    ],
)
def test_a_pulse_says_what_the_watch_does(next_at: str | None, then: str) -> None:
    said = heartbeat.format_pulse(TOLD | {"next_at": next_at})
    assert said == f"visiting 1 of 2 hosts, 7 crawls so far{then}"


def test_the_check_of_a_database_that_nobody_watches_fails_in_one_line(tmp_path: Path) -> None:
    ran = run_here("watch", "--check", "--db", tmp_path / "milwire.db")
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert not (tmp_path / "milwire.db.watch").exists()


def test_the_check_prints_the_pulse_for_machines(tmp_path: Path) -> None:
    pulse = Heartbeat.take_lock(tmp_path / "milwire.db")
    pulse.write_pulse(TOLD | {"at": datetime.now(UTC).isoformat()})
    ran = run_here("watch", "--check", "--json", "--db", tmp_path / "milwire.db")
    pulse.release_lock()
    assert json.loads(ran.out)["hosts"] == 2


def test_plan_and_check_are_two_questions(tmp_path: Path) -> None:
    assert run_here("watch", "--check", "--plan", "--db", tmp_path / "milwire.db").code == 2
