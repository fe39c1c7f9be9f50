"""`milwire sources`: which newsrooms there are, which are crawled, and adding one by its page."""

import json
import socket
from pathlib import Path

import pytest

import simulator
from crawler.sources import catalog
from simulator import Served
from storage.models import Source
from storage.store import Store
from tests.support.cli import CommandResult, run_here


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "milwire.db"


def enabled(db: Path) -> set[str]:
    store = Store.open(db, read_only=True)
    try:
        return {source.id for source in catalog.list_enabled_sources(store)}
    finally:
        store.close()


def stored(db: Path, identifier: str) -> Source:
    store = Store.open(db, read_only=True)
    try:
        return catalog.find_source(store, identifier)
    finally:
        store.close()


def refused(ran: CommandResult, code: int) -> str:
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.startswith("milwire: ")
    assert ran.err.count("\n") == 1
    return ran.err


def test_looking_at_the_catalogue_makes_no_database(db: Path) -> None:
    ran = run_here("sources", "list", "--enabled", "--json", "--db", db)
    assert {json.loads(line)["id"] for line in ran.out.splitlines()} == catalog.SEEDS
    assert not db.exists()


def test_filters_narrow_the_list(db: Path) -> None:
    asked = ("--platform", "AFPIMS", "--branch", "navy", "--confidence", "high", "--json", "--db", db)
    ran = run_here("sources", "list", *asked)
    found = [json.loads(line) for line in ran.out.splitlines()]
    assert found
    assert {(one["platform"], one["branch"], one["confidence"]) for one in found} == {
        ("afpims", "Navy", "high")
    }


def test_find_looks_for_every_word(db: Path) -> None:
    ran = run_here("sources", "find", "forces", "korea", "--json", "--db", db)
    assert "usfk-news" in {json.loads(line)["id"] for line in ran.out.splitlines()}


def test_show_suggests_near_ids(db: Path) -> None:
    assert "usfk-news" in refused(run_here("sources", "show", "usfk-new", "--db", db), 2)


def test_enable_and_disable_by_id(db: Path) -> None:
    assert run_here("sources", "enable", "usfk-press-releases", "--db", db).code == 0
    assert run_here("sources", "disable", "usfk-news", "--db", db).code == 0
    assert enabled(db) == {"spacecom-news", "usfk-press-releases"}


def test_enable_by_filter(db: Path) -> None:
    asked = ("--platform", "afpims", "--confidence", "high", "--branch", "Space Force")
    assert run_here("sources", "enable", *asked, "--db", db).code == 0
    wanted = [
        one.id
        for one in catalog.load_catalog()
        if (one.platform, one.confidence, one.branch) == ("afpims", "high", "Space Force")
    ]
    assert wanted
    assert enabled(db) == catalog.SEEDS | set(wanted)


def test_an_unknown_id_among_several_switches_none(db: Path) -> None:
    refused(run_here("sources", "enable", "usfk-press-releases", "nonsense-news", "--db", db), 2)
    assert enabled(db) == catalog.SEEDS


@pytest.mark.parametrize("arguments", [(), ("usfk-news", "--platform", "afpims")])
def test_switching_wants_ids_or_filters_and_not_both(arguments: tuple[str, ...], db: Path) -> None:
    refused(run_here("sources", "enable", *arguments, "--db", db), 2)


def test_a_catalogue_row_is_not_removed(db: Path) -> None:
    assert "disable" in refused(run_here("sources", "remove", "usfk-news", "--db", db), 1)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "not a web address"),
        ("http://127.0.0.1:1/News/", "--allow-private"),
        ("https://localhost/News/", "--allow-private"),
        ("https://www.usfk.mil/Media/Newsroom/News/", "usfk-news"),
    ],
)
def test_add_refuses_what_it_should_not_look_at(url: str, said: str, db: Path) -> None:
    assert said in refused(run_here("sources", "add", url, "--db", db), 2)


def test_adding_a_public_host_wants_a_contact_first(tmp_path: Path) -> None:
    ran = run_here("sources", "add", "https://www.example.mil/News/", cwd=tmp_path)
    assert "contact" in refused(ran, 1)


def test_nothing_is_added_when_nothing_answers(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/News/"
        ran = run_here("sources", "add", url, "--allow-private", "--id", "mine", cwd=tmp_path)
    refused(ran, 1)
    assert "mine" in refused(run_here("sources", "show", "mine", cwd=tmp_path), 2)


def added(served: Served, tmp_path: Path, *arguments: str) -> CommandResult:
    url = served.site("meridian").listing_url
    quick = {"MILWIRE_DELAY": "0.01"}
    return run_here(
        "sources", "add", url, "--allow-private", "--id", "mine", *arguments, cwd=tmp_path, env=quick
    )


def test_a_newsroom_is_recognised_by_its_page_and_can_be_removed(tmp_path: Path) -> None:
    with simulator.serve(simulator.practice_newsroom()) as served:
        feed = served.site("meridian").feed_url
        ran = added(served, tmp_path)
    assert (ran.code, ran.err) == (0, "")
    made = stored(tmp_path / "milwire.db", "mine")
    assert (made.platform, made.feed_url, made.enabled, made.private) == ("afpims", feed, True, True)
    assert run_here("sources", "remove", "mine", cwd=tmp_path).code == 0
    assert run_here("sources", "show", "mine", cwd=tmp_path).code == 2


def test_another_sites_feed_is_left_out_and_named(tmp_path: Path) -> None:
    with simulator.serve(simulator.practice_newsroom()) as served:
        elsewhere = served.site("calder")
        ran = added(served, tmp_path, "--feed", elsewhere.feed_url)
    assert ran.code == 0
    assert elsewhere.host in ran.err
    assert ran.err.count("\n") == 1
    assert stored(tmp_path / "milwire.db", "mine").feed_url is None


def test_a_feed_that_another_site_fills_is_no_newsroom(tmp_path: Path) -> None:
    with simulator.serve(simulator.practice_newsroom()) as served:
        here_url, elsewhere = served.site("meridian").base_url, served.site("calder")
        wrong = here_url + elsewhere.feed_url.removeprefix(elsewhere.base_url)
        ran = run_here(
            "sources", "add", wrong, "--allow-private", cwd=tmp_path, env={"MILWIRE_DELAY": "0.01"}
        )
    assert elsewhere.host in refused(ran, 1)


def test_one_release_is_no_newsroom(tmp_path: Path) -> None:
    with simulator.serve(simulator.practice_newsroom()) as served:
        post = served.newsroom.site("meridian").sections[0].posts[0]
        url = served.url("meridian", post.number)
        ran = run_here("sources", "add", url, "--allow-private", cwd=tmp_path, env={"MILWIRE_DELAY": "0.01"})
    assert "one release" in refused(ran, 1)
