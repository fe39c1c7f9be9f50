"""Days of watching a made-up fleet on a simulated clock, and tests of the code that checks them."""

import asyncio
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks import endurance, growth_plot, promises, simulated_clock
from benchmarks.detection_delay import DelayByAge
from benchmarks.fleet_truth import FleetTruth
from benchmarks.fleet_watch import CONFIG
from benchmarks.growth import Sample
from benchmarks.server_log import ServerLog
from crawler.watch import polling
from crawler.watch.polling import Limits, PastActivity
from simulator import fleet_pages
from simulator.fleet import START, USUAL, Fleet, Host, Law, make_fleet
from storage.models import Event, EventKind
from storage.store import Store
from tests.support.paths import ROOT

LIST, ROBOTS = "/News/Section0/", "/robots.txt"


@pytest.fixture(scope="module")
def few() -> Fleet:
    return make_fleet(12, 3)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def kept(newsrooms: int, days: float, folder: Path, law: Law = USUAL) -> dict[str, promises.Promise]:
    """Return what was promised of a simulation, by name; a broken promise fails.

    But for the memory: this process has that of other tests too.
    """
    database = folder / "milwire.db"
    outcome = endurance.simulate(newsrooms, days, database, lambda sample: None, law=law)
    store = Store.open(database, read_only=True)
    try:
        found = promises.list_promises(outcome, store)
    finally:
        store.close()
    broken = [one for one in found if not one.is_kept and one.what != promises.MEMORY]
    assert [endurance.line(one) for one in broken] == []
    assert outcome.truth.event_counts[EventKind.PUBLISHED] > 0
    return {one.what: one for one in found}


def test_a_watch_keeps_its_promises_for_days_and_across_a_pause(tmp_path: Path) -> None:
    found = kept(8, 2, tmp_path)
    assert found["new releases that were not met"].measured == "0"


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_watch_keeps_its_promises_for_weeks(tmp_path: Path) -> None:
    found = kept(60, 12, tmp_path)
    assert promises.STEADINESS in found


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_new_releases_of_busy_newsrooms_are_met_soon(tmp_path: Path) -> None:
    found = kept(30, 12, tmp_path, Law(4.0, 0.3, edited=0.1, removed=0.1))
    assert "of these within 30 minutes" in found


STOPPED = """
import sys
from pathlib import Path
from benchmarks.fleet_watch import FleetWatch
from benchmarks.simulated_clock import simulate_clock
from benchmarks.scrapy_crawl import whole_runner
from simulator.fleet import START, make_fleet
from datetime import timedelta

with simulate_clock(START) as loop:
    watch = FleetWatch(make_fleet(8, 2), Path(sys.argv[1]), loop, print, whole_runner)
    for after_s in (0.0, 0.0005, 0.1, 1.5):
        began_s = loop.time()
        watch.watch(START + timedelta(seconds=began_s + after_s))
        print(f"{loop.time() - began_s - after_s < 5.0}")
"""


def test_scrapy_can_be_stopped_at_any_instant(tmp_path: Path) -> None:
    command = [sys.executable, "-c", STOPPED, str(tmp_path / "milwire.db")]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=100, check=False)
    assert ran.stdout.split() == ["True"] * 4, ran.stderr


def test_time_goes_on_by_itself_where_nothing_is_ready() -> None:
    began_s = time.perf_counter()
    with simulated_clock.simulate_clock(START) as loop:
        loop.run_until_complete(asyncio.sleep(3 * 86_400))
        loop.skip(timedelta(hours=6))
        assert timedelta(0) <= datetime.now(UTC) - START - timedelta(days=3, hours=6) < timedelta(seconds=1)
    assert time.perf_counter() - began_s < 5
    assert datetime.now(UTC) > START


def seen(host: Host, *requests: tuple[str, float, float]) -> ServerLog:
    """Return the log of requests to a host: target, begin and end in seconds."""
    log = ServerLog(CONFIG)
    for target, begin_s, end_s in requests:
        log.begin(host, target, at(begin_s))
        log.end(host, target, at(end_s), 200)
    return log


