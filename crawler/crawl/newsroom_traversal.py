"""The traversal of a newsroom: its feed, its listing as far as needed, their releases, known releases."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from crawler.crawl.pagination import ListingWalk, feed_covers_listing, get_posting_key, make_control_url
from crawler.crawl.response import Target, make_target
from crawler.crawl.run import CrawlRun
from crawler.parsing import reader, urls
from crawler.sources import platform_detection
from storage.detection import siblings
from storage.models import Entry, Listing, Look, Role, Source, Verdict
from storage.models.known_articles import PostingKey
from storage.tables import postings, validators

MAX_FURTHER_PAGES = 10  # of a listing that one run reads to see where absent releases should stand
MAX_SIBLINGS = 2 * siblings.SIBLINGS_TO_COMPARE  # that one run requests


class NewsroomTraversal:
    """Requests feed and listing and the releases that they name; known releases after all new ones."""

    def __init__(self, run: CrawlRun) -> None:
        self._run = run
        self._walk: ListingWalk | None = None  # made once it is known what is stored
        self._looked_at: set[str] = set()  # new releases
        self._has_read_new = False
        self._listed: set[PostingKey] = set()  # by the lists
        self._feed: Listing | None = None
        self._is_list_skipped = False
        self._has_control = False
        self._siblings = 0
        self._next_page_url: str | None = None  # of the listing, where the walk did not go
        self._further_pages: set[str] = set()  # read beyond the walk

    @property
    def walk(self) -> ListingWalk:
        """Return the walk through the listing; it exists once the first targets were asked for."""
        assert self._walk is not None
        return self._walk

    def list_first_targets(self) -> Iterable[Target]:
        """Return the feed, or the listing where there is none; then the known releases to look at again."""
        run = self._run
        assert run.known is not None
        self._walk = ListingWalk(run.host, run.plan, run.known, run.config.max_pages)
        return (*self._list_front_target(), *self._list_known_releases())

    def follow_look(self, target: Target, look: Look) -> Iterator[Target]:
        """Yield what a look leads to: the releases of a list, its next page, a control beside an absence."""
        if target.is_known:
            yield from self._check_absence(look)
        elif look.role is Role.ARTICLE:
            self._looked_at.add(look.address.url)
            self._has_read_new |= look.verdict in {Verdict.LIVE, Verdict.UNCHANGED}
        elif look.role is Role.FEED:
            yield from self._follow_feed(look)
        elif look.role is Role.LISTING:
            yield from self._follow_listing(look)
        self.note_progress()

    def note_progress(self) -> None:
        """Tell the run how far this crawl has got."""
        is_complete = self.walk.is_complete and len(self._looked_at) >= len(self.walk.chosen_keys)
        self._run.note_progress(is_complete=is_complete, is_limited=self.walk.is_limited)

    def list_last_targets(self) -> Iterator[Target]:
        """Yield siblings of changed releases, to show whether the whole site changed, and further list pages.

        To be called again when these are answered: one of them may be gone itself, and of no use.
        """
        run = self._run
        if not run.is_over:
            self._check_listed()
        if run.is_over or run.id is None or run.plan.limit is not None:
            return
        yield from self._list_further_page(run.id)
        if self._siblings >= MAX_SIBLINGS:
            return
        for address in siblings.list_siblings_to_look_at(run.store, run.source.id, run.host, run.id):
            self._siblings += 1
            yield Target(Role.ARTICLE, address, address.url, is_known=True)

    def _check_listed(self) -> None:
        """Record a failure where no release that the lists name could ever be read: then nothing is well."""
        known = self.walk.known
        tried = self._looked_at or self._listed & known.waiting_keys
        if tried and not self._has_read_new and not self._listed & known.stored_keys:
            count = len(self._listed)
            named = f"none of the {count} releases" if count > 1 else "the only release"
            self._run.record_failure(f"{named} that the lists name could be read")

    def _list_further_page(self, run_id: int) -> Iterator[Target]:
        """Yield the listing's next page where many releases are absent and no page reaches down to them."""
        next_url = self._next_page_url
        if next_url is None or len(self._further_pages) >= MAX_FURTHER_PAGES:
            return
        if siblings.needs_further_page(self._run.store, run_id):
            self._next_page_url = None
            target = self._make_list_target(Role.LISTING, next_url)
            if target.address.url not in self._further_pages:  # pages may lead in a circle
                self._further_pages.add(target.address.url)
                yield target

    def list_articles(self, entries: Iterable[Entry]) -> Iterator[Target]:
        """Yield the releases among entries that this crawl wants."""
        entries = tuple(entries)
        self._listed.update(map(get_posting_key, entries))
        for entry in self.walk.select_entries(entries):
            yield Target(Role.ARTICLE, entry.address, entry.address.url)

    def _list_front_target(self) -> Iterator[Target]:
        source = self._run.source
        if not self._run.plan.reads_lists:
            return
        if source.feed_url:
            yield self._make_list_target(Role.FEED, source.feed_url)
        elif source.listing_url:
            yield self._make_list_target(Role.LISTING, source.listing_url)

    def _make_list_target(self, role: Role, url: str) -> Target:
        """Return the target of a list, conditional unless the plan is to walk through all its pages."""
        run, target = self._run, make_target(role, url)
        is_walk = run.plan.backfill or run.plan.since is not None or run.plan.sitemap
        if is_walk or target.address.url not in list_front_urls(run.source):
            return target
        previous = validators.find_previous_list(
            run.store.db, role, target.address.url, reader.current_listing_parsers(), run.clock()
        )
        return replace(target, previous=previous)

    def _list_known_releases(self) -> Iterator[Target]:
        """Yield the releases that the plan names, or all known ones, the longest not looked at first."""
        run = self._run
        addresses = run.plan.known_addresses
        if run.plan.look_again:
            addresses = tuple(postings.list_known_postings(run.store.db, run.source.id, run.host))
        addresses = addresses[: run.plan.limit]
        parsers = reader.current_article_parsers()
        previous = validators.find_previous_articles(run.store.db, addresses, parsers, run.clock())
        for each in addresses:
            yield Target(Role.ARTICLE, each, each.url, is_known=True, previous=previous.get(each.url))

    def _check_absence(self, look: Look) -> Iterator[Target]:
        """Yield a made-up address when a known release is absent: the answer there is the control."""
        if not look.verdict.is_absent or self._has_control:
            return
        self._has_control = True
        if self._is_list_skipped and self._run.source.listing_url:  # detection wants it beside an absence
            yield self._make_list_target(Role.LISTING, self._run.source.listing_url)
        yield make_target(Role.CONTROL, urls.parse_address(make_control_url(look.address)).url)

    def _follow_feed(self, look: Look) -> Iterator[Target]:
        walk, listing_url = self.walk, self._run.source.listing_url
        if look.listing:
            if fault := platform_detection.explain_foreign_items(look.listing, walk.site):
                self._run.record_failure(f"feed {look.address.url}: {fault}")
            yield from self.list_articles(look.listing.entries)
        self._feed = look.listing
        is_enough = not listing_url or self._is_feed_enough(look.listing)
        if listing_url and not is_enough and not walk.is_limited:
            yield self._make_list_target(Role.LISTING, listing_url)
            return
        self._is_list_skipped = is_enough and listing_url is not None
        if look.listing and is_enough:
            walk.mark_ended()
        yield from self._list_pending()

    def _is_feed_enough(self, feed: Listing | None) -> bool:
        """Return whether this crawl may leave the listing alone: its feed reaches down to what is known."""
        if not self._run.plan.feed_first or feed is None:
            return False
        is_foreign = bool(platform_detection.explain_foreign_items(feed, self.walk.site))
        return not is_foreign and self.walk.does_feed_join(feed)

    def _follow_listing(self, look: Look) -> Iterator[Target]:
        next_url = None
        self._next_page_url = look.listing.next_url if look.listing else None
        if look.address.url in self._further_pages:
            return  # read for its entries alone
        if look.listing:
            if look.address.url in list_front_urls(self._run.source):
                covers_listing = self._feed is not None and feed_covers_listing(self._feed, look.listing)
                self._run.note_feed_comparison(covers_listing=covers_listing)
            yield from self.list_articles(look.listing.entries)
            step = self.walk.follow_page(look.address.url, look.listing)
            if step.failure:
                self._run.record_failure(step.failure)
            next_url = step.next_url
            self._save_backfill_page(look, next_url)
        if next_url:
            yield self._make_list_target(Role.LISTING, next_url)
        else:
            yield from self._list_pending()

    def _list_pending(self) -> Iterator[Target]:
        for entry in self.walk.select_pending():
            yield Target(Role.ARTICLE, entry.address, entry.address.url)

    def _save_backfill_page(self, look: Look, next_url: str | None) -> None:
        """Save the page where a killed back-fill goes on; it is read again then, for entries move on."""
        if not self._run.plan.backfill or self.walk.is_limited:
            return
        if next_url and not self.walk.is_resuming:
            self._run.save_backfill_page(look.address.url)
        elif self.walk.has_ended:
            self._run.save_backfill_page(None)


def list_front_urls(source: Source) -> frozenset[str]:
    """Return the addresses of feed and first listing page.

    Further pages are always read in full: entries move from page to page.
    """
    return frozenset(urls.canonicalize_url(url) for url in (source.feed_url, source.listing_url) if url)
