"""The record of a run around a crawl: opened with the spider, closed with it, whatever happens between."""

import asyncio
import contextlib

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DontCloseSpider
from twisted.python.failure import Failure

from crawler.crawl.run import CrawlRefusedError, HostBusyError, Run, run_of, site, told
from crawler.politeness import backoff, resolver
from crawler.spiders.newsroom import NewsroomSpider
from storage.store import StoreError
from storage.tables import hosts
from storage.tables.hosts import Share

LEASE_S = 120.0  # a lease whose holder vanished on another machine is free after this
RENEW_S = 30.0
ASK_AGAIN_S = 0.5


class RunRecord:
    """Opens the run, holds the lease of its host, and writes down what came of it."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._leased = False
        self._renewing: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RunRecord":
        """Connect to the signals of one crawl."""
        self = cls(crawler)
        crawler.signals.connect(self.spider_opened, signals.spider_opened)
        crawler.signals.connect(self.spider_idle, signals.spider_idle)
        crawler.signals.connect(self.spider_closed, signals.spider_closed)
        crawler.signals.connect(self.spider_error, signals.spider_error)
        crawler.signals.connect(self.item_error, signals.item_error)
        return self

    async def spider_opened(self) -> None:
        """Begin the run, or say on its record why not and close the spider."""
        run = run_of(self.crawler)
        try:
            run.open()
            run.check()
            await self._lease(run)
        except HostBusyError as error:
            run.defer(str(error))
            raise CloseSpider("refused") from error
        except Exception as error:  # Scrapy would log it and go on without a record
            run.refuse(str(error) if isinstance(error, CrawlRefusedError) else told(error))
            raise CloseSpider("refused") from error
        self._renewing = asyncio.create_task(self._renew(run))
        if run.source.private:
            resolver.installed(_reactor()).allow_private(run.source.host)
        else:
            resolver.installed(_reactor())

    def spider_idle(self) -> None:
        """Send what the spider wants to see before all is judged; end where that is nothing."""
        spider = self.crawler.spider
        assert isinstance(spider, NewsroomSpider)
        try:
            requests = list(spider.corroborate())
        except Exception as error:  # as above
            run_of(self.crawler).refuse(told(error))
            return
        for request in requests:
            self.crawler.engine.crawl(request)
        if requests:
            raise DontCloseSpider

    def spider_closed(self, reason: str) -> None:
        """Give the lease back and close the record."""
        run = run_of(self.crawler)
        if self._renewing:
            self._renewing.cancel()
        if run.source.private and self._leased:
            resolver.installed(_reactor()).forbid_private(run.source.host)
        if reason == "shutdown":
            run.interrupt()
        for step in (self._release, run.close):  # the second also where the first fails
            try:
                step()
            except Exception as error:  # as above
                run.failures += [line for line in [told(error)] if line not in run.failures]

    def _release(self) -> None:
        run = run_of(self.crawler)
        if self._leased:
            hosts.release_lease(run.store, run.host, run.owner)
            backoff.conclude(run)

    def spider_error(self, failure: Failure) -> None:
        """Count an error of our own code as a failure of the run: Scrapy would only log it."""
        self._own_error(failure)

    def item_error(self, failure: Failure) -> None:
        """Count an error while saving as a failure of the run."""
        self._own_error(failure)

    def _own_error(self, failure: Failure) -> None:
        run, error = run_of(self.crawler), failure.value
        if isinstance(error, StoreError):
            run.refuse(told(error))
        elif isinstance(error, Exception):
            run.spoil(told(error))

    async def _lease(self, run: Run) -> None:
        """Hold the lease of the host; HostBusyError when others are at work for too long."""
        waited_s, share = 0.0, Share(run.source.platform, run.config.max_platform_crawls)
        while why := hosts.acquire_lease(run.store, run.host, run.owner, run.clock(), LEASE_S, share):
            if waited_s >= run.config.lease_wait_s or run.over or not self.crawler.crawling:
                raise HostBusyError(why)
            await asyncio.sleep(ASK_AGAIN_S)
            waited_s += ASK_AGAIN_S
        self._leased = True
        run.known = run.store.known(run.source.id, site(run.source))

    async def _renew(self, run: Run) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            with contextlib.suppress(StoreError):  # the next look says it where it can be seen
                if not hosts.renew_lease(run.store, run.host, run.owner, run.clock(), LEASE_S):
                    run.refuse(f"{run.host} was taken over by another crawl: this one slept too long")
                    return


def _reactor() -> object:
    from twisted.internet import reactor  # importing it earlier would install the wrong one

    return reactor
