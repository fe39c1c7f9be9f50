"""The request log of the fleet's servers, and the politeness rules that each request broke."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from crawler.config import Config
from crawler.parsing import robots
from simulator import fleet_pages
from simulator.fleet import START, Fleet, Host, Newsroom

DAY = timedelta(days=1)
VISIT = timedelta(hours=1)  # robots.txt is read once a visit, so it may be this much older than a day
MAX_LINES = 20  # lines about violations, at most
ROUNDING_S = 0.01
LONG = timedelta(hours=7)  # each newsroom is polled at least six times a day, so a longer gap is an error
ANSWERED = frozenset({200, 304})


@dataclass(slots=True)
class _HostRecord:
    """The last requests that one host received."""

    rules: robots.RobotsRules
    open: bool = False
    ended_at: datetime | None = None
    robots_at: datetime | None = None  # answered with rules
    tried_at: datetime | None = None  # asked for, answered or not
    day: int = -1
    requests: int = 0
    polls: Counter[int] = field(default_factory=Counter)
    polled_at: dict[int, datetime] = field(default_factory=dict)  # answered ones


@dataclass(frozen=True, slots=True)
class Gap:
    """A long time in which a newsroom was not polled with success."""

    host: str
    place: int
    begin: datetime
    end: datetime


@dataclass(slots=True)
class PolitenessCounts:
    """How well we behaved, all in all."""

    requests: int = 0
    at_once: int = 0  # a second request while one was open, of one host
    hurried: int = 0  # sooner than the delay, or the host's own Crawl-delay
    unread: int = 0  # without robots.txt, or with one that was too old
    disallowed: int = 0
    most_a_day: int = 0  # requests, of one host
    most_polls: int = 0  # a day, of one newsroom
    most_hosts: int = 0  # asked at the same time
    least_gap_s: float = float("inf")
    by_status: Counter[int] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)

    @property
    def count_violations(self) -> int:
        """Return how often we were rude."""
        return self.at_once + self.hurried + self.unread + self.disallowed


class ServerLog:
    """The log of all hosts; nothing is kept but the sums and what each saw last."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.manners = PolitenessCounts()
        self.gaps: list[Gap] = []
        self._hosts: dict[str, _HostRecord] = {}
        self._open = 0

    def begin(self, host: Host, target: str, at: datetime) -> None:
        """Take note that a request came in."""
        seen = self._hosts.get(host.name)
        if seen is None:
            seen = self._hosts[host.name] = _HostRecord(robots.RobotsRules(fleet_pages.draw_robots(host)))
        self._open += 1
        self.manners.requests += 1
        self.manners.most_hosts = max(self.manners.most_hosts, self._open)
        self._judge(seen, host, target, at)
        self._count(seen, host, target, at)
        seen.open = True

    def end(self, host: Host, target: str, at: datetime, status: int | None) -> None:
        """Take note that a request was answered, or given up."""
        seen = self._hosts[host.name]
        seen.open, seen.ended_at = False, at
        self._open -= 1
        self.manners.by_status[status or 0] += 1
        if target == "/robots.txt":
            seen.tried_at = at
            seen.robots_at = at if status == 200 else seen.robots_at
        elif status in ANSWERED and (newsroom := find_polled_newsroom(host, target)) is not None:
            self._record_poll(seen, newsroom, at)

    def close(self, at: datetime, fleet: Fleet) -> None:
        """Take note of the end: who was never polled, or not for long, is a gap too."""
        for host in fleet.hosts.values():
            seen = self._hosts.get(host.name) or _HostRecord(robots.RobotsRules())
            for newsroom in host.newsrooms:
                seen.polled_at.setdefault(newsroom.place, START)
                self._record_poll(seen, newsroom, at)

    def _record_poll(self, seen: _HostRecord, newsroom: Newsroom, at: datetime) -> None:
        before = seen.polled_at.get(newsroom.place)
        seen.polled_at[newsroom.place] = at
        if before and at - before > LONG:
            self.gaps.append(Gap(newsroom.source.host, newsroom.place, before, at))

    def _judge(self, seen: _HostRecord, host: Host, target: str, at: datetime) -> None:
        if seen.open:
            self._wrong("at_once", host, target, at)
        self._judge_gap(seen, host, target, at)
        if target == "/robots.txt":
            return
        if not self._is_read(seen, at):
            self._wrong("unread", host, target, at)
        if not seen.rules.allows_url(f"https://{host.name}{target}"):
            self._wrong("disallowed", host, target, at)

    def _judge_gap(self, seen: _HostRecord, host: Host, target: str, at: datetime) -> None:
        if seen.ended_at is None:
            return
        gap_s = (at - seen.ended_at).total_seconds()
        self.manners.least_gap_s = min(self.manners.least_gap_s, gap_s)
        # A Crawl-delay is unknown until robots.txt was read.
        asked_s = host.crawl_delay_s if seen.robots_at and target != "/robots.txt" else 0
        if gap_s < max(self.config.delay_s, asked_s) - ROUNDING_S:
            self._wrong("hurried", host, target, at)

    def _is_read(self, seen: _HostRecord, at: datetime) -> bool:
        if seen.robots_at is None:
            return False
        stood_in = (
            seen.tried_at is not None and at - seen.tried_at <= DAY
        )  # the last good copy, for a day more
        return at - seen.robots_at <= robots.FRESH + VISIT + (robots.GRACE if stood_in else timedelta(0))

    def _wrong(self, name: str, host: Host, target: str, at: datetime) -> None:
        setattr(self.manners, name, getattr(self.manners, name) + 1)
        if len(self.manners.lines) < MAX_LINES:
            self.manners.lines.append(f"{at:%d %H:%M:%S} {host.name}{target}: {name}")

    def _count(self, seen: _HostRecord, host: Host, target: str, at: datetime) -> None:
        day = (at - START).days
        if day != seen.day:
            seen.day, seen.requests = day, 0
            seen.polls.clear()
        seen.requests += 1
        self.manners.most_a_day = max(self.manners.most_a_day, seen.requests)
        if (newsroom := find_polled_newsroom(host, target)) is not None:
            seen.polls[newsroom.place] += 1
            self.manners.most_polls = max(self.manners.most_polls, seen.polls[newsroom.place])


def find_polled_newsroom(host: Host, target: str) -> Newsroom | None:
    """Return the newsroom whose poll begins with a request, None for any other request."""
    for newsroom in host.newsrooms:
        url = newsroom.source.feed_url or newsroom.source.listing_url or ""
        parts = urlsplit(url)
        if target == parts.path + (f"?{parts.query}" if parts.query else ""):
            return newsroom
    return None
