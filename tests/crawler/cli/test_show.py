"""`milwire show`: one release and its history."""

import json
from pathlib import Path

import pytest

from simulator import Served
from tests.crawler.cli.conftest import SITE, read_history, run_history
from tests.support.cli import CommandResult, run_here, unfold
from tests.support.history_database import (
    BASE_SITE,
    TAKEN,
    TITLES,
)


@pytest.mark.parametrize("name", ["1", "r1"])
def test_show_prints_a_release_with_its_history(name: str, crawled_db: Path) -> None:
    ran = run_here("show", name, "--db", crawled_db)
    told = json.loads(run_here("show", name, "--json", "--db", crawled_db).out)
    assert ran.code == 0
    assert told["release"]["title"][:30] in " ".join(ran.out.split())
    assert "found" in ran.out


def test_show_takes_an_address_and_an_article_number(
    crawled_db: Path, newsroom: tuple[Served, Path, CommandResult]
) -> None:
    served = newsroom[0]
    post = served.newsroom.site(SITE).sections[0].posts[0]
    for name in (served.url(SITE, post.number), post.number):
        told = json.loads(run_here("show", name, "--json", "--db", crawled_db).out)
        assert told["release"]["title"] == post.fields.title


def test_show_tells_the_whole_story(history_folder: Path) -> None:
    shown = unfold(read_history(history_folder, "show", 2))
    for part in (
        TITLES[TAKEN],
        "removed since 2026-03-04 20:02 UTC",
        "3 looks over 8 h; the site answered not found; the rest of the site was working: ",
        f"still live at https://{BASE_SITE}/News/Article/{TAKEN}/story/",
        "2026-03-04 12:02 to 2026-03-04 20:02 UTC: 3 looks, gone (HTTP 404)",
        "no look for 9 d 16 h",
        "no look since then, for",
        ".warc.gz:",
        "sha256:",
    ):
        assert part in shown
    assert "delete" not in shown


def test_show_has_the_words_that_were_changed_while_it_was_away(history_folder: Path) -> None:
    assert "We will stay for [-ten-]{+two+} years" in read_history(history_folder, "show", 3)


def test_show_as_json_has_looks_captures_and_evidence(history_folder: Path) -> None:
    found = json.loads(read_history(history_folder, "show", 2, "--json"))
    assert [one["unwatched_s"] for one in found["looks"]] == [None, None, (9 * 24 + 16) * 3600, None]
    assert found["events"][-1]["evidence"].startswith("last seen 2026-03-03 12:02 UTC; first absent")
    assert {"file", "offset", "sha256", "status", "at"} <= found["captures"][0].keys()


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (("show", 99), 1, "no release 99"),
    ],
)
def test_what_cannot_be_shown_is_one_line(
    history_folder: Path, arguments: tuple[object, ...], code: int, why: str
) -> None:
    done = run_history(history_folder, *arguments)
    assert (done.code, done.out, done.err.count("\n")) == (code, "", 1)
    assert why in done.err
