"""What listings and feeds make of postings."""

from dataclasses import replace
from datetime import date

import pytest

from storage.detection.detect import detect_changes
from storage.detection.listed_entries import (
    advance_listed_postings,
    combine_lists,
    find_named_postings,
    is_listed_posting,
)
from storage.models import (
    Absence,
    Address,
    Entry,
    EventKind,
    Role,
)
from tests.support.make_looks import after
from tests.support.make_observations import (
    MANY,
    NOW,
    event_kinds,
    make_site_findings,
    observe_run,
    with_status,
)


def test_what_lists_drop_is_unlisted_when_its_address_answers() -> None:
    made = observe_run()
    named = tuple(entry for entry in made.site_findings[0].entries if entry.address.number != "105")
    absence = Absence(after(NOW - 8), after(NOW - 4), 2)
    made = with_status(
        replace(made, site_findings=(replace(made.site_findings[0], entries=named),)), 105, unlisting=absence
    )
    result = detect_changes(made)
    assert event_kinds(result) == ["unlisted"]
    assert result.events[0].last_before_at == after(0)


def test_lists_are_believed_in_an_ordinary_crawl_too() -> None:
    made = replace(observe_run(), findings=())
    result = detect_changes(made)
    assert result.events == ()
    assert {one.last_listed_at for one in result.statuses.values()} == {after(NOW - 0.1)}


def without(number: int) -> tuple[Entry, ...]:
    entries = make_site_findings()[0].entries
    return tuple(entry for entry in entries if entry.address.number != str(number))


def test_what_a_list_does_not_name_is_missed_only_where_the_list_covers_its_place() -> None:
    listing = make_site_findings()[0]
    run = observe_run(site_findings=(replace(listing, entries=without(105)),))
    statuses, events = advance_listed_postings(run, "")
    assert events == []
    assert {key for key, status in statuses.items() if status.unlisting} == {105}
    ends = observe_run(site_findings=(replace(listing, entries=without(111)),))
    assert not any(status.unlisting for status in advance_listed_postings(ends, "")[0].values())


def test_trouble_hides_what_is_missing_and_not_what_is_named() -> None:
    listing = make_site_findings()[0]
    run = observe_run(site_findings=(replace(listing, entries=without(105)),))
    statuses, _ = advance_listed_postings(run, "the host is in trouble")
    assert set(statuses) == set(MANY) - {105}


def test_a_feed_alone_drops_nothing() -> None:
    feed = replace(make_site_findings()[0], role=Role.FEED, entries=without(105))
    run = observe_run(site_findings=(feed,), is_feed_only=True)
    assert 105 not in advance_listed_postings(run, "")[0]


def test_a_posting_that_one_of_two_lists_names_is_listed() -> None:
    listing = make_site_findings()[0]
    feed = replace(listing, role=Role.FEED)
    run = observe_run(site_findings=(replace(listing, entries=without(105)), feed))
    assert advance_listed_postings(run, "")[0][105].unlisting is None


def test_a_posting_that_a_list_names_again_is_relisted() -> None:
    absence = Absence(after(NOW - 8), after(NOW - 4), 3)
    run = with_status(observe_run(), 105, unlisting=absence, unlisting_reported=True)
    _, events = advance_listed_postings(run, "")
    assert [(event.kind, event.posting_id) for event in events] == [(EventKind.RELISTED, 105)]


def numbered(number: int, day: int | None) -> Entry:
    address = Address("news.example.mil", str(number), f"https://news.example.mil/Article/{number}/")
    return Entry(address, "A title", published_on=date(2025, 3, day) if day else None)


def is_covered(listed: list[tuple[int, int | None]], number: int, day: int | None) -> bool | None:
    wanted = numbered(number, day)
    return is_listed_posting([numbered(*one) for one in listed], wanted.address, wanted.published_on)


