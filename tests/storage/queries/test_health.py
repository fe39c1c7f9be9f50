"""The facts by which health is judged: lists, runs, first readings and pending releases of each newsroom."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from storage.models import RunState
from storage.queries.health import RECENT_RUNS, NewsroomFacts, find_last_successes, read_newsroom_facts
from storage.store import Store
from tests.support.sample_database import (
    BROKEN,
    FIRST,
    JAPAN,
    KOREA,
    SECOND,
    add_pending,
    address,
    crawl,
    fields,
    make_sample,
)

NOW = SECOND + timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = make_sample(tmp_path / "a.db")
    yield opened
    opened.close()


def read(store: Store, source: str = KOREA) -> NewsroomFacts:
    return read_newsroom_facts(store, [source], NOW)[source]


def test_a_newsroom_that_was_never_crawled_has_no_facts(store: Store) -> None:
    found = read(store, "never-news")
    assert (found.lists, found.readings, found.runs, found.list_progress) == ((), (), (), ())
    assert (found.unread, found.unread_since, found.quarantined_at, found.quarantine) == (0, None, None, "")


def test_newsrooms_come_in_the_order_asked_for_and_once(store: Store) -> None:
    assert list(read_newsroom_facts(store, [KOREA, BROKEN, KOREA, "never-news"], NOW)) == [
        KOREA,
        BROKEN,
        "never-news",
    ]


def test_lists_come_in_the_order_of_their_first_looks(store: Store) -> None:
    (one,) = {(span.role, span.url) for span in read(store).lists}
    assert one == ("listing", "https://www.korea.mil/News/")
    assert [span.first_at for span in read(store).lists] == sorted(s.first_at for s in read(store).lists)
    assert not any(span.is_empty for span in read(store).lists)


def test_looks_that_are_over_a_year_old_do_not_count(store: Store) -> None:
    later = read_newsroom_facts(store, [KOREA], NOW + timedelta(days=500))[KOREA]
    assert later.lists == ()
    assert len(later.readings) == 3  # a newsroom that fell silent is still known by its last year


def test_a_release_is_known_by_its_first_reading(store: Store) -> None:
    newest = max(read(store).readings, key=lambda one: one.first_seen_at)
    assert newest.is_published
    assert newest.first_seen_at == newest.appeared_at == SECOND + timedelta(minutes=1)
    assert {"title", "byline"} & newest.filled
    assert newest.body_characters == len("The range opens at eight.")
    assert newest.confidence == "high"


def test_a_release_that_was_found_appeared_when_its_page_says(store: Store) -> None:
    found = [one for one in read(store).readings if not one.is_published]
    assert found
    assert all(one.appeared_at < one.first_seen_at for one in found)


def test_the_newest_crawls_come_first_and_are_limited(store: Store) -> None:
    assert [one.state for one in read(store, BROKEN).runs] == [RunState.FAILED]
    assert read(store, BROKEN).runs[0].failures == ("listing: 403 from www.broken.mil",)
    for hours in range(RECENT_RUNS + 1):
        crawl(store, KOREA, SECOND + timedelta(hours=hours), (address(103), fields("Same", "Text.")))
    started = [one.started_at for one in read(store).runs]
    assert len(started) == RECENT_RUNS
    assert started == sorted(started, reverse=True)


def test_running_crawls_and_imports_are_not_among_the_runs(store: Store) -> None:
    before = read(store).runs
    store.start_run(KOREA, "crawl", SECOND)
    store.start_run(KOREA, "import", SECOND)
    assert read(store).runs == before


def test_verdicts_are_summed_over_the_runs_of_a_week(store: Store) -> None:
    with store.writing() as db:
        db.execute('UPDATE runs SET verdicts = \'{"gone": 1, "live": 3}\' WHERE source_id = ?', [KOREA])
    assert list((read(store).verdicts or {}).items()) == [("live", 6), ("gone", 2)]
    assert read_newsroom_facts(store, [KOREA], NOW + timedelta(days=30))[KOREA].verdicts == {}


def test_a_quarantine_has_its_reason(store: Store) -> None:
    with store.writing() as db:
        db.table("quarantines").insert(
            {
                "source_id": KOREA,
                "since_at": "2026-01-31T10:00:00.000000Z",
                "reason": "9 of 9 broke",
                "run_id": 1,
            }
        )
    assert (read(store).quarantined_at, read(store).quarantine) == (FIRST, "9 of 9 broke")
    assert read(store, JAPAN).quarantined_at is None


@pytest.mark.parametrize(("tries", "absent", "unread"), [(0, 0, 0), (2, 0, 1), (2, 2, 0), (3, 2, 1)])
def test_a_release_is_unread_if_a_look_failed_other_than_by_not_found(
    store: Store, tries: int, absent: int, unread: int
) -> None:
    add_pending(store, 104, tries, absent)
    assert read(store).unread == unread
    assert read(store).unread_since == (FIRST if unread else None)


def test_the_last_success_is_the_last_list_that_was_read(store: Store) -> None:
    found = find_last_successes(store)
    assert (found[KOREA], found[JAPAN]) == (SECOND, FIRST)
    assert "never-news" not in found
