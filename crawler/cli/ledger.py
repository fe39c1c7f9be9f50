"""`milwire search`, `show` and `events`: what is stored, and what happened to it."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from crawler.cli.options import CommandError, Db, Json, calendar_day, existing_store
from crawler.cli.terminal import cell, one_line, out, plain, print_json, safe, say
from storage.records import HIDDEN_EVENTS, Event, EventKind

if TYPE_CHECKING:
    from storage.answers import Filter, History, Hit, Release

COLUMN = 96  # width of running text
SHOWN_CHANGE = 300  # characters of a changed field in the table

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
    from storage.search import search as find

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


def show(
    release: Annotated[
        str, typer.Argument(metavar="RELEASE", help="A release's number, an article number or an address.")
    ],
    db: Db = Path("milwire.db"),
    as_json: Json = False,
) -> None:
    """Show one release. Its fields, where it is posted, and its history."""
    from storage import queries

    with existing_store(db) as store:
        numbers = queries.named(store, named(release))
        if len(numbers) > 1:
            raise CommandError(f"{release} is in releases {', '.join(map(str, numbers))}; name one of them")
        found = queries.release(store, numbers[0]) if numbers else None
    if found is None:
        raise CommandError(f"no release {release}; `milwire search WORDS` finds one")
    if as_json:
        print_json(found, indent=2)
    else:
        print_history(found)


def named(text: str) -> str:
    """Return a release's name as the database has it: addresses in canonical form, the rest as typed."""
    from crawler import urls

    try:
        return urls.canonical(text)
    except ValueError:
        return text


def print_history(found: "History") -> None:
    """Print a release for a person: text, copies, events."""
    print_release(found.release, out())
    say("\nWhere it is posted", "bold")
    for posting in found.postings:
        say(f"  {posting.state}, first seen {plain(posting.first_seen_at)} UTC: {one_line(posting.url)}")
    say("\nWhat happened", "bold")
    for event in found.events:
        print_event(event)
    if found.same_text:
        say(f"\nThe same text, kept apart: {', '.join(str(number) for number in found.same_text)}")


def print_release(release: "Release", console: Console) -> None:
    """Print the fields and the text of a release."""
    width = min(COLUMN, console.width)
    console.print(cell(release.title, "bold"), width=width)
    if release.subtitle:
        console.print(cell(release.subtitle, "italic"), width=width)
    about = (release.published_on, release.byline, release.organization, release.dateline)
    console.print(cell(" | ".join(str(part) for part in about if part), "cyan"), width=width)
    console.print(Text(f"\n{safe(release.body)}\n"), width=width)
    if release.tags:
        console.print(cell(f"tags: {', '.join(release.tags)}", "dim"), width=width)
    for image in release.images:
        console.print(cell(f"image: {image.url}", "dim"), soft_wrap=True)


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
    """Print what happened. The ledger, oldest first: found, published, edited."""
    from storage.answers import Filter

    wanted = Filter(source=source, kind=kind, since=since, until=until, limit=limit)
    print_events(db, wanted, as_json=as_json)


def print_events(db: Path, wanted: "Filter", *, as_json: bool) -> None:
    """Print the events that a filter lets through."""
    from crawler import sources
    from storage import queries

    with existing_store(db) as store:
        if wanted.source is not None:
            sources.find(store, wanted.source)
        found = queries.events(store, wanted)
        if as_json:
            for event in found:
                print_json(event)
        else:
            for event in found:
                print_event(event)


def print_event(event: Event) -> None:
    """Print an event on one line, and each change below it."""
    what = f"{event.id:>5}  {plain(event.at)}  {event.kind:<9}  {event.release or '':>5}"
    say(f"{what}  {event.source or 'no newsroom'}: {one_line(event.title or '')}")
    for change in event.changes:
        say(f"       {change.field}: {_short(change.before)} → {_short(change.after)}", "dim")


def _short(value: object) -> str:
    text = one_line(plain(value)) if value not in ("", (), []) else ""
    return (text if len(text) <= SHOWN_CHANGE else f"{text[:SHOWN_CHANGE]}…") or "nothing"
