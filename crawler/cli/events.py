"""`milwire search` and `events`: what is stored, and what happened to it."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.cli import lookup
from crawler.cli.options import Db, Json, calendar_day, existing_store
from crawler.cli.show import STYLES, print_running
from crawler.cli.terminal import COLUMN, cell, one_line, out, plain, print_json, say
from storage.models import HIDDEN_EVENTS, Event, EventKind
from storage.queries import event_json

if TYPE_CHECKING:
    from storage.queries.results import Filter, Hit

Since = Annotated[
    date | None, typer.Option("--since", parser=calendar_day, metavar="DATE", help="From this day on.")
]
Until = Annotated[
    date | None, typer.Option("--until", parser=calendar_day, metavar="DATE", help="Up to and with this day.")
]


def event_kind(text: str) -> EventKind:
    """Return the kind of event that people see; another one is wrong usage."""
    shown = [kind for kind in EventKind if kind not in HIDDEN_EVENTS]
    if text not in shown:
        raise typer.BadParameter(f"{text!r} is none of {', '.join(shown)}")
    return EventKind(text)


def search(
    words: Annotated[list[str], typer.Argument(help='Words, all of which must occur; "quoted" as a phrase.')],
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many releases.")] = 20,
    db: Db = Path("milwire.db"),
    as_json: Json = False,
) -> None:
    """Find releases by words. Any language; earlier wordings count too."""
    from storage.queries.search import search as find

    with existing_store(db) as store:
        hits = list(find(store, " ".join(words), limit))
    if as_json:
        for hit in hits:
            print_json(hit)
    else:
        print_hits(hits)


def print_hits(hits: "list[Hit]") -> None:
    """Print what was found, a few lines a release."""
    console = out()
    for hit in hits:
        about = " | ".join(str(part) for part in (hit.published_on, hit.organization) if part)
        excerpt = hit.excerpt if hit.current else f"earlier wording: {hit.excerpt}"
        say(f"{hit.release:>5}  {one_line(hit.title)}", "bold")
        say(f"       {one_line(about)}", "cyan")
        for line in cell(excerpt).wrap(console, min(COLUMN, console.width) - 7):
            say(f"       {line.plain.rstrip()}")
        say(f"       {one_line(hit.posting)}", "dim")
    if not hits:
        say("nothing found", "dim")


def events(
    source: Annotated[str | None, typer.Option("--source", help="Only of this newsroom.")] = None,
    kind: Annotated[
        EventKind | None,
        typer.Option("--kind", parser=event_kind, metavar="KIND", help="Only of this kind, e.g. published."),
    ] = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Only the newest so many.")] = None,
    db: Db = Path("milwire.db"),
    as_json: Json = False,
) -> None:
    """Print what happened. The ledger, oldest first, with the evidence."""
    from storage.queries.results import Filter

    wanted = Filter(source=source, kind=kind, since=since, until=until, limit=limit)
    print_events(db, wanted, as_json=as_json)


def print_events(db: Path, wanted: "Filter", *, as_json: bool) -> None:
    """Print the events that a filter lets through."""
    from storage.queries import queries

    with existing_store(db) as store:
        if wanted.source is not None:
            lookup.check_source(store, wanted.source)
        for event in queries.events(store, wanted):
            if as_json:
                print_json(event_json.as_json(event))
            else:
                print_event(event)


def print_event(event: Event) -> None:
    """Print an event on one line, with its evidence below and what was changed, words in colour."""
    from crawler.cli.diff_render import print_changes

    what = f"{event.id:>5}  {plain(event.at)}  {event.kind:<12}  {event.release or '':>5}"
    title = one_line(event.title or "")
    say(f"{what}  {event.source or 'no newsroom'}{title and f': {title}'}", STYLES.get(event.kind, ""))
    if not event.kind.is_first:  # the evidence of a first event is the time that is printed
        print_running(one_line(event_json.evidence(event)), out(), 7)
    print_changes(event.changes, out(), 7)
