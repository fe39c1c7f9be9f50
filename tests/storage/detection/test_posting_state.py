"""The life of a posting: nothing is claimed without enough looks, and each event is reported once."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.detection.controls import SiteHealth, SiteHealthResult
from storage.detection.posting_state import advance_by_lists, advance_by_look, classify_absent_answer
from storage.models import (
    Address,
    DetectedEvent,
    EventKind,
    PostingFinding,
    PostingState,
    PostingStatus,
    RemovalPolicy,
    Verdict,
    start_posting_status,
)

Observation = tuple[PostingFinding, SiteHealthResult]

START = datetime(2025, 3, 1, 10, tzinfo=UTC)
HOME = Address("news.example.mil", "101", "https://news.example.mil/News/Article/101/a-story/")
OTHER = Address("news.example.mil", "202", "https://news.example.mil/News/Article/202/a-story/")
POLICY = RemovalPolicy(looks=3, span=timedelta(hours=6))
AT_ONCE = RemovalPolicy(looks=1, span=timedelta(0))
SILENT = [
    Verdict.BLOCKED,
    Verdict.THROTTLED,
    Verdict.SERVER_ERROR,
    Verdict.UNREACHABLE,
    Verdict.ROBOTS_DENIED,
    Verdict.UNREADABLE,
    Verdict.TOO_LARGE,
]


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def observe(when: datetime, verdict: Verdict, health: SiteHealth, address: Address | None) -> Observation:
    finding = PostingFinding(id=1, posting_id=7, at=when, verdict=verdict, found_address=address)
    return finding, SiteHealthResult(health, "front page answered")


def look(
    hours: float,
    verdict: Verdict = Verdict.LIVE,
    health: SiteHealth = SiteHealth.WELL,
    address: Address | None = None,
) -> Observation:
    return observe(at(hours), verdict, health, address)


def gone(hours: float, health: SiteHealth = SiteHealth.WELL) -> Observation:
    return look(hours, Verdict.GONE, health)


def live(
    through: Iterable[Observation], policy: RemovalPolicy = POLICY
) -> tuple[PostingStatus, list[DetectedEvent]]:
    """Return the status of a posting seen at hour 0 after these looks, and all events."""
    status = start_posting_status(HOME, START)
    events: list[DetectedEvent] = []
    for observation in through:
        status, new = advance_by_look(status, *observation, policy)
        events += new
    return status, events


def kinds(events: Iterable[DetectedEvent]) -> list[EventKind]:
    return [event.kind for event in events]


def removed_at(hours: float) -> list[Observation]:
    return [gone(hours - 6), gone(hours - 3), gone(hours)]


def test_one_absent_look_is_a_suspicion_only() -> None:
    status, events = live([look(4), gone(5)])
    assert status.state is PostingState.SUSPECT
    assert kinds(events) == [EventKind.SUSPECTED]
    assert (events[0].last_before_at, events[0].first_after_at) == (at(4), at(5))


def test_enough_looks_over_the_span_at_a_well_site_are_a_removal() -> None:
    status, events = live(removed_at(10))
    assert status.state is PostingState.REMOVED
    assert kinds(events) == [EventKind.SUSPECTED, EventKind.REMOVED]
    assert (events[1].last_before_at, events[1].first_after_at, events[1].at) == (START, at(4), at(10))
    assert events[1].detail == {
        "looks": 3,
        "verdict": "gone",
        "answer": "not_found",
        "controls": "front page answered",
    }


def test_enough_looks_in_too_short_a_span_are_no_removal() -> None:
    assert live([gone(1), gone(2), gone(3), gone(4)])[0].state is PostingState.SUSPECT


def test_too_few_looks_over_a_long_span_are_no_removal() -> None:
    assert live([gone(1), gone(100)])[0].state is PostingState.SUSPECT


@pytest.mark.parametrize("health", [SiteHealth.UNKNOWN, SiteHealth.NOT_WELL])
def test_nothing_is_confirmed_without_controls_at_the_confirming_look(health: SiteHealth) -> None:
    assert kinds(live([gone(1), gone(4), gone(20, health)])[1]) == [EventKind.SUSPECTED]


def test_an_absence_without_controls_counts_and_one_at_a_sick_site_does_not() -> None:
    status, _ = live([gone(1, SiteHealth.UNKNOWN), gone(2, SiteHealth.NOT_WELL)])
    assert status.absence is not None
    assert status.absence.looks == 1


def test_a_sick_site_raises_no_suspicion() -> None:
    assert live([gone(1, SiteHealth.NOT_WELL)]) == (start_posting_status(HOME, START), [])


@pytest.mark.parametrize("verdict", SILENT)
def test_a_look_that_tells_nothing_changes_nothing(verdict: Verdict) -> None:
    before, _ = live([gone(1), gone(4)])
    assert advance_by_look(before, *look(20, verdict), POLICY) == (before, ())


def test_a_redirect_to_nowhere_known_changes_nothing() -> None:
    before, _ = live([gone(1)])
    assert advance_by_look(before, *look(2, Verdict.REDIRECTED), POLICY) == (before, ())


@pytest.mark.parametrize("verdict", [Verdict.LIVE, Verdict.UNCHANGED])
def test_a_posting_that_answers_again_is_cleared_and_counts_anew(verdict: Verdict) -> None:
    status, events = live([gone(1), gone(4), look(5, verdict), gone(6), gone(9)])
    assert kinds(events) == [EventKind.SUSPECTED, EventKind.CLEARED, EventKind.SUSPECTED]
    assert status.state is PostingState.SUSPECT


def test_a_return_lies_between_the_last_absent_look_and_the_one_that_found_it() -> None:
    status, events = live([*removed_at(10), gone(20), look(30)])
    assert status.state is PostingState.LIVE
    assert events[-1].kind is EventKind.RETURNED
    assert (events[-1].last_before_at, events[-1].first_after_at) == (at(20), at(30))


def test_without_patience_a_suspicion_and_its_confirmation_are_one_look() -> None:
    assert kinds(live([gone(1)], AT_ONCE)[1]) == [EventKind.SUSPECTED, EventKind.REMOVED]


def test_the_same_story_at_another_number_is_a_move_reported_once() -> None:
    moved = [look(hours, Verdict.REDIRECTED, address=OTHER) for hours in (2, 3)]
    status, events = live([gone(1), *moved, gone(9), gone(20), gone(40)])
    assert status.state is PostingState.MOVED
    assert status.moved_to == OTHER.url
    assert kinds(events) == [EventKind.SUSPECTED, EventKind.MOVED]
    assert events[1].detail == {"from_url": HOME.url, "to_url": OTHER.url}


def test_a_story_that_answers_at_its_old_address_again_has_moved_back() -> None:
    status, events = live([look(2, Verdict.REDIRECTED, address=OTHER), look(3)])
    assert status.state is PostingState.LIVE
    assert events[-1].detail == {"from_url": OTHER.url, "to_url": HOME.url}


def renamed(slug: str, path: str = "/News/Article/101/") -> Address:
    return Address(HOME.site, "101", f"https://news.example.mil{path}{slug}")


@pytest.mark.parametrize("verdict", [Verdict.LIVE, Verdict.REDIRECTED])
def test_other_words_after_the_same_number_are_a_new_name(verdict: Verdict) -> None:
    status, events = live([look(1, verdict, address=renamed("another-story/"))])
    assert status.address == renamed("another-story/")
    assert kinds(events) == [EventKind.RENAMED]


@pytest.mark.parametrize(
    "address",
    [
        renamed("a-story"),
        renamed("A-Story/"),
        renamed("a-story.aspx"),
        renamed("a-st/"),
        renamed("a-story-that-was-cut-before/"),
        renamed("/"),
        renamed("a-story/", path="/News/Commentaries/Display/Article/101/"),
    ],
)
def test_another_path_case_or_cut_is_no_new_name(address: Address) -> None:
    assert live([look(1, address=address)])[1] == []


def test_looks_out_of_order_and_repeated_looks_are_ignored() -> None:
    events_once = live([gone(5), look(8)])
    assert live([gone(5), gone(5), gone(3), look(4), look(8), look(8), gone(7)]) == events_once


def listing(status: PostingStatus, hours: float, *, named: bool) -> tuple[PostingStatus, list[EventKind]]:
    status, events = advance_by_lists(status, at(hours), POLICY, is_named=named)
    return status, kinds(events)


def dropped() -> PostingStatus:
    status = listing(start_posting_status(HOME, START), 1, named=True)[0]
    for hours in (2, 5, 9):
        status, events = listing(status, hours, named=False)
        assert events == []
    return status


def test_a_posting_dropped_from_listing_and_feed_is_unlisted_once_its_address_answered_since() -> None:
    status, events = advance_by_look(dropped(), *look(10), POLICY)
    assert kinds(events) == [EventKind.UNLISTED]
    assert (events[0].last_before_at, events[0].first_after_at) == (at(1), at(2))
    assert status.shown_state is PostingState.UNLISTED
    assert status.state is PostingState.LIVE
    assert advance_by_look(status, *look(11), POLICY)[1] == ()


def test_a_posting_that_is_gone_is_not_called_unlisted() -> None:
    assert kinds(advance_by_look(dropped(), *gone(10), POLICY)[1]) == [EventKind.SUSPECTED]


def test_lists_that_missed_a_posting_while_it_was_gone_do_not_make_it_unlisted_when_it_returns() -> None:
    status = advance_by_look(dropped(), *gone(10), POLICY)[0]
    status, events = advance_by_look(status, *look(11), POLICY)
    assert kinds(events) == [EventKind.CLEARED]
    assert advance_by_look(status, *look(12), POLICY)[1] == ()


def test_an_unlisted_posting_that_is_named_again_is_relisted() -> None:
    status, _ = advance_by_look(dropped(), *look(10), POLICY)
    status, events = listing(status, 12, named=True)
    assert events == [EventKind.RELISTED]
    assert status.shown_state is PostingState.LIVE
    assert listing(status, 13, named=True)[1] == []


def test_a_posting_that_was_never_listed_cannot_drop_out() -> None:
    status = start_posting_status(HOME, START)
    assert listing(status, 9, named=False) == (status, [])


OBSERVATIONS = st.lists(
    st.builds(
        observe,
        st.integers(-5, 60).map(at),
        st.sampled_from(Verdict),
        st.sampled_from(SiteHealth),
        st.sampled_from([None, HOME, OTHER, renamed("new-name/")]),
    ),
    max_size=25,
)
POLICIES = st.builds(
    RemovalPolicy,
    looks=st.integers(1, 4),
    span=st.sampled_from([timedelta(hours=hours) for hours in range(13)]),
)


@given(OBSERVATIONS, POLICIES)
def test_without_an_absent_look_nothing_is_removed_or_suspected(
    looks: list[Observation], policy: RemovalPolicy
) -> None:
    events = kinds(live([each for each in looks if not each[0].verdict.is_gone], policy)[1])
    assert not {EventKind.REMOVED, EventKind.SUSPECTED, EventKind.RETURNED, EventKind.CLEARED} & set(events)


@given(OBSERVATIONS, POLICIES)
def test_a_removal_rests_on_enough_absent_looks_over_the_span_at_a_well_site(
    looks: list[Observation], policy: RemovalPolicy
) -> None:
    status = start_posting_status(HOME, START)
    for observation in looks:
        status, events = advance_by_look(status, *observation, policy)
        for event in events:
            if event.kind is EventKind.REMOVED:
                assert event.first_after_at is not None
                absent = {one.at for one, _ in looks if one.verdict.is_gone and one.at <= event.at}
                assert len([one for one in absent if one >= event.first_after_at]) >= policy.looks
                assert event.at - event.first_after_at >= policy.span
                assert observation[1].health is SiteHealth.WELL


@given(OBSERVATIONS, POLICIES)
def test_a_suspicion_comes_before_and_one_end_after(looks: list[Observation], policy: RemovalPolicy) -> None:
    suspected = removed = False
    for kind in kinds(live(looks, policy)[1]):
        if kind is EventKind.SUSPECTED:
            assert not suspected
            assert not removed
            suspected = True
        elif kind in (EventKind.REMOVED, EventKind.CLEARED):
            assert suspected
            suspected, removed = False, kind is EventKind.REMOVED
        elif kind is EventKind.RETURNED:
            assert removed
            removed = False
        elif kind is EventKind.MOVED:
            suspected = removed = False


@given(OBSERVATIONS, POLICIES)
def test_playing_the_looks_again_gives_the_same_and_repeating_them_tells_nothing(
    looks: list[Observation], policy: RemovalPolicy
) -> None:
    status, events = live(looks, policy)
    assert live(looks, policy) == (status, events)
    assert live([one for one in looks for _ in range(2)], policy) == (status, events)
    for observation in looks:
        if observation[0].at <= status.last_look_at:
            assert advance_by_look(status, *observation, policy) == (status, ())


@given(OBSERVATIONS, POLICIES)
def test_what_is_reported_happened_before_what_it_follows(
    looks: list[Observation], policy: RemovalPolicy
) -> None:
    for event in live(looks, policy)[1]:
        assert event.last_before_at is not None
        assert event.first_after_at is not None
        assert event.last_before_at < event.first_after_at <= event.at


@pytest.mark.parametrize(
    ("verdict", "status", "led_to", "wanted"),
    [
        (Verdict.GONE, 404, None, {"answer": "not_found"}),
        (Verdict.GONE, 410, None, {"answer": "gone"}),
        (Verdict.GONE, 404, "https://www.x.mil/on/", {"answer": "not_found"}),
        (Verdict.SOFT_GONE, 200, None, {"answer": "without_article"}),
        (Verdict.SOFT_GONE, 200, "https://www.x.mil/NEWS/Article/1/a", {"answer": "without_article"}),
        (Verdict.SOFT_GONE, 200, "https://www.x.mil/", "home"),
        (Verdict.SOFT_GONE, 200, "https://www.x.mil", "home"),
        (Verdict.SOFT_GONE, 200, "https://www.x.mil/default.aspx?a=b", "home"),
        (Verdict.SOFT_GONE, 200, "https://www.x.mil/Home/", "home"),
        (Verdict.SOFT_GONE, 302, "https://www.x.mil/News/", "elsewhere"),
        (Verdict.SOFT_GONE, 302, "https://www.x.mil/homeland/", "elsewhere"),
    ],
)
def test_what_the_site_answered_is_told_apart(
    verdict: Verdict, status: int, led_to: str | None, wanted: object
) -> None:
    look = PostingFinding(1, 1, START, verdict, status, led_to=led_to)
    if isinstance(wanted, str):
        wanted = {"answer": wanted, "led_to": led_to}
    assert classify_absent_answer(look, "https://www.x.mil/News/Article/1/a/") == wanted
