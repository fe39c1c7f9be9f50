"""What is asked of a database is answered the same for the command line, the browser and the exports."""

import dataclasses
import json
import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from storage import browse
from storage.models import HIDDEN_EVENTS, Change, EventKind
from storage.queries import asof, queries
from storage.queries.export import line
from storage.queries.queries import Filter
from storage.queries.search_terms import Terms, excerpt, terms
from storage.store import Store, StoreError
from tests.support.sample_database import (
    BROKEN,
    FIRST,
    HOSTILE,
    JAPAN,
    KOREA,
    SECOND,
    address,
    article,
    crawl,
    fields,
    filled,
    listing,
)

EXERCISE, KOREAN, JAPANESE, RANGE = (
    "Exercise ends",
    "주한미군, 연합훈련 실시",
    "在日米軍、共同訓練",
    "=Range hours change",
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("queries") / "milwire.db"
    filled(path).close()
    opened = Store.open(path, read_only=True)
    yield opened
    opened.close()


def titles(store: Store, words: str) -> set[str]:
    return {hit.title for hit in queries.search(store, words)}


# --- search ---


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("troops", {EXERCISE}),
        ("TROOPS friday", {EXERCISE}),
        ("troops range", set()),
        ('"ended on friday"', {EXERCISE}),
        ('"friday on ended"', set()),
        ('"ended on', {EXERCISE}),
        ("maker", {EXERCISE, KOREAN, JAPANESE, RANGE}),
        ("연합훈련", {KOREAN}),
        ("캠프험프리스", {KOREAN}),
        ("평택", {KOREAN}),
        ("훈련 미군", {KOREAN}),
        ("横田基地", {JAPANESE}),
        ("共同", {JAPANESE}),
        ("訓練", {JAPANESE}),
        ("共同 exercise", set()),
        ("練", {JAPANESE}),
        ("%_", set()),
        ("軍%", set()),
    ],
)
def test_words_are_found_in_every_script(store: Store, words: str, found: set[str]) -> None:
    assert titles(store, words) == found


def test_korean_typed_in_parts_is_found(store: Store) -> None:
    assert titles(store, unicodedata.normalize("NFD", "연합훈련")) == {KOREAN}


def test_a_past_wording_is_found_and_says_so(store: Store) -> None:
    now, then = (queries.search(store, f'"{count} troops"')[0] for count in ("1,250", "1,200"))
    assert (now.title, now.current) == (EXERCISE, True)
    assert (then.release, then.title) == (now.release, EXERCISE)
    assert "1,200" in then.excerpt


def test_a_release_is_found_once_however_many_copies_hold_the_words(store: Store) -> None:
    assert len(queries.search(store, "troops")) == 1


def test_the_limit_holds(store: Store) -> None:
    assert len(queries.search(store, "maker", limit=2)) == 2


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
@example('"')
@example('"" AND')
@example("NEAR(a b)")
@example("title: ^x * {a} -b + (")
@example("\x00")
@example("\ud800")
@example("--- troops")
@example("a" * 100_000)
@example("가 " * 500)
def test_no_text_is_a_syntax_error(store: Store, words: str) -> None:
    assert isinstance(queries.search(store, words), list)


@pytest.mark.parametrize("words", ["", " ", '"', "-", "***", "…"])
def test_nothing_to_look_for_finds_nothing(store: Store, words: str) -> None:
    assert queries.search(store, words) == []


def test_words_are_told_apart_from_runs_of_characters() -> None:
    found = terms('Kadena "change of  command" 연합훈련 한국 Kadena F-35 日本語')
    assert found == Terms(("Kadena", "change of command", "F-35"), ("연합훈련", "日本語"), ("한국",))


def test_an_excerpt_shows_the_words_on_one_line() -> None:
    text = "Filler words. " * 40 + "The\n\nneedle is here. " + "Filler words. " * 40
    shown = excerpt(text, terms("NEEDLE"))
    assert "The needle is here." in shown
    assert len(shown) < 200
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert excerpt("short", terms("none")) == "short"


# --- releases ---


def test_releases_come_by_printed_day(store: Store) -> None:
    assert [one.title for one in queries.releases(store)] == [JAPANESE, KOREAN, EXERCISE, RANGE, RANGE][
        : count(store)
    ]


