"""`milwire reparse`: read stored captures again with the parsers of this version."""

from dataclasses import asdict
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
        typer.Argument(
            metavar="SOURCE",
            help="Newsrooms: ids, branch:NAME, tag:NAME or under:NAME; default: all that need it.",
        ),
    ] = None,
    db: DbOption = Path("milwire.db"),
    as_json: JsonOption = False,
) -> None:
    """Read stored captures again after an update of milwire. A difference in reading is not an edit."""
    with open_existing_store(db), show_progress("captures") as bar:
        results = reparse_sources(ids or [], db, bar)
    for counts in results:
        if as_json:
            print_json(make_reparse_json(counts))
        else:
            print_reparse_counts(counts)
    if not results and not as_json:
        print_line("nothing to read again: the parsers of this version have read every capture")
    if any(counts.failures or counts.quarantine for counts in results):
        raise typer.Exit(1)


def reparse_sources(ids: list[str], db: Path, bar: "Progress") -> "list[ReparseCounts]":
    """Read the captures of the named newsrooms again, or of all that need it; return the counts of each."""
    from crawler.reparse import SourceReparse, list_outdated_sources
    from crawler.sources import catalog
    from crawler.sources.selection import select_sources

    policy = load_settings(db).removal
    results = []
    with open_store_for_writing(db) as store:
        named = select_sources(store, ids)
        for source in named or list_outdated_sources(store, catalog.list_all_sources(store)):
            on_progress = partial(_update_bar, bar, bar.add_task(source.id, total=None))
            results.append(SourceReparse(store, source, policy, on_progress).reparse_source())
    return results


def make_reparse_json(counts: "ReparseCounts") -> dict[str, object]:
    """Return the documented object of `reparse --json` (docs/json.md)."""
    names = {"unchanged": "alike", "without_capture": "without"}
    return {names.get(name, name): value for name, value in asdict(counts).items()}


def print_reparse_counts(counts: "ReparseCounts") -> None:
    """Print what came of reading one newsroom's captures again."""
    texts = f"{counts.unchanged} texts unchanged, {counts.baselined} read differently"
    without = f", {counts.without_capture} without a response" if counts.without_capture else ""
    print_line(f"{counts.source}: {counts.read} captures read, {texts}{without}")
    if counts.was_quarantined and not counts.quarantine:
        events = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.replayed.items()))
        print_line(
            f"{counts.source}: the quarantine is over; what changed meanwhile: {events or 'nothing'}", "green"
        )
    for failure in counts.failures[:MAX_SHOWN_FAILURES]:
        print_message(failure, "red")
    if len(counts.failures) > MAX_SHOWN_FAILURES:
        print_message(f"... and {len(counts.failures) - MAX_SHOWN_FAILURES} more failures", "red")
    if counts.quarantine:
        print_message(f"{counts.source}: still {counts.quarantine}", "red")


def _update_bar(bar: "Progress", task: "TaskID", done: int, captures: int) -> None:
    bar.update(task, completed=done, total=captures)
