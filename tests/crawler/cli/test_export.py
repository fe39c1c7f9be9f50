"""`milwire export`: releases as files."""

import csv
import io
import json
from pathlib import Path

from tests.support.cli import run_here


def test_exports_hold_every_release_once(crawled_db: Path, tmp_path: Path) -> None:
    file = tmp_path / "releases.jsonl"
    assert run_here("export", "--output", file, "--db", crawled_db).code == 0
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    table = list(csv.DictReader(io.StringIO(run_here("export", "--format", "csv", "--db", crawled_db).out)))
    assert [str(line["id"]) for line in lines] == [row["id"] for row in table]
    assert len({line["id"] for line in lines}) == len(lines) > 10
    assert [path.name for path in tmp_path.iterdir()] == ["releases.jsonl"]
