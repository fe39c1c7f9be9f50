"""`milwire verify`: check that nothing in the database or the captures was changed afterwards."""

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crawler.cli.options import (
    CommandError,
    DbOption,
    JsonOption,
    open_existing_store,
    open_store_for_writing,
)
from crawler.cli.terminal import print_json, print_line, print_message, show_progress

if TYPE_CHECKING:  # the database is opened by the commands that need it: start-up time
    from collections.abc import Iterator

    from storage.integrity.checkpoints import Checkpoint
    from storage.integrity.verify import IntegrityReport
    from storage.store import Store


def verify_command(
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            "--checkpoint",
            dir_okay=False,
            help="Checkpoint file to keep elsewhere: written if new, else the ledger must still contain it.",
        ),
    ] = None,
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Set bad captures aside, with an event for each, and check again."),
    ] = False,
    db: DbOption = Path("milwire.db"),
    as_json: JsonOption = False,
) -> None:
    """Check that nothing was changed afterwards. Ledger, texts and captures; names what is bad."""
    from storage.integrity import checkpoints

    opened = open_store_to_repair(db) if repair else open_existing_store(db)
    with opened as store:
        kept = checkpoints.read_checkpoint(checkpoint) if checkpoint and checkpoint.exists() else None
        found = verify_with_progress(store)
        if repair and found.bad_captures:
            for event in store.set_aside_captures(found.bad_captures):
                print_message(f"capture {event.detail['capture']} set aside: {event.detail['reason']}")
            found = verify_with_progress(store)
        problem = found.problem or (checkpoints.find_checkpoint_problem(store.db, kept) if kept else None)
        if checkpoint and not kept and not problem:
            checkpoints.write_checkpoint(checkpoint, make_checkpoint(found))
    if as_json:
        print_json(make_verify_json(found, checkpoint, kept, problem), indent=2)
    for line in found.problems[1:]:
        print_message(line, "red")
    if problem:
        raise CommandError(problem)
    if not as_json:
        print_verification_result(found, checkpoint, kept)


@contextmanager
def open_store_to_repair(db: Path) -> "Iterator[Store]":
    """Open an existing database for writing."""
    with open_existing_store(db):
        pass
    with open_store_for_writing(db) as store:
        yield store


def verify_with_progress(store: "Store") -> "IntegrityReport":
    """Check a database with a progress bar."""
    from storage.archive.writer import get_archive_folder
    from storage.integrity import verify as proof

    with show_progress("rows") as bar:
        task = bar.add_task("checking", total=None)
        return proof.verify_database(
            store.db,
            get_archive_folder(store.path),
            lambda done, rows: bar.update(task, completed=done, total=rows),
        )


def make_checkpoint(found: "IntegrityReport") -> "Checkpoint":
    """Return a checkpoint of the ledger as it was checked."""
    from storage.db import timestamps
    from storage.integrity.checkpoints import Checkpoint

    return Checkpoint(found.events, found.head, timestamps.format_timestamp(timestamps.get_utc_now()))


def make_verify_json(
    found: "IntegrityReport", file: Path | None, kept: "Checkpoint | None", problem: str | None
) -> dict[str, Any]:  # free-form JSON
    """Return the result of a check as an object for JSON (docs/json.md)."""
    named = {"problem", "bad_captures"}
    counts = {name: getattr(found, name) for name in found.__slots__ if name not in named}
    against = (
        {"file": str(file), "is_new": kept is None, "head": kept or make_checkpoint(found)} if file else None
    )
    return {"ok": problem is None, "problem": problem, **counts, "checkpoint": against}


def print_verification_result(found: "IntegrityReport", file: Path | None, kept: "Checkpoint | None") -> None:
    """Print what was checked and found intact."""
    read = f"{found.captures} captures ({found.captured_bytes:,} bytes)"
    print_line(f"intact: {found.events} events, {found.revisions} revisions, {read}")
    if found.purged:
        print_line(f"{found.purged} revisions and captures were purged; only their digests are left")
    if found.set_aside:
        print_line(f"set aside, since they cannot be read back: {found.set_aside} captures")
    if kept:
        print_line(
            f"the ledger still contains the checkpoint of {kept.at}: event {kept.events} of {found.events}"
        )
    elif file:
        print_line(
            f"checkpoint written to {file}: event {found.events}, {found.head}; keep it on another machine"
        )