def count(store: Store) -> int:
    return len(list(queries.releases(store)))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(source=JAPAN), {JAPANESE, EXERCISE}),
        (Filter(since=date(2026, 1, 28), until=date(2026, 1, 30)), {KOREAN, EXERCISE}),
        (Filter(until=date(2025, 12, 20)), {JAPANESE}),
        (Filter(kind=EventKind.EDITED), {EXERCISE}),
        (Filter(source="nobody"), set()),
        (Filter(limit=1), {RANGE}),
        (Filter(limit=0), set()),
    ],
)
def test_releases_are_filtered(store: Store, wanted: Filter, found: set[str]) -> None:
    assert {one.title for one in queries.releases(store, wanted)} == found


def test_a_release_knows_its_copies_and_says_what_its_first_copy_says_now(store: Store) -> None:
    (found,) = queries.releases(store, Filter(kind=EventKind.EDITED))
    assert found.copies == (address(101).url, address(101, "www.japan.mil").url)
    assert found.sources == (JAPAN, KOREA)
    assert "1,250" in found.body
    assert found.url == address(101).url
    assert found.published_on == date(2026, 1, 30)
    assert found.images[0].caption == f"A caption {HOSTILE}"
    assert found.links[0].attachment


def test_a_history_holds_postings_revisions_and_events(store: Store) -> None:
    (one,) = queries.releases(store, Filter(kind=EventKind.EDITED))
    history = queries.release(store, one.id)
    assert history is not None
    assert history.release == one
    assert [(p.site, p.number, p.sources) for p in history.postings] == [
        ("www.korea.mil", "101", (KOREA,)),
        ("www.japan.mil", "101", (JAPAN,)),
    ]
    assert [(r.posting, r.seq) for r in history.revisions] == [
        (address(101).url, 1),
        (address(101).url, 2),
        (address(101, "www.japan.mil").url, 1),
    ]
    assert all(r.capture and ".warc.gz:" in r.capture for r in history.revisions)
    assert [e.kind for e in history.events].count(EventKind.EDITED) == 1
    assert queries.release(store, 999_999) is None


def test_a_release_is_named_by_id_number_or_address(store: Store) -> None:
    (one,) = queries.releases(store, Filter(kind=EventKind.EDITED))
    for text in (f"r{one.id}", str(one.id), "101", one.url, one.copies[1]):
        assert queries.named(store, text) == [one.id], text
    for text in ("r999999", "nonsense", "", "r", "9" * 30, "٣"):
        assert queries.named(store, text) == [], text


# --- the ledger ---


def test_events_come_in_order_and_without_hidden_ones(store: Store) -> None:
    shown = list(queries.events(store))
    every = list(queries.events(store, Filter(hidden=True)))
    assert [one.id for one in shown] == sorted(one.id for one in shown)
    assert shown == [one for one in every if one.kind not in HIDDEN_EVENTS]
    assert {one.kind for one in shown} == {EventKind.FOUND, EventKind.PUBLISHED, EventKind.EDITED}


def test_events_are_filtered_and_limited_to_the_newest(store: Store) -> None:
    every = list(queries.events(store))
    assert list(queries.events(store, Filter(limit=2))) == every[-2:]
    assert {one.source for one in queries.events(store, Filter(source=JAPAN))} == {JAPAN}
    assert list(queries.events(store, Filter(since=FIRST.date(), until=FIRST.date()))) == every
    assert list(queries.events(store, Filter(since=FIRST.date() + timedelta(days=1)))) == []


def test_an_event_is_one_json_object_a_line(store: Store) -> None:
    (edited,) = queries.events(store, Filter(kind=EventKind.EDITED))
    told = json.loads(line(edited))
    assert list(told) == [
        "id",
        "kind",
        "at",
        "source",
        "posting",
        "release",
        "title",
        "last_before_at",
        "first_after_at",
        "changes",
        "detail",
    ]
    assert (told["kind"], told["source"], told["posting"]) == ("edited", KOREA, address(101).url)
    assert told["first_after_at"] == "2026-01-31T14:02:00Z"
    assert told["last_before_at"] == "2026-01-31T10:01:00Z"
    assert {"field": "title", "before": f"Exercise {HOSTILE} ends", "after": EXERCISE} in told["changes"]


