"""`milwire browse`: the database in a browser, by Datasette."""

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from crawler.cli.options import Db, existing_store
from crawler.cli.terminal import say

HOST = "127.0.0.1"


def browse(
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="On this port of 127.0.0.1; 0 takes a free one.")
    ] = 8001,
    open_: Annotated[bool, typer.Option("--open", help="Open it in a browser.")] = False,
    db: Db = Path("milwire.db"),
) -> None:
    """Look at it in a browser. Follows a crawl that runs beside it; Ctrl-C ends it."""
    with existing_store(db):
        pass  # what is wrong with the file is said before anything is served
    from storage import browse as pages

    def ready(url: str) -> None:
        say(f"{db} is at {url} (Ctrl-C ends it)")
        if open_:
            typer.launch(url)

    with contextlib.suppress(KeyboardInterrupt):
        pages.serve(db, HOST, port, ready)
