"""Responses become looks; a large page is read in a thread, so that other newsrooms do not wait."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.http import Response

from crawler.config import Config
from crawler.crawl import response as responses
from crawler.crawl.pagination import CrawlPlan
from crawler.crawl.response import TARGET_KEY, Target, make_target
from crawler.crawl.run import CrawlRun
from crawler.spiders import session as sessions
from crawler.spiders.session import CrawlSession
from storage.models import Confidence, Look, Page, Role, Source, Verdict
from tests.support.make_looks import store_at

HOST = "www.wing.example.mil"
ADDRESS = f"https://{HOST}/News/Article/100/story/"
SOURCE = Source("wing-news", HOST, "", "", "afpims", "News", f"https://{HOST}/News/", None, Confidence.HIGH)
PATIENCE = 20.0  # seconds, of a test that would otherwise wait for ever


@pytest.fixture
def session(tmp_path: Path) -> Iterator[CrawlSession]:
    with store_at(tmp_path / "milwire.db") as store:
        yield CrawlSession(CrawlRun(SOURCE, CrawlPlan(page_url=ADDRESS), store, Config()), lambda: False)


def answer(body: bytes) -> Response:
    target = make_target(Role.ARTICLE, ADDRESS)
    return Response(ADDRESS, 200, body=body, request=Request(ADDRESS, meta={TARGET_KEY: target}))


async def receive(session: CrawlSession, response: Response) -> list[Look | Request]:
    return [output async for output in session.receive_response(response)]


def test_the_crawl_goes_on_while_a_large_page_is_read(
    session: CrawlSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    went_on = threading.Event()
    readers: list[threading.Thread] = []

    def judge(look: Look, page: Page, target: Target, platform: str | None) -> Look:
        readers.append(threading.current_thread())
        assert went_on.wait(PATIENCE)
        return look

    async def crawl() -> list[Look | Request]:
        reading = asyncio.create_task(receive(session, answer(b"x" * (sessions.LARGE_BODY + 1))))
        while not readers:
            await asyncio.sleep(0)
        went_on.set()
        return await reading

    monkeypatch.setattr(responses, "judge_answer", judge)
    looks = asyncio.run(asyncio.wait_for(crawl(), PATIENCE))
    assert [type(one) for one in looks] == [Look]
    assert readers != [threading.main_thread()]


def test_a_small_page_is_read_at_once(session: CrawlSession, monkeypatch: pytest.MonkeyPatch) -> None:
    readers = []

    def judge(look: Look, page: Page, target: Target, platform: str | None) -> Look:
        readers.append(threading.current_thread())
        return look

    monkeypatch.setattr(responses, "judge_answer", judge)
    asyncio.run(receive(session, answer(b"x" * sessions.LARGE_BODY)))
    assert readers == [threading.main_thread()]


def test_a_large_page_is_read_as_a_small_one_is(session: CrawlSession) -> None:
    page = answer(b"<html><body>" + b"<p>word</p>" * 60_000 + b"</body></html>")
    (look,) = asyncio.run(receive(session, page))
    assert isinstance(look, Look)
    assert (look.verdict, look.is_damaged) == (Verdict.UNREADABLE, False)
    assert look.page is not None
    assert len(look.page.content) > sessions.LARGE_BODY
