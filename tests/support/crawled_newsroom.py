"""A practice newsroom that was crawled once, and what people are told when it is looked at again."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from crawler.crawl.pagination import CrawlPlan
from simulator import Absence, Post, Served
from storage.models import HIDDEN_EVENTS, Event, Fields, RemovalPolicy
from storage.store import Store
from tests.support.practice_crawls import QUICK, Crawled, crawl, source_of

SITE = "calder"


LOOK_AGAIN = CrawlPlan(look_again=True)


AT_ONCE = replace(QUICK, removal=RemovalPolicy(looks=3, span=timedelta(0)))


class CrawledNewsroom:
    """A practice newsroom with a database that knows it."""

    def __init__(self, served: Served, database: Path, site: str = SITE) -> None:
        self.served = served
        self.database = database
        self.site = site
        self.source = source_of(served, site)
        self.crawl(CrawlPlan())

    def crawl(self, plan: CrawlPlan = LOOK_AGAIN) -> Crawled:
        """Crawl it now."""
        return crawl(self.database, self.source, plan, AT_ONCE)

    def told(self, looks: int = 1) -> list[Event]:
        """Look again so many times and return what people are told."""
        crawls = [self.crawl() for _ in range(looks)]
        return [event for each in crawls for event in each.events if event.kind not in HIDDEN_EVENTS]

    @property
    def posts(self) -> tuple[Post, ...]:
        """Return the releases of the first listing page, newest first, with a day and some text each."""
        section = self.served.newsroom.site(self.site).sections[0]
        return tuple(post for post in section.posts[: section.per_page] if len(post.fields.paragraphs) > 2)

    def edit(self, post: Post, **changes: object) -> None:
        """Change some fields of a release."""
        self.served.edit(self.site, post.number, replace(post.fields, **changes))  # type: ignore[arg-type]  # by name

    def remove(self, post: Post, how: Absence = Absence.NOT_FOUND) -> None:
        """Take a release down."""
        self.served.remove(self.site, post.number, how)

    def url(self, post: Post) -> str:
        """Return the address of a release."""
        return self.served.url(self.site, post.number)

    def states(self) -> set[str]:
        """Return the states of all postings."""
        return {str(row["state"]) for row in self.query("SELECT DISTINCT state FROM postings")}

    def query(self, sql: str) -> list[dict[str, object]]:
        """Return rows of the database."""
        store = Store.open(self.database, read_only=True)
        rows = list(store.db.query(sql))
        store.close()
        return rows


def kinds(events: list[Event]) -> list[str]:
    """Return the kinds of events, in order."""
    return [str(event.kind) for event in events]


def longer(fields: Fields, words: str = "The gate opens at nine from Monday on.") -> tuple[str, ...]:
    """Return the paragraphs of a release and one more."""
    return (*fields.paragraphs, words)
