"""Opens the record of a run with its spider and closes it with it, and holds the lease of its host."""

import asyncio
import contextlib

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DontCloseSpider
from twisted.python.failure import Failure

from crawler.crawl.run import (
    CrawlRefusedError,
    CrawlRun,
    HostBusyError,
    get_run,
)
from crawler.politeness import backoff, resolver
from crawler.spiders.session import get_session
from storage.models.quoting import format_error_line
from storage.store import StoreError
from storage.tables import hosts
from storage.tables.hosts import HostClaim, PlatformLimit

LEASE_S = 120.0  # after this the lease of a process that is gone is free, on whichever machine it ran
RENEW_S = 30.0
ASK_AGAIN_S = 0.5


class RunRecord:
    """Opens the run, holds the lease of its host, and saves how the run ended."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._has_lease = False
        self._renewal: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RunRecord":
        """Return the extension of a crawler, connected to its signals."""
        self = cls(crawler)
        crawler.signals.connect(self.spider_opened, signals.spider_opened)
        crawler.signals.connect(self.spider_idle, signals.spider_idle)
        crawler.signals.connect(self.spider_closed, signals.spider_closed)
        crawler.signals.connect(self.spider_error, signals.spider_error)
        crawler.signals.connect(self.item_error, signals.item_error)
        return self

    async def spider_opened(self) -> None:
        """Begin the run, or record why not and close the spider."""
        run = get_run(self.crawler)
        try:
            run.open_record()
            run.check_permission()
            await self._take_lease(run)
        except HostBusyError as error:
            run.defer_run(str(error))
            raise CloseSpider("refused") from error
        except Exception as error:  # Scrapy would log it and go on without a record
            run.refuse_run(str(error) if isinstance(error, CrawlRefusedError) else format_error_line(error))
            raise CloseSpider("refused") from error
        self._renewal = asyncio.create_task(self._renew_lease(run))
        if run.source.private:
            resolver.install_resolver(_get_reactor()).allow_private(run.source.host)
        else:
            resolver.install_resolver(_get_reactor())

    def spider_idle(self) -> None:
        """Send what the spider still wants to look at before detection, or let it close."""
        try:
            requests = get_session(self.crawler).list_last_requests()
        except Exception as error:  # as above
            get_run(self.crawler).refuse_run(format_error_line(error))
            return
        for request in requests:
            self.crawler.engine.crawl(request)
        if requests:
            raise DontCloseSpider

    def spider_closed(self, reason: str) -> None:
        """Give the lease back and close the record."""
        run = get_run(self.crawler)
        if self._renewal:
            self._renewal.cancel()
        if run.source.private and self._has_lease:
            resolver.install_resolver(_get_reactor()).forbid_private(run.source.host)
        if reason == "shutdown":
            run.interrupt_run()
        try:
            self._release_lease()
        except Exception as error:  # Scrapy would only log it; the record is closed all the same
            run.record_failure(format_error_line(error))
        self._save_broken_pages(run)
        run.close_record()

    def _save_broken_pages(self, run: CrawlRun) -> None:
        """Save the looks that waited for their siblings, unless nothing of the run may be saved."""
        if run.id is None or run.known is None:
            return
        try:
            get_session(self.crawler).save_renamed_stories()
            get_session(self.crawler).save_broken_pages()
        except Exception as error:  # as above
            run.record_own_error(format_error_line(error))

    def _release_lease(self) -> None:
        run = get_run(self.crawler)
        if self._has_lease:
            with run.store.writing() as db:
                hosts.release_lease(db, _make_claim(run))
            backoff.reset_backoff(run)

    def spider_error(self, failure: Failure) -> None:
        """Count an error of our own code as a failure of the run: Scrapy would only log it."""
        self._record_error(failure)

    def item_error(self, failure: Failure) -> None:
        """Count an error while saving as a failure of the run."""
        self._record_error(failure)

    def _record_error(self, failure: Failure) -> None:
        run, error = get_run(self.crawler), failure.value
        if isinstance(error, StoreError):
            run.refuse_run(format_error_line(error))
        elif isinstance(error, Exception):
            run.record_own_error(format_error_line(error))

    async def _take_lease(self, run: CrawlRun) -> None:
        """Take the lease of the host. Raises HostBusyError when others hold it for too long."""
        waited_s = 0.0
        while reason := self._try_lease(run):
            if waited_s >= run.config.lease_wait_s or run.is_over or not self.crawler.crawling:
                raise HostBusyError(reason)
            await asyncio.sleep(ASK_AGAIN_S)
            waited_s += ASK_AGAIN_S
        self._has_lease = True
        run.load_known_articles()

    def _try_lease(self, run: CrawlRun) -> str | None:
        limit = PlatformLimit(run.source.platform, run.config.max_platform_crawls)
        with run.store.writing() as db:
            return hosts.acquire_lease(db, _make_claim(run), LEASE_S, limit)

    async def _renew_lease(self, run: CrawlRun) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            with contextlib.suppress(StoreError):  # the next look reports it
                with run.store.writing() as db:
                    is_ours = hosts.renew_lease(db, _make_claim(run), LEASE_S)
                if not is_ours:
                    run.refuse_run(f"{run.host} was taken over by another crawl: this one slept too long")
                    return


def _make_claim(run: CrawlRun) -> HostClaim:
    return HostClaim(run.host, run.owner, run.clock())


def _get_reactor() -> object:
    from twisted.internet import reactor  # importing it earlier would install the wrong one

    return reactor
