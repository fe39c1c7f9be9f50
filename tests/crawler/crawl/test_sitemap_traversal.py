"""After feed and listing, a site map's files and the newsroom's releases in them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.crawl.pagination import CrawlPlan
from crawler.crawl.response import Target
from crawler.crawl.run import CrawlRun
from crawler.crawl.sitemap_traversal import SiteMapTraversal
from storage.models import Look, Page, Role, RunState, Verdict
from storage.store import Store
from tests.support.make_looks import START, address, entry, listed, store_at
from tests.support.open_runs import SOURCE, open_run

HOME = "https://www.wing.example.mil"
USUAL = [f"{HOME}/DesktopModules/SiteData/SiteMap.ashx", f"{HOME}/sitemap.xml"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        yield opened


@pytest.fixture
def run(store: Store) -> CrawlRun:
    return open_run(store, CrawlPlan(backfill=True, sitemap=True))


def reach_map(run: CrawlRun) -> tuple[SiteMapTraversal, Target]:
    """Return a traversal whose listing was read, and its first request for a site map."""
    traversal = SiteMapTraversal(run)
    (listing,) = traversal.list_first_targets()
    *_, target = traversal.follow_look(listing, listed(START, entry("100")))
    assert target.role is Role.SITEMAP
    return traversal, target


def answer(target: Target, verdict: Verdict, content: bytes = b"") -> Look:
    page = Page(target.url, 200 if verdict is Verdict.LIVE else 404, (), content)
    return Look(Role.SITEMAP, target.address, START, verdict, SOURCE.id, page=page)


def name_pages(*urls: str) -> bytes:
    locations = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    return f"<urlset>{locations}</urlset>".encode()


def test_the_map_comes_after_the_listing_at_the_usual_address(run: CrawlRun) -> None:
    assert reach_map(run)[1].url == USUAL[0]


def test_a_404_leads_to_the_next_usual_address_without_a_failure(run: CrawlRun) -> None:
    traversal, first = reach_map(run)
    (second,) = traversal.follow_look(first, answer(first, Verdict.GONE))
    assert second.url == USUAL[1]
    assert run.outcome.failures == ()


def test_404s_everywhere_are_one_failure_that_names_every_address(run: CrawlRun) -> None:
    traversal, first = reach_map(run)
    (second,) = traversal.follow_look(first, answer(first, Verdict.GONE))
    assert list(traversal.follow_look(second, answer(second, Verdict.GONE))) == []
    assert run.outcome.failures == (f"no site map at {' or '.join(USUAL)}",)
    assert run.outcome.state is RunState.FAILED


def test_a_map_that_answers_badly_is_a_failure_of_its_own(run: CrawlRun) -> None:
    traversal, first = reach_map(run)
    look = replace(answer(first, Verdict.SERVER_ERROR), reason="status 500")
    (second,) = traversal.follow_look(first, look)
    list(traversal.follow_look(second, answer(second, Verdict.GONE)))
    assert run.outcome.failures[0] == f"sitemap {first.address.url}: server error: status 500"


def test_only_releases_of_the_newsrooms_own_section_are_requested(run: CrawlRun) -> None:
    traversal, target = reach_map(run)
    content = name_pages(address("99").url, f"{HOME}/Other/Article/98/elsewhere/", f"{HOME}/About/")
    found = list(traversal.follow_look(target, answer(target, Verdict.LIVE, content)))
    assert [each.address.number for each in found if each.role is Role.ARTICLE] == ["99"]


def test_a_map_without_own_releases_is_a_failure(run: CrawlRun) -> None:
    traversal, first = reach_map(run)
    content = name_pages(f"{HOME}/Other/Article/98/elsewhere/")
    (second,) = traversal.follow_look(first, answer(first, Verdict.LIVE, content))
    list(traversal.follow_look(second, answer(second, Verdict.GONE)))
    assert run.outcome.failures == ("site map: none of its 1 pages is a release of this newsroom",)
