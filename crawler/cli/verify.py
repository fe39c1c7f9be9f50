"""`milwire verify` and `purge`: whether all is as it was written, and what must not be kept."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crawler.cli.options import CommandError, Db, Json, existing_store, written_store
from crawler.cli.terminal import note, one_line, print_json, progress, say

if TYPE_CHECKING:  # the database is opened by the commands that need it: start-up time
    from storage.integrity.checkpoints import Checkpoint
    from storage.integrity.purge import Doomed
    from storage.integrity.verify import Proof
    from storage.store import Store


def verify(
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            "--checkpoint",
            dir_okay=False,
            help="A file, to be kept elsewhere: written when new, else the ledger must still contain it.",
        ),
    ] = None,
    db: Db = Path("milwire.db"),
    as_json: Json = False,
) -> None:
    """Check that all is as it was written. Ledger, texts and captures; names the first bad row."""
    from storage.integrity import checkpoints

    with existing_store(db) as store:
        kept = checkpoints.read(checkpoint) if checkpoint and checkpoint.exists() else None
        found = checked(store)
        problem = found.problem or (checkpoints.problem(store.db, kept) if kept else None)
        if checkpoint and not kept and not problem:
            checkpoints.write(checkpoint, head(found))
    if as_json:
        print_json(told(found, checkpoint, kept, problem), indent=2)
    if problem:
        raise CommandError(problem)
    if not as_json:
        print_proof(found, checkpoint, kept)


def checked(store: "Store") -> "Proof":
    """Check a database under a progress bar."""
    from storage.archive.writer import folder_of
    from storage.integrity import verify as proof

    with progress("rows") as bar:
        task = bar.add_task("checking", total=None)
        return proof.verify(
            store.db, folder_of(store.path), lambda done, rows: bar.update(task, completed=done, total=rows)
        )


def head(found: "Proof") -> "Checkpoint":
    """Return the head up to which the ledger was checked."""
    from storage.db import timestamps
    from storage.integrity.checkpoints import Checkpoint

    return Checkpoint(found.events, found.head, timestamps.text(timestamps.utcnow()))


def told(
    found: "Proof", file: Path | None, kept: "Checkpoint | None", problem: str | None
) -> dict[str, Any]:  # free-form JSON
    """Return the outcome of a check for machines."""
    counts = {name: getattr(found, name) for name in found.__slots__ if name != "problem"}
    against = {"file": str(file), "is_new": kept is None, "head": kept or head(found)} if file else None
    return {"ok": problem is None, "problem": problem, **counts, "checkpoint": against}


def print_proof(found: "Proof", file: Path | None, kept: "Checkpoint | None") -> None:
    """Print what was checked and found whole."""
    read = f"{found.captures} captures ({found.captured_bytes:,} bytes)"
    say(f"whole: {found.events} events, {found.revisions} revisions, {read}")
    if found.purged:
        say(f"of {found.purged} revisions and captures only the digests are left: they were purged")
    if kept:
        say(f"the chain still contains the head of {kept.at}: event {kept.events} of {found.events}")
    elif file:
        say(f"head written to {file}: event {found.events}, {found.head}; keep it on another machine")


def purge(
    posting: Annotated[str, typer.Argument(metavar="POSTING", help="Its address or article number.")],
    why: Annotated[str, typer.Option("--why", help="The reason, which stays in the ledger for good.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    db: Db = Path("milwire.db"),
) -> None:
    """Remove the content of one posting for safety. For good: texts, captures, what events quote."""
    if not why.strip():
        raise typer.BadParameter("--why: say why, in words")
    with existing_store(db) as store:
        found = doomed(store, posting)
    print_doomed(found)
    if not yes and not found.is_purged:
        ask()
    with written_store(db) as store:  # opening it finishes what an earlier purge left to do
        if not found.is_purged:
            store.purge(found.posting_id, why.strip())
        done = store.finish_purges()
    if not done:
        raise CommandError("purged, but another process still reads older pages of the database: purge again")
    say("purged; the ledger says so, and `milwire verify` still holds")


def doomed(store: "Store", name: str) -> "Doomed":
    """Return what purging the posting of this name removes; CommandError unless it names just one."""
    from crawler.cli.lookup import named
    from storage.integrity import purge as purges

    found = [purges.doomed(store.db, one) for one in purges.named(store.db, named(name))]
    if not found:
        raise CommandError(f"no posting {name}; give its address or article number, as `milwire show` has it")
    if len(found) > 1:
        urls = ", ".join(one.url for one in found)
        raise CommandError(f"{name} names {len(found)} postings, purge them one by one: {urls}")
    return found[0]


def print_doomed(found: "Doomed") -> None:
    """Print what is about to go, and what is not."""
    say(one_line(found.title), "bold")
    say(found.url, "dim")
    if found.is_purged:
        return
    counts = f"revisions: {found.revisions}, captures: {found.captures}, events: {found.events}; their words"
    say(f"{counts} will be overwritten. Nothing brings them back; backups and exports are yours to clean.")
    say("The address, the times and the digests stay, and the posting is not kept again.")
    for url in found.copies:
        note(f"stays, as it is another posting of the same release: {url}", "yellow")


def ask() -> None:
    """Ask for leave; CommandError without it."""
    note("Purge it for good? [y/N]")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise CommandError("nothing was purged; --yes purges without asking")
