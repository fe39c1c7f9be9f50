"""Databases that several tests of commands read: one of a practice crawl, one with a history."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import simulator
from simulator import Served
from storage.store import Store
from tests.support.cli import CommandResult, read_output, run_apart, run_here
from tests.support.history_database import add_rare_events, make_history

QUICK = {"MILWIRE_DELAY": "0.01"}
SITE = "meridian"  # the one with Korean and Japanese


@pytest.fixture(scope="package")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Path, CommandResult]]:
    """Serve the practice newsroom; return it, the folder of a crawled database, and what the crawl said."""
    folder = tmp_path_factory.mktemp("crawl")
    with simulator.serve(simulator.practice_newsroom()) as served:
        store = Store.open(folder / "milwire.db")
        for source in served.site(SITE).sources:
            store.save_source(source)
        for seed in ("usfk-news", "spacecom-news"):
            store.set_enabled(seed, False)
        store.close()
        yield served, folder, run_apart("crawl", cwd=folder, env=QUICK)


@pytest.fixture
def crawled_db(newsroom: tuple[Served, Path, CommandResult]) -> Path:
    """Return the database of the practice crawl."""
    return newsroom[1] / "milwire.db"


@pytest.fixture(scope="package")
def history_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a database with edits, removals, returns and the rare events."""
    folder = tmp_path_factory.mktemp("ledger")
    store = make_history(folder / "milwire.db")
    add_rare_events(store)
    store.close()
    return folder


def run_history(folder: Path, *arguments: object, colour: bool = False) -> CommandResult:
    """Run a command on the database with a history."""
    return run_here(*arguments, cwd=folder, env={"FORCE_COLOR": "1" if colour else "", "NO_COLOR": ""})


def read_history(folder: Path, *arguments: object) -> str:
    """Return what a command prints of the database with a history."""
    return read_output(run_history(folder, *arguments))
