"""Names and sizes: what a newcomer can guess, and what fits on a screen. `python -m tests.project.test_names`
prints the figures."""

import ast
import re
import statistics
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from tests.support.paths import ROOT

MEASURED: Final = ("crawler", "storage")
Function = ast.FunctionDef | ast.AsyncFunctionDef

# A private language that the project has given up; plain words stand in its place.
WORDS: Final = """
    told heed heard hearten mistrust hearing judgement cases pieces spread standings corroboration
    announced attention switches opening strays telling wording asking holdings checkup observing pace
    places manners newsy belonging visiting agenda rhythm voices teller complaints naming looking
    onenewsroom casting fates drafts leancrawl agewaits singular driving mended fares doubt
"""
FORBIDDEN: Final = frozenset(WORDS.split())
# Functions that satisfy one protocol mean the same in every module that has them.
PROTOCOL: Final = frozenset({"recognizes", "is_article", "read_article", "read_listing", "list_parsers"})


@cache
def parse_modules() -> dict[Path, ast.Module]:
    paths = [path for package in MEASURED for path in sorted((ROOT / package).rglob("*.py"))]
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def list_functions() -> list[Function]:
    return [
        node for tree in parse_modules().values() for node in ast.walk(tree) if isinstance(node, Function)
    ]


def list_one_word_functions() -> list[str]:
    names = [node.name.strip("_") for node in list_functions() if not node.name.startswith("__")]
    return [name for name in names if "_" not in name]


def list_lengths() -> list[int]:
    return sorted((node.end_lineno or node.lineno) - node.lineno + 1 for node in list_functions())


def list_public_names() -> dict[str, list[str]]:
    """Return the modules in which each public function or class is defined."""
    found: dict[str, list[str]] = defaultdict(list)
    for path, tree in parse_modules().items():
        for node in tree.body:
            if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(str(path.relative_to(ROOT)))
    return found


def list_defined_names() -> Iterator[tuple[str, str]]:
    """Yield every name of a module, class, function, parameter, variable or field, with its file."""
    for path, tree in parse_modules().items():
        where = str(path.relative_to(ROOT))
        yield path.stem, where
        for node in ast.walk(tree):
            if isinstance(node, Function | ast.ClassDef):
                yield node.name.strip("_"), where
            elif isinstance(node, ast.arg):
                yield node.arg.strip("_"), where
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id.strip("_").lower(), where
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                yield node.attr.strip("_"), where


def test_few_functions_are_named_by_one_word() -> None:
    functions = [node for node in list_functions() if not node.name.startswith("__")]
    assert len(list_one_word_functions()) <= 0.2 * len(functions)


def test_no_public_name_has_two_meanings() -> None:
    twice = {name: where for name, where in list_public_names().items() if len(where) > 1}
    assert {name: where for name, where in twice.items() if name not in PROTOCOL} == {}


def test_no_name_is_of_the_private_language() -> None:
    assert sorted({(name, where) for name, where in list_defined_names() if name.lower() in FORBIDDEN}) == []


def test_no_line_of_the_packages_says_told() -> None:
    said = [
        f"{path.relative_to(ROOT)}:{number}"
        for package in MEASURED
        for path in (ROOT / package).rglob("*")
        if path.suffix in {".py", ".html", ".css", ".js", ".sql", ".md"}
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"\btold\b", line, re.IGNORECASE)
    ]
    assert said == []


def test_functions_fit_a_screen() -> None:
    lengths = list_lengths()
    assert statistics.median(lengths) <= 8
    assert lengths[int(len(lengths) * 0.95)] <= 40


def test_modules_are_short_enough_to_read() -> None:
    long = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in parse_modules()
    }
    assert {path: lines for path, lines in long.items() if lines > 500} == {}


def print_figures() -> None:
    functions = [node for node in list_functions() if not node.name.startswith("__")]
    lengths = list_lengths()
    one_word = list_one_word_functions()
    twice = [name for name, where in list_public_names().items() if len(where) > 1 and name not in PROTOCOL]
    print(f"{len(parse_modules())} modules, {len(functions)} functions")
    print(f"named by one word: {len(one_word)} ({len(one_word) / len(functions):.0%})")
    print(f"public names in more than one module: {len(twice)}")
    print(f"lines a function: median {statistics.median(lengths):g}, 95% {lengths[int(len(lengths) * 0.95)]}")


if __name__ == "__main__":
    print_figures()
