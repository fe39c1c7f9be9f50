"""Lives whose pages tempt a monitor: notices, shared corrections, old caches, torn pages, odd lists.

Like `steered_lives`, but what is answered may be altered on its way, as a content network or a template does.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from benchmarks import run_life
from benchmarks.direct_crawl import DirectCrawler
from benchmarks.scoring import Demand
from benchmarks.steered_lives import EVERY, SITE, Posts, SteeredLife, Step, describe, steer
from crawler.crawl.pagination import CrawlPlan
from simulator.life import Life
from simulator.responses import Answer
from simulator.scenarios import START
from simulator.timeline import PostKey, TimelineWriter
from simulator.truth import Absence
from storage.models import Event, EventKind
from storage.queries.events import list_events

Alter = Callable[[str, Answer, datetime], Answer]  # address, answer, time -> what arrives
NOTICE = b"<p>Notice: The office is closed for repairs. Call the desk instead.</p>"
BODY = re.compile(rb'itemprop="articleBody">\s*')
PLACE = re.compile(rb"Ridley Range, Mont\.")
TOWNS = (
    b"Port Abel, Maine",
    b"Fort Dunmore, Texas",
    b"SALT HARBOR",
    b"Camp Ingram, Japan",
    b"Lowell Field, Ohio",
)
CORRECTION = "Correction: The bridge was opened in May."
MAIL = b"desk@calder.example"


class AlteredCrawler(DirectCrawler):
    """A crawler whose answers are altered on their way."""

    def __init__(self, life: Life, database: Path, alter: Alter) -> None:
        super().__init__(life, database, life.start)
        self._alter = alter

    def _answer(self, url: str) -> Answer | None:
        answer = super()._answer(url)
        return answer and self._alter(url, answer, self.now)


def watch_altered(
    steered: SteeredLife, alter: Alter, plans: Sequence[CrawlPlan] = (), *, every: timedelta = EVERY
) -> list[Event]:
    """Return the events of a life with altered answers; `plans` are crawls that come before it is watched."""
    with run_life.open_database() as database:
        crawler = AlteredCrawler(steered.life, database, alter)
        try:
            for plan in plans:
                crawler.crawl(SITE, plan)
                crawler.now += timedelta(hours=1)
            if not plans:
                run_life.watch_life(crawler, every)
            return list(list_events(crawler.store))
        finally:
            crawler.close()


def keep(url: str, answer: Answer, at: datetime) -> Answer:
    """Return an answer as it is."""
    return answer


def notice_on_all(postings: int) -> list[Demand]:
    """Put a notice above every text, before its dateline, for two days: two changes of the site, no edit."""

    def alter(url: str, answer: Answer, at: datetime) -> Answer:
        is_shown = START + timedelta(hours=13) <= at < START + timedelta(hours=61)
        if "/Article/" not in url:
            return answer
        if not is_shown:
            return replace(answer, body=_name_town(url, answer.body))
        return replace(answer, body=_put_above(_name_town(url, answer.body), NOTICE))

    events = _list_later(watch_altered(steer(postings, [], 4), alter, every=timedelta(hours=12)))
    kinds = [event.kind for event in events]
    measured = f"{describe(events)} (wanted 2 site_changed)"
    is_named = all(len(_list_releases(event)) == postings for event in events)
    ok = kinds == [EventKind.SITE_CHANGED] * 2 and is_named
    return [Demand(f"notice above {postings} texts", measured, ok)]


def shared_correction(postings: int, corrected: int) -> list[Demand]:
    """Put one sentence into some texts: an edit of each that names the others."""

    def act(writer: TimelineWriter, posts: Posts) -> None:
        for post in posts[:corrected]:
            fields = writer.find_post(post).fields
            first, *rest = fields.paragraphs
            writer.update_post(post, fields=replace(fields, paragraphs=(first, CORRECTION, *rest)))

    steered = steer(postings, [Step(13, act)], 2)
    events = _list_later(watch_altered(steered, keep, every=timedelta(hours=12)))
    edited = [event for event in events if event.kind is EventKind.EDITED]
    shared = [event for event in edited if event.detail.get("shared_postings") == corrected]
    measured = f"{describe(events)}, {len(shared)} shared (wanted {corrected})"
    ok = len(events) == len(edited) == len(shared) == corrected
    return [Demand(f"one correction in {corrected} of {postings} texts", measured, ok)]


def edge_in_turn(postings: int, *, keeps_date: bool) -> list[Demand]:
    """Answer with the old page at every second look after an edit: one edit."""
    old: dict[str, tuple[Answer, datetime]] = {}

    def act(writer: TimelineWriter, posts: Posts) -> None:
        writer.edit_post(posts[2], "rewritten")

    def alter(url: str, answer: Answer, at: datetime) -> Answer:
        if "/Article/" not in url or answer.status != 200:
            return answer
        if at < START + timedelta(hours=13):
            old[url] = (answer, at)
        elif int((at - START) / EVERY) % 2 and url in old:
            body, since = old[url]
            date = since if keeps_date else at
            age = str(int((at - since).total_seconds()))
            return replace(body, headers=(*body.headers, ("Date", _format_date(date)), ("Age", age)))
        return replace(answer, headers=(*answer.headers, ("Date", _format_date(at))))

    events = _list_later(watch_altered(steer(postings, [Step(13, act)], 6), alter))
    ok = [event.kind for event in events] == [EventKind.EDITED]
    manner = "the server's Date" if keeps_date else "a Date of its own"
    return [Demand(f"an edge with old pages, {manner}", f"{describe(events)} (wanted 1 edited)", ok)]


def noise_in_addresses(postings: int) -> list[Demand]:
    """Spell links and pictures anew at every look: no event."""

    def alter(url: str, answer: Answer, at: datetime) -> Answer:
        turn = int((at - START) / EVERY)
        key = 17 + turn
        code = bytes([key, *(letter ^ key for letter in MAIL)]).hex()
        noisy = (
            f'<p>Write to <a href="/cdn-cgi/l/email-protection#{code}">the desk</a>, read'
            f' <a href="https://www.calder.example/plan;jsessionid={turn}A?utm_source=m{turn}">the plan</a>.'
            f'</p><img src="https://media.defense.gov/2026/Mar/05/2003000001/{600 + turn}/400/0/'
            '260305-A-AB123-001.JPG">'
        ).encode()
        if "/Article/" not in url:
            return answer
        return replace(answer, body=_put_above(answer.body, noisy))

    events = _list_later(watch_altered(steer(postings, [], 3), alter))
    return [Demand("links and pictures spelt anew", f"{describe(events)} (wanted none)", not events)]


def torn_page(postings: int) -> list[Demand]:
    """Break one page off in its text for a day: no event."""

    def alter(url: str, answer: Answer, at: datetime) -> Answer:
        is_torn = START + timedelta(hours=13) <= at < START + timedelta(hours=37)
        found = BODY.search(answer.body)
        if not is_torn or torn not in url or found is None:
            return answer
        return replace(answer, body=answer.body[: found.end() + 300])

    steered = steer(postings, [], 3)
    torn = f"/Article/{steered.posts[2].number}/"
    events = _list_later(watch_altered(steered, alter))
    return [Demand("a page that breaks off", f"{describe(events)} (wanted none)", not events)]


def foreign_feed(postings: int) -> list[Demand]:
    """Answer with another site's feed from the second day on: nothing is unlisted."""

    def alter(url: str, answer: Answer, at: datetime) -> Answer:
        if at < START + timedelta(hours=13) or b"<rss" not in answer.body[:400]:
            return answer
        return replace(
            answer, body=re.sub(rb"(<link>https?://)[^/<]+", rb"\1www.elsewhere.example", answer.body)
        )

    events = _list_later(watch_altered(steer(postings, [], 4), alter))
    return [Demand("another site's feed", f"{describe(events)} (wanted none)", not events)]


