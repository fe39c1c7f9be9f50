"""`milwire backup`: a copy of database and captures, made beside a running crawl."""

from pathlib import Path
from typing import Annotated

import typer

from crawler.cli.options import CommandError, Db, Json
from crawler.cli.terminal import print_json, progress, say


def backup(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is not there yet.")],
    db: Db = Path("milwire.db"),
    as_json: Json = False,
) -> None:
    """Copy database and captures, also while a crawl runs. The copy is checked before it counts."""
    from storage.integrity import backup as backups

    if not db.exists():
        raise CommandError(f"no database at {db}: there is nothing to back up")
    with progress("parts") as bar:
        task = bar.add_task("", total=None)
        made = backups.backup(
            db,
            folder,
            lambda what, done, parts: bar.update(task, description=what, completed=done, total=parts),
        )
    if as_json:
        print_json(made)
        return
    held = f"{made.events} events, {made.revisions} revisions, {made.captures} captures"
    size = f"{made.database_bytes + made.file_bytes:,} bytes"
    say(f"backed up to {made.folder}: {held}, {size}, all of it read back")
    say(f"to use it: milwire status --db {folder / made.database}")