@pytest.mark.parametrize(
    ("listed", "answer"),
    [
        ([(9, 9), (5, 5), (1, 1)], True),
        ([(9, 9), (4, 4), (1, 1)], False),
        ([], None),
        ([(9, 9), (8, 8), (6, 6)], None),  # cut before its place
        ([(4, 4), (3, 3), (1, 1)], None),  # stale: it may be too new
        ([(1, 1), (9, 9), (8, 8)], None),  # the old one is pinned
        ([(9, 9), (6, 5)], None),  # the order within a day is unknown
        ([(9, 5), (4, 4)], None),
        ([(9, 9), (7, 7), (6, 2)], None),  # a corrected day at the end: the list may reach no further down
        ([(3, 9), (2, 4), (1, 1)], None),  # its own number is too high for where its day belongs
    ],
)
def test_a_listing_names_drops_or_does_not_cover_a_posting(
    listed: list[tuple[int, int | None]], *, answer: bool | None
) -> None:
    assert is_covered(listed, 5, 5) is answer


def test_numbers_decide_where_days_are_missing() -> None:
    assert is_covered([(9, None), (4, None), (3, None)], 5, None) is False
    assert is_covered([(4, None), (3, None)], 5, None) is None


@pytest.mark.parametrize(
    ("answers", "told"),
    [((True, False), True), ((None, True), True), ((False, None), False), ((None, None), None), ((), None)],
)
def test_one_that_names_it_outweighs_and_silence_tells_nothing(
    answers: tuple[bool | None, ...], *, told: bool | None
) -> None:
    assert combine_lists(answers) is told


def test_one_of_the_newest_day_is_dropped_where_its_number_shows_it() -> None:
    assert is_covered([(9, 5), (4, 4), (3, 3)], 5, 5) is False
    assert is_covered([(4, 5), (3, 3), (2, 2)], 5, 5) is None  # stale: nothing newer is named
    assert is_covered([(9, 5), (4, 5), (3, 5)], 5, 5) is None  # cut within the day


def test_one_without_a_number_is_dropped_where_a_later_one_of_its_day_is_named() -> None:
    def unnumbered(name: str, day: int) -> Entry:
        url = f"https://news.example.mil/story/{name}/"
        return Entry(Address("news.example.mil", None, url), "A title", published_on=date(2025, 3, day))

    listed, wanted = [unnumbered("new", 5), unnumbered("a", 4), unnumbered("b", 3)], unnumbered("gone", 5)
    for has_later, answer in ((True, False), (False, None)):
        found = is_listed_posting(listed, wanted.address, wanted.published_on, has_later=has_later)
        assert found is answer


def test_a_later_one_of_the_day_is_known_by_when_it_came_to_us() -> None:
    listing = make_site_findings()[0]
    run = observe_run(site_findings=(replace(listing, entries=without(110)),))
    day = run.postings[111].published_on
    for hours, answer in ((0.0, None), (6.0, False)):
        postings = {
            key: replace(
                one,
                status=replace(one.status, address=unnumber(one.status.address)),
                published_on=day if key in (110, 111) else one.published_on,
                first_seen_at=after(hours if key == 111 else 0),
            )
            for key, one in run.postings.items()
        }
        entries = tuple(replace(each, address=unnumber(each.address)) for each in without(110))
        made = replace(run, postings=postings, site_findings=(replace(listing, entries=entries),))
        assert find_named_postings(made)[110] is answer


def unnumber(where: Address) -> Address:
    return replace(where, number=None)


def test_a_feed_of_another_site_or_newsroom_proves_nothing() -> None:
    listing = make_site_findings()[0]
    for site, numbers in (
        ("www.other.example.mil", MANY),
        (make_site_findings()[0].entries[0].address.site, (200, 1)),
    ):
        entries = [entry_on(site, number) for number in numbers]
        feed = replace(
            listing, role=Role.FEED, entries=(*entries, entry_on(listing.entries[0].address.site, 99))
        )
        run = observe_run(site_findings=(replace(listing, entries=without(105)[:3]), feed))
        named = find_named_postings(run)
        assert named[105] is None
        assert named[100] is None


def entry_on(site: str, number: int) -> Entry:
    return Entry(Address(site, str(number), f"https://{site}/News/Article/{number}/"), "")
