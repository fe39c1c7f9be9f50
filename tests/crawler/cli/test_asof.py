"""`milwire asof`: what a newsroom showed at a time."""

import json
from pathlib import Path

import pytest

from tests.crawler.cli.conftest import read_history, run_history
from tests.support.history_database import (
    EDITED,
    TITLES,
    WING,
)


def test_asof_lists_what_was_shown_and_what_was_not_there(history_folder: Path) -> None:
    done = run_history(history_folder, "asof", "2026-03-04", WING)
    assert done.code == 0
    assert "4 shown" in done.out
    assert "2 known to us, but not there" in done.out
    assert TITLES[EDITED] in done.out


def test_asof_says_when_nobody_looked(history_folder: Path) -> None:
    assert (
        "the last look before was 2026-03-04 20:00 UTC, the next one 2026-03-14 12:00 UTC"
        in run_history(history_folder, "asof", "2026-03-09", WING).err
    )
    early = run_history(history_folder, "asof", "2026-01-01", WING).err
    assert "milwire was not watching yet: the first look was" in early
    assert "the next one never" in run_history(history_folder, "asof", "2026-04-09", WING).err


def test_asof_as_json_is_one_object(history_folder: Path) -> None:
    found = json.loads(read_history(history_folder, "asof", "2026-03-03T00:00Z", WING, "--json"))
    assert (found["source"], found["at"], found["watched"]) == (WING, "2026-03-03T00:00:00Z", True)
    one = next(each for each in found["shown"] if each["release"] == 1)
    assert (one["revision"], one["confirmed"], one["state"]) == (1, False, "live")


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (("asof", "yesterday", WING), 2, "neither a day"),
        (("asof", "2026-03-04", "nobody-news"), 2, 'no source "nobody-news"'),
    ],
)
def test_what_cannot_be_shown_is_one_line(
    history_folder: Path, arguments: tuple[object, ...], code: int, why: str
) -> None:
    done = run_history(history_folder, *arguments)
    assert (done.code, done.out, done.err.count("\n")) == (code, "", 1)
    assert why in done.err
