"""What a watch does next, on a clock of the test's own."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.config import Config
from crawler.crawl.pagination import CrawlPlan
from crawler.watch import planner, polling
from crawler.watch.planner import LOOKS_A_VISIT, Planner, Visit
from crawler.watch.polling import MIN_POLL_INTERVAL
from storage.db import timestamps
from storage.models import Confidence, Look, RemovalPolicy, Role, Source, Verdict
from storage.store import RunOutcome, Store
from storage.tables import due_looks, hosts, refusals
from tests.support import make_looks
from tests.support.make_looks import START, after, bad, entry, fields, listed, seen

HOST = "www.wing.example.mil"
SOURCE = Source(
    id="wing-news",
    host=HOST,
    organization="Example Wing",
    branch="Air Force",
    platform="afpims",
    section="News",
    listing_url=make_looks.LISTING_URL,
    feed_url=f"https://{HOST}/feed",
    confidence=Confidence.HIGH,
)
HOUR = timedelta(hours=1)


@dataclass
class Clock:
    """The time, as the test says."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    opened = Store.open(tmp_path / "milwire.db", clock=clock)
    yield opened
    opened.close()


def new(store: Store, clock: Clock, *sources: Source, config: Config | None = None) -> Planner:
    return Planner(store, config or Config(), sources or (SOURCE,), clock)


def crawl(store: Store, at: datetime, *looks: Look, requests: int = 4, kind: str = "crawl") -> None:
    """Keep a crawl of the newsroom."""
    run = store.start_run(SOURCE.id, kind, at)
    for look in looks:
        store.save_look(replace(look, run_id=run))
    store.detect_changes(SOURCE.id)
    store.finish_run(run, RunOutcome(True, 0, 0, 0, requests, (), "ok"))


def first_crawl(store: Store, at: datetime = START, numbers: range = range(100, 104)) -> None:
    """Keep a first crawl that found some releases of the day before."""
    entries = [entry(str(number)) for number in numbers]
    articles = [
        seen(at, fields(f"Story {number}", f"Text {number}."), make_looks.address(str(number)))
        for number in numbers
    ]
    crawl(store, at, listed(at, *entries), *articles)


def list_visits(planned: Planner, host: str) -> Iterator[Visit]:
    """Yield the crawls that are due at a host, each planned when it is asked for."""
    for source in planned.hosts.get(host, ()):
        if visit := planned.plan_visit(source):
            yield visit


def due(visits: Iterator[Visit]) -> Visit | None:
    return next(visits, None)


def test_a_newsroom_that_was_never_polled_is_due_before_all_others(store: Store, clock: Clock) -> None:
    planned = new(store, clock)
    assert planned.find_next_visit_at(HOST) < clock.now
    visit = due(list_visits(planned, HOST))
    assert visit is not None
    assert visit.plan.reads_lists
    assert visit.plan.known_addresses == ()


def test_a_poll_that_was_made_before_the_watch_began_counts(store: Store, clock: Clock) -> None:
    first_crawl(store)
    planned = new(store, clock)
    planned.plan_looks(SOURCE, clock.now + HOUR)
    assert due(list_visits(planned, HOST)) is None
    assert clock.now < planned.find_next_visit_at(HOST) <= clock.now + 2 * HOUR


@pytest.mark.parametrize("state", ["interrupted", "failed"])
def test_a_crawl_that_did_not_list_the_newsroom_is_no_poll(store: Store, clock: Clock, state: str) -> None:
    run = store.start_run(SOURCE.id, "crawl", START)
    requests = 3 if state == "interrupted" else 0
    store.finish_run(run, RunOutcome(False, 0, 0, 0, requests, (), state))
    assert new(store, clock).find_next_visit_at(HOST) < clock.now


def test_a_long_downtime_is_caught_up_with_in_one_visit(store: Store, clock: Clock) -> None:
    first_crawl(store)
    clock.now = START + timedelta(days=20)
    planned = new(store, clock)
    planned.plan_looks(SOURCE, clock.now + HOUR)
    (visit,) = list(list_visits(planned, HOST))
    assert visit.plan.reads_lists
    assert len(visit.plan.known_addresses) == 4
    planned.record_visit(visit, clock.now, lists_read=True)
    assert due(list_visits(planned, HOST)) is None
    assert planned.find_next_visit_at(HOST) > clock.now


