"""`milwire import`: responses from WARC files."""

import json
from pathlib import Path

from simulator import Served
from storage.store import Store
from tests.crawler.cli.conftest import SITE
from tests.support.cli import CommandResult, run_here


def test_an_import_of_our_own_captures_finds_the_same_releases(
    newsroom: tuple[Served, Path, CommandResult], tmp_path: Path
) -> None:
    served, folder, _ = newsroom
    store = Store.open(tmp_path / "milwire.db")
    for source in served.site(SITE).sources:
        store.save_source(source)
    store.close()
    for archive in sorted((folder / "milwire.db.warc").iterdir()):
        assert run_here("import", archive, "--json", cwd=tmp_path).code == 0
    before = run_here("export", cwd=folder).out.splitlines()
    after = run_here("export", cwd=tmp_path).out.splitlines()
    hashes = [sorted(json.loads(line)["content_hash"] for line in lines) for lines in (before, after)]
    assert hashes[0] == hashes[1]
    again = json.loads(run_here("import", archive, "--json", cwd=tmp_path).out)
    assert again["events"] == {}


def test_an_import_counts_what_belongs_to_no_newsroom(
    newsroom: tuple[Served, Path, CommandResult], tmp_path: Path
) -> None:
    _, folder, _ = newsroom
    archive = next((folder / "milwire.db.warc").iterdir())
    told = json.loads(run_here("import", archive, "--json", cwd=tmp_path).out)
    assert told["looks"] == {}
    assert told["skipped"]["not on the site of a newsroom"] > 10
