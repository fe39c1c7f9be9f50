"""Crawls by Scrapy itself, all of it but the wire: answers come from a function, time from the loop."""

import asyncio
import sys

from scrapy import Request
from scrapy.core import downloader
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.http import Response

from benchmarks.engineless_crawl import Fetch
from crawler.runner import create_runner


def whole_runner(fetch: Fetch) -> AsyncCrawlerRunner:
    """Return a runner with the project's settings and a download handler that asks a function.

    Twisted's reactor is put on the current loop. A process has one: RuntimeError where there is another.
    """
    loop = asyncio.get_event_loop()
    _put_reactor_on(loop)
    downloader.monotonic = loop.time  # type: ignore[attr-defined]  # by which Scrapy keeps its delay

    class Handler(BaseDownloadHandler):
        """The wire."""

        lazy = True

        async def download_request(self, request: Request) -> Response:
            return await fetch(request)

    runner = create_runner()
    runner.settings.set("DOWNLOAD_HANDLERS", {"https": Handler, "http": Handler}, priority="cmdline")
    return runner


def _put_reactor_on(loop: asyncio.AbstractEventLoop) -> None:
    from twisted.internet import asyncioreactor

    if "twisted.internet.reactor" not in sys.modules:
        asyncioreactor.install(loop)  # type: ignore[no-untyped-call]  # Twisted's
        from twisted.internet import reactor

        reactor.startRunning(installSignalHandlers=False)
    from twisted.internet import reactor

    if getattr(reactor, "_asyncioEventloop", None) is not loop:
        raise RuntimeError("this process has a reactor on another loop already")