def test_releases_are_looked_at_by_their_age(store: Store, clock: Clock) -> None:
    first_crawl(store)
    planned = new(store, clock)
    planned.plan_looks(SOURCE, clock.now + HOUR)
    (told,) = {row[0] for row in store.db.execute("SELECT next_look_at FROM postings").fetchall()}
    habit = polling.learn_habit(
        planner.read_past_activity(store, SOURCE, clock.now), polling.share_limits(Config(), 1)
    )
    midnight = START.replace(hour=0) - timedelta(days=1)
    assert datetime.fromisoformat(told) == midnight + timedelta(days=3) * habit.tempo


def test_a_young_release_has_a_visit_of_its_own_without_the_lists(store: Store, clock: Clock) -> None:
    first_crawl(store, START - timedelta(days=30))
    crawl(
        store,
        START,
        listed(START, entry("104", on=None)),
        seen(START, fields("New", on=None), make_looks.address("104")),
    )
    planned = new(store, clock, config=Config(max_polls=2))
    planned.plan_looks(SOURCE, clock.now)
    store.db.execute("UPDATE postings SET next_look_at = '2027-01-01T00:00:00.000000Z' WHERE number <> '104'")
    due_at = planned.find_next_visit_at(HOST)
    assert MIN_POLL_INTERVAL < due_at - START < HOUR
    clock.now = due_at
    visit = due(list_visits(planned, HOST))
    assert visit is not None
    assert not visit.plan.reads_lists
    assert "104" in [one.key for one in visit.plan.known_addresses]


def test_a_suspect_is_looked_at_with_lists(store: Store, clock: Clock) -> None:
    first_crawl(store, START - timedelta(days=2))
    crawl(store, START, bad(START, Verdict.GONE, make_looks.address("101")))
    planned = new(store, clock)
    planned.plan_looks(SOURCE, START)
    clock.now = START + RemovalPolicy().span / 2
    store.db.execute("UPDATE postings SET next_look_at = '2027-01-01T00:00:00.000000Z' WHERE number <> '101'")
    visit = due(list_visits(planned, HOST))
    assert visit is not None
    assert visit.plan.reads_lists
    assert [one.key for one in visit.plan.known_addresses] == ["101"]


def test_a_look_that_told_nothing_is_not_repeated_at_once(store: Store, clock: Clock) -> None:
    first_crawl(store)
    clock.now = START + timedelta(days=20)
    planned = new(store, clock)
    planned.plan_looks(SOURCE, clock.now + HOUR)
    visit = due(list_visits(planned, HOST))
    assert visit is not None
    planned.record_visit(visit, clock.now, lists_read=True)
    (next_at,) = {row[0] for row in store.db.execute("SELECT next_look_at FROM postings").fetchall()}
    assert datetime.fromisoformat(next_at) == clock.now + planner.UNANSWERED


def test_no_visit_looks_at_more_than_its_share(store: Store, clock: Clock) -> None:
    first_crawl(store, START, range(100, 160))
    clock.now = START + timedelta(days=20)
    planned = new(store, clock)
    planned.plan_looks(SOURCE, clock.now + HOUR)
    visit = due(list_visits(planned, HOST))
    assert visit is not None
    assert len(visit.plan.known_addresses) == LOOKS_A_VISIT


def test_a_spent_budget_leaves_polls_and_no_looks(store: Store, clock: Clock) -> None:
    first_crawl(store)
    clock.now = START + timedelta(days=20)
    crawl(store, clock.now - 3 * HOUR, requests=600, kind="looks")
    planned = new(store, clock)
    planned.plan_looks(SOURCE, clock.now + HOUR)
    visit = due(list_visits(planned, HOST))
    assert visit is not None
    assert visit.plan.reads_lists
    assert visit.plan.known_addresses == ()


def test_all_names_of_a_site_are_visited_one_after_another(store: Store, clock: Clock) -> None:
    old, now = (
        replace(SOURCE, id=host, host=host, listing_url=f"https://{host}/News/", feed_url=None)
        for host in ("www.defense.gov", "www.war.gov")
    )
    planned = new(store, clock, old, now)
    assert planned.hosts == {"www.war.gov": (old, now)}
    assert [visit.source for visit in list_visits(planned, "www.war.gov")] == [old, now]
    hosts.start_cool_down(store.db, "www.war.gov", hosts.CoolDown(clock.now + HOUR, "HTTP 403"), clock.now)
    assert planned.plan_visit(now) is None


