"""The one door from the crawl into the store."""

from scrapy.crawler import Crawler

from crawler.crawl.run import run_of
from storage.models import Look


class StorePipeline:
    """Saves each look."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "StorePipeline":
        """Compose; the run is there once the spider is."""
        return cls(crawler)

    def process_item(self, item: Look) -> Look:
        """Save a look."""
        run_of(self.crawler).save(item)
        return item