def dropped_on_its_day(postings: int) -> list[Demand]:
    """Take one of the two newest releases, both of one day, off the lists: it is unlisted."""
    posts: list[PostKey] = []

    def publish(writer: TimelineWriter, _: Posts) -> None:
        posts.extend(writer.publish_post(SITE, writer.write_story(SITE)) for _ in range(2))

    def drop(writer: TimelineWriter, _: Posts) -> None:
        writer.update_post(posts[0], absence=Absence.UNLISTED)

    steered = steer(postings, [Step(2, publish), Step(13, drop)], 4)
    events = [
        event for event in _list_later(watch_altered(steered, keep)) if event.kind is EventKind.UNLISTED
    ]
    ok = len(events) == 1 and posts[0].number in (events[0].posting or "")
    return [Demand("dropped on the newest day", f"{describe(events)} (wanted 1 unlisted)", ok)]


def late_uploads(postings: int) -> list[Demand]:
    """Back-fill a newsroom whose oldest stories have the highest numbers: all are found, none published."""
    steered = steer(postings, [], 1)
    writer = TimelineWriter("late", (SITE,), START - timedelta(days=1))
    for i in range(postings):
        writer.publish_post(SITE, writer.write_story(SITE, days_back=2 * i), days_back=2 * i)
    writer.add_frame()
    life = replace(steered.life, frames=tuple(writer.frames))
    late = SteeredLife((), life)
    events = watch_altered(late, keep, (CrawlPlan(), CrawlPlan(), CrawlPlan(backfill=True)))
    kinds = Counter(event.kind for event in events)
    measured = (
        f"{kinds[EventKind.FOUND]} found, {kinds[EventKind.PUBLISHED]} published (wanted {postings} and 0)"
    )
    ok = kinds[EventKind.FOUND] == postings and not kinds[EventKind.PUBLISHED]
    return [Demand(f"numbers against the days, {postings} releases", measured, ok)]


def run_notices() -> list[Demand]:
    """Return what is demanded of changes that are the site's, and of those that only look so."""
    return [
        *(demand for size in (9, 30, 300) for demand in notice_on_all(size)),
        *(demand for size, some in ((9, 3), (30, 6), (300, 30)) for demand in shared_correction(size, some)),
    ]


def run_answers() -> list[Demand]:
    """Return what is demanded where answers are old, torn or spelt anew."""
    return [
        *edge_in_turn(9, keeps_date=True),
        *edge_in_turn(30, keeps_date=False),
        *noise_in_addresses(9),
        *torn_page(9),
    ]


def run_lists() -> list[Demand]:
    """Return what is demanded where feeds are another's, or lists and numbers are out of order."""
    return [*foreign_feed(30), *dropped_on_its_day(30), *late_uploads(30), *late_uploads(9)]


def _put_above(body: bytes, what: bytes) -> bytes:
    return BODY.sub(lambda found: found[0] + what, body, count=1)


def _name_town(url: str, body: bytes) -> bytes:
    """Return a page with the dateline of one of several towns."""
    number = int(re.findall(r"[0-9]+", url.partition("/Article/")[2])[0])
    return PLACE.sub(TOWNS[number % len(TOWNS)], body)


def _list_later(events: Sequence[Event]) -> list[Event]:
    return [event for event in events if not event.kind.is_first]


def _list_releases(event: Event) -> Sequence[object]:
    releases = event.detail.get("releases")
    return releases if isinstance(releases, list) else ()


def _format_date(at: datetime) -> str:
    return format_datetime(at, usegmt=True)
