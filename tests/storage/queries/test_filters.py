"""Queries read in batches: beside a writer, and with one line for a damaged file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.models import StoreError
from storage.queries import events, releases, search
from storage.queries.status import read_status
from storage.store import Store
from tests.support.sample_database import (
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


def test_a_damaged_file_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    whole = make_sample(path)
    sql = "SELECT rootpage FROM sqlite_master WHERE name IN ('events', 'revisions_fts_data')"
    roots = [row["rootpage"] for row in whole.db.query(sql)]
    whole.close()
    with path.open("r+b") as file:
        for root in roots:
            file.seek((root - 1) * 4096)
            file.write(b"\xff" * 4096)
    store = Store.open(path, read_only=True)
    for ask in (lambda: search.search_releases(store, "troops"), lambda: list(events.list_events(store))):
        with pytest.raises(StoreError, match=rf"^{path}: [^\n]+$"):
            ask()
    store.close()


def test_questions_are_answered_while_somebody_writes(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    writer = make_sample(path)
    reader = Store.open(path, read_only=True)
    with writer.writing() as db:
        db.execute("DELETE FROM changes")
        assert [one.title for one in search.search_releases(reader, "troops")] == [EXERCISE]
        assert read_status(reader).releases == len(list(releases.list_releases(reader)))
    reader.close()
    writer.close()


def test_batches_keep_the_order_and_leave_nothing_out(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = list(releases.list_releases(store))
    monkeypatch.setattr("storage.queries.filters.BATCH", 2)
    assert len(whole) > 2
    assert list(releases.list_releases(store)) == whole
