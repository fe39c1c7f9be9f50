"""`milwire reparse`: read kept responses again with the parsers of this version."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.cli.options import Db, Json, existing_store, settings, written_store
from crawler.cli.terminal import note, print_json, progress, say

if TYPE_CHECKING:  # parsers are imported by the commands that need them: start-up time
    from rich.progress import Progress, TaskID

    from crawler.reparse import Tally

MAX_NOTES = 20  # failures shown one by one; the rest is counted


def reparse(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Ids; without, all that need it.")
    ] = None,
    db: Db = Path("milwire.db"),
    as_json: Json = False,
) -> None:
    """Read kept responses again after an update. What a parser reads otherwise is no edit."""
    with existing_store(db), progress("captures") as bar:
        tallies = read_again(ids or [], db, bar)
    for tally in tallies:
        if as_json:
            print_json(tally)
        else:
            print_tally(tally)
    if not tallies and not as_json:
        say("nothing to read again: the parsers of this version have read all there is")
    if any(tally.failures or tally.quarantine for tally in tallies):
        raise typer.Exit(1)


def read_again(ids: list[str], db: Path, bar: "Progress") -> "list[Tally]":
    """Read the captures of the named newsrooms again, or of all that need it; return what came of it."""
    from crawler.reparse import Reparse, outdated
    from crawler.sources import catalog

    policy = settings(db).removal
    tallies = []
    with written_store(db) as store:
        named = [catalog.find(store, one) for one in dict.fromkeys(ids)]
        for source in named or outdated(store, catalog.all_sources(store)):
            shown = partial(_show, bar, bar.add_task(source.id, total=None))
            tallies.append(Reparse(store, source, policy, shown).run())
    return tallies


def print_tally(tally: "Tally") -> None:
    """Print what reading one newsroom's captures again brought."""
    counts = f"{tally.read} captures read, {tally.alike} texts alike, {tally.baselined} with a new measure"
    without = f", {tally.without} without a response" if tally.without else ""
    say(f"{tally.source}: {counts}{without}")
    if tally.was_quarantined and not tally.quarantine:
        told = ", ".join(f"{count} {kind}" for kind, count in sorted(tally.replayed.items()))
        say(f"{tally.source}: the quarantine is over; what changed meanwhile: {told or 'nothing'}", "green")
    for failure in tally.failures[:MAX_NOTES]:
        note(failure, "red")
    if len(tally.failures) > MAX_NOTES:
        note(f"... and {len(tally.failures) - MAX_NOTES} more failures", "red")
    if tally.quarantine:
        note(f"{tally.source}: still {tally.quarantine}", "red")


def _show(bar: "Progress", task: "TaskID", done: int, captures: int) -> None:
    bar.update(task, completed=done, total=captures)
