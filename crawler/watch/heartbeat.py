"""The file beside a database that shows whether its watch is running: a lock, and a pulse to read."""

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
STALE = timedelta(minutes=1)  # six beats: an older pulse means that the watch does not work
NO_SUPERVISOR = Supervisor(None)


class WatchedError(Exception):
    """Another watch is running on the database; the text is one line that names it."""


class Heartbeat:
    """The lock and the pulse of a watch. The lock ends with the process.

    The pulse is one JSON object, rewritten every few seconds; a supervisor gets the same as a status line.
    """

    def __init__(self, descriptor: int, supervisor: Supervisor = NO_SUPERVISOR) -> None:
        self._descriptor = descriptor
        self.supervisor = supervisor

    @classmethod
    def take_lock(cls, database: Path, supervisor: Supervisor = NO_SUPERVISOR) -> Self:
        """Take the lock of a database; WatchedError if another watch has it."""
        descriptor = os.open(get_pulse_file(database), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            pid = read_pulse(database).get("pid")
            who = f"process {pid}" if pid else "another process"
            raise WatchedError(f"{database} is already being watched by {who}") from None
        return cls(descriptor, supervisor)

    def write_pulse(self, values: Mapping[str, object]) -> None:
        """Write a pulse."""
        text = json.dumps(values).encode() + b"\n"
        with suppress(OSError):  # a full disk must not end the watch; readers see a stale pulse
            os.pwrite(self._descriptor, text, 0)
            os.ftruncate(self._descriptor, len(text))
        self.supervisor.notify_alive(format_pulse(values))

    def release_lock(self) -> None:
        """Give up the lock; the last pulse stays in the file."""
        os.close(self._descriptor)


def get_pulse_file(database: Path) -> Path:
    """Return the pulse file of a database."""
    return database.with_name(database.name + SUFFIX)


def read_pulse(database: Path) -> dict[str, object]:
    """Return the last pulse; empty if there is none."""
    try:
        # The first line alone: a longer pulse before it is cut off a moment after this one was written.
        values = json.loads(get_pulse_file(database).read_text(encoding="ascii").partition("\n")[0])
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def format_pulse(values: Mapping[str, object]) -> str:
    """Return a pulse as one line of text."""
    running = values.get("running")
    visits = len(running) if isinstance(running, list) else 0
    done = f"visiting {visits} of {values.get('hosts')} hosts, {values.get('crawls')} crawls so far"
    next_at, at = (
        str(values.get(key) or "") for key in ("next_at", "at")
    )  # both in UTC: text order is time order
    if next_at <= at:
        return f"{done}, more is due" if next_at else done
    return f"{done}, next visit {next_at[:16].replace('T', ' ')} UTC"


def explain_silence(values: Mapping[str, object], now: datetime) -> str | None:
    """Return in one line why the watch is not running, or None if it is."""
    if values.get("stopped_at"):
        return f"watch is not running: it was stopped at {values['stopped_at']}"
    try:
        at = datetime.fromisoformat(str(values.get("at")))
        age = abs(now - at)  # a clock that was set back puts the last beat into the future
    except (ValueError, TypeError):
        return "watch is not running"
    return (
        None if age <= STALE else f"watch is not running: no pulse of process {values.get('pid')} since {at}"
    )
