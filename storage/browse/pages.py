"""The Datasette plugin: a front page, a page for each release, links, readable times and SQL functions."""

import json
import re
import sqlite3
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from markupsafe import Markup
from pluggy import HookimplMarker
from sqlite_utils import Database

from storage.browse import limits, search_page
from storage.db import timestamps
from storage.db.rows import dump_json
from storage.diff.changes import LIST_FIELDS
from storage.diff.fields import diff_field
from storage.diff.lines import WordMark
from storage.diff.sentence import summarize_edit
from storage.models import Change, Event, EventKind
from storage.queries import asof, diff_html, event_sentence, events, evidence, history, releases
from storage.queries.event_summary import build_summary, describe_importance
from storage.queries.filters import Filter
from storage.queries.history import ReleaseHistory
from storage.queries.releases import Release
from storage.queries.status import DatabaseStatus, read_status

hookimpl = HookimplMarker("datasette")  # as datasette.hookimpl, but typed

NEWEST: Final = 15  # releases on the front page
LATEST: Final = 6  # changes there
AROUND: Final = 120  # characters before and after what differs
INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
RELEASE: Final = "/milwire/releases/"
NEWSROOM: Final = "/milwire/newsroom?newsroom="
SEARCH_PAGE: Final = "/milwire/search"
SEARCH: Final = search_page.SEARCH
AS_OF: Final = (
    asof.POSTINGS.replace(":at", "milwire_instant(:date)").replace(":source", "trim(:newsroom)").strip()
)
LONGEST: Final = 4000  # characters of a cell whose words are marked
LONGEST_COMPARED: Final = 100_000  # characters of two texts whose change is a sentence
SIDES: Final = {"before": WordMark.REMOVED, "after": WordMark.ADDED}

TemplateValues = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class BrowseConnection:
    """A connection of Datasette as a `Readable`."""

    db: Database
    path: Path


@hookimpl
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Set the limits, and add the functions that saved queries call."""
    limits.limit_connection(conn)
    reader = BrowseConnection(Database(conn), Path("milwire.db"))
    conn.create_function("milwire_search", -1, lambda *given: search_page.search_sql(reader, *given))
    conn.create_function("milwire_differing", 2, cut_difference, deterministic=True)
    conn.create_function("milwire_evidence", 5, describe_sql_event, deterministic=True)
    conn.create_function("milwire_sentence", 3, describe_sql_change, deterministic=True)
    conn.create_function("milwire_instant", 1, parse_sql_instant, deterministic=True)


@hookimpl
def render_cell(row: sqlite3.Row, value: object, column: str, table: str | None) -> Markup | None:
    """Return titles and newsrooms as links, instants in readable form; None leaves a cell to Datasette."""
    if column in SIDES and table is None:
        return render_edit_side(row, column)
    if not isinstance(value, str):
        return None
    number = find_row_release(row, table)
    shown = render_marks(row, column, value)
    if column == "title" and number is not None:
        return Markup('<a href="{}{}">{}</a>').format(RELEASE, number, shown or value)
    if shown is not None:
        return shown
    if column in ("source_id", "newsroom") and value:
        return Markup('<a href="{}{}">{}</a>').format(NEWSROOM, quote(value), value)
    if INSTANT.fullmatch(value):
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            value, value, format_short_time(value)
        )
    return None


@hookimpl
def extra_template_vars(view_name: str, table: str | None, request: Any, datasette: Any) -> Any:
    """Return the values for the front page or the page of a release; Datasette's objects have no types."""
    if view_name == "index":
        return _make_reader(datasette, read_front_page)
    if request is not None and request.path == SEARCH_PAGE:
        asked = {name: request.args.get(name) or "" for name in ("words", *search_page.OPTIONS)}
        return _make_reader(datasette, lambda connection: search_page.describe_search(connection, asked))
    if view_name == "row" and table == "releases":
        number = request.url_vars["pks"]
        return _make_reader(datasette, lambda connection: read_release_page(connection, number))
    return {}


@hookimpl
def prepare_jinja2_environment(env: Any) -> None:
    """Add the filters that our templates use."""
    env.filters["short_time"] = format_short_time
    env.filters["is_web"] = is_web_address
    env.filters["words"] = render_change
    env.filters["evidence"] = evidence.describe_event
    env.filters["sentence"] = event_sentence.summarize_event
    env.filters["importance"] = describe_event_importance
    env.filters["span"] = lambda seconds: evidence.format_span(timedelta(seconds=seconds))


def cut_difference(value: object, other: object) -> str | None:
    """Return the part of a value that differs from another, with some text around it; None for None."""
    if value is None:
        return None
    one, two = (text if isinstance(text, str) else dump_json(text) for text in (value, other))
    start = _count_common_start(one, two)
    end = len(one) - _count_common_start(one[start:][::-1], two[start:][::-1])
    start, end = max(0, start - AROUND), min(len(one), end + AROUND)
    return f"{'… ' if start else ''}{one[start:end]}{' …' if end < len(one) else ''}"


