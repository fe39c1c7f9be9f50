"""A newsroom cannot die in silence: each way to die is told by watch and status, as one alarm, in time."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler import runner
from crawler.cli.demo import SettableClock
from crawler.crawl.pagination import CrawlPlan
from crawler.crawl.run import CrawlRun
from crawler.health import report
from crawler.health.alarms import AlarmKind
from crawler.health.monitor import AlarmChange, Monitor
from crawler.health.report import SourceHealth, WatchState, WatchStatus
from crawler.watch import heartbeat
from simulator import Served, another_post, practice_newsroom, serve
from simulator.faults import Fault, Trouble
from simulator.truth import Post
from storage.models import Source
from storage.store import Store
from tests.support.cli import run_here
from tests.support.practice_crawls import QUICK, source_of

SITE = "calder"
BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PATIENCE = HOUR * 10  # the longest planned interval between polls, and a quarter
ROUND = HOUR  # in which each newsroom is examined
ARTICLES = "/Article/"
LISTS = r"^(?!.*(/Article/|robots))"


def slow(*values: object) -> Any:  # pytest's ParameterSet has no public name
    """Return parameters for `make test-all` alone."""
    return pytest.param(*values, marks=pytest.mark.slow)


@dataclass
class Room:
    """A newsroom that is watched on a clock of ours."""

    served: Served
    store: Store
    clock: SettableClock
    source: Source
    monitor: Monitor
    told: list[tuple[datetime, AlarmChange]] = field(default_factory=list)

    def live(self, length: timedelta, every: timedelta = HOUR * 3, each: timedelta = ROUND) -> None:
        """Let time pass, with crawls and examinations so far apart."""
        until = next_at = self.clock() + length
        next_at -= length
        while self.clock() < until:
            if self.clock() >= next_at:
                self.crawl()
                next_at += every
            self.clock.set_time(min(self.clock() + each, until))
            self.hear(self.monitor.examine_sources([self.source.id]))

    def crawl(self, plan: CrawlPlan = CrawlPlan()) -> None:  # noqa: B008  # frozen
        """Crawl once, as a watch does."""
        run = CrawlRun(self.source, plan, self.store, QUICK, clock=self.clock, list_interval=PATIENCE / 2)
        result = runner.get_loop().run_until_complete(runner.execute_run(runner.create_runner(), run))
        self.hear(self.monitor.examine_after_visit(self.source.id, eventful=bool(result.failures)))

    def hear(self, changes: Iterable[AlarmChange]) -> None:
        """Note what the watch would tell now."""
        self.told += [(self.clock(), change) for change in changes]

    def post(self, *ages: timedelta, change: Callable[[Post], Post] = lambda post: post) -> None:
        """Publish releases of these ages."""
        for n, age in enumerate(ages):
            post = another_post(self.served.newsroom, SITE, at=self.clock() - age, seed=n)
            self.served.publish(SITE, change(post))

    def health(self) -> SourceHealth:
        """Return what status says."""
        watch = WatchStatus(WatchState.RUNNING, started_at=self.monitor.began_at)
        return report.build_report(
            self.store, QUICK, {self.source.id: self.source}, watch, self.clock()
        ).sources[0]

    def died_of(self, kind: AlarmKind, within: timedelta, since: datetime) -> str:
        """Check that one alarm was told in time and that status says the same; return its line and advice."""
        begun = [(at, change.alarm) for at, change in self.told if change.has_begun]
        assert [alarm.kind for _, alarm in begun] == [kind]
        at, alarm = begun[0]
        assert at - since <= within
        health = self.health()
        assert (health.state, [one.kind for one in health.alarms], health.ok) == (kind, [kind], False)
        return f"{alarm.line}. {alarm.advice}"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    clock = SettableClock(BEGIN)
    with serve(practice_newsroom(seed=3), clock=clock) as served:
        store = Store.open(tmp_path / "milwire.db", clock=clock)
        source = replace(source_of(served, SITE), enabled=True)
        store.save_source(source)
        monitor = Monitor(store, BEGIN - DAY, clock)
        monitor.set_sources(QUICK, [source])
        room = Room(served, store, clock, source, monitor)
        empty = served.newsroom.site(SITE)
        served.put_site(replace(empty, sections=tuple(replace(one, posts=()) for one in empty.sections)))
        room.post(*(DAY * 3 * n for n in range(12, -1, -1)), change=lambda post: tagged(post, "Exercise"))
        yield room
        store.close()


@pytest.fixture
def alive(room: Room) -> Room:
    """Return a newsroom that was read well for half a day."""
    room.live(HOUR * 12, every=HOUR * 4)
    assert room.told == []
    assert room.health().state == "well"
    return room


@pytest.mark.parametrize(
    ("fault", "word", "advice"),
    [
        (Fault(Trouble.BLOCKED, SITE), "blocked", "webmaster"),
        (Fault(Trouble.PRIVATE, SITE, LISTS), "redirect", "moved"),
        slow(Fault(Trouble.THROTTLED, SITE, retry_after_s=0), "throttled", "fewer requests"),
        slow(Fault(Trouble.NOT_FOUND, SITE, LISTS), "gone", "moved"),
        slow(Fault(Trouble.GARBAGE, SITE, LISTS), "unreadable", "browser"),
    ],
)
def test_lists_that_cannot_be_read_are_told(alive: Room, fault: Fault, word: str, advice: str) -> None:
    since = alive.clock()
    alive.served.fault(fault)
    alive.live(PATIENCE + ROUND * 4)
    told = alive.died_of(AlarmKind.UNREACHABLE, PATIENCE + ROUND * 2, since)
    assert word in told
    assert advice in told


@pytest.mark.slow
def test_a_host_that_is_gone_is_told(alive: Room) -> None:
    since = alive.clock()
    alive.source = replace(
        alive.source, host="127.0.0.1:9", feed_url="http://127.0.0.1:9/feed", listing_url=None
    )
    alive.live(PATIENCE + ROUND * 4)
    assert "refused" in alive.died_of(AlarmKind.UNREACHABLE, PATIENCE + ROUND * 2, since)


@pytest.mark.slow
def test_a_robots_file_that_shuts_us_out_is_told(alive: Room) -> None:
    since = alive.clock()
    alive.served.fault(Fault(Trouble.ROBOTS_AS_HTML, SITE, "robots.txt"))
    alive.live(DAY * 2 + PATIENCE, every=HOUR * 6)  # the last good copy counts for a day
    assert "robots" in alive.died_of(AlarmKind.UNREACHABLE, DAY * 2 + PATIENCE, since)


def test_a_newsroom_that_never_answered_is_told(room: Room) -> None:
    room.served.fault(Fault(Trouble.BLOCKED, SITE))
    room.live(PATIENCE + ROUND * 4)
    assert "could never be read" in room.died_of(AlarmKind.UNREACHABLE, PATIENCE + ROUND * 2, BEGIN)


def test_a_newsroom_that_nobody_visits_is_told(room: Room) -> None:
    room.clock.set_time(BEGIN + PATIENCE + ROUND)
    room.hear(room.monitor.examine_sources([room.source.id]))
    assert "SIGHUP" in room.died_of(AlarmKind.UNREACHABLE, PATIENCE + ROUND * 2, BEGIN)


def test_lists_that_name_nothing_any_more_are_told(alive: Room) -> None:
    since = alive.clock()
    alive.served.fault(Fault(Trouble.NO_ITEMS, SITE))
    alive.live(HOUR * 5)
    assert "no releases since" in alive.died_of(AlarmKind.EMPTY, HOUR * 4, since)


@pytest.mark.slow
def test_a_newsroom_that_falls_silent_is_told(room: Room) -> None:
    room.crawl(CrawlPlan(backfill=True))
    health = room.health()
    allowed = timedelta(seconds=health.allowed_silence_s or 0)
    assert health.last_post_at
    assert allowed < DAY * 10
    room.live(allowed + HOUR * 12, every=HOUR * 9, each=HOUR * 3)
    told = room.died_of(AlarmKind.SILENCE, allowed + HOUR * 12, health.last_post_at)
    assert "longest before 3 days" in told


@pytest.mark.slow
def test_a_feed_that_stands_still_while_the_list_goes_on_is_told(alive: Room) -> None:
    since = alive.clock()
    alive.served.fault(Fault(Trouble.STALE_FEED, SITE, "RSS"))
    for _ in range(6):
        alive.post(HOUR)
        alive.live(HOUR * 12, every=HOUR * 6)
    assert "its feed has shown nothing new" in alive.died_of(AlarmKind.STALE, DAY * 3, since)


def test_releases_that_cannot_be_read_are_told(alive: Room) -> None:
    since = alive.clock()
    alive.served.fault(Fault(Trouble.EMPTY, SITE, ARTICLES))
    alive.post(HOUR)
    alive.live(HOUR * 28, every=HOUR * 4)
    assert "1 release is listed" in alive.died_of(AlarmKind.UNREAD, DAY + ROUND * 2, since)


@pytest.mark.slow
def test_fields_that_vanish_are_told(room: Room) -> None:
    room.post(*(HOUR * (30 - n) for n in range(30)), change=lambda post: tagged(post, "Exercise"))
    room.crawl(CrawlPlan(backfill=True))
    since = room.clock()
    for _ in range(5):
        room.clock.set_time(room.clock() + HOUR * 9)
        room.post(HOUR, change=tagged)
        room.crawl()
        room.hear(room.monitor.examine_sources([room.source.id]))
    assert "tags 0 of 5, 43 of 43 before" in room.died_of(AlarmKind.DRIFT, HOUR * 9 * 5 + ROUND, since)


def tagged(post: Post, *tags: str) -> Post:
    """Return a post with these tags alone."""
    return replace(post, fields=replace(post.fields, tags=tags))


def test_an_alarm_ends_when_its_cause_does_and_is_told_once(alive: Room) -> None:
    alive.served.fault(Fault(Trouble.NOT_FOUND, SITE, LISTS))
    alive.live(PATIENCE + HOUR * 6)
    alive.served.lift()
    alive.post(HOUR)
    alive.live(HOUR * 4)
    assert [(change.alarm.kind, change.has_begun) for _, change in alive.told] == [
        (AlarmKind.UNREACHABLE, True),
        (AlarmKind.UNREACHABLE, False),
    ]
    health = alive.health()
    assert health.ok
    assert [(one.until_at is not None, one.verdict) for one in health.not_observed] == [(True, "gone")]


def test_a_watch_that_is_started_again_repeats_no_alarm(alive: Room) -> None:
    alive.served.fault(Fault(Trouble.NOT_FOUND, SITE, LISTS))
    alive.live(PATIENCE + HOUR * 4)
    again = Monitor(alive.store, alive.clock(), alive.clock)
    again.set_sources(QUICK, [alive.source])
    assert again.examine_sources([alive.source.id]) == []
    assert [one.kind for one in again.open_alarms.values()] == [AlarmKind.UNREACHABLE]


@pytest.mark.parametrize(
    ("more", "state", "code"),
    [({}, "dead", 1), ({"stopped_at": "2026-03-02T12:00:00+00:00"}, "stopped", 1)],
)
def test_a_watch_that_died_or_was_forgotten_is_told(
    tmp_path: Path, more: dict[str, str], state: str, code: int
) -> None:
    database = tmp_path / "milwire.db"
    Store.open(database).close()
    at = "2026-03-02T12:00:00+00:00"
    pulse = {"pid": 4711, "at": at, "started_at": at, "hosts": 2, "crawls": 9} | more
    heartbeat.get_pulse_file(database).write_text(json.dumps(pulse), encoding="ascii")
    ran = run_here("status", "--db", database)
    assert ran.code == code
    assert {"dead": "THE WATCH IS DEAD", "stopped": "The watch is not running"}[state] in ran.out
    assert "2026-03-02 12:00 UTC" in ran.out
    assert json.loads(run_here("status", "--json", "--db", database).out)["watch"]["state"] == state
