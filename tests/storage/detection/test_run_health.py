"""Whether host and site were working while a run looked at them."""

from dataclasses import replace

import pytest

from storage.detection.controls import SiteHealth
from storage.detection.redesign import RunTally
from storage.detection.run_health import check_site_health, find_trouble, has_recovered, tally_run
from storage.detection.walls import RecentFailures
from storage.models import PostingFinding, PostingState, Role, SiteFinding, Verdict
from tests.support.make_looks import after
from tests.support.make_observations import (
    MANY,
    NOW,
    make_finding,
    make_site_findings,
    make_text,
    observe_run,
    with_posting,
    with_status,
)


def gone(number: int) -> PostingFinding:
    return make_finding(number, Verdict.GONE, status=404)


def test_a_tally_counts_what_became_of_good_postings() -> None:
    looks = {
        100: make_finding(100, Verdict.UNREADABLE),
        101: make_finding(101, Verdict.SOFT_GONE),
        102: make_finding(102, fields=make_text(102, paragraphs=("Only this.",))),
        103: make_finding(103, Verdict.REDIRECTED),
        104: make_finding(104, Verdict.BLOCKED),
        105: make_finding(105, Verdict.UNREADABLE, is_damaged=True),
    }
    tally = tally_run(observe_run(looks))
    assert tally == RunTally(answered=len(MANY) - 3, unreadable=1, soft_gone=1, gutted=1, intact=6)
    assert tally.broken == 3


def test_postings_that_were_not_good_before_do_not_count() -> None:
    run = observe_run({n: make_finding(n, Verdict.UNREADABLE) for n in MANY})
    run = with_status(run, 100, state=PostingState.SUSPECT)
    run = with_posting(run, 101, is_readable=False)
    assert tally_run(run).unreadable == len(MANY) - 2


@pytest.mark.parametrize(
    ("answered", "broken", "recovered"),
    [(20, 2, True), (20, 3, False), (5, 0, True), (4, 0, True), (4, 1, False)],
)
def test_a_site_has_recovered_when_nearly_all_of_enough_postings_read_well(
    answered: int, broken: int, *, recovered: bool
) -> None:
    assert has_recovered(RunTally(answered, broken, 0, 0)) is recovered


@pytest.mark.parametrize("refusal", [Verdict.BLOCKED, Verdict.THROTTLED])
def test_one_refusal_is_trouble(refusal: Verdict) -> None:
    assert find_trouble(observe_run({100: make_finding(100, refusal)})) == f"the host refused us ({refusal})"


def test_an_address_that_is_refused_alone_is_no_trouble_of_its_neighbours() -> None:
    alone = {100: make_finding(100, Verdict.BLOCKED, status=403, is_refused_alone=True), 101: gone(101)}
    run = observe_run(alone)
    assert find_trouble(run) == ""
    assert check_site_health(run, gone(101)).health is SiteHealth.WELL


def test_a_refused_list_is_trouble() -> None:
    feed = SiteFinding(Role.FEED, after(NOW), Verdict.BLOCKED, 403)
    assert find_trouble(observe_run(site_findings=(*make_site_findings(), feed)))


def test_two_broken_pages_are_no_trouble_and_three_are() -> None:
    broken = {100: make_finding(100, Verdict.SERVER_ERROR), 101: make_finding(101, is_damaged=True)}
    assert find_trouble(observe_run(broken)) == ""
    broken[102] = make_finding(102, Verdict.UNREACHABLE)
    assert find_trouble(observe_run(broken)) == "the host is in trouble"


def test_a_tenth_of_many_broken_pages_is_trouble() -> None:
    broken = {number: make_finding(number, Verdict.SERVER_ERROR) for number in range(200, 203)}
    many = {number: make_finding(number) for number in range(203, 222)}
    assert find_trouble(observe_run(broken | many)) == ""
    assert find_trouble(observe_run(broken | many | {203: make_finding(203, Verdict.SERVER_ERROR)}))


def test_while_pages_fail_after_an_absence_its_sibling_must_answer_after_it() -> None:
    looks = {n: make_finding(n, Verdict.SERVER_ERROR) if n > 109 else make_finding(n) for n in MANY}
    looks[109] = gone(109)
    run = observe_run(looks)
    assert check_site_health(run, looks[109]).health is SiteHealth.UNKNOWN
    looks[111] = make_finding(111)
    assert check_site_health(observe_run(looks), looks[109]).health is SiteHealth.WELL


def test_behind_a_wall_an_absence_is_suspected_and_never_confirmed() -> None:
    run = observe_run({101: gone(101)}, recent_failures=RecentFailures(30, 5))
    site = check_site_health(run, gone(101))
    assert site.health is SiteHealth.UNKNOWN
    assert "5 of 30 releases" in site.evidence


def test_a_list_or_control_in_trouble_is_trouble() -> None:
    feed = SiteFinding(Role.FEED, after(NOW), Verdict.UNREACHABLE)
    run = observe_run(site_findings=(*make_site_findings(), feed))
    assert find_trouble(run) == "list or control in trouble"


def test_a_working_site_may_confirm_an_absence() -> None:
    run = observe_run({101: gone(101)})
    result = check_site_health(run, run.findings[1])
    assert result.health is SiteHealth.WELL
    assert result.evidence.endswith("an address that never existed gave the same answer")


def test_the_absent_posting_is_not_its_own_sibling() -> None:
    run = observe_run({101: gone(101)})
    alone = replace(run, findings=(gone(101),))
    assert check_site_health(alone, gone(101)).health is SiteHealth.UNKNOWN


def test_a_sibling_that_answers_is_preferred_to_one_that_does_not() -> None:
    run = observe_run({number: gone(number) for number in list(MANY)[1:]})
    assert check_site_health(run, gone(105)).health is SiteHealth.WELL
    nobody = observe_run({number: gone(number) for number in MANY})
    assert check_site_health(nobody, gone(105)).health is SiteHealth.NOT_WELL


def test_the_feed_stands_in_for_a_listing_that_was_not_looked_at() -> None:
    listing, control = make_site_findings()
    run = observe_run({101: gone(101)}, site_findings=(replace(listing, role=Role.FEED), control))
    assert check_site_health(run, gone(101)).health is SiteHealth.WELL
    run = observe_run({101: gone(101)}, site_findings=(control,))
    assert "list of releases" in check_site_health(run, gone(101)).evidence