def test_newsrooms_of_one_host_share_its_budget() -> None:
    alone = polling.share_limits(Config(), 1)
    shared = polling.share_limits(Config(), 2)
    assert shared.requests == alone.requests / 2


def test_a_host_that_is_left_alone_is_due_when_that_ends(store: Store, clock: Clock) -> None:
    until = clock.now + 5 * HOUR
    hosts.start_cool_down(store.db, HOST, hosts.CoolDown(until, "HTTP 429"), clock.now)
    planned = new(store, clock)
    assert planned.find_next_visit_at(HOST) == until
    assert due(list_visits(planned, HOST)) is None


def test_a_newsroom_that_does_not_answer_is_polled_ever_less(store: Store, clock: Clock) -> None:
    planned, gaps = new(store, clock), []
    for _ in range(7):
        visit = due(list_visits(planned, HOST))
        assert visit is not None
        planned.record_visit(visit, clock.now, lists_read=False)
        next_at = planned.find_next_visit_at(HOST)
        gaps.append(next_at - clock.now)
        clock.now = next_at
    assert gaps == sorted(gaps)
    assert gaps[-1] == planner.LONGEST_BACKOFF


def test_a_visit_that_was_refused_is_not_tried_in_a_loop(store: Store, clock: Clock) -> None:
    planned = new(store, clock)
    assert due(list_visits(planned, HOST)) is not None
    assert planned.find_next_visit_at(HOST) == clock.now + MIN_POLL_INTERVAL


def test_what_a_newsroom_did_is_its_past(store: Store, clock: Clock) -> None:
    first_crawl(store, after(-24))
    crawl(store, after(-1), seen(after(-1), fields("Story 100", "Other text."), make_looks.address("100")))
    past = planner.read_past_activity(store, SOURCE, clock.now)
    assert (past.postings, past.edits, past.poll_requests) == (4, 1, 2)
    assert past.posted == ()  # their pages name a day, and no hour
    assert past.posts_a_day == pytest.approx(4 / 1.5, rel=0.3)
    assert due_looks.count_requests(store.db, SOURCE.id, after(-2), after(2)) == 4


def test_a_control_is_no_release(store: Store, clock: Clock) -> None:
    first_crawl(store)
    at = START + HOUR
    crawl(store, at, replace(bad(at, Verdict.GONE, make_looks.address("9100")), role=Role.CONTROL))
    assert planner.read_past_activity(store, SOURCE, at).postings == 4


def test_a_poll_in_the_future_says_that_a_clock_was_wrong_and_delays_nothing(
    store: Store, clock: Clock
) -> None:
    first_crawl(store, START + timedelta(days=365))
    assert new(store, clock).find_next_visit_at(HOST) < clock.now


def test_it_is_the_platform_that_refuses_when_several_of_its_hosts_do_at_once(
    store: Store, clock: Clock
) -> None:
    names = [f"www.wing{number}.example.mil" for number in range(4)]
    wings = [replace(SOURCE, id=f"wing{n}-news", host=name) for n, name in enumerate(names)]
    planned = new(store, clock, *wings)
    for name in names[:2]:
        refusals.record_refusal(store.db, name, clock.now, clock.now + HOUR, "HTTP 403")
    refusals.record_refusal(store.db, "www.else.example.mil", clock.now, clock.now + HOUR, "HTTP 403")
    assert planned.describe_platform_refusals(names[0]) == ""
    refusals.record_refusal(store.db, names[2], clock.now, clock.now + HOUR, "HTTP 403")
    assert planned.describe_platform_refusals(names[0]).startswith(
        "3 hosts of the platform afpims refused us"
    )
    clock.now += 2 * HOUR
    assert planned.describe_platform_refusals(names[0]) == ""


class Newsroom:
    """A newsroom that posts by the clock, and the crawls that an agenda asks for."""

    def __init__(self, store: Store, clock: Clock, posted: dict[str, datetime]) -> None:
        self.store = store
        self.clock = clock
        self.posted = posted
        self.looks: dict[str, list[datetime]] = {}
        self.polls: list[datetime] = []
        self.requests: list[datetime] = []

    def carry_out(self, visit: Visit) -> None:
        """Crawl as the spider would: lists, what they announce for the first time, then what is named."""
        now, run = (
            self.clock.now,
            self.store.start_run(SOURCE.id, "crawl" if visit.plan.reads_lists else "looks", self.clock.now),
        )
        asked = [one.key for one in visit.plan.known_addresses]
        if visit.plan.reads_lists:
            self.polls.append(now)
            there = [number for number, at in self.posted.items() if at <= now]
            entries = [entry(number, at=self.posted[number]) for number in reversed(there)]
            self.store.save_look(replace(listed(now, *entries), run_id=run))
            asked = [number for number in there if number not in self.looks] + asked
        for number in asked:
            self.looks.setdefault(number, []).append(now)
            read = fields(f"Story {number}", f"Text {number}.")
            self.store.save_look(replace(seen(now, read, make_looks.address(number)), run_id=run))
        self.store.detect_changes(SOURCE.id)
        count = 2 * visit.plan.reads_lists + len(asked)
        self.requests += [now] * count
        self.store.finish_run(run, RunOutcome(True, 0, 0, 0, count, (), "ok"))


