"""The import order of the packages: data goes one way, and no two folders import each other."""

import ast
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.support.paths import ROOT

PACKAGES: Final = ("crawler", "storage", "simulator")
# From top to bottom; a folder or module imports only from lines below its own. Alerts are planned.
ORDER: Final = (
    ("crawler.cli",),
    ("crawler.health",),
    ("crawler.watch",),
    ("crawler.history", "crawler.extensions"),
    ("crawler.fetch",),
    ("crawler.runner",),
    ("crawler.alerts", "crawler.reparse"),
    ("crawler.spiders", "crawler.middlewares", "crawler.pipelines"),
    ("crawler.politeness",),
    ("crawler.crawl",),
    ("crawler.sources", "crawler.settings"),
    ("crawler.parsing",),
    ("crawler.config", "crawler.clock"),
    ("storage.browse",),
    ("storage.publish",),
    ("storage.store",),
    ("storage.queries", "storage.integrity"),
    ("storage.query_language",),
    ("storage.analysis",),
    ("storage.detection",),
    ("storage.tables",),
    ("storage.archive",),
    ("storage.db",),
    ("storage.diff",),
    ("storage.models",),
)
LEVEL: Final = {name: level for level, names in enumerate(ORDER) for name in names}
SQL_OR_NETWORK: Final = {"scrapy", "twisted", "sqlite3", "sqlite_utils"}


@cache
def list_modules() -> dict[str, Path]:
    found = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = path
    return found


def read_imports(path: Path) -> set[str]:
    """Return the modules a file imports, function-level imports included.

    `from package import module` is an import of the module, not of what the package's front offers.
    """
    found: set[str] = set()
    known = list_modules()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            named = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= named if named <= known.keys() else named | {node.module}
    return found


@cache
def import_graph() -> dict[str, set[str]]:
    known = list_modules()
    return {name: (read_imports(path) & known.keys()) - {name} for name, path in known.items()}


def is_within(name: str, *parents: str) -> bool:
    return any(name == parent or name.startswith(f"{parent}.") for parent in parents)


def find_unit(name: str) -> str:
    """Return the folder or top-level module of a package that a module belongs to."""
    return ".".join(name.split(".")[:2])


def list_unit_imports() -> set[tuple[str, str]]:
    return {
        (find_unit(name), find_unit(other))
        for name, others in import_graph().items()
        for other in others
        if find_unit(name) != find_unit(other)
    }


def test_every_folder_has_its_place_in_the_order() -> None:
    units = {find_unit(name) for name in list_modules() if "." in name and not is_within(name, "simulator")}
    assert units <= LEVEL.keys()


def test_imports_go_down_the_order() -> None:
    wrong = [
        f"{name} -> {other}"
        for name, others in import_graph().items()
        for other in others
        if (upper := LEVEL.get(find_unit(name))) is not None
        and (lower := LEVEL.get(find_unit(other))) is not None
        and find_unit(name) != find_unit(other)
        and lower <= upper
    ]
    assert sorted(wrong) == []


def test_no_two_folders_import_each_other() -> None:
    pairs = list_unit_imports()
    assert [pair for pair in pairs if pair[::-1] in pairs] == []


def test_storage_imports_neither_the_crawler_nor_the_practice_newsroom() -> None:
    wrong = {
        (name, other)
        for name, others in import_graph().items()
        for other in others
        if is_within(name, "storage") and not is_within(other, "storage")
    }
    assert not wrong


def test_only_the_demo_command_imports_the_practice_newsroom() -> None:
    users = {
        name
        for name, others in import_graph().items()
        for other in others
        if is_within(other, "simulator") and not is_within(name, "simulator")
    }
    assert users <= {"crawler.cli.demo"}


@pytest.mark.parametrize("package", ["crawler.parsing", "storage.diff", "storage.models"])
def test_pure_code_knows_neither_the_network_nor_the_database(package: str) -> None:
    files = [path for name, path in list_modules().items() if is_within(name, package)]
    assert files
    used = {found.split(".")[0] for path in files for found in read_imports(path)}
    assert not used & SQL_OR_NETWORK


def test_addresses_are_resolved_at_one_place() -> None:
    users = {name for name, path in list_modules().items() if "urljoin" in path.read_text(encoding="utf-8")}
    assert users == {"crawler.parsing.urls"}


def test_storage_knows_neither_scrapy_nor_markup() -> None:
    files = [path for name, path in list_modules().items() if is_within(name, "storage")]
    used = {found.split(".")[0] for path in files for found in read_imports(path)}
    assert not used & {"scrapy", "twisted", "bs4"}


def test_no_import_circle() -> None:
    edges = import_graph()
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
    for path in list_modules().values():
        assert "../shared" not in path.read_text(encoding="utf-8"), path


def test_no_folder_holds_more_than_twenty_modules() -> None:
    sizes: dict[Path, int] = defaultdict(int)
    for name, path in list_modules().items():
        if not is_within(name, "crawler.cli", "simulator") and path.name != "__init__.py":
            sizes[path.parent] += 1
    assert {str(folder): size for folder, size in sizes.items() if size > 20} == {}
