"""`milwire export`: the releases, for other people's tools."""

import io
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TextIO, cast

import typer

from crawler.cli.events import Since, Until
from crawler.cli.options import Db, existing_store
from crawler.cli.terminal import note, safe


class Format(StrEnum):
    """What an export can be written as."""

    JSONL = "jsonl"
    CSV = "csv"


def export(
    form: Annotated[Format, typer.Option("--format", help="JSON Lines or CSV.")] = Format.JSONL,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", dir_okay=False, help="A file; standard output without.")
    ] = None,
    source: Annotated[str | None, typer.Option("--source", help="Only of this newsroom.")] = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Only the newest so many.")] = None,
    db: Db = Path("milwire.db"),
) -> None:
    """Write releases to a file. JSON Lines or CSV, oldest first; days are the printed ones."""
    from crawler.sources import catalog
    from storage.queries import export as exports
    from storage.queries.results import Filter

    write = {Format.JSONL: exports.json_lines, Format.CSV: exports.csv}[form]
    with existing_store(db) as store:
        if source is not None:
            catalog.find(store, source)
        wanted = Filter(source=source, since=since, until=until, limit=limit)
        count = write_to(output, lambda out: write(store, out, wanted))
    note(f"{count} releases" + (f" in {output}" if output else ""))


def write_to(output: Path | None, write: Callable[[TextIO], int]) -> int:
    """Write to standard output, or to a file that is there whole or not at all; return the count."""
    if output is None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(newline="")  # CSV ends its lines itself
        shown = cast("TextIO", _Shown())  # only written to
        return write(shown if sys.stdout.isatty() else sys.stdout)
    part = output.with_name(f"{output.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as out:
            count = write(out)
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)
    return count


class _Shown(io.TextIOBase):
    """Standard output while it is a terminal, which stored text must not steer."""

    def write(self, text: str) -> int:
        return sys.stdout.write(safe(text))
