"""Newsrooms are named in one way in every command."""

from pathlib import Path

import pytest

from tests.support.cli import read_objects, run_here


def test_newsrooms_of_a_tag_are_enabled_and_shown(tmp_path: Path) -> None:
    db = tmp_path / "milwire.db"
    assert run_here("sources", "enable", "tag:speeches", "branch:Space Force", "--db", db).code == 0
    enabled = read_objects(run_here("sources", "list", "--enabled", "--json", "--db", db))
    chosen = [one for one in enabled if one["section"] == "speeches" or one["branch"] == "Space Force"]
    assert {one["id"] for one in enabled} - {one["id"] for one in chosen} <= {"usfk-news", "spacecom-news"}
    assert len(chosen) > 10
    assert "speeches" in run_here("status", "tag:speeches", "--db", db).out


@pytest.mark.parametrize(
    "command",
    [
        ["crawl", "branch:Nayv"],
        ["status", "branch:Nayv"],
        ["reparse", "branch:Nayv"],
        ["sources", "enable", "branch:Nayv"],
        ["sources", "disable", "branch:Nayv"],
        ["sources", "verify", "branch:Nayv"],
        ["search", "x", "--newsroom", "branch:Nayv"],
        ["events", "--newsroom", "branch:Nayv"],
        ["export", "--source", "branch:Nayv"],
        ["asof", "2026-01-01", "branch:Nayv"],
        ["coverage", "branch:Nayv"],
    ],
)
def test_a_mistyped_branch_is_one_line_everywhere(command: list[str], tmp_path: Path) -> None:
    db = tmp_path / "milwire.db"
    run_here("sources", "enable", "usfk-news", "--db", db)
    answer = run_here(*command, "--db", db)
    assert answer.code == 2
    assert answer.err == 'milwire: no newsroom is chosen by branch:"Nayv"; did you mean "Navy"?\n'


def test_what_takes_one_newsroom_refuses_several(tmp_path: Path) -> None:
    db = tmp_path / "milwire.db"
    run_here("sources", "enable", "usfk-news", "--db", db)
    answer = run_here("asof", "2026-01-01", "branch:Space Force", "--db", db)
    assert answer.code == 2
    assert "branch:Space Force names" in answer.err
    assert run_here("asof", "2026-01-01", "newsroom:usfk-news", "--db", db).code == 0


def list_sources(one: dict[str, object]) -> list[str]:
    """Return the newsrooms of a release or an event."""
    several = one.get("sources")
    return (
        list(map(str, several))
        if isinstance(several, list)
        else [str(one["source"])]
        if one["source"]
        else []
    )


def test_events_and_exports_are_limited_to_several_newsrooms(crawled_db: Path) -> None:
    for command in (["events", "--json"], ["export"]):
        every = read_objects(run_here(*command, "--db", crawled_db))
        ids = {source for one in every for source in list_sources(one)}
        assert len(ids) > 1
        named = [word for one in sorted(ids) for word in ("--newsroom", one)]
        known = [one for one in every if list_sources(one)]
        assert read_objects(run_here(*command, *named, "--db", crawled_db)) == known
        assert read_objects(run_here(*command, "--newsroom", "branch:Navy", "--db", crawled_db)) == []
