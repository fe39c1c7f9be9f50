"""The README and the docs are true: commands, options, settings, paths and JSON keys are as they say."""

import re
import shlex
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import typer

from crawler import config
from crawler.cli import app
from crawler.cli.reporter import make_visit_json
from crawler.crawl.run import CrawlOutcome
from crawler.health.alarms import Alarm
from crawler.health.field_drift import FieldRate
from crawler.health.report import HealthReport, SourceHealth, WatchStatus
from crawler.history.warc_import import ImportCounts
from crawler.watch.observation_gaps import ObservationGap
from storage.diff.fields import FieldDiff
from storage.diff.kinds import EditKind
from storage.diff.words import Operation, Passage, TextDiff
from storage.models import Event, EventKind, Refusal, RunState, Source
from storage.queries.asof import AsOf, PostingAsOf
from storage.queries.compare import ComparedRevision, Comparison
from storage.queries.history import Capture, LookSpan, ReleaseHistory
from storage.queries.search import SearchHit
from storage.queries.status import DatabaseStatus, SourceStatus
from tests.support.paths import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
LEDGER = (ROOT / "docs" / "ledger.md").read_text(encoding="utf-8")
DOCS = sorted((ROOT / "docs").glob("*.md"))
EXAMPLE_FILES = ("page.html", "headers.txt", "crawl.warc.gz")  # used by command lines in the README
COMMON_OPTIONS = {"--help", "--version", "--db", "--json"}  # described once for all commands
FOLDERS = ("benchmarks", "crawler", "docs", "packaging", "simulator", "storage", "tests")

Command = Any  # typer carries its own copy of click, whose types are not public


def list_commands(command: Command, path: str = "milwire") -> dict[str, Command]:
    """Return every command, by the words that call it."""
    if not hasattr(command, "commands"):
        return {path: command}
    return {
        words: leaf
        for name, one in command.commands.items()
        for words, leaf in list_commands(one, f"{path} {name}").items()
    }


def list_command_lines() -> list[str]:
    """Return the milwire command lines in README and docs/ledger.md, without other commands and comments."""
    typed = re.findall(r"^    (.*\bmilwire .*)$", README + LEDGER, re.MULTILINE)
    parts = [part.strip() for line in typed for part in line.split("|")]
    return [part.split("  #")[0] for part in parts if re.match(r"(\.venv/bin/)?milwire ", part)]


COMMANDS = list_commands(typer.main.get_command(app))


def test_the_readme_shows_commands() -> None:
    assert len(list_command_lines()) > 20


@pytest.mark.parametrize("line", list_command_lines())
def test_every_command_line_parses(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in EXAMPLE_FILES:
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
    missing = {option for option in options if option.startswith("--")} - COMMON_OPTIONS
    assert not [option for option in missing if option not in README]


@pytest.mark.parametrize("key", [field.name for field in fields(config.Config) if field.name != "removal"])
def test_every_setting_is_named_with_its_default(key: str) -> None:
    row = re.search(rf"^\| `{key.removesuffix('_s')}` \| (\S+) \|", README, re.MULTILINE)
    assert row
    default = getattr(config.Config(), key)
    if key == "file_mode":
        assert row[1] == f'"{default:04o}"'
        return
    assert row[1] == "none" if default is None else float(row[1]) == default


def test_the_removal_policy_is_named_with_its_defaults() -> None:
    policy = config.Config().removal
    assert f"| `[removal] looks` | {policy.looks} |" in README
    assert f'| `[removal] span` | "{policy.span.total_seconds() / 3600:g}h" |' in README


@pytest.mark.parametrize("variable", [*config.ENVIRONMENT, "MILWIRE_DB"])
def test_every_variable_is_named(variable: str) -> None:
    assert f"| `{variable}` |" in README


@pytest.mark.parametrize(
    "record",
    [
        SearchHit,
        ReleaseHistory,
        LookSpan,
        Capture,
        Comparison,
        ComparedRevision,
        FieldDiff,
        TextDiff,
        Passage,
        Operation,
        AsOf,
        PostingAsOf,
        Source,
        SourceStatus,
        DatabaseStatus,
        Refusal,
        HealthReport,
        WatchStatus,
        SourceHealth,
        Alarm,
        ObservationGap,
        FieldRate,
        ImportCounts,
        Event,
    ],
)
def test_every_key_of_json_output_is_described(record: type[Any]) -> None:
    described = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    assert not [field.name for field in fields(record) if f"`{field.name}`" not in described]


def test_every_key_of_a_visit_is_described() -> None:
    described = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    visit = make_visit_json(CrawlOutcome("usfk-news", 1, RunState.OK))
    assert not [key for key in visit if f"`{key}`" not in described]
    assert len(visit) > 10


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"^    make ([a-z-]+)", README, re.MULTILINE)) <= targets


def find_missing_links(page: Path) -> list[str]:
    """Return the relative links of a page that lead nowhere: to no file, or to no heading of it."""
    missing = []
    links = re.findall(r"\]\((?!https?:)([^)#]*)(#[^)]+)?\)", page.read_text(encoding="utf-8"))
    for target, anchor in links:
        path = page.parent / target if target else page
        if not path.exists() or (anchor and anchor[1:] not in list_anchors(path)):
            missing.append(target + anchor)
    return missing


def list_anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def find_missing_paths(text: str) -> list[str]:
    """Return the paths in backquotes that are not in the repository.

    A path is a file ending in .py, .md, .csv or .sql, or anything below one of our folders or outside the
    repository. A file without a folder may be in any folder. Files and folders named `example` are made up.
    """
    missing = []
    for name in re.findall(r"`([\w./-]+)`", text):
        is_file = name.endswith((".py", ".md", ".csv", ".sql"))
        is_below = "/" in name and name.split("/")[0] in (*FOLDERS, "..")
        if "/" not in name and is_file:
            is_there = any(True for folder in (".", *FOLDERS) for _ in find_files(ROOT / folder, name))
        else:
            is_there = (ROOT / name).exists() and not name.startswith("..")
        if (is_file or is_below) and not is_there and "example" not in Path(name).with_suffix("").parts:
            missing.append(name)
    return missing


def find_files(folder: Path, name: str) -> list[Path]:
    """Return the files of a name in a folder; below it too, unless it is the root with its caches."""
    return list(folder.glob(name) if folder == ROOT else folder.rglob(name))


@pytest.mark.parametrize("page", [ROOT / "README.md", *DOCS], ids=lambda page: page.name)
def test_every_path_that_is_named_exists(page: Path) -> None:
    assert find_missing_paths(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("page", [ROOT / "README.md", *DOCS], ids=lambda page: page.name)
def test_every_link_into_the_project_leads_somewhere(page: Path) -> None:
    assert find_missing_links(page) == []


def test_a_path_that_does_not_exist_is_noticed() -> None:
    there, elsewhere = "`crawler/cli/crawl.py` `crawl.py` `tests/pages/`", "`a/b` `x.y`"
    missing = "`crawler/nothing.py` `nothing.md` `../notes`"
    assert find_missing_paths(f"{there} {missing} {elsewhere}") == [
        "crawler/nothing.py",
        "nothing.md",
        "../notes",
    ]


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

    rows = catalog.load_catalog()
    hosts = {source.host for source in rows}
    assert f"{len(rows):,} newsroom sections on {len(hosts)} hosts" in README
