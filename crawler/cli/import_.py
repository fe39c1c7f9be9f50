"""`milwire import`: store the responses of WARC files as looks at the time they were captured."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.cli.options import DbOption, JsonOption, load_settings, open_store_for_writing
from crawler.cli.terminal import escape_line, print_json, print_line, print_message, show_progress

if TYPE_CHECKING:
    from crawler.history.warc_import import ImportCounts
    from storage.models import Look

MAX_SHOWN_FAILURES = 20  # the rest is counted
ARCHIVED = {"removed": "removed (absent in the archive)", "returned": "returned (captured again)"}


def import_command(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="WARC files, compressed or not."),
    ],
    db: DbOption = Path("milwire.db"),
    as_json: JsonOption = False,
) -> None:
    """Import the responses of WARC files. They count as looks at the time of their capture."""
    counts = import_files(files, db)
    if as_json:
        print_json({name: getattr(counts, name) for name in counts.__slots__})
    else:
        print_import_counts(counts)
    if counts.failures:
        raise typer.Exit(1)


def import_files(files: list[Path], db: Path) -> "ImportCounts":
    """Import files with a progress bar; return the counts."""
    from datetime import UTC, datetime

    from crawler.history.warc_import import WarcImport
    from crawler.sources import catalog
    from crawler.sources.matching import SourceMatcher

    with open_store_for_writing(db) as store, show_progress() as bar:
        task = bar.add_task(escape_line(files[0].name), total=None)

        def on_look(look: "Look | None") -> None:
            bar.advance(task)
            if look and look.fields:
                bar.update(task, description=escape_line(look.fields.title)[:60])

        newsrooms = SourceMatcher(catalog.list_all_sources(store))
        importer = WarcImport(store, newsrooms, lambda: datetime.now(UTC), load_settings(db).removal)
        return importer.import_files(files, on_look)


def print_import_counts(counts: "ImportCounts") -> None:
    """Print the counts, then the failures."""
    for source_id, looks in sorted(counts.looks.items()):
        print_line(f"{source_id}: {looks} looks")
    named = [f"{count} {ARCHIVED.get(kind, kind)}" for kind, count in sorted(counts.events.items())]
    print_line(", ".join(named) or "nothing new")
    for reason, count in counts.skipped.most_common():
        print_line(f"{count} {reason}" if reason.is_look else f"skipped {count}: {reason}", "dim")
    for failure in counts.failures[:MAX_SHOWN_FAILURES]:
        print_message(failure, "red")
    if len(counts.failures) > MAX_SHOWN_FAILURES:
        print_message(f"... and {len(counts.failures) - MAX_SHOWN_FAILURES} more failures", "red")
