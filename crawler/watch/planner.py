"""When each newsroom of a watch is due, and for what: a poll, looks at releases, or both."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.config import Config
from crawler.crawl.pagination import CrawlPlan
from crawler.sources.hosts import get_source_site, group_by_site
from crawler.watch import observation_gaps, polling
from crawler.watch.polling import (
    LISTING_INTERVAL,
    MAX_POLL_INTERVAL,
    MIN_POLL_INTERVAL,
    OWN_VISIT_AGE,
    TEMPO_RANGE,
    WINDOW,
    Habit,
    KnownPosting,
    Limits,
    PastActivity,
)
from storage.models import PostingState, Source
from storage.store import Store
from storage.tables import due_looks, hosts, refusals
from storage.tables.due_looks import WatchedPosting

LEARN_AGAIN = timedelta(hours=12)  # how long a learned habit is used
LOOKS_A_VISIT = 40  # releases looked at in one visit, so that the next newsroom gets its turn
RETRY_AFTER = timedelta(minutes=1)
UNANSWERED = timedelta(hours=1)  # a look without a result is made again after this
LONGEST_BACKOFF = timedelta(hours=6)  # while a newsroom's listing does not answer
MAX_DOUBLINGS = 20
DAY = timedelta(days=1)
RECENT = timedelta(hours=1)
FARTHEST = timedelta(days=60)  # a look planned for later than this is planned again, once per start
SUSPICIOUS = 3  # hosts of one platform refusing us at the same time


@dataclass(frozen=True, slots=True)
class Visit:
    """One crawl that is due."""

    source: Source
    plan: CrawlPlan


@dataclass(frozen=True, slots=True)
class LearnedHabit:
    """A habit, and when it was learned."""

    habit: Habit
    at: datetime


class Planner:
    """What is due at the newsrooms of one watch. What must survive a restart is in the database."""

    def __init__(
        self, store: Store, config: Config, sources: Iterable[Source], clock: Callable[[], datetime]
    ) -> None:
        self.store = store
        self.config = config
        self.clock = clock
        self.hosts = group_by_site(sources)
        self._learned: dict[str, LearnedHabit] = {}
        self._polled_at = due_looks.find_last_polls(store.db)
        self._visited_at: dict[str, datetime] = {}
        self._failed_polls: dict[str, int] = {}
        self._covered_at: dict[str, datetime] = {}  # when a listing was last read that the feed covered

    def find_next_visit_at(self, host: str) -> datetime:
        """Return when a host is due; a time in the past says since when it has been."""
        due_at = min(self._find_due_at(source) for source in self.hosts[host])
        cooling = hosts.find_cool_down(self.store.db, host, self.clock())
        return max(due_at, cooling.until) if cooling else due_at

    def plan_visit(self, source: Source) -> Visit | None:
        """Return the crawl that is due at a newsroom; None if none is, or if its host is cooling down."""
        now = self.clock()
        if hosts.find_cool_down(self.store.db, get_source_site(source), now):
            return None
        plan = self._plan_crawl(source, now)
        if (
            plan is not None or self._find_due_at(source) <= now
        ):  # even if it fails: nothing is retried in a loop
            self._visited_at[source.id] = now
        return Visit(source, plan) if plan else None

    def postpone_visit(self, source: Source) -> None:
        """Make a newsroom due again in a minute: another process was using its host."""
        self._visited_at[source.id] = self.clock() - MIN_POLL_INTERVAL + RETRY_AFTER

    def reset_backoff(self, host: str) -> None:
        """Forget a host's failed polls: this machine was offline."""
        for source in self.hosts.get(host, ()):
            self._failed_polls.pop(source.id, None)

    def record_visit(
        self,
        visit: Visit,
        began_at: datetime,
        *,
        lists_read: bool | None,
        feed_covers_listing: bool | None = None,
    ) -> None:
        """Record a visit that ended, and plan the next looks.

        `lists_read`: whether feed or listing could be read; None if the failure was ours, so that the
        visit is made again. `feed_covers_listing`: whether the feed named every release of the listing;
        None if the listing was not read.
        """
        source, now = visit.source, self.clock()
        self._visited_at[source.id] = now
        if visit.plan.reads_lists and lists_read is not None:
            self._polled_at[source.id] = began_at
            self._failed_polls[source.id] = 0 if lists_read else self._failed_polls.get(source.id, 0) + 1
        if visit.plan.reads_lists and (feed_covers_listing is False or not lists_read):
            self._covered_at.pop(source.id, None)
        elif feed_covers_listing:
            self._covered_at[source.id] = began_at
        self.plan_looks(source, began_at, {address.key for address in visit.plan.known_addresses})

    def plan_looks(self, source: Source, since: datetime, asked: Iterable[str] = ()) -> None:
        """Plan the next look at each release looked at since then, or without a planned look."""
        habit, now, asked = self._get_habit(source), self.clock(), set(asked)
        looks = {}
        for one in due_looks.find_recent_postings(
            self.store.db, source.id, get_source_site(source), since, asked
        ):
            next_at = polling.find_next_look(_describe_posting(one, now), habit, self.config.removal)
            if since <= one.last_look_at <= now or one.next_look_at is None:
                looks[one.id] = next_at
            elif one.address.key in asked:
                looks[one.id] = max(next_at, now + UNANSWERED)
        with self.store.writing() as db:
            due_looks.plan_looks(db, looks)

    def clear_far_looks(self) -> None:
        """Drop looks planned too far ahead: they may come from a wrong clock."""
        with self.store.writing() as db:
            due_looks.clear_planned_looks(db, self.clock() + FARTHEST)

    def find_patience(self, source: Source) -> timedelta:
        """Return how long the lists of a newsroom may stay unread before something is wrong."""
        limits, poll_requests = self._get_limits(source), polling.count_poll_requests(source)
        return observation_gaps.compute_patience(limits, poll_requests)

    def describe_platform_refusals(self, host: str) -> str:
        """Return one line if many hosts of a host's platform refuse us, else an empty string."""
        platform, now = self.hosts[host][0].platform, self.clock()
        alike = {name for name, sources in self.hosts.items() if sources[0].platform == platform}
        refusing = [one for one in refusals.list_refusals(self.store.db) if abs(now - one.last_at) <= RECENT]
        count = sum(one.host in alike for one in refusing)
        if count < SUSPICIOUS:
            return ""
        return (
            f"{count} hosts of the platform {platform} refused us within the hour: they may share a firewall"
            " that blocks this machine; each is left alone, longer each time"
        )

    def _find_due_at(self, source: Source) -> datetime:
        visited_at = self._visited_at.get(source.id)
        own = [self._find_poll_within_budget(source), *self._list_own_visits(source)]
        if visited_at is None or visited_at > self.clock():  # the latter: the clock was set back
            return min(own)
        return max(min(own), visited_at + MIN_POLL_INTERVAL)

    def _find_poll_at(self, source: Source) -> datetime:
        """Return when feed and listing are due; later each time they do not answer."""
        last_at = self._polled_at.get(source.id)
        if last_at is None or last_at > self.clock():  # the clock was set back: the real time is unknown
            return self.clock() - DAY
        if failed := self._failed_polls.get(source.id, 0):
            return last_at + min(MIN_POLL_INTERVAL * (1 << min(failed, MAX_DOUBLINGS)), LONGEST_BACKOFF)
        return polling.find_next_poll(self._get_habit(source), last_at)

    def _find_poll_within_budget(self, source: Source) -> datetime:
        """Return when feed and listing are due within the day's polls; tomorrow if today's are used up."""
        poll_at, now = self._find_poll_at(source), self.clock()
        tomorrow = _find_midnight(now) + DAY
        return poll_at if poll_at >= tomorrow or self._may_poll(source, now) else tomorrow

    def _list_own_visits(self, source: Source) -> Iterator[datetime]:
        now = self.clock()
        if self._count_looks_left(source, now) <= 0:
            return
        age = OWN_VISIT_AGE * max(TEMPO_RANGE)
        for one in due_looks.find_young_postings(
            self.store.db, source.id, get_source_site(source), now + MAX_POLL_INTERVAL, age
        ):
            if one.next_look_at is not None:
                due_at = polling.find_next_own_visit(
                    _describe_posting(one, now), one.next_look_at, self._get_habit(source)
                )
                if due_at is not None:
                    yield due_at

    def _plan_crawl(self, source: Source, now: datetime) -> CrawlPlan | None:
        most = max(min(LOOKS_A_VISIT, self._count_looks_left(source, now)), 0)
        due = due_looks.find_due_postings(self.store.db, source.id, get_source_site(source), now, most)
        has_suspect = any(one.state is PostingState.SUSPECT for one in due)
        lists = (has_suspect or self._find_poll_at(source) <= now) and self._may_poll(source, now)
        if not lists and not due:
            return None
        again = [one.address for one in due]
        return CrawlPlan(
            known_addresses=tuple(again),
            reads_lists=lists,
            feed_first=lists and not has_suspect and self._is_feed_enough(source, now),
        )

    def _is_feed_enough(self, source: Source, now: datetime) -> bool:
        """Return whether to read the feed alone: it covered the listing a short time ago."""
        listed_at = self._covered_at.get(source.id)
        return listed_at is not None and timedelta(0) <= now - listed_at < LISTING_INTERVAL

    def _may_poll(self, source: Source, now: datetime) -> bool:
        return (
            due_looks.count_polls(self.store.db, source.id, _find_midnight(now), now)
            < self.config.max_polls - 1
        )

    def _count_looks_left(self, source: Source, now: datetime) -> int:
        """Return how many releases may be looked at now, keeping enough requests for a day of polls."""
        limits = self._get_limits(source)
        since, each = now - DAY, polling.count_poll_requests(source)
        spent = due_looks.count_requests(self.store.db, source.id, since, now)
        on_polls = due_looks.count_polls(self.store.db, source.id, since, now) * each
        aside = polling.count_most_polls(self._get_habit(source)) * each
        return int(limits.requests - max(spent - on_polls, 0) - aside)

    def _get_limits(self, source: Source) -> Limits:
        group = self.hosts.get(get_source_site(source), (source,))  # a reload may have removed it
        return polling.share_limits(self.config, len(group))

    def _get_habit(self, source: Source) -> Habit:
        learned, now = self._learned.get(source.id), self.clock()
        if learned is None or abs(now - learned.at) > LEARN_AGAIN:
            limits = self._get_limits(source)
            learned = LearnedHabit(
                polling.learn_habit(read_past_activity(self.store, source, now), limits), now
            )
            self._learned[source.id] = learned
        return learned.habit


def _find_midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def read_past_activity(store: Store | None, source: Source, now: datetime) -> PastActivity:
    """Return what a newsroom posted and edited; without a database, its poll requests only."""
    if store is None:
        return PastActivity(poll_requests=polling.count_poll_requests(source))
    known = due_looks.read_activity(store.db, source.id, now - WINDOW)
    recent = tuple(at for at in known.posted if now - at <= WINDOW)
    return PastActivity(
        posted=tuple(at for at in recent if at.time() != at.min.time()),  # midnight: only the day is known
        posts_a_day=polling.estimate_posts_a_day(known.posted, now),
        postings=known.postings,
        edits=known.edits,
        poll_requests=polling.count_poll_requests(source),
    )


def _describe_posting(one: WatchedPosting, now: datetime) -> KnownPosting:
    """Return what decides about the next look, with times in the future (from a wrong clock) cut to now."""
    return KnownPosting(min(one.born_at, now), min(one.last_look_at, now), one.state)
