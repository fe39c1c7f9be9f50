"""`milwire asof`: what a newsroom showed at an instant, by our looks."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.cli import lookup
from crawler.cli.options import Db, Json, existing_store
from crawler.cli.terminal import note, out, print_json, say, table
from storage.queries import evidence

if TYPE_CHECKING:
    from storage.queries.asof import AsOf, Shown


def moment(text: str) -> datetime:
    """Return the instant that a text names; a wrong one is wrong usage."""
    from storage.queries import asof

    try:
        return asof.moment(text)
    except (ValueError, OverflowError):
        wanted = "a day like 2026-11-22 nor an instant like 2026-11-22T14:00Z"
        raise typer.BadParameter(f"{text!r} is neither {wanted}") from None


def asof(
    date: Annotated[
        datetime,
        typer.Argument(parser=moment, metavar="DATE", help="A day (its end, UTC), or 2026-11-22T14:00Z."),
    ],
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A newsroom's id.")],
    db: Db = Path("milwire.db"),
    as_json: Json = False,
) -> None:
    """Show what a newsroom showed then. By the looks before and after; says when nobody looked."""
    from storage.queries.asof import as_of

    with existing_store(db) as store:
        lookup.check_source(store, source)
        found = as_of(store, source, min(date, store.clock()))
    if as_json:
        print_json(found, indent=2)
    else:
        print_as_of(found)


def print_as_of(found: "AsOf") -> None:
    """Print what was shown, what was known and not there, and how far this may be trusted."""
    say(f"{found.source} at {evidence.instant(found.at)}", "bold")
    for line in watching(found):
        note(line, "yellow")
    columns = ("release", "day", "state", "revision", "last look (UTC)", "then", "title")
    for name, group in (("shown", found.shown), ("known, and not there", found.absent)):
        if group:
            say(f"{len(group)} {name}")
            out().print(table(columns, map(_row, group)))


def watching(found: "AsOf") -> list[str]:
    """Return when somebody looked at the newsroom, as lines to be read before the rest is believed."""
    if found.first_look_at is None:
        return [f"nobody ever looked at the lists of {found.source}"]
    if found.last_look_at is None:
        return [f"nobody had looked by then: the first look was {evidence.instant(found.first_look_at)}"]
    lines = []
    if not found.watched:
        last, following = evidence.instant(found.last_look_at), evidence.instant(found.next_look_at)
        lines.append(f"nobody looked then: the last look before was {last}, the next one {following}")
    elif found.next_look_at is None:
        lines.append("nobody has looked since")
    if found.met_later:
        lines.append(f"{found.met_later} dated by then were met later; they may have been there")
    return lines


def _row(one: "Shown") -> tuple[object, ...]:
    return (
        one.release,
        one.published_on,
        one.state,
        one.revision,
        one.last_look_at,
        _then(one),
        one.title,
    )


def _then(one: "Shown") -> str:
    """Return what the first look after the instant tells about it."""
    if one.confirmed:
        return "the same"
    return "not looked at" if one.next_look_at is None else f"different at {one.next_look_at:%Y-%m-%d %H:%M}"
