"""What every request passes on its way out, in this order: robots.txt, then the gate of its host."""

from urllib.parse import urljoin

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError
from scrapy.http import Response

from crawler import clock
from crawler.crawl import download_errors, redirects
from crawler.crawl import response as looks
from crawler.crawl.download_errors import PrivateAddress, RobotsDenied, RobotsUnknown, Stopped
from crawler.crawl.response import ASK, RECEIVED, Ask
from crawler.crawl.run import Run, run_of
from crawler.parsing import robots, urls, verdicts
from crawler.politeness import backoff, resolver
from crawler.politeness.gate import gate_of
from storage.models import Look, Page, Role, Verdict
from storage.tables import hosts

REFUSING = frozenset(status for status, verdict in verdicts.BY_STATUS.items() if verdict.is_refusal)
HELD = "milwire_gate"  # request.meta: the host whose gate this request holds


class RobotsMiddleware:
    """Lets a request through when the host's robots.txt does; fetches that file itself, once a day."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._rules: dict[str, robots.Rules] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RobotsMiddleware":
        """Compose; the run is there once the spider is."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raise RobotsDenied unless the host allows this address; RobotsUnknown where nobody can tell."""
        if request.meta[ASK].role is Role.ROBOTS:
            return
        run = run_of(self.crawler)
        if run.over:
            raise Stopped(f"{request.url}: the run is over")
        host = urls.host(request.url)
        if host not in self._rules:
            self._rules[host] = await self._ask(run, host, urljoin(request.url, "/robots.txt"))
            gate_of(self.crawler).slow_down(urls.site(request.url), self._rules[host].delay_s)
        rules = self._rules[host]
        if not rules.known:
            raise RobotsUnknown(f"robots.txt of {host} is unknown ({rules.reason}): nothing was fetched")
        if not rules.allows(request.url):
            raise RobotsDenied(f"robots.txt of {host} disallows it")

    async def _ask(self, run: Run, host: str, url: str) -> robots.Rules:
        copy = hosts.robots(run.store, host)
        if copy and robots.is_fresh(copy.fetched_at, run.clock()):
            return robots.Rules(copy.text)
        look = await self._look(run, url)
        answer = robots.judge(look.page)
        if answer is not robots.Answer.UNKNOWN and look.page:
            text = robots.text(look.page) if answer is robots.Answer.RULES else ""
            hosts.save_robots(
                run.store, host, hosts.RobotsCopy(run.clock(), look.page.status, text, answer.value)
            )
            return robots.Rules(text)
        if look.verdict is not Verdict.THROTTLED and copy and robots.stands_in(copy.fetched_at, run.clock()):
            return robots.Rules(copy.text)
        backoff.heed(run, look)
        return robots.Rules(known=False, reason=look.reason)

    async def _look(self, run: Run, url: str) -> Look:
        ask = Ask(Role.ROBOTS, urls.address(url))
        page: Page | None = None
        verdict, reason = Verdict.UNREACHABLE, ""
        try:
            page = await self._fetch(url, ask)
            verdict, reason = robots.verdict(page)
        except download_errors.EXPECTED as problem:
            if isinstance(problem, Stopped):
                raise
            verdict, reason = download_errors.explain(problem)
        look = Look(
            Role.ROBOTS, ask.address, run.clock(), verdict, run.source.id, run.id, page, reason=reason
        )
        await self.crawler.engine.scraper.start_itemproc_async(look, response=None)
        return look

    async def _fetch(self, url: str, ask: Ask) -> Page:
        """Return the answer to a request for robots.txt, redirects within the site followed."""
        for hops in range(redirects.MAX_HOPS + 1):
            request = Request(url, meta={ASK: ask}, dont_filter=True)
            page = looks.page_of(await self.crawler.engine.download_async(request))
            hop = redirects.hop(page, hops)
            if hop is None or hop.refused or hop.url is None:
                break
            url = hop.url
        return page


class GateMiddleware:
    """Holds the host's gate while a request is on the wire.

    It sees an answer first, and keeps the headers as they came: decompression takes Content-Encoding away.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "GateMiddleware":
        """Compose; the gate is there once the spider is."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Wait for the gate of the host's site; Stopped when the run ends before that."""
        host = urls.site(request.url)
        await gate_of(self.crawler).enter(host)
        request.meta[HELD] = host

    def process_response(self, request: Request, response: Response) -> Response:
        """Open the gate; after a refusal nothing goes through it any more, even before it is read."""
        self._leave(request)
        run, ask = run_of(self.crawler), request.meta[ASK]
        request.meta[RECEIVED] = looks.headers_of(response)
        self._hear(run, request)
        if response.status in REFUSING and ask.role is not Role.ROBOTS:
            if backoff.is_alone(run, ask, response.status):
                run.alone.add(ask.address.url)
            else:
                run.stop()
        return response

    def _hear(self, run: Run, request: Request) -> None:
        """Raise Stopped, before anything is kept, where our clock is days off by that of the host."""
        theirs, ours = clock.answered_at(request.meta[RECEIVED]), run.clock()
        host = urls.site(request.url)
        if theirs and run.witnesses.deny(host, theirs, ours):
            run.refuse(
                f"the clock here says {ours:%Y-%m-%d %H:%M} UTC, that of {host} {theirs:%Y-%m-%d %H:%M}:"
                " nothing is kept before they agree; set the clock"
            )
            raise Stopped(f"{request.url}: the clocks do not agree")

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Open the gate; say so where the host's name led into a private network."""
        self._leave(request)
        if isinstance(exception, CannotResolveHostError):
            host = urls.host(request.url)
            from twisted.internet import reactor  # importing it earlier would install the wrong one

            if literal := resolver.installed(reactor).refusal(host):
                raise PrivateAddress(f"{host} leads to the private address {literal}") from exception

    def _leave(self, request: Request) -> None:
        if host := request.meta.pop(HELD, None):
            gate_of(self.crawler).leave(host)
