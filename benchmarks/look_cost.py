"""What a look costs in CPU time when nothing changed, with a bare Scrapy request of the same page beside it.

Each side crawls in a process of its own, as does the practice newsroom, so that nobody pays for another. The
sides take turns. All of a crawl counts, its beginning and its end too.
"""

import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import scrapy
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.http import Response
from scrapy.settings import Settings

import simulator
from crawler import runner
from crawler.config import Config
from crawler.crawl.pagination import CrawlPlan
from crawler.crawl.run import CrawlRun
from crawler.sources.hosts import get_source_site
from simulator import Validation, truth
from storage.models import Look, Source, Verdict
from storage.store import Store
from storage.tables import postings

SITE = "calder"
POSTS = 400  # of all sites
PAGES = 80  # looked at in one crawl
ROUNDS = 3
LIMIT = 1.5  # what we promise, of a look that brings the page against the bare request
CONFIG = Config(delay_s=0.01, timeout_s=20, cool_down_s=0)
BARE = "bare request, Scrapy as it comes"
LEAN = "bare request, our settings without our parts"
FULL = "our look: the page, with other view state"
UNMODIFIED = "our look: 304"
SPAWN = multiprocessing.get_context("spawn")
AS_OURS = {
    "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
    "CONCURRENT_REQUESTS": 1,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
    "DOWNLOAD_DELAY": CONFIG.delay_s,
    "DOWNLOAD_DELAY_JITTER": 0,
    "DOWNLOAD_TIMEOUT": CONFIG.timeout_s,
    "TELNETCONSOLE_ENABLED": False,
}
OUR_PARTS = ("DOWNLOADER_MIDDLEWARES", "ITEM_PIPELINES", "EXTENSIONS")


@dataclass(frozen=True, slots=True)
class LookCost:
    """CPU milliseconds a request, the median of the rounds."""

    way: str
    ms: float


class BareSpider(scrapy.Spider):
    """Asks for pages, and does nothing with them."""

    name = "bare"

    def __init__(self, urls: Sequence[str], **kwargs: Any) -> None:  # Scrapy's signature
        super().__init__(**kwargs)
        self.urls = urls
        self.answers = 0

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """Ask for each page once."""
        for url in self.urls:
            yield scrapy.Request(url, self.answered, dont_filter=True)

    def answered(self, response: Response) -> None:
        """Count an answer."""
        self.answers += response.status == 200


def measure(rounds: int = ROUNDS, pages: int = PAGES) -> list[LookCost]:
    """Return what a request costs each way."""
    with _served(pages) as (source, urls, validate):
        ways: dict[str, Callable[[], float]] = {
            BARE: partial(_bare, urls, lean=False),
            LEAN: partial(_bare, urls, lean=True),
            FULL: partial(_ours, source, urls, Verdict.LIVE),
            UNMODIFIED: partial(_ours, source, urls, Verdict.UNCHANGED),
        }
        taken: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(rounds):
            for way, crawl in ways.items():
                validate(Validation.HONEST if way is UNMODIFIED else Validation.NONE)
                taken[way].append(_run_in_process(crawl))
    return [LookCost(way, statistics.median(each)) for way, each in taken.items()]


def report(rounds: int = ROUNDS, pages: int = PAGES) -> str:
    """Return the figures as a few lines for people."""
    costs = measure(rounds, pages)
    bare = next(cost.ms for cost in costs if cost.way is BARE)
    title = f"looking: {pages} unchanged pages a crawl; CPU ms a request, median of {rounds} rounds"
    rows = [f"  {cost.way:<44} {cost.ms:>6.2f} {cost.ms / bare:>6.2f}x" for cost in costs]
    return "\n".join([f"{title} (our limit: {LIMIT}x the first)", *rows])


def _run_in_process(crawl: Callable[[], float]) -> float:
    """Return what a crawl costs in a process of its own."""
    ours, theirs = SPAWN.Pipe(duplex=False)
    process = SPAWN.Process(target=_print_cost, args=(theirs, crawl))
    process.start()
    theirs.close()
    cost: float = ours.recv()  # EOFError where the process ended without telling
    process.join()
    return cost


def _print_cost(pipe: Connection, crawl: Callable[[], float]) -> None:
    pipe.send(crawl())
    pipe.close()
    os._exit(0)  # the threads of Scrapy's resolver would keep the process


def _bare(urls: Sequence[str], *, lean: bool) -> float:
    """Return the CPU milliseconds of a bare request."""
    runner.get_loop()
    crawls = AsyncCrawlerRunner(_settings(lean=lean))
    return _second(lambda: crawls.crawl(BareSpider, urls=urls), len(urls))


def _ours(source: Source, urls: Sequence[str], wanted: Verdict) -> float:
    """Return the CPU milliseconds of a look at a release that did not change."""
    loop, crawls, met = runner.get_loop(), runner.create_runner(), list[Look]()
    with tempfile.TemporaryDirectory() as folder, closing(Store.open(Path(folder) / "milwire.db")) as store:
        first = CrawlRun(source, CrawlPlan(backfill=True), store, CONFIG)
        loop.run_until_complete(runner.execute_run(crawls, first))
        known = postings.list_known_postings(store.db, source.id, get_source_site(source))
        again = tuple(each for each in known if each.url in urls)

        def look() -> Coroutine[Any, Any, object]:
            met.clear()
            plan = CrawlPlan(known_addresses=again, reads_lists=False)
            run = CrawlRun(source, plan, store, CONFIG, on_look=lambda one, _: met.append(one))
            return runner.execute_run(crawls, run)

        taken = _second(look, len(urls))
    if [one.verdict for one in met if one.revision_id] != [wanted] * len(urls):
        raise RuntimeError(f"wanted {len(urls)} looks that are {wanted} and tell nothing new")
    return taken


def _second(crawl: Callable[[], Awaitable[object]], requests: int) -> float:
    """Return the CPU milliseconds a request of a crawl, the second of two: the first one warms up."""
    loop = runner.get_loop()

    async def whole() -> None:
        await crawl()

    loop.run_until_complete(whole())
    begun = time.process_time()
    loop.run_until_complete(whole())
    return (time.process_time() - begun) * 1000 / requests


def _settings(*, lean: bool) -> Settings:
    """Return Scrapy's own settings with our manners, or all of ours without our parts."""
    settings = Settings()
    if lean:
        settings.setmodule("crawler.settings", priority="project")
        settings.setdict({name: {} for name in OUR_PARTS}, priority="cmdline")
    settings.setdict(AS_OURS, priority="cmdline")
    return settings


@contextmanager
def _served(pages: int) -> Iterator[tuple[Source, list[str], Callable[[Validation], None]]]:
    """Serve the practice newsroom in another process; give a newsroom of it, pages, and a switch."""
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=_serve, args=(theirs, pages), daemon=True)
    process.start()
    try:
        yield (*ours.recv(), ours.send)
    finally:
        ours.send(None)
        process.join()


def _serve(pipe: Connection, pages: int) -> None:
    with simulator.serve(simulator.practice_newsroom(posts=POSTS)) as served:
        posts = [post for _, post in truth.list_posts(served.newsroom.site(SITE)) if post.absence is None]
        pipe.send((served.site(SITE).sources[0], [served.url(SITE, post.number) for post in posts[:pages]]))
        while (manner := pipe.recv()) is not None:
            served.validate(manner)
