"""What a verdict means is said once, and each meaning holds exactly the verdicts it names."""

from datetime import UTC, datetime

import pytest

from storage.models import Address, Entry, Listing, Look, Role, Verdict

PRESENT = {Verdict.LIVE, Verdict.UNCHANGED}
GONE = {Verdict.GONE, Verdict.SOFT_GONE}
WHERE = Address("www.wing.example.mil", None, "https://www.wing.example.mil/News/")
AT = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("meaning", "verdicts"),
    [
        ("is_present", PRESENT),
        ("is_gone", GONE),
        ("is_absent", GONE | {Verdict.REDIRECTED}),
        ("is_answer", PRESENT | GONE | {Verdict.REDIRECTED}),
        ("is_answered_in_place", PRESENT | GONE | {Verdict.UNREADABLE}),
        ("is_without_article", {Verdict.SOFT_GONE, Verdict.UNREADABLE}),
        ("is_refusal", {Verdict.BLOCKED, Verdict.THROTTLED}),
        ("is_trouble", {Verdict.SERVER_ERROR, Verdict.UNREACHABLE}),
        ("is_without_body", {Verdict.TOO_LARGE, Verdict.ROBOTS_DENIED, Verdict.UNREACHABLE}),
    ],
)
def test_a_meaning_holds_these_verdicts_and_no_others(meaning: str, verdicts: set[Verdict]) -> None:
    assert {verdict for verdict in Verdict if getattr(verdict, meaning)} == verdicts


def test_no_refusal_or_trouble_says_anything_about_a_posting() -> None:
    silent = [verdict for verdict in Verdict if verdict.is_refusal or verdict.is_trouble]
    assert not any(verdict.is_answer or verdict.is_answered_in_place for verdict in silent)


def test_listings_and_feeds_are_lists() -> None:
    assert {role for role in Role if role.is_list} == {Role.LISTING, Role.FEED}


@pytest.mark.parametrize(
    ("verdict", "listing", "is_empty"),
    [
        (Verdict.LIVE, Listing((), "afpims:1"), True),
        (Verdict.LIVE, Listing((Entry(WHERE, "A story"),), "afpims:1"), False),
        (Verdict.UNCHANGED, Listing((), "afpims:1"), False),
        (Verdict.UNREADABLE, None, False),
    ],
)
def test_only_a_list_that_was_read_can_be_empty(
    verdict: Verdict, listing: Listing | None, *, is_empty: bool
) -> None:
    assert Look(Role.LISTING, WHERE, AT, verdict, listing=listing).is_empty_list is is_empty
