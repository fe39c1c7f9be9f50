"""What milwire adds to Datasette: a front page, pages to read releases on, links, times, and the search."""

import re
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from markupsafe import Markup
from pluggy import HookimplMarker
from sqlite_utils import Database

from storage.db import timestamps
from storage.db.rows import as_json
from storage.diff.fields import field_diff
from storage.diff.lines import Mark
from storage.models import Change, Event, EventKind
from storage.queries import asof, diff_html, event_json, history, queries, search, search_terms
from storage.queries import evidence as wording
from storage.queries.results import Filter, Release, Status, Story

hookimpl = HookimplMarker("datasette")  # as datasette.hookimpl, but typed

NEWEST: Final = 15  # releases on the front page
LATEST: Final = 6  # changes there
AROUND: Final = 120  # characters before and after what differs
INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
RELEASE: Final = "/milwire/releases/"
NEWSROOM: Final = "/milwire/newsroom?newsroom="
SEARCH: Final = search.SQL.format(
    words="milwire_words(:words)", runs="milwire_runs(:words)", short="milwire_short(:words)", limit="200"
).strip()
AS_OF: Final = (
    asof.POSTINGS.replace(":at", "milwire_instant(:date)").replace(":source", "trim(:newsroom)").strip()
)
LONGEST: Final = 4000  # characters of a cell whose words are marked
SIDES: Final = {"before": Mark.REMOVED, "after": Mark.ADDED}

Found = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection of Datasette's, to be asked questions."""

    db: Database
    path: Path


@hookimpl
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Give SQL the functions of the search."""
    conn.create_function("milwire_words", 1, search.words_query, deterministic=True)
    conn.create_function("milwire_runs", 1, search.runs_query, deterministic=True)
    conn.create_function("milwire_short", 1, search.short_patterns, deterministic=True)
    conn.create_function("milwire_excerpt", 2, excerpt, deterministic=True)
    conn.create_function("milwire_differing", 2, differing, deterministic=True)
    conn.create_function("milwire_evidence", 5, evidence, deterministic=True)
    conn.create_function("milwire_instant", 1, instant, deterministic=True)


@hookimpl
def extra_css_urls() -> list[str]:
    """Return the style sheet."""
    return ["/assets/milwire.css"]


@hookimpl
def render_cell(row: sqlite3.Row, value: object, column: str, table: str | None) -> Markup | None:
    """Return titles, newsrooms and instants as people read them; None leaves a cell to Datasette."""
    if column in SIDES and table is None:
        return marked(row, column)
    if not isinstance(value, str):
        return None
    number = release_of(row, table)
    if column == "title" and number is not None:
        return Markup('<a href="{}{}">{}</a>').format(RELEASE, number, value)
    if column in ("source_id", "newsroom") and value:
        return Markup('<a href="{}{}">{}</a>').format(NEWSROOM, quote(value), value)
    if INSTANT.fullmatch(value):
        return Markup('<time datetime="{}" title="{}">{}</time>').format(value, value, short_time(value))
    return None


@hookimpl
def extra_template_vars(view_name: str, table: str | None, request: Any, datasette: Any) -> Any:
    """Return what the front page and the page of a release show; Datasette's objects have no types."""
    if view_name == "index":
        return _in_database(datasette, front)
    if view_name == "row" and table == "releases":
        number = request.url_vars["pks"]
        return _in_database(datasette, lambda connection: one_release(connection, number))
    return {}


@hookimpl
def prepare_jinja2_environment(env: Any) -> None:
    """Give the templates readable times and safe links."""
    env.filters["short_time"] = short_time
    env.filters["is_web"] = is_web
    env.filters["words"] = words
    env.filters["evidence"] = event_json.evidence
    env.filters["span"] = lambda seconds: wording.span(timedelta(seconds=seconds))


def excerpt(text: str, words: str) -> str:
    """Return the words of a text around what was looked for."""
    return search_terms.excerpt(text, search_terms.terms(words))


def differing(value: object, other: object) -> str | None:
    """Return the part of a value in which it differs from another, with the words around; None for none."""
    if value is None:
        return None
    one, two = (text if isinstance(text, str) else as_json(text) for text in (value, other))
    start = _alike(one, two)
    end = len(one) - _alike(one[start:][::-1], two[start:][::-1])
    start, end = max(0, start - AROUND), min(len(one), end + AROUND)
    return f"{'… ' if start else ''}{one[start:end]}{' …' if end < len(one) else ''}"


def words(change: Change) -> Markup:
    """Return what was changed in a field, its words marked."""
    return Markup(diff_html.words(field_diff(change)))  # noqa: S704 (escaped there)


def marked(row: Any, column: str) -> Markup | None:
    """Return one side of a row with `before` and `after`, what differs marked; None for other rows."""
    if not SIDES.keys() <= set(row.keys()):
        return None
    before, after = (row[name] or "" for name in SIDES)
    if not (isinstance(before, str) and isinstance(after, str) and len(before) + len(after) <= LONGEST):
        return None
    found = field_diff(Change("text", before, after))
    return Markup(diff_html.one_side(found, SIDES[column]))  # noqa: S704 (escaped there)


def evidence(kind: str, at: str, last: str | None, first: str | None, detail: str) -> str:
    """Return what an event rests on, in words."""
    return event_json.row_evidence(kind, at, (last, first), detail)


def instant(text: str) -> str | None:
    """Return the instant that a person means, as the database keeps it; None for no date."""
    try:
        return timestamps.text(asof.moment(text))
    except (ValueError, OverflowError):
        return None


def short_time(value: str | datetime) -> str:
    """Return an instant as `2026-01-31 14:00 UTC`."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{at:%Y-%m-%d %H:%M} UTC"


def is_web(url: str) -> bool:
    """Tell whether an address may be a link."""
    return url.lower().startswith(("http://", "https://"))


def release_of(row: Any, table: str | None) -> int | None:
    """Return the release that a row is about; None where it is about none."""
    column = "id" if table in ("releases", "new_releases") else "release_id"
    return row[column] if column in row.keys() and isinstance(row[column], int) else None  # noqa: SIM118


def front(connection: Connection) -> Found:
    """Return what the front page shows."""
    newest: tuple[Release, ...] = tuple(queries.releases(connection, Filter(limit=NEWEST)))[::-1]
    status: Status = queries.status(connection)
    return {"newest": newest, "status": status, "latest": latest(connection)}


def latest(connection: Connection) -> list[Event]:
    """Return the last changes of releases that were there before, the newest first."""
    found = [
        event
        for kind in (EventKind.EDITED, EventKind.REMOVED, EventKind.RETURNED)
        for event in queries.events(connection, Filter(kind=kind, limit=LATEST))
    ]
    return sorted(found, key=lambda event: -event.id)[:LATEST]


def one_release(connection: Connection, number: str) -> Found:
    """Return the story of a release, if there is one of this number."""
    found: Story | None = history.story(connection, int(number)) if number.isdigit() else None
    return {"story": found}


def _alike(one: str, two: str) -> int:
    """Return how many characters two texts have in common at their beginning."""
    pairs = enumerate(zip(one, two, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(two)))


def _in_database(datasette: Any, ask: Callable[[Connection], Found]) -> Callable[[], Awaitable[Found]]:
    """Return a coroutine function that asks in a thread of Datasette's."""

    async def answer() -> Found:
        database = datasette.get_database("milwire")
        path = Path(database.path)
        found: Found = await database.execute_fn(lambda conn: ask(Connection(Database(conn), path)))
        return found

    return answer
