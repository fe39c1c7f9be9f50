"""What is asked for a page or a look takes as much work in a large archive as in a small one."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from benchmarks.large_archive import make_archive
from benchmarks.made_releases import make_looks, make_posting
from benchmarks.storage_growth import count_steps
from storage.models import EventKind
from storage.queries import events, history, releases
from storage.queries.filters import Filter
from storage.store import Store

SMALL, LARGE = 300, 3000
MOST = 1.5

ASKED: dict[str, Callable[[Store], object]] = {
    "the history of a release": lambda store: history.read_history(store, 102),
    "the last events": lambda store: list(events.list_events(store, Filter(limit=30))),
    "the last edits": lambda store: list(events.list_events(store, Filter(kind=EventKind.EDITED, limit=30))),
    "the newest releases": lambda store: list(releases.list_releases(store, Filter(limit=15))),
    "a release by its address": lambda store: releases.find_release_ids(store, make_posting(100).address.url),
    "a release by its number": lambda store: releases.find_release_ids(store, "1100"),
    "the edits page": lambda store: list(store.db.query("SELECT event_id FROM edits LIMIT 50")),
    "a new release": lambda store: store.save_look(make_looks(make_posting(LARGE + 101))[0]),
}


@contextmanager
def opened(path: Path) -> Iterator[Store]:
    with closing(Store.open(path)) as store:
        yield store


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("archives")
    return [make_archive(folder / f"{size}.db", size, real=10) for size in (SMALL, LARGE)]


@pytest.mark.heavy
@pytest.mark.parametrize("what", ASKED)
def test_work_does_not_grow_with_the_archive(paths: list[Path], what: str) -> None:
    steps = []
    for path in paths:
        with opened(path) as store:
            steps.append(count_steps(store, lambda store=store: ASKED[what](store)))  # type: ignore[misc]
    assert steps[1] <= MOST * max(steps[0], 400), steps
