"""Groups of event kinds."""

from storage.models import HIDDEN_EVENTS, EventKind


def test_hidden_events_are_those_that_only_the_ledger_needs() -> None:
    assert {kind for kind in EventKind if kind.is_hidden} == HIDDEN_EVENTS
    assert {EventKind.CAPTURED, EventKind.BASELINED} == HIDDEN_EVENTS


def test_a_posting_begins_with_found_or_published() -> None:
    assert {kind for kind in EventKind if kind.is_first} == {EventKind.FOUND, EventKind.PUBLISHED}


def test_three_kinds_are_about_a_site_and_no_posting() -> None:
    of_site = {EventKind.SITE_CHANGED, EventKind.SITE_MOVED, EventKind.QUARANTINED}
    of_site |= {EventKind.MASS_ABSENCE, EventKind.MASS_REMOVAL}
    assert {kind for kind in EventKind if kind.is_of_site} == of_site


def test_edits_and_returns_may_name_changed_fields() -> None:
    assert {kind for kind in EventKind if kind.has_changes} == {EventKind.EDITED, EventKind.RETURNED}
