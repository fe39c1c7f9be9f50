"""Lives that hold one thing each: volatile parts, a banner on a thousand pages, a new host, a redesign.

And one that holds much, looked at two releases a visit, as a watch does.
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from benchmarks import run_life, updated_parser
from benchmarks.run_life import LifeResult
from benchmarks.scoring import Demand
from crawler import reparse
from simulator import life as lives
from simulator import scenarios
from simulator.life import IncidentKind, Life
from simulator.scenarios import Scenario
from storage.models import Event, EventKind, RemovalPolicy

SITE = "calder"
CALM = Scenario(sites=(SITE,), history=40, fresh=0, eventful=0, storms=0, wide=0, quiet=0)


def run_volatile_pages(looks: int = 10_000, postings: int = 100) -> list[Demand]:
    """Look at pages on which everything but the article changes; no event may come."""
    days = looks / postings / 4 + 3
    script = replace(CALM, history=postings, quiet=10, days=round(days))
    result = run_life.run_life(script, every=timedelta(hours=6))
    rest = _other_events(result.events)
    counted = f"{_check(rest)} in {result.looks} looks (wanted none in {looks})"
    return [Demand("volatile parts alone: events", counted, not rest and result.looks >= looks)]


def run_banner(postings: int = 1_000) -> list[Demand]:
    """Put a notice into every text of a site, then swap it; each is one event and no edit."""
    script = replace(CALM, history=postings, wide=2, days=7)
    result = run_life.run_life(script, every=timedelta(hours=24))
    swaps = [len(_site_changes_at(result, each.incident.at)) for each in result.ledger_match.outcomes]
    rest = [event for event in _other_events(result.events) if event.kind is not EventKind.SITE_CHANGED]
    measured = f"{swaps} events for {len(swaps)} changes, {_check(rest)} beside them (wanted [1, 1] and none)"
    return [Demand(f"banner over {postings} postings", measured, swaps == [1, 1] and not rest)]


def new_host(postings: int = 60) -> list[Demand]:
    """Redirect a whole site to a new host, path by path; that is one event."""
    result = run_life.run_life(replace(CALM, history=postings, rename_day=1.7, days=6))
    rest = _other_events(result.events)
    kinds = [event.kind for event in rest]
    return [Demand("new host", f"{_check(rest)} (wanted 1 site_moved)", kinds == [EventKind.SITE_MOVED])]


def run_redesign(postings: int = 40) -> list[Demand]:
    """Draw a whole site in a markup that nobody reads, while releases are edited and taken down as ever.

    One alarm in the first run after, nothing leaked, and after a parser update all that happened meanwhile.
    """
    script = replace(CALM, history=postings, eventful=24, fresh=6, days=14, redesign_day=4.0)
    life = scenarios.build_life(script)
    began = time.monotonic()
    with run_life.open_crawler(life) as direct_crawler:
        first = run_life.watch_life(direct_crawler, run_life.EVERY)
        broken = run_life.collect_result(script, direct_crawler, first, began)
        with updated_parser.use_updated_parser():
            mended = reparse.SourceReparse(
                direct_crawler.store, lives.make_source(life, SITE), RemovalPolicy(), _report_nothing
            ).reparse_source()
            direct_crawler.crawl(SITE, run_life.AGAIN)
        repaired = run_life.collect_result(script, direct_crawler, first, began)
    return [*_raised_alarms(life, broken), *_repair(life, repaired, mended.failures)]


def small_visits(postings: int = 60) -> list[Demand]:
    """Look at two releases an hour while some are edited and taken down and a notice comes and goes on all.

    No event may be false, and every visible change must be reported.
    """
    script = replace(CALM, history=postings, eventful=24, wide=3, days=16)
    life = scenarios.build_life(script)
    began = time.monotonic()
    with run_life.open_crawler(life) as direct_crawler:
        first = run_life.watch_life(direct_crawler, timedelta(hours=1), visit=2)
        result = run_life.collect_result(script, direct_crawler, first, began)
    due = [each for each in result.ledger_match.outcomes if each.due]
    found = sum(each.matched_event is not None for each in due)
    wrong = len(result.ledger_match.false) + len(result.ledger_match.wrong)
    measured = f"{found} of {len(due)} found, {wrong} wrong (wanted all, and 0)"
    return [Demand("visits of two releases", measured, found == len(due) > 0 and not wrong)]


def _report_nothing(done: int, wanted: int) -> None:
    """Ignore the progress."""


def _raised_alarms(life: Life, broken: LifeResult) -> list[Demand]:
    turn = lives.select_incidents(life, IncidentKind.REDESIGNED)[0]
    alarms = [event for event in broken.events if event.kind is EventKind.QUARANTINED]
    leaked = [
        event
        for event in _other_events(broken.events)
        if event.at >= turn.at and event.kind is not EventKind.QUARANTINED
    ]
    in_time = [event for event in alarms if turn.at <= event.at < turn.at + run_life.EVERY]
    return [
        Demand(
            "redesign: alarms",
            f"{len(in_time)} in the run after it, of {len(alarms)} (wanted 1 of 1)",
            len(in_time) == len(alarms) == 1,
        ),
        Demand("redesign: leaked events", f"{_check(leaked)} (wanted none)", not leaked),
    ]


def _repair(life: Life, repaired: LifeResult, failures: Sequence[str]) -> list[Demand]:
    turn = lives.select_incidents(life, IncidentKind.REDESIGNED)[0]
    since = [each for each in repaired.ledger_match.outcomes if each.due and each.incident.at > turn.at]
    missed = [each.incident for each in since if each.matched_event is None]
    wrong = len(repaired.ledger_match.false) + len(repaired.ledger_match.wrong) + len(failures)
    named = ", ".join(f"{each.kind} {each.number} {each.detail}".strip() for each in missed)
    measured = f"{len(since) - len(missed)} of {len(since)} found, {wrong} wrong (wanted all, and 0) {named}"
    return [Demand("redesign: repair by reparse", measured.strip(), bool(since) and not missed and not wrong)]


def _site_changes_at(result: LifeResult, at: datetime) -> list[Event]:
    """Return the site-change events of the incident at an instant."""
    return [
        event
        for event in result.events
        if event.kind is EventKind.SITE_CHANGED
        and event.last_before_at is not None
        and event.first_after_at is not None
        and event.last_before_at < at <= event.first_after_at
    ]


def _other_events(events: Sequence[Event]) -> list[Event]:
    return [event for event in events if not event.kind.is_first]


def _check(events: Sequence[Event]) -> str:
    counted = Counter(str(event.kind) for event in events)
    return ", ".join(f"{number} {kind}" for kind, number in sorted(counted.items())) or "none"
