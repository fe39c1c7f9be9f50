"""A process is named by its id together with the start of the machine, or container, that counts the ids."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from storage.db.processes import BOOT_ID, is_process_dead, parse_start_time, read_boot_id
from tests.support.paths import ROOT

CONTAINER = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]
ASK = "import os; from storage.db.processes import read_boot_id; print(os.getpid(), read_boot_id())"


def in_a_container() -> tuple[str, str]:
    """Return the number and the boot id that a process in a new space of process numbers has."""
    command = [*CONTAINER, sys.executable, "-c", ASK]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    if done.returncode:
        pytest.skip(f"no container can be started here: {done.stderr.strip()}")
    number, name = done.stdout.split()
    return number, name


def test_each_start_of_a_container_has_a_name_of_its_own() -> None:
    """The first process is number 1 each time: by that alone it would take itself for the one before."""
    (first, name), (second, other) = in_a_container(), in_a_container()
    assert first == second == "1"
    assert len({name, other, read_boot_id()}) == 3


def test_a_process_of_a_container_is_not_declared_dead_from_outside() -> None:
    _, name = in_a_container()
    assert not is_process_dead(2**22 + 1, name)
    assert is_process_dead(2**22 + 1, read_boot_id())


def test_all_processes_of_a_machine_name_the_same_start() -> None:
    said = subprocess.run(
        [sys.executable, "-c", ASK], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    ).stdout
    assert said.split()[1] == read_boot_id()
    assert read_boot_id().startswith(BOOT_ID.read_text(encoding="ascii").strip())


def test_the_beginning_of_a_process_is_found_behind_any_name() -> None:
    rest = " ".join(str(number) for number in range(4, 53))
    assert parse_start_time(f"1 (a) b) (c) S {rest}") == "22"
    assert parse_start_time(Path(f"/proc/{os.getpid()}/stat").read_text(encoding="utf-8")).isdigit()
