"""Spider arguments make a plan and a run, or one line of refusal."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from crawler import config
from crawler.crawl.pagination import CrawlPlan
from crawler.crawl.run import CrawlRefusedError, CrawlRun
from crawler.crawl.spider_arguments import build_run, build_scrapy_settings, parse_plan
from simulator import Served, practice_newsroom, serve
from storage.store import Store
from tests.support.practice_crawls import QUICK, source_of


@pytest.fixture
def served() -> Iterator[Served]:
    with serve(practice_newsroom()) as practice:
        yield practice


@pytest.fixture
def database(tmp_path: Path, served: Served) -> Path:
    """Return a database that knows one practice source, with its configuration beside it."""
    store = Store.open(tmp_path / "milwire.db")
    store.save_source(source_of(served, "northreach"))
    store.close()
    (tmp_path / config.FILE_NAME).write_text("delay = 0.01\n")
    return tmp_path / "milwire.db"


def test_arguments_of_the_command_line_make_a_plan() -> None:
    assert parse_plan({}) == CrawlPlan()
    assert parse_plan({"look_again": "1"}) == CrawlPlan(look_again=True)
    assert parse_plan({"limit": "5", "since": "2026-11-01", "backfill": "1"}) == CrawlPlan(
        5, date(2026, 11, 1), True
    )


@pytest.mark.parametrize("wrong", [{"limit": "many"}, {"limit": "0"}, {"since": "yesterday"}])
def test_wrong_arguments_are_refused_with_one_line(wrong: dict[str, str]) -> None:
    with pytest.raises(CrawlRefusedError) as error:
        parse_plan(wrong)
    assert "\n" not in str(error.value)


def test_the_configuration_reaches_scrapy(served: Served, database: Path) -> None:
    store = Store.open(database)
    settings = build_scrapy_settings(CrawlRun(source_of(served, "northreach"), CrawlPlan(), store, QUICK))
    store.close()
    assert settings["DOWNLOAD_DELAY"] == QUICK.delay_s
    assert settings["DOWNLOAD_MAXSIZE"] == QUICK.max_bytes
    assert str(settings["USER_AGENT"]).startswith("milwire/")


@pytest.mark.parametrize(
    ("value", "wanted"), [("1", True), ("yes", True), ("TRUE", True), ("0", False), ("", False)]
)
def test_a_switch_is_set_by_a_word_that_says_yes(value: str, wanted: bool) -> None:
    assert parse_plan({"sitemap": value}).sitemap is wanted


def test_arguments_and_configuration_make_a_run_that_closes_its_store(database: Path) -> None:
    run = build_run(database, {"source": "practice-northreach", "backfill": "1"})
    assert (run.source.id, run.plan, run.config.delay_s) == (
        "practice-northreach",
        CrawlPlan(backfill=True),
        0.01,
    )
    run.close_record()
    with pytest.raises(Exception, match="closed"):
        run.store.db.execute("SELECT 1")


def test_an_unknown_newsroom_ends_the_process_with_one_line(database: Path) -> None:
    with pytest.raises(SystemExit, match='no source "nowhere"'):
        build_run(database, {"source": "nowhere"})
