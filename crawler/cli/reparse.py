"""`milwire reparse`: read stored captures again with the parsers of this version."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.cli.options import (
    DbOption,
    JsonOption,
    load_settings,
    open_existing_store,
    open_store_for_writing,
)
from crawler.cli.terminal import print_json, print_line, print_message, show_progress

if TYPE_CHECKING:  # parsers are imported by the commands that need them: start-up time
    from rich.progress import Progress, TaskID

    from crawler.reparse import ReparseCounts

MAX_SHOWN_FAILURES = 20  # the rest is counted


def reparse_command(
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SOURCE]...", help="Ids of newsrooms; default: all that need it."),
    ] = None,
    db: DbOption = Path("milwire.db"),
    as_json: JsonOption = False,
) -> None:
    """Read stored captures again after an update of milwire. A difference in reading is not an edit."""
    with open_existing_store(db), show_progress("captures") as bar:
        tallies = reparse_sources(ids or [], db, bar)
    for tally in tallies:
        if as_json:
            print_json(tally)
        else:
            print_reparse_tally(tally)
    if not tallies and not as_json:
        print_line("nothing to read again: the parsers of this version have read every capture")
    if any(tally.failures or tally.quarantine for tally in tallies):
        raise typer.Exit(1)


def reparse_sources(ids: list[str], db: Path, bar: "Progress") -> "list[ReparseCounts]":
    """Read the captures of the named newsrooms again, or of all that need it; return the counts of each."""
    from crawler.reparse import SourceReparse, list_outdated_sources
    from crawler.sources import catalog

    policy = load_settings(db).removal
    tallies = []
    with open_store_for_writing(db) as store:
        named = [catalog.find(store, one) for one in dict.fromkeys(ids)]
        for source in named or list_outdated_sources(store, catalog.all_sources(store)):
            on_progress = partial(_update_bar, bar, bar.add_task(source.id, total=None))
            tallies.append(SourceReparse(store, source, policy, on_progress).reparse_source())
    return tallies


def print_reparse_tally(tally: "ReparseCounts") -> None:
    """Print what came of reading one newsroom's captures again."""
    counts = (
        f"{tally.read} captures read, {tally.unchanged} texts unchanged, {tally.baselined} read differently"
    )
    without = f", {tally.without_capture} without a response" if tally.without_capture else ""
    print_line(f"{tally.source}: {counts}{without}")
    if tally.was_quarantined and not tally.quarantine:
        events = ", ".join(f"{count} {kind}" for kind, count in sorted(tally.replayed.items()))
        print_line(
            f"{tally.source}: the quarantine is over; what changed meanwhile: {events or 'nothing'}", "green"
        )
    for failure in tally.failures[:MAX_SHOWN_FAILURES]:
        print_message(failure, "red")
    if len(tally.failures) > MAX_SHOWN_FAILURES:
        print_message(f"... and {len(tally.failures) - MAX_SHOWN_FAILURES} more failures", "red")
    if tally.quarantine:
        print_message(f"{tally.source}: still {tally.quarantine}", "red")


def _update_bar(bar: "Progress", task: "TaskID", done: int, captures: int) -> None:
    bar.update(task, completed=done, total=captures)
