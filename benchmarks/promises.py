"""What was promised of a watch, beside what a simulation measured."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import mean, median

from benchmarks.detection_delay import DelayByAge
from benchmarks.fleet_truth import FleetChange, FleetTruth
from benchmarks.fleet_watch import CONFIG, Jobs
from benchmarks.growth import Sample, Tables
from benchmarks.server_log import Gap, ServerLog
from crawler.watch import planner, polling
from crawler.watch.polling import Habit, Limits, PastActivity
from simulator.fleet import DAY_S, START, Host, Newsroom
from storage.store import Store

MOST_RSS_MB = 300.0
STEADY = 1.05
MEMORY = "resident memory, most"
STEADINESS = "resident memory of the last third of the second watch, beside its first third"
ACTIVE = 1.0  # posts a day
SOON_S = 30 * 60.0
LATE_S = 60  # after its time, a visit is late: jitter is in the time already
CLOSE = (0.8, 1.2)  # measured beside planned
ENOUGH_DAYS, ENOUGH = 10, 100  # days, and changes: below them a mean tells more of chance than of us
ENOUGH_POSTS = 500  # the same of 95%
AFTER_S = {"blocked": DAY_S, "throttled": DAY_S, "robots": DAY_S}  # how long a bad day may have effects
LEFT_S = 7 * 3600.0  # the same of others: the longest pause between two tries, and the try
LATE_CHANGE_S = 6 * 3600.0  # what a look may come later than planned, that it counts
BRIEF_S = 6 * 3600.0  # before the end: what appeared later may be met by the next poll


@dataclass(frozen=True, slots=True)
class SimulationOutcome:
    """What came of a simulation."""

    until: datetime
    stopped: tuple[datetime, datetime]
    truth: FleetTruth
    log: ServerLog
    jobs: Jobs
    samples: list[Sample]
    lines: list[str]  # that the watch printed
    first_tables: Tables  # at the end of the first day


@dataclass(frozen=True, slots=True)
class Promise:
    """One measure, and what it was to be."""

    what: str
    measured: str
    wanted: str
    is_kept: bool


@dataclass(frozen=True, slots=True)
class Learned:
    """What the watch knows of a newsroom at the end, and how it looks."""

    habit: Habit
    past: PastActivity
    limits: Limits


def list_promises(outcome: SimulationOutcome, store: Store) -> list[Promise]:
    """Return all that was promised, in the order of the issue."""
    learned = _learned(outcome, store)
    return [
        *_memory(outcome),
        *_jobs(outcome),
        *_politeness(outcome.log),
        *_truth(outcome),
        *_posts(outcome, learned),
        *_changes(outcome, learned),
    ]


def _memory(outcome: SimulationOutcome) -> Iterator[Promise]:
    most = max(one.rss_mb for one in outcome.samples)
    yield Promise(MEMORY, f"{most:.0f} MB", f"<= {MOST_RSS_MB:.0f} MB", most <= MOST_RSS_MB)
    # The second watch lives in the process of the first, as none does in life: it begins with what that left.
    since = (outcome.stopped[1] - START).days + 2
    sizes = [one.rss_mb for one in outcome.samples if one.day >= since]
    if third := len(sizes) // 3:
        ratio = mean(sizes[-third:]) / mean(sizes[:third])
        yield Promise(STEADINESS, f"x {ratio:.3f}", f"<= x {STEADY}", ratio <= STEADY)


def _jobs(outcome: SimulationOutcome) -> Iterator[Promise]:
    jobs = outcome.jobs
    yield _none("hosts that dropped out of the schedule", len(jobs.lost))
    yield _none("jobs that the scheduler dropped", jobs.missed)
    yield _none("jobs that ended in an error", jobs.failed)
    yield _none("long times without a poll that nothing explains", len(unexplained_gaps(outcome)))
    late, most = _lateness(jobs)
    yield Promise("visits that begin within a minute of their time", f"{late:.2%}", ">= 95%", late >= 0.95)
    hours = max(jobs.caught_up_s) / 3600
    measured = f"{hours:.1f} h (longest wait {most / 60:.0f} min)"
    yield Promise("until every host was visited after a start", measured, "<= 6 h", hours <= 6)


def _lateness(jobs: Jobs) -> tuple[float, int]:
    """Return which part of the visits began in time, and the most seconds that one was late."""
    soon = sum(jobs.late_s[: LATE_S + 1])
    most = max((second for second, count in enumerate(jobs.late_s) if count), default=0)
    return soon / max(sum(jobs.late_s), 1), most


def _politeness(log: ServerLog) -> Iterator[Promise]:
    manners = log.manners
    yield _none("requests while the host was busy with another", manners.at_once)
    least = f"{manners.hurried}, least pause {manners.least_gap_s:.2f} s"
    yield Promise("requests sooner than the delay", least, "0", not manners.hurried)
    yield _none("requests without a robots.txt of the day", manners.unread)
    yield _none("requests that robots.txt forbids", manners.disallowed)
    most, limit = manners.most_a_day, CONFIG.max_requests
    yield Promise("requests to one host a day, most", str(most), f"<= {limit}", most <= limit)
    most, limit = manners.most_polls, CONFIG.max_polls
    yield Promise("polls of one newsroom a day, most", str(most), f"<= {limit}", most <= limit)
    most, limit = manners.most_hosts, CONFIG.max_platform_crawls
    yield Promise("hosts asked at once, most", str(most), f"<= {limit}", most <= limit)


def _truth(outcome: SimulationOutcome) -> Iterator[Promise]:
    truth, until_s = outcome.truth, _seconds(outcome.until)
    yield _none("false events", len(truth.false))
    yield _none("changes that were shown and not reported", len(truth.missed(CONFIG.removal, until_s)))
    missing = [met for _, _, met in _calm_posts(outcome, until_s - BRIEF_S) if met is None]
    yield _none("new releases that were not met", len(missing))
    yield _none("lines about errors of our own", sum("error" in line for line in outcome.lines))


def _posts(outcome: SimulationOutcome, learned: dict[str, Learned]) -> Iterator[Promise]:
    posts = [
        (met_s, DAY_S / (sum(learned[newsroom.source.id].habit.polls) / 7))
        for newsroom, _, met_s in _calm_posts(outcome, _seconds(outcome.until) - BRIEF_S)
        if newsroom.posts_a_day >= ACTIVE and met_s is not None
    ]
    if len(posts) < ENOUGH_POSTS:
        return
    part = median(met_s / interval_s for met_s, interval_s in posts)
    typical = median(interval_s for _, interval_s in posts)
    wait_s = median(met_s for met_s, _ in posts)
    measured = f"{wait_s / 60:.1f} min = {part:.2f} of {typical / 60:.0f} min, n = {len(posts):,}"
    yield Promise(
        "new releases of active newsrooms, median wait", measured, "<= 0.5 of the interval", part <= 0.5
    )
    soon = sum(met_s <= SOON_S for met_s, _ in posts) / len(posts)
    yield Promise("of these within 30 minutes", f"{soon:.1%}", ">= 95%", soon >= 0.95)


def _calm_posts(outcome: SimulationOutcome, until_s: float) -> Iterator[tuple[Newsroom, float, float | None]]:
    """Yield the releases that appeared when nothing was wrong: neither with their host nor with us."""
    for newsroom, born_s, met_s in outcome.truth.posts(DAY_S, until_s):
        end_s = born_s + (met_s or BRIEF_S)
        if _is_calm(outcome, newsroom, born_s, end_s):
            yield newsroom, born_s, met_s


def _is_calm(outcome: SimulationOutcome, newsroom: Newsroom, begin_s: float, end_s: float) -> bool:
    host = outcome.truth.fleet.hosts[newsroom.source.host]
    stopped = tuple(map(_seconds, outcome.stopped))
    caught_up_s = stopped[1] + outcome.jobs.caught_up_s[-1]
    return not any(
        begin_s < last_s and first_s < end_s for first_s, last_s in [(stopped[0], caught_up_s), *_bad(host)]
    )


def _bad(host: Host) -> Iterator[tuple[float, float]]:
    """Yield the times in which a host's bad days show."""
    for spell in host.spells:
        yield spell.begin_s, spell.end_s + AFTER_S.get(spell.kind, LEFT_S)


