"""`milwire browse`: the database in a browser, by Datasette."""

from pathlib import Path
from typing import Annotated

import typer

from crawler.cli.options import CommandError, Db


def browse(
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="On this port of 127.0.0.1.")] = 8001,
    open_: Annotated[bool, typer.Option("--open", help="Open a browser.")] = False,
    db: Db = Path("milwire.db"),
) -> None:
    """Look at it in a browser. Follows a crawl that runs beside it; Ctrl-C ends it."""
    raise CommandError(f"cannot browse {db} yet")
