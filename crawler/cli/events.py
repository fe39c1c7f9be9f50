"""`milwire events`: what happened to releases and newsrooms, with the evidence."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.cli import lookup
from crawler.cli.options import (
    CommandError,
    DbOption,
    JsonOption,
    NewsroomOption,
    open_existing_store,
    parse_day_option,
)
from crawler.cli.show import STYLES, print_running_text
from crawler.cli.terminal import (
    escape_line,
    format_value,
    print_json,
    print_line,
    print_message,
    stdout_console,
)
from storage.models import Change, Event, EventKind
from storage.models.quoting import quote_value
from storage.queries import evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.queries.event_summary import EventSummary
    from storage.queries.filters import Filter
    from storage.store import Store

SinceOption = Annotated[
    date | None, typer.Option("--since", parser=parse_day_option, metavar="DATE", help="From this day.")
]
UntilOption = Annotated[
    date | None,
    typer.Option("--until", parser=parse_day_option, metavar="DATE", help="Up to and including this day."),
]


def parse_event_kind(text: str) -> EventKind:
    """Return a kind of event that is shown to users; anything else is wrong usage."""
    shown = [kind for kind in EventKind if not kind.is_hidden]
    if text not in shown:
        wanted = f"is not a kind of event; choose one of {', '.join(shown)}"
        raise typer.BadParameter(f"{quote_value(text)} {wanted}")
    return EventKind(text)


def parse_least_importance(text: str) -> int:
    """Return the lowest score of a level of importance, or the score itself; anything else is wrong usage."""
    from storage.analysis.importance import LEVEL_SCORES

    if text.isdecimal() and len(text) < 4:
        return int(text)
    if text not in LEVEL_SCORES:
        wanted = f"is no level; choose one of {', '.join(LEVEL_SCORES)}, or a score"
        raise typer.BadParameter(f"{quote_value(text)} {wanted}")
    return LEVEL_SCORES[text]


def events_command(
    newsrooms: NewsroomOption = None,
    kind: Annotated[
        EventKind | None,
        typer.Option("--kind", parser=parse_event_kind, metavar="KIND", help="Only this kind, e.g. edited."),
    ] = None,
    since: SinceOption = None,
    until: UntilOption = None,
    least: Annotated[
        int | None,
        typer.Option(
            "--min-importance",
            parser=parse_least_importance,
            metavar="LEVEL",
            help="Only what matters: low, normal, high or a score.",
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Only the newest N.")] = None,
    after: Annotated[
        int | None,
        typer.Option("--after", min=0, metavar="EVENT", help="Only events after the last one you read."),
    ] = None,
    db: DbOption = Path("milwire.db"),
    as_json: JsonOption = False,
) -> None:
    """Show what happened, with the evidence. Posts, edits, removals, returns and more, oldest first."""
    from storage.queries.filters import Filter

    wanted = Filter(kind=kind, since=since, until=until, limit=limit, after=after)
    print_events(db, wanted, newsrooms or (), as_json=as_json, least=least or 0)


def print_events(
    db: Path, wanted: "Filter", newsrooms: "Sequence[str]", *, as_json: bool, least: int = 0
) -> None:
    """Print the events of a filter and of newsrooms, of at least so high a score."""
    from storage.queries import event_summary, events

    has_events, last = False, 0
    with open_existing_store(db) as store:
        wanted = lookup.limit_newsrooms(store, wanted, newsrooms)
        if wanted.after is not None:
            last = check_last_event(store, wanted.after)
            wanted = replace(wanted, up_to=last)
        listed = events.list_events(store, replace(wanted, limit=None) if least else wanted)
        found = event_summary.list_summaries(store, listed)
        for one in event_summary.select_important(found, least, wanted.limit) if least else found:
            has_events = True
            if as_json:
                print_json(event_summary.summary_to_json(one))
            else:
                print_event(one.event, one)
    if not has_events and not as_json:
        print_message(
            "no events match" if wanted.after is None else f"nothing new after event {wanted.after}"
        )
    if wanted.after is not None:  # beside JSON on stderr, which keeps one event a line
        said = f"last event: {last}; the next time: milwire events --after {last}"
        print_message(said) if as_json else print_line(said)


def check_last_event(store: "Store", after: int) -> int:
    """Return the number of the newest event; CommandError if `after` is larger, as of another database."""
    from storage.queries.events import find_last_event

    last = find_last_event(store)
    if after > last:
        raise CommandError(f"there is no event {after} yet, the last is {last}; is it another database?")
    return last


def print_event(event: Event, known: "EventSummary | None" = None) -> None:
    """Print an event on one line, and below it a sentence, the evidence and the words that changed.

    Its importance is printed too where its summary is known, since that needs the age of the release.
    """
    from crawler.cli.diff_render import print_changes, print_field
    from storage.queries import event_summary

    summary = known or event_summary.build_summary(event, None)
    start = f"{event.id:>5}  {format_value(event.at)}  {event.kind:<12}  {event.release or '':>5}"
    title = escape_line(event.title or "")
    print_line(
        f"{start}  {event.source or 'no newsroom'}{title and f': {title}'}", STYLES.get(event.kind, "")
    )
    if not event.kind.is_first:  # the only evidence of a first event is its time, printed above
        print_running_text(escape_line(summary.sentence), stdout_console(), 7, "")
        if known is not None:
            print_running_text(event_summary.describe_importance(known.importance), stdout_console(), 7)
        print_running_text(escape_line(evidence.describe_event(event)), stdout_console(), 7)
    for one in summary.fields:
        print_field(one, stdout_console(), 7)
    for named, changes in group_hit_releases(event):
        print_running_text(escape_line(named), stdout_console(), 7)
        print_changes(changes, stdout_console(), 9)


def group_hit_releases(event: Event) -> list[tuple[str, tuple[Change, ...]]]:
    """Return the releases that a site's change hit, those with equal words together, and the words."""
    groups: dict[str, tuple[list[str], tuple[Change, ...]]] = {}
    releases = event.detail.get("releases", ())
    for each in releases if isinstance(releases, list) else ():
        changes = tuple(Change(**one) for one in each["changes"])
        named = (
            f"release {each['release']}, {each['title']}" if each["title"] else f"release {each['release']}"
        )
        groups.setdefault(repr(changes), ([], changes))[0].append(named)
    return [("; ".join(names), changes) for names, changes in groups.values()]
