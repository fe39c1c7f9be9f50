"""`milwire diff`: what was changed in a release."""

import json
from pathlib import Path

import pytest

from tests.crawler.cli.conftest import read_history, run_history
from tests.support.cli import unfold
from tests.support.history_database import (
    BASE_SITE,
    EDITED,
    address,
)


def test_diff_marks_words_where_there_is_no_colour(history_folder: Path) -> None:
    shown = read_history(history_folder, "diff", 1)
    assert "The wing counted [-1,200-]{+1,250+} troops on Friday." in shown
    assert "[-Nobody-]{+One person+} was hurt" in shown
    assert "negation, number" in shown
    assert "revision 1: first seen 2026-03-02 12:01 UTC" in shown


def test_diff_colours_words_by_default_on_a_terminal(history_folder: Path) -> None:
    shown = run_history(history_folder, "diff", 1, colour=True).out
    assert "\x1b[9;31m1,200\x1b[0m\x1b[4;32m1,250\x1b[0m" in shown
    assert "[-" not in shown


def test_diff_takes_an_article_number_an_address_and_revisions(history_folder: Path) -> None:
    assert (
        read_history(history_folder, "diff", EDITED)
        == read_history(history_folder, "diff", address(EDITED).url)
        == read_history(history_folder, "diff", "r1")
    )
    assert "[-1,250-]{+1,200+}" in read_history(history_folder, "diff", 1, 2, 1)


def test_diff_of_what_never_changed_says_so(history_folder: Path) -> None:
    shown = read_history(history_folder, "diff", 5)
    assert "no differences: revision 1, first seen 2026-03-02 12:05 UTC, last seen" in shown


def test_diff_as_json_has_passages_operations_offsets_and_kinds(history_folder: Path) -> None:
    found = json.loads(read_history(history_folder, "diff", 1, "--json"))
    assert (found["release"], found["before"]["seq"], found["after"]["seq"]) == (1, 1, 2)
    assert found["edit_kinds"][:2] == ["negation", "number"]
    (field,) = found["fields"]
    passage = field["text"]["passages"][0]
    step = passage["operations"][1]
    assert (passage["kind"], step["kind"]) == ("changed", "replace")
    assert (step["removed"], step["added"], step["edit_kinds"]) == ("1,200", "1,250", ["number"])
    text = field["before"][slice(*passage["before"])][0]
    assert text[slice(*step["before"])] == "1,200"


def test_diff_as_html_is_a_page_that_cannot_run(history_folder: Path) -> None:
    page = read_history(history_folder, "diff", 3, "--html")
    assert page.startswith("<!DOCTYPE html>")
    assert "<del>ten</del><ins>two</ins>" in page
    assert "<script" not in read_history(history_folder, "diff", 5, "--html")


def test_a_copy_is_chosen_with_posting(history_folder: Path) -> None:
    assert f"https://{BASE_SITE}/" in read_history(history_folder, "diff", 2, 1, 1, "--posting", BASE_SITE)


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (("diff", 99), 1, "no release 99"),
        (("diff", 1, 1), 2, "give two revisions"),
        (("diff", 1, 1, 9), 1, "no revisions 1 and 9"),
        (("diff", 2, 1, 1), 1, "choose with --posting"),
        (("diff", 1, "--posting", "www.other.mil"), 1, "no posting at www.other.mil"),
        (("diff", 1, "--html", "--json"), 2, "--html or --json"),
    ],
)
def test_what_cannot_be_shown_is_one_line(
    history_folder: Path, arguments: tuple[object, ...], code: int, why: str
) -> None:
    done = run_history(history_folder, *arguments)
    assert (done.code, done.out, done.err.count("\n")) == (code, "", 1)
    assert why in done.err


def test_diff_says_in_one_sentence_what_changed(history_folder: Path) -> None:
    sentence = "“Nobody” was changed to “One person”; the number of troops was changed from 1,200 to 1,250;"
    for options in ((), ("--json",), ("--html",)):
        assert sentence in unfold(read_history(history_folder, "diff", "1", *options))
    assert "importance normal (5): a negation changed" in unfold(read_history(history_folder, "diff", "1"))
