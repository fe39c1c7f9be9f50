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
    ],
)
def test_a_mistyped_branch_is_one_line_everywhere(command: list[str], tmp_path: Path) -> None:
    db = tmp_path / "milwire.db"
    run_here("sources", "enable", "usfk-news", "--db", db)
    answer = run_here(*command, "--db", db)
    assert answer.code == 2
    assert answer.err == 'milwire: no newsroom is chosen by branch:"Nayv"; did you mean "Navy"?\n'
