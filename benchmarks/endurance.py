"""`python -m benchmarks.endurance`: weeks of watching a thousand newsrooms, compared with what was promised.

The watch, its scheduler and all other code of ours run on a simulated clock (benchmarks.simulated_clock). The
newsrooms are made up (simulator.fleet), and Scrapy's engine is left out (benchmarks.engineless_crawl). In
between, the watch is stopped for some hours and started again.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from scrapy.crawler import AsyncCrawlerRunner

from benchmarks import growth, growth_plot, promises
from benchmarks.engineless_crawl import EnginelessRunner, Fetch
from benchmarks.fleet_watch import FleetWatch
from benchmarks.growth import Sample
from benchmarks.listing_cache import cache_listings
from benchmarks.promises import Promise, SimulationOutcome
from benchmarks.scrapy_crawl import whole_runner
from benchmarks.simulated_clock import simulate_clock
from simulator.fleet import START, USUAL, Law, make_fleet
from storage.store import Store

STOPPED_AFTER, STOPPED_FOR = 0.45, timedelta(hours=6)  # of all days; the watch that goes on catches up
LEAST_MB = 0.01  # a day: smaller growth is not printed
WHY = {
    "runs": "a row a visit; after `keep_runs` a row a newsroom and day",
    "revisions_trigram_data": "search for parts of words, in all texts past and present",
    "revisions_fts_data": "search for words",
    "events": "the ledger: who was published, edited, removed, with the digests of the chain",
    "revisions": "all texts",
    "captures": "where each response is kept",
    "looks": "spans of equal looks, not looks",
    "listed_articles": "what lists and feeds announced",
    "postings": "a row a release and site",
    "releases": "a row a story",
    "validators": "what a page is recognised by",
    "addresses": "where a release was met",
    "posting_states": "where a release stands",
}
READINGS = 3  # lists a newsroom whose reading is remembered: feed, listing, and one to spare


def simulate(
    newsrooms: int,
    days: float,
    database: Path,
    tell: Callable[[Sample], None],
    runner: Callable[[Fetch], AsyncCrawlerRunner] = EnginelessRunner,
    law: Law = USUAL,
) -> SimulationOutcome:
    """Watch so many newsrooms for so many days, with a pause in between."""
    until = START + timedelta(days=days)
    stop_at = START + timedelta(days=days * STOPPED_AFTER)
    with simulate_clock(START) as loop, cache_listings(newsrooms * READINGS):
        watch = FleetWatch(make_fleet(newsrooms, days, law), database, loop, tell, runner)
        watch.watch(stop_at)
        loop.skip(STOPPED_FOR)
        watch.watch(until)
    watch.log.close(until, watch.fleet)
    stopped = (stop_at, stop_at + STOPPED_FOR)
    return SimulationOutcome(
        until, stopped, watch.truth, watch.log, watch.jobs, watch.samples, watch.lines, watch.first_tables
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate, print what was measured, and return 1 where a promise is not kept."""
    wanted = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(dir=wanted.folder) as folder:
        database = Path(folder) / "milwire.db"
        print(f"{wanted.sources:,} newsrooms, {wanted.days:g} days", flush=True)
        runner = whole_runner if wanted.scrapy else EnginelessRunner
        outcome = simulate(wanted.sources, wanted.days, database, _print_day, runner)
        store = Store.open(database, read_only=True)
        try:
            found = promises.list_promises(outcome, store)
            print(*growth_report(store, outcome), sep="\n")
        finally:
            store.close()
    if wanted.plot:
        wanted.plot.write_text(
            growth_plot.draw_growth(outcome.samples, promises.MOST_RSS_MB), encoding="utf-8"
        )
    print(*truth_report(outcome), *map(line, found), sep="\n")
    return int(not all(one.is_kept for one in found))


def _print_day(sample: Sample) -> None:
    print(day(sample), flush=True)


def day(sample: Sample) -> str:
    """Return one day in one line."""
    return (
        f"day {sample.day:3}: {sample.rss_mb:6.1f} MB resident, {sample.requests:9,} requests and"
        f" {sample.visits:9,} visits so far, database {sample.database_mb:7.1f} MB, captures"
        f" {sample.captures_mb:6.1f} MB, {sample.real_s:6.0f} s of ours"
    )


def line(promise: Promise) -> str:
    """Return one promise in one line."""
    mark = "kept  " if promise.is_kept else "BROKEN"
    return f"{mark} {promise.what}: {promise.measured} (wanted {promise.wanted})"


def growth_report(store: Store, outcome: SimulationOutcome) -> list[str]:
    """Return how the database grows a day, table by table, and why; the first day is left out."""
    days = (outcome.until - START) / timedelta(days=1) - 1
    first = outcome.first_tables
    lines = ["", "what the database grows by a day, after the first one:"]
    for name, (size, rows) in growth.measure_tables(store).items():
        before = first.get(name, (0, 0))
        grown, added = (size - before[0]) / days / growth.MB, (rows - before[1]) / days
        if days > 0 and grown >= LEAST_MB:
            lines.append(f"  {name:24} {grown:7.3f} MB {added:10,.0f} rows  {WHY.get(name, '')}")
    return lines


def truth_report(outcome: SimulationOutcome) -> list[str]:
    """Return lines about the reported events and about the violations."""
    truth, log = outcome.truth, outcome.log.manners
    events = ", ".join(f"{count:,} {kind}" for kind, count in truth.event_counts.most_common())
    statuses = ", ".join(
        f"{count:,} x {status or 'no answer'}" for status, count in log.by_status.most_common()
    )
    return [
        "",
        f"events: {events}",
        f"answers: {statuses}",
        *truth.false[:10],
        *log.lines,
        *outcome.lines[:10],
        "",
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="endurance", description=__doc__)
    parser.add_argument("--sources", type=int, default=1_000, help="newsrooms to watch (1000)")
    parser.add_argument("--days", type=float, default=30.0, help="of the simulation (30)")
    parser.add_argument(
        "--scrapy", action="store_true", help="crawl by Scrapy itself: slower, all but the wire"
    )
    parser.add_argument("--plot", type=Path, help="draw memory and sizes by day into this file (SVG)")
    parser.add_argument("--folder", help="where the database is while it lasts (the usual one)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
