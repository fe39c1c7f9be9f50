"""The spider `sitemap`: `scrapy crawl sitemap` is `scrapy crawl newsroom -a sitemap=1`."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

import scrapy
from scrapy import Request
from scrapy.crawler import Crawler

from crawler.crawl import spider_arguments
from crawler.crawl.run import CrawlRun
from crawler.spiders.session import CrawlSession


class SiteMapSpider(scrapy.Spider):
    """Crawls a newsroom, then fetches what its site map names and nobody has stored."""

    name = "sitemap"

    def __init__(self, run: CrawlRun, stopping: Crawler) -> None:
        super().__init__()
        self.run = run
        self.session = CrawlSession(run, lambda: not stopping.crawling)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:  # Scrapy's signature
        """Return the spider of spider arguments (`-a`), the same as those of `newsroom`."""
        arguments = kwargs | {"sitemap": "1"}
        run = spider_arguments.build_run(Path(crawler.settings["MILWIRE_DB"]), arguments)
        spider_arguments.apply_scrapy_settings(crawler, run)
        return super().from_crawler(crawler, run=run, stopping=crawler)

    async def start(self) -> AsyncIterator[Request]:
        """Yield the requests to begin with."""
        for request in self.session.list_first_requests():
            yield request
