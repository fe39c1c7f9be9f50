"""`milwire export`: the releases as JSON Lines or CSV, for other tools."""

import io
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TextIO, cast

import typer

from crawler.cli.events import SinceOption, UntilOption
from crawler.cli.lookup import limit_newsrooms
from crawler.cli.options import DbOption, NewsroomOption, open_existing_store
from crawler.cli.terminal import escape_controls, print_message


class ExportFormat(StrEnum):
    """The formats of an export."""

    JSONL = "jsonl"
    CSV = "csv"


def export_command(
    form: Annotated[ExportFormat, typer.Option("--format", help="JSON Lines or CSV.")] = ExportFormat.JSONL,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", dir_okay=False, help="File to write; default: standard output."),
    ] = None,
    newsrooms: NewsroomOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Only the newest N.")] = None,
    db: DbOption = Path("milwire.db"),
) -> None:
    """Export releases as JSON Lines or CSV, oldest first. Dates are the ones printed on the releases."""
    from storage.queries import export as exports
    from storage.queries.filters import Filter

    write = {ExportFormat.JSONL: exports.write_json_lines, ExportFormat.CSV: exports.write_csv}[form]
    with open_existing_store(db) as store:
        wanted = limit_newsrooms(store, Filter(since=since, until=until, limit=limit), newsrooms)
        count = write_output(output, lambda out: write(store, out, wanted))
    releases = "1 release" if count == 1 else f"{count} releases"
    print_message(f"{releases} written" + (f" to {output}" if output else ""))


def write_output(output: Path | None, write: Callable[[TextIO], int]) -> int:
    """Write to standard output, or to a file that appears only when it is complete; return the count."""
    if output is None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(newline="")  # CSV ends its lines itself
        terminal = cast("TextIO", _TerminalOutput())  # only written to
        return write(terminal if sys.stdout.isatty() else sys.stdout)
    part = output.with_name(f"{output.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as out:
            count = write(out)
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)
    return count


class _TerminalOutput(io.TextIOBase):
    """Standard output when it is a terminal: control characters are written out."""

    def write(self, text: str) -> int:
        return sys.stdout.write(escape_controls(text))
