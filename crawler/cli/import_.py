"""`milwire import`: responses from somebody's WARC file, taken as looks at their own time."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.cli.options import Db, Json, written_store
from crawler.cli.terminal import note, one_line, print_json, progress, say

if TYPE_CHECKING:
    from crawler.history.warc_import import Tally
    from storage.models import Look

MAX_NOTES = 20  # complaints shown one by one; the rest is counted


def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A WARC file, packed or not.")],
    db: Db = Path("milwire.db"),
    as_json: Json = False,
) -> None:
    """Take responses from a WARC file. They count as looks at the time of their capture."""
    tally = taken(file, db)
    if as_json:
        print_json({name: getattr(tally, name) for name in tally.__slots__})
    else:
        print_tally(tally)
    if tally.failures:
        raise typer.Exit(1)


def taken(file: Path, db: Path) -> "Tally":
    """Import a file under a progress bar and return what became of it."""
    from datetime import UTC, datetime

    from crawler.history.warc_import import Import
    from crawler.sources import catalog
    from crawler.sources.matching import Newsrooms

    with written_store(db) as store, progress() as bar:
        task = bar.add_task(one_line(file.name), total=None)

        def on_look(look: "Look | None") -> None:
            bar.advance(task)
            if look and look.fields:
                bar.update(task, description=one_line(look.fields.title)[:60])

        newsrooms = Newsrooms(catalog.all_sources(store))
        return Import(store, newsrooms, lambda: datetime.now(UTC)).take(file, on_look)


def print_tally(tally: "Tally") -> None:
    """Print the counts, then what failed."""
    for source_id, looks in sorted(tally.looks.items()):
        say(f"{source_id}: {looks} looks")
    say(", ".join(f"{count} {kind}" for kind, count in sorted(tally.events.items())) or "nothing new")
    for reason, count in tally.skipped.most_common():
        say(f"skipped {count}: {reason}", "dim")
    for failure in tally.failures[:MAX_NOTES]:
        note(failure, "red")
    if len(tally.failures) > MAX_NOTES:
        note(f"... and {len(tally.failures) - MAX_NOTES} more failures", "red")
