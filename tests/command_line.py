"""Running `milwire` as a person does: in a process of its own, or in this one where no crawl is involved."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from crawler.cli import run


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str


def here(capsys: pytest.CaptureFixture[str], *arguments: object) -> Ran:
    """Run a command in this process; for everything that starts no crawl."""
    capsys.readouterr()
    code = run([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return Ran(code, said.out, said.err)


def apart(*arguments: object, cwd: Path, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Ran:
    """Run a command in a process of its own, in a folder of its own."""
    done = subprocess.run(
        [sys.executable, "-c", "from crawler.cli import main; main()", *map(str, arguments)],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), **(env or {})},
        timeout=90,
        check=False,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
