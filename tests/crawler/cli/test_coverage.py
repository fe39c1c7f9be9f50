"""`milwire coverage`: a crawled practice newsroom compared with its database."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import simulator
from crawler.crawl.pagination import CrawlPlan
from simulator import Absence, Fault, Served, Trouble, another_post
from storage.models import Source
from storage.store import Store
from tests.support.cli import CommandResult, run_here
from tests.support.practice_crawls import crawl, source_of


@pytest.fixture
def served() -> Iterator[Served]:
    with simulator.serve(simulator.practice_newsroom()) as opened:
        yield opened


@pytest.fixture
def source(served: Served) -> Source:
    return source_of(served, "calder")


@pytest.fixture
def db(tmp_path: Path, source: Source) -> Path:
    store = Store.open(tmp_path / "milwire.db")
    store.save_source(source)
    store.close()
    return tmp_path / "milwire.db"


def covered(db: Path, *arguments: object) -> CommandResult:
    return run_here("coverage", "practice-calder", *arguments, "--db", db, env={"MILWIRE_DELAY": "0.01"})


def reasons(db: Path) -> dict[str, str]:
    ran = covered(db, "--json")
    assert ran.code == 0, ran.err
    return {
        gap["url"].split("/Article/")[1].split("/")[0]: gap["reason"] for gap in json.loads(ran.out)["gaps"]
    }


def test_after_a_whole_back_fill_nothing_is_missing(db: Path, source: Source) -> None:
    crawl(db, source, CrawlPlan(backfill=True))
    ran = covered(db)
    assert ran.code == 0
    assert "15 of the 15 releases it shows are stored" in ran.out
    assert reasons(db) == {}


def test_before_any_crawl_all_is_new(db: Path, served: Served) -> None:
    posts = served.newsroom.site("calder").sections[0].posts
    assert reasons(db) == {post.number: "new" for post in posts}


def test_each_gap_of_a_real_newsroom_has_its_reason(db: Path, served: Served, source: Source) -> None:
    posts = served.newsroom.site("calder").sections[0].posts
    served.fault(Fault(Trouble.BROKEN, "calder", f"Article/{posts[2].number}"))
    crawl(db, source, CrawlPlan(backfill=True))
    served.remove("calder", posts[1].number, Absence.UNLISTED)
    new = another_post(served.newsroom, "calder")
    served.publish("calder", new)
    assert reasons(db) == {new.number: "new", posts[2].number: "failed", posts[1].number: "unlisted"}


def test_it_stores_nothing_and_is_polite(db: Path, served: Served, source: Source) -> None:
    crawl(db, source)
    store = Store.open(db)
    before = [
        store.db.execute(f"SELECT count(*) FROM {name}").fetchone() for name in ("looks", "runs", "events")
    ]
    covered(db)
    after = [
        store.db.execute(f"SELECT count(*) FROM {name}").fetchone() for name in ("looks", "runs", "events")
    ]
    store.close()
    assert before == after
    assert not simulator.find_overlaps(served.log)


def test_pages_bound_what_is_read(db: Path, served: Served) -> None:
    covered(db, "--pages", 1)
    assert not any("Page=2" in each.path for each in served.log)


@pytest.mark.parametrize("target", ["RSS", r"^/News/$", "SiteMap"])
def test_what_could_not_be_read_is_a_failure_and_no_gap(
    db: Path, served: Served, source: Source, target: str
) -> None:
    crawl(db, source, CrawlPlan(backfill=True))
    served.fault(Fault(Trouble.BROKEN, "calder", target))
    ran = covered(db, "--json")
    assert ran.code == 1
    assert "server error" in ran.err
    assert json.loads(ran.out)["gaps"] == []


def test_the_table_fits_and_tells_why(db: Path, source: Source) -> None:
    crawl(db, source, CrawlPlan(limit=3))
    ran = covered(db)
    assert "3 of the 15 releases it shows are stored" in ran.out
    assert "pending" in ran.out


def test_an_unknown_newsroom_is_wrong_usage(db: Path) -> None:
    ran = run_here("coverage", "nonsense", "--db", db)
    assert (ran.code, ran.err.count("\n")) == (2, 1)
