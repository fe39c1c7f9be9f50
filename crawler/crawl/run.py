"""One crawl of one newsroom while it happens: its record, its failures, and at the end its outcome."""

import contextlib
import math
import os
import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from scrapy.crawler import Crawler

from crawler.clock import HostClocks
from crawler.config import PUBLIC_DELAY_S, Config
from crawler.crawl.pagination import CrawlPlan
from crawler.parsing import block_pages
from crawler.sources.hosts import get_source_site
from storage.db.processes import read_boot_id
from storage.db.timestamps import get_utc_now
from storage.models import Event, EventKind, Look, Role, RunState, Source, Verdict
from storage.models.quoting import format_error_line
from storage.store import PLANNED, KnownArticles, RunOutcome, Store, StoreError
from storage.tables import hosts, pending, quarantines
from storage.tables.hosts import CrawlOwner

MAX_UNANSWERED_REQUESTS = 5  # in a row; after these a run gives up

OnLook = Callable[[Look, list[Event]], None]
OnEvents = Callable[[list[Event]], None]  # called once, at the end, with what detection found


class CrawlRefusedError(Exception):
    """A crawl that must not begin; one line says why, and what to do about it."""


class HostBusyError(CrawlRefusedError):
    """Another crawl uses the host or its platform: nothing is wrong, and this one may begin later."""


@dataclass(frozen=True, slots=True)
class CrawlOutcome:
    """What came of one crawl."""

    source_id: str
    run_id: int | None  # None: the run has no record
    state: RunState
    complete: bool = False  # everything to be discovered was discovered, and everything wanted was looked at
    found: int = 0
    published: int = 0
    edited: int = 0
    requests: int = 0  # robots.txt and redirects included
    failures: tuple[str, ...] = ()  # one line each
    deferred: bool = False  # another crawl used the host: nothing was requested, and nothing is wrong
    has_own_errors: bool = False  # something of ours failed, so what the site showed may not be stored
    feed_covers_listing: bool | None = None  # whether the feed named what the listing did; None: not compared
    verdicts: Mapping[str, int] = field(default_factory=dict)  # looks by verdict, robots.txt included


