"""Running `milwire` as a person does: in this process, or in one of its own where that matters."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from crawler.cli import run_command_line
from tests.support.paths import ROOT


@dataclass(frozen=True)
class CommandResult:
    """What a command left behind."""

    code: int
    out: str
    err: str


def run_here(
    *arguments: object, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> CommandResult:
    """Run a command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), chdir(cwd or "."), patch.dict(os.environ, env or {}):
        code = run_command_line([str(argument) for argument in arguments])
    return CommandResult(code, out.getvalue(), err.getvalue())


def run_apart(
    *arguments: object, cwd: Path, stdin: bytes = b"", env: Mapping[str, str] | None = None
) -> CommandResult:
    """Run a command in a process of its own, in a folder of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "crawler.cli", *map(str, arguments)],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        timeout=90,
        check=False,
    )
    return CommandResult(done.returncode, done.stdout.decode(), done.stderr.decode())


def read_error(ran: CommandResult, code: int = 1) -> str:
    """Return the one line that a command failed with, after its notes."""
    assert ran.code == code, ran
    assert "Traceback" not in ran.err
    line = ran.err.splitlines()[-1]
    assert line.startswith("milwire: "), ran.err
    return line


def read_only_error(ran: CommandResult, code: int) -> str:
    """Return the one line that a command failed with; it wrote nothing else."""
    assert (ran.code, ran.out, ran.err.count("\n")) == (code, "", 1), ran
    return read_error(ran, code)


def read_output(ran: CommandResult) -> str:
    """Return what a command printed; it said nothing on stderr."""
    assert (ran.code, ran.err) == (0, ""), ran
    return ran.out


def read_objects(ran: CommandResult) -> list[dict[str, object]]:
    """Return the JSON objects that a command printed, one a line."""
    assert ran.code == 0, ran
    return [json.loads(line) for line in ran.out.splitlines()]


def unfold(text: str) -> str:
    """Return text on one line, however wide the terminal was."""
    return " ".join(text.split())
