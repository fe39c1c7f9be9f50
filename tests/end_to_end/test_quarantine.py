"""What waits while a newsroom is in quarantine, and what becomes of it when that ends by itself."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from storage.archive.writer import get_archive_folder
from storage.integrity.verify import verify_database
from storage.models import HIDDEN_EVENTS, Event, Fields, RemovalPolicy, Verdict
from storage.store import Store
from storage.tables import quarantines
from tests.support.make_looks import LONG, address, after, bad, entry, fields, kinds, listed, seen, store_at

SOURCE = "wing-news"
NUMBERS = [str(number) for number in range(100, 130)]
BROKEN = NUMBERS[:17]
POLICY = RemovalPolicy(looks=3, span=timedelta(hours=6))
What = Fields | Verdict


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        look(opened, 0, {})
        yield opened
        assert verify_database(opened.db, get_archive_folder(opened.path)).problem is None


def text(number: str, **changes: object) -> Fields:
    """Return what a release says, a text of its own."""
    return replace(fields(f"Story {number} of the wing", f"{number} {LONG}"), **changes)  # type: ignore[arg-type]  # by name


def save(store: Store, hour: float, changes: Mapping[str, What], numbers: list[str] = NUMBERS) -> None:
    """Look at the list and at releases, and leave it there, as a kill would."""
    run = store.start_run(SOURCE, "crawl", after(hour))
    store.save_look(listed(after(hour), *(entry(number) for number in reversed(NUMBERS)), run=run))
    for number in numbers:
        what = changes.get(number, text(number))
        where = address(number)
        at = after(hour + 0.1)
        made = bad(at, what, where, 200) if isinstance(what, Verdict) else seen(at, what, where)
        store.save_look(replace(made, run_id=run))


def look(store: Store, hour: float, changes: Mapping[str, What], numbers: list[str] = NUMBERS) -> list[Event]:
    save(store, hour, changes, numbers)
    return [one for one in store.detect_changes(SOURCE, POLICY) if one.kind not in HIDDEN_EVENTS]


def break_all(verdict: Verdict = Verdict.UNREADABLE, **changes: What) -> dict[str, What]:
    """Return looks at a site of which most cannot be read; `n129=...` names another release."""
    others = {name.removeprefix("n"): what for name, what in changes.items()}
    return dict.fromkeys(BROKEN, verdict) | others


def is_in_quarantine(store: Store) -> bool:
    return quarantines.find_quarantine(store.db, SOURCE) is not None


def first_seen(store: Store, number: str) -> list[str]:
    """Return since when a release said each of its texts."""
    rows = store.db.execute(
        "SELECT v.observed_at FROM revisions v JOIN postings p ON p.id = v.posting_id"
        " WHERE p.number = ? ORDER BY v.observed_at",
        [number],
    )
    return [row[0][11:16] for row in rows]


def test_an_edit_in_the_same_markup_is_told_while_the_newsroom_is_in_quarantine(store: Store) -> None:
    events = look(store, 1, break_all(n129=text("129", title="Forty aircraft at the drill")))
    assert kinds(events) == ["quarantined", "edited"]
    events = look(store, 2, break_all(n129=text("129", title="Fifty aircraft at the drill")))
    assert kinds(events) == ["edited"]
    assert first_seen(store, "129") == ["12:06", "13:06", "14:06"]
    assert is_in_quarantine(store)


def test_a_text_in_other_markup_waits_and_has_its_own_time_when_the_quarantine_lifts(store: Store) -> None:
    other = text("129", title="Forty aircraft at the drill", design="new")
    assert kinds(look(store, 1, break_all(n129=other))) == ["quarantined"]
    assert first_seen(store, "129") == ["12:06"]
    (edited,) = look(store, 2, {"129": replace(other, design="g4")})
    assert (edited.last_before_at, edited.first_after_at) == (after(0.1), after(1.1))
    assert first_seen(store, "129") == ["12:06", "13:06"]
    assert not is_in_quarantine(store)


def test_a_text_that_waited_and_went_again_is_two_changes(store: Store) -> None:
    look(store, 1, break_all(n129=text("129", title="Forty aircraft at the drill", design="new")))
    events = look(store, 2, {})
    assert kinds(events) == ["edited", "edited"]
    assert [one.first_after_at for one in events] == [after(1.1), after(2.1)]


@pytest.mark.parametrize("verdict", [Verdict.UNREADABLE, Verdict.SOFT_GONE, Verdict.REDIRECTED, Verdict.GONE])
def test_a_look_that_read_badly_of_a_story_that_is_there_is_not_observed(
    store: Store, verdict: Verdict
) -> None:
    held = break_all(n120=verdict, n121=text("121", paragraphs=("Only this.",)))
    assert kinds(look(store, 1, held)) == ["quarantined"]
    assert look(store, 2, {}) == []
    spans = store.db.execute(
        "SELECT l.outcome FROM looks l JOIN postings p ON p.id = l.posting_id WHERE p.number = '120'"
        " ORDER BY l.first_at"
    ).fetchall()
    assert spans == [("live",), (str(verdict),), ("live",)]
    assert first_seen(store, "121") == ["12:06"]


def test_a_story_that_is_still_gone_at_the_end_is_absent_since_the_look_that_waited(store: Store) -> None:
    look(store, 1, break_all(n120=Verdict.GONE))
    (suspected,) = look(store, 2, {"120": Verdict.GONE})
    assert (suspected.kind, suspected.first_after_at) == ("suspected", after(1.1))


def test_no_removal_is_confirmed_by_looks_that_waited(store: Store) -> None:
    for hour in (1, 5, 9, 13):
        look(store, hour, break_all(n120=Verdict.GONE))
    assert kinds(look(store, 14, {"120": Verdict.GONE})) == ["suspected"]


def test_small_visits_lift_it_once_what_broke_was_seen_well_again(store: Store) -> None:
    look(store, 1, break_all())
    assert look(store, 2, {}, NUMBERS[20:]) == []
    assert is_in_quarantine(store)
    for hour, part in enumerate((BROKEN[:6], BROKEN[6:12], BROKEN[12:15]), 3):
        look(store, hour, {}, part)
        assert is_in_quarantine(store)
    assert look(store, 9, {}, BROKEN[15:]) == []
    assert not is_in_quarantine(store)


def test_a_killed_run_loses_no_look_that_waits(store: Store) -> None:
    other = text("129", title="Forty aircraft at the drill", design="new")
    look(store, 1, break_all(n128=Verdict.GONE, n129=other))
    save(store, 2, {}, NUMBERS[:25])  # killed before it looked at the last ones
    events = look(store, 3, {"128": Verdict.GONE, "129": replace(other, design="g4")})
    found = {(str(one.kind), one.first_after_at) for one in events}
    assert found == {("suspected", after(1.1)), ("edited", after(1.1))}


def test_a_killed_run_in_quarantine_waits_like_the_others(store: Store) -> None:
    other = text("129", title="Forty aircraft at the drill", design="new")
    look(store, 1, break_all())
    save(store, 2, break_all(n129=other))
    assert look(store, 3, break_all(n129=other)) == []
    assert kinds(look(store, 4, {"129": replace(other, design="g4")})) == ["edited"]
    assert first_seen(store, "129") == ["12:06", "14:06"]


@pytest.mark.parametrize("title", ["Forty aircraft at the drill", "Fifty aircraft at the drill"])
def test_what_a_killed_run_saw_keeps_its_time_where_a_later_capture_was_imported(
    store: Store, title: str
) -> None:
    other = text("129", title="Forty aircraft at the drill")
    save(store, 1, {"129": other})
    run = store.start_run(SOURCE, "import", after(5))
    store.save_look(replace(seen(after(2), text("129", title=title), address("129")), run_id=run))
    save(store, 3, {"129": other})
    look(store, 4, {"129": other})
    times = ["12:06", "13:06"] if title == other.title else ["12:06", "13:06", "14:00", "15:06"]
    assert first_seen(store, "129") == times


def test_a_capture_that_is_imported_while_a_look_waits_in_quarantine(store: Store) -> None:
    other = text("129", title="Forty aircraft at the drill", design="new")
    look(store, 1, break_all(n129=other))
    run = store.start_run(SOURCE, "import", after(5))
    store.save_look(replace(seen(after(2), replace(other, design="g4"), address("129")), run_id=run))
    look(store, 3, {"129": replace(other, design="g4")})
    assert first_seen(store, "129") == ["12:06", "13:06"]
