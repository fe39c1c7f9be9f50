"""What a newsroom showed at an instant: by the looks before and after, and nothing that nobody saw."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.models import Verdict
from storage.queries.asof import AsOf, PostingAsOf, parse_day_or_instant, read_as_of
from storage.store import Store
from tests.support.history_database import (
    BACK,
    EDITED,
    LAST,
    PLAIN,
    START,
    SUSPECT,
    TAKEN,
    WING,
    add_rare_events,
    address,
    fields,
    look_again,
    make_history,
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("asof") / "m.db"
    store = make_history(path)
    add_rare_events(store)
    store.close()
    return path


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = Store.open(path, read_only=True)
    yield store
    store.close()


def shown(found: AsOf) -> dict[str, PostingAsOf]:
    return {one.posting.split("/")[-3]: one for one in (*found.shown, *found.absent)}


def days(many: float) -> datetime:
    return START + timedelta(days=many)


def test_before_the_first_look_nothing_is_claimed(store: Store) -> None:
    found = read_as_of(store, WING, days(-1))
    assert (found.shown, found.absent, found.last_look_at, found.watched) == ((), (), None, False)
    assert found.first_look_at == START


def test_each_posting_is_shown_as_it_was_then(store: Store) -> None:
    before, after = (shown(read_as_of(store, WING, days(when))) for when in (0.5, 1.5))
    assert (before[EDITED].revision, after[EDITED].revision) == (1, 2)
    assert (before[EDITED].confirmed, after[EDITED].confirmed) == (False, True)
    assert before[EDITED].next_look_at == days(1) + timedelta(minutes=1)


def test_an_absence_that_was_confirmed_later_is_called_removed_from_its_first_look_on(store: Store) -> None:
    found = read_as_of(store, WING, days(2.1))
    assert {one.posting.split("/")[-3]: one.state for one in found.absent} == {
        TAKEN: "removed",
        BACK: "removed",
    }
    assert {one.state for one in found.shown} == {"live"}
    assert BACK in {one.posting.split("/")[-3] for one in read_as_of(store, WING, days(1.9)).shown}


def test_a_posting_that_came_back_is_shown_again_with_its_new_text(store: Store) -> None:
    back = shown(read_as_of(store, WING, days(12.5)))[BACK]
    assert (back.state, back.revision) == ("live", 2)


def test_an_absence_that_nobody_confirmed_is_a_suspicion(store: Store) -> None:
    one = shown(read_as_of(store, WING, days(13.5)))[SUSPECT]
    assert (one.state, one.next_look_at, one.confirmed) == ("suspect", None, False)


def test_a_gap_in_our_watching_is_told(store: Store) -> None:
    inside = read_as_of(store, WING, days(7))
    assert not inside.watched
    assert (inside.last_look_at, inside.next_look_at) == (days(2 + 8 / 24), days(12))
    assert shown(inside)[PLAIN].confirmed
    assert read_as_of(store, WING, days(1.2)).watched
    assert not read_as_of(store, WING, days(30)).watched


def test_within_equal_looks_the_same_was_seen_before_and_after(store: Store) -> None:
    one = shown(read_as_of(store, WING, days(0.5)))[PLAIN]
    assert one.confirmed
    assert one.last_look_at <= days(0.5) < (one.next_look_at or START)


def test_a_moved_posting_is_not_called_live_after_its_redirect(store: Store) -> None:
    assert shown(read_as_of(store, WING, days(14.5)))[LAST].state == "live"  # its own address answered last


def test_what_was_met_later_is_counted_not_shown(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "m.db", clock=lambda: days(9))
    look_again(store, START, {EDITED: fields(EDITED)})
    look_again(store, days(3), {EDITED: fields(EDITED), TAKEN: fields(TAKEN)})
    look_again(store, days(5), {EDITED: fields(EDITED), TAKEN: fields(TAKEN), BACK: fields(BACK)})
    early = read_as_of(store, WING, days(1))
    assert (len(early.shown), early.met_later) == (1, 1)  # 503 was not there on day 3, so not on day 1
    store.close()


def test_trouble_tells_nothing_about_a_posting(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "m.db", clock=lambda: days(9))
    look_again(store, START, {EDITED: fields(EDITED), TAKEN: fields(TAKEN)})
    look_again(store, days(1), {EDITED: fields(EDITED), TAKEN: Verdict.BLOCKED})
    one = shown(read_as_of(store, WING, days(2)))[TAKEN]
    assert (one.state, one.last_look_at) == ("live", START + timedelta(minutes=2))
    store.close()


def test_a_day_means_its_end_and_no_zone_means_utc() -> None:
    assert parse_day_or_instant("2026-03-04") == datetime(2026, 3, 4, 23, 59, 59, 999999, tzinfo=UTC)
    assert (
        parse_day_or_instant("2026-03-04T10:00")
        == parse_day_or_instant("2026-03-04 10:00Z")
        == datetime(2026, 3, 4, 10, tzinfo=UTC)
    )
    assert parse_day_or_instant("2026-03-04T10:00+09:00") == datetime(2026, 3, 4, 1, tzinfo=UTC)
    for wrong in ("", "yesterday", "2026-13-01", "04.03.2026"):
        with pytest.raises(ValueError, match=r".+"):
            parse_day_or_instant(wrong)


def test_addresses_are_those_of_the_postings(store: Store) -> None:
    assert shown(read_as_of(store, WING, days(1)))[EDITED].posting == address(EDITED).url
