"""Crawls of the practice newsroom for tests: small, quick, and telling all that crossed into the store."""

import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

from crawler import runner
from crawler.config import Config
from crawler.crawl.pagination import CrawlPlan
from crawler.crawl.run import CrawlOutcome
from crawler.sources import catalog
from simulator import Served
from storage.models import Event, Look, Role, Source, Verdict
from storage.store import Store

DELAY_S = 0.01
AGAIN = "--look-again"  # among the ids: look at every known posting
QUICK = Config(delay_s=DELAY_S, timeout_s=5, lease_wait_s=5, cool_down_s=0)


@dataclass
class Crawled:
    """One crawl: its result, and what it saw."""

    result: CrawlOutcome
    looks: list[Look] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def of(self, *roles: Role) -> list[Look]:
        """Return the looks of these roles."""
        return [look for look in self.looks if look.role in roles]

    @property
    def articles(self) -> set[str]:
        """Return the numbers of the articles that could be read."""
        live = [look for look in self.of(Role.ARTICLE) if look.verdict is Verdict.LIVE]
        return {look.address.number or look.address.url for look in live}


def crawl(database: Path, source: Source, plan: CrawlPlan | None = None, config: Config = QUICK) -> Crawled:
    """Crawl one source into a database."""
    looks: list[Look] = []
    events: list[Event] = []

    def note(look: Look, noted: list[Event]) -> None:
        looks.append(look)
        events.extend(noted)

    results = runner.crawl_newsrooms([source], plan or CrawlPlan(), database, config, note, events.extend)
    return Crawled(results[0], looks, events)


def source_of(served: Served, site: str) -> Source:
    """Return the first section of a practice site as a source."""
    return served.site(site).sources[0]


def without_feed(source: Source) -> Source:
    """Return the source as if nobody knew its feed."""
    return replace(source, feed_url=None)


def main(database: str, delay_s: str, *ids: str) -> int:
    """Crawl sources that the database knows; what a test starts as a process of its own, to be killed."""
    plan = CrawlPlan(look_again=AGAIN in ids)
    store = Store.open(Path(database))
    wanted = [catalog.find_source(store, identifier) for identifier in ids if identifier != AGAIN]
    store.close()
    config = replace(QUICK, delay_s=float(delay_s), lease_wait_s=60)
    results = runner.crawl_newsrooms(wanted, plan, Path(database), config)
    for result in results:
        print(result)
    return 1 if any(result.failures for result in results) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
