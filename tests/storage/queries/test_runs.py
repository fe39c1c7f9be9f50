"""Runs are listed newest first, and a dead process means an interrupted run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.models import RunKind
from storage.queries import runs
from storage.queries.status import read_status
from storage.store import Store
from tests.support.sample_database import (
    BROKEN,
    JAPAN,
    KOREA,
    SECOND,
    make_sample,
)

EXERCISE, KOREAN, JAPANESE, RANGE = (
    "Exercise ends",
    "주한미군, 연합훈련 실시",
    "在日米軍、共同訓練",
    "=Range hours change",
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("queries") / "milwire.db"
    make_sample(path).close()
    opened = Store.open(path, read_only=True)
    yield opened
    opened.close()


def test_runs_come_newest_first(store: Store) -> None:
    assert [run.source for run in runs.list_runs(store)] == [BROKEN, KOREA, JAPAN, KOREA]
    assert [run.source for run in runs.list_runs(store, KOREA, limit=1)] == [KOREA]


def test_a_run_whose_process_is_gone_was_interrupted(tmp_path: Path) -> None:
    store = make_sample(tmp_path / "a.db")
    run = store.start_run(KOREA, "crawl", SECOND)
    assert runs.list_runs(store, KOREA)[0].state == "running"
    with store.writing() as db:
        db.table("runs").update(run, {"boot_id": "an earlier start of the machine"})
    assert runs.list_runs(store, KOREA)[0].state == "interrupted"
    assert not read_status(store, [KOREA]).ok
    store.close()


def test_the_last_run_of_a_source_is_a_crawl_if_there_ever_was_one(tmp_path: Path) -> None:
    store = make_sample(tmp_path / "a.db")
    crawled = runs.find_last_runs(store)[KOREA]
    store.start_run(KOREA, "import", SECOND)
    store.start_run("imported-news", "import", SECOND)
    last = runs.find_last_runs(store)
    store.close()
    assert last[KOREA] == crawled
    assert last["imported-news"].kind is RunKind.IMPORT
    assert set(last) == {BROKEN, JAPAN, KOREA, "imported-news"}
