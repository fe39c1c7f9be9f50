"""The file beside a database that says a watch is at work: lock for the next one, pulse for a supervisor."""

import fcntl
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from crawler.watch.systemd import Supervisor

SUFFIX = ".watch"
STALE = timedelta(minutes=1)  # six beats: a pulse that is older is no sign of life
NOBODY = Supervisor(None)


class WatchedError(Exception):
    """Another watch is at work on the database; one line says which."""


class Heartbeat:
    """A pulse: one JSON object, written anew with each beat. The lock goes when the process does.

    A supervisor that listens hears the same.
    """

    def __init__(self, descriptor: int, supervisor: Supervisor = NOBODY) -> None:
        self._descriptor = descriptor
        self.supervisor = supervisor

    @classmethod
    def take(cls, database: Path, supervisor: Supervisor = NOBODY) -> Self:
        """Take the lock of a database; WatchedError where another watch has it."""
        descriptor = os.open(file_of(database), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            pid = pulse(database).get("pid")
            who = f"process {pid}" if pid else "another process"
            raise WatchedError(f"{database} is being watched already by {who}") from None
        return cls(descriptor, supervisor)

    def beat(self, told: Mapping[str, object]) -> None:
        """Write a pulse."""
        text = json.dumps(told).encode() + b"\n"
        with suppress(OSError):  # a full disk ends no watch; who reads the file sees that it is stale
            os.pwrite(self._descriptor, text, 0)
            os.ftruncate(self._descriptor, len(text))
        self.supervisor.alive(status(told))

    def release(self) -> None:
        """Give the lock back; the last pulse stays to be read."""
        os.close(self._descriptor)


def file_of(database: Path) -> Path:
    """Return where the pulse of a database's watch is."""
    return database.with_name(database.name + SUFFIX)


def pulse(database: Path) -> dict[str, object]:
    """Return the last pulse, empty where there is none."""
    try:
        # The first line alone: a longer pulse before it is cut off a moment after this one was written.
        told = json.loads(file_of(database).read_text(encoding="ascii").partition("\n")[0])
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def status(told: Mapping[str, object]) -> str:
    """Return a pulse as a line for people."""
    running = told.get("running")
    visiting = len(running) if isinstance(running, list) else 0
    done = f"visiting {visiting} of {told.get('hosts')} hosts, {told.get('crawls')} crawls so far"
    next_at, at = (
        str(told.get(key) or "") for key in ("next_at", "at")
    )  # both in UTC: text order is time order
    if next_at <= at:
        return f"{done}, more is due" if next_at else done
    return f"{done}, next visit {next_at[:16].replace('T', ' ')} UTC"


def silence(told: Mapping[str, object], now: datetime) -> str | None:
    """Return why a pulse is no sign of a watch at work, in one line, or None where it is one."""
    if told.get("stopped_at"):
        return f"the watch ended at {told['stopped_at']}"
    try:
        at = datetime.fromisoformat(str(told.get("at")))
        age = abs(now - at)  # a clock that was set back puts the last beat into the future
    except (ValueError, TypeError):
        return "there is no pulse of a watch"
    return None if age <= STALE else f"no sign of life from the watch (process {told.get('pid')}) since {at}"
