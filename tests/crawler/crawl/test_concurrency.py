"""So many crawls at once, in all and of one platform, and nobody waits for what concerns others."""

import asyncio
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from crawler.crawl.concurrency import CrawlSlots


async def crowd(places: CrawlSlots, platforms: list[str]) -> list[str]:
    """Let crawls in and check the limits meanwhile; return them in the order in which they were let in."""
    at_work: Counter[str] = Counter()
    order: list[str] = []

    async def crawl(number: int, platform: str) -> None:
        async with places.hold_slot(platform):
            at_work[platform] += 1
            order.append(f"{platform}{number}")
            assert at_work[platform] <= places.max_per_platform
            assert at_work.total() <= places.max_crawls
            await asyncio.sleep(0)
            at_work[platform] -= 1

    await asyncio.gather(*(crawl(*each) for each in enumerate(platforms)))
    return order


@given(
    platforms=st.lists(st.sampled_from("abc"), max_size=20),
    in_all=st.integers(1, 6),
    of_platform=st.integers(1, 6),
)
def test_all_are_let_in_within_the_limits_and_each_platform_in_its_order(
    platforms: list[str], in_all: int, of_platform: int
) -> None:
    order = asyncio.run(crowd(CrawlSlots(in_all, of_platform), platforms))
    assert len(order) == len(platforms)
    for platform in "abc":
        came = [f"{each}{number}" for number, each in enumerate(platforms) if each == platform]
        assert [each for each in order if each[0] == platform] == came


def test_who_waits_for_a_platform_holds_up_no_other() -> None:
    assert asyncio.run(crowd(CrawlSlots(2, 1), ["a", "a", "b"])) == ["a0", "b2", "a1"]


def test_whoever_gives_up_leaves_the_place_to_the_next() -> None:
    async def story() -> None:
        places = CrawlSlots(1, 1)
        async with places.hold_slot("a"):
            impatient = asyncio.ensure_future(crowd(places, ["a"]))
            await asyncio.sleep(0)
            impatient.cancel()
            await asyncio.gather(impatient, return_exceptions=True)
        assert await crowd(places, ["a", "a"]) == ["a0", "a1"]

    asyncio.run(story())


def test_a_limit_that_is_lowered_turns_nobody_out_and_lets_nobody_in() -> None:
    async def story() -> None:
        places = CrawlSlots(2, 2)
        async with places.hold_slot("a"), places.hold_slot("b"):
            places.set_limits(1, 1)
            waiting = asyncio.ensure_future(crowd(places, ["c"]))
            await asyncio.sleep(0)
            assert not waiting.done()
            places.set_limits(3, 3)
            assert await waiting == ["c0"]

    asyncio.run(story())