def unexplained_gaps(outcome: SimulationOutcome) -> list[Gap]:
    """Return the long times without a poll that neither a bad day of the host nor the pause explains."""
    hosts = outcome.truth.fleet.hosts
    return [
        gap
        for gap in outcome.log.gaps
        if _is_calm(
            outcome,
            hosts[gap.host].newsrooms[gap.place],
            _seconds(gap.begin) + 3600,
            _seconds(gap.end) - 3600,
        )
    ]


def _changes(outcome: SimulationOutcome, learned: dict[str, Learned]) -> Iterator[Promise]:
    """Yield how long changes waited beside the plan, in the mean, for releases of their ages."""
    if _seconds(outcome.until) < ENOUGH_DAYS * DAY_S:
        return
    for name, removed in (("edits", False), ("removals", True)):
        waits = list(_waits(outcome, learned, removed=removed))
        if len(waits) < ENOUGH:
            continue
        ratio = sum(wait_s for wait_s, _ in waits) / sum(planned_s for _, planned_s in waits)
        measured = f"x {ratio:.2f}, n = {len(waits):,}"
        is_close = CLOSE[0] <= ratio <= CLOSE[1]
        yield Promise(f"{name}: wait beside the planned", measured, f"x {CLOSE[0]} to {CLOSE[1]}", is_close)