class CrawlRun:
    """The state that the parts of one crawl share. Only its own methods change it.

    `id` is set once the record is open, `known` once the host's lease is held.
    """

    def __init__(
        self,
        source: Source,
        plan: CrawlPlan,
        store: Store,
        config: Config,
        *,
        clock: Callable[[], datetime] = get_utc_now,
        on_look: OnLook | None = None,
        on_events: OnEvents | None = None,
        owns_store: bool = False,
        witnesses: HostClocks | None = None,
        max_wait_s: float = math.inf,
        list_interval: timedelta = PLANNED,
    ) -> None:
        self.source = source
        self.plan = plan
        self.store = store
        self.config = config
        self.clock = clock
        self.host_clocks = witnesses or HostClocks()  # shared by all runs of a process where it is given
        self.list_interval = list_interval  # planned between looks at a list; twice that is recorded as a gap
        self.max_wait_s = max_wait_s  # between two requests: a host that wants more ends the run
        self.host = get_source_site(source)  # the site: its other names lead to the same servers
        self.owner = CrawlOwner(os.getpid(), read_boot_id(), secrets.token_hex(8))
        self._on_look = on_look
        self._on_events = on_events
        self._owns_store = owns_store
        self._id: int | None = None
        self._known: KnownArticles | None = None
        self._outcome: CrawlOutcome | None = None
        self._is_over = False
        self._is_interrupted = False
        self._is_deferred = False
        self._has_answered = False
        self._has_refused = False
        self._has_own_errors = False
        self._is_walk_complete = False
        self._is_limited = False
        self._feed_covers_listing: bool | None = None
        self._refused_urls: set[str] = set()
        self._requests = 0
        self._unanswered = 0  # in a row
        self._failures: list[str] = []
        self._events: Counter[EventKind] = Counter()
        self._verdicts: Counter[str] = Counter()

    @property
    def id(self) -> int | None:
        """Return the id of the run's record; None where it has none."""
        return self._id

    @property
    def known(self) -> KnownArticles | None:
        """Return what was known of the newsroom when the lease was taken; None before."""
        return self._known

    @property
    def is_over(self) -> bool:
        """Return whether the run sends no more requests."""
        return self._is_over

    @property
    def has_answered(self) -> bool:
        """Return whether the host showed us any page but robots.txt."""
        return self._has_answered

    @property
    def has_refused(self) -> bool:
        """Return whether the host turned us away."""
        return self._has_refused

    @property
    def refused_urls(self) -> frozenset[str]:
        """Return the addresses that the host refuses us while it shows us others."""
        return frozenset(self._refused_urls)

    @property
    def outcome(self) -> CrawlOutcome:
        """Return what came of the run; final once the record is closed."""
        return self._outcome or self._build_outcome()

    def check_permission(self) -> None:
        """Raise CrawlRefusedError unless this crawl may begin."""
        if not (self.source.feed_url or self.source.listing_url):
            raise CrawlRefusedError(f"{self.source.id}: has neither a feed nor a listing")
        if cooling := hosts.find_cool_down(self.store.db, self.host, self.clock()):
            raise CrawlRefusedError(
                f"{self.host}: left alone until {cooling.until:%Y-%m-%d %H:%M} UTC ({cooling.reason})"
            )
        if self.source.private:
            return
        if self.config.contact is None:
            raise CrawlRefusedError(
                f"{self.source.id}: {self.host} is a public host: say who you are first, "
                'contact = "you@example.org" in milwire.toml or MILWIRE_CONTACT'
            )
        if self.config.delay_s < PUBLIC_DELAY_S:
            raise CrawlRefusedError(
                f"{self.source.id}: delay = {self.config.delay_s:g} is for private hosts; "
                f"{self.host} is public: at least {PUBLIC_DELAY_S:g}"
            )

    def open_record(self) -> None:
        """Start the record of this run, unless its plan is to record nothing."""
        if self.plan.is_recorded:
            self._id = self.store.start_run(self.source.id, self.plan.kind, self.clock())

    def load_known_articles(self) -> None:
        """Load what is known of the newsroom; to be called once the lease of its host is held."""
        self._known = pending.load_known_articles(self.store.db, self.source.id, self.host, self.clock())

    def record_failure(self, line: str) -> None:
        """Put one line on the run's record at once, so that it survives a kill; no line twice."""
        if line in self._failures:
            return
        self._failures.append(line)
        if self._id is not None:
            with contextlib.suppress(StoreError):  # it is in the outcome, and is saved again at the end
                self.store.record_run_failure(self._id, line)

    def record_own_error(self, line: str) -> None:
        """Record an error of our own; the run goes on, and counts as incomplete."""
        self._has_own_errors = True
        self.record_failure(line)

    def refuse_run(self, line: str) -> None:
        """Record why this crawl may not begin or go on, and send no more requests."""
        self.stop_requests()
        self.record_own_error(line)

    def defer_run(self, line: str) -> None:
        """Record that another crawl uses the host, and send nothing."""
        self._is_deferred = True
        self.interrupt_run()
        self.record_failure(line)

    def stop_requests(self) -> None:
        """Send no more requests."""
        self._is_over = True

    def interrupt_run(self) -> None:
        """Send no more requests because somebody wants the run to end."""
        self._is_over = self._is_interrupted = True

    def count_request(self) -> None:
        """Count one request that is about to be sent."""
        self._requests += 1

    def note_answer(self) -> None:
        """Note that the host showed us a page."""
        self._has_answered = True

    def note_refusal(self) -> None:
        """Note that the host turned us away."""
        self._has_refused = True

    def add_refused_url(self, url: str) -> None:
        """Note that the host refuses us this address while it shows us others."""
        self._refused_urls.add(url)

    def note_feed_comparison(self, *, covers_listing: bool) -> None:
        """Note whether the feed named every release of the first listing page that it reaches down to."""
        self._feed_covers_listing = covers_listing

    def note_progress(self, *, is_complete: bool, is_limited: bool) -> None:
        """Note whether everything wanted has been looked at, and whether the limit cut that short."""
        self._is_walk_complete, self._is_limited = is_complete, is_limited

    def save_backfill_page(self, url: str | None) -> None:
        """Save the listing page where a killed back-fill goes on; None when it has come to its end."""
        self.store.save_backfill_page(self.source.id, url)

    def save_look(self, look: Look) -> None:
        """Save a look; where that fails the run is over, for nothing more can be stored."""
        events: list[Event] = []
        look = replace(look, is_refused_alone=self._is_refused_alone(look))
        if self.plan.is_recorded:
            try:
                events = self.store.save_look(look, self.list_interval if look.role.is_list else PLANNED)
            except StoreError as error:
                self.refuse_run(str(error))
                return
        self._events.update(event.kind for event in events)
        self._verdicts[str(look.verdict)] += 1
        if self._on_look:
            self._on_look(look, events)

    def _is_refused_alone(self, look: Look) -> bool:
        """Return whether a release's address is refused while the host shows us others.

        A challenge is meant for us, whatever address it stands at, and a refused list says more than one
        address could.
        """
        if look.role is not Role.ARTICLE or look.verdict is not Verdict.BLOCKED or look.page is None:
            return False
        return look.address.url in self._refused_urls and not block_pages.is_challenge(look.page)

    def stop_after_trouble(self, look: Look) -> None:
        """Stop where the host refused us with this look, or has not answered several times in a row."""
        if look.verdict.is_refusal and look.address.url not in self._refused_urls:
            self.stop_requests()
        self._unanswered = self._unanswered + 1 if look.verdict.is_trouble else 0
        if self._unanswered >= MAX_UNANSWERED_REQUESTS and not self._is_over:
            self.record_failure(
                f"{self.host}: {MAX_UNANSWERED_REQUESTS} requests in a row got no answer: gave up"
            )
            self.stop_requests()

    def close_record(self) -> None:
        """Detect what changed, end the record and build the outcome; no error keeps it from being built."""
        try:
            self._detect_changes()
        except Exception as error:  # the record is closed all the same
            self.record_own_error(format_error_line(error))
        self._outcome = self._build_outcome()
        try:
            self._save_outcome(self._outcome)
        except Exception as error:  # Scrapy would only log it
            self.record_failure(format_error_line(error))
            self._outcome = self._build_outcome()
        if self._owns_store:
            self.store.close()

    def _detect_changes(self) -> None:
        """Let the store detect what changed; a run that never held its host's lease has looked at nothing."""
        if self._id is None or self._known is None:
            return
        events = self.store.detect_changes(self.source.id, self.config.removal)
        self._events.update(event.kind for event in events)
        if self._on_events:
            self._on_events(events)
        if reason := quarantines.describe_quarantine(self.store.db, self.source.id):
            self.record_failure(f"{reason}; its changes are not reported until you run `milwire reparse`")

    def _save_outcome(self, outcome: CrawlOutcome) -> None:
        """Save how the run ended, and fold the newsroom's old runs; if that fails, the next run does it."""
        if outcome.run_id is None:
            return
        self.store.finish_run(outcome.run_id, _make_run_outcome(outcome))
        with contextlib.suppress(StoreError):
            self.store.fold_runs(self.source.id, self.clock() - timedelta(seconds=self.config.keep_runs_s))

    def _build_outcome(self) -> CrawlOutcome:
        return CrawlOutcome(
            source_id=self.source.id,
            run_id=self._id,
            state=self._get_state(),
            complete=self._is_walk_complete and not self._is_interrupted and not self._has_own_errors,
            found=self._events[EventKind.FOUND],
            published=self._events[EventKind.PUBLISHED],
            edited=self._events[EventKind.EDITED],
            requests=self._requests,
            failures=tuple(self._failures),
            deferred=self._is_deferred,
            has_own_errors=self._has_own_errors,
            feed_covers_listing=self._feed_covers_listing,
            verdicts=dict(self._verdicts),
        )

    def _get_state(self) -> RunState:
        if self._is_interrupted:
            return RunState.INTERRUPTED
        if self._failures:
            return RunState.FAILED
        return RunState.LIMITED if self._is_limited else RunState.OK


def _make_run_outcome(outcome: CrawlOutcome) -> RunOutcome:
    return RunOutcome(
        complete=outcome.complete,
        found=outcome.found,
        published=outcome.published,
        edited=outcome.edited,
        requests=outcome.requests,
        failures=outcome.failures,
        state=outcome.state,
        verdicts=outcome.verdicts,
    )


def get_run(crawler: Crawler) -> CrawlRun:
    """Return the run that a crawler carries out."""
    run = getattr(crawler.spider, "run", None)
    assert isinstance(run, CrawlRun)
    return run
