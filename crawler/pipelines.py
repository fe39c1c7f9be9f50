"""The item pipeline that saves looks.

Politeness and the run's record write to the database too, each its own tables.
"""

from scrapy.crawler import Crawler

from crawler.crawl.run import get_run
from storage.models import Look


class StorePipeline:
    """Saves each look that the spider yields."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "StorePipeline":
        """Return the pipeline of a crawler; its run exists once its spider does."""
        return cls(crawler)

    def process_item(self, item: Look) -> Look:
        """Save a look, and what it changes, in one transaction."""
        get_run(self.crawler).save_look(item)
        return item
