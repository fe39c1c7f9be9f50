"""What listings and feeds announce stays with the posting, whatever came first."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.records import Role
from storage.store import Store
from tests.looking import address, after, entry, fields, listed, seen, store_at, table


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        yield opened


def test_a_feeds_time_fills_the_gap_and_never_makes_an_edit(store: Store) -> None:
    store.save(listed(after(0), entry("100", at=after(-1)), role=Role.FEED))
    store.save(seen(after(1), fields(), address("100")))
    times = "SELECT published_at, published_source FROM postings"
    assert store.db.execute(times).fetchone() == ("2026-03-02T11:00:00.000000Z", "rss")
    store.save(listed(after(2), entry("100", at=after(1.5)), role=Role.FEED))
    assert store.save(seen(after(3), fields(), address("100"))) == []
    assert store.db.execute(times).fetchone() == ("2026-03-02T11:00:00.000000Z", "rss")


def test_a_feed_that_comes_after_the_article_fills_the_gap_too(store: Store) -> None:
    store.save(seen(after(0), fields(), address("100")))
    store.save(listed(after(1), entry("100", at=after(-1)), role=Role.FEED))
    assert store.db.execute("SELECT published_source FROM postings").fetchone() == ("rss",)


def test_the_pages_own_time_counts_before_the_feeds(store: Store) -> None:
    store.save(listed(after(0), entry("100", at=after(-1)), role=Role.FEED))
    store.save(seen(after(1), fields(published_at=after(-2), published_source="jss"), address("100")))
    assert store.db.execute("SELECT published_source FROM postings").fetchone() == ("jss",)


@pytest.mark.parametrize("article_first", [True, False])
def test_sources_and_addresses_do_not_depend_on_what_came_first(store: Store, article_first: bool) -> None:
    looks = [
        listed(after(0), entry("100", slug="from-the-feed"), source="wing-feed"),
        listed(after(0), entry("100", slug="from-the-list")),
        seen(after(0), fields(), address("100")),
    ]
    for look in reversed(looks) if article_first else looks:
        store.save(look)
    assert [row[1] for row in table(store, "posting_sources")] == ["wing-feed", "wing-news"]
    slugs = [str(row[1]).split("/")[-2] for row in table(store, "addresses")]
    assert slugs == ["a-story", "from-the-feed", "from-the-list"]
    assert table(store, "pending") == []