def _waits(
    outcome: SimulationOutcome, learned: dict[str, Learned], *, removed: bool
) -> Iterator[tuple[float, float]]:
    """Yield how long changes waited, and how long the plan let them wait.

    Left out are hosts that had bad days, and what the pause may have held up or the end cut off.
    """
    end_s, span_s = _seconds(outcome.until), CONFIG.removal.span.total_seconds() if removed else 0.0
    for change in outcome.truth.changes(removed=removed):
        if change.reported_s is None or outcome.truth.fleet.hosts[change.newsroom.source.host].spells:
            continue  # a change that was due and not reported is a miss
        planned = _plan(outcome, learned, change).at(change.age_s)
        if planned is None:
            continue
        until_s = change.at_s + planned.most_s + span_s + LATE_CHANGE_S
        if until_s < end_s and _is_calm(outcome, change.newsroom, change.at_s, until_s):
            yield change.reported_s - change.at_s, planned.mean_s + span_s


def _plan(outcome: SimulationOutcome, learned: dict[str, Learned], change: FleetChange) -> DelayByAge:
    """Return the looks that were planned when a change happened: nobody knew of this one then."""
    source_id = change.newsroom.source.id
    known = learned[source_id]
    past = replace(known.past, edits=outcome.truth.edits_told(source_id, change.at_s))
    return DelayByAge(polling.learn_habit(past, known.limits), CONFIG.removal)


def _learned(outcome: SimulationOutcome, store: Store) -> dict[str, Learned]:
    found = {}
    for host in outcome.truth.fleet.hosts.values():
        sources = [newsroom.source for newsroom in host.newsrooms]
        limits = polling.share_limits(CONFIG, len(sources))
        for source in sources:
            past = planner.read_past_activity(store, source, outcome.until)
            found[source.id] = Learned(polling.learn_habit(past, limits), past, limits)
    return found


def _none(what: str, count: int) -> Promise:
    return Promise(what, f"{count:,}", "0", count == 0)


def _seconds(at: datetime) -> float:
    return (at - START) / timedelta(seconds=1)
