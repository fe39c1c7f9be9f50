"""What listings and feeds make of postings."""

from dataclasses import replace

from storage.detection.detect import detect_changes
from storage.detection.listed_entries import advance_listed_postings
from storage.models import (
    Absence,
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
