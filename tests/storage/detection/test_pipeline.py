"""Looks wait for the end of their run, are detected on once, and survive a kill."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from storage.models import (
    HIDDEN_EVENTS,
    Address,
    Change,
    Event,
    EventKind,
    Fields,
    Look,
    RemovalPolicy,
    Role,
    Verdict,
)
from storage.queries.events import list_events
from storage.queries.filters import Filter
from storage.queries.releases import list_releases
from storage.store import Store
from storage.tables import findings, postings, quarantines
from tests.support.make_looks import (
    LONG,
    address,
    after,
    bad,
    entry,
    everything,
    fields,
    kinds,
    listed,
    outcome,
    page,
    seen,
    store_at,
    table,
)

SOURCE = "wing-news"
NUMBERS = [str(number) for number in range(100, 112)]
POLICY = RemovalPolicy(looks=3, span=timedelta(hours=6))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with store_at(tmp_path / "milwire.db") as opened:
        first = opened.start_run(SOURCE, "crawl", after(0))
        opened.save_look(lists(0, first))
        for number in NUMBERS:
            opened.save_look(seen(after(0), text(number), address(number), run=first))
        assert opened.detect_changes(SOURCE, POLICY) == []
        opened.finish_run(first, outcome(complete=True))
        yield opened


def text(number: str, **changes: str) -> Fields:
    """Return what a release says, a text of its own."""
    return replace(fields(f"Story {number} of the wing", f"{number} {LONG}"), **changes)  # type: ignore[arg-type]  # by name


def lists(hour: float, run: int) -> Look:
    return listed(after(hour), *(entry(number) for number in reversed(NUMBERS)), run=run)


def control(hour: float, run: int) -> Look:
    where = Address("www.wing.example.mil", "9100", "https://www.wing.example.mil/News/Article/9100/x/")
    return Look(Role.CONTROL, where, after(hour), Verdict.GONE, SOURCE, run, page(where.url, 404))


def look(number: str, hour: float, run: int, what: Fields | Verdict | None = None) -> Look:
    """Return a look at a known posting: as it was, another text, or an absence."""
    if isinstance(what, Verdict):
        return replace(bad(after(hour), what, address(number)), run_id=run)
    return seen(after(hour), what or text(number), address(number), run=run)


def run_of(store: Store, hour: float, changes: Mapping[str, Fields | Verdict]) -> int:
    """Look at list, control and every posting, and leave it there, as a kill would."""
    run = store.start_run(SOURCE, "crawl", after(hour))
    store.save_look(lists(hour, run))
    for number in NUMBERS:
        store.save_look(look(number, hour + 0.1, run, changes.get(number)))
    store.save_look(control(hour + 0.2, run))
    return run


def detect(store: Store) -> list[Event]:
    return [event for event in store.detect_changes(SOURCE, POLICY) if event.kind not in HIDDEN_EVENTS]


def look_again(store: Store, hour: float, **changes: Fields | Verdict) -> list[str]:
    """Look at everything and return the events; `n101=...` names a posting."""
    run_of(store, hour, {name.removeprefix("n"): what for name, what in changes.items()})
    return kinds(detect(store))


def test_a_new_text_is_no_revision_before_detection(store: Store) -> None:
    run = run_of(store, 1, {"101": text("101", title="Another title of it all")})
    assert len(table(store, "revisions")) == len(NUMBERS)
    assert [row["run_id"] for row in store.db.query("SELECT * FROM findings WHERE fields IS NOT NULL")] == [
        run
    ]
    (edited,) = detect(store)
    assert (edited.kind, edited.title) == (EventKind.EDITED, "Another title of it all")
    assert (edited.last_before_at, edited.first_after_at) == (after(0), after(1.1))
    assert len(table(store, "revisions")) == len(NUMBERS) + 1
    assert table(store, "findings") == []


def test_what_a_killed_run_left_is_detected_once_at_the_next_close(store: Store) -> None:
    run_of(store, 1, {"101": text("101", title="Another title of it all"), "102": Verdict.GONE})
    run_of(store, 2, {"101": text("101", title="Another title of it all"), "102": Verdict.GONE})
    assert kinds(detect(store)) == ["edited", "suspected"]
    assert detect(store) == []
    before = everything(store)
    assert store.detect_changes(SOURCE, POLICY) == []
    assert everything(store) == before


def test_texts_of_several_runs_are_taken_in_their_order(store: Store) -> None:
    other = text("101", title="Another title of it all")
    run_of(store, 1, {"101": other})
    run_of(store, 2, {})
    run_of(store, 3, {"101": other})
    events = detect(store)
    assert kinds(events) == ["edited", "edited", "edited"]
    assert [event.first_after_at for event in events] == [after(1.1), after(2.1), after(3.1)]
    spans = store.db.execute(
        "SELECT r.title, l.first_at FROM looks l JOIN revisions r ON r.id = l.revision_id"
        " JOIN postings p ON p.id = l.posting_id WHERE p.number = '101' ORDER BY l.first_at"
    ).fetchall()
    assert [title for title, _ in spans] == [text("101").title, other.title, text("101").title, other.title]


def test_the_same_new_text_is_captured_once(store: Store) -> None:
    other = {"101": text("101", title="Another title of it all")}
    before = len(table(store, "captures"))
    run_of(store, 1, other)
    once = len(table(store, "captures"))
    run_of(store, 2, other)
    controls = 1  # each run keeps its own
    assert (once - before, len(table(store, "captures")) - once) == (1 + controls, controls)


def test_a_look_twice_in_one_run_is_two_detections(store: Store) -> None:
    run = run_of(store, 1, {"101": text("101", title="Another title of it all")})
    store.save_look(look("101", 2, run))
    assert kinds(detect(store)) == ["edited", "edited"]


def test_a_removal_needs_looks_and_span_and_says_when(store: Store) -> None:
    assert look_again(store, 1, n101=Verdict.GONE) == ["suspected"]
    assert look_again(store, 2, n101=Verdict.GONE) == []
    assert look_again(store, 3, n101=Verdict.GONE) == []
    run_of(store, 8, {"101": Verdict.GONE})
    (removed,) = detect(store)
    assert removed.kind is EventKind.REMOVED
    assert (removed.last_before_at, removed.first_after_at) == (after(0), after(1.1))
    assert removed.detail["looks"] == 4
    row = next(store.db.query("SELECT state, since_at FROM postings WHERE number = '101'"))
    assert row["state"] == "removed"
    takedown = next(store.db.query("SELECT * FROM takedowns"))
    assert takedown["state_now"] == "removed"


def test_without_a_control_nothing_is_confirmed(store: Store) -> None:
    for hour in (1, 5, 9, 13):
        run = store.start_run(SOURCE, "crawl", after(hour))
        store.save_look(look("101", hour, run, Verdict.GONE))
        store.save_look(look("102", hour, run))
        detect(store)
    states = {row["state"] for row in store.db.query("SELECT state FROM postings")}
    assert states == {"live", "suspect"}


@pytest.mark.parametrize("refusal", [Verdict.BLOCKED, Verdict.THROTTLED])
def test_while_the_host_refuses_us_nothing_changes_its_state(store: Store, refusal: Verdict) -> None:
    for hour in (1, 5, 9, 13):
        assert look_again(store, hour, n101=Verdict.GONE, n111=refusal) == []


def test_one_broken_page_is_not_a_broken_host_and_two_are(store: Store) -> None:
    assert look_again(store, 1, n101=Verdict.GONE, n102=Verdict.SERVER_ERROR) == ["suspected"]
    broken = {"n103": Verdict.SERVER_ERROR, "n104": Verdict.UNREACHABLE}
    assert look_again(store, 8, n101=Verdict.GONE, **broken) == []


def test_an_import_is_compared_at_once_and_with_edits_only(store: Store) -> None:
    run = store.start_run(SOURCE, "import", after(5))
    store.save_look(look("101", 3, run, Verdict.GONE))
    events = store.save_look(look("102", 4, run, text("102", title="Another title of it all")))
    assert kinds(events) == ["edited"]
    assert table(store, "findings") == []


def test_another_parser_sets_a_new_measure_at_once(store: Store) -> None:
    newer = text("101", title="Another title of it all", parser="afpims:2")
    run = store.start_run(SOURCE, "crawl", after(1))
    assert kinds(store.save_look(look("101", 1, run, newer))) == ["baselined"]
    assert detect(store) == []


def test_what_is_held_waits_until_it_is_released(store: Store) -> None:
    broken = {f"n{number}": Verdict.UNREADABLE for number in NUMBERS[:8]}
    other = text("111", title="Another title of it all", design="new")
    assert look_again(store, 1, n111=other, **broken) == ["quarantined"]
    assert "8 of 12 known-good postings broke" in (quarantines.describe_quarantine(store.db, SOURCE) or "")
    held = findings.list_quarantined_findings(store.db, SOURCE)
    assert {row["verdict"] for row in held if row["role"] == "article"} == {"live", "unreadable"}
    with store.writing() as db:
        for row in held:
            if row["verdict"] == Verdict.UNREADABLE:
                number = row["url"].split("/")[-3]
                findings.update_article_finding(db, row["id"], Verdict.LIVE, text(number))
        quarantines.end_quarantine(db, SOURCE)
    assert kinds(detect(store)) == ["edited"]
    assert quarantines.describe_quarantine(store.db, SOURCE) is None


def test_a_quarantined_source_still_finds_what_is_new(store: Store) -> None:
    look_again(store, 1, **{f"n{number}": Verdict.UNREADABLE for number in NUMBERS})
    run = store.start_run(SOURCE, "crawl", after(2))
    store.save_look(listed(after(2), entry("120"), run=run))
    assert kinds(store.save_look(seen(after(2.1), text("120"), address("120"), run=run))) == ["published"]
    assert detect(store) == []


def test_known_postings_come_with_the_longest_not_looked_at_first(store: Store) -> None:
    run = store.start_run(SOURCE, "crawl", after(1))
    store.save_look(look("100", 1, run))
    detect(store)
    known = [where.number for where in postings.list_known_postings(store.db, SOURCE, "www.wing.example.mil")]
    assert known == [*NUMBERS[1:], "100"]
    assert postings.list_known_postings(store.db, SOURCE, "www.other.example.mil") == []


def test_a_release_that_is_refused_does_not_stand_first_the_next_time(store: Store) -> None:
    run = store.start_run(SOURCE, "crawl", after(1))
    store.save_look(look("100", 1, run, Verdict.BLOCKED))
    detect(store)
    assert postings.list_known_postings(store.db, SOURCE, "www.wing.example.mil")[-1].number == "100"


def test_robots_that_forbid_one_page_say_nothing_about_the_others(store: Store) -> None:
    assert look_again(store, 1, n101=Verdict.GONE, n102=Verdict.ROBOTS_DENIED) == ["suspected"]


def test_a_redirect_to_a_known_copy_on_another_site_is_a_move(store: Store) -> None:
    there = address("700", "www.other.example.mil")
    store.save_look(seen(after(0.5), text("101"), there, source="other-news"))
    run = store.start_run(SOURCE, "crawl", after(1))
    away = look("101", 1, run, Verdict.REDIRECTED)
    store.save_look(replace(away, redirect_url=there.url, found_address=there))
    (moved,) = detect(store)
    assert (moved.kind, moved.detail["to_url"]) == (EventKind.MOVED, there.url)


def test_what_was_put_in_with_an_old_day_is_published_as_back_dated(store: Store) -> None:
    run = store.start_run(SOURCE, "crawl", after(200))
    store.save_look(listed(after(200), entry("120"), run=run))
    (event,) = store.save_look(seen(after(200.1), text("120"), address("120"), run=run))
    assert (event.kind, event.detail) == (EventKind.PUBLISHED, {})
    store.detect_changes(SOURCE)
    store.finish_run(run, outcome(complete=True))
    late = store.start_run(SOURCE, "crawl", after(300))
    store.save_look(listed(after(300), entry("121"), run=late))
    (event,) = store.save_look(seen(after(300.1), text("121"), address("121"), run=late))
    assert (event.kind, event.detail) == (EventKind.PUBLISHED, {"dates": "back_dated"})


def one_by_one(store: Store, words: Mapping[str, str]) -> list[str]:
    """Look at postings in a run each; return the events. Each says one more paragraph now."""
    events = []
    for hour, (number, paragraph) in enumerate(words.items(), 1):
        run = store.start_run(SOURCE, "looks", after(hour))
        changed = replace(text(number), paragraphs=(*text(number).paragraphs, paragraph))
        store.save_look(look(number, hour, run, changed))
        events += detect(store)
    return kinds(events)


def test_a_change_of_the_site_that_looks_meet_one_by_one_is_reported_at_the_third(store: Store) -> None:
    notice = dict.fromkeys(NUMBERS[:8], "This site is moving.")
    assert one_by_one(store, notice) == ["edited", "edited", "site_changed"]
    assert len(table(store, "revisions")) == len(NUMBERS) + 8
    kept = [row for name in ("site_wide_passages", "recent_edit_passages") for row in table(store, name)]
    assert "moving" not in str(kept)


def test_edits_that_are_not_alike_stay_edits_one_by_one(store: Store) -> None:
    words = {number: f"Words of {number} alone." for number in NUMBERS[:8]}
    assert one_by_one(store, words) == ["edited"] * 8


def test_every_revision_and_capture_is_in_the_chain_at_every_moment(store: Store) -> None:
    run_of(store, 1, {"101": text("101", title="Another title of it all"), "102": Verdict.GONE})
    for _ in range(2):
        missing = store.db.execute(UNCHAINED).fetchall()
        assert missing == []
        detect(store)


UNCHAINED = """SELECT 'capture', id FROM captures WHERE id NOT IN (SELECT capture_id FROM events
    WHERE capture_id IS NOT NULL) UNION ALL
    SELECT 'revision', id FROM revisions WHERE id NOT IN (SELECT revision_id FROM events
    WHERE revision_id IS NOT NULL)"""


NOTICE = "This site is moving."


def with_notice(number: str, *more: str) -> Fields:
    own = text(number)
    return replace(own, paragraphs=(NOTICE, *own.paragraphs, *more))


def test_a_change_of_the_site_is_shown_at_each_release_with_its_words(store: Store) -> None:
    changes = {number: with_notice(number) for number in NUMBERS[:8]}
    changes["100"] = with_notice("100", "Seven boats were lost.")
    run_of(store, 1, changes)
    assert kinds(detect(store)) == ["site_changed", "edited"]
    (told,) = (event for event in list_events(store) if event.kind is EventKind.SITE_CHANGED)
    releases = told.detail["releases"]
    assert isinstance(releases, list)
    assert [each["posting"] for each in releases] == [address(number).url for number in NUMBERS[:8]]
    assert {str(each["changes"]) for each in releases} == {
        str([{"field": "body", "before": None, "after": NOTICE}])
    }
    for release in range(1, 9):
        (shown,) = (
            event
            for event in list_events(store, Filter(release=release))
            if event.kind is EventKind.SITE_CHANGED
        )
        assert shown.changes == (Change("body", None, NOTICE),)
        assert (shown.last_before_at, shown.first_after_at) == (after(0), after(1.1))
    assert NOTICE in str(next(list_releases(store, Filter(release=3))).site_changes[0].after)


def test_a_posting_met_later_is_shown_with_the_event_that_told_of_the_change(store: Store) -> None:
    run_of(store, 1, {number: with_notice(number) for number in NUMBERS[:8]})
    detect(store)
    run_of(store, 2, {number: with_notice(number) for number in NUMBERS[:9]})
    assert detect(store) == []
    (told,) = (event for event in list_events(store) if event.kind is EventKind.SITE_CHANGED)
    releases = told.detail["releases"]
    assert isinstance(releases, list)
    assert len(releases) == 9
    (shown,) = (event for event in list_events(store, Filter(release=9)) if event.detail.get("site_change"))
    assert shown.detail["site_change"] == told.id


def test_one_sentence_in_three_of_twelve_texts_is_told_as_three_edits(store: Store) -> None:
    def corrected(number: str, *added: str) -> Fields:
        return replace(text(number), paragraphs=("First.", *added, f"Last of {number}.", f"{number} {LONG}"))

    run_of(store, 1, {number: corrected(number) for number in NUMBERS})
    detect(store)
    edited = {number: corrected(number, "Corrected: it was May.") for number in NUMBERS[:3]}
    run_of(store, 2, {number: corrected(number) for number in NUMBERS} | edited)
    told = detect(store)
    assert kinds(told) == ["edited"] * 3
    assert [event.detail["shared_postings"] for event in told] == [3] * 3
