"""Crawls of one command: sites at once, the newsrooms of a site in turn, outcomes as they were asked for."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crawler import runner
from crawler.crawl.pagination import CrawlPlan
from simulator import Served, find_overlaps, practice_newsroom, serve
from storage.models import Event, Look, RunState
from tests.support.practice_crawls import QUICK, source_of


@pytest.fixture
def served() -> Iterator[Served]:
    with serve(practice_newsroom()) as practice:
        yield practice


def test_outcomes_are_in_the_order_of_the_newsrooms(served: Served, tmp_path: Path) -> None:
    two = served.site("meridian").sources[:2]
    sources = [two[1], source_of(served, "calder"), two[0]]
    outcomes = runner.crawl_newsrooms(sources, CrawlPlan(), tmp_path / "milwire.db", QUICK)
    assert [outcome.source_id for outcome in outcomes] == [source.id for source in sources]
    assert {outcome.state for outcome in outcomes} == {RunState.OK}
    assert find_overlaps(served.log) == []


def test_a_crawl_that_fails_is_an_outcome_beside_the_others(served: Served, tmp_path: Path) -> None:
    good = source_of(served, "calder")
    bad = replace(good, id="nowhere", host="127.0.0.1:9", listing_url="http://127.0.0.1:9/", feed_url=None)
    failed, done = runner.crawl_newsrooms([bad, good], CrawlPlan(), tmp_path / "milwire.db", QUICK)
    assert (failed.state, done.state) == (RunState.FAILED, RunState.OK)
    assert failed.failures


def test_looks_and_events_are_handed_on_as_they_come(served: Served, tmp_path: Path) -> None:
    looks: list[Look] = []
    batches: list[list[Event]] = []
    (outcome,) = runner.crawl_newsrooms(
        [source_of(served, "calder")],
        CrawlPlan(),
        tmp_path / "milwire.db",
        QUICK,
        lambda look, events: looks.append(look),
        batches.append,
    )
    assert len(looks) == sum(outcome.verdicts.values())
    assert len(batches) == 1, "once, at the end"


def test_no_newsrooms_are_no_outcomes(tmp_path: Path) -> None:
    assert runner.crawl_newsrooms([], CrawlPlan(), tmp_path / "milwire.db", QUICK) == []


def test_the_loop_is_one_for_the_whole_process() -> None:
    assert runner.get_loop() is runner.get_loop()


def test_the_runner_has_the_settings_of_the_project() -> None:
    settings = runner.create_runner().settings
    assert settings["BOT_NAME"] == "milwire"
    assert settings.getbool("HTTPERROR_ALLOW_ALL")
