"""What the commands write with: one place where stored text meets a terminal."""

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

# A release is somebody else's text: escape sequences and direction marks in it must not steer a terminal.
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
STEERING = re.compile(r"[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")  # of these, what json leaves as it is
SPACES = re.compile(r"\s+")
PIPE_WIDTH = 100  # columns where nobody is looking
COLUMN = 96  # width of running text


def out() -> Console:
    """Return the console for results."""
    return _console(stderr=False)


def err() -> Console:
    """Return the console for progress and complaints."""
    return _console(stderr=True)


def safe(text: str) -> str:
    """Return text that a terminal only shows; control characters are written as `\\x1b`. Keeps line ends."""
    return CONTROLS.sub(lambda found: found.group().encode("unicode_escape").decode("ascii"), text)


def one_line(text: str) -> str:
    """Return text as one safe line."""
    return safe(SPACES.sub(" ", text).strip())


def cell(value: object, style: str = "") -> Text:
    """Return what a table shows for a value: one safe line, never read as markup."""
    return Text(one_line(plain(value)), style=style)


def plain(value: object) -> str:
    """Return how people read a value: instants to the minute, nothing for None."""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M}"
    return "" if value is None else str(value)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """Return a table of safe cells; cells may be rich texts already."""
    made = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*(value if isinstance(value, Text) else cell(value) for value in row))
    return made


def say(text: str, style: str = "") -> None:
    """Write a line of result; its spaces and line ends stay."""
    out().print(Text(safe(text), style=style), soft_wrap=True)


def note(text: str, style: str = "") -> None:
    """Write one line on stderr: progress and complaints."""
    err().print(cell(text, style), soft_wrap=True)


def print_json(value: object, indent: int | None = None) -> None:
    """Write one JSON document on a line of its own; dates are ISO, records become objects."""
    print(json_text(value, indent))


def json_text(value: object, indent: int | None = None) -> str:
    """Return JSON in which every character that could steer a terminal is escaped."""
    text = json.dumps(value, ensure_ascii=False, default=_jsonable, indent=indent)
    return STEERING.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


@contextmanager
def progress(counted: str = "pages") -> Iterator[Progress]:
    """Show progress on stderr where a person is looking, nothing elsewhere; `counted` is what it counts."""
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TextColumn("{task.completed:.0f} " + counted),
        TimeElapsedColumn(),
        console=err(),
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


def _jsonable(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat().replace("+00:00", "Z")
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    raise TypeError(f"no JSON for {type(value).__name__}")
