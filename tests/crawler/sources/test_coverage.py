"""Coverage lays a newsroom beside what is stored of it, and says of each release that one side lacks why."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from crawler.sources.coverage import CoverageGap, GapReason, ShownReleases, compare_coverage
from storage.models import Address, Entry
from storage.models.known_articles import PostingKey
from storage.queries.inventory import NewsroomInventory, PendingRelease, StoredPosting

AT = datetime(2026, 1, 31, tzinfo=UTC)
SITE = "www.example.mil"


def address(number: int, site: str = SITE) -> Address:
    return Address(site, str(number), f"https://{site}/News/Article/{number}/x/")


def shown(*numbers: int, site: str = SITE) -> tuple[Entry, ...]:
    return tuple(Entry(address(number, site), f"Story {number}") for number in numbers)


def by_key(entries: tuple[Entry, ...]) -> dict[PostingKey, Entry]:
    return {(entry.address.site, entry.address.key): entry for entry in entries}


def held(
    number: int, state: str = "live", **changed: Any
) -> tuple[PostingKey, StoredPosting]:  # one value a field, by name
    there = StoredPosting(address(number), f"Story {number}", state, AT, is_ours=True, is_purged=False)
    return (SITE, str(number)), replace(there, **changed)


def holdings(*posted: tuple[PostingKey, StoredPosting], **changed: Any) -> NewsroomInventory:  # the same
    return replace(NewsroomInventory(dict(posted), {}, frozenset(), AT, 100), **changed)


def gaps(seen: ShownReleases, there: NewsroomInventory) -> dict[str, CoverageGap]:
    found = compare_coverage("mine", seen, there).gaps
    return {gap.url.split("/")[-3]: gap for gap in found}


def listed(*pages: tuple[Entry, ...], feed: tuple[Entry, ...] = (), whole: bool = False) -> ShownReleases:
    return ShownReleases(SITE, by_key(feed), pages, whole, {})


def test_where_both_sides_agree_there_is_no_gap() -> None:
    seen = listed(shown(120, 119), feed=shown(120, 119))
    found = compare_coverage("mine", seen, holdings(held(120), held(119), held(101)))
    assert (found.shown, found.held, found.gaps) == (2, 2, ())


@pytest.mark.parametrize(
    ("number", "changed", "reason", "said"),
    [
        (120, {}, GapReason.NEW, "the next one fetches it"),
        (99, {}, GapReason.OLDER, "milwire crawl mine --backfill"),
        (120, {"last_complete_at": None}, GapReason.NEW, "no crawl has been complete yet"),
        (120, {"known": frozenset({(SITE, "120")})}, GapReason.GIVEN_UP, "--backfill"),
        (
            120,
            {"pending": {(SITE, "120"): PendingRelease(AT, 0, False, "")}},
            GapReason.PENDING,
            "not requested yet",
        ),
        (
            120,
            {"pending": {(SITE, "120"): PendingRelease(AT, 2, False, "server error status 500")}},
            GapReason.FAILED,
            "2 tries, the last: server error status 500",
        ),
        (
            120,
            {"pending": {(SITE, "120"): PendingRelease(AT, 3, True, "gone")}},
            GapReason.GIVEN_UP,
            "3 tries, the last: gone",
        ),
    ],
)
def test_each_release_that_is_not_stored_has_a_reason(
    number: int, changed: dict[str, Any], reason: GapReason, said: str
) -> None:
    gap = gaps(listed(shown(number)), holdings(**changed))[str(number)]
    assert (gap.reason, gap.shown) == (reason, ("listing",))
    assert said in gap.line


def test_a_release_of_another_site_is_only_linked() -> None:
    gap = gaps(listed(shown(120), shown(7, site="www.other.mil")), holdings(held(120)))["7"]
    assert gap.reason is GapReason.ELSEWHERE
    assert "www.other.mil" in gap.line


def test_what_is_stored_and_listed_no_more_is_told_as_far_as_was_looked() -> None:
    there = holdings(held(120), held(119), held(118, "removed"), held(110), held(90))
    found = gaps(listed(shown(120, 112)), holdings(held(120), held(112), *there.stored.items()))
    assert {number: gap.reason for number, gap in found.items()} == {
        "119": GapReason.UNLISTED,
        "118": GapReason.ABSENT,
    }
    assert "removed since 2026-01-31" in found["118"].line


def test_a_list_that_was_read_to_its_end_covers_everything() -> None:
    assert (
        gaps(listed(shown(120), whole=True), holdings(held(120), held(90)))["90"].reason is GapReason.UNLISTED
    )


def test_a_pinned_release_does_not_make_the_list_look_longer() -> None:
    seen = listed((*shown(5), *shown(120, 119)))
    assert gaps(seen, holdings(held(120), held(119), held(5), held(60))) == {}


def test_a_list_that_could_not_be_read_says_nothing_about_what_is_stored() -> None:
    assert gaps(listed(feed=shown(120)), holdings(held(120), held(119))) == {}


def test_what_another_newsroom_of_the_site_brought_is_no_surplus() -> None:
    assert gaps(listed(shown(120, 110)), holdings(held(120), held(110), held(115, is_ours=False))) == {}


def test_what_was_purged_is_told_as_such() -> None:
    assert gaps(listed(shown(120)), holdings(held(120, is_purged=True)))["120"].reason is GapReason.PURGED


def test_what_the_feed_alone_shows_is_told() -> None:
    seen = listed(shown(120, 110), feed=shown(120, 115))
    assert gaps(seen, holdings(held(120), held(115), held(110)))["115"].reason is GapReason.FEED_ONLY


def test_what_the_site_map_alone_names_can_be_fetched_by_it() -> None:
    seen = replace(listed(shown(120)), mapped={(SITE, "50"): address(50), (SITE, "120"): address(120)})
    gap = gaps(seen, holdings(held(120)))["50"]
    assert (gap.reason, gap.shown) == (GapReason.MAPPED, ("site map",))
    assert "--backfill --sitemap" in gap.line


def dated(*rows: tuple[int, date | None]) -> tuple[Entry, ...]:
    return tuple(replace(shown(number)[0], published_on=on) for number, on in rows)


def test_live_releases_on_pages_that_were_not_read_are_not_called_unlisted() -> None:
    """Numbers that do not follow days: what was put in late stands far down."""
    march, january = date(2026, 3, 5), date(2026, 1, 5)
    page = dated((120, march), (119, march), (118, date(2026, 2, 1)), (117, date(2026, 2, 1)))
    deep = [held(number, published_on=january) for number in (500, 501, 502)]
    there = holdings(*map(held, (120, 119, 118, 117)), held(121, published_on=date(2026, 2, 20)), *deep)
    found = compare_coverage("mine", listed(page), there)
    assert [gap.url.split("/")[-3] for gap in found.gaps] == ["121"]
    assert found.uncompared == 3


def test_numbers_alone_place_a_release_only_where_they_fall() -> None:
    numbers = (120, 300, 119, 400, 118, 500, 117, 600, 116)
    there = holdings(held(150), *map(held, numbers))
    assert gaps(listed(shown(*numbers)), there) == {}
    assert gaps(listed(shown(*sorted(numbers, reverse=True))), there)["150"].reason is GapReason.UNLISTED


def test_no_crawl_is_promised_for_what_none_reads() -> None:
    known = frozenset((SITE, str(number)) for number in (120, 119))
    there = holdings(held(120), held(119), known=known)
    found = gaps(listed(shown(120, 119), shown(118, 117)), there)
    assert {gap.reason for gap in found.values()} == {GapReason.DEEPER}
    assert "the next one fetches it" not in found["118"].line
    assert "--backfill" in found["118"].line
    spilt = gaps(listed(shown(122, 121), shown(120, 118)), there)
    assert spilt["118"].reason is GapReason.NEW


def test_a_first_crawl_reads_one_page() -> None:
    found = gaps(listed(shown(120), shown(119)), holdings(last_complete_at=None))
    assert [found[number].reason for number in ("120", "119")] == [GapReason.NEW, GapReason.DEEPER]
