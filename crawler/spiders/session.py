"""The requests and responses of one crawl: a response becomes a look, a look leads to more requests."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from itertools import chain

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.crawl import broken_pages, conditional, download_errors, redirects
from crawler.crawl import response as responses
from crawler.crawl.broken_pages import BrokenPages
from crawler.crawl.download_errors import RobotsUnknownError, RunStoppedError
from crawler.crawl.newsroom_traversal import NewsroomTraversal, list_front_urls
from crawler.crawl.renamed_stories import RenamedStories
from crawler.crawl.response import TARGET_KEY, Target
from crawler.crawl.run import CrawlRun
from crawler.crawl.sitemap_traversal import SiteMapTraversal
from crawler.crawl.traversal import SinglePageTraversal, Traversal
from crawler.politeness import backoff
from crawler.politeness.gate import Gate
from storage.detection import renames, siblings
from storage.models import Hop, Look, Page, Role, Verdict
from storage.models.quoting import format_error_line
from storage.store import StoreError
from storage.tables import revisions

Output = Iterator[Look | Request]

# A page's releases before the next page; last what shows whether the site works.
PRIORITIES = {Role.FEED: 30, Role.ARTICLE: 20, Role.LISTING: 10, Role.SITEMAP: 10, Role.CONTROL: 0}
KNOWN_PRIORITY = 5  # known releases come after everything new
LARGE_BODY = 256 * 1024  # bytes; reading more takes long enough to hold up other newsrooms
MAX_RECORDED_FAILURES = 10  # of known releases, on a run's record


class CrawlSession:
    """Turns the responses of one run into looks, and requests what its traversal wants next."""

    def __init__(self, run: CrawlRun, is_stopping: Callable[[], bool]) -> None:
        self.run = run
        self.gate = Gate(run, is_stopping)
        self._traversal = choose_traversal(run)
        self._known_failures = 0
        self._broken_pages = BrokenPages(
            lambda look: revisions.find_known_text(run.store.db, look.address, look.at)
        )
        self._renamed_stories = RenamedStories(
            lambda address, read: renames.list_postings_with_text(run.store.db, address, read),
            lambda look: revisions.find_known_text(run.store.db, look.address, look.at),
        )
        self._has_asked_siblings = False

    def list_first_requests(self) -> tuple[Request, ...]:
        """Return the requests to begin with; none, and a failure on the run, where that goes wrong."""
        try:
            return tuple(map(self._make_request, self._traversal.list_first_targets()))
        except Exception as error:  # Scrapy would log it, and the run would look as if nothing had been there
            self.run.refuse_run(format_error_line(error))
            return ()

    def list_last_requests(self) -> tuple[Request, ...]:
        """Return what to request once all else is answered; ask again when that is, until it is empty."""
        targets = tuple(self._traversal.list_last_targets()) or self._list_siblings_of_broken_pages()
        return tuple(map(self._make_request, targets))

    def save_broken_pages(self) -> None:
        """Save the looks that still wait for siblings, once the run has nothing more to look at."""
        for look in self._broken_pages.release_rest():
            self.run.record_failure(responses.format_failed_look(look))
            self.run.save_look(look)

    def save_renamed_stories(self) -> None:
        """Save the looks whose old address was not asked; after a run that broke off the next one asks."""
        for look in self._renamed_stories.release_rest():
            if not self.run.is_over:
                self.run.save_look(look)

    def _list_siblings_of_broken_pages(self) -> tuple[Target, ...]:
        """Return releases to look at, once, that show whether pages without their end are the site's way."""
        held, run = self._broken_pages.held_keys, self.run
        if self._has_asked_siblings or not held or run.is_over or run.id is None:
            return ()
        self._has_asked_siblings = True
        most = broken_pages.ENDLESS_SIBLINGS + len(held)
        found = siblings.list_other_siblings(run.store, run.source.id, run.host, run.id, most)
        wanted = [one for one in found if one.key not in held][: broken_pages.ENDLESS_SIBLINGS]
        return tuple(Target(Role.ARTICLE, each, each.url, is_known=True) for each in wanted)

    def _record_broken_page(self, look: Look, last: Look) -> None:
        """Put a page that breaks off, and was held until now, on the run's record."""
        if look.verdict is Verdict.UNREADABLE and last.verdict is not Verdict.UNREADABLE:
            self.run.record_failure(responses.format_failed_look(look))

    async def receive_response(self, response: Response) -> AsyncIterator[Look | Request]:
        """Do what `handle_response` does, and read a large page in a thread while the crawl goes on."""
        if len(response.body) > LARGE_BODY:
            outputs = self._follow_answer(response, *await asyncio.to_thread(self._judge_response, response))
        else:
            outputs = self.handle_response(response)
        for output in outputs:
            yield output

    def handle_response(self, response: Response) -> Output:
        """Turn a response into a look and what it leads to, or follow its redirect."""
        return self._follow_answer(response, *self._judge_response(response))

    def _follow_answer(self, response: Response, page: Page, look: Look) -> Output:
        target: Target = response.meta[TARGET_KEY]
        is_redirect = look.verdict is Verdict.REDIRECTED
        redirect = redirects.find_redirect(page, len(target.hops)) if is_redirect else None
        if redirect and redirect.url and not redirect.refusal_reason:
            hops = (*target.hops, Hop(page, redirect.url, look.at))
            yield self._make_request(replace(target, url=redirect.url, hops=hops, previous=None))
            return
        look = redirects.add_hops(look, page, target.hops)
        if redirect:
            found = redirects.parse_redirect_target(redirect.url)
            look = replace(
                look, reason=redirect.refusal_reason, redirect_url=redirect.url, found_address=found
            )
        is_failure = responses.is_failed_look(look) or (redirect is not None and redirect.is_faulty)
        yield from self._settle_look(target, look, responses.format_failed_look(look) if is_failure else "")

    def handle_failure(self, failure: Failure) -> Output:
        """Turn a request that brought no answer into a look and what it leads to."""
        problem, target = failure.value, failure.request.meta[TARGET_KEY]  # type: ignore[attr-defined]  # set by Scrapy
        if isinstance(problem, RunStoppedError):
            return
        if isinstance(problem, StoreError):
            self.run.refuse_run(str(problem))
            return
        if not isinstance(problem, download_errors.EXPECTED_ERRORS):
            failure.raiseException()
        verdict, reason = download_errors.explain_error(problem)
        is_damaged = verdict is Verdict.UNREADABLE
        look = replace(self._start_look(target), verdict=verdict, reason=reason, is_damaged=is_damaged)
        if isinstance(problem, RobotsUnknownError):
            self.run.stop_requests()
            yield from self._settle_look(target, look, reason)
        else:
            yield from self._settle_look(target, look, responses.format_failed_look(look))

    def _judge_response(self, response: Response) -> tuple[Page, Look]:
        """Return a response as a page, and what it shows. Changes nothing, so a thread may do it."""
        target: Target = response.meta[TARGET_KEY]
        page, look = responses.build_page(response), self._start_look(target)
        if responses.breaks_off(response, page):
            reason = "the answer broke off"
            look = replace(look, page=page, verdict=Verdict.UNREADABLE, reason=reason, is_damaged=True)
            return page, look
        look = responses.judge_answer(look, page, target, self.run.source.platform)
        is_conditional = target.role is Role.ARTICLE or target.address.url in list_front_urls(self.run.source)
        return page, responses.attach_validators(look) if is_conditional and not target.hops else look

    def _settle_look(self, target: Target, look: Look, failure: str) -> Output:
        """Yield a look, then what it leads to; `failure` is the line for the run's record, empty for none."""
        if failure:
            self._record_failure(failure, target)
        backoff.back_off(self.run, look)
        self.run.stop_after_trouble(look)
        # What follows waits until these are saved.
        ready, former = self._renamed_stories.sort_look(look, is_known=target.is_known)
        for each in chain.from_iterable(map(self._broken_pages.sort_look, ready)):
            self._record_broken_page(each, look)
            yield each
        if former is not None and not self.run.is_over:
            yield self._make_request(Target(Role.ARTICLE, former, former.url, is_known=True))
        if not self.run.is_over:
            yield from map(self._make_request, self._traversal.follow_look(target, look))

    def _record_failure(self, failure: str, target: Target) -> None:
        """Put a failure on the run's record; of many known releases that fail, the first few."""
        if not target.is_known or self._known_failures < MAX_RECORDED_FAILURES:
            self.run.record_failure(failure)
        elif self._known_failures == MAX_RECORDED_FAILURES:
            self.run.record_failure("more known releases failed; `milwire show` lists the looks at each")
        self._known_failures += target.is_known

    def _make_request(self, target: Target) -> Request:
        validators = target.previous.validators if target.previous else None
        return Request(
            target.url,
            self.receive_response,
            errback=self.handle_failure,
            headers=conditional.build_conditional_headers(validators),
            meta={TARGET_KEY: target},
            priority=KNOWN_PRIORITY if target.is_known else PRIORITIES[target.role],
            dont_filter=True,
        )

    def _start_look(self, target: Target) -> Look:
        now = self.run.clock()
        return Look(target.role, target.address, now, Verdict.UNREACHABLE, self.run.source.id, self.run.id)


def choose_traversal(run: CrawlRun) -> Traversal:
    """Return the way through a site that a run's plan asks for."""
    if run.plan.page_url is not None:
        return SinglePageTraversal(run.plan.page_url)
    return SiteMapTraversal(run) if run.plan.sitemap else NewsroomTraversal(run)


def get_session(crawler: Crawler) -> CrawlSession:
    """Return the session of a crawler's spider."""
    session = getattr(crawler.spider, "session", None)
    assert isinstance(session, CrawlSession)
    return session
