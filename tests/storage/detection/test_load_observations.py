"""What detection is given from the database."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from storage.detection.load_observations import FindingBatch, load_batch, load_observations, split_looks
from storage.models import Look, RemovalPolicy, Role, Verdict
from storage.store import Store
from storage.tables import findings
from tests.support.make_looks import LONG, address, after, bad, entry, fields, listed, seen, store_at

SOURCE = "wing-news"
POLICY = RemovalPolicy()
NUMBERS = ("100", "101", "102")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return a store that knows three postings."""
    with store_at(tmp_path / "milwire.db") as opened:
        run = opened.start_run(SOURCE, "crawl", after(0))
        opened.save_look(listed(after(0), *(entry(number) for number in NUMBERS), run=run))
        for number in NUMBERS:
            text = fields(f"Story {number} of the wing", f"{number} {LONG}")
            opened.save_look(seen(after(0), text, address(number), run=run))
        opened.detect_changes(SOURCE)
        yield opened


def load(store: Store, *looks: Look, kind: str = "crawl") -> FindingBatch:
    """Save looks as one run and return its only batch."""
    run = store.start_run(SOURCE, kind, after(1))
    for look in looks:
        store.save_look(replace(look, run_id=run))
    (rows,) = split_looks(findings.list_findings(store.db, SOURCE, run))
    return load_batch(store.db, SOURCE, run, rows)


def row(number: int, role: str = "article", at: str = "a") -> dict[str, object]:
    return {"id": number, "role": role, "posting_id": number % 10, "at": at}


def test_each_part_of_a_run_has_one_look_at_each_posting_and_all_lists() -> None:
    rows = [row(1), row(2), row(90, "listing"), row(11, at="b"), row(91, "control")]
    parts = split_looks(rows)
    assert [[one["id"] for one in part] for part in parts] == [[90, 91, 1, 2], [90, 91, 11]]


def test_a_run_that_looked_at_lists_alone_is_one_part() -> None:
    assert [len(part) for part in split_looks([row(90, "listing")])] == [1]


def test_a_batch_knows_the_postings_it_looked_at_and_all_of_the_source_where_lists_were_read(
    store: Store,
) -> None:
    alone = load(store, bad(after(1), Verdict.GONE, address("101")))
    assert [one["number"] for one in alone.postings.values()] == ["101"]
    listing = load(store, listed(after(2), entry("100")))
    assert sorted(one["number"] for one in listing.postings.values()) == list(NUMBERS)


def test_a_new_text_comes_with_the_one_before_and_an_unchanged_look_with_neither(store: Store) -> None:
    other = fields("Another title of it all", LONG)
    same = fields("Story 101 of the wing", f"101 {LONG}")
    batch = load(store, seen(after(1), other, address("100")), seen(after(1), same, address("101")))
    run = load_observations(store.db, batch, POLICY)
    new, unchanged = run.findings
    assert new.fields == other
    assert unchanged.fields is None
    before = run.postings[new.posting_id].fields
    assert before is not None
    assert before.title == "Story 100 of the wing"
    assert run.postings[unchanged.posting_id].fields is None


def test_a_redirect_comes_with_what_we_know_of_its_target(store: Store) -> None:
    there = replace(bad(after(1), Verdict.REDIRECTED, address("100"), 301), found_address=address("102"))
    unknown = replace(there, address=address("101"), found_address=address("999"))
    run = load_observations(store.db, load(store, there, unknown), POLICY)
    assert [one.fields and one.fields.title for one in run.findings] == ["Story 102 of the wing", None]


def test_a_posting_that_answers_at_another_host_of_its_site_is_met_there(store: Store) -> None:
    url = address("100").url.replace("www.wing", "news.wing")
    elsewhere = replace(address("100"), url=url)
    text = fields("Story 100 of the wing", f"100 {LONG}")
    look = replace(seen(after(1), text, address("100")), found_address=elsewhere)
    (finding,) = load_observations(store.db, load(store, look), POLICY).findings
    assert finding.found_address == elsewhere


def test_recent_edits_are_loaded_only_for_a_small_part_of_the_source(store: Store) -> None:
    looks = [bad(after(1), Verdict.GONE, address(number)) for number in NUMBERS]
    part = load_observations(store.db, load(store, looks[0]), POLICY)
    assert part.recent_edits is not None
    assert part.recent_edits.compared == len(NUMBERS)
    assert load_observations(store.db, load(store, *looks[1:]), POLICY).recent_edits is None


def test_a_run_of_the_feed_alone_is_known_as_that(store: Store) -> None:
    assert not load_observations(store.db, load(store, listed(after(1), entry("100"))), POLICY).is_feed_only
    feed = listed(after(2), entry("100"), role=Role.FEED)
    assert load_observations(store.db, load(store, feed), POLICY).is_feed_only
