"""Runs that are open and know what is stored, for a newsroom that is made up."""

from typing import Any

from crawler.config import Config
from crawler.crawl.pagination import CrawlPlan
from crawler.crawl.run import CrawlRun
from storage.models import Confidence, Source
from storage.store import Store
from tests.support.make_looks import LISTING_URL, START

CONFIG = Config(contact="tests@example.org", delay_s=2.0)
SOURCE = Source(
    id="wing-news",
    host="www.wing.example.mil",
    organization="Wing",
    branch="Air Force",
    platform="afpims",
    section="News",
    listing_url=LISTING_URL,
    feed_url=None,
    confidence=Confidence.HIGH,
)


def open_run(
    store: Store, plan: CrawlPlan | None = None, source: Source = SOURCE, **options: Any
) -> CrawlRun:
    """Return a run that is open and knows what is stored."""
    run = CrawlRun(source, plan or CrawlPlan(), store, CONFIG, clock=lambda: START, **options)
    run.open_record()
    run.load_known_articles()
    return run
