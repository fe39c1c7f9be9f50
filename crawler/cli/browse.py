"""`milwire browse`: the database in a web browser, with Datasette."""

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from crawler.cli.feed import group_by_branch
from crawler.cli.options import DbOption, open_existing_store
from crawler.cli.terminal import print_line

HOST = "127.0.0.1"


def browse_command(
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port on 127.0.0.1; 0 picks a free one.")
    ] = 8001,
    open_: Annotated[bool, typer.Option("--open", help="Open the browser.")] = False,
    db: DbOption = Path("milwire.db"),
) -> None:
    """Browse the database in a web browser. Works while a crawl runs; Ctrl-C stops it."""
    with open_existing_store(db) as store:  # an unusable file is reported before anything is served
        branches = group_by_branch(store)
    from storage import browse as pages

    def show_address(url: str) -> None:
        print_line(f"{db} is at {url} (Ctrl-C stops it)")
        if open_:
            typer.launch(url)

    with contextlib.suppress(KeyboardInterrupt):
        pages.serve_database(db, HOST, port, show_address, branches)
