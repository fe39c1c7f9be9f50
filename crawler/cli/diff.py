"""`milwire diff`: what was changed in a release, word by word."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.cli import lookup
from crawler.cli.options import CommandError, Db, Json, existing_store
from crawler.cli.terminal import one_line, out, print_json, say

if TYPE_CHECKING:
    from storage.queries.compare import Comparison


def diff(
    release: Annotated[
        str, typer.Argument(metavar="RELEASE", help="A release's number, an article number or an address.")
    ],
    first: Annotated[
        int | None, typer.Argument(metavar="A", min=1, help="Revision before; with B.", show_default=False)
    ] = None,
    second: Annotated[
        int | None, typer.Argument(metavar="B", min=1, help="Revision after.", show_default=False)
    ] = None,
    posting: Annotated[
        str | None, typer.Option("--posting", help="Of this copy: its site, number or address.")
    ] = None,
    html: Annotated[bool, typer.Option("--html", help="Print a page that stands alone.")] = False,
    db: Db = Path("milwire.db"),
    as_json: Json = False,
) -> None:
    """Show what was changed. Words in colour, between the last two revisions that differ, or from A to B."""
    if html and as_json:
        raise typer.BadParameter("--html or --json, not both")
    found = chosen(db, release, (first, second), posting)
    if as_json:
        print_json(found, indent=2)
    elif html:
        from storage.queries import diff_html

        print(diff_html.page(found), end="")
    else:
        print_comparison(found)


def chosen(
    db: Path, release: str, revisions: tuple[int | None, int | None], posting: str | None
) -> "Comparison":
    """Return the comparison that a person asks for; CommandError where there are no such revisions."""
    from storage.queries.compare import ChoiceError, Wanted, compare

    first, second = revisions
    if first is not None and second is None:
        raise typer.BadParameter("give two revisions, or none for the last two that differ")
    seqs = None if first is None or second is None else (first, second)
    with existing_store(db) as store:
        number = lookup.release(store, release)
        try:
            return compare(store, Wanted(number, posting and lookup.named(posting), seqs))
        except ChoiceError as error:
            raise CommandError(str(error)) from error


def print_comparison(found: "Comparison") -> None:
    """Print two revisions as one text with its words in colour."""
    from crawler.cli.diff_render import print_field
    from storage.queries import diff_html

    console = out()
    say(f"release {found.release}: {one_line(found.after.title)}", "bold")
    say(one_line(found.posting), "dim")
    if found.before == found.after:
        say(f"nothing differs: revision {found.after.seq}, {diff_html.seen(found.after)}")
        return
    say(f"  revision {found.before.seq}: {diff_html.seen(found.before)}", "red")
    say(f"  revision {found.after.seq}: {diff_html.seen(found.after)}", "green")
    say(f"  {diff_html.heading(found)}\n", "cyan")
    for one in found.fields:
        print_field(one, console)
