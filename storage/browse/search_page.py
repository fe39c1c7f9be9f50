"""The search page: the options of the command as fields, the words found marked, and did you mean."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from markupsafe import Markup

from storage.db.reading import Readable
from storage.models import PostingState
from storage.models.quoting import quote_value
from storage.queries.export import format_json_line
from storage.queries.search import SearchAnswer, SearchOrder, search_archive, search_releases
from storage.queries.search_index import ANYTHING, SearchFilter
from storage.query_language.newsroom_selector import SelectorError, SelectorKind, parse_selector

MOST_FOUND: Final = 50  # releases that a search shows
OPTIONS: Final = ("newsroom", "since", "until", "state", "sort")
SEARCHED: Final = (
    "title",
    "published_on",
    "organization",
    "excerpt",
    "current",
    "state",
    "posting",
    "release",
    "marks",
    "title_marks",
)
COLUMNS: Final = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in SEARCHED)
PARAMETERS: Final = ", ".join(f":{name}" for name in ("words", *OPTIONS))
SEARCH: Final = f"SELECT {COLUMNS} FROM json_each(milwire_search({PARAMETERS}))"  # noqa: S608  # our own text
MARKED: Final = {"excerpt": "marks", "title": "title_marks"}  # columns with words to mark


@dataclass(frozen=True, slots=True)
class SearchForm:
    """What was chosen beside the words."""

    wanted: SearchFilter = ANYTHING
    order: SearchOrder = SearchOrder.RANK
    problems: tuple[str, ...] = ()  # what was not understood, a line each


def search_sql(store: Readable, words: object, *options: object) -> str:
    """Return what a search finds, as a JSON list; nothing where an option was not understood."""
    form = read_search_form(dict(zip(OPTIONS, map(_to_text, options), strict=False)))
    if form.problems:
        return "[]"
    found = search_releases(store, _to_text(words), MOST_FOUND, form.wanted, form.order)
    return "[" + ",".join(map(format_json_line, found)) + "]"


def describe_search(store: Readable, values: Mapping[str, str]) -> Mapping[str, object]:
    """Return for the page what was found, what was not understood, and a search that finds more."""
    form = read_search_form(values)
    words = values.get("words", "")
    if form.problems or not words.strip():
        return {"search_problems": form.problems, "search_answer": None}
    answer: SearchAnswer = search_archive(store, words, 1, form.wanted, form.order)
    return {"search_problems": (), "search_answer": answer, "search_most": MOST_FOUND}


def read_search_form(values: Mapping[str, str]) -> SearchForm:
    """Return what the fields of the page ask for; fields left empty ask for nothing."""
    given = {name: value.strip() for name, value in values.items() if value.strip()}
    problems: list[str] = []
    source = _read_newsroom(given["newsroom"], problems) if "newsroom" in given else None
    days = {name: _read_day(name, given[name], problems) for name in ("since", "until") if name in given}
    state = _read_choice("state", given.get("state", ""), [*PostingState], problems)
    order = _read_choice("sort", given.get("sort", ""), [*SearchOrder], problems)
    wanted = SearchFilter(source, days.get("since"), days.get("until"), state)
    return SearchForm(wanted, SearchOrder(order or SearchOrder.RANK), tuple(problems))


def render_marked_text(text: str, marks: object) -> Markup:
    """Return a text with the words found marked; `marks` is a JSON list of pairs."""
    shown, end = Markup(), 0
    for start, stop in json.loads(marks) if isinstance(marks, str) else ():
        shown += Markup("{}<mark>{}</mark>").format(text[end:start], text[start:stop])
        end = stop
    return shown + text[end:]


def _read_newsroom(text: str, problems: list[str]) -> str | None:
    try:
        selector = parse_selector(text)
    except SelectorError as error:
        problems.append(str(error))
        return None
    if selector.kind is not SelectorKind.NEWSROOM:
        problems.append(f"newsroom: this page knows newsrooms by their id; {quote_value(text)} is none")
    return selector.value


def _read_day(name: str, text: str, problems: list[str]) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        problems.append(f"{name}: {quote_value(text)} is not a date like 2026-11-22")
        return None


def _read_choice(name: str, text: str, choices: list[str], problems: list[str]) -> str | None:
    if text and text not in choices:
        problems.append(f"{name}: {quote_value(text)} is none of {', '.join(choices)}")
        return None
    return str(text) or None


def _to_text(value: object) -> str:
    return "" if value is None else str(value)
