"""Backups of a database that a watch and crawls write to all the time; killed ones; one that is put back."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.watch import heartbeat
from simulator import Served, practice_newsroom, serve
from storage.store import Store
from tests.support.cli import run_apart
from tests.support.paths import ROOT

LONGEST_S = 60.0


@pytest.fixture
def served() -> Iterator[Served]:
    with serve(practice_newsroom(seed=5)) as practice:
        yield practice


@pytest.fixture
def database(tmp_path: Path, served: Served) -> Path:
    """Return a database that follows one site of the practice newsroom."""
    (tmp_path / "live").mkdir()
    store = Store.open(tmp_path / "live" / "milwire.db")
    for seed in ("usfk-news", "spacecom-news"):
        store.set_enabled(seed, False)
    for source in served.site("meridian").sources[:2]:
        store.save_source(source)
        store.set_enabled(source.id, True)
    store.close()
    (store.path.parent / "milwire.toml").write_text("delay = 0.01\n")
    return store.path


@pytest.fixture
def watch(database: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start a watch, and beside it a crawl after the other that looks at everything again."""
    command = [sys.executable, "-m", "crawler.cli"]
    process = subprocess.Popen(
        [*command, "watch", "--db", str(database)], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    stop = threading.Event()

    def look_again() -> None:
        while not stop.is_set():
            crawl = [*command, "crawl", "--look-again", "--db", str(database)]
            subprocess.run(crawl, cwd=ROOT, capture_output=True, timeout=LONGEST_S, check=False)

    crawls = threading.Thread(target=look_again)
    crawls.start()
    yield process
    stop.set()
    crawls.join()
    process.kill()
    process.wait(LONGEST_S)


def wait(database: Path, runs: int) -> None:
    """Return when so many runs began since now."""
    store = Store.open(database, read_only=True)
    count = "SELECT count(*) FROM runs"
    until, began = time.monotonic() + LONGEST_S, store.db.execute(count).fetchone()[0]
    while store.db.execute(count).fetchone()[0] < began + runs:
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)
    store.close()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_backup_beside_a_watch_is_whole_and_can_be_watched_in_its_place(
    database: Path, watch: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    for number in range(3):
        wait(database, 2)
        made = run_apart("backup", tmp_path / f"copy-{number}", "--db", database, cwd=tmp_path)
        assert made.code == 0, made.err
        verified = run_apart("verify", "--db", tmp_path / f"copy-{number}" / "milwire.db", cwd=tmp_path)
        assert verified.code == 0, verified.err
    watch.send_signal(signal.SIGTERM)
    assert watch.wait(LONGEST_S) == 0

    restored = tmp_path / "restored"
    shutil.copytree(tmp_path / "copy-2", restored)
    shutil.copy(database.parent / "milwire.toml", restored)
    command = [sys.executable, "-m", "crawler.cli", "watch", "--db", str(restored / "milwire.db")]
    again = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    until = time.monotonic() + LONGEST_S
    while heartbeat.read_pulse(restored / "milwire.db").get("pid") != again.pid:
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.1)
    assert run_apart("watch", "--check", "--db", restored / "milwire.db", cwd=tmp_path).code == 0
    again.send_signal(signal.SIGTERM)
    assert again.wait(LONGEST_S) == 0
    assert run_apart("verify", "--db", restored / "milwire.db", cwd=tmp_path).code == 0


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_backup_that_is_killed_leaves_no_name_and_harms_nothing(
    database: Path, watch: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """Killed at instants all through its course; what is left of it is hidden and may be deleted."""
    wait(database, 2)
    command = [sys.executable, "-m", "crawler.cli", "backup", str(tmp_path / "copy"), "--db", str(database)]
    began = time.monotonic()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=LONGEST_S)
    whole_s = time.monotonic() - began
    shutil.rmtree(tmp_path / "copy")
    for part in range(1, 9):
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(whole_s * part / 9)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(LONGEST_S)
        left = {path.name for path in tmp_path.iterdir()} - {"live", "copy"}
        assert all(name.startswith(".copy.unfinished-") for name in left)
        if (tmp_path / "copy").exists():  # it was quicker than we
            assert run_apart("verify", "--db", tmp_path / "copy" / "milwire.db", cwd=tmp_path).code == 0
            shutil.rmtree(tmp_path / "copy")
    wait(database, 1)
    assert run_apart("verify", "--db", database, cwd=tmp_path).code == 0
    assert os.path.lexists(heartbeat.get_pulse_file(database))
