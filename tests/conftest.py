"""What several test modules share."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.support.paths import ROOT

# The same examples every time, so that nobody's landing waits on luck; `make test-all` rolls dice.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("dice", deadline=None)
settings.register_profile("quick", derandomize=True, deadline=None, max_examples=15)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

MEMORY = Path("/dev/shm")
MEMORY_BYTES = 2_000_000_000  # free room that the folders of all tests never fill
SHARED = Path(os.environ.get("MILWIRE_SHARED", ROOT.parent / "shared"))


def pytest_configure() -> None:
    """Keep the folders of tests in memory where there is room: each look that is saved waits for the disk."""
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > MEMORY_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


@dataclass(frozen=True)
class Sample:
    """One real server response with its hand-checked label."""

    name: str
    kind: str
    label: dict[str, Any]  # a manifest line is free-form JSON
    path: Path


def samples(*kinds: str) -> list[Sample]:
    """Return the corpus files of these kinds; empty where there is no corpus."""
    manifest = SHARED / "corpus" / "manifest.jsonl"
    if not manifest.exists():
        return []
    rows = [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines()]
    return [
        Sample(Path(row["file"]).stem, row["kind"], row, manifest.parent / row["file"])
        for row in rows
        if row["kind"] in kinds
    ]


def corpus_params(*kinds: str) -> list[Any]:  # pytest's ParameterSet has no public name
    """Return parameters for a corpus test, or one that skips and says why."""
    found = [pytest.param(sample, id=sample.name) for sample in samples(*kinds)]
    return found or [pytest.param(None, marks=pytest.mark.skip(reason=f"no corpus at {SHARED}"))]


@pytest.fixture
def seeds() -> Path:
    """Return the folder of the two seed pages, or skip."""
    folder = SHARED / "seeds"
    if not folder.is_dir():
        pytest.skip(f"no seeds at {folder}")
    return folder
