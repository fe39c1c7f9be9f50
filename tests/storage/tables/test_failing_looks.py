"""Releases that refused us or failed lately."""

from dataclasses import replace
from pathlib import Path

from storage.models import Verdict
from storage.tables.looks import count_failing_postings
from storage.tables.runs import list_failures_by_run
from tests.support.make_looks import address, after, bad, crawl, fields, outcome, seen, store_at

NUMBERS = ("100", "101", "102", "103")


def test_what_failed_counts_until_it_is_read_again(tmp_path: Path) -> None:
    with store_at(tmp_path / "milwire.db") as store:
        crawl(store, *(seen(after(0), fields(f"Story {n} of it"), address(n)) for n in NUMBERS), at=after(0))
        crawl(
            store,
            bad(after(8), Verdict.BLOCKED, address("100"), 403),
            bad(after(8.1), Verdict.SERVER_ERROR, address("101"), 503),
            bad(after(8.2), Verdict.GONE, address("102"), 404),
            at=after(8),
        )
        assert count_failing_postings(store.db, "wing-news", after(1), 100) == (3, 2)
        crawl(store, seen(after(16), fields("Story 101 of it"), address("101")), at=after(16))
        crawl(store, bad(after(17), Verdict.GONE, address("100"), 404), at=after(17))
        assert count_failing_postings(store.db, "wing-news", after(1), 100) == (3, 1)
        assert count_failing_postings(store.db, "wing-news", after(18), 100) == (0, 0)


def test_what_was_absent_before_it_failed_hides_nothing(tmp_path: Path) -> None:
    with store_at(tmp_path / "milwire.db") as store:
        crawl(store, *(seen(after(0), fields(f"Story {n} of it"), address(n)) for n in NUMBERS), at=after(0))
        crawl(store, bad(after(8), Verdict.GONE, address("100"), 404), at=after(8))
        crawl(store, bad(after(16), Verdict.SERVER_ERROR, address("100"), 503), at=after(16))
        assert count_failing_postings(store.db, "wing-news", after(1), 100) == (1, 0)


def test_postings_are_counted_up_to_a_most(tmp_path: Path) -> None:
    with store_at(tmp_path / "milwire.db") as store:
        crawl(store, *(seen(after(0), fields(f"Story {n} of it"), address(n)) for n in NUMBERS), at=after(0))
        assert count_failing_postings(store.db, "wing-news", after(-1), 2) == (2, 0)


def test_failures_are_counted_by_crawl(tmp_path: Path) -> None:
    with store_at(tmp_path / "milwire.db") as store:
        runs = [store.start_run("wing-news", "looks", after(hour)) for hour in range(4)]
        for run, verdicts in zip(
            runs, ({"live": 3}, {"blocked": 1, "server_error": 2}, {}, {"live": 1}), strict=True
        ):
            store.finish_run(run, replace(outcome(complete=True), verdicts=verdicts))
        assert list_failures_by_run(store.db, "wing-news", runs[-1], after(0)) == [0, 3]
        assert list_failures_by_run(store.db, "wing-news", runs[-1], after(0.5)) == [3]
