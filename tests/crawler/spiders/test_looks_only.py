"""A crawl that looks at the releases it is told to, with the lists or without them."""

from pathlib import Path

import pytest

from crawler.crawl.pagination import CrawlPlan
from simulator import practice_newsroom, serve
from storage.models import Role
from storage.store import Store
from storage.tables import postings
from tests.support.practice_crawls import crawl, source_of

SITE = "calder"


@pytest.mark.parametrize("lists", [True, False])
def test_a_plan_may_name_the_releases_to_look_at(lists: bool, tmp_path: Path) -> None:
    database = tmp_path / "milwire.db"
    with serve(practice_newsroom()) as served:
        source = source_of(served, SITE)
        crawl(database, source)
        store = Store.open(database)
        named = postings.list_known_postings(store.db, source.id, source.host)[3:6]
        crawled = crawl(database, source, CrawlPlan(known_addresses=tuple(named), reads_lists=lists))
        kinds = [row["kind"] for row in store.db.query("SELECT kind FROM runs ORDER BY id")]
        store.close()
    assert [look.address.key for look in crawled.of(Role.ARTICLE)] == [one.key for one in named]
    assert bool(crawled.of(Role.LISTING, Role.FEED)) is lists
    assert (crawled.result.failures, crawled.result.complete) == ((), lists)
    assert kinds == ["crawl", "crawl" if lists else "looks"]
