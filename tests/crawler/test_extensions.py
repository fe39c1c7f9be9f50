"""The record of a run is opened and closed around a crawl, and the lease of its host is held between."""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from scrapy.exceptions import CloseSpider
from twisted.python.failure import Failure

from crawler import extensions
from crawler.config import Config
from crawler.crawl.pagination import CrawlPlan
from crawler.crawl.run import CrawlRun
from crawler.extensions import LEASE_S, RunRecord
from crawler.politeness import resolver
from crawler.spiders.session import CrawlSession
from storage.db.processes import read_boot_id
from storage.models import Confidence, Source, StoreError
from storage.store import Store
from storage.tables import hosts, refusals
from storage.tables.hosts import CoolDown, CrawlOwner, HostClaim
from tests.support.make_looks import START, after, store_at, table

HOST = "www.wing.example.mil"
OTHER = CrawlOwner(os.getpid(), read_boot_id(), "another crawl")
SOURCE = Source(
    id="wing-news",
    host=HOST,
    organization="",
    branch="",
    platform="afpims",
    section="News",
    listing_url=f"https://{HOST}/News/",
    feed_url=None,
    confidence=Confidence.HIGH,
)
CONFIG = Config(contact="tests@example.org", lease_wait_s=0)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        yield opened


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def run(store: Store, clock: Clock) -> CrawlRun:
    return CrawlRun(SOURCE, CrawlPlan(), store, CONFIG, clock=clock)


@pytest.fixture(autouse=True)
def no_reactor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Import no reactor: the default one would be installed, and crawls need another."""
    monkeypatch.setattr(extensions, "_get_reactor", lambda: None)
    monkeypatch.setattr(resolver, "install_resolver", lambda reactor: None)


def record_of(run: CrawlRun) -> RunRecord:
    spider = SimpleNamespace(run=run, session=CrawlSession(run, lambda: False))
    crawler = SimpleNamespace(spider=spider, crawling=True)
    return RunRecord(crawler)  # type: ignore[arg-type]  # all that these tests need of a crawler


def open_and_close(record: RunRecord, reason: str = "finished") -> None:
    async def live() -> None:
        await record.spider_opened()
        record.spider_closed(reason)

    run_in_loop(live)


def run_in_loop(coroutine: object) -> None:
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(coroutine())  # type: ignore[operator]  # a coroutine function
    finally:
        loop.close()


def test_a_run_holds_the_lease_of_its_host_until_it_ends(store: Store, run: CrawlRun) -> None:
    held: list[str | None] = []

    async def live() -> None:
        record = record_of(run)
        await record.spider_opened()
        held.append(hosts.acquire_lease(store.db, HostClaim(HOST, OTHER, START), 60))
        record.spider_closed("finished")

    run_in_loop(live)
    assert held[0] is not None
    assert "is being crawled already" in held[0]
    assert hosts.acquire_lease(store.db, HostClaim(HOST, OTHER, START), 60) is None
    assert table(store, "runs", "id, state") == [(run.id, "ok")]
    assert run.known is not None


def test_a_busy_host_defers_the_run(store: Store, run: CrawlRun) -> None:
    hosts.acquire_lease(store.db, HostClaim(HOST, OTHER, START), 60)
    with pytest.raises(CloseSpider):
        open_and_close(record_of(run))
    record_of(run).spider_closed("refused")
    assert run.outcome.deferred
    assert table(store, "runs", "id, state") == [(run.id, "interrupted")]
    assert hosts.acquire_lease(store.db, HostClaim(HOST, OTHER, START), 60) is None  # the other one keeps it


def test_a_host_that_is_left_alone_refuses_the_run(store: Store, run: CrawlRun) -> None:
    hosts.start_cool_down(store.db, HOST, CoolDown(after(5), "HTTP 403"), START)
    with pytest.raises(CloseSpider):
        open_and_close(record_of(run))
    record_of(run).spider_closed("refused")
    assert "left alone until" in run.outcome.failures[0]
    assert table(store, "runs", "id, state") == [(run.id, "failed")]


def test_the_platform_limit_counts_all_processes(store: Store, clock: Clock) -> None:
    limited = replace(CONFIG, max_platform_crawls=1)
    first = CrawlRun(SOURCE, CrawlPlan(), store, limited, clock=clock)
    second = CrawlRun(
        replace(SOURCE, id="two", host="www.two.example.mil"), CrawlPlan(), store, limited, clock=clock
    )

    async def live() -> None:
        await record_of(first).spider_opened()
        with pytest.raises(CloseSpider):
            await record_of(second).spider_opened()

    run_in_loop(live)
    assert "max_platform_crawls = 1" in second.outcome.failures[0]


def test_a_shutdown_interrupts_the_run(store: Store, run: CrawlRun) -> None:
    open_and_close(record_of(run), "shutdown")
    assert table(store, "runs", "id, state") == [(run.id, "interrupted")]


def test_a_run_that_lost_its_lease_ends(
    store: Store, run: CrawlRun, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extensions, "RENEW_S", 0)

    async def live() -> None:
        record = record_of(run)
        await record.spider_opened()
        clock.now += timedelta(seconds=LEASE_S / 2)
        await asyncio.sleep(0.01)
        assert not run.is_over  # it was renewed
        late = clock.now + timedelta(seconds=LEASE_S + 1)
        assert hosts.acquire_lease(store.db, HostClaim(HOST, OTHER, late), 60) is None
        await asyncio.sleep(0.01)
        record.spider_closed("finished")

    run_in_loop(live)
    assert run.outcome.failures == (f"{HOST} was taken over by another crawl: this one slept too long",)


def failure(error: Exception) -> Failure:
    return Failure(error)  # type: ignore[no-untyped-call]  # Twisted ships no type for it


def test_an_error_of_our_own_makes_the_run_incomplete(run: CrawlRun) -> None:
    record_of(run).spider_error(failure(ZeroDivisionError("by zero")))
    assert run.outcome.failures == ("internal error: ZeroDivisionError",)
    assert run.outcome.has_own_errors
    assert not run.is_over


def test_an_error_of_the_store_ends_the_run(run: CrawlRun) -> None:
    record_of(run).item_error(failure(StoreError("milwire.db: the disk is full")))
    assert run.outcome.failures == ("milwire.db: the disk is full",)
    assert run.is_over


def test_a_host_that_answered_is_no_longer_counted_as_refusing(store: Store, run: CrawlRun) -> None:
    refusals.record_refusal(store.db, HOST, START, START, "HTTP 403")
    run.note_answer()
    open_and_close(record_of(run))
    assert refusals.list_refusals(store.db) == ()


def test_the_record_is_closed_even_where_the_lease_cannot_be_given_back(
    store: Store, run: CrawlRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StoreError("milwire.db: another process has been writing for too long")

    monkeypatch.setattr(hosts, "release_lease", fail)
    open_and_close(record_of(run))
    assert table(store, "runs", "id, state") == [(run.id, "failed")]
    assert "writing for too long" in run.outcome.failures[0]
