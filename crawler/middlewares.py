"""Downloader middlewares that every request passes: robots.txt first, then the gate of its host."""

from dataclasses import replace
from http import HTTPStatus

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError
from scrapy.http import Response

from crawler import clock
from crawler.crawl import download_errors, redirects
from crawler.crawl.download_errors import (
    PrivateAddressError,
    RobotsDeniedError,
    RobotsUnknownError,
    RunStoppedError,
)
from crawler.crawl.response import (
    RECEIVED_HEADERS_KEY,
    TARGET_KEY,
    WHOLE_STREAM_KEY,
    Target,
    breaks_off,
    build_page,
    decode_headers,
    is_whole_stream,
    make_target,
)
from crawler.crawl.run import CrawlRun, get_run
from crawler.parsing import block_pages, robots, urls
from crawler.politeness import backoff, resolver
from crawler.politeness.gate import get_gate
from storage.models import Look, Page, Role, Verdict
from storage.tables import hosts

GATE_HOST = "milwire_gate"  # request.meta: the host whose gate this request has taken


class RobotsMiddleware:
    """Lets a request through when the host's robots.txt allows it; fetches that file itself, once a day."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._rules: dict[str, robots.RobotsRules] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RobotsMiddleware":
        """Return the middleware of a crawler; its run exists once its spider does."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raise RobotsDeniedError or RobotsUnknownError where robots.txt disallows it or is unknown."""
        if request.meta[TARGET_KEY].role is Role.ROBOTS:
            return
        run = get_run(self.crawler)
        if run.is_over:
            raise RunStoppedError(f"{request.url}: the run is over")
        host = urls.find_host(request.url)
        if host not in self._rules:
            self._rules[host] = await self._find_rules(
                run, host, urls.resolve_url("/robots.txt", request.url)
            )
            get_gate(self.crawler).slow_down(urls.find_site(request.url), self._rules[host].delay_s)
        rules = self._rules[host]
        if not rules.known:
            raise RobotsUnknownError(f"robots.txt of {host} is unknown ({rules.reason}): nothing was fetched")
        if not rules.allows_url(request.url):
            raise RobotsDeniedError(f"robots.txt of {host} disallows it")

    async def _find_rules(self, run: CrawlRun, host: str, url: str) -> robots.RobotsRules:
        copy = hosts.find_robots(run.store.db, host)
        if copy and robots.is_fresh_copy(copy.fetched_at, run.clock()):
            return robots.RobotsRules(copy.text)
        look = await self._look_at_robots(run, url)
        answer = robots.RobotsStatus.UNKNOWN if look.is_damaged else robots.classify_answer(look.page)
        if answer is not robots.RobotsStatus.UNKNOWN and look.page:
            text = robots.decode_rules(look.page) if answer is robots.RobotsStatus.RULES else ""
            copy = hosts.RobotsCopy(run.clock(), look.page.status, text, answer.value)
            with run.store.writing() as db:
                hosts.save_robots(db, host, copy)
            return robots.RobotsRules(text)
        is_usable = copy is not None and robots.is_usable_copy(copy.fetched_at, run.clock())
        if copy and is_usable and look.verdict is not Verdict.THROTTLED:
            return robots.RobotsRules(copy.text)
        backoff.back_off(run, look)
        return robots.RobotsRules(known=False, reason=look.reason)

    async def _look_at_robots(self, run: CrawlRun, url: str) -> Look:
        target = make_target(Role.ROBOTS, url)
        page: Page | None = None
        verdict, reason, is_torn = Verdict.UNREACHABLE, "", False
        try:
            page, is_torn = await self._fetch_robots(target)
            verdict, reason = robots.judge_robots(page)
            if is_torn:
                verdict, reason = Verdict.UNREADABLE, "robots.txt: the answer broke off"
        except download_errors.EXPECTED_ERRORS as problem:
            if isinstance(problem, RunStoppedError):
                raise
            verdict, reason = download_errors.explain_error(problem)
        look = Look(
            Role.ROBOTS, target.address, run.clock(), verdict, run.source.id, run.id, page, reason=reason
        )
        look = replace(look, is_damaged=is_torn)
        await self.crawler.engine.scraper.start_itemproc_async(look, response=None)
        return look

    async def _fetch_robots(self, target: Target) -> tuple[Page, bool]:
        """Return the answer to a request for robots.txt, and whether it is a file that breaks off.

        Redirects within the site are followed. Rules may stand behind the break, so half a file is none; that
        there is no file is said by the status alone.
        """
        url = target.url
        for hops in range(redirects.MAX_HOPS + 1):
            request = Request(url, meta={TARGET_KEY: target}, dont_filter=True)
            response = await self.crawler.engine.download_async(request)
            page = build_page(response)
            hop = redirects.find_redirect(page, hops)
            if hop is None or hop.refusal_reason or hop.url is None:
                break
            url = hop.url
        return page, page.status == HTTPStatus.OK and breaks_off(response, page)


class GateMiddleware:
    """Holds the host's gate while a request is under way.

    It is the nearest to the network, so that it can keep the headers as they came: decompression removes
    Content-Encoding.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "GateMiddleware":
        """Return the middleware of a crawler; its gate exists once its spider does."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Wait for the gate of the host's site. Raises RunStoppedError when the run ends before that."""
        host = urls.find_site(request.url)
        await get_gate(self.crawler).enter_host(host)
        request.meta[GATE_HOST] = host

    def process_response(self, request: Request, response: Response) -> Response:
        """Open the gate. A refusal ends the run at once, before the answer is read."""
        self._leave_gate(request)
        run, target = get_run(self.crawler), request.meta[TARGET_KEY]
        request.meta[RECEIVED_HEADERS_KEY] = headers = decode_headers(response)
        request.meta[WHOLE_STREAM_KEY] = is_whole_stream(response)
        self._check_clocks(run, request)
        if target.role is not Role.ROBOTS and block_pages.identify_refusal_headers(headers):
            run.stop_requests()
        elif target.role is not Role.ROBOTS and response.status in block_pages.REFUSAL_STATUSES:
            if backoff.is_single_refusal(run, target, response.status):
                run.add_refused_url(target.address.url)
            else:
                run.stop_requests()
        return response

    def _check_clocks(self, run: CrawlRun, request: Request) -> None:
        """Raise RunStoppedError, before anything is saved, where our clock and the host's are days apart."""
        theirs, ours = clock.find_answer_time(request.meta[RECEIVED_HEADERS_KEY]), run.clock()
        host = urls.find_site(request.url)
        if theirs and run.host_clocks.is_ours_wrong(host, theirs, ours):
            run.refuse_run(
                f"the clock here says {ours:%Y-%m-%d %H:%M} UTC, that of {host} {theirs:%Y-%m-%d %H:%M}:"
                " nothing is saved until they agree; set the clock"
            )
            raise RunStoppedError(f"{request.url}: the clocks do not agree")

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Open the gate. Raises PrivateAddressError where the host's name led into a private network."""
        self._leave_gate(request)
        if isinstance(exception, CannotResolveHostError):
            host = urls.find_host(request.url)
            from twisted.internet import reactor  # importing it earlier would install the wrong one

            if literal := resolver.install_resolver(reactor).find_refused_address(host):
                raise PrivateAddressError(f"{host} leads to the private address {literal}") from exception

    def _leave_gate(self, request: Request) -> None:
        if host := request.meta.pop(GATE_HOST, None):
            get_gate(self.crawler).leave_host(host)
