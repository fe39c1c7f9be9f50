"""One crawl of one host while it happens: what it was told to do, what went wrong, what came of it."""

import contextlib
import math
import os
import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from scrapy.crawler import Crawler

from crawler.clock import Witnesses
from crawler.config import PUBLIC_DELAY_S, Config
from crawler.crawl.pagination import Plan
from crawler.parsing import urls
from storage.db.processes import boot_id
from storage.models import Event, EventKind, Look, Source
from storage.store import PLANNED, Known, RunOutcome, Store, StoreError
from storage.tables import hosts
from storage.tables.hosts import Owner

GIVE_UP_AFTER = 5  # requests in a row that brought no answer

OnLook = Callable[[Look, list[Event]], None]
OnJudged = Callable[[list[Event]], None]  # once, at the end: what the run's looks became


class CrawlRefusedError(Exception):
    """A crawl that must not begin; one line says why, and what to do about it."""


class HostBusyError(CrawlRefusedError):
    """Others are at work at the host or its platform: nothing is wrong, and it may begin later."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What came of one crawl."""

    source_id: str
    run_id: int | None  # None: never begun
    state: str  # ok, failed, interrupted, limited
    complete: bool = False
    found: int = 0
    published: int = 0
    edited: int = 0
    requests: int = 0
    failures: tuple[str, ...] = ()
    deferred: bool = False  # others were at work: nothing was asked, and nothing is known to be wrong
    verdicts: Mapping[str, int] = field(default_factory=dict)  # what its looks told, robots.txt included


def utcnow() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


