"""What the looks of one run become, in pure functions."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from storage.detection.detect import judge, same_story
from storage.detection.edit_details import edit_story
from storage.detection.inputs import Case, Judgement, Subject
from storage.models import (
    Absence,
    Address,
    Change,
    Entry,
    EventKind,
    Fields,
    PostingFinding,
    PostingState,
    PostingStatus,
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


def subject(number: int, **changes: object) -> Subject:
    """Return a posting that was live and listed at hour 0."""
    standing = replace(start_posting_status(address(str(number)), after(0)), last_listed_at=after(0))
    return replace(Subject(standing, DAY + timedelta(days=number), text(number)), **changes)  # type: ignore[arg-type]  # by name


def finding(number: int, verdict: Verdict = Verdict.LIVE, **rest: object) -> PostingFinding:
    """Return a look at a posting, one after another from hour 24 on."""
    at = after(NOW + number / 10_000)
    return replace(PostingFinding(number, number, at, verdict, 200), **rest)  # type: ignore[arg-type]  # by name


def places() -> tuple[SiteFinding, ...]:
    """Return a listing that names everybody, and a control."""
    entries = tuple(Entry(address(str(number)), "") for number in reversed(MANY))
    return (
        SiteFinding(Role.LISTING, after(NOW - 0.1), Verdict.LIVE, 200, entries),
        SiteFinding(Role.CONTROL, after(NOW + 1), Verdict.GONE, 404),
    )


def case(looks: Mapping[int, PostingFinding] | None = None, **changes: object) -> Case:
    """Return a run that looked at all, where nothing happened but what is given."""
    found = {number: finding(number) for number in MANY} | dict(looks or {})
    subjects = {number: subject(number) for number in found}
    made = Case(tuple(found.values()), places(), subjects, POLICY)
    return replace(made, **changes)  # type: ignore[arg-type]  # by name


def kinds(judgement: Judgement) -> list[str]:
    return [str(told.kind) for told in judgement.told]


def with_subject(made: Case, number: int, **changes: object) -> Case:
    subjects = dict(made.subjects)
    subjects[number] = replace(subjects[number], **changes)  # type: ignore[arg-type]  # by name
    return replace(made, subjects=subjects)


def standing(made: Case, number: int, **changes: object) -> Case:
    return with_subject(made, number, standing=replace(made.subjects[number].standing, **changes))  # type: ignore[arg-type]  # by name


def suspect(made: Case, number: int) -> Case:
    """Return the case with a posting that was absent twice, eight hours ago at first."""
    absence = Absence(after(NOW - 8), after(NOW - 4), 2)
    return standing(made, number, state=PostingState.SUSPECT, absence=absence, last_look_at=after(NOW - 4))


def test_looks_that_tell_nothing_only_move_the_time() -> None:
    judged = judge(case())
    assert (judged.told, judged.revised, judged.pieces) == ((), (), ())
    assert {one.last_seen_at for one in judged.standings.values()} == {one.at for one in case().findings}
    assert set(judged.readable.values()) == {True}


def test_an_edit_names_its_fields_and_the_looks_around_it() -> None:
    judged = judge(case({101: finding(101, text=text(101, byline="A. Writer"))}))
    (told,) = judged.told
    assert (told.kind, told.posting, told.finding) == (EventKind.EDITED, 101, 101)
    assert told.changes == (Change("byline", None, "A. Writer"),)
    assert (told.last_before_at, told.first_after_at) == (after(0), finding(101).at)
    assert judged.revised == (101,)


def test_what_only_another_parser_sees_is_a_new_measure_and_no_edit() -> None:
    judged = judge(case({101: finding(101, text=text(101, byline="A. Writer", parser="afpims:2"))}))
    assert (judged.told, judged.revised) == ((), (101,))


def test_one_change_everywhere_is_the_sites_and_known_from_then_on() -> None:
    notice = "This site is moving."
    looks = {n: finding(n, text=text(n, paragraphs=(*text(n).paragraphs, notice))) for n in MANY}
    judged = judge(case(looks))
    assert kinds(judged) == ["site_changed"]
    assert judged.told[0].detail["postings"] == len(MANY)
    assert len(judged.told[0].detail["sample"]) == 5  # type: ignore[arg-type]  # a list
    assert judged.revised == tuple(MANY)
    late = judge(case({101: looks[101]}, known=frozenset(judged.pieces)))
    assert (late.told, late.revised) == ((), (101,))


def test_a_redesign_holds_everything() -> None:
    looks = {n: finding(n, Verdict.UNREADABLE) for n in list(MANY)[:8]}
    looks[111] = finding(111, text=text(111, title="Another title of it all"))
    judged = judge(case(looks))
    assert kinds(judged) == ["quarantined"]
    assert judged.is_held
    assert (judged.standings, judged.revised) == ({}, ())


def test_a_quarantine_is_told_once() -> None:
    looks = {n: finding(n, Verdict.UNREADABLE) for n in MANY}
    judged = judge(case(looks, is_quarantined=True))
    assert judged.is_held
    assert judged.told == ()


def test_a_quarantine_ends_when_everything_reads_as_before() -> None:
    assert judge(case(is_quarantined=True)).is_recovered
    one = judge(case({101: finding(101, text=text(101, byline="A. Writer"))}, is_quarantined=True))
    assert kinds(one) == ["edited"]
    half = {n: finding(n, Verdict.SOFT_GONE) for n in list(MANY)[:4]}
    assert judge(case(half, is_quarantined=True)).is_held


def test_empty_and_broken_answers_are_trouble_and_no_redesign() -> None:
    looks = {n: finding(n, Verdict.UNREADABLE, is_spoiled=True) for n in MANY}
    judged = judge(case(looks))
    assert (judged.told, judged.is_held, judged.readable) == ((), False, {})


def test_an_absence_is_suspected_and_later_removed() -> None:
    looks = {101: finding(101, Verdict.GONE, status=404)}
    assert kinds(judge(case(looks))) == ["suspected"]
    judged = judge(suspect(case(looks), 101))
    (removed,) = judged.told
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
        SiteFinding(Role.LISTING, after(NOW), Verdict.UNREADABLE, 200, is_spoiled=True),
    ],
)
def test_an_absence_counts_for_nothing_while_the_site_is_in_trouble(broken: SiteFinding) -> None:
    made = suspect(case({101: finding(101, Verdict.GONE)}), 101)
    judged = judge(replace(made, places=(*made.places, broken)))
    assert judged.told == ()
    assert judged.standings[101].absence == made.subjects[101].standing.absence


def test_a_listing_without_entries_confirms_nothing() -> None:
    empty = SiteFinding(Role.LISTING, after(NOW), Verdict.LIVE, 200)
    made = suspect(case({101: finding(101, Verdict.GONE)}), 101)
    assert judge(replace(made, places=(empty, made.places[1]))).told == ()


def test_a_site_that_shows_articles_at_any_address_confirms_nothing() -> None:
    shown = SiteFinding(Role.CONTROL, after(NOW + 1), Verdict.LIVE, 200)
    made = suspect(case({101: finding(101, Verdict.SOFT_GONE)}), 101)
    assert judge(replace(made, places=(made.places[0], shown))).told == ()


def test_what_returns_tells_what_was_changed_meanwhile_and_no_edit() -> None:
    made = suspect(case({101: finding(101, text=text(101, title="Another title of it all"))}), 101)
    made = standing(made, 101, state=PostingState.REMOVED)
    (told,) = judge(made).told
    assert told.kind is EventKind.RETURNED
    assert [change.field for change in told.changes] == ["title"]
    assert told.detail["dates"] == "text_only"
    assert "revision_after" not in told.detail


def test_what_was_only_suspected_is_cleared_and_edited() -> None:
    made = suspect(case({101: finding(101, text=text(101, title="Another title of it all"))}), 101)
    assert kinds(judge(made)) == ["cleared", "edited"]


def test_a_redirect_counts_as_a_move_only_to_the_same_story() -> None:
    there = address("500")
    same = finding(101, Verdict.REDIRECTED, found=there, text=text(101))
    other = finding(101, Verdict.REDIRECTED, found=there, text=text(500))
    unread = finding(101, Verdict.REDIRECTED, found=address("500", "www.other.example.mil"))
    (moved,) = judge(case({101: same})).told
    assert (moved.kind, moved.detail["to_url"]) == (EventKind.MOVED, there.url)
    assert kinds(judge(case({101: other}))) == ["suspected"]
    assert judge(case({101: unread})).told == ()


def test_a_story_posted_anew_on_its_site_has_moved() -> None:
    made = with_subject(case({101: finding(101, Verdict.GONE)}), 101, reposted=address("500"))
    assert kinds(judge(made)) == ["moved"]


def test_another_slug_is_a_new_name() -> None:
    judged = judge(case({101: finding(101, found=address("101", slug="another"))}))
    assert kinds(judged) == ["renamed"]
    assert judged.standings[101].address == address("101", slug="another")


def test_a_host_with_another_name_is_one_move_and_nothing_else() -> None:
    site = "www.newname.example.mil"
    led = {n: finding(n, Verdict.REDIRECTED, found=address(str(n), site), status=301) for n in MANY}
    judged = judge(case(led))
    (told,) = judged.told
    assert told.kind is EventKind.SITE_MOVED
    assert (told.detail["from_host"], told.detail["to_host"]) == ("www.wing.example.mil", site)
    assert told.detail["postings"] == len(MANY)
    move = frozenset({("www.wing.example.mil", site)})
    assert judge(case(led, moves=move)).told == ()


def test_a_host_that_the_aliases_know_is_one_move_and_its_postings_go_on_there() -> None:
    def met(number: int) -> PostingFinding:
        url = address(str(number)).url.replace("www.wing", "www.newwing")
        return finding(number, found=Address("www.wing.example.mil", str(number), url))

    judged = judge(case({n: met(n) for n in MANY}))
    assert kinds(judged) == ["site_moved"]
    assert {one.address.url.split("/")[2] for one in judged.standings.values()} == {"www.newwing.example.mil"}


def test_a_few_redirects_elsewhere_are_no_move_of_the_site() -> None:
    site = "www.newname.example.mil"
    led = {n: finding(n, Verdict.REDIRECTED, found=address(str(n), site)) for n in list(MANY)[:4]}
    assert judge(case(led)).told == ()


def test_what_lists_drop_is_unlisted_when_its_address_answers() -> None:
    made = case()
    named = tuple(entry for entry in made.places[0].entries if entry.address.number != "105")
    absence = Absence(after(NOW - 8), after(NOW - 4), 2)
    made = standing(replace(made, places=(replace(made.places[0], entries=named),)), 105, unlisting=absence)
    judged = judge(made)
    assert kinds(judged) == ["unlisted"]
    assert judged.told[0].last_before_at == after(0)


def test_lists_are_believed_in_an_ordinary_crawl_too() -> None:
    made = replace(case(), findings=())
    judged = judge(made)
    assert judged.told == ()
    assert {one.last_listed_at for one in judged.standings.values()} == {after(NOW - 0.1)}


def test_the_same_story_is_told_by_text_or_by_title_and_most_of_the_text() -> None:
    assert same_story(text(1), text(1))
    assert same_story(text(1), text(1, paragraphs=(*text(1).paragraphs, "More.")))
    assert not same_story(text(1), text(2))
    assert not same_story(text(1), text(1, paragraphs=("Quite other words.",)))


def test_the_story_of_an_edit_says_what_was_not_looked_at() -> None:
    before, later = text(1), text(1, tags=("a",))
    assert edit_story([Change("images", (), ("https://a/b.jpg",))], before, later) == {
        "contents": "addresses compared, contents not fetched"
    }
    assert edit_story([Change("tags", (), ("a",))], before, later) == {}


def test_kinds_of_an_edit_come_ranked_from_title_and_body() -> None:
    before, later = text(1), text(1)
    changes = [Change("title", "Five hurt", "Seven hurt"), Change("body", "One.\n\nTwo.", "One.")]
    assert edit_story(changes, before, later)["edit_kinds"] == ["number", "paragraph_removed"]


def test_the_first_standing_is_live() -> None:
    assert isinstance(subject(1).standing, PostingStatus)
    assert subject(1).standing.state is PostingState.LIVE
