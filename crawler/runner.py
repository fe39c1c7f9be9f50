"""Crawls from a program: Scrapy in this process, on an asyncio loop of our own, as often as wanted."""

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
from crawler.clock import Witnesses
from crawler.config import Config
from crawler.crawl.concurrency import Places
from crawler.crawl.pagination import Plan
from crawler.crawl.run import OnJudged, OnLook, Run, RunResult, site
from crawler.spiders.newsroom import NewsroomSpider
from crawler.spiders.sitemap import SiteMapSpider
from storage.models import Source
from storage.store import Store

__all__ = ["Plan", "RunResult", "crawl", "crawl_source", "loop", "new_runner", "stop"]


def crawl(
    sources: Sequence[Source],
    plan: Plan,
    store_path: Path,
    config: Config,
    on_look: OnLook | None = None,
    on_judged: OnJudged | None = None,
) -> list[RunResult]:
    """Crawl newsrooms, hosts side by side and each host's sources one after another; results as in `sources`.

    A crawl that may not begin, or fails, is a result with its failures. SIGINT and SIGTERM end it cleanly:
    what is in flight is stored, the rest has the state "interrupted". Raises StoreError where the database
    cannot be used at all.
    """
    store = Store.open(store_path)
    try:
        if plan.look_again:
            reparse.renew(store, sources, config.removal)

        witnesses = Witnesses()

        def begin(source: Source) -> Run:
            return Run(source, plan, store, config, on_look=on_look, on_judged=on_judged, witnesses=witnesses)

        places = Places(config.max_crawls, config.max_platform_crawls)
        return loop().run_until_complete(_crawl_all(sources, begin, places))
    finally:
        store.close()


def new_runner() -> AsyncCrawlerRunner:
    """Return a runner with the project's settings; the asyncio reactor must be installed."""
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    return AsyncCrawlerRunner(settings)


async def crawl_source(runner: AsyncCrawlerRunner, run: Run) -> RunResult:
    """Carry out one run and return what came of it; its record is in the store then."""
    await runner.crawl(SiteMapSpider if run.plan.sitemap else NewsroomSpider, run=run)
    return run.result()


async def stop(runner: AsyncCrawlerRunner) -> None:
    """Ask all crawls to end that are on their way, and wait until they have.

    One that is only being opened is left alone, its run being over: it sends nothing and ends by itself.
    Asked to stop then, Scrapy 2.19 takes note of it, starts the engine all the same, and never ends it.
    """
    engines = [crawler._engine for crawler in runner.crawlers]  # Scrapy's word for: as far as there is one
    running = [engine for engine in engines if engine is not None and engine.running]
    await asyncio.gather(*(engine.crawler.stop_async() for engine in running))


class _Crawls:
    """All the crawls of one command, and the wish to stop them."""

    def __init__(self, runner: AsyncCrawlerRunner, begin: Callable[[Source], Run], places: Places) -> None:
        self.runner = runner
        self.begin = begin
        self.places = places
        self.stopping = False
        self.running: set[Run] = set()
        self._stop: asyncio.Task[None] | None = None

    def stop(self) -> None:
        """Start no request any more; what is in flight is still stored."""
        if not self.stopping:
            self.stopping = True
            for run in self.running:
                run.interrupt()
            self._stop = asyncio.ensure_future(stop(self.runner))

    async def host(self, sources: Sequence[Source]) -> list[RunResult]:
        """Crawl the sources of one host, one after another."""
        async with self.places.of(sources[0].platform):
            return [await self._source(source) for source in sources]

    async def _source(self, source: Source) -> RunResult:
        if self.stopping:
            return RunResult(source.id, None, "interrupted")
        run = self.begin(source)
        self.running.add(run)
        try:
            return await crawl_source(self.runner, run)
        finally:
            self.running.discard(run)


async def _crawl_all(
    sources: Sequence[Source], begin: Callable[[Source], Run], places: Places
) -> list[RunResult]:
    crawls = _Crawls(new_runner(), begin, places)
    hosts: dict[str, list[Source]] = {}
    for source in sources:
        hosts.setdefault(site(source), []).append(source)
    with _signals(crawls.stop):
        groups = await asyncio.gather(*(crawls.host(each) for each in hosts.values()))
    results = {result.source_id: result for group in groups for result in group}
    return [results[source.id] for source in sources]


@contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def loop() -> asyncio.AbstractEventLoop:
    """Return the loop under the reactor, both made and started on the first call.

    The reactor is started without being run: it lives on the loop, and nothing of ours needs its threads, so
    the loop can be entered again and again where `reactor.run()` works once a process.
    """
    from twisted.internet import asyncioreactor

    logging.getLogger("scrapy").addHandler(logging.NullHandler())  # failures are told by the run, once
    if "twisted.internet.reactor" not in sys.modules:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        asyncioreactor.install(loop)  # type: ignore[no-untyped-call]  # Twisted's
        from twisted.internet import reactor

        reactor.startRunning(installSignalHandlers=False)
        return loop
    from twisted.internet import reactor

    loop = reactor._asyncioEventloop  # Twisted has no other way to ask for it
    assert isinstance(loop, asyncio.AbstractEventLoop)
    return loop
