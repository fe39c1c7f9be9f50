"""Trouble while a watch runs: others go on, it ends by itself, nothing is lost and nothing told wrongly."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from simulator import Fault, Served, Trouble, serve
from storage.models import HIDDEN_EVENTS, EventKind, Source
from tests.support.watch_faults import CONFIG, HALF_A_DAY, Watched, moved_clock, small_newsroom

ILL = "calder"
WELL = "archive"


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    with moved_clock() as traveller, serve(small_newsroom()) as served:
        sources = [source_of(served, ILL), source_of(served, WELL)]
        yield Watched(served, tmp_path / "milwire.db", sources, traveller)


def source_of(served: Served, site: str) -> Source:
    return served.site(site).sources[0]


PAGES = "^(?!/robots)"
SLOW = pytest.mark.slow
TROUBLES = [
    pytest.param(Fault(Trouble.BLOCKED, ILL, PAGES), "blocked", id="403"),
    pytest.param(Fault(Trouble.THROTTLED, ILL, PAGES), "throttled", id="429", marks=SLOW),
    pytest.param(Fault(Trouble.CHALLENGE, ILL, PAGES), "blocked", id="a challenge page", marks=SLOW),
    pytest.param(Fault(Trouble.BROKEN, ILL), "server error", id="500", marks=SLOW),
    pytest.param(Fault(Trouble.UNAVAILABLE, ILL, PAGES), "server error", id="503", marks=SLOW),
    pytest.param(Fault(Trouble.RESET, ILL), "the connection broke", id="resets", marks=SLOW),
    pytest.param(Fault(Trouble.HANG, ILL), "time limit", id="silence", marks=SLOW),
    pytest.param(Fault(Trouble.SLOW_HEAD, ILL), "time limit", id="headers that dribble", marks=SLOW),
    pytest.param(Fault(Trouble.DRIBBLE, ILL), "time limit", id="a body that dribbles"),
    pytest.param(Fault(Trouble.HUGE, ILL, PAGES, size_bytes=10**6), "too large", id="big", marks=SLOW),
    pytest.param(Fault(Trouble.BOMB, ILL, PAGES, size_bytes=10**7), "too large", id="bombs", marks=SLOW),
    pytest.param(Fault(Trouble.LOOP, ILL, PAGES), "redirects in a row", id="redirect loops"),
    pytest.param(Fault(Trouble.AWAY, ILL, PAGES), "another site", id="redirects elsewhere", marks=SLOW),
    pytest.param(Fault(Trouble.PRIVATE, ILL, PAGES), "private address", id="redirects inside", marks=SLOW),
    pytest.param(Fault(Trouble.HOME, ILL, PAGES), "feed", id="home for everything", marks=SLOW),
    pytest.param(Fault(Trouble.EMPTY, ILL, PAGES), "feed", id="empty answers", marks=SLOW),
    pytest.param(Fault(Trouble.GARBAGE, ILL, PAGES), "feed", id="garbage", marks=SLOW),
    pytest.param(Fault(Trouble.TRUNCATED, ILL, PAGES), "broke off", id="torn answers", marks=SLOW),
    pytest.param(Fault(Trouble.NOT_FOUND, ILL), "gone", id="404 for everything", marks=SLOW),
]


@pytest.mark.parametrize(("trouble", "words"), TROUBLES)
def test_a_host_in_trouble_recovers_by_itself_and_nothing_is_lost(
    watched: Watched, trouble: Fault, words: str
) -> None:
    ill, well = watched.sources
    if words == "time limit":
        watched.config = replace(CONFIG, timeout_s=1.5)
    published: list[str] = []

    async def story(watch: Watched) -> None:
        await watch.visited()
        watch.served.fault(trouble)
        published.extend((watch.publish(ILL), watch.publish(WELL)))
        for _ in range(2):
            await watch.passes_and_visits(HALF_A_DAY)
            assert words in " ".join(watch.last(ill).failures)
            assert watch.last(well).complete
        watch.served.lift()
        await watch.passes_and_visits(timedelta(days=1))

    assert watched.watch(story)
    assert watched.last(ill).complete
    assert not [line for line in watched.lines if "clock jumped" not in line]
    watched.check(*published)


STORMS = [
    pytest.param(Fault(Trouble.BLOCKED, ILL, PAGES), id="403"),
    pytest.param(Fault(Trouble.NOT_FOUND, ILL), id="404", marks=SLOW),
    pytest.param(Fault(Trouble.HOME, ILL, PAGES), id="the home page", marks=SLOW),
    pytest.param(Fault(Trouble.RESET, ILL), id="resets", marks=SLOW),
]


@pytest.mark.parametrize("trouble", STORMS)
def test_what_is_changed_during_trouble_is_told_after_it_and_nothing_else(
    watched: Watched, trouble: Fault
) -> None:
    ill, _ = watched.sources
    edited, removed = (post.number for post in watched.served.newsroom.site(ILL).sections[0].posts[:2])

    async def story(watch: Watched) -> None:
        await watch.visited()
        watch.served.fault(trouble)
        fields = watch.served.truth(watch.served.url(ILL, edited))
        assert fields is not None
        watch.served.edit(ILL, edited, replace(fields, title=f"Corrected: {fields.title}"))
        watch.served.remove(ILL, removed)
        for _ in range(4):
            await watch.passes_and_visits(timedelta(days=15), ill)
        assert {event.kind for event in watch.events if event.kind not in HIDDEN_EVENTS} == {EventKind.FOUND}
        watch.served.lift()
        for _ in range(8):
            await watch.passes_and_visits(timedelta(hours=9), ill)

    assert watched.watch(story)
    told = "SELECT e.kind, p.number FROM events e JOIN postings p ON p.id = e.posting_id WHERE e.kind IN"
    assert set(watched.query(f"{told} ('edited', 'removed')")) == {("edited", edited), ("removed", removed)}
    others = "('found', 'captured', 'suspected', 'edited', 'removed', 'unlisted')"
    assert watched.query(f"SELECT DISTINCT kind FROM events WHERE kind NOT IN {others}") == []
    assert {number for _, number in watched.query(f"{told} ('suspected', 'unlisted')")} == {removed}


def test_pages_without_an_end_are_told_and_not_followed(watched: Watched) -> None:
    ill, _ = watched.sources
    published: list[str] = []

    async def story(watch: Watched) -> None:
        watch.served.fault(Fault(Trouble.ENDLESS, ILL))
        await watch.visited()
        published.append(watch.publish(ILL))
        await watch.passes_and_visits(HALF_A_DAY)
        watch.served.lift()
        await watch.passes_and_visits(HALF_A_DAY)

    assert watched.watch(story)
    visits = [result for result in watched.results if result.source_id == ill.id]
    assert [result.failures for result in visits] == [(), (), ()]
    assert max(result.requests for result in visits[1:]) <= 4
    watched.check(*published)
