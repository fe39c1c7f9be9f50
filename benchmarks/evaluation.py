"""`make eval`: hold the change ledger against lives whose truth is known.

Twenty seeded lives (two newsrooms each, all generations of markup, every kind of edit, removal, return and
storm) are crawled every twelve hours of a simulated clock with the spider's own callbacks, the real readers,
the real store and its judgement; only the network is left out (`benchmarks.direct_crawl`). Five more lives
test one cause each (`benchmarks.single_cause_lives`), and some are steered into what tempts a monitor to a
false claim (`steered_lives`, `absence_lives`, `quarantine_lives`, `page_lives`, `list_lives`).
`benchmarks.observable_truth` says what had to be found, `benchmarks.ledger_matching` what counts as found.
Ends with 1 where a threshold is missed.
"""

import argparse
import multiprocessing
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import datetime

from benchmarks import (
    absence_lives,
    list_lives,
    page_lives,
    quarantine_lives,
    scoring,
    single_cause_lives,
    steered_lives,
)
from benchmarks.run_life import LifeResult, run_life
from benchmarks.scoring import Demand
from simulator.life import IncidentKind
from simulator.scenarios import Scenario

SEEDS = 20
PAIRS = (
    ("calder", "press"),
    ("meridian", "northreach"),
    ("archive", "calder"),
    ("press", "meridian"),
    ("northreach", "archive"),
)
SINGULAR = (
    single_cause_lives.run_volatile_pages,
    single_cause_lives.run_banner,
    single_cause_lives.new_host,
    single_cause_lives.run_redesign,
    single_cause_lives.small_visits,
    steered_lives.run_walls,
    absence_lives.run_purges,
    absence_lives.run_large_purges,
    absence_lives.run_small_visits,
    absence_lives.run_botched_deploys,
    quarantine_lives.run_quarantines,
    page_lives.run_notices,
    page_lives.run_answers,
    page_lives.run_lists,
    list_lives.run_odd_lists,
)


def scripts(seeds: int) -> list[Scenario]:
    """Return the seeded lives."""
    return [Scenario(seed=seed, sites=PAIRS[seed % len(PAIRS)]) for seed in range(1, seeds + 1)]


def main() -> int:
    """Run everything, print the tables, and return 1 where a threshold is missed."""
    options = _options()
    began = time.monotonic()
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        single = [pool.apply_async(each) for each in SINGULAR]
        results = list(pool.imap(run_life, scripts(options.seeds)))
        demands = [
            *_sizes(results, options.seeds),
            *scoring.list_demands([each.ledger_match for each in results]),
        ]
        demands += [demand for each in single for demand in each.get()]
    _print_tables(results)
    _print_mistakes(results, options.mistakes)
    for demand in demands:
        print(f"{'ok  ' if demand.is_met else 'MISS'} {demand.name}: {demand.measured}")
    print(f"{len(results)} lives, {time.monotonic() - began:.0f} s")
    return 0 if all(demand.is_met for demand in demands) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evaluation", description=main.__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--mistakes", type=int, default=20, help="how many mistakes to print")
    return parser.parse_args()


def _sizes(results: Sequence[LifeResult], seeds: int) -> list[Demand]:
    postings = sum(sum(1 for each in life.events if each.kind.is_first) for life in results)
    incidents = sum(
        sum(1 for each in life.ledger_match.outcomes if each.incident.kind is not IncidentKind.PUBLISHED)
        for life in results
    )
    return [
        Demand("postings", f"{postings} (wanted at least {100 * seeds})", postings >= 100 * seeds),
        Demand("incidents", f"{incidents} (wanted at least {50 * seeds})", incidents >= 50 * seeds),
    ]


def _print_tables(results: Sequence[LifeResult]) -> None:
    ledger_matches = [each.ledger_match for each in results]
    print(scoring.HEAD)
    for row in scoring.score_rows(ledger_matches):
        print(scoring.line(row))
    print(f"\n{'event':<18}{'events':>7}{'true':>6}{'precision':>11}")
    for each in scoring.count_claims(ledger_matches):
        print(f"{each.kind:<18}{each.events:>6}{each.true:>6}{each.precision:>11.4f}")
    right, texts = scoring.field_share(ledger_matches)
    named, found = scoring.kind_share(ledger_matches)
    print(f"\nfields exactly right in {right} of {texts} edits and returns")
    print(f"kind of edit named in {named} of {found} edits of a body")
    print(f"{sum(each.looks for each in results)} looks at articles after the first crawls\n")


def _print_mistakes(results: Sequence[LifeResult], most: int) -> None:
    lines = [f"seed {each.script.seed}: {line}" for each in results for line in _list_mistakes(each)]
    for line in lines[:most]:
        print(line)
    if len(lines) > most:
        print(f"... and {len(lines) - most} mistakes more")


def _list_mistakes(result: LifeResult) -> Iterator[str]:
    for outcome in result.ledger_match.outcomes:
        if outcome.due and outcome.matched_event is None:
            one = outcome.incident
            yield f"missed {one.kind} {one.site} {one.number} {_format_time(one.at)} {one.detail}"
    for event in result.ledger_match.false:
        where = f"{event.kind} {event.site} {event.number} {_format_time(event.at)}"
        yield f"false {where} {sorted(event.fields)}"
    for event, wanted in result.ledger_match.wrong:
        where = f"{event.kind} {event.site} {event.number} {_format_time(event.at)}"
        yield f"fields {where} {sorted(event.fields)}, not {sorted(wanted)}"
    yield from result.failures


def _format_time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


if __name__ == "__main__":
    sys.exit(main())
