"""Lives on sites whose lists and addresses are odd: no number in an address, a pager that leads to the end.

Like `page_lives`, what is asked and answered is altered on its way.
"""

import re
from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from benchmarks import run_life
from benchmarks.direct_crawl import DirectCrawler
from benchmarks.page_lives import Alter, AlteredCrawler
from benchmarks.scoring import Demand
from benchmarks.steered_lives import EVERY, SITE, Posts, Step, describe, steer
from crawler.crawl.pagination import CrawlPlan
from simulator import life as lives
from simulator import routing, stories, truth
from simulator.life import Life
from simulator.responses import Answer, redirect
from simulator.timeline import TimelineWriter
from simulator.truth import Post
from storage.models import EventKind
from storage.queries.events import list_events

NUMBERED = re.compile(rb"/News/Article-Display/Article/([0-9]+)/[^/\"'<>\s]*/?")
STORY = re.compile(r"/News/Story/([0-9/]+/[^/]+)/")
RENAMED = slice(1, 4)
PER_PAGE = 10
NEXT = re.compile(rb'<li><a class="da_next_pager" href="([^"]*Page=)[0-9]+">Next</a></li>')
PAGER = re.compile(rb'<ul class="pagination">.*?</ul>', re.DOTALL)
MORE = b'<a class="alist-more-button" href="#">Load more</a>'


class SluggedCrawler(DirectCrawler):
    """A crawler of a newsroom whose addresses have the story's day and slug, and no number.

    A slug that a story had before is not found, or leads to the one it has.
    """

    def __init__(self, life: Life, database: Path, *, redirects: bool) -> None:
        super().__init__(life, database, life.start)
        self._redirects = redirects

    def _answer(self, url: str) -> Answer | None:
        asked = STORY.search(url)
        if asked is None:
            return self._hide_numbers(super()._answer(url))
        post = self._find_post(asked[1])
        if post is None or (name_story(post) != asked[1] and not self._redirects):
            return super()._answer(url)
        if name_story(post) != asked[1]:
            return redirect(f"/News/Story/{name_story(post)}/", 301)
        return self._hide_numbers(
            super()._answer(STORY.sub(f"/News/Article-Display/Article/{post.number}/", url))
        )

    def _find_post(self, name: str) -> Post | None:
        """Return the post that has a day and slug, or had them before, as it is now."""
        past = [frame.newsroom for frame in self.life.frames if frame.at <= self.now]
        numbers = {
            post.number
            for newsroom in past
            for _, post in truth.list_posts(newsroom.site(SITE))
            if name_story(post) == name
        }
        now = truth.list_posts(lives.newsroom_at(self.life, self.now).site(SITE))
        return next((post for _, post in now if post.number in numbers), None)

    def _hide_numbers(self, answer: Answer | None) -> Answer | None:
        if answer is None:
            return None
        shown = truth.list_posts(lives.newsroom_at(self.life, self.now).site(SITE))
        names = {post.number: name_story(post) for _, post in shown}

        def name(found: re.Match[bytes]) -> bytes:
            return f"/News/Story/{names[found[1].decode()]}/".encode()

        return replace(answer, body=NUMBERED.sub(name, answer.body))


def name_story(post: Post) -> str:
    """Return the day and slug by which a post is found."""
    return f"{post.fields.published_on:%Y/%m/%d}/{post.slug}"


def renamed_stories(postings: int, *, redirects: bool) -> list[Demand]:
    """Give three stories another headline and slug: each has moved and is edited, none is new or removed."""

    def act(writer: TimelineWriter, posts: Posts) -> None:
        for post in posts[RENAMED]:
            fields = writer.find_post(post).fields
            title = f"Update: {fields.title}"
            writer.update_post(post, fields=replace(fields, title=title), slug=stories.slugify(title))

    steered = steer(postings, [Step(13, act)], 3)
    with run_life.open_database() as database:
        crawler = SluggedCrawler(steered.life, database, redirects=redirects)
        try:
            run_life.watch_life(crawler, EVERY)
            events = list(list_events(crawler.store))
        finally:
            crawler.close()
    kinds = Counter(event.kind for event in events)
    count = len(steered.posts[RENAMED])
    found = min(postings, routing.FEED_LIMIT)  # the lists of this platform name no story without a number
    wanted = {EventKind.FOUND: found, EventKind.RENAMED: count, EventKind.EDITED: count}
    manner = "redirects" if redirects else "404"
    later = [event for event in events if not event.kind.is_first]
    measured = f"{describe(later)} (wanted {count} renamed and edited), {kinds[EventKind.FOUND]} found"
    return [Demand(f"new slugs without a number, {manner}, {postings} releases", measured, kinds == wanted)]


def last_page_first(postings: int) -> list[Demand]:
    """Put the link to the last page first, in the class of the next: a back-fill reads every page."""
    last = -(-postings // PER_PAGE)

    def alter(url: str, answer: Answer, at: datetime) -> Answer:
        return replace(
            answer,
            body=NEXT.sub(
                rb'<li><a class="da_next_pager" href="\g<1>%d">Last</a></li>\g<0>' % last, answer.body
            ),
        )

    return [backfill(f"a pager that shows the last page first, {postings} releases", postings, alter)]


def button_on_every_page(postings: int) -> list[Demand]:
    """Show a button for more on every page, the last one too, and no pager: a back-fill ends by itself."""

    def alter(url: str, answer: Answer, at: datetime) -> Answer:
        return replace(answer, body=PAGER.sub(MORE, answer.body))

    is_last_full = postings % PER_PAGE == 0 or postings < PER_PAGE  # a short page says nothing of the end
    name = f"a button for more on every page, {postings} releases"
    return [backfill(name, postings, alter, is_complete=is_last_full)]


def backfill(name: str, postings: int, alter: Alter, *, is_complete: bool = True) -> Demand:
    """Return whether a back-fill of a newsroom with altered lists finds all, and knows whether it did."""
    with run_life.open_database() as database:
        crawler = AlteredCrawler(steer(postings, [], 1).life, database, alter)
        try:
            outcome = crawler.crawl(SITE, CrawlPlan(backfill=True))
            found = sum(event.kind is EventKind.FOUND for event in list_events(crawler.store))
        finally:
            crawler.close()
    measured = f"{found} found, complete: {outcome.complete} (wanted {postings}, {is_complete})"
    return Demand(name, measured, found == postings and outcome.complete == is_complete)


def run_odd_lists() -> list[Demand]:
    """Return what is demanded where stories take other addresses, or a list does not lead on plainly."""
    return [
        *(
            demand
            for size in (9, 30)
            for to in (True, False)
            for demand in renamed_stories(size, redirects=to)
        ),
        *(demand for size in (9, 30, 300) for demand in last_page_first(size)),
        *(demand for size in (9, 30, 300, 305) for demand in button_on_every_page(size)),
    ]
