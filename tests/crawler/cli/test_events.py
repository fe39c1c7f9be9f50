"""`milwire events`: the ledger, for people and for scripts."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from storage.store import Store
from tests.crawler.cli.conftest import SITE, read_history, run_history
from tests.support.cli import read_error, read_objects, run_here, unfold
from tests.support.history_database import (
    EDITED,
    START,
    fields,
    look_again,
)


def test_events_have_the_documented_keys(crawled_db: Path) -> None:
    events = read_objects(run_here("events", "--json", "--db", crawled_db))
    assert list(events[0])[:10] == [
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
    ]
    assert {event["kind"] for event in events} == {"found"}
    assert [event["id"] for event in events] == sorted(int(str(event["id"])) for event in events)


def test_events_are_narrowed_by_what_was_asked(crawled_db: Path) -> None:
    assert len(read_objects(run_here("events", "--json", "--limit", "3", "--db", crawled_db))) == 3
    assert not read_objects(run_here("events", "--json", "--until", "2001-01-01", "--db", crawled_db))
    assert not read_objects(run_here("events", "--json", "--kind", "published", "--db", crawled_db))
    asked = ("--source", f"practice-{SITE}", "--json", "--db", crawled_db)
    assert {event["source"] for event in read_objects(run_here("events", *asked))} == {f"practice-{SITE}"}


def test_events_tell_their_evidence_in_words(history_folder: Path) -> None:
    shown = unfold(read_history(history_folder, "events"))
    for part in (
        "not confirmed",
        "absent at 3 looks; changed since it was last seen; number, quote",
        "the same change on 40 postings; in body",
        "www.wing.mil now redirects to www.new.mil",
        "first missing from listing and feed",
        "no edits or removals are reported until the pages can be read again",
    ):
        assert part in shown
    assert "delete" not in shown
    assert "baselined" not in shown


def test_events_as_json_have_evidence_and_detail(history_folder: Path) -> None:
    (event,) = map(
        json.loads, read_history(history_folder, "events", "--kind", "returned", "--json").splitlines()
    )
    assert event["detail"]["edit_kinds"] == ["number", "quote"]
    assert event["evidence"].startswith("last absent")


def test_events_can_be_asked_of_a_newsroom_that_only_the_database_knows(history_folder: Path) -> None:
    assert len(read_history(history_folder, "events", "--source", "base-news").splitlines()) == 1


def test_stored_text_cannot_steer_a_terminal(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "milwire.db", clock=lambda: START)
    look_again(store, START, {EDITED: fields(EDITED)})
    look_again(
        store, START + timedelta(days=1), {EDITED: fields(EDITED, "now \x1b[2J\x1b]0;owned\x07 \u202egone")}
    )
    store.close()
    for command in (("diff", 1), ("show", 1), ("events",), ("diff", 1, "--json"), ("diff", 1, "--html")):
        shown = run_history(tmp_path, *command, colour=True).out
        assert "owned" in shown
        assert "\x1b[2J" not in shown
        assert "\x1b]" not in shown
        assert "\u202e" not in shown


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (("events", "--kind", "deleted"), 2, "is not a kind of event"),
        (("events", "--kind", "baselined"), 2, "is not a kind of event"),
    ],
)
def test_what_cannot_be_shown_is_one_line(
    history_folder: Path, arguments: tuple[object, ...], code: int, why: str
) -> None:
    done = run_history(history_folder, *arguments)
    assert (done.code, done.out, done.err.count("\n")) == (code, "", 1)
    assert why in done.err


def test_events_are_one_sentence_with_their_importance(history_folder: Path) -> None:
    shown = unfold(read_history(history_folder, "events", "--kind", "edited"))
    assert "the number of troops was changed from 1,200 to 1,250; the date of the release was not." in shown
    assert "importance normal (5): a negation changed; evidence seen" in shown


def test_events_can_be_narrowed_to_what_matters(history_folder: Path) -> None:
    def read(*asked: str) -> list[dict[str, Any]]:
        return [
            json.loads(line) for line in read_history(history_folder, "events", "--json", *asked).splitlines()
        ]

    levels = [event["importance"]["level"] for event in read()]
    high = read("--min-importance", "high")
    assert {event["importance"]["level"] for event in high} == {"high"}
    assert len(high) == levels.count("high")
    assert len(read("--min-importance", "normal")) == len(levels) - levels.count("low")
    assert len(read("--min-importance", "4", "--limit", "2")) == 2
    assert read("--min-importance", "normal", "--limit", "1") == read("--min-importance", "normal")[-1:]


@pytest.mark.parametrize("wrong", ["urgent", "-1", "1000", ""])
def test_an_unknown_importance_is_wrong_usage(history_folder: Path, wrong: str) -> None:
    result = run_history(history_folder, "events", "--min-importance", wrong)
    assert result.code == 2
    assert "low, normal, high" in unfold(result.err)


def test_events_after_a_number_are_what_is_new_and_the_last_number_is_said(crawled_db: Path) -> None:
    numbers = [int(str(one["id"])) for one in read_objects(run_here("events", "--json", "--db", crawled_db))]
    seen = numbers[len(numbers) // 2]
    ran = run_here("events", "--after", seen, "--json", "--db", crawled_db)
    assert [one["id"] for one in read_objects(ran)] == [one for one in numbers if one > seen]
    last = int(ran.err.split()[2].rstrip(";"))
    assert last >= numbers[-1]
    again = run_here("events", "--after", last, "--db", crawled_db)
    assert again.out == f"last event: {last}; the next time: milwire events --after {last}\n"
    assert again.err == f"nothing new after event {last}\n"
    beyond = run_here("events", "--after", last + 1, "--db", crawled_db)
    assert "is it another database?" in read_error(beyond)
