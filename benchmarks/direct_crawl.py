"""Crawling a life without sockets: the spider's own callbacks, the store's own transactions, a clock of ours.

Scrapy's engine is left out, and with it robots.txt, the gate and the lease: what they decide has tests of its
own. Requests are answered in the order of their priority, each taking the configured delay of the clock.
"""

import asyncio
import heapq
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from scrapy import Request
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.config import Config
from crawler.crawl.pagination import CrawlPlan
from crawler.crawl.response import TARGET_KEY
from crawler.crawl.run import CrawlOutcome, CrawlRefusedError, CrawlRun
from crawler.politeness import backoff
from crawler.sources.hosts import get_source_site
from crawler.spiders.newsroom import NewsroomSpider
from simulator import life as lives
from simulator.life import Life
from simulator.responses import Answer
from storage.models import Address, Look, Role
from storage.store import Store
from storage.tables import postings

CONTACT = "evaluation@example.org"


@dataclass(frozen=True, slots=True)
class CrawlLook:
    """One request that was answered, or not, as the newsroom knows it."""

    at: datetime
    site: str
    role: Role
    number: str | None
    in_trouble: bool  # a storm decided the answer
    status: int | None
    run: int  # counted from 1


class DirectCrawler:
    """A life, a store, and the time."""

    def __init__(
        self, life: Life, database: Path, now: datetime, noises: Iterable[int] | None = None
    ) -> None:
        self.life = life
        self.now = now
        self.config = Config(contact=CONTACT)
        self.store = Store.open(database, clock=self.clock)
        self.crawl_looks: list[CrawlLook] = []
        self.results: list[CrawlOutcome] = []
        self.requests = 0
        self._noise = iter(noises or count(1))

    def clock(self) -> datetime:
        """Return the time of the simulation."""
        return self.now

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def oldest(self, name: str) -> tuple[Address, ...]:
        """Return the releases of a site's source, the longest not looked at first."""
        source = lives.make_source(self.life, name)
        return tuple(postings.list_known_postings(self.store.db, source.id, get_source_site(source)))

    def crawl(self, name: str, plan: CrawlPlan) -> CrawlOutcome:
        """Carry out one crawl of a site's source, from now on."""
        run = CrawlRun(lives.make_source(self.life, name), plan, self.store, self.config, clock=self.clock)
        try:
            run.open_record()
            run.check_permission()
            run.load_known_articles()
        except CrawlRefusedError as error:
            run.refuse_run(str(error))
        else:
            self._drive(run, name)
        run.close_record()
        result = run.outcome
        self.results.append(result)
        return result

    def _drive(self, run: CrawlRun, name: str) -> None:
        spider, queue = NewsroomSpider(run), _Queue()
        queue.take(asyncio.run(_collect(spider.start())), run.save_look)
        while not run.is_over:
            if not queue.waits:
                queue.take(spider.session.list_last_requests(), run.save_look)
            if not queue.waits:
                return
            request = queue.next()
            self.requests += 1
            run.count_request()
            self.now += timedelta(seconds=self.config.delay_s)
            queue.take(self._answered(spider, request, name), run.save_look)

    def _answered(self, spider: NewsroomSpider, request: Request, name: str) -> Iterable[Any]:
        """Ask the life, and return what the spider makes of its answer."""
        ask = request.meta[TARGET_KEY]
        answer = self._answer(request.url)
        target = "/" + request.url.split("/", 3)[3]
        in_trouble = lives.storm_at(self.life, name, target, self.now) is not None
        status = answer.status if answer else None
        self.crawl_looks.append(
            CrawlLook(self.now, name, ask.role, ask.address.number, in_trouble, status, len(self.results) + 1)
        )
        if answer is None:
            failure = Failure(DownloadTimeoutError("no answer within the time limit"))  # type: ignore[no-untyped-call]  # Twisted's
            failure.request = request  # type: ignore[attr-defined]  # as Scrapy does
            return list(_errback(request)(failure))
        if backoff.is_single_refusal(spider.run, ask, answer.status):  # as the middleware of the gate does
            spider.run.add_refused_url(ask.address.url)
        return list(spider.session.handle_response(_response(request, answer)))

    def _answer(self, url: str) -> Answer | None:
        try:
            return lives.answer_at(self.life, url, self.now, next(self._noise))
        except LookupError:
            return None


class _Queue:
    """Requests in the order in which they are sent."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Request]] = []
        self._turn = count()

    @property
    def waits(self) -> bool:
        """Return whether there is anything to send."""
        return bool(self._heap)

    def next(self) -> Request:
        """Return the request to send now."""
        return heapq.heappop(self._heap)[2]

    def take(self, outputs: Iterable[Any], save: Callable[[Look], None]) -> None:
        """Queue requests and save looks."""
        for output in outputs:
            if isinstance(output, Look):
                save(output)
            else:
                heapq.heappush(self._heap, (-output.priority, next(self._turn), output))


async def _collect(outputs: AsyncIterator[Any]) -> list[Any]:
    return [output async for output in outputs]


def _response(request: Request, answer: Answer) -> Response:
    headers = {"Content-Type": answer.content_type, **dict(answer.headers)}
    return Response(request.url, answer.status, headers, answer.body, request=request)


def _errback(request: Request) -> Callable[[Failure], Iterable[Any]]:
    assert request.errback is not None
    return request.errback
