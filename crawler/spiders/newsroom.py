"""One crawl of one newsroom section: its feed, its listing as far as needed, and what they announce."""

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import scrapy
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.crawl import conditional, download_errors, redirects, spider_arguments
from crawler.crawl import response as looks
from crawler.crawl.download_errors import RobotsUnknown, Stopped
from crawler.crawl.pagination import Walk, never, tells_all
from crawler.crawl.response import ASK, Ask
from crawler.crawl.run import Run, site, told
from crawler.parsing import reader, urls
from crawler.politeness import backoff
from crawler.politeness.gate import Gate
from crawler.sources import platform_detection
from storage.detection import siblings
from storage.models import Address, Entry, Listing, Look, Page, Role, Verdict
from storage.store import StoreError

Output = Iterator[Look | Request]

# A page's releases before the next page; at last what shows that the site is well.
PRIORITY = {Role.FEED: 30, Role.ARTICLE: 20, Role.LISTING: 10, Role.CONTROL: 0}
AGAIN = 5  # releases that are known already come after all that is new
MOST_SIBLINGS = 2 * siblings.COMPARED  # that one run asks for
NOTED = 10  # failures of known releases on a run's record


class NewsroomSpider(scrapy.Spider):
    """Walks a newsroom: one look a response, nothing else leaves it."""

    name = "newsroom"

    def __init__(self, run: Run, stopping: Crawler | None = None) -> None:
        super().__init__()
        self.run = run
        self.gate = Gate(run, lambda: stopping is not None and not stopping.crawling)
        self.walk: Walk | None = None
        self.looked: set[str] = set()
        self._noted = 0
        self._controlled = False
        self._feed: Listing | None = None
        self._is_list_spared = False
        self._siblings = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:  # Scrapy's signature
        """Compose: a run that is given, or spider arguments (`-a`).

        They are source=ID, and limit=N, since=DATE, backfill=1 and look_again=1 where wanted.
        """
        run = kwargs.get("run") or spider_arguments.composed(Path(crawler.settings["MILWIRE_DB"]), kwargs)
        for setting, value in spider_arguments.settings_of(run).items():
            crawler.settings.set(setting, value, priority="spider")
        return super().from_crawler(crawler, run=run, stopping=crawler)

    async def start(self) -> AsyncIterator[Request]:
        """Begin with the feed, else with the listing; then what is to be looked at again."""
        try:
            requests = self._first()
        except Exception as error:  # Scrapy would log it, and the run look as if nothing had been there
            self.run.refuse(told(error))
            return
        for request in requests:
            yield request

    def _first(self) -> tuple[Request, ...]:
        known = self.run.known
        assert known is not None
        self.walk = Walk(site(self.run.source), self.run.plan, known, self.run.config.max_pages)
        return (*self._begin(), *self._look_again())

    def answered(self, response: Response) -> Output:
        """Turn a response into a look, or follow its redirect."""
        ask = response.meta[ASK]
        page = looks.page_of(response)
        look = self._look(ask)
        if "dataloss" in response.flags:
            reason = "the answer broke off"
            look = replace(look, page=page, verdict=Verdict.UNREADABLE, reason=reason, damaged=True)
        else:
            look = self._judged(look, page, ask)
            is_first = ask.role is Role.ARTICLE or ask.address.url in self._fronts()
            look = looks.asked_by(look) if is_first and not ask.hops else look
        hop = redirects.hop(page, ask.hops) if look.verdict is Verdict.REDIRECTED else None
        if hop and hop.url and not hop.refused:
            yield self._request(replace(ask, hops=ask.hops + 1, held=None), hop.url)
            return
        if hop:
            look = replace(look, reason=hop.refused, redirect_url=hop.url, found=address(hop.url))
        yield from self._settle(look, line(look) if is_failure(look) or (hop and hop.wrong) else "", ask)

    def failed(self, failure: Failure) -> Output:
        """Turn a request that brought no answer into a look."""
        problem, ask = failure.value, failure.request.meta[ASK]  # type: ignore[attr-defined]  # set by Scrapy
        if isinstance(problem, Stopped):
            return
        if isinstance(problem, StoreError):
            self.run.refuse(str(problem))
            return
        if not isinstance(problem, download_errors.EXPECTED):
            failure.raiseException()
        verdict, reason = download_errors.explain(problem)
        spoiled = verdict is Verdict.UNREADABLE
        look = replace(self._look(ask), verdict=verdict, reason=reason, damaged=spoiled)
        unknown = isinstance(problem, RobotsUnknown)
        if unknown:
            self.run.stop()
        yield from self._settle(look, reason if unknown else line(look), ask)

    def _judged(self, look: Look, page: Page, ask: Ask) -> Look:
        platform = self.run.source.platform
        if ask.role is Role.CONTROL:
            return looks.control(look, page, platform)
        if ask.role is Role.ARTICLE and ask.hops and page.status not in redirects.REDIRECTS:
            return looks.led(look, page, platform)
        return looks.judged(look, page, platform, ask.held)

    def _settle(self, look: Look, failure: str, ask: Ask) -> Output:
        if failure:
            self._note(failure, ask)
        backoff.heed(self.run, look)
        self.run.heed(look)
        yield look  # what follows waits until it is saved
        if self.run.over:
            return
        if ask.again:
            yield from self._doubt(look)
        elif look.role is Role.CONTROL:
            return
        elif look.role is Role.ARTICLE:
            self.looked.add(look.address.url)
        elif look.role is Role.FEED:
            yield from self._after_feed(look)
        else:
            yield from self._after_listing(look)
        self.run.walked = self._is_complete()

    def _note(self, failure: str, ask: Ask) -> None:
        """Put a failure on the run's record; of many known releases that read badly, the first few."""
        if not ask.again or self._noted < NOTED:
            self.run.fail(failure)
        elif self._noted == NOTED:
            self.run.fail("more known releases failed; `milwire show` tells each one's looks")
        self._noted += ask.again

    def _begin(self) -> Iterator[Request]:
        source = self.run.source
        if not self.run.plan.lists:
            return
        if source.feed_url:
            yield self._request(self._known(Role.FEED, source.feed_url), source.feed_url)
        else:
            yield from self._list(source.listing_url)

    def _known(self, role: Role, url: str) -> Ask:
        """Return what to ask a list for: whether it is as it was, but for a walk through all its pages."""
        run, where = self.run, urls.address(url)
        is_walk = run.plan.backfill or run.plan.since is not None or run.plan.sitemap
        if is_walk or where.url not in self._fronts():
            return Ask(role, where)
        held = run.store.held_list(role, where.url, reader.list_parsers(), run.clock())
        return Ask(role, where, held=held)

    def _fronts(self) -> frozenset[str]:
        """Return the addresses of feed and first listing page: further pages shift, and are asked in full."""
        source = self.run.source
        return frozenset(urls.canonical(url) for url in (source.feed_url, source.listing_url) if url)

    def _look_again(self) -> Iterator[Request]:
        """Ask for the releases that the plan names, or all known ones, the longest not looked at first."""
        plan, known = self.run.plan, self.run.plan.again
        if plan.look_again:
            known = tuple(self.run.store.known_postings(self.run.source.id, site(self.run.source)))
        known = known[: plan.limit]
        held = self.run.store.held_articles(known, reader.parsers(), self.run.clock())
        for each in known:
            yield self._request(Ask(Role.ARTICLE, each, again=True, held=held.get(each.url)), each.url)

    def corroborate(self) -> Iterator[Request]:
        """Ask, when all else is answered, for siblings of releases that differ from what we know.

        To be called again when these are answered: one of them may be of no use, being gone itself.
        """
        run = self.run
        if run.over or run.id is None or run.plan.limit is not None or self._siblings >= MOST_SIBLINGS:
            return
        for each in siblings.siblings(run.store, run.source.id, site(run.source), run.id):
            self._siblings += 1
            yield self._request(Ask(Role.ARTICLE, each, again=True), each.url)

    def _doubt(self, look: Look) -> Iterator[Request]:
        """Ask once for what cannot be there, when a known release is absent: the answers are compared."""
        if not look.verdict.is_absent or self._controlled:
            return
        self._controlled = True
        if self._is_list_spared:
            yield from self._list(self.run.source.listing_url)  # an absence is judged beside it
        where = urls.address(never(look.address))
        yield self._request(Ask(Role.CONTROL, where), where.url)

    def _after_feed(self, look: Look) -> Output:
        walk, source = self._walk(), self.run.source
        if look.listing:
            if fault := platform_detection.owner(look.listing, walk.site):
                self.run.fail(f"feed {look.address.url}: {fault}")
            yield from self._articles(walk.take(look.listing.entries))
        self._feed = look.listing
        is_enough = not source.listing_url or self._is_enough(look.listing)
        if not is_enough and not walk.limited:
            yield from self._list(source.listing_url)
        else:
            self._is_list_spared = is_enough and source.listing_url is not None
            if look.listing and is_enough:
                walk.end()
            yield from self._articles(walk.left_over())

    def _is_enough(self, feed: Listing | None) -> bool:
        """Return whether this crawl may leave the listing alone: its feed joins what is known."""
        walk = self._walk()
        if not self.run.plan.feed_first or feed is None or platform_detection.owner(feed, walk.site):
            return False
        return walk.joins(feed)

    def _after_listing(self, look: Look) -> Output:
        walk = self._walk()
        next_url = None
        if look.listing:
            if look.address.url in self._fronts():
                self.run.feed_tells_all = self._feed is not None and tells_all(self._feed, look.listing)
            yield from self._articles(walk.take(look.listing.entries))
            step = walk.follow(look.address.url, look.listing)
            if step.failure:
                self.run.fail(step.failure)
            next_url = step.next_url
            self._mark(look, next_url)
        if next_url:
            yield from self._list(next_url)
        else:
            yield from self._articles(walk.left_over())

    def _mark(self, look: Look, next_url: str | None) -> None:
        """Keep the page that a killed back-fill takes up again; it may be read twice, for pages shift."""
        walk = self._walk()
        if not self.run.plan.backfill or walk.limited:
            return
        if next_url and not walk.resuming:
            self.run.keep_place(look.address.url)
        elif walk.over:
            self.run.keep_place(None)

    def _articles(self, entries: Iterable[Entry]) -> Output:
        for entry in entries:
            yield self._request(Ask(Role.ARTICLE, entry.address), entry.address.url)

    def _list(self, url: str | None) -> Iterator[Request]:
        if url:
            yield self._request(self._known(Role.LISTING, url), url)

    def _request(self, ask: Ask, url: str) -> Request:
        return Request(
            url,
            self.answered,
            errback=self.failed,
            headers=conditional.headers(ask.held.validators if ask.held else None),
            meta={ASK: ask},
            priority=AGAIN if ask.again else PRIORITY[ask.role],
            dont_filter=True,
        )

    def _look(self, ask: Ask) -> Look:
        now = self.run.clock()
        return Look(ask.role, ask.address, now, Verdict.UNREACHABLE, self.run.source.id, self.run.id)

    def _is_complete(self) -> bool:
        walk = self._walk()
        self.run.limited = walk.limited
        return walk.complete and len(self.looked) >= len(walk.asked)

    def _walk(self) -> Walk:
        assert self.walk is not None
        return self.walk


def is_failure(look: Look) -> bool:
    """Return whether a look is a failure of the crawl; a listed release that is gone is an answer."""
    return not (look.verdict.is_present if look.role.is_list else look.verdict.is_answer)


def address(url: str | None) -> Address | None:
    """Return where a redirect leads, or None where that is no web address."""
    try:
        return urls.address(url) if url else None
    except ValueError:
        return None


def line(look: Look) -> str:
    """Return a failed look as the one line that a run keeps of it."""
    what = look.verdict.value.replace("_", " ")
    return f"{look.role.value} {look.address.url}: {what}" + (f": {look.reason}" if look.reason else "")
