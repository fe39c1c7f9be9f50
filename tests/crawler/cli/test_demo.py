"""`milwire demo`: the whole path in seconds, as often as wanted, and nobody else's files are touched."""

import json
import time
from pathlib import Path

from crawler.cli import demo
from tests.support.cli import run_here


def test_the_demo_shows_the_whole_path_in_time(tmp_path: Path) -> None:
    started = time.monotonic()
    ran = run_here("demo", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert time.monotonic() - started < 30
    for shown in (
        "[-40-]{+47+}",  # the silent edit, in words
        "last seen 2025-03-07 14:00 UTC; first absent 2025-03-09 14:00 UTC; 3 looks",
        "changed since it was last seen; quote",
        "releases stored, each once",
        "훈련",
        "milwire browse --db milwire-demo/milwire.db",
    ):
        assert shown in ran.out
    assert "delete" not in ran.out
    kinds = [json.loads(line)["kind"] for line in stored_events(tmp_path)]
    assert [kinds.count(kind) for kind in ("published", "edited", "removed", "returned")] == [3, 2, 2, 1]
    assert kinds.count("found") > 30


def test_a_demo_begins_anew_where_a_demo_was(tmp_path: Path) -> None:
    folder = demo.prepare_folder(tmp_path / "milwire-demo")
    (folder / "milwire.db").write_text("the last demo's")
    (folder / "milwire.db.warc").mkdir()
    assert [path.name for path in demo.prepare_folder(folder).iterdir()] == [demo.MARK]


def test_a_folder_that_no_demo_made_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "milwire-demo"
    folder.mkdir()
    (folder / "milwire.db").write_text("mine")
    ran = run_here("demo", cwd=tmp_path)
    assert ran.code == 1
    assert ran.err.count("\n") == 1
    assert (folder / "milwire.db").read_text() == "mine"


def stored_events(folder: Path) -> list[str]:
    return run_here("events", "--json", "--db", "milwire-demo/milwire.db", cwd=folder).out.splitlines()
