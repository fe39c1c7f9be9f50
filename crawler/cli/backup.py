"""`milwire backup`: copy the database and its captures, even while a crawl runs."""

from pathlib import Path
from typing import Annotated

import typer

from crawler.cli.options import CommandError, DbOption, JsonOption
from crawler.cli.terminal import print_json, print_line, print_message, show_progress


def backup_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder; it must not exist yet.")],
    db: DbOption = Path("milwire.db"),
    as_json: JsonOption = False,
) -> None:
    """Copy the database and its captures to a new folder. Works while a crawl runs; the copy is verified."""
    from storage.integrity import backup as backups

    if not db.exists():
        raise CommandError(f"no database at {db}; nothing to back up")
    with show_progress("parts") as bar:
        task = bar.add_task("", total=None)
        made = backups.create_backup(
            db,
            folder,
            lambda what, done, parts: bar.update(task, description=what, completed=done, total=parts),
        )
    for line in made.bad_captures:
        print_message(f"copied as it is: {line}; `milwire verify --repair` sets it aside", "yellow")
    if as_json:
        print_json(made)
        return
    held = f"{made.events} events, {made.revisions} revisions, {made.captures} captures"
    size = f"{made.database_bytes + made.file_bytes:,} bytes"
    print_line(f"backed up to {made.folder}: {held}, {size}; the copy was read back and verified")
    print_line(f"use it with: milwire status --db {folder / made.database}")
