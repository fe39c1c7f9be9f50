"""The file beside a database that says a watch is at work: lock for the next one, pulse for a supervisor."""

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Self

SUFFIX = ".watch"


class WatchedError(Exception):
    """Another watch is at work on the database; one line says which."""


class Heartbeat:
    """A pulse: one JSON object, written anew with each beat. The lock goes when the process does."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, database: Path) -> Self:
        """Take the lock of a database; WatchedError where another watch has it."""
        descriptor = os.open(file_of(database), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            pid = pulse(database).get("pid")
            who = f"process {pid}" if pid else "another process"
            raise WatchedError(f"{database} is being watched already by {who}") from None
        return cls(descriptor)

    def beat(self, told: Mapping[str, object]) -> None:
        """Write a pulse."""
        text = json.dumps(told).encode() + b"\n"
        os.pwrite(self._descriptor, text, 0)
        os.ftruncate(self._descriptor, len(text))

    def release(self) -> None:
        """Give the lock back; the last pulse stays to be read."""
        os.close(self._descriptor)


def file_of(database: Path) -> Path:
    """Return where the pulse of a database's watch is."""
    return database.with_name(database.name + SUFFIX)


def pulse(database: Path) -> dict[str, object]:
    """Return the last pulse, empty where there is none."""
    try:
        told = json.loads(file_of(database).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
