"""A newer parser's reading of a capture becomes the baseline, and no edit."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from storage.models import EventKind
from storage.store import Store
from storage.tables import baselines
from storage.tables.baselines import OutdatedPosting
from tests.support.make_looks import address, after, crawl, entry, fields, listed, seen, store_at, table

SOURCE = "wing-news"
CURRENT = {"afpims:2"}
NEW = fields("Wing completes yearly river rescue drill, again", parser="afpims:2")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        opened.save_look(seen(after(0), fields()))
        yield opened


def outdated(store: Store) -> OutdatedPosting:
    (found,) = baselines.find_outdated_postings(store.db, SOURCE, CURRENT)
    return found


def test_a_posting_that_an_older_parser_read_is_outdated(store: Store) -> None:
    found = outdated(store)
    assert (found.posting_id, found.revision_id, found.address, found.parser) == (1, 1, address(), "afpims:1")
    assert found.ref is not None
    assert baselines.find_outdated_postings(store.db, SOURCE, {"afpims:1"}) == []
    assert baselines.find_outdated_postings(store.db, "base-news", CURRENT) == []


def test_a_reading_that_gives_the_same_is_saved_without_a_revision(store: Store) -> None:
    same = replace(fields(), parser="afpims:2")
    assert baselines.replace_baseline(store.db, outdated(store), same, SOURCE, after(1)) is None
    assert baselines.find_outdated_postings(store.db, SOURCE, CURRENT) == []
    assert len(table(store, "revisions")) == 1
    assert table(store, "reparses") == [(1, "afpims:2")]


def test_a_reading_that_differs_is_a_hidden_event_and_a_revision_from_the_same_look_on(store: Store) -> None:
    with store.writing() as db:
        event = baselines.replace_baseline(db, outdated(store), NEW, SOURCE, after(1))
    assert event is not None
    assert event.kind is EventKind.BASELINED
    assert event.detail == {"parser_before": "afpims:1", "parser_after": "afpims:2"}
    assert [change.field for change in event.changes] == ["title"]
    revisions = list(store.db.execute("SELECT observed_at, parser FROM revisions ORDER BY id"))
    assert revisions[0][0] == revisions[1][0]
    assert store.db.execute("SELECT revision_id FROM looks").fetchone() == (2,)
    assert store.db.execute("SELECT title FROM postings").fetchone() == (NEW.title,)


def test_a_posting_that_says_something_else_by_now_keeps_it(store: Store) -> None:
    before = outdated(store)
    store.save_look(seen(after(2), fields("A new title since")))
    assert baselines.replace_baseline(store.db, before, NEW, SOURCE, after(3)) is None
    assert store.db.execute("SELECT title FROM postings").fetchone() == ("A new title since",)


def test_findings_that_wait_are_read_again_with_their_capture(store: Store) -> None:
    crawl(store, listed(after(1), entry("100")), at=after(1))
    run = store.start_run(SOURCE, "crawl", after(2))
    store.save_look(seen(after(2), fields("Wing completes yearly drill"), run=run))
    ((row, ref),) = baselines.list_rereadable_findings(store.db, SOURCE)
    assert (row["role"], row["site"], row["number"]) == ("article", address().site, "100")
    assert ref.file.endswith(".warc.gz")
