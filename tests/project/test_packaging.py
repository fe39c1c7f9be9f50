"""What runs milwire elsewhere names what there is: options, paths, times, and versions that were tested."""

import fnmatch
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import typer

from crawler.cli import app
from crawler.config import Config
from crawler.watch import scheduler
from tests.support.paths import ROOT

UNITS = sorted((ROOT / "packaging").glob("*.service")) + sorted((ROOT / "packaging").glob("*.timer"))
CONTAINER = (ROOT / "Containerfile").read_text(encoding="utf-8")
SECONDS = {"s": 1, "min": 60, "h": 3600}
Command = Any  # typer carries its own copy of click, whose types are not public


class Unit(ConfigParser):
    """A unit of systemd; of keys that stand twice, the last is kept."""

    def __init__(self, path: Path) -> None:
        super().__init__(strict=False, interpolation=None)
        self.optionxform = str  # type: ignore[assignment,method-assign]  # as its documentation says
        self.read(path, encoding="utf-8")

    def seconds(self, key: str) -> int:
        found = re.fullmatch(r"(\d+)(s|min|h)", self["Service"][key])
        assert found
        return int(found[1]) * SECONDS[found[2]]


WATCH = Unit(ROOT / "packaging" / "milwire.service")
BACKUP = Unit(ROOT / "packaging" / "milwire-backup.service")


def parses(words: list[str]) -> bool:
    """Tell whether the arguments of a command line are understood; wrong ones raise."""
    command: Command = typer.main.get_command(app)
    while hasattr(command, "commands"):
        context = command.make_context("milwire", words[:])
        _, command, words = command.resolve_command(context, words)
    return command.make_context("milwire", words) is not None


def milwire(line: str) -> list[str]:
    """Return the arguments of the `milwire` in a command line."""
    words = shlex.split(line)
    place = next(n for n, word in enumerate(words) if word.endswith("bin/milwire"))
    return words[place + 1 :]


def test_the_service_runs_a_watch_and_tells_it_to_reload_and_end() -> None:
    service = WATCH["Service"]
    assert milwire(service["ExecStart"]) == ["watch"]
    assert parses(["watch"])
    assert service["Type"] == "notify"
    assert service["ExecReload"].startswith("/bin/kill -HUP")
    assert service.get("KillSignal", "SIGTERM") == "SIGTERM"


def test_the_service_leaves_time_to_store_what_is_in_flight() -> None:
    assert WATCH.seconds("TimeoutStopSec") > Config().stop_timeout_s + 10


def test_the_watchdog_is_patient_with_one_who_waits_for_another_writer() -> None:
    assert WATCH.seconds("WatchdogSec") > 2 * (scheduler.BEAT_S + 30)


def test_the_service_may_write_where_its_database_is_and_nowhere_else() -> None:
    for unit in (WATCH, BACKUP):
        service = unit["Service"]
        assert service["ProtectSystem"] == "strict"
        assert service["StateDirectory"].split()[0] == "milwire"
        assert "MILWIRE_DB=%S/milwire/milwire.db" in service["Environment"]
        assert service["User"] == "milwire"


def test_the_daily_backup_is_a_command_that_parses() -> None:
    line = shlex.split(BACKUP["Service"]["ExecStart"])[-1]
    assert milwire(line.removeprefix("exec "))[0] == "backup"
    assert parses(["backup", "/somewhere/2026-11-22"])
    folder = re.search(r'"(%S/[^/]+)/', line)
    assert folder
    assert BACKUP["Service"]["ExecStartPost"].split()[1] == folder[1]
    assert folder[1].removeprefix("%S/") in BACKUP["Service"]["StateDirectory"].split()


