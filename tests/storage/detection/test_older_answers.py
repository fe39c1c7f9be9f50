"""A machine that still has the old page tells nothing, and a text put back for good is told in the end."""

from collections.abc import Iterator
from dataclasses import replace
from email.utils import format_datetime
from pathlib import Path

import pytest

from storage.models import HIDDEN_EVENTS, Address, Fields, Look, Page, RemovalPolicy, Role, Verdict
from storage.store import Store
from tests.support.make_looks import address, after, entry, fields, kinds, listed, outcome, seen, store_at

SOURCE = "wing-news"
OTHERS = [str(number) for number in range(101, 110)]
WHERE = address("100")
OLD = fields("Story of the wing", "Five boats were there.\n\nThe story ends here.")
NEW = replace(OLD, paragraphs=("Six boats were there.", "The story ends here."))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        yield opened


def story(number: str) -> Fields:
    return fields(f"Story {number}", f"Text of story {number}.")


def answer(hour: float, status: int = 200, **hours_of: float) -> Page:
    """Return an answer whose headers give these hours; `age` is so many hours."""
    headers = [("date", stamp(hours_of.get("date", hour)))]
    if "last_modified" in hours_of:
        headers.append(("last-modified", stamp(hours_of["last_modified"])))
    if "age" in hours_of:
        headers.append(("age", str(round(hours_of["age"] * 3600))))
    return Page(WHERE.url, status, tuple(headers), b"<html>as it came</html>")


def stamp(hour: float) -> str:
    return format_datetime(after(hour), usegmt=True)


def look_again(store: Store, hour: float, page: Page, read: Fields | None) -> list[str]:
    """Look at the story, at the list, a control and the others; return the events."""
    run = store.start_run(SOURCE, "crawl", after(hour))
    numbers = ["100", *OTHERS]
    store.save_look(listed(after(hour), *(entry(number) for number in numbers[::-1]), run=run))
    for number in OTHERS:
        store.save_look(seen(after(hour), story(number), address(number), run=run))
    verdict = Verdict.LIVE if read else Verdict.GONE
    store.save_look(Look(Role.ARTICLE, WHERE, after(hour), verdict, SOURCE, run, page, read))
    never = Address(WHERE.site, "9100", f"https://{WHERE.site}/News/Article/9100/x/")
    gone = Page(never.url, 404, (), b"no")
    store.save_look(Look(Role.CONTROL, never, after(hour), Verdict.GONE, SOURCE, run, gone))
    found = store.detect_changes(SOURCE, RemovalPolicy())
    store.finish_run(run, outcome(complete=True))
    return [kind for kind in kinds(found) if kind not in (*HIDDEN_EVENTS, "found")]


def test_old_and_new_in_turn_are_one_edit(store: Store) -> None:
    assert look_again(store, 0, answer(0, last_modified=-9), OLD) == []
    assert look_again(store, 6, answer(6, last_modified=5), NEW) == ["edited"]
    for hour in range(12, 240, 12):
        assert look_again(store, hour, answer(hour, last_modified=-9), OLD) == []
        assert look_again(store, hour + 6, answer(hour + 6, last_modified=5), NEW) == []


@pytest.mark.parametrize("is_date_kept", [True, False])
def test_old_answers_of_a_cache_are_known_by_their_age(store: Store, is_date_kept: bool) -> None:
    look_again(store, 0, answer(0), OLD)
    assert look_again(store, 6, answer(6), NEW) == ["edited"]
    for hour in range(12, 60, 12):
        kept = answer(hour, date=1.0, age=hour - 1) if is_date_kept else answer(hour, age=hour - 1)
        assert look_again(store, hour, kept, OLD) == []
        assert look_again(store, hour + 6, answer(hour + 6), NEW) == []


def test_an_old_error_is_no_absence_and_an_old_page_no_return(store: Store) -> None:
    look_again(store, 0, answer(0), OLD)
    look_again(store, 6, answer(6), OLD)
    for hour in (12, 24, 36):
        assert look_again(store, hour, answer(hour, 404, age=hour - 3), None) == []
    assert look_again(store, 48, answer(48, 404), None) == ["suspected"]
    assert look_again(store, 51, answer(51, age=10), OLD) == []
    assert look_again(store, 54, answer(54, 404), None) == []
    assert look_again(store, 60, answer(60, 404), None) == ["removed"]
    assert look_again(store, 66, answer(66, age=30), OLD) == []
    assert look_again(store, 72, answer(72), OLD) == ["returned"]


def test_an_older_text_put_back_with_a_new_time_is_an_edit_at_once(store: Store) -> None:
    look_again(store, 0, answer(0, last_modified=-9), OLD)
    assert look_again(store, 6, answer(6, last_modified=5), NEW) == ["edited"]
    assert look_again(store, 12, answer(12, last_modified=11), OLD) == ["edited"]


def test_an_older_text_put_back_with_its_old_time_is_told_when_it_has_stayed(store: Store) -> None:
    look_again(store, 0, answer(0, last_modified=-9), OLD)
    look_again(store, 6, answer(6, last_modified=5), NEW)
    told = [look_again(store, hour, answer(hour, last_modified=-9), OLD) for hour in range(12, 108, 12)]
    assert told == [[], [], [], [], [], [], ["edited"], []]


@pytest.mark.parametrize(
    "wrong",
    [
        {"date": 9000.0},
        {"last_modified": 9000.0},
        {"last_modified": -9.0},  # never changes
        {},
    ],
)
def test_clocks_that_lie_hide_no_edit(store: Store, wrong: dict[str, float]) -> None:
    look_again(store, 0, answer(0, 200, **wrong), OLD)
    assert look_again(store, 6, answer(6, 200, **wrong), NEW) == ["edited"]
    assert look_again(store, 12, answer(12), OLD) == ["edited"]


def test_the_look_is_kept_and_says_why(store: Store) -> None:
    look_again(store, 0, answer(0), OLD)
    look_again(store, 6, answer(6), NEW)
    look_again(store, 12, answer(12, age=11.0), OLD)
    (row,) = store.db.query("SELECT * FROM looks WHERE url = ? AND outcome = 'unreadable'", [WHERE.url])
    assert "older" in row["reason"]
    assert row["capture_id"] is not None
