"""Living through a script: crawl a life from its start to its end, and hold the ledger against its truth."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import ledger_matching
from benchmarks.direct_crawl import DirectCrawler
from benchmarks.ledger_matching import LedgerMatch
from crawler.crawl.pagination import CrawlPlan
from simulator import scenarios
from simulator.life import Life
from simulator.scenarios import Scenario
from storage.models import Event
from storage.queries.events import list_events

EVERY = timedelta(hours=12)
MEMORY = Path("/dev/shm")  # where there is one: commits are synced, and a simulated day has many
FIRST, AGAIN = CrawlPlan(backfill=True), CrawlPlan(look_again=True)


@dataclass(frozen=True, slots=True)
class LifeResult:
    """What came of one life."""

    script: Scenario
    ledger_match: LedgerMatch
    events: tuple[Event, ...]  # hidden ones left out
    looks: int  # at articles, after the first crawls
    failures: tuple[str, ...]  # of our own code
    took_s: float


def run_life(script: Scenario, every: timedelta = EVERY) -> LifeResult:
    """Crawl every so often until the life is over, and hold the ledger against the truth."""
    began = time.monotonic()
    life = scenarios.build_life(script)
    with open_crawler(life) as direct_crawler:
        first = watch_life(direct_crawler, every)
        return collect_result(script, direct_crawler, first, began)


@contextmanager
def open_crawler(life: Life) -> Iterator[DirectCrawler]:
    """Give a driver with a database that lasts as long as the context."""
    with open_database() as database:
        direct_crawler = DirectCrawler(life, database, life.start)
        try:
            yield direct_crawler
        finally:
            direct_crawler.close()


@contextmanager
def open_database() -> Iterator[Path]:
    """Give the path of a database that lasts as long as the context."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder) / "milwire.db"


def watch_life(
    direct_crawler: DirectCrawler,
    every: timedelta,
    after_round: Callable[[], None] = lambda: None,
    *,
    visit: int | None = None,
) -> int:
    """Crawl first, then look again until the life is over; return how many requests the first crawls took.

    A round looks at every release, or at the `visit` releases whose last look is the oldest. `after_round`
    is called after each round.
    """
    life = direct_crawler.life
    sites = [site.name for site in life.frames[0].newsroom.sites]
    for site in sites:
        direct_crawler.crawl(site, FIRST)
    first = len(direct_crawler.crawl_looks)
    at = life.start + every
    while at < life.until:
        direct_crawler.now = max(at, direct_crawler.now)
        for site in sites:
            direct_crawler.crawl(
                site,
                AGAIN if visit is None else CrawlPlan(known_addresses=direct_crawler.oldest(site)[:visit]),
            )
        after_round()
        at += every
    return first


def collect_result(script: Scenario, direct_crawler: DirectCrawler, first: int, began: float) -> LifeResult:
    """Return what came of a life that was watched."""
    events = tuple(list_events(direct_crawler.store))
    failures = (line for result in direct_crawler.results for line in result.failures)
    return LifeResult(
        script,
        ledger_matching.match_ledger(direct_crawler.life, direct_crawler.crawl_looks, events),
        events,
        sum(1 for crawl_look in direct_crawler.crawl_looks[first:] if crawl_look.number),
        tuple(line for line in failures if line.startswith("internal error")),
        time.monotonic() - began,
    )