def test_old_backups_alone_are_removed(tmp_path: Path) -> None:
    """The very command of the unit, on folders of which some are old."""
    killed = (".2026-11-01.unfinished-0badc0de", ".2026-11-22.unfinished-0badc0de")
    for name in ("2026-11-01", "2026-11-21", "keep-me", *killed):
        (tmp_path / name).mkdir()
        (tmp_path / name / "milwire.db").touch()
    for name in ("2026-11-01", "keep-me", killed[0]):
        subprocess.run(["touch", "-d", "20 days ago", tmp_path / name], check=True)
    command = BACKUP["Service"]["ExecStartPost"].replace("%S/milwire-backups", str(tmp_path))
    subprocess.run(shlex.split(command), check=True)
    assert {path.name for path in tmp_path.iterdir()} == {"2026-11-21", "keep-me", killed[1]}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_takes_the_unit(unit: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not here")
    done = subprocess.run([analyze, "verify", unit], capture_output=True, text=True, timeout=30, check=False)
    about_us = [line for line in done.stderr.splitlines() if "milwire" in line]
    # It is not installed here, and the other unit of a timer is looked for where units are installed.
    expected = ("/opt/milwire/bin/milwire is not executable", "milwire-backup.service not found")
    assert not [line for line in about_us if not any(known in line for known in expected)]


def test_the_container_checks_and_ends_its_watch() -> None:
    check = re.search(r'^HEALTHCHECK .* CMD \["milwire", "(\w+)", "([\w-]+)"\]$', CONTAINER, re.MULTILINE)
    assert check
    assert parses([check[1], check[2]])
    assert "\nSTOPSIGNAL SIGTERM\n" in CONTAINER
    assert '\nENTRYPOINT ["milwire"]\nCMD ["watch"]\n' in CONTAINER
    assert "\nUSER milwire\n" in CONTAINER
    assert "\nVOLUME /data\n" in CONTAINER
    assert "MILWIRE_DB=/data/milwire.db" in CONTAINER


def test_the_container_copies_what_is_there_and_let_in() -> None:
    allowed = [
        line[1:] for line in (ROOT / ".dockerignore").read_text("ascii").splitlines() if line[:1] == "!"
    ]
    assert all((ROOT / path).exists() for path in allowed)
    (copied,) = re.findall(r"^COPY (.*lock) \./$", CONTAINER, re.MULTILINE)
    assert set(copied.split()) <= set(allowed)
    packages = re.search(r"include = \[(.*)\]", (ROOT / "pyproject.toml").read_text("utf-8"))
    assert packages
    for name in re.findall(r'"(\w+)\*"', packages[1]):
        assert name in allowed
    assert not [one for one in allowed if fnmatch.fnmatch(one, "*.db")]


def test_what_the_guide_tells_to_type_is_understood() -> None:
    guide = (ROOT / "docs" / "operating.md").read_text("utf-8")
    typed = re.findall(r"^(?:    |\$ )(milwire .*)$", guide, re.MULTILINE)
    typed += re.findall(r"`(milwire [^`]* --[^`]*)`", guide)
    assert len(typed) > 12
    assert all(parses(shlex.split(line)[1:]) for line in typed)


def test_every_link_of_the_guide_leads_somewhere() -> None:
    guide = (ROOT / "docs" / "operating.md").read_text("utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", guide):
        assert (ROOT / "docs" / target).exists(), target


def pins(path: str) -> set[str]:
    return set(re.findall(r"^([\w.-]+==\S+)", (ROOT / path).read_text("utf-8"), re.MULTILINE))


def test_what_is_deployed_is_what_was_tested() -> None:
    assert pins("packaging/runtime.lock") < pins("requirements.lock")
    tools = {name.split("==")[0] for name in pins("packaging/runtime.lock")} & {
        "pytest",
        "mypy",
        "hypothesis",
    }
    assert not tools


def test_what_is_deployed_is_all_that_is_needed() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    wanted = re.findall(
        r'^    "([\w-]+)[><=]', project.split("[project.optional-dependencies]")[0], re.MULTILINE
    )
    deployed = {name.split("==")[0] for name in pins("packaging/runtime.lock")}
    assert len(wanted) > 10
    assert set(wanted) <= deployed


@pytest.mark.slow
def test_a_wheel_holds_all_that_a_checkout_has(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for name in ("crawler", "storage", "simulator"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
    subprocess.run(
        [*pip, "--wheel-dir", str(tmp_path), str(source)], check=True, capture_output=True, timeout=110
    )
    (wheel,) = tmp_path.glob("*.whl")
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    files = {
        path.relative_to(source).as_posix()
        for one in ("crawler", "storage", "simulator")
        for path in (source / one).rglob("*")
        if path.is_file()
    }
    assert packed == files
