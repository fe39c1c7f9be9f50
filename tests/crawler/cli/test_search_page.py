"""docs/search.md is true: each search of its table finds what it says, and each command line runs."""

import re
import shlex
from pathlib import Path
from typing import Final

import pytest

from crawler.sources.selection import select_sources
from storage.queries import search, search_index
from storage.query_language import search_language, vocabulary
from storage.query_language.search_language import parse_search
from storage.query_language.text_search import SearchMatcher
from tests.support.cli import run_here
from tests.support.paths import ROOT

PAGE: Final = (ROOT / "docs" / "search.md").read_text(encoding="utf-8")
EXAMPLES: Final = re.findall(r"^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)
SELECTORS: Final = re.findall(r"^\| `([^`]+)` \| [^|]+ \|$", PAGE, re.MULTILINE)
COMMANDS: Final = re.findall(r"^    (milwire search .+)$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("typed", "found", "other"), EXAMPLES)
def test_each_search_finds_what_the_page_says(typed: str, found: str, other: str) -> None:
    matcher = SearchMatcher(parse_search(typed))
    assert matcher.matches([found])
    assert not matcher.matches([other])


@pytest.mark.parametrize("typed", SELECTORS)
def test_each_selector_names_newsrooms(typed: str) -> None:
    assert select_sources(None, [typed])


@pytest.mark.parametrize("line", COMMANDS)
def test_each_command_line_runs(line: str, crawled_db: Path) -> None:
    answer = run_here(*shlex.split(line)[1:], "--db", crawled_db)
    assert answer.code == 0
    assert answer.out or "no releases match" in answer.err


def test_the_page_has_examples() -> None:
    assert (len(EXAMPLES) >= 13, len(SELECTORS) >= 4, len(COMMANDS) >= 7) == (True, True, True)


@pytest.mark.parametrize(
    ("figure", "unit"),
    [
        (vocabulary.MOST_WORDS, "words of the archive"),
        (search_index.MOST_RUNS, "runs at most"),
        (search_index.MOST_UNDATED.days, "days before the newest"),
        (search_index.EXAMINED, "matching texts"),
        (search.NEWEST, "matching texts"),
        (search_language.MAX_TERMS, "words and phrases"),
        (search_language.LONGEST_TERM, "characters each"),
    ],
)
def test_each_limit_is_the_one_of_the_code(figure: int, unit: str) -> None:
    assert f"{figure:,} {unit}" in PAGE
