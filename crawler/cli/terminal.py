"""Everything that commands print goes through here, so that stored text cannot control the terminal."""

import dataclasses
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import (
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

# A release is somebody else's text: escape sequences and direction marks in it must not reach a terminal.
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
LEFT_BY_JSON = re.compile(
    r"[\x7f-\x9f\u2028-\u202e\u2066-\u2069]"
)  # controls that json.dumps does not escape
SPACES = re.compile(r"\s+")
PIPE_WIDTH = 100  # columns where the output is not a terminal
TEXT_WIDTH = 96  # columns of running text


def stdout_console() -> Console:
    """Return the console for results."""
    return _console(stderr=False)


def stderr_console() -> Console:
    """Return the console for progress and errors."""
    return _console(stderr=True)


def escape_controls(text: str) -> str:
    """Return text with control characters written out, such as `\\x1b`. Keeps line ends."""
    return CONTROLS.sub(lambda found: found.group().encode("unicode_escape").decode("ascii"), text)


def escape_line(text: str) -> str:
    """Return text on one line, with control characters written out."""
    return escape_controls(SPACES.sub(" ", text).strip())


def make_cell(value: object, style: str = "") -> Text:
    """Return a table cell for a value: one line, control characters written out, never read as markup."""
    return Text(escape_line(format_value(value)), style=style)


def format_value(value: object) -> str:
    """Return a value as text: instants in UTC to the minute, an empty string for None."""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M}"
    return "" if value is None else str(value)


def make_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """Return a table; values become cells, rich texts stay as they are."""
    made = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*(value if isinstance(value, Text) else make_cell(value) for value in row))
    return made


def print_line(text: str, style: str = "") -> None:
    """Print a line of the result on stdout; its spaces and line ends stay."""
    stdout_console().print(Text(escape_controls(text), style=style), soft_wrap=True)


def print_message(text: str, style: str = "") -> None:
    """Print one line on stderr: progress and errors."""
    stderr_console().print(make_cell(text, style), soft_wrap=True)


def print_json(value: object, indent: int | None = None) -> None:
    """Print one JSON document; dates are ISO, records become objects."""
    print(format_json(value, indent))


def format_json(value: object, indent: int | None = None) -> str:
    """Return JSON in which every control character is escaped."""
    text = json.dumps(value, ensure_ascii=False, default=_to_jsonable, indent=indent)
    return LEFT_BY_JSON.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


@contextmanager
def show_progress(counted: str = "pages") -> Iterator[Progress]:
    """Show progress on stderr if that is a terminal; `counted` names what is counted."""
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TextColumn("{task.completed:.0f} " + counted),
        TimeElapsedColumn(),
        console=stderr_console(),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    with bar:
        yield bar


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console = Console(stderr=stderr, highlight=False, markup=False, emoji=False, width=PIPE_WIDTH)
    return console


def _to_jsonable(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat().replace("+00:00", "Z")
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    raise TypeError(f"no JSON for {type(value).__name__}")
