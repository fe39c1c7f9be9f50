"""`milwire asof`: what a newsroom showed at a given time, according to our looks."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.cli import lookup
from crawler.cli.options import DbOption, JsonOption, open_existing_store
from crawler.cli.terminal import make_table, print_json, print_line, print_message, stdout_console
from storage.models.quoting import quote_value
from storage.queries import evidence

if TYPE_CHECKING:
    from storage.queries.asof import AsOf, PostingAsOf


def parse_moment(text: str) -> datetime:
    """Return the instant that a text names; anything else is wrong usage."""
    from storage.queries import asof

    try:
        return asof.parse_day_or_instant(text)
    except (ValueError, OverflowError):
        wanted = "a day like 2026-11-22 nor a time like 2026-11-22T14:00Z"
        raise typer.BadParameter(f"{quote_value(text)} is neither {wanted}") from None


def asof_command(
    date: Annotated[
        datetime,
        typer.Argument(
            parser=parse_moment, metavar="DATE", help="A day (its end in UTC), or a time: 2026-11-22T14:00Z."
        ),
    ],
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="The newsroom's id.")],
    db: DbOption = Path("milwire.db"),
    as_json: JsonOption = False,
) -> None:
    """Show what a newsroom had on its site on a date. As far as the looks before and after can tell."""
    from storage.queries.asof import read_as_of

    with open_existing_store(db) as store:
        newsroom = lookup.find_one_source(store, source)
        found = read_as_of(store, newsroom, min(date, store.clock()))
    if as_json:
        print_json(found, indent=2)
    else:
        print_as_of(found)


def print_as_of(found: "AsOf") -> None:
    """Print what the newsroom showed, which known releases it did not, and how complete our looks were."""
    print_line(f"{found.source} at {evidence.format_instant(found.at)}", "bold")
    for line in describe_watching(found):
        print_message(line, "yellow")
    columns = ("release", "day", "state", "revision", "last look (UTC)", "next look", "title")
    for name, group in (("shown", found.shown), ("known to us, but not there", found.absent)):
        if group:
            print_line(f"{len(group)} {name}")
            stdout_console().print(make_table(columns, map(_format_row, group)))


def describe_watching(found: "AsOf") -> list[str]:
    """Return when milwire looked at the newsroom, where that limits what can be said; a line each."""
    if found.first_look_at is None:
        return [f"milwire has never read a listing of {found.source}"]
    if found.last_look_at is None:
        first = evidence.format_instant(found.first_look_at)
        return [f"milwire was not watching yet: the first look was {first}"]
    lines = []
    if not found.watched:
        last = evidence.format_instant(found.last_look_at)
        following = evidence.format_instant(found.next_look_at)
        lines.append(
            f"milwire was not looking then: the last look before was {last}, the next one {following}"
        )
    elif found.next_look_at is None:
        lines.append("there has been no look since")
    if found.met_later:
        lines.append(
            f"{found.met_later} releases dated by then were found later; they may have been there already"
        )
    return lines


def _format_row(one: "PostingAsOf") -> tuple[object, ...]:
    return (
        one.release,
        one.published_on,
        one.state,
        one.revision,
        one.last_look_at,
        _describe_next_look(one),
        one.title,
    )


def _describe_next_look(one: "PostingAsOf") -> str:
    """Return what the next look at a release said."""
    if one.confirmed:
        return "the same"
    return "none yet" if one.next_look_at is None else f"different at {one.next_look_at:%Y-%m-%d %H:%M}"
