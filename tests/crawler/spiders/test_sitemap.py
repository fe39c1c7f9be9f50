"""A back-fill by the site map fetches what the lists no longer show of this newsroom, and nothing else."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import simulator
from crawler.crawl.pagination import CrawlPlan
from simulator import Absence, Fault, Served, Trouble, truth
from storage.archive.writer import get_archive_folder
from storage.integrity.verify import verify_database
from storage.models import EventKind, Role, Verdict
from storage.store import Store
from tests.support.cli import run_here
from tests.support.practice_crawls import Crawled, crawl, source_of, without_feed

MAPPED = CrawlPlan(sitemap=True)


@pytest.fixture
def served() -> Iterator[Served]:
    with simulator.serve(simulator.practice_newsroom(posts=120)) as opened:
        yield opened


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "milwire.db"


def standing(served: Served, site: str, section: int = 0) -> set[str]:
    """Return the numbers of a section's releases whose pages stand."""
    posts = served.newsroom.site(site).sections[section].posts
    return {post.number for post in posts if post.absence in (None, Absence.UNLISTED)}


def mapped(served: Served, database: Path, site: str = "calder") -> Crawled:
    return crawl(database, source_of(served, site), MAPPED)


def test_all_releases_of_the_section_are_fetched(served: Served, database: Path) -> None:
    assert len(standing(served, "calder")) > 20
    crawled = mapped(served, database)
    assert crawled.articles == standing(served, "calder")
    assert (crawled.result.state, crawled.result.failures) == ("ok", ())


def test_other_sections_of_the_site_are_left_alone(served: Served, database: Path) -> None:
    assert mapped(served, database, "press").articles == standing(served, "press")


def test_a_release_that_no_list_shows_is_found(served: Served, database: Path) -> None:
    number = served.newsroom.site("calder").sections[0].posts[3].number
    served.remove("calder", number, Absence.UNLISTED)
    assert number in mapped(served, database).articles


def test_what_it_brings_is_found_and_not_published(served: Served, database: Path) -> None:
    crawl(database, source_of(served, "calder"))
    crawled = mapped(served, database)
    assert crawled.articles
    assert {event.kind for event in crawled.events} & {EventKind.FOUND, EventKind.PUBLISHED} == {
        EventKind.FOUND
    }


def test_what_is_stored_is_not_fetched_twice(served: Served, database: Path) -> None:
    mapped(served, database)
    again = mapped(served, database)
    assert (again.articles, again.result.failures) == (set(), ())


def test_a_limited_back_fill_goes_on_at_the_next(served: Served, database: Path) -> None:
    first = crawl(database, source_of(served, "calder"), CrawlPlan(limit=5, sitemap=True))
    assert (len(first.articles), first.result.state) == (5, "limited")
    assert first.articles | mapped(served, database).articles == standing(served, "calder")


def test_without_a_feed_the_listing_tells_what_is_ours(served: Served, database: Path) -> None:
    crawled = crawl(database, without_feed(source_of(served, "calder")), MAPPED)
    assert crawled.articles == standing(served, "calder")


def test_without_a_listing_the_feed_does(served: Served, database: Path) -> None:
    crawled = crawl(database, replace(source_of(served, "calder"), listing_url=None), MAPPED)
    assert crawled.articles == standing(served, "calder")


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (Trouble.NOT_FOUND, "no site map at"),
        (Trouble.BROKEN, "server error"),
        (Trouble.GARBAGE, "not text"),
        (Trouble.HOME, "site map"),
        (Trouble.EMPTY, "site map"),
        (Trouble.TRUNCATED, "broke off"),
        (Trouble.LOOP, "redirect"),
    ],
)
def test_a_map_that_cannot_be_read_is_a_failure_and_costs_nothing_else(
    served: Served, database: Path, trouble: Trouble, said: str
) -> None:
    served.fault(Fault(trouble, "calder", "SiteMap"))
    crawled = mapped(served, database)
    assert crawled.result.state == "failed"
    assert any(said in failure for failure in crawled.result.failures), crawled.result.failures
    assert len(crawled.articles) > 5


def test_a_404_for_the_site_map_is_one_failure_that_names_every_address_tried(
    served: Served, database: Path
) -> None:
    served.fault(Fault(Trouble.NOT_FOUND, "calder", "SiteMap"))
    crawled = mapped(served, database)
    tried = [look.address.url for look in crawled.of(Role.SITEMAP)]
    assert tried
    assert {look.verdict for look in crawled.of(Role.SITEMAP)} == {Verdict.GONE}
    assert crawled.result.failures == (f"no site map at {' or '.join(tried)}",)
    assert crawled.result.verdicts["gone"] == len(tried)


def test_a_404_for_one_file_of_an_index_costs_its_releases_and_is_no_failure(
    served: Served, database: Path
) -> None:
    served.fault(Fault(Trouble.NOT_FOUND, "press", "section=2"))
    crawled = mapped(served, database, "press")
    verdicts = [look.verdict for look in crawled.of(Role.SITEMAP)]
    assert verdicts.count(Verdict.GONE) == 1
    assert Verdict.LIVE in verdicts
    assert crawled.articles == standing(served, "press")
    assert (crawled.result.state, crawled.result.failures) == ("ok", ())


def test_a_map_of_other_sections_alone_is_told(served: Served, database: Path) -> None:
    served.fault(Fault(Trouble.NOT_FOUND, "calder", "section=1"))
    failures = mapped(served, database).result.failures
    assert any("is a release of this newsroom" in failure for failure in failures), failures


def test_it_is_as_polite_as_a_crawl_and_the_ledger_holds(served: Served, database: Path) -> None:
    mapped(served, database)
    assert not simulator.find_overlaps(served.log)
    store = Store.open(database)
    assert verify_database(store.db, get_archive_folder(database)).problem is None
    kinds = store.db.execute("SELECT DISTINCT kind FROM runs").fetchall()
    maps = store.db.execute("SELECT count(*) FROM looks WHERE role = ?", [str(Role.SITEMAP)]).fetchone()
    store.close()
    assert kinds == [("sitemap",)]
    assert maps == (len(served.newsroom.site("calder").sections) + 2,)


def test_a_removal_stays_a_removal_after_it(served: Served, database: Path) -> None:
    """What the map brought was never listed: that it is on no list is no news."""
    mapped(served, database)
    crawled = crawl(database, source_of(served, "calder"), CrawlPlan(look_again=True))
    assert {event.kind for event in crawled.events} <= {EventKind.CAPTURED}


def test_the_command_wants_both_options(tmp_path: Path) -> None:
    ran = run_here("crawl", "usfk-news", "--sitemap", cwd=tmp_path)
    assert ran.code == 2
    assert "--backfill" in ran.err


def test_the_command_crawls_by_the_map(served: Served, database: Path) -> None:
    store = Store.open(database)
    store.save_source(source_of(served, "archive"))
    store.close()
    number = truth.list_posts(served.newsroom.site("archive"))[0][1].number
    served.remove("archive", number, Absence.UNLISTED)
    asked = ("crawl", "practice-archive", "--backfill", "--sitemap", "--db", database)
    ran = run_here(*asked, env={"MILWIRE_DELAY": "0.01"})
    assert ran.code == 0, ran.err
    assert run_here("show", number, "--db", database).code == 0
