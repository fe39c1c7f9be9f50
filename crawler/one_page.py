"""One page of a site that is no source yet, fetched with the manners of a crawl; nothing is stored."""

from collections.abc import AsyncIterator
from pathlib import Path

from scrapy import Request

from crawler import urls
from crawler.config import Config
from crawler.looks import Ask
from crawler.run import Run
from crawler.runner import loop, new_runner
from crawler.spiders.newsroom import NewsroomSpider, Output
from crawler.walk import Plan
from storage.records import Confidence, Look, Role, Source
from storage.store import Store


class Visit(Run):
    """A run that leaves no record: what it looks at stays here."""

    look: Look | None = None

    def open(self) -> None:
        """Begin without a record."""

    def save(self, look: Look) -> None:
        """Keep the look that was asked for; robots.txt comes by on the way."""
        if look.role is not Role.ROBOTS:
            self.look = look


class PageSpider(NewsroomSpider):
    """Looks at one page and goes nowhere from there."""

    name = "page"

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the page."""
        url = self.run.source.listing_url or ""
        yield self._request(Ask(Role.LISTING, urls.address(url)), url)

    def _settle(self, look: Look, failure: str, ask: Ask) -> Output:
        yield look


def fetch(url: str, database: Path, config: Config, *, private: bool) -> tuple[Look | None, str]:
    """Return a look at a page; None and one line where nothing was asked. ValueError for a bad address."""
    store = Store.open(database)
    try:
        visit = Visit(_stranger(url, private=private), Plan(), store, config)
        loop().run_until_complete(new_runner().crawl(PageSpider, run=visit))
    finally:
        store.close()
    return visit.look, "; ".join(visit.failures) or "interrupted"


def _stranger(url: str, *, private: bool) -> Source:
    return Source(
        id=urls.host(url),
        host=urls.host(url),
        organization="",
        branch="",
        platform="unknown",
        section="",
        listing_url=url,
        feed_url=None,
        confidence=Confidence.LOW,
        private=private,
        origin="user",
    )
