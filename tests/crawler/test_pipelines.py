"""Each look that a spider yields is saved by the run that it belongs to."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from crawler.config import Config
from crawler.crawl.pagination import CrawlPlan
from crawler.crawl.run import CrawlRun
from crawler.pipelines import StorePipeline
from storage.models import Confidence, Event, Look, Source, StoreError
from storage.store import Store
from tests.support.make_looks import after, fields, kinds, seen, store_at, table

SOURCE = Source(
    "wing-news",
    "www.wing.example.mil",
    "",
    "",
    "afpims",
    "News",
    "https://www.wing.example.mil/News/",
    None,
    Confidence.HIGH,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        yield opened


def pipeline_of(run: CrawlRun) -> StorePipeline:
    crawler = SimpleNamespace(spider=SimpleNamespace(run=run))
    return StorePipeline.from_crawler(crawler)  # type: ignore[arg-type]  # all that it needs of a crawler


def test_a_look_is_saved_and_given_on(store: Store) -> None:
    brought: list[tuple[Look, list[Event]]] = []
    run = CrawlRun(
        SOURCE, CrawlPlan(), store, Config(), on_look=lambda look, events: brought.append((look, events))
    )
    run.open_record()
    look = seen(after(0), fields(), run=run.id)
    assert pipeline_of(run).process_item(look) is look
    assert [(each, kinds(events)) for each, events in brought] == [(look, ["found"])]
    assert len(table(store, "postings")) == 1


def test_a_look_that_cannot_be_saved_ends_the_run(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> list[Event]:
        raise StoreError("milwire.db: the disk is full")

    run = CrawlRun(SOURCE, CrawlPlan(), store, Config())
    run.open_record()
    monkeypatch.setattr(store, "save_look", fail)
    pipeline_of(run).process_item(seen(after(0), fields(), run=run.id))
    assert run.is_over
    assert run.outcome.failures == ("milwire.db: the disk is full",)
