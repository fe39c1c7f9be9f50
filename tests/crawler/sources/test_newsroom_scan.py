"""Reading what a newsroom shows: what cannot be read is a problem, and a missing site map is none."""

import pytest

from crawler.sources.newsroom_scan import count_scan_pages, scan_newsroom
from crawler.sources.verification import FetchedPage, RobotsAnswer
from storage.models import Confidence, Page, Source
from storage.queries.inventory import NewsroomInventory

SITE = "www.example.mil"
FEED, LIST = f"https://{SITE}/feed.xml", f"https://{SITE}/News/"
SOURCE = Source("a-news", SITE, "Wing", "", "generic", "", LIST, FEED, Confidence.LOW)
NOTHING_STORED = NewsroomInventory({}, {}, frozenset(), None, None)
RSS = f"""<?xml version="1.0"?><rss version="2.0"><channel><title>News</title><link>https://{SITE}/</link>
<item><title>Bridge opens</title><link>https://{SITE}/News/Article/120/bridge/</link></item></channel></rss>"""


class FakeFetcher:
    """Answers with prepared pages; everything else is gone, or fails with a problem."""

    def __init__(self, pages: dict[str, str], problem: str = "") -> None:
        self.requests = 0
        self.asked: list[str] = []
        self._pages, self._problem = pages, problem

    @property
    def is_over(self) -> bool:
        return False

    def fetch(self, url: str) -> FetchedPage:
        self.requests += 1
        self.asked.append(url)
        if url in self._pages:
            headers = (("content-type", "application/rss+xml"),)
            return FetchedPage(Page(url, 200, headers, self._pages[url].encode()))
        return FetchedPage(None, self._problem or "gone", is_gone=not self._problem)

    def read_rulebook(self, url: str) -> RobotsAnswer:
        return RobotsAnswer(None)


def test_the_releases_of_the_feed_are_shown() -> None:
    scanned = scan_newsroom(SOURCE, SITE, FakeFetcher({FEED: RSS}), 1, NOTHING_STORED)
    assert [entry.title for entry in scanned.seen.feed.values()] == ["Bridge opens"]
    assert not scanned.seen.is_whole


def test_a_list_that_cannot_be_read_is_a_problem_and_a_missing_site_map_is_none() -> None:
    scanned = scan_newsroom(SOURCE, SITE, FakeFetcher({FEED: RSS}), 1, NOTHING_STORED)
    assert scanned.problems == (f"listing {LIST}: gone",)


def test_a_site_map_that_fails_is_a_problem() -> None:
    scanned = scan_newsroom(SOURCE, SITE, FakeFetcher({FEED: RSS}, "server error"), 1, NOTHING_STORED)
    assert any(problem.startswith("site map ") for problem in scanned.problems)


@pytest.mark.parametrize("pages", [1, 10])
def test_a_scan_asks_for_a_bounded_number_of_addresses(pages: int) -> None:
    fetcher = FakeFetcher({FEED: RSS})
    scanned = scan_newsroom(SOURCE, SITE, fetcher, pages, NOTHING_STORED)
    assert scanned.requests == len(fetcher.asked) <= count_scan_pages(pages)
