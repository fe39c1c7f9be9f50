"""`milwire sources import` and `opml`: lists of feed readers."""

from pathlib import Path

import simulator
from storage.publish.opml import FeedOutline, parse_opml, render_opml
from tests.support.cli import read_error, run_here

QUICK = {"MILWIRE_DELAY": "0.01"}


def test_each_feed_is_added_and_what_is_refused_is_named(tmp_path: Path) -> None:
    file = tmp_path / "feeds.opml"
    with simulator.serve(simulator.practice_newsroom()) as served:
        site = served.site("meridian")
        outlines = [
            FeedOutline("Meridian", site.feed_url),
            FeedOutline("Nothing", f"{site.base_url}/nothing/"),
            FeedOutline("Not the web", "ftp://www.example.mil/feed"),
        ]
        file.write_bytes(render_opml("Mine", outlines))
        ran = run_here("sources", "import", file, "--allow-private", cwd=tmp_path, env=QUICK)
        again = run_here("sources", "import", file, "--allow-private", cwd=tmp_path, env=QUICK)
    assert ran.code == 1
    assert ran.out.startswith("added ")
    assert ran.out.count("\n") == 1
    assert f"refused Nothing ({site.base_url}/nothing/): " in ran.err
    assert "refused Not the web (ftp://www.example.mil/feed): " in ran.err
    assert ran.err.endswith("1 added, 2 refused\n")
    assert "is known as" in again.err
    assert again.err.endswith("0 added, 3 refused\n")


def test_a_private_address_needs_leave(tmp_path: Path) -> None:
    file = tmp_path / "feeds.opml"
    file.write_bytes(render_opml("Mine", [FeedOutline("Here", "http://127.0.0.1:1/feed")]))
    ran = run_here("sources", "import", file, cwd=tmp_path, env=QUICK)
    assert (ran.code, ran.out) == (1, "")
    assert "private address" in ran.err


def test_what_is_no_list_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.opml").write_text("<html>")
    assert "a.opml: not XML" in read_error(run_here("sources", "import", "a.opml", cwd=tmp_path))


def test_newsrooms_are_written_for_readers(tmp_path: Path) -> None:
    every = run_here("sources", "opml", cwd=tmp_path)
    outlines = parse_opml(every.out.encode())
    assert every.err == f"{len(outlines)} newsrooms\n"
    assert all(one.page_url is None or one.page_url.startswith("https://") for one in outlines)
    with simulator.serve(simulator.practice_newsroom()) as served:
        url = served.site("meridian").feed_url
        assert run_here("sources", "add", url, "--allow-private", cwd=tmp_path, env=QUICK).code == 0
    enabled = run_here("sources", "opml", "--enabled", cwd=tmp_path)
    assert [one.feed_url for one in parse_opml(enabled.out.encode())] == [url]
