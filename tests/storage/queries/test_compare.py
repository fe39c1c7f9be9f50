"""Two revisions side by side: the last two that differ, or those that were asked for."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from storage.diff.kinds import EditKind
from storage.models import Confidence
from storage.queries.compare import ChoiceError, Comparison, RevisionChoice, find_comparison
from storage.store import Store
from tests.support.history_database import (
    BACK,
    BASE,
    BASE_SITE,
    EDITED,
    NOW,
    SILENT_EDIT,
    START,
    TAKEN,
    WING,
    WING_SITE,
    address,
    fields,
    look_again,
    make_history,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = make_history(tmp_path / "m.db")
    yield store
    store.close()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(tmp_path / "empty.db", clock=lambda: NOW)
    yield store
    store.close()


def seqs(found: Comparison) -> tuple[int, int]:
    return found.before.seq, found.after.seq


def test_the_last_two_revisions_that_differ_are_compared(store: Store) -> None:
    found = find_comparison(store, RevisionChoice(1))
    assert (seqs(found), found.posting, found.edited) == ((1, 2), address(EDITED).url, True)
    assert [one.field for one in found.fields] == ["body"]
    assert found.edit_kinds[:2] == (EditKind.NEGATION, EditKind.NUMBER)
    assert found.before.last_seen_at == START + timedelta(minutes=1)
    assert found.after.observed_at == START + timedelta(days=1, minutes=1)


def test_a_return_is_compared_with_the_last_good_copy(store: Store) -> None:
    found = find_comparison(store, RevisionChoice(3))
    assert (seqs(found), found.posting) == ((1, 2), address(BACK).url)
    assert EditKind.QUOTE in found.edit_kinds


def test_revisions_are_chosen_by_number_and_in_either_order(store: Store) -> None:
    there, back = (
        find_comparison(store, RevisionChoice(1, seqs=(1, 2))),
        find_comparison(store, RevisionChoice(1, seqs=(2, 1))),
    )
    assert [one.before for one in there.fields] == [one.after for one in back.fields]
    assert there.fields == find_comparison(store, RevisionChoice(1)).fields


def test_where_nothing_differs_the_last_revision_stands_beside_itself(store: Store) -> None:
    found = find_comparison(store, RevisionChoice(5))
    assert found.before == found.after
    assert (found.fields, found.edited) == ((), False)


@pytest.mark.parametrize("posting", [BASE_SITE, address(TAKEN, BASE_SITE).url])
def test_a_copy_is_chosen_by_site_or_address(store: Store, posting: str) -> None:
    assert find_comparison(store, RevisionChoice(2, posting, (1, 1))).site == BASE_SITE


def test_revisions_that_several_copies_have_need_a_choice(store: Store) -> None:
    with pytest.raises(ChoiceError, match=rf"--posting: https://{WING_SITE}/.*, https://{BASE_SITE}/"):
        find_comparison(store, RevisionChoice(2, seqs=(1, 1)))


def test_what_is_not_there_is_told_with_what_is(store: Store) -> None:
    with pytest.raises(ChoiceError, match=r"no revisions 1 and 7; there are 1, 2 of https://www\.wing\.mil/"):
        find_comparison(store, RevisionChoice(1, seqs=(1, 7)))
    with pytest.raises(ChoiceError, match=r"release 1 has no posting at www\.other\.mil"):
        find_comparison(store, RevisionChoice(1, "www.other.mil"))


def test_another_reading_is_no_edit_and_stands_behind_edits(empty: Store) -> None:
    newer = replace(
        fields(EDITED, SILENT_EDIT), parser="afpims:2", byline="By A. Reader", confidence=Confidence.HIGH
    )
    look_again(empty, START, {EDITED: fields(EDITED)})
    look_again(empty, START + timedelta(days=1), {EDITED: newer})
    only_read = find_comparison(empty, RevisionChoice(1))
    assert (seqs(only_read), only_read.edited) == ((1, 2), False)
    again = replace(newer, paragraphs=(*newer.paragraphs, "One more thing."))
    look_again(empty, START + timedelta(days=2), {EDITED: again})
    look_again(empty, START + timedelta(days=3), {EDITED: replace(again, parser="afpims:3", byline=None)})
    edit = find_comparison(empty, RevisionChoice(1))
    assert (seqs(edit), edit.edited, edit.edit_kinds) == ((2, 3), True, (EditKind.PARAGRAPH_ADDED,))


def test_a_purged_revision_cannot_be_compared(store: Store) -> None:
    store.purge_posting(1, "names a minor")
    with pytest.raises(ChoiceError, match="purged"):
        find_comparison(store, RevisionChoice(1))
    with pytest.raises(ChoiceError, match="revision 1 was purged"):
        find_comparison(store, RevisionChoice(1, seqs=(1, 2)))


def test_the_copy_that_was_edited_last_is_shown(empty: Store) -> None:
    look_again(empty, START, {EDITED: fields(EDITED)}, WING)
    look_again(empty, START, {EDITED: fields(EDITED)}, BASE)
    look_again(empty, START + timedelta(days=1), {EDITED: fields(EDITED, SILENT_EDIT)}, BASE)
    assert find_comparison(empty, RevisionChoice(1)).site == BASE_SITE
