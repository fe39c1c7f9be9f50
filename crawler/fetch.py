"""Single pages, fetched with the politeness of a crawl; only robots.txt is stored."""

from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from crawler.config import Config
from crawler.crawl.pagination import CrawlPlan
from crawler.crawl.run import CrawlRun
from crawler.parsing import urls
from crawler.parsing.robots import RobotsRules
from crawler.runner import create_runner, get_loop
from crawler.sources.verification import FetchedPage, RobotsAnswer
from crawler.spiders.newsroom import NewsroomSpider
from storage.models import Confidence, Event, Look, Role, Source, Verdict
from storage.store import Store
from storage.tables import hosts


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What came of fetching one page."""

    look: Look | None  # None: the page was not requested
    failure: str = ""  # one line: why it was not
    requests: int = 0  # robots.txt and redirects included
    is_host_closed: bool = False  # the host may not be asked for more now


class PageFetcher:
    """Fetches pages of one host, `most` at most, and none after the host has refused one."""

    def __init__(self, database: Path, config: Config, *, private: bool, most: int) -> None:
        self.requests = 0  # robots.txt and redirects included
        self.asked: dict[str, FetchedPage] = {}
        self.refusal = ""  # one line: how the host refused us
        self._database, self._config, self._private, self._most = database, config, private, most

    @property
    def is_over(self) -> bool:
        """Return whether no more pages may be asked for."""
        return bool(self.refusal) or len(self.asked) >= self._most

    def fetch(self, url: str) -> FetchedPage:
        """Return the page at an address, or why there is none; requested only once."""
        if url not in self.asked:
            if self.refusal:
                return FetchedPage(None, f"not requested: {self.refusal}")
            if self.is_over:
                return FetchedPage(None, f"not requested: {self._most} addresses are the limit")
            self.asked[url] = self._request_page(url)
        return self.asked[url]

    def read_rulebook(self, url: str) -> RobotsAnswer:
        """Return what robots.txt of an address's host said when it was last read."""
        store = Store.open(self._database)
        try:
            copy = hosts.find_robots(store.db, urls.find_host(url))
        finally:
            store.close()
        return RobotsAnswer(RobotsRules(copy.text), copy.status) if copy else RobotsAnswer(None)

    def _request_page(self, url: str) -> FetchedPage:
        result = fetch_page(url, self._database, self._config, private=self._private)
        self.requests += result.requests
        look = result.look
        if look is None:
            self.refusal = result.failure
            return FetchedPage(None, self.refusal)
        if look.page is not None and look.page.status == HTTPStatus.OK and not look.verdict.is_refusal:
            return FetchedPage(look.page)
        problem = look.verdict.replace("_", " ") + (f": {look.reason}" if look.reason else "")
        if look.verdict.is_refusal or result.is_host_closed:
            self.refusal = problem
        return FetchedPage(None, problem, is_gone=look.verdict is Verdict.GONE)


def fetch_page(url: str, database: Path, config: Config, *, private: bool) -> FetchResult:
    """Fetch one page. ValueError for a bad address."""
    looks: list[Look] = []

    def keep_look(look: Look, events: list[Event]) -> None:
        if look.role is not Role.ROBOTS:  # robots.txt is fetched on the way
            looks.append(look)

    store = Store.open(database)
    try:
        plan = CrawlPlan(page_url=url)
        run = CrawlRun(_make_source(url, private=private), plan, store, config, on_look=keep_look)
        get_loop().run_until_complete(_carry_out(run))
    finally:
        store.close()
    outcome = run.outcome
    failure = "" if looks else "; ".join(outcome.failures) or "interrupted"
    return FetchResult(looks[-1] if looks else None, failure, outcome.requests, run.is_over)


async def _carry_out(run: CrawlRun) -> None:
    # Scrapy asks for the current loop when a crawl is made, so it is made inside one.
    await create_runner().crawl(NewsroomSpider, run=run)


def _make_source(url: str, *, private: bool) -> Source:
    """Return the page's host as a newsroom whose listing is the page."""
    return Source(
        id=urls.find_host(url),
        host=urls.find_host(url),
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
