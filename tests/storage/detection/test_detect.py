"""What the looks of one run mean."""

from dataclasses import replace

import pytest

from storage.detection.detect import detect_changes, is_same_story
from storage.models import (
    Change,
    EventKind,
    PostingState,
    Role,
    SiteFinding,
    Verdict,
)
from tests.support.make_looks import address, after
from tests.support.make_observations import (
    MANY,
    NOW,
    event_kinds,
    make_finding,
    make_text,
    observe_run,
    suspect,
    with_posting,
    with_status,
)


def test_looks_that_tell_nothing_only_move_the_time() -> None:
    result = detect_changes(observe_run())
    assert (result.events, result.revised_ids, result.site_passages) == ((), (), ())
    assert {one.last_seen_at for one in result.statuses.values()} == {
        one.at for one in observe_run().findings
    }
    assert set(result.readable.values()) == {True}


def test_an_edit_names_its_fields_and_the_looks_around_it() -> None:
    result = detect_changes(observe_run({101: make_finding(101, fields=make_text(101, byline="A. Writer"))}))
    (event,) = result.events
    assert (event.kind, event.posting_id, event.finding_id) == (EventKind.EDITED, 101, 101)
    assert event.changes == (Change("byline", None, "A. Writer"),)
    assert (event.last_before_at, event.first_after_at) == (after(0), make_finding(101).at)
    assert result.revised_ids == (101,)


def test_what_only_another_parser_sees_is_a_new_measure_and_no_edit() -> None:
    result = detect_changes(
        observe_run({101: make_finding(101, fields=make_text(101, byline="A. Writer", parser="afpims:2"))})
    )
    assert (result.events, result.revised_ids) == ((), (101,))


def test_one_change_everywhere_is_the_sites_and_known_from_then_on() -> None:
    notice = "This site is moving."
    looks = {
        n: make_finding(n, fields=make_text(n, paragraphs=(*make_text(n).paragraphs, notice))) for n in MANY
    }
    result = detect_changes(observe_run(looks))
    assert event_kinds(result) == ["site_changed"]
    assert result.events[0].detail["postings"] == len(MANY)
    assert len(result.events[0].detail["sample"]) == 5  # type: ignore[arg-type]  # a list
    assert result.revised_ids == tuple(MANY)
    late = detect_changes(observe_run({101: looks[101]}, known_passages=frozenset(result.site_passages)))
    assert (late.events, late.revised_ids) == ((), (101,))


def test_a_redesign_holds_everything() -> None:
    looks = {n: make_finding(n, Verdict.UNREADABLE) for n in list(MANY)[:8]}
    looks[111] = make_finding(111, fields=make_text(111, title="Another title of it all"))
    result = detect_changes(observe_run(looks))
    assert event_kinds(result) == ["quarantined", "edited"]
    assert result.is_on_hold
    assert (result.held_ids, result.revised_ids) == (tuple(MANY)[:8], (111,))
    other = make_text(111, title="Another title of it all", design="new")
    elsewhere = detect_changes(observe_run(looks | {111: make_finding(111, fields=other)}))
    assert event_kinds(elsewhere) == ["quarantined"]
    assert elsewhere.held_ids == (*MANY[:8], 111)


def test_a_quarantine_is_told_once() -> None:
    looks = {n: make_finding(n, Verdict.UNREADABLE) for n in MANY}
    result = detect_changes(observe_run(looks, is_quarantined=True))
    assert result.is_on_hold
    assert result.events == ()


def test_a_quarantine_ends_when_everything_reads_as_before() -> None:
    assert detect_changes(observe_run(is_quarantined=True)).is_recovered
    one = detect_changes(
        observe_run({101: make_finding(101, fields=make_text(101, byline="A. Writer"))}, is_quarantined=True)
    )
    assert event_kinds(one) == ["edited"]
    half = {n: make_finding(n, Verdict.UNREADABLE) for n in list(MANY)[:4]}
    assert detect_changes(observe_run(half, is_quarantined=True)).is_on_hold
    absent = {n: make_finding(n, Verdict.SOFT_GONE) for n in list(MANY)[:4]}
    assert detect_changes(observe_run(absent, is_quarantined=True)).is_recovered
    most = {n: make_finding(n, Verdict.SOFT_GONE) for n in list(MANY)[:8]}
    assert event_kinds(detect_changes(observe_run(most, is_quarantined=True)))[0] == "mass_absence"
    nothing = {n: make_finding(n, Verdict.SOFT_GONE) for n in MANY}
    assert detect_changes(observe_run(nothing, is_quarantined=True)).is_on_hold


def test_empty_and_broken_answers_are_trouble_and_no_redesign() -> None:
    looks = {n: make_finding(n, Verdict.UNREADABLE, is_damaged=True) for n in MANY}
    result = detect_changes(observe_run(looks))
    assert (result.events, result.is_on_hold, result.readable) == ((), False, {})


