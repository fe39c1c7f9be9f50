"""Many releases absent at once: a purge is found in time, and a site that broke removes nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from storage.detection.detect import detect_changes
from storage.detection.inputs import DetectionResult, RunObservations
from storage.models import Absence, Entry, PostingState, Role, SiteFinding, Verdict
from tests.support.make_looks import address, after
from tests.support.make_observations import (
    MANY,
    NOW,
    event_kinds,
    make_finding,
    make_site_findings,
    make_text,
    observe_run,
)

HALF = list(MANY)[3:9]
ANYHOW = [Verdict.GONE, Verdict.SOFT_GONE]


def list_without(numbers: Sequence[int]) -> tuple[SiteFinding, ...]:
    """Return lists and control of a site that took releases off its listing."""
    listing, control = make_site_findings()
    left = tuple(Entry(address(str(n)), "") for n in reversed(MANY) if n not in numbers)
    return replace(listing, entries=left), control


def observe_absence(
    numbers: Sequence[int] = HALF, verdict: Verdict = Verdict.GONE, *, listed: bool = False
) -> RunObservations:
    looks = {n: make_finding(n, verdict, status=404) for n in numbers}
    return observe_run(looks, site_findings=make_site_findings() if listed else list_without(numbers))


def look_again(run: RunObservations, result: DetectionResult, hours: float) -> RunObservations:
    """Return the same answers some hours later, beside what the first run brought."""
    later = timedelta(hours=hours)
    postings = {
        key: replace(one, status=result.statuses.get(key, one.status)) for key, one in run.postings.items()
    }
    return replace(
        run,
        findings=tuple(replace(one, at=one.at + later) for one in run.findings),
        site_findings=tuple(replace(one, at=one.at + later) for one in run.site_findings),
        postings=postings,
        mass_absence=result.mass_absence,
    )


def look_until(run: RunObservations, hours: int, every: int = 12) -> list[list[str]]:
    """Return the kinds of events of each look over so many hours."""
    found = []
    for _ in range(hours // every + 1):
        result = detect_changes(run)
        found.append(event_kinds(result))
        run = look_again(run, result, every)
    return found


@pytest.mark.parametrize("verdict", ANYHOW)
def test_a_purge_is_suspected_at_once_under_one_alarm(verdict: Verdict) -> None:
    result = detect_changes(observe_absence(verdict=verdict))
    assert event_kinds(result) == ["mass_absence", *["suspected"] * len(HALF)]
    alarm = result.events[0]
    assert (alarm.posting_id, alarm.detail["absent"], alarm.detail["known"]) == (None, 6, 12)
    assert all(result.statuses[n].is_in_mass_absence for n in HALF)


@pytest.mark.parametrize("verdict", ANYHOW)
def test_a_purge_is_found_after_twelve_times_the_span_with_one_event_above_it(verdict: Verdict) -> None:
    *before, last = look_until(observe_absence(verdict=verdict), 72)
    assert before[1:] == [[]] * 5
    assert last == ["mass_removal", *["removed"] * len(HALF)]


def test_while_the_lists_name_one_nothing_is_removed() -> None:
    run = observe_absence(listed=True)
    assert look_until(run, 240)[1:] == [[]] * 20
    result = detect_changes(run)
    assert result.mass_absence is not None
    assert "still name 6 of the 6" in result.mass_absence.reason


def test_a_list_that_names_one_again_starts_the_count_anew() -> None:
    run = observe_absence()
    counted = detect_changes(run)
    run = look_again(run, counted, 60)
    again = detect_changes(replace(run, site_findings=make_site_findings()))
    assert again.mass_absence is not None
    assert (again.mass_absence.counted_looks, again.mass_absence.counted_first_at) == (0, None)


def test_a_list_that_does_not_reach_their_places_bears_nothing_out() -> None:
    listing, control = list_without(HALF)
    top = (replace(listing, entries=listing.entries[:3]), control)
    run = replace(observe_absence(), site_findings=top)
    assert look_until(run, 240)[1:] == [[]] * 20


def map_without(numbers: Sequence[int], *, is_stale: bool = False) -> SiteFinding:
    """Return a site map of the newsroom without some releases; a stale one lacks the newest."""
    missing = [*numbers, *([MANY[-1]] if is_stale else [])]
    entries = tuple(Entry(address(str(n)), "") for n in MANY if n not in missing)
    return SiteFinding(Role.SITEMAP, after(NOW), Verdict.LIVE, 200, entries)


def test_a_site_map_covers_what_the_lists_do_not_reach() -> None:
    listing, control = list_without(HALF)
    top = (replace(listing, entries=listing.entries[:3]), control)
    run = replace(observe_absence(), site_findings=(*top, map_without(HALF)))
    assert look_until(run, 72)[-1] == ["mass_removal", *["removed"] * len(HALF)]
    stale = replace(run, site_findings=(*top, map_without(HALF, is_stale=True)))
    assert look_until(stale, 240)[1:] == [[]] * 20


def test_while_the_site_map_names_one_nothing_is_removed_unless_it_is_stale() -> None:
    run = observe_absence()
    named = replace(run, site_findings=(*run.site_findings, map_without(HALF[1:])))
    assert look_until(named, 240)[1:] == [[]] * 20
    stale = replace(run, site_findings=(*run.site_findings, map_without([], is_stale=True)))
    assert look_until(stale, 72)[-1] == ["mass_removal", *["removed"] * len(HALF)]


def test_a_newsroom_of_which_nothing_answers_is_an_alarm_and_no_removal() -> None:
    found = look_until(observe_absence(list(MANY)), 240)
    assert found[0] == ["mass_absence", *["suspected"] * len(MANY)]
    assert found[1:] == [[]] * 20


def test_a_newsroom_of_two_that_are_both_gone_is_one_too() -> None:
    run = observe_absence()
    two = replace(run, findings=tuple(make_finding(n, Verdict.GONE, status=404) for n in (103, 104)))
    assert event_kinds(detect_changes(two)) == ["mass_absence", "suspected", "suspected"]


def keep(run: RunObservations, result: DetectionResult) -> RunObservations:
    """Return what is known after a run."""
    postings = {
        key: replace(one, status=result.statuses.get(key, one.status)) for key, one in run.postings.items()
    }
    return replace(run, postings=postings, mass_absence=result.mass_absence)


@pytest.mark.parametrize("listed", [True, False])
def test_small_visits_show_together_that_many_are_absent(listed: bool) -> None:  # a value, not a mode
    run = replace(
        observe_run(site_findings=make_site_findings() if listed else list_without(HALF)),
        open_postings=len(MANY),
    )
    found: dict[str, int] = {}
    began = []
    for visit in range(60):  # two of the six each time, every two hours
        pair = HALF[2 * (visit % 3) : 2 * (visit % 3) + 2]
        looks = [make_finding(111), *(make_finding(n, Verdict.GONE, status=404) for n in pair)]
        later = timedelta(hours=2)
        run = replace(
            run,
            findings=tuple(replace(one, at=one.at + later * visit) for one in looks),
            site_findings=tuple(replace(one, at=one.at + later) for one in run.site_findings),
        )
        result = detect_changes(run)
        run = keep(run, result)
        for kind in event_kinds(result):
            found[kind] = found.get(kind, 0) + 1
        began += [visit] * ("mass_absence" in event_kinds(result))
        if visit < 36:
            assert "removed" not in event_kinds(result)
    assert began == [2]
    assert all(run.postings[n].status.is_in_mass_absence or not listed for n in HALF)
    removed = {} if listed else {"mass_removal": 1, "removed": 6}
    assert found == {"suspected": 6, "mass_absence": 1} | removed


def test_siblings_in_another_design_bear_nothing_out() -> None:
    looks = {n: make_finding(n, fields=make_text(n, design="new")) for n in MANY if n not in HALF}
    absent = observe_absence()
    run = replace(absent, findings=tuple(looks.get(one.posting_id, one) for one in absent.findings))
    assert "removed" not in [kind for kinds in look_until(run, 96) for kind in kinds]


def test_what_answers_again_is_cleared_and_no_longer_belongs_to_it() -> None:
    run = observe_absence()
    result = detect_changes(run)
    back = look_again(observe_run(), result, 12)
    back = replace(back, postings=look_again(run, result, 12).postings)
    cleared = detect_changes(back)
    assert event_kinds(cleared) == ["cleared"] * len(HALF)
    assert not any(one.is_in_mass_absence for one in cleared.statuses.values())


def observe_later(numbers: Sequence[int], open_postings: int = 0) -> RunObservations:
    """Return a run that finds others absent while six of twelve are already."""
    first = detect_changes(observe_absence())
    run = look_again(observe_absence([*HALF, *numbers]), first, 12)
    return replace(run, mass_absence=first.mass_absence, open_postings=open_postings)


def test_a_single_one_that_goes_missing_later_is_no_part_of_it() -> None:
    result = detect_changes(observe_later([110]))
    assert "suspected" in event_kinds(result)
    assert not result.statuses[110].is_in_mass_absence


def test_the_removal_of_a_single_one_meanwhile_stands_under_no_event_of_the_many() -> None:
    """A single one went missing in the middle of a purge: at its removal the purge was said to be one."""
    run = observe_later([110])
    kinds = look_until(run, 72)
    assert [each for each in kinds if "removed" in each] == [["removed"], ["mass_removal"] + 6 * ["removed"]]


def test_single_ones_that_add_up_over_several_looks_do_not_join_it() -> None:
    """Three were missing, then two more: counted together they were taken for part of the broken site."""
    run = observe_later([109, 110, 111])
    later = replace(observe_absence([*HALF, 109, 110, 111, 101, 102]), mass_absence=run.mass_absence)
    known = look_again(run, detect_changes(run), 12)
    later = replace(look_again(later, detect_changes(run), 24), postings=known.postings)
    result = detect_changes(later)
    members = {key for key, status in result.statuses.items() if status.is_in_mass_absence}
    assert members == set(HALF)


def test_it_goes_on_while_most_are_away_though_too_few_to_begin_one() -> None:
    first = detect_changes(observe_absence())
    result = detect_changes(look_again(observe_absence(HALF[:4]), first, 12))
    assert not result.is_mass_over
    assert result.mass_absence is not None


def test_what_a_small_visit_finds_missing_later_joins_it() -> None:
    assert detect_changes(observe_later([110], open_postings=100)).statuses[110].is_in_mass_absence


def test_it_is_over_where_most_are_back_and_the_rest_begins_anew() -> None:
    first = detect_changes(observe_absence())
    run = look_again(observe_absence([HALF[0]]), first, 12)
    result = detect_changes(run)
    assert result.is_mass_over
    assert result.mass_absence is None
    left = result.statuses[HALF[0]].absence
    assert left is not None
    assert (left.looks, left.first_at) == (1, left.last_at)
    assert event_kinds(result) == ["cleared"] * (len(HALF) - 1)


def test_the_last_ones_of_a_broken_site_are_not_removed_while_lists_name_them() -> None:
    first = detect_changes(observe_absence(listed=True))
    run = look_again(observe_absence([HALF[0]], listed=True), first, 12)
    kinds = look_until(run, 48)
    assert "removed" not in [kind for each in kinds for kind in each]


def test_one_that_was_removed_before_learns_nothing_from_a_broken_site() -> None:
    gone_since = Absence(after(NOW - 30), after(NOW - 6), 3)
    run = observe_absence(MANY)
    removed = run.postings[HALF[0]]
    status = replace(removed.status, state=PostingState.REMOVED, absence=gone_since)
    run = replace(run, postings={**run.postings, HALF[0]: replace(removed, status=status)})
    assert HALF[0] not in detect_changes(run).statuses


@pytest.mark.parametrize(("few", "kinds"), [([103, 104, 105], []), ([103, 104], ["removed"] * 2)])
def test_a_few_that_are_absent_together_are_not_removed_while_lists_name_them(
    few: list[int], kinds: list[str]
) -> None:
    found = look_until(observe_absence(few, listed=True), 24)
    assert found == [["suspected"] * len(few), [], kinds]
    assert look_until(observe_absence(few), 24)[2] == ["removed"] * len(few)


def test_the_looks_that_waited_in_quarantine_are_not_all_of_their_run() -> None:
    """Four were gone among thirty: they alone had waited, and were said to be four of four."""
    absent = observe_absence(HALF[:4])
    waited = tuple(one for one in absent.findings if one.verdict is Verdict.GONE)
    replayed = replace(absent, findings=waited, is_replayed=True, open_postings=30)
    assert event_kinds(detect_changes(replayed)) == ["suspected"] * 4


def test_a_refused_host_begins_no_mass_absence() -> None:
    refused = SiteFinding(Role.FEED, after(NOW), Verdict.BLOCKED, 403)
    run = observe_absence()
    result = detect_changes(replace(run, site_findings=(*run.site_findings, refused)))
    assert (result.events, result.mass_absence) == ((), None)
    assert all(one.state is PostingState.LIVE for one in result.statuses.values())


def test_what_was_suspected_before_the_others_is_no_part_of_it() -> None:
    run = observe_absence()
    early = run.postings[HALF[0]]
    absence = Absence(after(NOW - 30), after(NOW - 6), 2)
    status = replace(early.status, state=PostingState.SUSPECT, absence=absence)
    run = replace(run, postings={**run.postings, HALF[0]: replace(early, status=status)})
    result = detect_changes(run)
    assert result.mass_absence is not None
    assert result.mass_absence.absent == len(HALF) - 1
    assert not result.statuses[HALF[0]].is_in_mass_absence
    removed = [event.posting_id for event in result.events if event.kind == "removed"]
    assert removed == [HALF[0]]  # by its own three looks
