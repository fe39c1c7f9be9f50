"""Tests of the evaluation's own rules (what is due, what is true), and small simulated lives."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from benchmarks import ledger_matching, run_life, scoring, single_cause_lives, updated_parser
from benchmarks.direct_crawl import CrawlLook
from benchmarks.ledger_matching import LedgerMatch
from crawler.parsing import reader
from simulator import life, scenarios, truth
from simulator.faults import Fault, Trouble
from simulator.life import IncidentKind, Life, Storm
from simulator.scenarios import START, Scenario
from simulator.steps import edit_posting, remove_posting, return_posting, revert_posting
from simulator.timeline import PostKey, TimelineWriter
from simulator.truth import Absence
from storage.diff.changes import list_changes
from storage.models import Change, Event, EventKind, Page, Role

SITE = "calder"
Step = Callable[[TimelineWriter, PostKey], None]


def hours(number: float) -> datetime:
    return START + timedelta(hours=number)


def lived_through(*steps: tuple[float, Step], storms: tuple[Storm, ...] = ()) -> tuple[Life, str]:
    """Return a life in which things happen to one posting of four at some hours, and its number."""
    writer = TimelineWriter("test", (SITE,), START)
    writer.at = START - timedelta(days=2)
    where = [writer.publish_post(SITE, writer.write_story(SITE)) for _ in range(4)][1]
    writer.at = START
    writer.add_frame()
    for at, step in steps:
        writer.at = hours(at)
        step(writer, where)
        writer.add_frame()
    return Life(START, hours(100), tuple(writer.frames), storms, truth=tuple(writer.truth)), where.number


def looks(there: Life, number: str, *at: float) -> list[CrawlLook]:
    """Return a look at the list and at the posting at some hours."""
    return [
        CrawlLook(
            hours(each),
            SITE,
            role,
            number,
            life.storm_at(there, SITE, "/News/", hours(each)) is not None,
            200,
            i,
        )
        for i, each in enumerate(at, 1)
        for role in (Role.LISTING, Role.ARTICLE)
    ]


def event(number: str, kind: EventKind, after: float, until: float, *fields: str) -> Event:
    return Event(
        id=1,
        kind=kind,
        at=hours(until),
        source=f"practice-{SITE}",
        posting=f"https://www.{SITE}.mil/News/Article-Display/Article/{number}/a/",
        release=1,
        title="A story",
        last_before_at=hours(after),
        first_after_at=hours(until),
        changes=tuple(Change(name, "a", "b") for name in fields),
    )


def due(ledger_match: LedgerMatch) -> list[bool]:
    return [outcome.due for outcome in ledger_match.outcomes]


def test_an_edit_that_somebody_could_see_is_due() -> None:
    there, number = lived_through((5, edit_posting("number")))
    assert due(ledger_matching.match_ledger(there, looks(there, number, 1, 9), [])) == [True]
    assert due(ledger_matching.match_ledger(there, looks(there, number, 1, 4), [])) == [False]


def test_an_edit_taken_back_before_anybody_looked_is_not_due() -> None:
    there, number = lived_through((5, edit_posting("number")), (6, revert_posting("number")))
    assert due(ledger_matching.match_ledger(there, looks(there, number, 1, 9), [])) == [False, False]
    assert due(ledger_matching.match_ledger(there, looks(there, number, 1, 5.5, 9), [])) == [True, True]


def test_an_event_between_the_looks_around_an_edit_finds_it() -> None:
    there, number = lived_through((5, edit_posting("number")))
    ledger_match = ledger_matching.match_ledger(
        there, looks(there, number, 1, 9), [event(number, EventKind.EDITED, 1, 9, "body")]
    )
    assert [outcome.matched_event is not None for outcome in ledger_match.outcomes] == [True]
    assert (ledger_match.false, ledger_match.wrong, ledger_match.texts) == ((), (), 1)


@pytest.mark.parametrize("fields", [("title",), ("body", "title"), ()])
def test_other_fields_than_those_that_were_edited_are_wrong(fields: tuple[str, ...]) -> None:
    there, number = lived_through((5, edit_posting("number")))
    ledger_match = ledger_matching.match_ledger(
        there, looks(there, number, 1, 9), [event(number, EventKind.EDITED, 1, 9, *fields)]
    )
    assert [wanted for _, wanted in ledger_match.wrong] == [frozenset({"body"})]


def test_an_event_for_which_nothing_happened_is_false() -> None:
    there, number = lived_through((5, edit_posting("number")))
    events = [event(number, EventKind.EDITED, 9, 20, "body"), event(number, EventKind.REMOVED, 1, 9)]
    ledger_match = ledger_matching.match_ledger(there, looks(there, number, 1, 9, 20), events)
    assert [each.kind for each in ledger_match.false] == [EventKind.EDITED, EventKind.REMOVED]


def test_a_removal_is_due_after_three_calm_looks_over_six_hours() -> None:
    there, number = lived_through((5, remove_posting(Absence.NOT_FOUND)))
    assert due(ledger_matching.match_ledger(there, looks(there, number, 1, 6, 9, 13), [])) == [True]
    assert due(ledger_matching.match_ledger(there, looks(there, number, 1, 6, 13), [])) == [False]
    assert due(ledger_matching.match_ledger(there, looks(there, number, 1, 6, 7, 8), [])) == [False]


def test_looks_during_a_storm_do_not_make_a_removal_due() -> None:
    storm = Storm(SITE, hours(6), hours(10), Fault(Trouble.BROKEN))
    there, number = lived_through((5, remove_posting(Absence.HOME)), storms=(storm,))
    assert due(ledger_matching.match_ledger(there, looks(there, number, 1, 7, 9, 13), [])) == [False]
    assert due(ledger_matching.match_ledger(there, looks(there, number, 1, 7, 9, 13, 14, 20), [])) == [True]


def test_a_return_is_due_where_its_removal_was_and_names_what_was_edited_meanwhile() -> None:
    there, number = lived_through((5, remove_posting(Absence.NOT_FOUND, 1.0)), (29, return_posting("title")))
    crawl_looks = looks(there, number, 1, 6, 12, 18, 30)
    events = [event(number, EventKind.REMOVED, 1, 6), event(number, EventKind.RETURNED, 18, 30, "title")]
    ledger_match = ledger_matching.match_ledger(there, crawl_looks, events)
    assert due(ledger_match) == [True, True]
    assert [outcome.matched_event is not None for outcome in ledger_match.outcomes] == [True, True]
    assert (ledger_match.false, ledger_match.wrong) == ((), ())


def test_a_short_absence_is_never_due_and_calling_it_a_removal_is_false() -> None:
    there, number = lived_through((5, remove_posting(Absence.NOT_FOUND, 0.5)), (17, return_posting()))
    ledger_match = ledger_matching.match_ledger(
        there, looks(there, number, 1, 6, 16, 20), [event(number, EventKind.REMOVED, 1, 6)]
    )
    assert due(ledger_match) == [False, False]
    assert [each.kind for each in ledger_match.false] == [EventKind.REMOVED]


def test_missed_and_false_claims_miss_the_thresholds() -> None:
    there, number = lived_through((5, edit_posting("number")))
    ledger_match = ledger_matching.match_ledger(
        there, looks(there, number, 1, 9), [event(number, EventKind.REMOVED, 1, 9)]
    )
    missed = {each.name for each in scoring.list_demands([ledger_match]) if not each.is_met}
    assert missed >= {"edits: recall", "removals: false ones"}


def test_the_newer_parser_reads_a_redesign_as_the_same_texts() -> None:
    there = scenarios.build_life(
        Scenario(sites=(SITE,), history=12, fresh=2, storms=0, redesign_day=0.5, days=8)
    )
    room = there.frames[-1].newsroom
    with updated_parser.use_updated_parser():
        for section, post in truth.list_posts(room.site(SITE)):
            url = life.first_url(SITE) + truth.post_path(section, post)
            answer = life.answer_at(there, url, there.until, noise=1)
            if answer is None or post.absence is not None:
                continue
            got = reader.read_page(Page(url, answer.status, (), answer.body), "afpims").fields
            assert got is not None
            assert not list_changes(truth.resolve_addresses(post.fields, life.first_url(SITE)), got)


def test_a_small_life_comes_out_right() -> None:
    script = Scenario(seed=2, sites=(SITE,), history=16, fresh=5, eventful=10, days=12, storms=2)
    result = run_life.run_life(script)
    assert result.failures == ()
    assert [each for each in result.ledger_match.outcomes if each.due and each.matched_event is None] == []
    assert result.ledger_match.false == ()
    assert result.ledger_match.wrong == ()


def test_a_small_site_with_a_banner_makes_one_event_a_change() -> None:
    assert [each.measured for each in single_cause_lives.run_banner(30) if not each.is_met] == []


def test_what_changes_around_the_articles_makes_no_event() -> None:
    assert [
        each.measured
        for each in single_cause_lives.run_volatile_pages(looks=120, postings=12)
        if not each.is_met
    ] == []


def test_a_new_host_makes_one_event() -> None:
    assert [each.measured for each in single_cause_lives.new_host(15) if not each.is_met] == []


def test_a_redesign_is_one_alarm_and_what_happened_is_reported_after_the_parser_update() -> None:
    assert [
        f"{each.name}: {each.measured}" for each in single_cause_lives.run_redesign(16) if not each.is_met
    ] == []


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2])
def test_whole_lives_meet_every_threshold(seed: int) -> None:
    ledger_match = run_life.run_life(Scenario(seed=seed, sites=("meridian", "northreach"))).ledger_match
    assert [
        f"{each.name}: {each.measured}" for each in scoring.list_demands([ledger_match]) if not each.is_met
    ] == []
    assert {each.incident.kind for each in ledger_match.outcomes} > {
        IncidentKind.STORM,
        IncidentKind.RETURNED,
    }
