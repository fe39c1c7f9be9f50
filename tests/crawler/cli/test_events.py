"""`milwire diff`, `show`, `asof` and `events`: what a person reads of the ledger, and what a script does."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from storage.store import Store
from tests.support.cli import Ran, here
from tests.support.history_database import (
    BASE_SITE,
    EDITED,
    START,
    TAKEN,
    TITLES,
    WING,
    address,
    fields,
    look_again,
    storied,
    tell_rare_events,
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ledger")
    store = storied(folder / "milwire.db")
    tell_rare_events(store)
    store.close()
    return folder


@pytest.fixture
def folder(made: Path) -> Path:
    return made


def ran(folder: Path, *arguments: object, colour: bool = False) -> Ran:
    return here(*arguments, cwd=folder, env={"FORCE_COLOR": "1" if colour else "", "NO_COLOR": ""})


def told(folder: Path, *arguments: object) -> str:
    done = ran(folder, *arguments)
    assert (done.code, done.err) == (0, "")
    return done.out


def flat(text: str) -> str:
    return " ".join(text.split())


def test_diff_marks_words_where_there_is_no_colour(folder: Path) -> None:
    shown = told(folder, "diff", 1)
    assert "The wing counted [-1,200-]{+1,250+} troops on Friday." in shown
    assert "[-Nobody-]{+One person+} was hurt" in shown
    assert "negation, number" in shown
    assert "revision 1: first seen 2026-03-02 12:01 UTC" in shown


def test_diff_colours_words_by_default_on_a_terminal(folder: Path) -> None:
    shown = ran(folder, "diff", 1, colour=True).out
    assert "\x1b[9;31m1,200\x1b[0m\x1b[4;32m1,250\x1b[0m" in shown
    assert "[-" not in shown


def test_diff_takes_an_article_number_an_address_and_revisions(folder: Path) -> None:
    assert (
        told(folder, "diff", EDITED)
        == told(folder, "diff", address(EDITED).url)
        == told(folder, "diff", "r1")
    )
    assert "[-1,250-]{+1,200+}" in told(folder, "diff", 1, 2, 1)


def test_diff_of_what_never_changed_says_so(folder: Path) -> None:
    shown = told(folder, "diff", 5)
    assert "nothing differs: revision 1, first seen 2026-03-02 12:05 UTC, last seen" in shown


def test_diff_as_json_has_passages_operations_offsets_and_kinds(folder: Path) -> None:
    found = json.loads(told(folder, "diff", 1, "--json"))
    assert (found["release"], found["before"]["seq"], found["after"]["seq"]) == (1, 1, 2)
    assert found["edit_kinds"][:2] == ["negation", "number"]
    (field,) = found["fields"]
    passage = field["text"]["passages"][0]
    step = passage["operations"][1]
    assert (passage["kind"], step["kind"]) == ("changed", "replace")
    assert (step["removed"], step["added"], step["edit_kinds"]) == ("1,200", "1,250", ["number"])
    text = field["before"][slice(*passage["before"])][0]
    assert text[slice(*step["before"])] == "1,200"


def test_diff_as_html_is_a_page_that_cannot_run(folder: Path) -> None:
    page = told(folder, "diff", 3, "--html")
    assert page.startswith("<!DOCTYPE html>")
    assert "<del>ten</del><ins>two</ins>" in page
    assert "<script" not in told(folder, "diff", 5, "--html")


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (("diff", 99), 1, "no release 99"),
        (("diff", 1, 1), 2, "give two revisions"),
        (("diff", 1, 1, 9), 1, "no revisions 1 and 9"),
        (("diff", 2, 1, 1), 1, "choose with --posting"),
        (("diff", 1, "--posting", "www.other.mil"), 1, "no posting at www.other.mil"),
        (("diff", 1, "--html", "--json"), 2, "--html or --json"),
        (("asof", "yesterday", WING), 2, "neither a day"),
        (("asof", "2026-03-04", "nobody-news"), 2, "no source 'nobody-news'"),
        (("show", 99), 1, "no release 99"),
        (("events", "--kind", "deleted"), 2, "none of"),
        (("events", "--kind", "baselined"), 2, "none of"),
    ],
)
def test_what_cannot_be_shown_is_one_line(
    folder: Path, arguments: tuple[object, ...], code: int, why: str
) -> None:
    done = ran(folder, *arguments)
    assert (done.code, done.out, done.err.count("\n")) == (code, "", 1)
    assert why in done.err


def test_a_copy_is_chosen_with_posting(folder: Path) -> None:
    assert f"https://{BASE_SITE}/" in told(folder, "diff", 2, 1, 1, "--posting", BASE_SITE)


def test_show_tells_the_whole_story(folder: Path) -> None:
    shown = flat(told(folder, "show", 2))
    for part in (
        TITLES[TAKEN],
        "removed since 2026-03-04 20:02 UTC",
        "3 looks over 8 h; answered not found; controls: front page answered, sibling answered",
        f"removed here, still live at https://{BASE_SITE}/News/Article/{TAKEN}/story/",
        "2026-03-04 12:02 to 2026-03-04 20:02 UTC: 3 looks, gone (HTTP 404)",
        "nobody looked for 9 d 16 h",
        "not looked at since then, for",
        ".warc.gz:",
        "sha256:",
    ):
        assert part in shown
    assert "delete" not in shown


def test_show_has_the_words_that_were_changed_while_it_was_away(folder: Path) -> None:
    assert "We will stay for [-ten-]{+two+} years" in told(folder, "show", 3)


def test_show_as_json_has_looks_captures_and_evidence(folder: Path) -> None:
    found = json.loads(told(folder, "show", 2, "--json"))
    assert [one["unwatched_s"] for one in found["looks"]] == [None, None, (9 * 24 + 16) * 3600, None]
    assert found["events"][-1]["evidence"].startswith("last seen 2026-03-03 12:02 UTC; first absent")
    assert {"file", "offset", "sha256", "status", "at"} <= found["captures"][0].keys()


def test_events_tell_their_evidence_in_words(folder: Path) -> None:
    shown = flat(told(folder, "events"))
    for part in (
        "not confirmed",
        "absent at 3 looks; changed meanwhile; number, quote",
        "the same change on 40 postings; in body",
        "www.wing.mil now answers as www.new.mil",
        "first missing from listing and feed",
        "no edits or removals are told until the reading is mended",
    ):
        assert part in shown
    assert "delete" not in shown
    assert "baselined" not in shown


def test_events_as_json_have_evidence_and_detail(folder: Path) -> None:
    (event,) = map(json.loads, told(folder, "events", "--kind", "returned", "--json").splitlines())
    assert event["detail"]["edit_kinds"] == ["number", "quote"]
    assert event["evidence"].startswith("last absent")


def test_events_can_be_asked_of_a_newsroom_that_only_the_database_knows(folder: Path) -> None:
    assert len(told(folder, "events", "--source", "base-news").splitlines()) == 1


def test_asof_lists_what_was_shown_and_what_was_not_there(folder: Path) -> None:
    done = ran(folder, "asof", "2026-03-04", WING)
    assert done.code == 0
    assert "4 shown" in done.out
    assert "2 known, and not there" in done.out
    assert TITLES[EDITED] in done.out


def test_asof_says_when_nobody_looked(folder: Path) -> None:
    assert (
        "the last look before was 2026-03-04 20:00 UTC, the next one 2026-03-14 12:00 UTC"
        in ran(folder, "asof", "2026-03-09", WING).err
    )
    assert "nobody had looked by then" in ran(folder, "asof", "2026-01-01", WING).err
    assert "the next one never" in ran(folder, "asof", "2026-04-09", WING).err


def test_asof_as_json_is_one_object(folder: Path) -> None:
    found = json.loads(told(folder, "asof", "2026-03-03T00:00Z", WING, "--json"))
    assert (found["source"], found["at"], found["watched"]) == (WING, "2026-03-03T00:00:00Z", True)
    one = next(each for each in found["shown"] if each["release"] == 1)
    assert (one["revision"], one["confirmed"], one["state"]) == (1, False, "live")


def test_stored_text_cannot_steer_a_terminal(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "milwire.db", clock=lambda: START)
    look_again(store, START, {EDITED: fields(EDITED)})
    look_again(
        store, START + timedelta(days=1), {EDITED: fields(EDITED, "now \x1b[2J\x1b]0;owned\x07 \u202egone")}
    )
    store.close()
    for command in (("diff", 1), ("show", 1), ("events",), ("diff", 1, "--json"), ("diff", 1, "--html")):
        shown = ran(tmp_path, *command, colour=True).out
        assert "owned" in shown
        assert "\x1b[2J" not in shown
        assert "\x1b]" not in shown
        assert "\u202e" not in shown
