"""The state of the watch from its pulse, and how long the report lets lists stay unread."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.config import Config
from crawler.health import report
from crawler.health.alarms import AlarmKind
from crawler.health.report import QuietState, SourceHealth, WatchState, WatchStatus
from crawler.watch import observation_gaps
from crawler.watch.planner import Planner
from storage.models import Confidence, Source, Verdict
from storage.store import Store
from tests.support.make_looks import address, after, bad, crawl, entry, fields, listed, seen, store_at

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PULSE = {"pid": 7, "at": NOW.isoformat(), "started_at": (NOW - DAY).isoformat(), "hosts": 2, "crawls": 9}
SOURCE = Source(
    *("wing-news", "www.wing.mil", "Wing", "", "afpims", "News"),
    listing_url="https://www.wing.mil/News/",
    feed_url=None,
    confidence=Confidence.LOW,
    enabled=True,
)


def make_health(success: datetime | None, *, enabled: bool = True) -> SourceHealth:
    return SourceHealth(
        *("wing-news", QuietState.WELL),
        ok=True,
        enabled=enabled,
        is_off=False,
        last_success_at=success,
        last_run=None,
        last_complete_at=None,
        postings=0,
        pending=0,
    )


@pytest.mark.parametrize(
    ("pulse", "state"),
    [
        ({}, WatchState.NONE),
        (PULSE, WatchState.RUNNING),
        (PULSE | {"at": (NOW - DAY).isoformat()}, WatchState.DEAD),
        (PULSE | {"stopped_at": NOW.isoformat()}, WatchState.STOPPED),
        ({"pid": 7}, WatchState.DEAD),
    ],
)
def test_the_pulse_gives_the_state_of_the_watch(pulse: dict[str, object], state: WatchState) -> None:
    assert report.read_watch_status(pulse, NOW).state is state


def test_a_pulse_with_nonsense_in_it_is_read_as_far_as_it_goes() -> None:
    found = report.read_watch_status(PULSE | {"pid": "x", "started_at": "yesterday", "hosts": None}, NOW)
    assert (found.pid, found.started_at, found.hosts, found.crawls) == (None, None, None, 9)


def test_only_a_running_watch_has_a_start() -> None:
    running = report.read_watch_status(PULSE, NOW)
    assert running.since == NOW - DAY
    assert replace(running, state=WatchState.DEAD).since is None


@pytest.mark.parametrize(
    ("watch", "success", "forgotten"),
    [
        (WatchStatus(WatchState.DEAD), NOW, True),
        (WatchStatus(WatchState.NONE), None, False),
        (WatchStatus(WatchState.RUNNING), None, False),
        (WatchStatus(WatchState.STOPPED, stopped_at=NOW - DAY), None, False),
        (WatchStatus(WatchState.STOPPED, stopped_at=NOW - DAY * 3), None, True),
        (
            WatchStatus(WatchState.STOPPED, stopped_at=NOW - DAY * 3),
            NOW - DAY,
            False,
        ),  # crawled since
    ],
)
def test_a_stopped_watch_is_forgotten_after_two_days_without_a_crawl(
    watch: WatchStatus, success: datetime | None, forgotten: bool
) -> None:
    assert report.is_watch_forgotten(watch, [make_health(success)], NOW) is forgotten


def test_a_crawl_of_a_newsroom_that_is_off_does_not_count() -> None:
    stopped = WatchStatus(WatchState.STOPPED, stopped_at=NOW - DAY * 3)
    assert report.is_watch_forgotten(stopped, [make_health(NOW, enabled=False)], NOW)


def test_the_report_waits_as_long_as_the_planner_does(tmp_path: Path) -> None:
    sources = [replace(SOURCE, id=f"wing-{n}") for n in range(80)]
    config = Config(max_requests=100)
    store = Store.open(tmp_path / "milwire.db")
    planned = Planner(store, config, sources, lambda: NOW)
    expected = observation_gaps.list_patiences(config, sources)
    assert {source.id: planned.find_patience(source) for source in sources} == expected
    found = report.examine_in_batches(store, sources, expected, NOW - DAY, NOW)
    assert {one.source.id: one.patience for one, _ in found} == expected
    store.close()


def look_at_all(store: Store, hours: float, verdict: Verdict) -> None:
    """Look at a list that names twelve releases, and at each of them."""
    numbers = [str(number) for number in range(100, 112)]
    looks = [
        seen(after(hours), fields(f"Story {n}"), address(n))
        if verdict is Verdict.LIVE
        else bad(after(hours), verdict, address(n))
        for n in numbers
    ]
    crawl(store, listed(after(hours), *map(entry, numbers)), *looks, at=after(hours))


@pytest.mark.parametrize(
    ("verdict", "alarm"),
    [(Verdict.GONE, AlarmKind.MASS_ABSENCE), (Verdict.SOFT_GONE, AlarmKind.QUARANTINED)],
)
def test_a_newsroom_whose_releases_are_all_absent_is_not_well_while_its_list_is_as_before(
    tmp_path: Path, verdict: Verdict, alarm: AlarmKind
) -> None:
    def read_health(hours: float) -> SourceHealth:
        built = report.build_report(
            store, Config(contact="a@b.mil"), {SOURCE.id: SOURCE}, WatchStatus(WatchState.NONE), after(hours)
        )
        (found,) = built.sources
        assert built.ok is found.ok
        return found

    with store_at(tmp_path / "milwire.db") as store:
        look_at_all(store, 0, Verdict.LIVE)
        assert read_health(1).state is QuietState.WELL
        look_at_all(store, 6, verdict)
        found = read_health(7)
        assert (found.state, found.ok) == (alarm, False)
        assert "12 of 12" in found.alarms[0].line
        look_at_all(store, 12, Verdict.LIVE)
        assert read_health(13).state is QuietState.WELL
