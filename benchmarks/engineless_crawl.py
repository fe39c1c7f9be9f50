"""Crawls without Scrapy's engine and without sockets, for simulations of weeks.

What is ours is all there: the record of the run, the lease, robots.txt, the gate, the spider's callbacks, the
readers, the pipeline, the store. Left out are Scrapy's scheduler, its own middlewares and the wire; requests
are sent in the order of their priority, one after another, as they are with one request at a time.
"""

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Iterable
from itertools import count
from typing import Any, cast

from scrapy import Request
from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.exceptions import CloseSpider, DontCloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler import runner
from crawler.crawl import download_errors
from crawler.crawl.run import CrawlRun
from crawler.extensions import RunRecord
from crawler.middlewares import GateMiddleware, RobotsMiddleware
from crawler.pipelines import StorePipeline
from crawler.spiders.newsroom import NewsroomSpider
from storage.models import Look

Fetch = Callable[[Request], Awaitable[Response]]


class EnginelessRunner(AsyncCrawlerRunner):
    """Carries out runs as Scrapy's runner does, with answers from a function."""

    def __init__(self, fetch: Fetch) -> None:
        super().__init__()
        runner.get_loop()  # Twisted's reactor: asked for by the resolver alone
        self.fetch = fetch

    def crawl(self, crawler_or_spidercls: object, *args: Any, **kwargs: Any) -> asyncio.Task[None]:
        """Begin a run."""
        task = asyncio.get_running_loop().create_task(_EnginelessCrawler(kwargs["run"], self.fetch).crawl())
        self._active.add(task)
        task.add_done_callback(self._active.discard)
        return task


class _Engine:
    """What our parts ask of Scrapy's engine and scraper."""

    def __init__(self, crawler: "_EnginelessCrawler") -> None:
        self.scraper = crawler
        self.download_async = crawler.download_async
        self.crawl = crawler.crawl_too


class _EnginelessCrawler:
    """Stands where our parts expect Scrapy's crawler, its engine and its scraper."""

    def __init__(self, run: CrawlRun, fetch: Fetch) -> None:
        as_scrapy = cast("Crawler", self)  # it has what our parts ask of one
        self.crawling = True
        self.spider = NewsroomSpider(run, stopping=as_scrapy)
        self.engine = _Engine(self)
        self._run = run
        self._fetch = fetch
        self._record, self._pipeline = RunRecord(as_scrapy), StorePipeline(as_scrapy)
        self._robots, self._gate = RobotsMiddleware(as_scrapy), GateMiddleware(as_scrapy)
        self._queue: list[tuple[int, int, Request]] = []
        self._turn = count()

    async def crawl(self) -> None:
        """Carry the run out; whatever happens, its record is closed."""
        try:
            await self._record.spider_opened()
            await self._walk()
        except CloseSpider:
            pass  # the run may not begin: its record says why
        finally:
            self._record.spider_closed("finished")

    async def download_async(self, request: Request) -> Response:
        """Return the answer to a request that passed all that is ours on its way."""
        try:
            await self._robots.process_request(request)
            await self._gate.process_request(request)
            response = await self._fetch(request)
        except download_errors.EXPECTED_ERRORS as problem:
            self._gate.process_exception(request, problem)
            raise
        return self._gate.process_response(request, response)

    async def start_itemproc_async(self, item: Look, *, response: object) -> None:
        """Hand a look to the pipeline."""
        self._pipeline.process_item(item)

    def crawl_too(self, request: Request) -> None:
        """Take one more request."""
        self._take([request])

    async def _walk(self) -> None:
        async for request in self.spider.start():
            self._take([request])
        while not self._run.is_over and (self._queue or self._is_more()):
            self._take(await self._outputs(heapq.heappop(self._queue)[2]))

    def _is_more(self) -> bool:
        """Return whether the spider wants to see more before all is judged."""
        try:
            self._record.spider_idle()
        except DontCloseSpider:
            return True
        return False

    async def _outputs(self, request: Request) -> Iterable[Any]:
        """Return what the spider makes of the answer to a request, or of none."""
        assert request.errback
        try:
            response = await self.download_async(request)
        except download_errors.EXPECTED_ERRORS as problem:
            failure = Failure(problem)  # type: ignore[no-untyped-call]  # Twisted's
            failure.request = request  # type: ignore[attr-defined]  # as Scrapy does
            return cast("Iterable[Any]", request.errback(failure) or ())
        return self.spider.session.handle_response(response)

    def _take(self, outputs: Iterable[Any]) -> None:
        for output in outputs:
            if isinstance(output, Look):
                self._pipeline.process_item(output)
            else:
                heapq.heappush(self._queue, (-output.priority, next(self._turn), output))
