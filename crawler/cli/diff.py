"""`milwire diff`: what changed in a release, word by word."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.cli import lookup
from crawler.cli.options import CommandError, DbOption, JsonOption, open_existing_store
from crawler.cli.terminal import escape_line, print_json, print_line, stdout_console

if TYPE_CHECKING:
    from storage.queries.compare import Comparison


def diff_command(
    release: Annotated[
        str, typer.Argument(metavar="RELEASE", help="Release number, article number or address.")
    ],
    first: Annotated[
        int | None, typer.Argument(metavar="A", min=1, help="Older revision; needs B.", show_default=False)
    ] = None,
    second: Annotated[
        int | None, typer.Argument(metavar="B", min=1, help="Newer revision.", show_default=False)
    ] = None,
    posting: Annotated[
        str | None,
        typer.Option("--posting", help="Which copy: its site, article number or address."),
    ] = None,
    html: Annotated[bool, typer.Option("--html", help="Print a self-contained HTML page.")] = False,
    db: DbOption = Path("milwire.db"),
    as_json: JsonOption = False,
) -> None:
    """Show the words that changed in a release. Compares the last two revisions that differ, or A and B."""
    if html and as_json:
        raise typer.BadParameter("choose --html or --json, not both")
    found = compare_revisions(db, release, (first, second), posting)
    if as_json:
        print_json(found, indent=2)
    elif html:
        from storage.queries import diff_html

        print(diff_html.render_page(found), end="")
    else:
        print_comparison(found)


def compare_revisions(
    db: Path, release: str, revisions: tuple[int | None, int | None], posting: str | None
) -> "Comparison":
    """Return the comparison of two revisions, by default the last two that differ; CommandError if none."""
    from storage.queries.compare import ChoiceError, RevisionChoice, find_comparison

    first, second = revisions
    if first is not None and second is None:
        raise typer.BadParameter("give two revisions, or none for the last two that differ")
    seqs = None if first is None or second is None else (first, second)
    with open_existing_store(db) as store:
        number = lookup.find_release(store, release)
        try:
            name = posting and lookup.canonicalize_name(posting)
            return find_comparison(store, RevisionChoice(number, name, seqs))
        except ChoiceError as error:
            raise CommandError(str(error)) from error


def print_comparison(found: "Comparison") -> None:
    """Print two revisions as one text, with the changed words marked."""
    from crawler.cli.diff_render import print_field
    from crawler.cli.show import print_running_text
    from storage.queries import diff_html, event_summary

    console = stdout_console()
    print_line(f"release {found.release}: {escape_line(found.after.title)}", "bold")
    print_line(escape_line(found.posting), "dim")
    if found.before == found.after:
        print_line(f"no differences: revision {found.after.seq}, {diff_html.describe_period(found.after)}")
        return
    print_line(f"  revision {found.before.seq}: {diff_html.describe_period(found.before)}", "red")
    print_line(f"  revision {found.after.seq}: {diff_html.describe_period(found.after)}", "green")
    print_line(f"  {diff_html.describe_comparison(found)}", "cyan")
    if found.importance is not None:
        print_running_text(event_summary.describe_importance(found.importance), console, 2)
    print_running_text(escape_line(found.sentence), console, 2, "")
    print_line("")
    for one in found.fields:
        print_field(one, console)
