"""docs/adding-a-platform.md is true: the platform that it adds reads its pages as it says."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from crawler.parsing import reader
from crawler.parsing.html import ParseError
from crawler.parsing.platforms import PageKind, Platform, registry
from storage.models import Page
from tests.support.page_cases import load_page, read_and_expected
from tests.support.paths import ROOT

GUIDE = (ROOT / "docs" / "adding-a-platform.md").read_text(encoding="utf-8")
# A path in back quotes at the end of a line, and the code block after it.
FILES = dict(re.findall(r"`([\w/.]+)`:\n\n```\w+\n(.*?)```\n", GUIDE, re.DOTALL))
MODULE = "crawler/parsing/platforms/example.py"
PAGES = "tests/pages/example/"


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Write the files of the guide to a folder, and register its platform as the guide says."""
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("crawler.parsing.platforms.example", tmp_path / MODULE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(registry, "PLATFORMS", (*registry.PLATFORMS[:-1], module, registry.PLATFORMS[-1]))
    return module


def release_page(content: str) -> Page:
    return Page("https://www.example.mil/news/2026/x", 200, (), content.encode())


def test_the_guide_has_the_module_and_its_pages() -> None:
    pages = {f"{PAGES}{name}" for name in ("release.html", "release.json", "news.html", "news.json")}
    assert FILES.keys() == {MODULE, *pages}


@pytest.mark.parametrize("name", ["release.html", "news.html"])
@pytest.mark.usefixtures("example")
def test_a_page_of_the_guide_reads_as_the_guide_says(tmp_path: Path, name: str) -> None:
    reading, expected = read_and_expected(tmp_path / PAGES / name)
    assert reading == expected


def test_the_platform_of_the_guide_satisfies_the_protocol(example: ModuleType) -> None:
    assert isinstance(example, Platform)
    assert example.PARSER in reader.current_article_parsers()
    assert example.PARSER in reader.current_listing_parsers()
    assert registry.has_reader("example")


def test_the_tuple_of_the_guide_is_ours_with_the_example() -> None:
    *others, fallback = (each.NAME for each in registry.PLATFORMS)
    names = ", ".join([*others, "example", fallback])
    assert f"PLATFORMS: tuple[Platform, ...] = ({names})" in GUIDE


def test_without_the_line_in_the_tuple_the_fallback_reads_the_page() -> None:
    page = release_page(FILES[f"{PAGES}release.html"])
    assert reader.read_page(page).platform in {None, registry.PLATFORMS[-1].NAME}


@pytest.mark.usefixtures("example")
@pytest.mark.parametrize("part", ["<h1>Harbor bridge reopens</h1>", "March 5, 2026"])
def test_a_missing_part_is_an_error_that_names_the_page(tmp_path: Path, part: str) -> None:
    page = load_page(_write_without(tmp_path / PAGES / "release.html", part))
    with pytest.raises(ParseError, match=re.escape(page.url)):
        reader.read_page(page)


@pytest.mark.usefixtures("example")
def test_a_page_of_the_platform_that_is_neither_release_nor_listing_is_another_page() -> None:
    reading = reader.read_page(release_page('<script src="/example-press/app.js"></script><p>About us</p>'))
    assert (reading.kind, reading.platform) == (PageKind.OTHER, "example")


def test_every_file_that_the_guide_names_exists() -> None:
    named = set(re.findall(r"`((?:crawler|tests|docs)/[\w/.]+)`", GUIDE)) - FILES.keys()
    assert not [name for name in sorted(named) if not (ROOT / name).exists()]


def _write_without(path: Path, part: str) -> Path:
    content = path.read_text(encoding="utf-8")
    assert part in content
    path.write_text(content.replace(part, ""), encoding="utf-8")
    return path