def render_change(change: Change) -> Markup:
    """Return a changed field with removed and added words marked."""
    return Markup(diff_html.render_words(diff_field(change)))  # noqa: S704 (escaped there)


def render_edit_side(row: Any, column: str) -> Markup | None:
    """Return `before` or `after` of a row with its own words marked; None for a row without the two."""
    if not SIDES.keys() <= set(row.keys()):
        return None
    before, after = (row[name] or "" for name in SIDES)
    if not (isinstance(before, str) and isinstance(after, str) and len(before) + len(after) <= LONGEST):
        return None
    found = diff_field(Change("text", before, after))
    return Markup(diff_html.render_side(found, SIDES[column]))  # noqa: S704 (escaped there)


def render_marks(row: Any, column: str, value: str) -> Markup | None:
    """Return a cell of a search with the words found marked; None for any other cell."""
    marks = search_page.MARKED.get(column)
    if marks is None or marks not in row.keys():  # noqa: SIM118  # a row's own values are no names
        return None
    return search_page.render_marked_text(value, row[marks])


def describe_sql_event(kind: str, at: str, last: str | None, first: str | None, detail: str) -> str:
    """Return the evidence of a row of `events` in one line."""
    return evidence.describe_event_row(kind, at, (last, first), detail)


def describe_sql_change(field: object, before: object, after: object) -> str | None:
    """Return a row of `changes` in one sentence; None if it is too long to compare beside many, or none."""
    values = [value if isinstance(value, str) else None for value in (before, after)]
    if not isinstance(field, str) or sum(len(value or "") for value in values) > LONGEST_COMPARED:
        return None
    try:
        old, new = (json.loads(value) if value and field in LIST_FIELDS else value for value in values)
    except ValueError:
        return None
    return summarize_edit([diff_field(Change(field, old, new))])


def describe_event_importance(event: Event, published_on: date | None) -> str:
    """Return how much an event of a release matters, with the reasons."""
    return describe_importance(build_summary(event, published_on).importance)


def parse_sql_instant(text: str) -> str | None:
    """Return the instant that a text names, as the database stores it; None if it names none."""
    try:
        return timestamps.format_timestamp(asof.parse_day_or_instant(text))
    except (ValueError, OverflowError):
        return None


def format_short_time(value: str | datetime) -> str:
    """Return an instant as `2026-01-31 14:00 UTC`."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{at:%Y-%m-%d %H:%M} UTC"


def is_web_address(url: str) -> bool:
    """Return whether an address is safe as a link."""
    return url.lower().startswith(("http://", "https://"))


def find_row_release(row: Any, table: str | None) -> int | None:
    """Return the id of the release that a row is about; None if it is about none."""
    column = "id" if table in ("releases", "new_releases") else "release_id"
    return row[column] if column in row.keys() and isinstance(row[column], int) else None  # noqa: SIM118


def read_front_page(connection: BrowseConnection) -> TemplateValues:
    """Return the newest releases, the status and the latest changes."""
    newest: tuple[Release, ...] = tuple(releases.list_releases(connection, Filter(limit=NEWEST)))[::-1]
    status: DatabaseStatus = read_status(connection)
    return {"newest": newest, "status": status, "latest": list_latest_changes(connection)}


def list_latest_changes(connection: BrowseConnection) -> list[Event]:
    """Return the latest edits, removals and returns, newest first."""
    found = [
        event
        for kind in (EventKind.EDITED, EventKind.REMOVED, EventKind.RETURNED)
        for event in events.list_events(connection, Filter(kind=kind, limit=LATEST))
    ]
    return sorted(found, key=lambda event: -event.id)[:LATEST]


def read_release_page(connection: BrowseConnection, number: str) -> TemplateValues:
    """Return the history of a release, None if there is none with this number."""
    found: ReleaseHistory | None = history.read_history(connection, int(number)) if number.isdigit() else None
    return {"history": found}


def _count_common_start(one: str, two: str) -> int:
    """Return how many characters two texts share at their beginning."""
    return bisect_left(range(1, min(len(one), len(two)) + 1), True, key=lambda n: one[:n] != two[:n])


def _make_reader(
    datasette: Any, read: Callable[[BrowseConnection], TemplateValues]
) -> Callable[[], Awaitable[TemplateValues]]:
    """Return a coroutine function that reads from the database in one of Datasette's threads."""

    async def read_in_thread() -> TemplateValues:
        database = datasette.get_database("milwire")
        path = Path(database.path)
        values: TemplateValues = await database.execute_fn(
            lambda conn: read(BrowseConnection(Database(conn), path))
        )
        return values

    return read_in_thread