class Run:
    """The state that the parts of one crawl share; `id` and `known` are there once it is open."""

    def __init__(
        self,
        source: Source,
        plan: Plan,
        store: Store,
        config: Config,
        *,
        clock: Callable[[], datetime] = utcnow,
        on_look: OnLook | None = None,
        on_judged: OnJudged | None = None,
        owns_store: bool = False,
        witnesses: Witnesses | None = None,
        longest_wait_s: float = math.inf,
        lists_apart: timedelta = PLANNED,
    ) -> None:
        self.source = source
        self.plan = plan
        self.store = store
        self.config = config
        self.clock = clock
        self.witnesses = witnesses or Witnesses()  # of all runs of a process, where they are given
        self.lists_apart = lists_apart  # looks at a list, as planned: a gap of twice that is kept as one
        self.longest_wait_s = longest_wait_s  # between two requests: a host that wants more ends the run
        self.host = site(source)  # what is protected is the site: its other names lead to the same servers
        self.owner = Owner(os.getpid(), boot_id(), secrets.token_hex(8))
        self.id: int | None = None
        self.known: Known | None = None
        self.over = False  # no request is sent any more
        self.interrupted = False
        self.deferred = False
        self.answered = False  # the host let us look at something
        self.refused = False  # it turned us away
        self.alone: set[str] = set()  # addresses that it refuses us, and them alone
        self.flawed = False  # something of ours failed: what was met may not count as known
        self.feed_tells_all: bool | None = None  # as the listing beside it showed; None: that was not read
        self.walked = False  # everything that was to be discovered and fetched was looked at
        self.limited = False
        self.requests = 0
        self.failures: list[str] = []
        self._on_look = on_look
        self._on_judged = on_judged
        self._owns_store = owns_store
        self._counts: Counter[EventKind] = Counter()
        self._verdicts: Counter[str] = Counter()
        self._silent = 0

    def check(self) -> None:
        """Raise CrawlRefusedError unless this crawl may begin at all."""
        if not (self.source.feed_url or self.source.listing_url):
            raise CrawlRefusedError(f"{self.source.id}: has neither a feed nor a listing")
        if cooling := hosts.cooling(self.store, self.host, self.clock()):
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

    def open(self) -> None:
        """Begin the record of this run."""
        kind = "backfill" if self.plan.backfill else "since" if self.plan.since else "crawl"
        kind = "sitemap" if self.plan.sitemap else kind if self.plan.lists else "looks"
        self.id = self.store.start_run(self.source.id, kind, self.clock())

    def fail(self, line: str) -> None:
        """Put one line on the run's record, at once, so that it survives a kill; no line twice."""
        if line in self.failures:
            return
        self.failures.append(line)
        if self.id is not None:
            with contextlib.suppress(StoreError):  # it is still in the result, and tried again at the end
                self.store.fail_run_note(self.id, line)

    def spoil(self, line: str) -> None:
        """Note an error of our own; the run goes on, and counts as incomplete."""
        self.flawed = True
        self.fail(line)

    def refuse(self, line: str) -> None:
        """Note why this crawl may not begin, or go on, and send nothing any more."""
        self.stop()
        self.spoil(line)

    def defer(self, line: str) -> None:
        """Note that others are at work, and send nothing."""
        self.deferred = True
        self.interrupt()
        self.fail(line)

    def keep_place(self, url: str | None) -> None:
        """Remember where a back-fill goes on after a kill; None when it came to its end."""
        self.store.set_backfill(self.source.id, url)

    def stop(self) -> None:
        """Send no request any more."""
        self.over = True

    def interrupt(self) -> None:
        """Send no request any more because somebody wants us to end."""
        self.over = self.interrupted = True

    def save(self, look: Look) -> None:
        """Hand a look to the store; when that fails the run is over, for nothing more can be kept."""
        try:
            events = self.store.save(look, self.lists_apart if look.role.is_list else PLANNED)
        except StoreError as error:
            self.refuse(str(error))
            return
        self._counts.update(event.kind for event in events)
        self._verdicts[str(look.verdict)] += 1
        if self._on_look:
            self._on_look(look, events)

    def heed(self, look: Look) -> None:
        """Stop where the host refuses us, or has not answered several times in a row."""
        if look.verdict.is_refusal and look.address.url not in self.alone:
            self.stop()
        self._silent = self._silent + 1 if look.verdict.is_trouble else 0
        if self._silent >= GIVE_UP_AFTER and not self.over:
            self.fail(f"{self.host}: {GIVE_UP_AFTER} requests in a row brought no answer: gave up")
            self.stop()

    def result(self) -> RunResult:
        """Return what came of it."""
        return RunResult(
            source_id=self.source.id,
            run_id=self.id,
            state=self._state(),
            complete=self.walked and not self.interrupted and not self.flawed,
            found=self._counts[EventKind.FOUND],
            published=self._counts[EventKind.PUBLISHED],
            edited=self._counts[EventKind.EDITED],
            requests=self.requests,
            failures=tuple(self.failures),
            deferred=self.deferred,
            verdicts=dict(self._verdicts),
        )

    def close(self) -> None:
        """End the record of this run; what its looks told is judged first."""
        try:
            self._judge()
        except Exception as error:  # the record is closed all the same
            self.spoil(told(error))
        result = self.result()
        if result.run_id is not None:
            self.store.finish_run(result.run_id, _outcome(result))
            self._tidy()
        if self._owns_store:
            self.store.close()

    def _tidy(self) -> None:
        """Fold old runs of this newsroom into a row a day; what cannot be done now, the next run does."""
        with contextlib.suppress(StoreError):
            self.store.fold_runs(self.source.id, self.clock() - timedelta(seconds=self.config.keep_runs_s))

    def _judge(self) -> None:
        """Let the store judge what the looks of this run told; a run that never held its host has none."""
        if self.id is None or self.known is None:
            return
        events = self.store.judge(self.source.id, self.config.removal)
        self._counts.update(event.kind for event in events)
        if self._on_judged:
            self._on_judged(events)
        if held := self.store.quarantine(self.source.id):
            self.fail(f"{held}; nothing is told of its releases before `milwire reparse`")

    def _state(self) -> str:
        if self.interrupted:
            return "interrupted"
        if self.failures:
            return "failed"
        return "limited" if self.limited else "ok"


def _outcome(result: RunResult) -> RunOutcome:
    return RunOutcome(
        complete=result.complete,
        found=result.found,
        published=result.published,
        edited=result.edited,
        requests=result.requests,
        failures=result.failures,
        state=result.state,
        verdicts=result.verdicts,
    )


def told(error: Exception) -> str:
    """Return an error of the store, or of our own code, in one line."""
    said = " ".join(str(error).split())
    return said if isinstance(error, StoreError) else f"internal error: {type(error).__name__}: {said}"[:300]


def site(source: Source) -> str:
    """Return the site that a source's releases are on."""
    scheme = "http" if source.private else "https"
    return urls.site(f"{scheme}://{source.host}/")


def run_of(crawler: Crawler) -> Run:
    """Return the run that a crawler carries out."""
    run = getattr(crawler.spider, "run", None)
    assert isinstance(run, Run)
    return run
