"""The queue of findings between looks and detection."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from storage.models import Look, Role, Verdict
from storage.store import Store
from storage.tables import findings
from tests.support.make_looks import address, after, bad, entry, fields, listed, seen, store_at

SOURCE = "wing-news"
WHERE = address("100")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return a store that knows one posting."""
    with store_at(tmp_path / "milwire.db") as opened:
        opened.save_look(seen(after(0), fields(), WHERE))
        yield opened


def start_run(store: Store, hour: float) -> int:
    return store.start_run(SOURCE, "crawl", after(hour))


def test_looks_of_a_crawl_wait_and_those_of_an_import_do_not(store: Store) -> None:
    assert findings.awaits_detection(store.db, start_run(store, 1))
    assert not findings.awaits_detection(store.db, store.start_run(SOURCE, "import", after(1)))
    assert not findings.awaits_detection(store.db, None)


def test_runs_wait_in_their_order_and_findings_in_that_of_time(store: Store) -> None:
    runs = [start_run(store, 1), start_run(store, 2)]
    store.save_look(replace(bad(after(2.5), Verdict.GONE, WHERE), run_id=runs[1]))
    store.save_look(listed(after(2.1), entry("100"), run=runs[1]))
    store.save_look(replace(bad(after(1.5), Verdict.GONE, WHERE), run_id=runs[0]))
    assert findings.list_waiting_runs(store.db, SOURCE) == runs
    rows = findings.list_findings(store.db, SOURCE, runs[1])
    assert [row["role"] for row in rows] == ["listing", "article"]


def test_neither_robots_nor_an_unknown_article_is_a_finding(store: Store) -> None:
    run = start_run(store, 1)
    store.save_look(replace(bad(after(1), Verdict.GONE, address("999")), run_id=run))
    store.save_look(replace(bad(after(1), Verdict.GONE, WHERE), run_id=run, role=Role.ROBOTS))
    assert findings.list_waiting_runs(store.db, SOURCE) == []


def test_a_finding_reads_back_as_it_was_saved(store: Store) -> None:
    run = start_run(store, 1)
    there = address("200", "www.other.example.mil")
    look = replace(bad(after(1), Verdict.REDIRECTED, WHERE, 301), run_id=run, found_address=there)
    look = replace(look, answer_digest="sha256:a")
    store.save_look(look)
    store.save_look(listed(after(1.5), entry("100"), entry("101"), run=run))
    article, listing = findings.list_findings(store.db, SOURCE, run)
    found = findings.read_posting_finding(article, None)
    assert found.answer_digest == "sha256:a"
    assert (found.at, found.verdict, found.status, found.found_address) == (
        after(1),
        Verdict.REDIRECTED,
        301,
        there,
    )
    site = findings.read_site_finding(listing)
    assert (site.role, [one.address.key for one in site.entries]) == (Role.LISTING, ["100", "101"])


def test_a_site_map_is_a_finding_with_the_postings_that_it_names(store: Store) -> None:
    run = start_run(store, 1)
    where = replace(WHERE, url="https://www.wing.example.mil/sitemap.xml", number=None)
    look = Look(Role.SITEMAP, where, after(1), Verdict.LIVE, SOURCE, run)
    store.save_look(look)
    assert findings.list_findings(store.db, SOURCE, run) == []
    store.save_look(replace(look, at=after(1.1), mapped=(WHERE, address("999"))))
    (row,) = findings.list_findings(store.db, SOURCE, run)
    found = findings.read_site_finding(row)
    assert (found.role, [one.address for one in found.entries]) == (Role.SITEMAP, [WHERE])


def test_quarantined_findings_do_not_wait_for_detection(store: Store) -> None:
    run = start_run(store, 1)
    store.save_look(replace(bad(after(1), Verdict.GONE, WHERE), run_id=run))
    (row,) = findings.list_findings(store.db, SOURCE, run)
    with store.writing() as db:
        findings.quarantine_findings(db, [row["id"]])
    assert findings.list_findings(store.db, SOURCE, run) == []
    assert [one["id"] for one in findings.list_quarantined_findings(store.db, SOURCE)] == [row["id"]]


def test_the_newest_new_text_of_a_posting_waits_with_its_capture(store: Store) -> None:
    run, posting_id = start_run(store, 1), 1
    assert findings.find_waiting_text(store.db, posting_id) is None
    store.save_look(seen(after(1), fields("Another title of it all"), WHERE, run=run))
    store.save_look(seen(after(2), fields("A third title of it all"), WHERE, run=run))
    text, capture_id = findings.find_waiting_text(store.db, posting_id) or (None, None)
    assert text is not None
    assert text.title == "A third title of it all"
    assert capture_id is not None


def test_another_reading_takes_the_place_of_the_first(store: Store) -> None:
    run = start_run(store, 1)
    store.save_look(replace(bad(after(1), Verdict.UNREADABLE, WHERE, 200), run_id=run))
    (row,) = findings.list_findings(store.db, SOURCE, run)
    read = fields("What a newer parser reads", parser="afpims:2")
    with store.writing() as db:
        findings.update_article_finding(db, row["id"], Verdict.LIVE, read)
    (row,) = findings.list_findings(store.db, SOURCE, run)
    assert (row["verdict"], findings.load_fields(row["fields"])) == ("live", read)
