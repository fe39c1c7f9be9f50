"""Crawls from a program: Scrapy in this process, on one asyncio loop, any number of times."""

import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings

from crawler import reparse
from crawler.clock import HostClocks
from crawler.config import Config
from crawler.crawl.concurrency import CrawlSlots
from crawler.crawl.pagination import CrawlPlan
from crawler.crawl.run import CrawlOutcome, CrawlRun, OnEvents, OnLook
from crawler.sources.hosts import group_by_site
from crawler.spiders.newsroom import NewsroomSpider
from storage.models import RunState, Source
from storage.store import Store

__all__ = [
    "CrawlOutcome",
    "CrawlPlan",
    "crawl_newsrooms",
    "create_runner",
    "execute_run",
    "get_loop",
    "stop_crawls",
]


def crawl_newsrooms(
    sources: Sequence[Source],
    plan: CrawlPlan,
    store_path: Path,
    config: Config,
    on_look: OnLook | None = None,
    on_events: OnEvents | None = None,
) -> list[CrawlOutcome]:
    """Crawl newsrooms: sites at once, the newsrooms of a site in turn. Outcomes are in the given order.

    A crawl that may not begin, or fails, is an outcome with its failures. SIGINT and SIGTERM end all crawls
    cleanly: responses on their way are stored, the rest is interrupted. Raises StoreError where the database
    cannot be used at all.
    """
    store = Store.open(store_path)
    try:
        if plan.look_again:
            reparse.refresh_baselines(store, sources, config.removal)

        witnesses = HostClocks()

        def make_run(source: Source) -> CrawlRun:
            return CrawlRun(
                source, plan, store, config, on_look=on_look, on_events=on_events, witnesses=witnesses
            )

        slots = CrawlSlots(config.max_crawls, config.max_platform_crawls)
        return get_loop().run_until_complete(_crawl_all(sources, make_run, slots))
    finally:
        store.close()


def create_runner() -> AsyncCrawlerRunner:
    """Return a runner with the project's settings; the asyncio reactor must be installed."""
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    return AsyncCrawlerRunner(settings)


async def execute_run(runner: AsyncCrawlerRunner, run: CrawlRun) -> CrawlOutcome:
    """Carry out one run and return what came of it; its record is in the store then."""
    await runner.crawl(NewsroomSpider, run=run)
    return run.outcome


async def stop_crawls(runner: AsyncCrawlerRunner) -> None:
    """Ask all running crawls to end, and wait until they have.

    A crawl that is only being opened is left alone: its run is over, so it sends nothing and ends by itself.
    If it is asked to stop then, Scrapy 2.19 notes that, starts the engine all the same, and never ends it.
    """
    engines = [crawler._engine for crawler in runner.crawlers]  # private, but the only one that may be None
    running = [engine for engine in engines if engine is not None and engine.running]
    await asyncio.gather(*(engine.crawler.stop_async() for engine in running))


class _CommandCrawls:
    """All the crawls of one command, and the wish to stop them."""

    def __init__(
        self, runner: AsyncCrawlerRunner, make_run: Callable[[Source], CrawlRun], slots: CrawlSlots
    ) -> None:
        self.runner = runner
        self.make_run = make_run
        self.slots = slots
        self.is_stopping = False
        self._running: set[CrawlRun] = set()
        self._stop_task: asyncio.Task[None] | None = None

    def stop_all(self) -> None:
        """Send no more requests; responses on their way are still stored."""
        if not self.is_stopping:
            self.is_stopping = True
            for run in self._running:
                run.interrupt_run()
            self._stop_task = asyncio.ensure_future(stop_crawls(self.runner))

    async def crawl_site(self, sources: Sequence[Source]) -> list[CrawlOutcome]:
        """Crawl the newsrooms of one site, one after another."""
        async with self.slots.hold_slot(sources[0].platform):
            return [await self._crawl_newsroom(source) for source in sources]

    async def _crawl_newsroom(self, source: Source) -> CrawlOutcome:
        if self.is_stopping:
            return CrawlOutcome(source.id, None, RunState.INTERRUPTED)
        run = self.make_run(source)
        self._running.add(run)
        try:
            return await execute_run(self.runner, run)
        finally:
            self._running.discard(run)


async def _crawl_all(
    sources: Sequence[Source], make_run: Callable[[Source], CrawlRun], slots: CrawlSlots
) -> list[CrawlOutcome]:
    crawls = _CommandCrawls(create_runner(), make_run, slots)
    with _handle_signals(crawls.stop_all):
        groups = await asyncio.gather(*map(crawls.crawl_site, group_by_site(sources).values()))
    outcomes = {outcome.source_id: outcome for group in groups for outcome in group}
    return [outcomes[source.id] for source in sources]


@contextmanager
def _handle_signals(stop: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def get_loop() -> asyncio.AbstractEventLoop:
    """Return the asyncio loop of Twisted's reactor; the first call makes both and starts the reactor.

    The reactor is started but not run: it lives on the loop, and we need none of its threads. So the loop can
    be entered any number of times, where `reactor.run()` works once a process.
    """
    from twisted.internet import asyncioreactor

    logging.getLogger("scrapy").addHandler(logging.NullHandler())  # failures are on the run's record
    if "twisted.internet.reactor" not in sys.modules:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        asyncioreactor.install(loop)  # type: ignore[no-untyped-call]  # Twisted's
        from twisted.internet import reactor

        reactor.startRunning(installSignalHandlers=False)
        return loop
    from twisted.internet import reactor

    loop = reactor._asyncioEventloop  # Twisted has no public name for it
    assert isinstance(loop, asyncio.AbstractEventLoop)
    return loop
