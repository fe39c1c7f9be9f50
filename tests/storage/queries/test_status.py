"""Status says which newsrooms' last crawls went well."""

from collections.abc import Iterator
from pathlib import Path

import pytest

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


def test_status_shows_each_source_and_whether_all_are_ok(store: Store) -> None:
    status = read_status(store, [KOREA, "never-news"])
    assert [(one.source, one.enabled, one.ok, one.postings) for one in status.sources] == [
        (BROKEN, False, False, 1),
        (JAPAN, False, True, 2),
        (KOREA, True, True, 3),
        ("never-news", True, True, 0),
    ]
    assert not status.ok
    broken = status.sources[0].last_run
    assert broken
    assert (broken.state, broken.failures) == ("failed", ("listing: 403 from www.broken.mil",))
    assert status.sources[2].last_complete_at is not None
    assert status.sources[0].last_complete_at is None


def test_a_source_that_is_switched_off_is_ok(tmp_path: Path) -> None:
    store = make_sample(tmp_path / "a.db")
    store.set_enabled(BROKEN, False)
    assert read_status(store).ok
    store.close()


def test_a_running_crawl_is_no_failure(tmp_path: Path) -> None:
    store = make_sample(tmp_path / "a.db")
    store.start_run(BROKEN, "crawl", SECOND)
    status = read_status(store)
    store.close()
    assert status.ok
    assert (status.releases, status.postings) == (4, 6)
