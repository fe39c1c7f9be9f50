"""`milwire search`: find releases by words."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.cli.options import DbOption, JsonOption, open_existing_store
from crawler.cli.terminal import (
    TEXT_WIDTH,
    escape_line,
    make_cell,
    print_json,
    print_line,
    print_message,
    stdout_console,
)

if TYPE_CHECKING:
    from storage.queries.search import SearchHit


def search_command(
    words: Annotated[
        list[str], typer.Argument(metavar="WORD", help='Words that must all occur; "a phrase" in quotes.')
    ],
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most this many releases.")] = 20,
    db: DbOption = Path("milwire.db"),
    as_json: JsonOption = False,
) -> None:
    """Find releases by words. Searches current and earlier text, in any language."""
    from storage.queries.search import search_releases as find

    with open_existing_store(db) as store:
        hits = list(find(store, " ".join(words), limit))
    if as_json:
        for hit in hits:
            print_json(hit)
    else:
        print_hits(hits)


def print_hits(hits: "list[SearchHit]") -> None:
    """Print the releases found, a few lines each."""
    console = stdout_console()
    for hit in hits:
        about = " | ".join(str(part) for part in (hit.published_on, hit.organization) if part)
        excerpt = hit.excerpt if hit.current else f"in earlier text: {hit.excerpt}"
        print_line(f"{hit.release:>5}  {escape_line(hit.title)}", "bold")
        print_line(f"       {escape_line(about)}", "cyan")
        for line in make_cell(excerpt).wrap(console, min(TEXT_WIDTH, console.width) - 7):
            print_line(f"       {line.plain.rstrip()}")
        print_line(f"       {escape_line(hit.posting)}", "dim")
    if not hits:
        print_message("no releases match")
