"""Watches as processes of their own."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from storage.store import Store
from tests.support.paths import ROOT

LONGEST_S = 60.0


class WatchProcesses:
    """Watches as processes; none outlives its test."""

    def __init__(self, database: Path) -> None:
        self.database = database
        self.started: list[subprocess.Popen[str]] = []

    def start(self) -> subprocess.Popen[str]:
        """Start a watch of the database."""
        command = [sys.executable, "-W", "error", "-m", "crawler.cli", "watch", "--json", "--db"]
        process = subprocess.Popen(
            [*command, str(self.database)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Return rows of the database."""
        store = Store.open(self.database, read_only=True)
        try:
            return list(store.db.execute(sql).fetchall())
        finally:
            store.close()

    def crawled(self) -> set[str]:
        """Return the ids of the newsrooms that had a complete crawl."""
        return {row[0] for row in self.query("SELECT source_id FROM runs WHERE complete")}

    def end(self) -> None:
        """Kill what still runs."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.communicate(timeout=LONGEST_S)

    def wait(self, what: Callable[[], bool]) -> None:
        """Return when something is so; whether a watch still runs does not matter."""
        until = time.monotonic() + LONGEST_S
        while not what():
            assert time.monotonic() < until, "waited in vain"
            time.sleep(0.02)


def end_watch(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Ask a watch to stop, check that it does so cleanly, and return its output and errors."""
    process.send_signal(signal.SIGTERM)
    said, complained = process.communicate(timeout=LONGEST_S)
    assert process.returncode == 0, said + complained
    return said, complained
