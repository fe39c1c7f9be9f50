"""What the looks of one run mean."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from storage.detection.detect import detect_changes, is_same_story
from storage.detection.edit_details import describe_edit
from storage.detection.inputs import DetectionResult, KnownPosting, RunObservations
from storage.models import (
    Absence,
    Address,
    Change,
    Entry,
    EventKind,
    Fields,
    PostingFinding,
    PostingState,
    RemovalPolicy,
    Role,
    SiteFinding,
    Verdict,
    start_posting_status,
)
from tests.support.make_looks import DAY, LONG, address, after, fields

POLICY = RemovalPolicy(looks=3, span=timedelta(hours=6))
MANY = range(100, 112)
NOW = 24.0


def text(number: int, **changes: object) -> Fields:
    """Return what a release says, a text of its own."""
    return replace(fields(f"Story {number} of the wing", f"{number} {LONG}"), **changes)  # type: ignore[arg-type]  # by name


def posting(number: int, **changes: object) -> KnownPosting:
    """Return a posting that was live and listed at hour 0."""
    status = replace(start_posting_status(address(str(number)), after(0)), last_listed_at=after(0))
    return replace(KnownPosting(status, DAY + timedelta(days=number), text(number)), **changes)  # type: ignore[arg-type]  # by name


def finding(number: int, verdict: Verdict = Verdict.LIVE, **rest: object) -> PostingFinding:
    """Return a look at a posting, one after another from hour 24 on."""
    at = after(NOW + number / 10_000)
    return replace(PostingFinding(number, number, at, verdict, 200), **rest)  # type: ignore[arg-type]  # by name


def site_findings() -> tuple[SiteFinding, ...]:
    """Return a listing that names everybody, and a control."""
    entries = tuple(Entry(address(str(number)), "") for number in reversed(MANY))
    return (
        SiteFinding(Role.LISTING, after(NOW - 0.1), Verdict.LIVE, 200, entries),
        SiteFinding(Role.CONTROL, after(NOW + 1), Verdict.GONE, 404),
    )


def run(looks: Mapping[int, PostingFinding] | None = None, **changes: object) -> RunObservations:
    """Return a run that looked at all, where nothing happened but what is given."""
    found = {number: finding(number) for number in MANY} | dict(looks or {})
    postings = {number: posting(number) for number in found}
    made = RunObservations(tuple(found.values()), site_findings(), postings, POLICY)
    return replace(made, **changes)  # type: ignore[arg-type]  # by name


def kinds(result: DetectionResult) -> list[str]:
    return [str(event.kind) for event in result.events]


def with_posting(made: RunObservations, number: int, **changes: object) -> RunObservations:
    postings = dict(made.postings)
    postings[number] = replace(postings[number], **changes)  # type: ignore[arg-type]  # by name
    return replace(made, postings=postings)


def with_status(made: RunObservations, number: int, **changes: object) -> RunObservations:
    return with_posting(made, number, status=replace(made.postings[number].status, **changes))  # type: ignore[arg-type]  # by name


def suspect(made: RunObservations, number: int) -> RunObservations:
    """Return the run with a posting that was absent twice, eight hours ago at first."""
    absence = Absence(after(NOW - 8), after(NOW - 4), 2)
    return with_status(made, number, state=PostingState.SUSPECT, absence=absence, last_look_at=after(NOW - 4))


def test_looks_that_tell_nothing_only_move_the_time() -> None:
    result = detect_changes(run())
    assert (result.events, result.revised_ids, result.site_passages) == ((), (), ())
    assert {one.last_seen_at for one in result.statuses.values()} == {one.at for one in run().findings}
    assert set(result.readable.values()) == {True}


def test_an_edit_names_its_fields_and_the_looks_around_it() -> None:
    result = detect_changes(run({101: finding(101, fields=text(101, byline="A. Writer"))}))
    (event,) = result.events
    assert (event.kind, event.posting_id, event.finding_id) == (EventKind.EDITED, 101, 101)
    assert event.changes == (Change("byline", None, "A. Writer"),)
    assert (event.last_before_at, event.first_after_at) == (after(0), finding(101).at)
    assert result.revised_ids == (101,)


def test_what_only_another_parser_sees_is_a_new_measure_and_no_edit() -> None:
    result = detect_changes(run({101: finding(101, fields=text(101, byline="A. Writer", parser="afpims:2"))}))
    assert (result.events, result.revised_ids) == ((), (101,))


def test_one_change_everywhere_is_the_sites_and_known_from_then_on() -> None:
    notice = "This site is moving."
    looks = {n: finding(n, fields=text(n, paragraphs=(*text(n).paragraphs, notice))) for n in MANY}
    result = detect_changes(run(looks))
    assert kinds(result) == ["site_changed"]
    assert result.events[0].detail["postings"] == len(MANY)
    assert len(result.events[0].detail["sample"]) == 5  # type: ignore[arg-type]  # a list
    assert result.revised_ids == tuple(MANY)
    late = detect_changes(run({101: looks[101]}, known_passages=frozenset(result.site_passages)))
    assert (late.events, late.revised_ids) == ((), (101,))


def test_a_redesign_holds_everything() -> None:
    looks = {n: finding(n, Verdict.UNREADABLE) for n in list(MANY)[:8]}
    looks[111] = finding(111, fields=text(111, title="Another title of it all"))
    result = detect_changes(run(looks))
    assert kinds(result) == ["quarantined"]
    assert result.is_on_hold
    assert (result.statuses, result.revised_ids) == ({}, ())


def test_a_quarantine_is_told_once() -> None:
    looks = {n: finding(n, Verdict.UNREADABLE) for n in MANY}
    result = detect_changes(run(looks, is_quarantined=True))
    assert result.is_on_hold
    assert result.events == ()


def test_a_quarantine_ends_when_everything_reads_as_before() -> None:
    assert detect_changes(run(is_quarantined=True)).is_recovered
    one = detect_changes(run({101: finding(101, fields=text(101, byline="A. Writer"))}, is_quarantined=True))
    assert kinds(one) == ["edited"]
    half = {n: finding(n, Verdict.SOFT_GONE) for n in list(MANY)[:4]}
    assert detect_changes(run(half, is_quarantined=True)).is_on_hold


def test_empty_and_broken_answers_are_trouble_and_no_redesign() -> None:
    looks = {n: finding(n, Verdict.UNREADABLE, is_damaged=True) for n in MANY}
    result = detect_changes(run(looks))
    assert (result.events, result.is_on_hold, result.readable) == ((), False, {})


def test_an_absence_is_suspected_and_later_removed() -> None:
    looks = {101: finding(101, Verdict.GONE, status=404)}
    assert kinds(detect_changes(run(looks))) == ["suspected"]
    result = detect_changes(suspect(run(looks), 101))
    (removed,) = result.events
    assert removed.kind is EventKind.REMOVED
    assert (removed.last_before_at, removed.first_after_at) == (after(0), after(NOW - 8))
    assert removed.detail["looks"] == 3
    assert "sibling answered" in str(removed.detail["controls"])


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
    made = suspect(run({101: finding(101, Verdict.GONE)}), 101)
    result = detect_changes(replace(made, site_findings=(*made.site_findings, broken)))
    assert result.events == ()
    assert result.statuses[101].absence == made.postings[101].status.absence


def test_a_listing_without_entries_confirms_nothing() -> None:
    empty = SiteFinding(Role.LISTING, after(NOW), Verdict.LIVE, 200)
    made = suspect(run({101: finding(101, Verdict.GONE)}), 101)
    assert detect_changes(replace(made, site_findings=(empty, made.site_findings[1]))).events == ()


def test_a_site_that_shows_articles_at_any_address_confirms_nothing() -> None:
    shown = SiteFinding(Role.CONTROL, after(NOW + 1), Verdict.LIVE, 200)
    made = suspect(run({101: finding(101, Verdict.SOFT_GONE)}), 101)
    assert detect_changes(replace(made, site_findings=(made.site_findings[0], shown))).events == ()


def test_what_returns_tells_what_was_changed_meanwhile_and_no_edit() -> None:
    made = suspect(run({101: finding(101, fields=text(101, title="Another title of it all"))}), 101)
    made = with_status(made, 101, state=PostingState.REMOVED)
    (event,) = detect_changes(made).events
    assert event.kind is EventKind.RETURNED
    assert [change.field for change in event.changes] == ["title"]
    assert event.detail["dates"] == "text_only"


def test_what_was_only_suspected_is_cleared_and_edited() -> None:
    made = suspect(run({101: finding(101, fields=text(101, title="Another title of it all"))}), 101)
    assert kinds(detect_changes(made)) == ["cleared", "edited"]


def test_a_redirect_counts_as_a_move_only_to_the_same_story() -> None:
    there = address("500")
    same = finding(101, Verdict.REDIRECTED, found_address=there, fields=text(101))
    other = finding(101, Verdict.REDIRECTED, found_address=there, fields=text(500))
    unread = finding(101, Verdict.REDIRECTED, found_address=address("500", "www.other.example.mil"))
    (moved,) = detect_changes(run({101: same})).events
    assert (moved.kind, moved.detail["to_url"]) == (EventKind.MOVED, there.url)
    assert kinds(detect_changes(run({101: other}))) == ["suspected"]
    assert detect_changes(run({101: unread})).events == ()


def test_a_story_posted_anew_on_its_site_has_moved() -> None:
    made = with_posting(run({101: finding(101, Verdict.GONE)}), 101, reposted_address=address("500"))
    assert kinds(detect_changes(made)) == ["moved"]


def test_another_slug_is_a_new_name() -> None:
    result = detect_changes(run({101: finding(101, found_address=address("101", slug="another"))}))
    assert kinds(result) == ["renamed"]
    assert result.statuses[101].address == address("101", slug="another")


def test_a_host_with_another_name_is_one_move_and_nothing_else() -> None:
    site = "www.newname.example.mil"
    led = {n: finding(n, Verdict.REDIRECTED, found_address=address(str(n), site), status=301) for n in MANY}
    result = detect_changes(run(led))
    (event,) = result.events
    assert event.kind is EventKind.SITE_MOVED
    assert (event.detail["from_host"], event.detail["to_host"]) == ("www.wing.example.mil", site)
    assert event.detail["postings"] == len(MANY)
    move = frozenset({("www.wing.example.mil", site)})
    assert detect_changes(run(led, reported_host_moves=move)).events == ()


def test_a_host_that_the_aliases_know_is_one_move_and_its_postings_go_on_there() -> None:
    def met(number: int) -> PostingFinding:
        url = address(str(number)).url.replace("www.wing", "www.newwing")
        return finding(number, found_address=Address("www.wing.example.mil", str(number), url))

    result = detect_changes(run({n: met(n) for n in MANY}))
    assert kinds(result) == ["site_moved"]
    assert {one.address.url.split("/")[2] for one in result.statuses.values()} == {"www.newwing.example.mil"}


def test_a_few_redirects_elsewhere_are_no_move_of_the_site() -> None:
    site = "www.newname.example.mil"
    led = {n: finding(n, Verdict.REDIRECTED, found_address=address(str(n), site)) for n in list(MANY)[:4]}
    assert detect_changes(run(led)).events == ()


def test_what_lists_drop_is_unlisted_when_its_address_answers() -> None:
    made = run()
    named = tuple(entry for entry in made.site_findings[0].entries if entry.address.number != "105")
    absence = Absence(after(NOW - 8), after(NOW - 4), 2)
    made = with_status(
        replace(made, site_findings=(replace(made.site_findings[0], entries=named),)), 105, unlisting=absence
    )
    result = detect_changes(made)
    assert kinds(result) == ["unlisted"]
    assert result.events[0].last_before_at == after(0)


def test_lists_are_believed_in_an_ordinary_crawl_too() -> None:
    made = replace(run(), findings=())
    result = detect_changes(made)
    assert result.events == ()
    assert {one.last_listed_at for one in result.statuses.values()} == {after(NOW - 0.1)}


def test_the_same_story_is_told_by_text_or_by_title_and_most_of_the_text() -> None:
    assert is_same_story(text(1), text(1))
    assert is_same_story(text(1), text(1, paragraphs=(*text(1).paragraphs, "More.")))
    assert not is_same_story(text(1), text(2))
    assert not is_same_story(text(1), text(1, paragraphs=("Quite other words.",)))


def test_the_story_of_an_edit_says_what_was_not_looked_at() -> None:
    before, later = text(1), text(1, tags=("a",))
    assert describe_edit([Change("images", (), ("https://a/b.jpg",))], before, later) == {
        "contents": "addresses compared, contents not fetched"
    }
    assert describe_edit([Change("tags", (), ("a",))], before, later) == {}


def test_kinds_of_an_edit_come_ranked_from_title_and_body() -> None:
    before, later = text(1), text(1)
    changes = [Change("title", "Five hurt", "Seven hurt"), Change("body", "One.\n\nTwo.", "One.")]
    assert describe_edit(changes, before, later)["edit_kinds"] == ["number", "paragraph_removed"]
