"""The newsrooms of a host are found through its front page, its feeds and its site map, within bounds."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import simulator
from crawler.parsing import urls
from crawler.sources import catalog, discovery
from crawler.sources.discovery import HostExploration
from simulator import Fault, Served, Trouble
from storage.models import Confidence, Page
from storage.store import Store
from tests.support.cli import CommandResult, run_here

QUICK = {"MILWIRE_DELAY": "0.01"}
HOME = "https://www.example.mil/"


@pytest.fixture
def served() -> Iterator[Served]:
    with simulator.serve(simulator.practice_newsroom()) as opened:
        yield opened


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "milwire.db"


def discover(db: Path, host: str, *arguments: str) -> CommandResult:
    return run_here("sources", "discover", host, "--allow-private", *arguments, "--db", db, env=QUICK)


def channels(ran: CommandResult) -> set[tuple[str | None, str | None]]:
    found = json.loads(ran.out)["candidates"]
    return {(one["source"]["listing_url"], one["source"]["feed_url"]) for one in found}


@pytest.mark.parametrize("site", ["archive", "press", "meridian", "calder"])
def test_every_section_is_found_with_its_own_feed(served: Served, db: Path, site: str) -> None:
    ran = discover(db, served.site(site).host, "--json")
    assert ran.code == 0
    assert channels(ran) == {(one.listing_url, one.feed_url) for one in served.site(site).sources}
    assert {one["confidence"] for one in json.loads(ran.out)["candidates"]} == {"high"}


def test_sections_of_the_oldest_design_are_found_as_far_as_they_are_linked(served: Served, db: Path) -> None:
    linked = {
        one.listing_url for one in served.site("northreach").sources if "/News" in (one.listing_url or "")
    }
    assert {where for where, _ in channels(discover(db, served.site("northreach").host, "--json"))} == linked


def test_it_is_polite_bounded_and_says_how_much_it_asked(served: Served, db: Path) -> None:
    ran = discover(db, served.site("northreach").host)
    assert len(served.log) <= discovery.MAX_ADDRESSES + 1
    assert f"{len(served.log)} requests" in ran.err
    assert served.log[0].path == "/robots.txt"
    assert not simulator.find_overlaps(served.log)


def test_a_section_that_nothing_links_is_found_through_the_site_map(served: Served, db: Path) -> None:
    served.fault(Fault(Trouble.EMPTY, "press", r"^/$"))
    ran = discover(db, served.site("press").host, "--json")
    assert served.site("press").listing_url in {where for where, _ in channels(ran)}


def test_add_stores_and_enables_what_was_seen_to_work(served: Served, db: Path) -> None:
    site = served.site("press")
    ran = discover(db, site.host, "--add")
    assert ran.code == 0
    store = Store.open(db, read_only=True)
    mine = [one for one in catalog.list_enabled_sources(store) if one.host == site.host]
    store.close()
    assert {one.listing_url for one in mine} == {one.listing_url for one in site.sources}
    assert all(one.private and one.origin == "user" and one.platform == "afpims" for one in mine)
    assert all(f"added {one.id}" in ran.out for one in mine)


def test_what_is_ours_already_is_named_and_not_added_again(served: Served, db: Path) -> None:
    site = served.site("calder")
    store = Store.open(db)
    store.save_source(replace(site.sources[0], id="ours"))
    store.close()
    ran = discover(db, site.host, "--add")
    assert "ours  high  already known" in ran.out
    assert "added" not in ran.out


def test_found_sections_can_be_crawled(served: Served, db: Path) -> None:
    discover(db, served.site("archive").host, "--add")
    identifier = urls.find_host(served.site("archive").base_url).replace(".", "-").replace(":", "-")
    ran = run_here("crawl", f"{identifier}-news-releases", "--db", db, env=QUICK)
    assert ran.code == 0, ran.err


def test_nothing_found_is_a_failure_that_says_why(served: Served, db: Path) -> None:
    served.fault(Fault(Trouble.NOT_FOUND, "calder"))
    ran = discover(db, served.site("calder").host)
    assert ran.code == 1
    assert "no newsroom section" in ran.err


def test_a_refusal_ends_it_at_once(served: Served, db: Path) -> None:
    served.fault(Fault(Trouble.BLOCKED, "calder", r"^/$"))
    ran = discover(db, served.site("calder").host)
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert "blocked" in ran.err
    assert [each.path for each in served.log] == ["/robots.txt", "/"]


@pytest.mark.parametrize("host", ["127.0.0.1:1", "http://localhost/"])
def test_a_private_host_wants_leave(db: Path, host: str) -> None:
    ran = run_here("sources", "discover", host, "--db", db)
    assert ran.code == 2
    assert "--allow-private" in ran.err


@pytest.mark.parametrize("host", ["no host", "ftp://x.mil", "", "a/../b"])
def test_what_is_no_host_is_refused(tmp_path: Path, host: str) -> None:
    ran = run_here("sources", "discover", host, cwd=tmp_path)
    assert ran.code in (1, 2)
    assert ran.err.count("\n") == 1


def test_a_public_host_wants_a_contact_first(tmp_path: Path) -> None:
    ran = run_here("sources", "discover", "www.example.mil", cwd=tmp_path)
    assert ran.code == 1
    assert "contact" in ran.err


def page(url: str, *links: str) -> Page:
    body = "".join(f'<a href="{link}">A page</a>' for link in links)
    return Page(url, 200, (), f"<html><body>{body}</body></html>".encode())


def test_a_site_without_an_end_is_left_after_so_many_addresses() -> None:
    exploration = HostExploration(HOME)
    exploration.add_robots("".join(f"Sitemap: /map{n}.xml\n" for n in range(50)))
    asked = []
    while url := exploration.take_next_url():
        asked.append(url)
        exploration.add_page(url, page(url, *(f"{url}news-{n}/" for n in range(50))))
    assert len(asked) <= discovery.MAX_ADDRESSES
    assert len(set(asked)) == len(asked)


def explore(pages: dict[str, str]) -> HostExploration:
    exploration = HostExploration(HOME)
    while url := exploration.take_next_url():
        path = url.removeprefix(HOME.rstrip("/"))
        exploration.add_page(url, Page(url, 200 if path in pages else 404, (), pages.get(path, "").encode()))
    return exploration


def test_a_front_page_that_sends_its_readers_on_is_followed() -> None:
    exploration = explore(
        {
            "/": '<html><head><meta http-equiv="refresh" content="0; URL=/Home/"></head><body></body></html>',
            "/Home/": '<html><body><a href="/News/">News</a></body></html>',
            "/News/": '<link rel="alternate" type="text/xml; charset=utf-8" href="/made"><h1>News</h1>',
            "/made": f"<rss version='2.0'><channel><item><link>{HOME}a/1</link></item></channel></rss>",
        }
    )
    assert [one.source.feed_url for one in exploration.list_candidates()] == [f"{HOME}made"]


def test_a_front_page_that_leads_to_another_site_says_so() -> None:
    sent = '<meta http-equiv="refresh" content="0; url=https://www.other.mil/"><p>Moved</p>'
    assert any("https://www.other.mil/, another site" in one for one in explore({"/": sent}).problems)


def test_front_pages_in_a_circle_end() -> None:
    explore({f"/{n}": f'<meta http-equiv="refresh" content="0; url=/{n + 1}"><p>' for n in range(99)})
    back = '<meta http-equiv="refresh" content="0; url=/"><p>'
    explore({"/": '<meta http-equiv="refresh" content="0; url=/a"><p>', "/a": back})


def test_an_unseen_list_is_offered_with_low_confidence() -> None:
    exploration = HostExploration(HOME)
    exploration.add_robots("Sitemap: /map.xml")
    rows = "".join(f"<url><loc>{HOME}News/Unit-{n}/Article/{n}/x/</loc></url>" for n in range(9))
    while url := exploration.take_next_url():
        if url.endswith("map.xml"):
            exploration.add_page(url, Page(url, 200, (), f"<urlset>{rows}</urlset>".encode()))
    low = [one for one in exploration.list_candidates() if one.confidence is Confidence.LOW]
    assert [one.source.listing_url for one in low] == [f"{HOME}News/Unit-{n}/" for n in range(4, 9)]
    assert len({one.source.id for one in low}) == len(low)
