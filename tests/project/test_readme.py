"""The README is true: what it names exists, what exists it names, and every command line in it parses."""

import re
import shlex
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import typer

from crawler import config
from crawler.cli import app
from crawler.crawl.run import CrawlOutcome
from crawler.health.alarms import Alarm
from crawler.health.field_drift import FieldRate
from crawler.health.report import Checkup, Health, Watching
from crawler.history.warc_import import ImportCounts
from crawler.watch.observation_gaps import Gap
from storage.diff.fields import FieldDiff
from storage.diff.kinds import EditKind
from storage.diff.words import Operation, Passage, TextDiff
from storage.models import Event, EventKind, Refusal, Source
from storage.queries.asof import AsOf, Shown
from storage.queries.compare import Comparison, Side
from storage.queries.results import Capture, Hit, Sight, SourceStatus, Status, Story
from tests.support.paths import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
LEDGER = (ROOT / "docs" / "ledger.md").read_text(encoding="utf-8")
FILES = ("page.html", "headers.txt", "crawl.warc.gz")  # named in examples
GENERAL = {"--help", "--version", "--db", "--json"}  # named once for all commands

Command = Any  # typer carries its own copy of click, whose types are not public


def leaves(command: Command, path: str = "milwire") -> dict[str, Command]:
    """Return every command by the words that call it."""
    if not hasattr(command, "commands"):
        return {path: command}
    return {
        words: leaf
        for name, one in command.commands.items()
        for words, leaf in leaves(one, f"{path} {name}").items()
    }


def command_lines() -> list[str]:
    """Return what README and docs/ledger.md tell to type, without pipes and comments."""
    typed = re.findall(r"^    (.*\bmilwire .*)$", README + LEDGER, re.MULTILINE)
    parts = [part.strip() for line in typed for part in line.split("|")]
    return [part.split("  #")[0] for part in parts if re.match(r"(\.venv/bin/)?milwire ", part)]


COMMANDS = leaves(typer.main.get_command(app))


def test_the_readme_shows_commands() -> None:
    assert len(command_lines()) > 20


@pytest.mark.parametrize("line", command_lines())
def test_every_command_line_parses(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in FILES:
        (tmp_path / name).touch()
    command: Command = typer.main.get_command(app)
    words = shlex.split(line)[1:]
    while hasattr(command, "commands"):
        context = command.make_context("milwire", words[:])
        _, command, words = command.resolve_command(context, words)
    command.make_context(line, words)


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_is_named(words: str) -> None:
    *group, name = words.split()
    assert words in README or re.search(rf"{' '.join(group)} .*\b{name}\b", README)


@pytest.mark.parametrize("words", COMMANDS)
def test_every_option_is_named(words: str) -> None:
    options = {option for parameter in COMMANDS[words].params for option in parameter.opts}
    missing = {option for option in options if option.startswith("--")} - GENERAL
    assert not [option for option in missing if option not in README]


@pytest.mark.parametrize("key", [field.name for field in fields(config.Config) if field.name != "removal"])
def test_every_setting_is_named_with_its_default(key: str) -> None:
    row = re.search(rf"^\| `{key.removesuffix('_s')}` \| (\S+) \|", README, re.MULTILINE)
    assert row
    default = getattr(config.Config(), key)
    assert row[1] == "none" if default is None else float(row[1]) == default


def test_what_makes_a_removal_is_named_with_its_default() -> None:
    policy = config.Config().removal
    assert f"| `[removal] looks` | {policy.looks} |" in README
    assert f'| `[removal] span` | "{policy.span.total_seconds() / 3600:g}h" |' in README


@pytest.mark.parametrize("variable", [*config.ENVIRONMENT, "MILWIRE_DB"])
def test_every_variable_is_named(variable: str) -> None:
    assert f"| `{variable}` |" in README


@pytest.mark.parametrize(
    "record",
    [
        Hit,
        Story,
        Sight,
        Capture,
        Comparison,
        Side,
        FieldDiff,
        TextDiff,
        Passage,
        Operation,
        AsOf,
        Shown,
        Source,
        SourceStatus,
        Status,
        Refusal,
        CrawlOutcome,
        Checkup,
        Watching,
        Health,
        Alarm,
        Gap,
        FieldRate,
        ImportCounts,
        Event,
    ],
)
def test_every_key_of_json_output_is_described(record: type[Any]) -> None:
    described = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    assert not [field.name for field in fields(record) if f"`{field.name}`" not in described]


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"^    make ([a-z-]+)", README, re.MULTILINE)) <= targets


def test_every_link_into_the_project_leads_somewhere() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_what_the_docs_say_of_removals_is_the_default_policy() -> None:
    policy = config.Config().removal
    hours = policy.span.total_seconds() / 3600
    assert f"at least {policy.looks} looks" in LEDGER
    assert f"at least {hours:g} hours after the first" in LEDGER


@pytest.mark.parametrize("kind", EditKind)
def test_every_kind_of_edit_is_explained(kind: EditKind) -> None:
    assert kind.replace("_", " ") in LEDGER.replace("\n", " ")


@pytest.mark.parametrize("kind", EventKind)
def test_every_kind_of_event_is_explained(kind: EventKind) -> None:
    described = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    assert f"`{kind}`" in described + LEDGER


def test_the_catalogue_counts_are_right() -> None:
    from crawler.sources import catalog

    rows = catalog.catalogue()
    hosts = {source.host for source in rows}
    assert f"{len(rows):,} newsroom sections on {len(hosts)} hosts" in README
