"""The state of a posting, as it is kept and as it is shown."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from storage.models import Address, PostingState, start_posting_status

AT = datetime(2026, 3, 2, tzinfo=UTC)
STATUS = start_posting_status(Address("www.wing.example.mil", "1", "https://www.wing.example.mil/1"), AT)


def test_a_posting_starts_live_and_seen() -> None:
    assert STATUS.state is PostingState.LIVE
    assert STATUS.since == STATUS.last_seen_at == STATUS.last_look_at == AT
    assert (STATUS.absence, STATUS.unlisting, STATUS.last_listed_at) == (None, None, None)


def test_a_live_posting_is_shown_as_unlisted_once_that_was_reported() -> None:
    assert STATUS.shown_state is PostingState.LIVE
    assert replace(STATUS, unlisting_reported=True).shown_state is PostingState.UNLISTED


@pytest.mark.parametrize("state", [PostingState.SUSPECT, PostingState.REMOVED, PostingState.MOVED])
def test_any_other_state_is_shown_as_it_is(state: PostingState) -> None:
    assert replace(STATUS, state=state, unlisting_reported=True).shown_state is state


def test_a_posting_is_online_or_closed_or_suspected() -> None:
    assert {state for state in PostingState if state.is_online} == {PostingState.LIVE, PostingState.UNLISTED}
    assert {state for state in PostingState if state.is_closed} == {PostingState.REMOVED, PostingState.MOVED}
