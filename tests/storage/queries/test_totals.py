"""Totals count every run, look and event, those of folded days included."""

from datetime import timedelta
from pathlib import Path

from storage.queries.totals import Totals, add_totals, read_totals
from storage.store import Store
from tests.support.sample_database import KOREA, SECOND, make_sample


def test_an_empty_database_has_no_totals(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "a.db")
    assert read_totals(store) == Totals()
    store.close()


def test_finished_crawls_and_their_requests_count(tmp_path: Path) -> None:
    store = make_sample(tmp_path / "a.db")
    totals = read_totals(store)
    assert (totals.runs, totals.requests) == (4, 3 + 3 + 4 + 2)
    assert (totals.events["published"], totals.events["edited"]) == (1, 1)
    store.close()


def test_imports_and_running_crawls_do_not_count(tmp_path: Path) -> None:
    store = make_sample(tmp_path / "a.db")
    before = read_totals(store)
    store.start_run(KOREA, "crawl", SECOND)
    with store.writing() as db:
        imported = store.start_run(KOREA, "import", SECOND)
        db.table("runs").update(imported, {"state": "ok", "requests": 9})
    assert read_totals(store) == before
    store.close()


def test_days_of_folded_runs_still_count(tmp_path: Path) -> None:
    store = make_sample(tmp_path / "a.db")
    with store.writing() as db:
        db.execute("UPDATE runs SET verdicts = '{\"live\": 2}'")
        day = f"{SECOND - timedelta(days=400):%Y-%m-%d}"
        db.table("run_days").insert(
            {
                "source_id": KOREA,
                "day": day,
                "runs": 5,
                "failed": 0,
                "requests": 50,
                "found": 0,
                "published": 0,
                "edited": 0,
                "verdicts": '{"live": 7, "gone": 1}',
            }
        )
    totals = read_totals(store)
    assert (totals.runs, totals.requests) == (9, 62)
    assert totals.looks == {"live": 4 * 2 + 7, "gone": 1}
    store.close()


def test_totals_are_added_key_by_key() -> None:
    first = Totals(1, 10, {"live": 1}, {"edited": 1})
    more = Totals(2, 20, {"live": 2, "gone": 3}, {"removed": 1})
    assert add_totals(first, more) == Totals(3, 30, {"live": 3, "gone": 3}, {"edited": 1, "removed": 1})
    assert add_totals(Totals(), Totals()) == Totals()
