"""`milwire feed`: feeds in a folder, by newsroom, branch and search."""

import re
import shlex
from pathlib import Path

import pytest

from storage.publish.opml import parse_opml
from tests.support.cli import read_error, run_here
from tests.support.feeds import read_valid_atom, read_valid_json_feed
from tests.support.history_database import make_history
from tests.support.paths import ROOT

DOCS = (ROOT / "docs" / "feeds.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    milwire (feed .*|events .*|sources opml .*)$", DOCS, re.MULTILINE)


def test_feeds_of_newsrooms_and_branches_are_written_once(history_folder: Path, tmp_path: Path) -> None:
    db, out = history_folder / "milwire.db", tmp_path / "feeds"
    ran = run_here("feed", "--out", out, "--db", db)
    assert (ran.code, ran.out) == (0, "")
    assert re.fullmatch(rf"\d+ feeds in {re.escape(str(out))}: \d+ files written, 0 unchanged\n", ran.err)
    assert "0 files written" in run_here("feed", "--out", out, "--db", db).err
    assert (out / "newsroom/usfk-news/edits.atom").exists()
    assert list(out.glob("branch/*/takedowns.json"))
    entries = read_valid_atom((out / "all.atom").read_bytes()).entries
    assert entries
    assert "index.html" in {path.name for path in out.iterdir()}
    outlines = parse_opml((out / "feeds.opml").read_bytes())
    assert {one.feed_url for one in outlines} == {
        str(path.relative_to(out)) for path in out.rglob("*.atom") if "-archive-" not in path.name
    }


def test_what_is_chosen_has_its_feeds(history_folder: Path, tmp_path: Path) -> None:
    db, base = history_folder / "milwire.db", "https://www.example.org/feeds/"
    chosen = ("--newsroom", "branch:Army", "--search", "live fire", "--entries", 5, "--base-url", base)
    ran = run_here("feed", "--out", tmp_path, *chosen, "--db", db, "--json")
    assert ran.code == 0
    assert '"written"' in ran.out
    assert not (tmp_path / "newsroom").exists()
    found = read_valid_json_feed((tmp_path / "branch/army/all.json").read_bytes())
    assert found["feed_url"] == "https://www.example.org/feeds/branch/army/all.json"
    assert (tmp_path / "search/live-fire/edits.atom").exists()
    assert len(read_valid_json_feed((tmp_path / "all.json").read_bytes())["items"]) <= 10


def test_mistakes_are_one_line(history_folder: Path, tmp_path: Path) -> None:
    db = history_folder / "milwire.db"
    assert "no database" in read_error(run_here("feed", "--out", tmp_path, "--db", tmp_path / "none.db"))
    assert "not an address" in read_error(
        run_here("feed", "--out", tmp_path, "--base-url", "ftp://x", "--db", db), 2
    )
    assert run_here("feed", "--out", tmp_path, "--newsroom", "nobody", "--db", db).code == 2
    (tmp_path / "file").touch()
    assert run_here("feed", "--out", tmp_path / "file" / "below", "--db", db).code in (1, 2)


@pytest.mark.parametrize("line", COMMANDS)
def test_the_commands_of_the_docs_run(line: str, history_folder: Path, tmp_path: Path) -> None:
    words = shlex.split(line.replace("120", "1"))
    words = words[: words.index(">")] if ">" in words else words
    ran = run_here(*words, "--db", history_folder / "milwire.db", cwd=tmp_path)
    assert ran.code == 0, ran


def test_a_purged_text_leaves_the_feeds_and_the_archives(tmp_path: Path) -> None:
    make_history(tmp_path / "milwire.db").close()
    write = ("feed", "--out", "out", "--entries", 1)
    run_here(*write, cwd=tmp_path)
    item = read_valid_json_feed((tmp_path / "out/edits.json").read_bytes())["items"][0]
    words = item["title"].removeprefix("edited: ")
    assert run_here("purge", item["url"], "--why", "asked", "--yes", cwd=tmp_path).code == 0
    assert run_here(*write, cwd=tmp_path).code == 0
    (after,) = (
        one
        for one in read_valid_json_feed((tmp_path / "out/edits.json").read_bytes())["items"]
        if one["id"] == item["id"]
    )
    assert words not in after["title"] + after["content_html"]
    assert after["summary"] == "The release was edited; what it said is no longer stored."
    assert "<del>" not in after["content_html"]
