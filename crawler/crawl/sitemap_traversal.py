"""The traversal of a back-fill by site map: the newsroom, then what its map names and is not stored."""

from collections.abc import Iterable, Iterator

from crawler.crawl.newsroom_traversal import NewsroomTraversal
from crawler.crawl.response import Target, format_failed_look, make_target
from crawler.crawl.run import CrawlRun
from crawler.parsing import sitemaps, urls
from crawler.sources import sections, verification
from storage.models import Address, Entry, Listing, Look, Role, Verdict
from storage.tables import hosts

MAX_MAPS = 200  # files of one site map


class SiteMapTraversal:
    """Requests what a newsroom traversal does, then the files of the site map and their releases.

    A site map names all sections of a site; a release belongs to the newsroom when its address has the same
    path before the number as those that the newsroom's own listing and feed show.
    """

    def __init__(self, run: CrawlRun) -> None:
        self._run = run
        self._newsroom = NewsroomTraversal(run)
        self._queue: sitemaps.SiteMapQueue | None = None
        self._sections: frozenset[str] = frozenset()  # paths before the number
        self._files_read = 0

    def list_first_targets(self) -> Iterable[Target]:
        """Return what the newsroom traversal does."""
        return self._newsroom.list_first_targets()

    def list_last_targets(self) -> Iterable[Target]:
        """Return what the newsroom traversal does."""
        return self._newsroom.list_last_targets()

    def follow_look(self, target: Target, look: Look) -> Iterator[Target]:
        """Yield what a look leads to; once feed and listing are read, the first file of the site map."""
        if look.role is Role.SITEMAP:
            yield from self._follow_site_map(look)
            return
        if look.role.is_list:
            self._learn_sections(look.listing)
        leads_on = False
        for each in self._newsroom.follow_look(target, look):
            leads_on = leads_on or each.role is Role.LISTING
            yield each
        is_last = look.role is Role.LISTING or (look.role is Role.FEED and not self._run.source.listing_url)
        if is_last and not leads_on:
            yield from self._start_site_map()

    def _start_site_map(self) -> Iterator[Target]:
        home = verification.get_home_url(self._run.source)
        copy = hosts.find_robots(self._run.store.db, urls.find_host(home))
        self._queue = sitemaps.SiteMapQueue(
            sitemaps.find_sitemap_urls(copy.text if copy else "", home), MAX_MAPS
        )
        yield from self._list_next_file(self._queue)

    def _follow_site_map(self, look: Look) -> Iterator[Target]:
        queue = self._queue
        assert queue is not None
        if look.verdict is Verdict.LIVE and look.page is not None:
            self._files_read += 1
            releases = self._select_own(queue.read_file(look.address.url, look.page))
            yield from self._newsroom.list_articles(Entry(each, "") for each in releases)
        elif look.verdict is not Verdict.GONE:  # a 404 says that the map is elsewhere, if there is one
            queue.problems.append(format_failed_look(look))
        yield from self._list_next_file(queue)
        self._newsroom.note_progress()

    def _list_next_file(self, queue: sitemaps.SiteMapQueue) -> Iterator[Target]:
        is_limited = self._newsroom.walk.is_limited
        url = None if is_limited else queue.take_next_url()
        if url:
            yield make_target(Role.SITEMAP, url)
            return
        for problem in queue.problems:
            self._run.record_failure(problem)
        if not self._files_read:
            self._run.record_failure(f"no site map at {' or '.join(queue.requested_urls)}")
        elif not is_limited and not self._select_own(queue.pages.values()):
            self._run.record_failure(
                f"site map: none of its {len(queue.pages)} pages is a release of this newsroom"
            )

    def _select_own(self, pages: Iterable[Address]) -> list[Address]:
        return [each for each in pages if sections.get_section_path(each) in self._sections]

    def _learn_sections(self, listing: Listing | None) -> None:
        """Learn from a listing or a feed under which paths the releases of this newsroom are."""
        entries = listing.entries if listing else ()
        own = [entry.address for entry in entries if entry.address.site == self._newsroom.walk.site]
        self._sections |= {section for section in map(sections.get_section_path, own) if section}
