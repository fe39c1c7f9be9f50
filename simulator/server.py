"""Serving a practice newsroom on loopback: one port a site, every request on the record."""

import itertools
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from simulator import conditional, expected_entries, fault_responses, responses, routing, truth
from simulator.conditional import PageState, Validation
from simulator.faults import Fault
from simulator.http_server import AnswerDesk, Listener, LoggedRequest
from simulator.responses import Answer, Request
from simulator.truth import Absence, Newsroom, Post, Site
from storage.models import Confidence, Fields, Listing, Source


@dataclass(frozen=True, slots=True)
class ServedSite:
    """Where a site is served, and the sources that watch it."""

    name: str
    title: str
    base_url: str
    host: str  # with the port
    platform: str
    listing_url: str  # of the first section
    feed_url: str
    sources: tuple[Source, ...]  # one a section


class Served(AbstractContextManager["Served"]):
    """A newsroom while it is served; its owner publishes, edits and breaks things through it."""

    def __init__(self, newsroom: Newsroom, clock: Callable[[], datetime], latency_s: float) -> None:
        """Take what to serve; nothing listens before `listen`."""
        self.newsroom = newsroom
        self.clock = clock
        self.latency_s = latency_s
        self.coding = "gzip"  # of wire.PACKED
        self.base_urls: dict[str, str] = {}
        self.sites: tuple[ServedSite, ...] = ()
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._noise = itertools.count(1)
        self._log: list[LoggedRequest] = []
        self._rules: list[fault_responses.Rule] = []
        self._validation: dict[str, Validation] = {}
        self._modified: dict[tuple[str, str, bytes], datetime] = {}  # since when an address shows this
        self._listeners: list[Listener] = []

    def listen(self, ports: Mapping[str, int]) -> None:
        """Open a port for each site, a free one where none is asked for, and serve in threads."""
        for site in self.newsroom.sites:
            desk = AnswerDesk(
                site.name,
                self._reply,
                self._record,
                lambda: self.latency_s,
                self._stopping,
                self.clock,
                lambda: self.coding,
            )
            listener = Listener(ports.get(site.name, 0), desk)
            self._listeners.append(listener)
            self.base_urls[site.name] = f"http://{listener.host}"
        self.sites = tuple(_served(site, self.base_urls[site.name]) for site in self.newsroom.sites)
        for listener in self._listeners:
            listener.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving."""
        self.close()

    def __enter__(self) -> Self:
        """Return itself: it serves already."""
        return self

    def close(self) -> None:
        """Stop serving, hanging requests included, and free the ports."""
        self._stopping.set()
        stops = [threading.Thread(target=listener.stop) for listener in self._listeners]
        for stop in stops:
            stop.start()
        for stop in stops:
            stop.join()

    @property
    def log(self) -> tuple[LoggedRequest, ...]:
        """Return the requests so far, in the order of their ends."""
        with self._lock:
            return tuple(self._log)

    def site(self, name: str) -> ServedSite:
        """Return a served site by name; LookupError where there is none."""
        self.newsroom.site(name)
        return next(each for each in self.sites if each.name == name)

    def truth(self, url: str) -> Fields | None:
        """Return what reading this address must give now, or None where no article is."""
        place = self._place(url)
        if place is None:
            return None
        name, target = place
        there = routing.find_article(self.newsroom.site(name), target, self.clock())
        if there is None or there.absence not in routing.STANDING:
            return None
        return truth.resolve_addresses(there.fields, self.base_urls[name])

    def listing(self, url: str) -> Listing | None:
        """Return what reading this list page or feed must give now, or None where neither is."""
        place = self._place(url)
        if place is None:
            return None
        name, target = place
        site = self.newsroom.site(name)
        return expected_entries.expect_listing(self.newsroom, site, target, self.clock(), self.base_urls)

    def publish(self, site: str, post: Post, section: str | None = None) -> str:
        """Put a post on a site, into its first section unless another is named; return its address."""
        with self._lock:
            where = section or self.newsroom.site(site).sections[0].name
            self.newsroom = truth.with_post(self.newsroom, site, where, post)
        return self.url(site, post.number)

    def edit(self, site: str, number: str, fields: Fields, slug: str | None = None) -> None:
        """Make a post say something else from now on; its address stays unless a new slug is given."""
        self._change(site, number, lambda post: replace(post, fields=fields, slug=slug or post.slug))

    def remove(self, site: str, number: str, how: Absence = Absence.NOT_FOUND) -> None:
        """Take a post down; `how` says what its address answers from now on."""
        self._change(site, number, lambda post: replace(post, absence=how))

    def restore(self, site: str, number: str) -> None:
        """Put a post that was taken down back."""
        self._change(site, number, lambda post: replace(post, absence=None))

    def put_site(self, site: Site) -> None:
        """Put a site in the place of the one of its name: another banner, notice, template or list."""
        with self._lock:
            self.newsroom = truth.with_site(self.newsroom, site)

    def add_page(self, site: str, path: str, fields: Fields) -> str:
        """Serve these fields as an article page under any path, off lists and feeds; return its address."""
        match = routing.ARTICLE.search(path)
        known = replace(fields, article_id=match[1] if match else fields.article_id)
        with self._lock:
            there = self.newsroom.site(site)
            more = (*there.extra, (path, known))
            self.newsroom = truth.with_site(self.newsroom, replace(there, extra=more))
        return self.base_urls[site] + path

    def url(self, site: str, number: str) -> str:
        """Return the address of a post; LookupError where there is none."""
        return self.base_urls[site] + truth.post_path(*truth.get_post(self.newsroom.site(site), number))

    def validate(self, manner: Validation, site: str | None = None) -> None:
        """Let a site, or all of them, give validators and answer conditional requests so from now on."""
        with self._lock:
            self._validation |= {each.name: manner for each in self.sites if site in (None, each.name)}

    def fault(self, rule: Fault) -> None:
        """Lay a rule; of those that match a request, the latest wins."""
        with self._lock:
            self._rules.insert(0, fault_responses.Rule(rule, self.newsroom, self.clock()))

    def lift(self) -> None:
        """Lift all rules."""
        with self._lock:
            self._rules.clear()

    def _place(self, url: str) -> tuple[str, str] | None:
        for name, base_url in self.base_urls.items():
            if url.startswith(f"{base_url}/"):
                return name, url.removeprefix(base_url)
        return None

    def _change(self, site: str, number: str, change: Callable[[Post], Post]) -> None:
        with self._lock:
            _, post = truth.get_post(self.newsroom.site(site), number)
            self.newsroom = truth.with_changed_post(self.newsroom, site, change(post))

    def _reply(self, site: str, target: str, headers: Mapping[str, str]) -> tuple[Answer, Fault | None]:
        with self._lock:
            rule = next((rule for rule in self._rules if rule.applies_to(site, target)), None)
            request = Request(site, target, self.clock(), next(self._noise))
            newsroom, manner = self.newsroom, self._validation.get(site, Validation.NONE)
        if rule is None:
            answer = responses.answer_request(newsroom, request, self.base_urls)
            if manner is not Validation.NONE:
                answer = conditional.add_validators(
                    answer, manner, self._state(manner, newsroom, request), headers
                )
            return answer, None
        return fault_responses.apply_fault(rule, newsroom, request, self.base_urls), rule.fault

    def _state(self, manner: Validation, newsroom: Newsroom, request: Request) -> PageState:
        steady = responses.answer_without_noise(newsroom, request, self.base_urls)
        with self._lock:
            key = (request.site, request.target, steady)
            first_at = self._modified.setdefault(key, request.at)
        return conditional.compute_state(manner, steady, first_at)

    def _record(self, entry: LoggedRequest) -> None:
        with self._lock:
            self._log.append(entry)


def serve(
    newsroom: Newsroom,
    *,
    clock: Callable[[], datetime] | None = None,
    latency_s: float = 0.0,
    ports: Mapping[str, int] | None = None,
) -> Served:
    """Serve a newsroom on 127.0.0.1 until the returned context ends.

    `clock` decides which posts are out already (default: the real time); `ports` fixes ports by site name.
    OSError when a fixed port is taken.
    """
    served = Served(newsroom, clock or (lambda: datetime.now(UTC)), latency_s)
    try:
        served.listen(ports or {})
    except OSError:
        served.close()
        raise
    return served


def find_overlaps(log: tuple[LoggedRequest, ...]) -> list[tuple[LoggedRequest, LoggedRequest]]:
    """Return the pairs of requests that one host had to answer at the same time."""
    rows = sorted(log, key=lambda each: each.started)
    return [
        (a, b) for i, a in enumerate(rows) for b in rows[i + 1 :] if a.host == b.host and b.started < a.ended
    ]


def _served(site: Site, base_url: str) -> ServedSite:
    sources = tuple(
        Source(
            id=f"practice-{site.name}" + (f"-{section.name.lower().replace(' ', '-')}" if i else ""),
            host=base_url.split("//", 1)[1],
            organization=site.organization,
            branch="practice",
            platform="afpims",
            section=section.name,
            listing_url=base_url + section.path,
            feed_url=base_url + routing.feed_path(site, section),
            confidence=Confidence.HIGH,
            enabled=True,
            private=True,
            origin="user",
        )
        for i, section in enumerate(site.sections)
    )
    first = sources[0]
    feed_url, listing_url = first.feed_url or "", first.listing_url or ""
    return ServedSite(site.name, site.title, base_url, first.host, "afpims", listing_url, feed_url, sources)
