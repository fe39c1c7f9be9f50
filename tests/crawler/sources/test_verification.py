"""A newsroom is verified by trying it: what works is kept, what does not is one line."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import simulator
from crawler.parsing.robots import RobotsRules
from crawler.sources import catalog, verification
from crawler.sources.verification import FetchedPage, RobotsAnswer
from simulator import Fault, Served, Trouble
from storage.models import Source, Verification
from storage.store import Store
from storage.tables import source_checks
from tests.support.cli import CommandResult, run_here

QUICK = {"MILWIRE_DELAY": "0.01"}


@pytest.fixture
def served() -> Iterator[Served]:
    with simulator.serve(simulator.practice_newsroom()) as opened:
        yield opened


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "milwire.db"


def keep(db: Path, *wanted: Source) -> None:
    store = Store.open(db)
    for source in wanted:
        store.save_source(source)
    store.close()


def verify(db: Path, *arguments: str) -> CommandResult:
    return run_here("sources", "verify", *arguments, "--db", db, env=QUICK)


def kept(db: Path, identifier: str) -> tuple[Source, Verification | None]:
    store = Store.open(db, read_only=True)
    try:
        return catalog.find_source(store, identifier), source_checks.find_verification(store.db, identifier)
    finally:
        store.close()


def off(served: Served, site: str, **changed: object) -> Source:
    """Return a newsroom as the catalogue has most: not enabled, nobody knows its feed."""
    source = replace(served.site(site).sources[0], id="mine", enabled=False, feed_url=None)
    return replace(source, **changed)  # type: ignore[arg-type]  # one value a field, by name


def line(ran: CommandResult, name: str) -> str:
    return next(each for each in ran.out.splitlines() if each.strip().startswith(f"{name}:"))


@pytest.mark.parametrize("site", ["northreach", "archive", "press", "meridian", "calder"])
def test_each_design_is_verified_and_its_feed_found_by_its_pages(served: Served, db: Path, site: str) -> None:
    keep(db, off(served, site))
    assert verify(db, "mine").code == 0
    source, found = kept(db, "mine")
    assert found is not None
    assert (found.ok, found.worked_at, found.platform) == (True, found.at, "afpims")
    assert found.feed_url == source.feed_url == served.site(site).feed_url
    assert found.site_id == served.newsroom.site(site).site_id
    assert found.design in {"g1", "g2", "g3", "g4"}
    assert {"title", "published_on", "paragraphs"} <= set(found.fields)
    assert served.site(site).listing_url in found.sections
    assert not source.enabled


def test_verifying_stores_no_release_and_no_run(served: Served, db: Path) -> None:
    keep(db, off(served, "meridian"))
    verify(db, "mine")
    store = Store.open(db, read_only=True)
    assert store.db.execute(
        "SELECT (SELECT count(*) FROM postings) + (SELECT count(*) FROM runs)"
    ).fetchone() == (0,)
    store.close()


def test_it_is_polite_and_asks_for_few_pages(served: Served, db: Path) -> None:
    keep(db, off(served, "meridian"))
    verify(db, "mine")
    paths = [each.path for each in served.log]
    assert len(paths) == len(set(paths)) <= 6
    assert paths[0] == "/robots.txt"
    assert not simulator.find_overlaps(served.log)


def test_enable_switches_on_what_works_and_nothing_else(served: Served, db: Path) -> None:
    keep(db, off(served, "meridian"), off(served, "calder", id="other"))
    served.fault(Fault(Trouble.NOT_FOUND, "calder", "/News/"))
    assert verify(db, "mine", "other", "--enable").code == 1
    assert (kept(db, "mine")[0].enabled, kept(db, "other")[0].enabled) == (True, False)


def test_a_listing_that_is_not_there_is_one_line_with_advice(served: Served, db: Path) -> None:
    keep(db, off(served, "meridian", listing_url=f"{served.site('meridian').base_url}/Wrong/"))
    ran = verify(db, "mine")
    assert ran.code == 1
    assert "failed" in line(ran, "listing")
    assert "gone" in line(ran, "listing")
    assert "no release" in line(ran, "article")


def test_a_page_that_is_no_list_says_where_to_look_for_one(served: Served, db: Path) -> None:
    post = served.newsroom.site("meridian").sections[0].posts[0]
    keep(db, off(served, "meridian", listing_url=served.url("meridian", post.number)))
    assert "milwire sources discover" in line(verify(db, "mine"), "listing")


def test_another_sites_feed_is_not_taken(served: Served, db: Path) -> None:
    elsewhere = served.site("calder")
    wrong = served.site("meridian").base_url + elsewhere.feed_url.removeprefix(elsewhere.base_url)
    keep(db, off(served, "meridian", feed_url=wrong))
    assert verify(db, "mine").code == 0
    source, found = kept(db, "mine")
    assert found is not None
    assert source.feed_url == found.feed_url == served.site("meridian").feed_url


def test_a_refusal_ends_it_at_once(served: Served, db: Path) -> None:
    keep(db, off(served, "meridian"))
    served.fault(Fault(Trouble.BLOCKED, "meridian", r"^/$"))
    ran = verify(db, "mine")
    assert ran.code == 1
    assert "blocked" in line(ran, "home")
    assert "not requested: blocked" in line(ran, "listing")
    assert [each.path for each in served.log] == ["/robots.txt", "/"]


def test_unknown_robots_mean_that_nothing_is_fetched(served: Served, db: Path) -> None:
    keep(db, off(served, "meridian"))
    served.fault(Fault(Trouble.ROBOTS_AS_HTML, "meridian"))
    ran = verify(db, "mine")
    assert ran.code == 1
    assert "could not be read" in line(ran, "robots")
    assert {each.path for each in served.log} == {"/robots.txt"}


def test_what_worked_is_remembered_when_it_fails_later(served: Served, db: Path) -> None:
    keep(db, off(served, "meridian"))
    verify(db, "mine")
    _, before = kept(db, "mine")
    served.fault(Fault(Trouble.BROKEN, "meridian"))
    assert verify(db, "mine").code == 1
    source, after = kept(db, "mine")
    assert before is not None
    assert after is not None
    assert (after.ok, after.worked_at, after.feed_url) == (False, before.worked_at, before.feed_url)
    assert source.feed_url == before.feed_url
    assert "worked" in run_here("sources", "show", "mine", "--db", db).out


def test_show_and_list_tell_what_was_verified(served: Served, db: Path) -> None:
    keep(db, off(served, "meridian"), off(served, "calder", id="other"))
    verify(db, "mine")
    assert "Site=2101" in line(run_here("sources", "show", "mine", "--db", db), "feed")
    shown = json.loads(run_here("sources", "show", "mine", "--json", "--db", db).out)
    assert shown["verification"]["site_id"] == 2101
    rows = run_here("sources", "list", "--verified", "--json", "--db", db).out.splitlines()
    assert [json.loads(row)["id"] for row in rows] == ["mine"]
    assert "mine" in run_here("sources", "list", "--verified", "--db", db).out


def test_without_ids_every_enabled_newsroom_is_tried(served: Served, db: Path) -> None:
    keep(db, off(served, "meridian", enabled=True))
    for seed in catalog.SEEDS:
        run_here("sources", "disable", seed, "--db", db)
    ran = run_here("sources", "verify", "--json", "--db", db, env=QUICK)
    assert [json.loads(row)["source_id"] for row in ran.out.splitlines()] == ["mine"]


def test_a_public_host_wants_a_contact_first(tmp_path: Path) -> None:
    ran = run_here("sources", "verify", "usfk-news", cwd=tmp_path)
    assert (ran.code, ran.out) == (1, "")
    assert "contact" in ran.err


def test_an_unknown_id_tries_nothing(served: Served, db: Path) -> None:
    keep(db, off(served, "meridian"))
    assert verify(db, "mine", "nonsense").code == 2
    assert served.log == ()


def test_robots_that_forbid_the_listing_are_a_failure() -> None:
    source = replace(catalog.load_catalog()[0], listing_url="https://www.example.mil/News/", article_url=None)
    rules = RobotsAnswer(RobotsRules("User-agent: *\nDisallow: /News/"), 200)
    found = verification.verify_source(
        source, lambda url: FetchedPage(None, "robots denied"), lambda: rules, datetime.now(UTC)
    )
    assert not found.ok
    assert [check.line for check in found.checks if check.name == "robots"] == [
        "disallows https://www.example.mil/News/"
    ]


def test_the_numbers_of_a_feed_are_read_in_any_order_and_case() -> None:
    assert verification.parse_feed_numbers("https://x.mil/RSS.ashx?site=945&CONTENTTYPE=9&max=20") == (945, 9)
    assert verification.parse_feed_numbers("https://x.mil/feed.xml") == (None, None)
