"""`milwire crawl`: what a crawl of a practice newsroom says and stores."""

from pathlib import Path

import simulator
from simulator import Fault, Served, Trouble
from storage.store import Store
from tests.crawler.cli.conftest import QUICK, SITE
from tests.support.cli import CommandResult, read_objects, run_here


def test_a_crawl_without_names_visits_what_is_enabled_and_lists_what_is_new(
    newsroom: tuple[Served, Path, CommandResult],
) -> None:
    served, _, ran = newsroom
    assert (ran.code, ran.err) == (0, "")
    assert served.newsroom.site(SITE).sections[0].posts[0].fields.title[:20] in ran.out
    assert all(f"{source.id}: " in ran.out for source in served.site(SITE).sources)


def test_the_same_crawl_again_finds_nothing(newsroom: tuple[Served, Path, CommandResult]) -> None:
    _, folder, _ = newsroom
    again = read_objects(run_here("crawl", "--json", cwd=folder, env=QUICK))
    assert [(one["found"], one["published"], one["edited"], one["state"]) for one in again] == [
        (0, 0, 0, "ok") for _ in again
    ]


def test_a_limit_is_kept_and_said(newsroom: tuple[Served, Path, CommandResult], tmp_path: Path) -> None:
    served, _, _ = newsroom
    source = served.site("calder").sources[0]
    store = Store.open(tmp_path / "milwire.db")
    store.save_source(source)
    store.close()
    (one,) = read_objects(run_here("crawl", source.id, "--limit", "2", "--json", cwd=tmp_path, env=QUICK))
    assert (one["found"], one["state"]) == (2, "limited")


def test_a_refusal_is_exit_code_one_and_shows_in_the_status(tmp_path: Path) -> None:
    with simulator.serve(simulator.practice_newsroom()) as served:
        source = served.site("calder").sources[0]
        store = Store.open(tmp_path / "milwire.db")
        store.save_source(source)
        store.close()
        served.fault(Fault(Trouble.BLOCKED))
        ran = run_here("crawl", source.id, cwd=tmp_path, env=QUICK)
    assert ran.code == 1
    assert ran.err.startswith(f"{source.id}: ")
    status = run_here("status", cwd=tmp_path)
    assert status.code == 1
    assert source.id in status.err
