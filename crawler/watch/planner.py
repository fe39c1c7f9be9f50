"""What a watch does next: which newsroom is due when, for a poll, for looks at releases, or both."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.config import Config
from crawler.crawl.pagination import CrawlPlan
from crawler.sources.hosts import get_source_site, group_by_site
from crawler.watch import polling
from crawler.watch.polling import (
    CEILING,
    EARLY,
    FLOOR,
    LIST_EVERY,
    TEMPO,
    WINDOW,
    Habit,
    Limits,
    Past,
    Posted,
)
from storage.models import PostingState, Source
from storage.store import Store
from storage.tables import due_looks, hosts, refusals
from storage.tables.due_looks import WatchedPosting

LEARN_AGAIN = timedelta(hours=12)  # how long a learned rhythm is used as it is
LOOKS_A_VISIT = 40  # releases looked at in one visit, so that the next newsroom gets its turn
SOON = timedelta(minutes=1)
UNANSWERED = timedelta(hours=1)  # a look that told nothing about a release is tried again after this
LONGEST_BACKOFF = timedelta(hours=6)  # of a newsroom whose listing does not answer
MOST_DOUBLINGS = 20  # beyond these it is the longest
DAY = timedelta(days=1)
RECENT = timedelta(hours=1)
FARTHEST = timedelta(days=60)  # of a planned look; what is planned for later is planned again, once a start
SUSPICIOUS = 3  # hosts of one platform that refuse us at the same time


@dataclass(frozen=True, slots=True)
class Visit:
    """One crawl that is due."""

    source: Source
    plan: CrawlPlan


@dataclass(frozen=True, slots=True)
class Learned:
    """A habit, and when it was learned."""

    habit: Habit
    at: datetime


class Agenda:
    """What is due at the newsrooms of one watch; all that must outlive it is in the store."""

    def __init__(
        self, store: Store, config: Config, sources: Iterable[Source], clock: Callable[[], datetime]
    ) -> None:
        self.store = store
        self.config = config
        self.clock = clock
        self.hosts: dict[str, tuple[Source, ...]] = {}
        for source in sources:
            host = get_source_site(source)  # all names of a site are one: they lead to the same servers
            self.hosts[host] = (*self.hosts.get(host, ()), source)
        self._learned: dict[str, Learned] = {}
        self._polled = due_looks.find_last_polls(store.db)
        self._visited: dict[str, datetime] = {}
        self._unheard: dict[str, int] = {}
        self._listed: dict[str, datetime] = {}  # when a listing was read whose feed told all of it

    def next_at(self, host: str) -> datetime:
        """Return when a host is due; an instant that has passed says for how long it has been."""
        due_at = min(self._due_at(source) for source in self.hosts[host])
        cooling = hosts.find_cool_down(self.store.db, host, self.clock())
        return max(due_at, cooling.until) if cooling else due_at

    def visits(self, host: str) -> Iterator[Visit]:
        """Yield the crawls that are due at a host, each decided when it is asked for."""
        for source in self.hosts.get(host, ()):
            if (visit := self.visit(source)) is not None:
                yield visit

    def visit(self, source: Source) -> Visit | None:
        """Return the crawl that is due at a newsroom, or None where none is, or its host is left alone."""
        now = self.clock()
        if hosts.find_cool_down(self.store.db, get_source_site(source), now):
            return None
        plan = self._plan(source, now)
        if plan is not None or self._due_at(source) <= now:  # also where it fails: nothing is tried in a loop
            self._visited[source.id] = now
        return Visit(source, plan) if plan else None

    def put_off(self, source: Source) -> None:
        """Let a newsroom be due again soon: others were at work there, and nothing was asked."""
        self._visited[source.id] = self.clock() - FLOOR + SOON

    def hearten(self, host: str) -> None:
        """Forget how often a host did not answer: it was not its fault."""
        for source in self.hosts.get(host, ()):
            self._unheard.pop(source.id, None)

    def settle(
        self, visit: Visit, began_at: datetime, *, heard: bool | None, feed_tells_all: bool | None = None
    ) -> None:
        """Keep what a visit means for the next ones.

        `heard` says whether feed or listing could be read; None that nobody could tell, for the trouble was
        ours: the visit is made again. `feed_tells_all` says whether the feed named what the listing did; None
        that the listing was left alone.
        """
        source, now = visit.source, self.clock()
        self._visited[source.id] = now
        if visit.plan.reads_lists and heard is not None:
            self._polled[source.id] = began_at
            self._unheard[source.id] = 0 if heard else self._unheard.get(source.id, 0) + 1
        if visit.plan.reads_lists and (feed_tells_all is False or not heard):
            self._listed.pop(source.id, None)
        elif feed_tells_all:
            self._listed[source.id] = began_at
        self.arrange(source, began_at, {address.key for address in visit.plan.known_addresses})

    def arrange(self, source: Source, since: datetime, asked: Iterable[str] = ()) -> None:
        """Plan the next look at each release that was looked at since an instant, or never planned."""
        habit, now, asked = self._habit(source), self.clock(), set(asked)
        looks = {}
        for one in due_looks.find_recent_postings(self.store.db, source.id, get_source_site(source), since, asked):
            next_at = polling.next_look(_posted(one, now), habit, self.config.removal)
            if since <= one.last_look_at <= now or one.next_look_at is None:
                looks[one.id] = next_at
            elif one.address.key in asked:
                looks[one.id] = max(next_at, now + UNANSWERED)
        with self.store.writing() as db:
            due_looks.plan_looks(db, looks)

    def mistrust(self) -> None:
        """Forget the looks that are planned too far ahead: a clock that was wrong may have planned them."""
        with self.store.writing() as db:
            due_looks.clear_planned_looks(db, self.clock() + FARTHEST)

    def trouble(self, host: str) -> str:
        """Return in one line that a host's platform refuses us as a whole, or an empty string."""
        platform, now = self.hosts[host][0].platform, self.clock()
        alike = {name for name, sources in self.hosts.items() if sources[0].platform == platform}
        refusing = [one for one in refusals.list_refusals(self.store.db) if abs(now - one.last_at) <= RECENT]
        count = sum(one.host in alike for one in refusing)
        if count < SUSPICIOUS:
            return ""
        return (
            f"{count} hosts of the platform {platform} refused us within the hour: they may share a gate that"
            " does not let this machine in; each is left alone, longer each time"
        )

    def _due_at(self, source: Source) -> datetime:
        visited_at = self._visited.get(source.id)
        own = [self._free_poll_at(source), *self._own_visits(source)]
        if visited_at is None or visited_at > self.clock():  # the latter: as above
            return min(own)
        return max(min(own), visited_at + FLOOR)

    def _poll_at(self, source: Source) -> datetime:
        """Return when feed and listing are due; ever later where they do not answer."""
        last_at = self._polled.get(source.id)
        if last_at is None or last_at > self.clock():  # the clock was set back: who knows when that was
            return self.clock() - DAY
        if unheard := self._unheard.get(source.id, 0):
            return last_at + min(FLOOR * (1 << min(unheard, MOST_DOUBLINGS)), LONGEST_BACKOFF)
        return polling.next_poll(self._habit(source), last_at)

    def _free_poll_at(self, source: Source) -> datetime:
        """Return when feed and listing are due and may be read: tomorrow where all of today are spent."""
        poll_at, now = self._poll_at(source), self.clock()
        tomorrow = _midnight(now) + DAY
        return poll_at if poll_at >= tomorrow or self._may_poll(source, now) else tomorrow

    def _own_visits(self, source: Source) -> Iterator[datetime]:
        now = self.clock()
        if self._looks_left(source, now) <= 0:
            return
        age = EARLY * max(TEMPO)
        for one in due_looks.find_young_postings(self.store.db, source.id, get_source_site(source), now + CEILING, age):
            if one.next_look_at is not None:
                due_at = polling.next_visit(_posted(one, now), one.next_look_at, self._habit(source))
                if due_at is not None:
                    yield due_at

    def _plan(self, source: Source, now: datetime) -> CrawlPlan | None:
        most = max(min(LOOKS_A_VISIT, self._looks_left(source, now)), 0)
        due = due_looks.find_due_postings(self.store.db, source.id, get_source_site(source), now, most)
        is_doubted = any(one.state is PostingState.SUSPECT for one in due)
        lists = (is_doubted or self._poll_at(source) <= now) and self._may_poll(source, now)
        if not lists and not due:
            return None
        again = [one.address for one in due]
        return CrawlPlan(
            known_addresses=tuple(again),
            reads_lists=lists,
            feed_first=lists and not is_doubted and self._may_spare_list(source, now),
        )

    def _may_spare_list(self, source: Source, now: datetime) -> bool:
        """Return whether the feed alone will do: it named all that the listing did, not long ago."""
        listed_at = self._listed.get(source.id)
        return listed_at is not None and timedelta(0) <= now - listed_at < LIST_EVERY

    def _may_poll(self, source: Source, now: datetime) -> bool:
        return due_looks.count_polls(self.store.db, source.id, _midnight(now), now) < self.config.max_polls - 1

    def _looks_left(self, source: Source, now: datetime) -> int:
        """Return how many releases may be looked at now; what a day of polls costs is set aside."""
        limits = limits_of(self.config, self.hosts[get_source_site(source)])
        since, each = now - DAY, poll_requests(source)
        spent = due_looks.count_requests(self.store.db, source.id, since, now)
        on_polls = due_looks.count_polls(self.store.db, source.id, since, now) * each
        aside = polling.most_polls(self._habit(source)) * each
        return int(limits.requests - max(spent - on_polls, 0) - aside)

    def _habit(self, source: Source) -> Habit:
        learned, now = self._learned.get(source.id), self.clock()
        if learned is None or abs(now - learned.at) > LEARN_AGAIN:
            limits = limits_of(self.config, self.hosts[get_source_site(source)])
            learned = Learned(polling.habit(past(self.store, source, now), limits), now)
            self._learned[source.id] = learned
        return learned.habit


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def limits_of(config: Config, sources: Sequence[Source]) -> Limits:
    """Return what each newsroom of a host may cost it."""
    return Limits(config.max_polls, config.max_requests / len(sources))


def past(store: Store | None, source: Source, now: datetime) -> Past:
    """Return what is known of a newsroom; without a store, nothing but its addresses."""
    if store is None:
        return Past(poll_requests=poll_requests(source))
    known = due_looks.read_activity(store.db, source.id, now - WINDOW)
    recent = tuple(at for at in known.posted if now - at <= WINDOW)
    return Past(
        posted=tuple(at for at in recent if at.time() != at.min.time()),  # of a day alone, no hour is known
        posts_a_day=polling.posts_a_day(known.posted, now),
        postings=known.postings,
        edits=known.edits,
        poll_requests=poll_requests(source),
    )


def poll_requests(source: Source) -> int:
    """Return what one poll asks for: the feed, the listing, or both."""
    return sum(url is not None for url in (source.feed_url, source.listing_url))


def _posted(one: WatchedPosting, now: datetime) -> Posted:
    """Return what decides about the next look; no clock that was wrong puts anything into the future."""
    return Posted(min(one.born_at, now), min(one.last_look_at, now), one.state)
