"""`milwire search`: find releases by words."""

import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.text import Text
from typer.core import TyperCommand

from crawler.cli.events import SinceOption, UntilOption
from crawler.cli.lookup import list_source_ids
from crawler.cli.options import DbOption, JsonOption, NewsroomOption, open_existing_store
from crawler.cli.terminal import (
    TEXT_WIDTH,
    escape_line,
    make_cell,
    print_json,
    print_line,
    print_message,
    stdout_console,
)
from storage.models import PostingState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.queries.search import SearchAnswer, SearchHit

MARK: Final = "bold yellow"
MINUS: Final = "\u2212"  # means the same as - to the parser of searches
WITHOUT: Final = re.compile(r"-(?!-|h$).+", re.DOTALL)


class SortOrder(StrEnum):
    """Orders of what is found."""

    RANK = "rank"
    DATE = "date"


class SearchCommand(TyperCommand):
    """Reads -word as a word to leave out, not as options of one letter."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse a command line; typer's context has no public type."""
        return super().parse_args(ctx, [MINUS + one[1:] if WITHOUT.fullmatch(one) else one for one in args])


def search_command(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="WORD",
            help='Words that must all occur, in any form; "these words exactly"; -without; this OR that;'
            " begin*.",
        ),
    ],
    newsrooms: NewsroomOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    state: Annotated[
        PostingState | None, typer.Option("--state", help="Only releases in this state, e.g. removed.")
    ] = None,
    sort: Annotated[
        SortOrder,
        typer.Option("--sort", help="Best first, among the newest 5,000 texts found; or newest first."),
    ] = SortOrder.RANK,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most this many releases.")] = 20,
    db: DbOption = Path("milwire.db"),
    as_json: JsonOption = False,
) -> None:
    """Find releases by words. Searches current and earlier text, in any language; docs/search.md says how."""
    from storage.queries import search
    from storage.queries.search_index import SearchFilter

    with open_existing_store(db) as store:
        sources = list_source_ids(store, newsrooms) if newsrooms else None
        wanted = SearchFilter(since=since, until=until, state=state and state.value, sources=sources)
        order = search.SearchOrder(sort.value)
        text = join_words(words)
        found = search.search_archive(store, text, limit, wanted, order)
    if as_json:
        for hit in found.hits:
            print_json(hit)
    else:
        print_hits(found.hits)
    print_answer(found, by_rank=sort is SortOrder.RANK, is_search=any(map(str.isalnum, text)))


def join_words(words: list[str]) -> str:
    """Return the words of a command line as one search; a shell takes the quotes of -"two words"."""
    return " ".join(
        f'-"{word[1:]}"' if word.startswith(MINUS) and " " in word and '"' not in word else word
        for word in words
    )


def print_hits(hits: "Sequence[SearchHit]") -> None:
    """Print the releases found, a few lines each."""
    console = stdout_console()
    for hit in hits:
        about = " | ".join(
            str(part)
            for part in (hit.published_on, hit.organization, hit.state if hit.state != "live" else None)
            if part
        )
        title = mark_words(hit.title, hit.title_marks)
        title.stylize("bold")
        console.print(Text(f"{hit.release:>5}  ").append_text(title), soft_wrap=True)
        print_line(f"       {escape_line(about)}", "cyan")
        excerpt = mark_words(hit.excerpt, hit.marks)
        shown = excerpt if hit.current else Text("in earlier text: ").append_text(excerpt)
        for line in shown.wrap(console, min(TEXT_WIDTH, console.width) - 7):
            line.rstrip()
            console.print(Text("       ").append_text(line), soft_wrap=True)
        print_line(f"       {escape_line(hit.posting)}", "dim")


def mark_words(text: str, marks: tuple[tuple[int, int], ...]) -> Text:
    """Return a text on one line with the words found in colour, and control characters written out."""
    shown = Text()
    end = 0
    for start, stop in marks:
        shown.append(_escape_part(text[end:start]))
        shown.append(_escape_part(text[start:stop]), MARK)
        end = stop
    return shown.append(_escape_part(text[end:]))


def print_answer(found: "SearchAnswer", *, by_rank: bool, is_search: bool = True) -> None:
    """Print on stderr how many releases match, what was not looked for, and what may have been meant."""
    for note in found.notes:
        print_message(note, "yellow")
    if not found.hits:
        print_message("no releases match" if is_search else "nothing to look for: type a word")
        if found.suggestion:
            print_message(f"did you mean: {found.suggestion}")
        return
    releases = "1 release matches" if found.found == 1 else f"{found.count} releases match"
    best = "the best of the newest 5,000 texts" if by_rank else "the newest"
    more = f", {len(found.hits)} shown: {best}" if found.found > len(found.hits) else ""
    print_message(f"{releases}{more}")


def _escape_part(text: str) -> str:
    """Return a part of a line with control characters written out; its outer spaces stay."""
    return make_cell(f"|{text}|").plain[1:-1]
