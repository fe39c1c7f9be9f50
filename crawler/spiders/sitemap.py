"""A back-fill by the site map: a crawl as always, then what the map names of its section and nobody has."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from scrapy import Request

from crawler.crawl.response import ASK, Ask
from crawler.parsing import sitemaps, urls, verdicts
from crawler.parsing.html import ParseError
from crawler.sources import sections, verification
from crawler.spiders.newsroom import NewsroomSpider, Output, line
from storage.models import Address, Entry, Listing, Look, Page, Role, Verdict
from storage.tables import hosts

MAX_MAPS = 200  # files of one site map


class SiteMapSpider(NewsroomSpider):
    """Walks a newsroom, then its site map.

    A site map names all sections of a site; a release belongs to the newsroom when its address has the same
    path before the number as those that the newsroom's own list and feed show.
    """

    name = "sitemap"
    tour: sitemaps.Tour | None = None
    shelves: frozenset[str] = frozenset()
    read = 0  # files that were one

    def _judged(self, look: Look, page: Page, ask: Ask) -> Look:
        if ask.role is not Role.SITEMAP:
            return super()._judged(look, page, ask)
        problem = ""
        try:
            sitemaps.read(page)
        except ParseError as error:
            problem = str(error)
        verdict, reason = verdicts.verdict(page, None, look.address, problem, role=Role.SITEMAP)
        if verdict is Verdict.UNREADABLE and not problem:
            verdict, reason = Verdict.LIVE, ""
        return replace(look, page=page, verdict=verdict, reason=reason)

    def _after_feed(self, look: Look) -> Output:
        self._remember(look.listing)
        yield from super()._after_feed(look)
        if not self.run.source.listing_url:
            yield from self._begin_maps()

    def _after_listing(self, look: Look) -> Output:
        if look.role is Role.SITEMAP:
            yield from self._after_map(look)
            return
        self._remember(look.listing)
        goes_on = False
        for each in super()._after_listing(look):
            goes_on = goes_on or (isinstance(each, Request) and each.meta[ASK].role is Role.LISTING)
            yield each
        if not goes_on:
            yield from self._begin_maps()

    def _after_map(self, look: Look) -> Output:
        tour = self.tour
        assert tour is not None
        if look.verdict is Verdict.LIVE and look.page is not None:
            self.read += 1
            wanted = self._ours(tour.take(look.address.url, look.page))
            yield from self._articles(self._walk().take(Entry(each, "") for each in wanted))
        elif look.verdict is not Verdict.GONE:
            tour.problems.append(line(look))
        yield from self._next_map()

    def _begin_maps(self) -> Iterator[Request]:
        home = verification.home(self.run.source)
        copy = hosts.robots(self.run.store, urls.host(home))
        self.tour = sitemaps.Tour(sitemaps.places(copy.text if copy else "", home), MAX_MAPS)
        yield from self._next_map()

    def _next_map(self) -> Iterator[Request]:
        assert self.tour is not None
        url = None if self._walk().limited else self.tour.next_url()
        if url:
            yield self._request(Ask(Role.SITEMAP, urls.address(url)), url)
            return
        for problem in self.tour.problems:
            self.run.fail(problem)
        if not self.read:
            self.run.fail(f"no site map at {' or '.join(self.tour.asked)}")
        elif not self._walk().limited and not self._ours(self.tour.pages.values()):
            self.run.fail(f"site map: none of its {len(self.tour.pages)} pages is a release of this newsroom")

    def _ours(self, pages: Iterable[Address]) -> list[Address]:
        return [each for each in pages if sections.shelf(each) in self.shelves]

    def _remember(self, listing: Listing | None) -> None:
        """Learn from a list or a feed where the releases of this newsroom lie."""
        entries = listing.entries if listing else ()
        own = [each.address for each in entries if each.address.site == self._walk().site]
        self.shelves |= {shelf for shelf in map(sections.shelf, own) if shelf}

    def _request(self, ask: Ask, url: str) -> Request:
        if ask.role is not Role.SITEMAP:
            return super()._request(ask, url)
        request = super()._request(replace(ask, role=Role.LISTING), url)
        request.meta[ASK] = ask
        return request
