"""`milwire purge`: remove the content of one posting permanently, to protect a person."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.cli.options import CommandError, DbOption, open_existing_store, open_store_for_writing
from crawler.cli.terminal import escape_line, print_line, print_message

if TYPE_CHECKING:  # the database is opened by the commands that need it: start-up time
    from storage.integrity.purge import PurgePreview
    from storage.store import Store


def purge_command(
    posting: Annotated[
        str, typer.Argument(metavar="POSTING", help="The posting's address or article number.")
    ],
    why: Annotated[str, typer.Option("--why", help="The reason; it stays in the ledger permanently.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    db: DbOption = Path("milwire.db"),
) -> None:
    """Permanently remove the content of one posting. Texts, captures and quotes in events."""
    if not why.strip():
        raise typer.BadParameter("--why needs a reason in words")
    with open_existing_store(db) as store:
        found = find_purge_target(store, posting)
    print_purge_plan(found)
    if not yes and not found.is_purged:
        confirm_purge()
    with open_store_for_writing(
        db
    ) as store:  # opening the database finishes an earlier purge that was killed
        if not found.is_purged:
            store.purge_posting(found.posting_id, why.strip())
        done = store.finish_purges()
    if not done:
        raise CommandError(
            "purged, but another process is still reading the old content; run the same command again"
        )
    print_line("purged and recorded in the ledger; `milwire verify` still passes")


def find_purge_target(store: "Store", name: str) -> "PurgePreview":
    """Return what a purge of this posting would remove; CommandError unless the name matches exactly one."""
    from crawler.cli.lookup import canonicalize_name
    from storage.integrity import purge as purges

    found = [
        purges.preview_purge(store.db, one)
        for one in purges.find_purge_targets(store.db, canonicalize_name(name))
    ]
    if not found:
        raise CommandError(
            f"no posting {name}; give its address or article number as `milwire show` prints it"
        )
    if len(found) > 1:
        urls = ", ".join(one.url for one in found)
        raise CommandError(f"{name} matches {len(found)} postings; purge them one by one: {urls}")
    return found[0]


def print_purge_plan(found: "PurgePreview") -> None:
    """Print what a purge removes and what it keeps."""
    print_line(escape_line(found.title), "bold")
    print_line(found.url, "dim")
    if found.is_purged:
        return
    counts = f"{found.revisions} revisions, {found.captures} captures and {found.events} events"
    print_line(
        f"The text of {counts} will be overwritten. This cannot be undone."
        " Backups and exports are not touched; clean them yourself."
    )
    print_line("The address, the times and the digests stay, and the posting will not be stored again.")
    for url in found.copies:
        print_message(f"stays, because it is another posting of the same release: {url}", "yellow")


def confirm_purge() -> None:
    """Ask for confirmation; CommandError without it."""
    print_message("Purge it permanently? [y/N]")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise CommandError("nothing was purged; use --yes to purge without being asked")
