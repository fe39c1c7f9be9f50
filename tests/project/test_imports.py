"""The house stays one-way: imports go down the list of the style guide, and never round."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PACKAGES = ("crawler", "storage", "simulator")
PURE = (
    "crawler.parsing.html",
    "crawler.parsing.urls",
    "crawler.parsing.dates",
    "crawler.parsing.text",
    "crawler.parsing.platforms",
    "crawler.parsing.verdicts",
)
OUTSIDE = {"scrapy", "twisted", "sqlite3", "sqlite_utils"}


@cache
def modules() -> dict[str, Path]:
    found = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = path
    return found


def imports(path: Path) -> set[str]:
    """Return the modules a file imports, function-level imports included.

    `from package import module` is an import of the module, not of what the package's front offers.
    """
    found: set[str] = set()
    known = modules()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            named = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= named if named <= known.keys() else named | {node.module}
    return found


def graph() -> dict[str, set[str]]:
    known = modules()
    return {name: (imports(path) & known.keys()) - {name} for name, path in known.items()}


def below(name: str, *parents: str) -> bool:
    return any(name == parent or name.startswith(f"{parent}.") for parent in parents)


def test_storage_never_imports_the_crawler_or_the_practice_newsroom() -> None:
    wrong = {
        (a, b) for a, bs in graph().items() for b in bs if below(a, "storage") and not below(b, "storage")
    }
    assert not wrong


def test_the_practice_newsroom_is_imported_by_the_demo_command_only() -> None:
    users = {
        a for a, bs in graph().items() for b in bs if below(b, "simulator") and not below(a, "simulator")
    }
    assert users <= {"crawler.cli.demo"}


@pytest.mark.parametrize("name", PURE)
def test_parsers_know_neither_the_network_nor_the_database(name: str) -> None:
    files = [path for module, path in modules().items() if below(module, name)]
    assert files
    used = {found.split(".")[0] for path in files for found in imports(path)}
    assert not used & OUTSIDE


def test_storage_knows_neither_scrapy_nor_markup() -> None:
    files = [path for module, path in modules().items() if below(module, "storage")]
    used = {found.split(".")[0] for path in files for found in imports(path)}
    assert not used & {"scrapy", "twisted", "bs4"}


def test_no_import_goes_round() -> None:
    edges = graph()
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"import circle: {' -> '.join([*trail, name])}"
        if name not in done:
            for other in edges[name]:
                visit(other, (*trail, name))
            done.add(name)

    for name in edges:
        visit(name, ())


def test_nothing_shipped_reaches_outside_the_project() -> None:
    for path in modules().values():
        assert "../shared" not in path.read_text(encoding="utf-8"), path