def test_an_absence_is_suspected_and_later_removed() -> None:
    looks = {101: make_finding(101, Verdict.GONE, status=404)}
    assert event_kinds(detect_changes(observe_run(looks))) == ["suspected"]
    result = detect_changes(suspect(observe_run(looks), 101))
    (removed,) = result.events
    assert removed.kind is EventKind.REMOVED
    assert (removed.last_before_at, removed.first_after_at) == (after(0), after(NOW - 8))
    assert removed.detail["looks"] == 3
    assert "another release answered" in str(removed.detail["controls"])


@pytest.mark.parametrize(
    "broken",
    [
        SiteFinding(Role.LISTING, after(NOW), Verdict.SERVER_ERROR, 500),
        SiteFinding(Role.FEED, after(NOW), Verdict.BLOCKED, 403),
        SiteFinding(Role.CONTROL, after(NOW), Verdict.UNREACHABLE),
        SiteFinding(Role.LISTING, after(NOW), Verdict.UNREADABLE, 200, is_damaged=True),
    ],
)
def test_an_absence_counts_for_nothing_while_the_site_is_in_trouble(broken: SiteFinding) -> None:
    made = suspect(observe_run({101: make_finding(101, Verdict.GONE)}), 101)
    result = detect_changes(replace(made, site_findings=(*made.site_findings, broken)))
    assert result.events == ()
    assert result.statuses[101].absence == made.postings[101].status.absence


def test_a_listing_without_entries_confirms_nothing() -> None:
    empty = SiteFinding(Role.LISTING, after(NOW), Verdict.LIVE, 200)
    made = suspect(observe_run({101: make_finding(101, Verdict.GONE)}), 101)
    assert detect_changes(replace(made, site_findings=(empty, made.site_findings[1]))).events == ()


def test_a_site_that_shows_articles_at_any_address_confirms_nothing() -> None:
    shown = SiteFinding(Role.CONTROL, after(NOW + 1), Verdict.LIVE, 200)
    made = suspect(observe_run({101: make_finding(101, Verdict.SOFT_GONE)}), 101)
    assert detect_changes(replace(made, site_findings=(made.site_findings[0], shown))).events == ()


def test_what_returns_tells_what_was_changed_meanwhile_and_no_edit() -> None:
    made = suspect(
        observe_run({101: make_finding(101, fields=make_text(101, title="Another title of it all"))}), 101
    )
    made = with_status(made, 101, state=PostingState.REMOVED)
    (event,) = detect_changes(made).events
    assert event.kind is EventKind.RETURNED
    assert [change.field for change in event.changes] == ["title"]
    assert event.detail["dates"] == "text_only"


def test_what_was_only_suspected_is_cleared_and_edited() -> None:
    made = suspect(
        observe_run({101: make_finding(101, fields=make_text(101, title="Another title of it all"))}), 101
    )
    assert event_kinds(detect_changes(made)) == ["cleared", "edited"]


def test_a_redirect_counts_as_a_move_only_to_the_same_story() -> None:
    there = address("500")
    same = make_finding(101, Verdict.REDIRECTED, found_address=there, fields=make_text(101))
    other = make_finding(101, Verdict.REDIRECTED, found_address=there, fields=make_text(500))
    unread = make_finding(101, Verdict.REDIRECTED, found_address=address("500", "www.other.example.mil"))
    (moved,) = detect_changes(observe_run({101: same})).events
    assert (moved.kind, moved.detail["to_url"]) == (EventKind.MOVED, there.url)
    assert event_kinds(detect_changes(observe_run({101: other}))) == ["suspected"]
    assert detect_changes(observe_run({101: unread})).events == ()


def test_a_story_posted_anew_on_its_site_has_moved() -> None:
    made = with_posting(
        observe_run({101: make_finding(101, Verdict.GONE)}), 101, reposted_address=address("500")
    )
    assert event_kinds(detect_changes(made)) == ["moved"]


def test_another_slug_is_a_new_name() -> None:
    result = detect_changes(
        observe_run({101: make_finding(101, found_address=address("101", slug="another"))})
    )
    assert event_kinds(result) == ["renamed"]
    assert result.statuses[101].address == address("101", slug="another")


def test_the_same_story_is_told_by_text_or_by_title_and_most_of_the_text() -> None:
    assert is_same_story(make_text(1), make_text(1))
    assert is_same_story(make_text(1), make_text(1, paragraphs=(*make_text(1).paragraphs, "More.")))
    assert not is_same_story(make_text(1), make_text(2))
    assert not is_same_story(make_text(1), make_text(1, paragraphs=("Quite other words.",)))
