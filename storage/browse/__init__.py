"""The database in a web browser: Datasette with titles, saved queries and a page to read for each release."""

import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import rich
import uvicorn
from datasette.app import Datasette
from datasette.database import Database
from datasette.plugins import pm
from datasette.utils import parse_metadata

from storage.browse import pages

HERE: Final = Path(__file__).parent
NAME: Final = "milwire"  # of the database in addresses, whatever its file is called
SETTINGS: Final = {
    "default_page_size": 50,
    "suggest_facets": False,  # slow on long texts, and the useful ones are set
    "sql_time_limit_ms": 5000,  # words of two Korean letters are looked for without an index
    "facet_time_limit_ms": 1000,
    "truncate_cells_html": 300,
    "allow_download": False,  # the file is being written to
}


def datasette(database: Path) -> Datasette:
    """Return the application that shows a database, which it opens read-only and beside a crawl."""
    if not pm.is_registered(pages):
        pm.register(pages, "milwire_pages")
    app = Datasette(
        [],
        metadata=metadata(),
        settings=SETTINGS,
        template_dir=str(HERE / "templates"),
        static_mounts=[("assets", str(HERE / "static"))],
    )
    app.add_database(Database(app, path=str(database), is_mutable=True), name=NAME)
    return app


def metadata() -> Mapping[str, Any]:
    """Return titles, descriptions, facets and saved queries; the search is the one of the command line."""
    found: dict[str, Any] = parse_metadata((HERE / "metadata.yaml").read_text(encoding="utf-8"))
    for query in found["databases"][NAME]["queries"].values():
        query["sql"] = query["sql"].replace("SEARCH", pages.SEARCH).replace("AS_OF", pages.AS_OF)
    return found


def serve(database: Path, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Show a database until interrupted; `ready` gets the address to open. Port 0 takes a free one.

    Raises OSError, one line, when the port cannot be had.
    """
    listener = _listen(host, port)
    with listener:
        app = datasette(database).app()
        name = f"[{host}]" if ":" in host else host
        rich.reconfigure(quiet=True)  # where Datasette prints a traceback for each wrong address and query
        ready(f"http://{name}:{listener.getsockname()[1]}/")
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run([listener])


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        reason = str(getattr(error, "strerror", None) or error).partition(" (while ")[0]
        raise OSError(f"{host}:{port}: cannot listen there: {reason}") from error