def test_changes_of_lists_come_as_lists(tmp_path: Path) -> None:
    store = filled(tmp_path / "a.db")
    run = store.start_run(KOREA, "crawl", SECOND)
    store.save(listing(SECOND, KOREA, run, (address(103), RANGE)))
    (before,) = queries.releases(store, Filter(source=KOREA, since=date(2026, 1, 31)))
    changed = fields(
        before.title, before.body, on=date(2026, 1, 31), organization="-Range", tags=("exercise", "훈련")
    )
    store.save(article(SECOND + timedelta(hours=1), address(103), changed, KOREA, run))
    store.judge(KOREA)
    last = list(queries.events(store, Filter(kind=EventKind.EDITED)))[-1]
    store.close()
    assert last.changes == (Change("tags", ["exercise"], ["exercise", "훈련"]),)


# --- health ---


def test_status_tells_each_source_and_whether_all_is_well(store: Store) -> None:
    status = queries.status(store, [KOREA, "never-news"])
    assert [(one.source, one.enabled, one.ok, one.postings) for one in status.sources] == [
        (BROKEN, False, False, 1),
        (JAPAN, False, True, 2),
        (KOREA, True, True, 3),
        ("never-news", True, True, 0),
    ]
    assert not status.ok
    broken = status.sources[0].last_run
    assert broken
    assert (broken.state, broken.failures) == ("failed", ("listing: 403 from www.broken.mil",))
    assert status.sources[2].last_complete_at is not None
    assert status.sources[0].last_complete_at is None


def test_a_source_that_was_switched_off_worries_nobody(tmp_path: Path) -> None:
    store = filled(tmp_path / "a.db")
    store.set_enabled(BROKEN, False)
    assert queries.status(store).ok
    store.close()


def test_a_run_whose_process_is_gone_was_interrupted(tmp_path: Path) -> None:
    store = filled(tmp_path / "a.db")
    run = store.start_run(KOREA, "crawl", SECOND)
    assert queries.runs(store, KOREA)[0].state == "running"
    with store.writing() as db:
        db.table("runs").update(run, {"boot_id": "an earlier start of the machine"})
    assert queries.runs(store, KOREA)[0].state == "interrupted"
    assert not queries.status(store, [KOREA]).ok
    store.close()


def test_a_damaged_file_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    whole = filled(path)
    sql = "SELECT rootpage FROM sqlite_master WHERE name IN ('events', 'revisions_fts_data')"
    roots = [row["rootpage"] for row in whole.db.query(sql)]
    whole.close()
    with path.open("r+b") as file:
        for root in roots:
            file.seek((root - 1) * 4096)
            file.write(b"\xff" * 4096)
    store = Store.open(path, read_only=True)
    for ask in (lambda: queries.search(store, "troops"), lambda: list(queries.events(store))):
        with pytest.raises(StoreError, match=rf"^{path}: [^\n]+$"):
            ask()
    store.close()


def test_undated_releases_are_not_the_newest(tmp_path: Path) -> None:
    store = filled(tmp_path / "a.db")
    undated = dataclasses.replace(fields("A biography", "She is from nowhere."), published_on=None)
    crawl(store, KOREA, SECOND + timedelta(hours=1), (address(104), undated))
    assert {one.title for one in queries.releases(store, Filter(limit=1))} == {RANGE}
    assert next(queries.releases(store)).title == "A biography"
    store.close()


@pytest.mark.parametrize(
    "sql",
    [
        queries.RELEASE_IDS,
        asof.POSTINGS,
        browse.metadata()["databases"]["milwire"]["queries"]["months"]["sql"],
    ],
)
def test_a_question_about_a_newsroom_never_goes_through_it_for_each_of_its_postings(
    store: Store, sql: str
) -> None:
    values = dict.fromkeys(re.findall(r":([a-z_]+)", sql))
    plan = list(store.db.query(f"EXPLAIN QUERY PLAN {sql}", values))
    repeated = [row["detail"] for row in plan if row["parent"]]
    assert repeated
    assert not [step for step in repeated if step.startswith("SCAN") or step.endswith("(source_id=?)")]


def test_runs_come_newest_first(store: Store) -> None:
    assert [run.source for run in queries.runs(store)] == [BROKEN, KOREA, JAPAN, KOREA]
    assert [run.source for run in queries.runs(store, KOREA, limit=1)] == [KOREA]


def test_questions_are_answered_while_somebody_writes(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    writer = filled(path)
    reader = Store.open(path, read_only=True)
    with writer.writing() as db:
        db.execute("DELETE FROM changes")
        assert titles(reader, "troops") == {EXERCISE}
        assert queries.status(reader).releases == count(reader)
    reader.close()
    writer.close()
