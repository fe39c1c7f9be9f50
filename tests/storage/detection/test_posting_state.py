"""The life of a posting: nothing is claimed without enough looks, and everything is told once."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.detection.controls import SiteHealth
from storage.detection.posting_state import (
    Draft,
    ListingSight,
    Sighting,
    Turn,
    advance,
    advance_listing,
)
from storage.models import (
    Address,
    PostingState,
    PostingStatus,
    RemovalPolicy,
    Verdict,
    start_posting_status,
)

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


def look(
    hours: float,
    verdict: Verdict = Verdict.LIVE,
    health: SiteHealth = SiteHealth.WELL,
    address: Address | None = None,
) -> Sighting:
    return Sighting(at(hours), verdict, health, "front page answered", address)


def gone(hours: float, health: SiteHealth = SiteHealth.WELL) -> Sighting:
    return look(hours, Verdict.GONE, health)


def live(through: Iterable[Sighting], policy: RemovalPolicy = POLICY) -> tuple[PostingStatus, list[Draft]]:
    """Return where a posting seen at hour 0 stands after these looks, and all that was told."""
    standing = start_posting_status(HOME, START)
    told: list[Draft] = []
    for sighting in through:
        standing, drafts = advance(standing, sighting, policy)
        told += drafts
    return standing, told


def kinds(told: Iterable[Draft]) -> list[Turn]:
    return [draft.kind for draft in told]


def removed_at(hours: float) -> list[Sighting]:
    return [gone(hours - 6), gone(hours - 3), gone(hours)]


def test_one_absent_look_is_a_suspicion_only() -> None:
    standing, told = live([look(4), gone(5)])
    assert standing.state is PostingState.SUSPECT
    assert kinds(told) == [Turn.SUSPECTED]
    assert (told[0].last_before_at, told[0].first_after_at) == (at(4), at(5))


def test_enough_looks_over_the_span_at_a_well_site_are_a_removal() -> None:
    standing, told = live(removed_at(10))
    assert standing.state is PostingState.REMOVED
    assert kinds(told) == [Turn.SUSPECTED, Turn.REMOVED]
    assert (told[1].last_before_at, told[1].first_after_at, told[1].at) == (START, at(4), at(10))
    assert told[1].detail == {"looks": 3, "verdict": "gone", "controls": "front page answered"}


def test_enough_looks_in_too_short_a_span_are_no_removal() -> None:
    assert live([gone(1), gone(2), gone(3), gone(4)])[0].state is PostingState.SUSPECT


def test_too_few_looks_over_a_long_span_are_no_removal() -> None:
    assert live([gone(1), gone(100)])[0].state is PostingState.SUSPECT


@pytest.mark.parametrize("health", [SiteHealth.NOT_LOOKED, SiteHealth.NOT_WELL])
def test_nothing_is_confirmed_without_controls_at_the_confirming_look(health: SiteHealth) -> None:
    assert kinds(live([gone(1), gone(4), gone(20, health)])[1]) == [Turn.SUSPECTED]


def test_an_absence_without_controls_counts_and_one_at_a_sick_site_does_not() -> None:
    standing, _ = live([gone(1, SiteHealth.NOT_LOOKED), gone(2, SiteHealth.NOT_WELL)])
    assert standing.absence is not None
    assert standing.absence.looks == 1


def test_a_sick_site_raises_no_suspicion() -> None:
    assert live([gone(1, SiteHealth.NOT_WELL)]) == (start_posting_status(HOME, START), [])


@pytest.mark.parametrize("verdict", SILENT)
def test_a_look_that_tells_nothing_changes_nothing(verdict: Verdict) -> None:
    before, _ = live([gone(1), gone(4)])
    assert advance(before, look(20, verdict), POLICY) == (before, ())


def test_a_redirect_to_nowhere_known_changes_nothing() -> None:
    before, _ = live([gone(1)])
    assert advance(before, look(2, Verdict.REDIRECTED), POLICY) == (before, ())


@pytest.mark.parametrize("verdict", [Verdict.LIVE, Verdict.UNCHANGED])
def test_a_posting_that_answers_again_is_cleared_and_counts_anew(verdict: Verdict) -> None:
    standing, told = live([gone(1), gone(4), look(5, verdict), gone(6), gone(9)])
    assert kinds(told) == [Turn.SUSPECTED, Turn.CLEARED, Turn.SUSPECTED]
    assert standing.state is PostingState.SUSPECT


def test_a_return_lies_between_the_last_absent_look_and_the_one_that_found_it() -> None:
    standing, told = live([*removed_at(10), gone(20), look(30)])
    assert standing.state is PostingState.LIVE
    assert told[-1].kind is Turn.RETURNED
    assert (told[-1].last_before_at, told[-1].first_after_at) == (at(20), at(30))


def test_without_patience_a_suspicion_and_its_confirmation_are_one_look() -> None:
    assert kinds(live([gone(1)], AT_ONCE)[1]) == [Turn.SUSPECTED, Turn.REMOVED]


def test_the_same_story_at_another_number_is_a_move_told_once() -> None:
    moved = [look(hours, Verdict.REDIRECTED, address=OTHER) for hours in (2, 3)]
    standing, told = live([gone(1), *moved, gone(9), gone(20), gone(40)])
    assert standing.state is PostingState.MOVED
    assert standing.moved_to == OTHER.url
    assert kinds(told) == [Turn.SUSPECTED, Turn.MOVED]
    assert told[1].detail == {"from_url": HOME.url, "to_url": OTHER.url}


def test_a_story_that_answers_at_its_old_address_again_has_moved_back() -> None:
    standing, told = live([look(2, Verdict.REDIRECTED, address=OTHER), look(3)])
    assert standing.state is PostingState.LIVE
    assert told[-1].detail == {"from_url": OTHER.url, "to_url": HOME.url}


def renamed(slug: str, path: str = "/News/Article/101/") -> Address:
    return Address(HOME.site, "101", f"https://news.example.mil{path}{slug}")


@pytest.mark.parametrize("verdict", [Verdict.LIVE, Verdict.REDIRECTED])
def test_other_words_after_the_same_number_are_a_new_name(verdict: Verdict) -> None:
    standing, told = live([look(1, verdict, address=renamed("another-story/"))])
    assert standing.address == renamed("another-story/")
    assert kinds(told) == [Turn.RENAMED]


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
    told_once = live([gone(5), look(8)])
    assert live([gone(5), gone(5), gone(3), look(4), look(8), look(8), gone(7)]) == told_once


def listing(standing: PostingStatus, hours: float, *, named: bool) -> tuple[PostingStatus, list[Turn]]:
    standing, drafts = advance_listing(standing, ListingSight(at(hours), named), POLICY)
    return standing, kinds(drafts)


def dropped() -> PostingStatus:
    standing = listing(start_posting_status(HOME, START), 1, named=True)[0]
    for hours in (2, 5, 9):
        standing, told = listing(standing, hours, named=False)
        assert told == []
    return standing


def test_a_posting_dropped_from_listing_and_feed_is_unlisted_once_its_address_answered_since() -> None:
    standing, drafts = advance(dropped(), look(10), POLICY)
    assert kinds(drafts) == [Turn.UNLISTED]
    assert (drafts[0].last_before_at, drafts[0].first_after_at) == (at(1), at(2))
    assert standing.shown_state is PostingState.UNLISTED
    assert standing.state is PostingState.LIVE
    assert advance(standing, look(11), POLICY)[1] == ()


def test_a_posting_that_is_gone_is_not_called_unlisted() -> None:
    assert kinds(advance(dropped(), gone(10), POLICY)[1]) == [Turn.SUSPECTED]


def test_lists_that_missed_a_posting_while_it_was_gone_do_not_make_it_unlisted_when_it_returns() -> None:
    standing = advance(dropped(), gone(10), POLICY)[0]
    standing, drafts = advance(standing, look(11), POLICY)
    assert kinds(drafts) == [Turn.CLEARED]
    assert advance(standing, look(12), POLICY)[1] == ()


def test_an_unlisted_posting_that_is_named_again_is_relisted() -> None:
    standing, _ = advance(dropped(), look(10), POLICY)
    standing, told = listing(standing, 12, named=True)
    assert told == [Turn.RELISTED]
    assert standing.shown_state is PostingState.LIVE
    assert listing(standing, 13, named=True)[1] == []


def test_a_posting_that_was_never_listed_cannot_drop_out() -> None:
    standing = start_posting_status(HOME, START)
    assert listing(standing, 9, named=False) == (standing, [])


SIGHTINGS = st.lists(
    st.builds(
        Sighting,
        at=st.integers(-5, 60).map(at),
        verdict=st.sampled_from(Verdict),
        health=st.sampled_from(SiteHealth),
        address=st.sampled_from([None, HOME, OTHER, renamed("new-name/")]),
    ),
    max_size=25,
)
POLICIES = st.builds(
    RemovalPolicy,
    looks=st.integers(1, 4),
    span=st.sampled_from([timedelta(hours=hours) for hours in range(13)]),
)
ABSENT = (Verdict.GONE, Verdict.SOFT_GONE)


@given(SIGHTINGS, POLICIES)
def test_without_an_absent_look_nothing_is_removed_or_suspected(
    looks: list[Sighting], policy: RemovalPolicy
) -> None:
    told = kinds(live([sighting for sighting in looks if sighting.verdict not in ABSENT], policy)[1])
    assert not {Turn.REMOVED, Turn.SUSPECTED, Turn.RETURNED, Turn.CLEARED} & set(told)


@given(SIGHTINGS, POLICIES)
def test_a_removal_rests_on_enough_absent_looks_over_the_span_at_a_well_site(
    looks: list[Sighting], policy: RemovalPolicy
) -> None:
    standing = start_posting_status(HOME, START)
    for sighting in looks:
        standing, drafts = advance(standing, sighting, policy)
        for draft in drafts:
            if draft.kind is Turn.REMOVED:
                absent = {one.at for one in looks if one.verdict in ABSENT and one.at <= draft.at}
                assert len([one for one in absent if one >= draft.first_after_at]) >= policy.looks
                assert draft.at - draft.first_after_at >= policy.span
                assert sighting.health is SiteHealth.WELL


@given(SIGHTINGS, POLICIES)
def test_a_suspicion_comes_before_and_one_end_after(looks: list[Sighting], policy: RemovalPolicy) -> None:
    suspected = removed = False
    for turn in kinds(live(looks, policy)[1]):
        if turn is Turn.SUSPECTED:
            assert not suspected
            assert not removed
            suspected = True
        elif turn in (Turn.REMOVED, Turn.CLEARED):
            assert suspected
            suspected, removed = False, turn is Turn.REMOVED
        elif turn is Turn.RETURNED:
            assert removed
            removed = False
        elif turn is Turn.MOVED:
            suspected = removed = False


@given(SIGHTINGS, POLICIES)
def test_playing_the_looks_again_gives_the_same_and_repeating_them_tells_nothing(
    looks: list[Sighting], policy: RemovalPolicy
) -> None:
    standing, told = live(looks, policy)
    assert live(looks, policy) == (standing, told)
    assert live([one for one in looks for _ in range(2)], policy) == (standing, told)
    for sighting in looks:
        if sighting.at <= standing.last_look_at:
            assert advance(standing, sighting, policy) == (standing, ())


@given(SIGHTINGS, POLICIES)
def test_what_is_told_happened_before_what_it_follows(looks: list[Sighting], policy: RemovalPolicy) -> None:
    for draft in live(looks, policy)[1]:
        assert draft.last_before_at is not None
        assert draft.last_before_at < draft.first_after_at <= draft.at
