"""The spider `newsroom`: one crawl of one newsroom."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

import scrapy
from scrapy import Request
from scrapy.crawler import Crawler

from crawler.crawl import spider_arguments
from crawler.crawl.run import CrawlRun
from crawler.spiders.session import CrawlSession


class NewsroomSpider(scrapy.Spider):
    """Crawls a newsroom: one look for each response. Its session does the work."""

    name = "newsroom"

    def __init__(self, run: CrawlRun, stopping: Crawler | None = None) -> None:
        super().__init__()
        self.run = run
        self.session = CrawlSession(run, lambda: stopping is not None and not stopping.crawling)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:  # Scrapy's signature
        """Return the spider of a given run, or of spider arguments (`-a`).

        They are source=ID, and limit=N, since=DATE, backfill=1, look_again=1 and sitemap=1 where wanted.
        """
        run = kwargs.get("run") or spider_arguments.build_run(Path(crawler.settings["MILWIRE_DB"]), kwargs)
        spider_arguments.apply_scrapy_settings(crawler, run)
        return super().from_crawler(crawler, run=run, stopping=crawler)

    async def start(self) -> AsyncIterator[Request]:
        """Yield the requests to begin with."""
        for request in self.session.list_first_requests():
            yield request