def test_a_polite_visit_breaks_no_rule(few: Fleet) -> None:
    log = seen(next(iter(few.hosts.values())), (ROBOTS, 0, 1), (LIST, 3, 4), (LIST, 6.5, 7))
    assert log.manners.count_violations == 0
    assert log.manners.least_gap_s == 2


def test_each_broken_rule_is_counted(few: Fleet) -> None:
    host = next(iter(few.hosts.values()))
    hidden = replace(host, hides=True)
    assert seen(host, (ROBOTS, 0, 1), (LIST, 2, 3)).manners.hurried == 1
    assert seen(host, (LIST, 0, 1)).manners.unread == 1
    assert seen(host, (ROBOTS, 0, 1), (LIST, 2 * 86_400, 2 * 86_400 + 1)).manners.unread == 1
    assert seen(hidden, (ROBOTS, 0, 1), ("/News/Hidden/Article/1/a/", 5, 6)).manners.disallowed == 1
    assert seen(replace(host, crawl_delay_s=10), (ROBOTS, 0, 1), (LIST, 5, 6)).manners.hurried == 1
    both = ServerLog(CONFIG)
    both.begin(host, ROBOTS, at(0))
    both.begin(host, ROBOTS, at(3))
    assert both.manners.at_once == 1


def test_a_newsroom_that_nobody_polls_is_noticed(few: Fleet) -> None:
    log = ServerLog(CONFIG)
    log.close(at(86_400), few)
    assert len(log.gaps) == len(few.newsrooms)


def event(few: Fleet, kind: EventKind, index: int, noticed_s: float) -> Event:
    newsroom = few.newsrooms[0]
    host = few.hosts[newsroom.source.host]
    url = f"https://{host.name}{fleet_pages.release_path(host, newsroom, index)}"
    noticed_at = at(noticed_s)
    return Event(1, kind, noticed_at, newsroom.source.id, url, 1, "A story", None, noticed_at)


def test_what_never_happened_is_a_false_event(few: Fleet) -> None:
    truth = FleetTruth(few)
    newsroom = few.newsrooms[0]
    calm = next(index for index, changed in enumerate(newsroom.changed) if changed == float("inf"))
    born_s = newsroom.born[calm]
    truth.record_events([event(few, EventKind.FOUND, calm, born_s + 60)])
    assert truth.false == []
    for kind in (EventKind.EDITED, EventKind.REMOVED, EventKind.PUBLISHED):
        truth.record_events([event(few, kind, calm, born_s + 120)])
    assert len(truth.false) == 3


def test_a_change_that_was_shown_and_not_reported_is_a_miss() -> None:
    many = make_fleet(30, 20)
    truth = FleetTruth(many)
    newsroom, index = next(
        (one, index)
        for one in many.newsrooms
        for index, changed in enumerate(one.changed)
        if 0 < changed < 10 * 86_400 and not one.removed[index]
    )
    host, changed_s = many.hosts[newsroom.source.host], newsroom.changed[index]
    for look_s in (max(newsroom.born[index], changed_s - 60), changed_s + 60):
        truth.record_answer(host, fleet_pages.release_path(host, newsroom, index), at(look_s), 200)
    assert truth.missed(CONFIG.removal, 20 * 86_400.0) == [f"edit of {newsroom.source.id}/{index}"]


def test_a_change_waits_for_the_next_look_that_is_planned_at_its_age() -> None:
    waits = DelayByAge(polling.learn_habit(PastActivity(posts_a_day=1.0), Limits()), CONFIG.removal)
    assert waits.at(0) is None
    young, old = waits.at(3600.0 * 2), waits.at(86_400.0 * 40)
    assert young is not None
    assert old is not None
    assert 0 < young.mean_s <= young.most_s < 3600.0 * 16
    assert 86_400.0 * 10 < old.mean_s <= old.most_s < 86_400.0 * 61


def test_days_are_drawn() -> None:
    days = [Sample(day, 1.0, 100.0 + day, day * 10, day, 5.0 * day, 1.0 * day) for day in (1, 2, 3)]
    drawn = ET.fromstring(growth_plot.draw_growth(days, 300))
    assert len(drawn.findall("{*}polyline")) == 4