def test_days_on_the_agenda_keep_to_the_limits_and_to_the_ladder(store: Store, clock: Clock) -> None:
    end = START + timedelta(days=3)
    posted = {str(200 + n): START + timedelta(hours=5 * n + 1, minutes=7 * n) for n in range(12)}
    newsroom = Newsroom(store, clock, {"199": START - timedelta(days=1)} | posted)
    planned = new(store, clock, config=Config(max_requests=160))
    while clock.now < end:
        for visit in list_visits(planned, HOST):
            began_at = clock.now
            newsroom.carry_out(visit)
            clock.now += timedelta(seconds=5)
            planned.record_visit(visit, began_at, lists_read=True)
        clock.now = max(planned.find_next_visit_at(HOST), clock.now + timedelta(seconds=1))
    for day in range(3):
        begin = START.replace(hour=0) + timedelta(days=day)
        assert sum(begin <= at < begin + timedelta(days=1) for at in newsroom.polls) <= 48
        assert sum(begin <= at < begin + timedelta(days=1) for at in newsroom.requests) <= 160
    for number, at in posted.items():
        first, *again = newsroom.looks[number]
        assert first - at <= HOUR
        ages = [look - first for look in again]
        for rung in (one for one in polling.AGE_LADDER if first + one * 2 + HOUR < end):
            assert any(rung / 2 <= age <= rung * 2 + HOUR for age in ages), (number, rung, ages)


WRONG = st.timedeltas(min_value=timedelta(days=-400), max_value=timedelta(days=400))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wrong=WRONG, looks=st.integers(0, 3))
def test_whatever_a_wrong_clock_wrote_nothing_is_silent_for_long_once_it_is_right(
    tmp_path_factory: pytest.TempPathFactory, wrong: timedelta, looks: int
) -> None:
    """A watch on a wrong clock that no host denied; then another one, or the same, on the right one."""
    clock = Clock(START + wrong)
    store = Store.open(tmp_path_factory.mktemp("wrong") / "milwire.db", clock=clock)
    first_crawl(store, clock.now)
    same = new(store, clock)
    same.plan_looks(SOURCE, clock.now + timedelta(days=1))
    for _ in range(looks):
        visit = due(list_visits(same, HOST))
        if visit is not None:
            same.record_visit(visit, clock.now, lists_read=False)
        clock.now += HOUR
    hosts.start_cool_down(store.db, HOST, hosts.CoolDown(clock.now + HOUR, "HTTP 403"), clock.now)
    clock.now = START
    for planned in (same, new(store, clock)):
        planned.clear_far_looks()
        planned.plan_looks(SOURCE, clock.now + timedelta(days=1))
        assert planned.find_next_visit_at(HOST) <= START + timedelta(days=1, hours=1)
    latest = store.db.execute("SELECT max(next_look_at) FROM postings").fetchone()[0]
    assert latest <= timestamps.format_timestamp(START + planner.FARTHEST)
    store.close()


def test_a_newsroom_is_never_polled_more_often_than_it_may_be(store: Store, clock: Clock) -> None:
    """Not even where each visit fails by a fault of ours, and is made again."""
    first_crawl(store)
    planned = new(store, clock)
    clock.now = START.replace(hour=0) + timedelta(days=1)
    polls = 0
    for _ in range(143):
        for visit in list_visits(planned, HOST):
            if visit.plan.reads_lists:
                polls += 1
                crawl(store, clock.now, requests=1)
            planned.record_visit(visit, clock.now, lists_read=None)
        clock.now += MIN_POLL_INTERVAL
    assert polls == Config().max_polls - 1


