"""The database in a web browser: Datasette with titles, saved queries and a page for each release."""

import socket
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import rich
import uvicorn
from datasette.app import Datasette
from datasette.database import Database
from datasette.plugins import pm
from datasette.utils import parse_metadata

from storage.browse import feed_pages, frame, pages
from storage.browse.guard import BrowseGuard

HERE: Final = Path(__file__).parent
NAME: Final = "milwire"  # of the database in addresses, whatever its file is called
SETTINGS: Final = {
    "default_page_size": 50,
    "suggest_facets": False,  # slow on long texts; metadata.yaml sets the useful ones
    "sql_time_limit_ms": 5000,  # words of two Korean letters are searched without an index
    "num_sql_threads": 16,  # more than the queries that run at once need; one with facets needs three
    "facet_time_limit_ms": 1000,
    "truncate_cells_html": 600,  # evidence fits; of a body one sees how it begins
    "allow_download": False,  # the file may be changing
}
NO_BRANCHES: Final[Mapping[str, Sequence[str]]] = {}
SHORTHAND: Final = {
    "SEARCH": pages.SEARCH,
    "AS_OF": pages.AS_OF,
    "OLDER_THAN": "iif(:older_than = '', 9223372036854775807, CAST(:older_than AS INTEGER))",
}


def make_datasette(database: Path, branches: Mapping[str, Sequence[str]] = NO_BRANCHES) -> Datasette:
    """Return the application for a database, which it only reads; a crawl may write meanwhile.

    `branches` has the ids of all newsrooms by branch, for their feeds.
    """
    for plugin in (pages, frame, feed_pages):
        if not pm.is_registered(plugin):
            pm.register(plugin, plugin.__name__)
    app = Datasette(
        [],
        metadata={
            **load_metadata(_list_tables(database)),
            "plugins": feed_pages.make_feed_settings(branches),
        },
        settings=SETTINGS,
        template_dir=str(HERE / "templates"),
        static_mounts=[("assets", str(HERE / "static"))],
    )
    app.add_database(Database(app, path=str(database), is_mutable=True), name=NAME)
    return app


def load_metadata(tables: Iterable[str] = ()) -> Mapping[str, Any]:
    """Return titles, descriptions, facets and saved queries; search and as-of use the SQL of the commands.

    Those of `tables` that metadata.yaml does not describe are hidden.
    """
    found: dict[str, Any] = parse_metadata((HERE / "metadata.yaml").read_text(encoding="utf-8"))
    about = found["databases"][NAME]
    for internal in set(tables) - about["tables"].keys():
        about["tables"][internal] = {"hidden": True}
    for query in about["queries"].values():
        for name, text in SHORTHAND.items():
            query["sql"] = query["sql"].replace(name, text)
    return found


def serve_database(
    database: Path,
    host: str,
    port: int,
    ready: Callable[[str], None],
    branches: Mapping[str, Sequence[str]] = NO_BRANCHES,
) -> None:
    """Serve a database until interrupted; call `ready` with the address to open. Port 0 takes a free one.

    Raises OSError with a one-line message if the port cannot be opened.
    """
    listener = _open_socket(host, port)
    with listener:
        app = BrowseGuard(make_datasette(database, branches).app(), host)
        name = f"[{host}]" if ":" in host else host
        rich.reconfigure(quiet=True)  # rich would print a traceback for each wrong address and query
        ready(f"http://{name}:{listener.getsockname()[1]}/")
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run([listener])


def _list_tables(database: Path) -> list[str]:
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return [name for (name,) in rows]


def _open_socket(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        reason = str(getattr(error, "strerror", None) or error).partition(" (while ")[0]
        raise OSError(f"{host}:{port}: cannot listen there: {reason}") from error
