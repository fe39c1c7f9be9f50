"""Pages of a site that are no crawl's: fetched one by one with the manners of a crawl; nothing is stored."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path

from scrapy import Request

from crawler.config import Config
from crawler.crawl.pagination import Plan
from crawler.crawl.response import Ask
from crawler.crawl.run import Run
from crawler.parsing import urls
from crawler.parsing.robots import Rules
from crawler.politeness import backoff
from crawler.runner import loop, new_runner
from crawler.sources.verification import Answer, Rulebook
from crawler.spiders.newsroom import NewsroomSpider, Output
from storage.models import Confidence, Look, Role, Source
from storage.store import Store
from storage.tables import hosts


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
        backoff.heed(self.run, look)


class Visitor:
    """Asks for pages of one host, so many at most, and never again once the host refused one."""

    def __init__(self, database: Path, config: Config, *, private: bool, most: int) -> None:
        self.requests = 0  # robots.txt and redirects included
        self.asked: dict[str, Answer] = {}
        self.refusal = ""  # the line with which the host turned us away
        self._database, self._config, self._private, self._most = database, config, private, most

    @property
    def is_over(self) -> bool:
        """Return whether nothing is asked for any more."""
        return bool(self.refusal) or len(self.asked) >= self._most

    def fetch(self, url: str) -> Answer:
        """Return the page at an address, or why there is none; asked for only once."""
        if url not in self.asked:
            if self.refusal:
                return Answer(None, f"not asked for: {self.refusal}")
            if self.is_over:
                return Answer(None, f"not asked for: {self._most} addresses are the limit")
            self.asked[url] = self._ask(url)
        return self.asked[url]

    def rulebook(self, url: str) -> Rulebook:
        """Return what robots.txt of an address's host said when it was last read."""
        store = Store.open(self._database)
        try:
            copy = hosts.robots(store, urls.host(url))
        finally:
            store.close()
        return Rulebook(Rules(copy.text), copy.status) if copy else Rulebook(None)

    def _ask(self, url: str) -> Answer:
        done = visit(url, self._database, self._config, private=self._private)
        self.requests += done.requests
        look = done.look
        if look is None:
            self.refusal = told(done)
            return Answer(None, self.refusal)
        if look.page is not None and look.page.status == HTTPStatus.OK and not look.verdict.is_refusal:
            return Answer(look.page)
        problem = look.verdict.replace("_", " ") + (f": {look.reason}" if look.reason else "")
        if look.verdict.is_refusal or done.over:
            self.refusal = problem
        return Answer(None, problem)


def visit(url: str, database: Path, config: Config, *, private: bool) -> Visit:
    """Look at one address and return the run that did. ValueError for a bad address."""
    store = Store.open(database)
    try:
        visit = Visit(_stranger(url, private=private), Plan(), store, config)
        loop().run_until_complete(_carry_out(visit))
    finally:
        store.close()
    return visit


async def _carry_out(visit: Visit) -> None:
    # Scrapy asks for the current loop as a crawl is made: inside one, there is one.
    await new_runner().crawl(PageSpider, run=visit)


def fetch(url: str, database: Path, config: Config, *, private: bool) -> tuple[Look | None, str]:
    """Return a look at a page; None and one line where nothing was asked. ValueError for a bad address."""
    done = visit(url, database, config, private=private)
    return done.look, told(done)


def told(done: Visit) -> str:
    """Return in one line why a visit saw nothing."""
    return "; ".join(done.failures) or "interrupted"


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