def next_poll(planned: Planner, clock: Clock) -> CrawlPlan:
    """Let time pass until a poll is due, and return its plan; visits to releases tell nothing."""
    for _ in range(500):
        clock.now = max(clock.now, planned.find_next_visit_at(HOST))
        visit = due(list_visits(planned, HOST))
        if visit and visit.plan.reads_lists:
            return visit.plan
        if visit:
            planned.record_visit(visit, clock.now, lists_read=None)
    raise AssertionError("no poll is ever due")


def told(
    planned: Planner, clock: Clock, plan: CrawlPlan, *, tells_all: bool | None, heard: bool = True
) -> None:
    planned.record_visit(Visit(SOURCE, plan), clock.now, lists_read=heard, feed_covers_listing=tells_all)


def busy(store: Store, clock: Clock) -> Planner:
    """Return the agenda of a newsroom that is polled every half an hour."""
    first_crawl(store, numbers=range(100, 120))
    return new(store, clock)


def test_the_feed_is_asked_alone_once_it_told_all_that_the_listing_did(store: Store, clock: Clock) -> None:
    planned, found = busy(store, clock), []
    for tells_all in (False, True, None, False, None):
        plan = next_poll(planned, clock)
        found.append(plan.feed_first)
        told(planned, clock, plan, tells_all=tells_all)
    assert found == [False, False, True, True, False]


def test_the_listing_is_read_every_few_hours(store: Store, clock: Clock) -> None:
    planned, listed_at = busy(store, clock), []
    while clock.now < START + timedelta(days=2):
        plan = next_poll(planned, clock)
        listed_at += [] if plan.feed_first else [clock.now]
        told(planned, clock, plan, tells_all=None if plan.feed_first else True)
    gaps = [after - before for before, after in pairwise(listed_at)]
    assert len(gaps) > 8
    assert all(polling.LISTING_INTERVAL <= gap <= polling.LISTING_INTERVAL + 2 * HOUR for gap in gaps)


def test_a_feed_that_could_not_be_read_is_not_relied_upon(store: Store, clock: Clock) -> None:
    planned, found = busy(store, clock), []
    for heard in (True, False, True):
        plan = next_poll(planned, clock)
        found.append(plan.feed_first)
        told(planned, clock, plan, tells_all=heard or None, heard=heard)
    assert found == [False, True, False]


def test_a_watch_that_begins_reads_the_listing(store: Store, clock: Clock) -> None:
    planned = busy(store, clock)
    told(planned, clock, next_poll(planned, clock), tells_all=True)
    assert next_poll(planned, clock).feed_first
    clock.now += timedelta(days=1)
    assert not next_poll(new(store, clock), clock).feed_first


def test_a_doubt_wants_the_listing(store: Store, clock: Clock) -> None:
    planned = busy(store, clock)
    told(planned, clock, next_poll(planned, clock), tells_all=True)
    run = store.start_run(SOURCE.id, "crawl", clock.now)
    for look in (bad(clock.now, Verdict.GONE, make_looks.address("100")), listed(clock.now, entry("100"))):
        store.save_look(replace(look, run_id=run))
    store.detect_changes(SOURCE.id)
    store.finish_run(run, RunOutcome(True, 0, 0, 0, 2, (), "ok"))
    planned.plan_looks(SOURCE, clock.now - HOUR)
    states = [
        row["state"] for row in store.db.query("SELECT DISTINCT state FROM posting_states ORDER BY state")
    ]
    assert states == ["live", "suspect"]
    for _ in range(30):
        plan = next_poll(planned, clock)
        if make_looks.address("100") in plan.known_addresses:
            break
        told(planned, clock, plan, tells_all=None if plan.feed_first else True)
    assert make_looks.address("100") in plan.known_addresses
    assert not plan.feed_first


def test_a_poll_that_the_day_has_no_room_for_waits_for_the_next(store: Store, clock: Clock) -> None:
    first_crawl(store)
    for minute in range(3):
        crawl(store, START + timedelta(minutes=minute), requests=2)
    planned = new(store, clock, config=Config(max_polls=4))
    planned.plan_looks(SOURCE, clock.now + HOUR)
    clock.now = START.replace(hour=23, minute=59)
    assert due(list_visits(planned, HOST)) is None
    tomorrow = START.replace(hour=0) + timedelta(days=1)
    assert planned.find_next_visit_at(HOST) == tomorrow
    clock.now = tomorrow
    visit = due(list_visits(planned, HOST))
    assert visit is not None
    assert visit.plan.reads_lists
