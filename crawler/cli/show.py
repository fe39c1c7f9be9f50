"""`milwire show`: a release and its history."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from crawler.cli import lookup
from crawler.cli.options import CommandError, DbOption, JsonOption, open_existing_store
from crawler.cli.terminal import (
    TEXT_WIDTH,
    escape_controls,
    escape_line,
    format_value,
    make_cell,
    print_json,
    print_line,
    stdout_console,
)
from storage.queries import evidence

if TYPE_CHECKING:
    from storage.queries.event_summary import EventSummary
    from storage.queries.history import LookSpan, Posting, ReleaseHistory
    from storage.queries.releases import Release


def show_command(
    release: Annotated[
        str, typer.Argument(metavar="RELEASE", help="Release number, article number or address.")
    ],
    db: DbOption = Path("milwire.db"),
    as_json: JsonOption = False,
) -> None:
    """Show one release and its history. Text, copies, events, when milwire looked, stored captures."""
    from storage.queries import history

    with open_existing_store(db) as store:
        found, now = history.read_history(store, lookup.find_release(store, release)), store.clock()
    if found is None:
        raise CommandError(f"no release {release}; find it with `milwire search WORDS`")
    if as_json:
        print_json(history.history_to_json(found), indent=2)
    else:
        print_release_history(found, now)


def print_release_history(found: "ReleaseHistory", now: datetime) -> None:
    """Print a release, its postings, events, looks and captures."""
    from storage.queries import event_summary

    print_release(found.release, stdout_console())
    print_line("\nWhere it is posted", "bold")
    for posting in found.postings:
        print_posting(posting)
    print_line("\nWhat happened", "bold")
    for one in found.events:
        print_history_event(event_summary.build_summary(one, found.release.published_on), stdout_console())
    print_line("\nWhen milwire looked", "bold")
    print_looks(found, now)
    print_line("\nStored captures", "bold")
    for capture in found.captures:
        read = f", revision {', '.join(map(str, capture.revisions))}" if capture.revisions else ""
        place = f"{capture.file}:{capture.offset}"
        print_line(f"  {evidence.format_instant(capture.at)}  HTTP {capture.status}{read}: {place}")
        print_line(f"      {capture.sha256}", "dim")
    if found.same_text:
        print_line(
            f"\nOther releases with the same text: {', '.join(str(number) for number in found.same_text)}"
        )


def print_release(release: "Release", console: Console) -> None:
    """Print the fields and the text of a release."""
    width = min(TEXT_WIDTH, console.width)
    console.print(make_cell(release.title, "bold"), width=width)
    if release.subtitle:
        console.print(make_cell(release.subtitle, "italic"), width=width)
    about = (release.published_on, release.byline, release.organization, release.dateline)
    console.print(make_cell(" | ".join(str(part) for part in about if part), "cyan"), width=width)
    console.print(Text(f"\n{escape_controls(release.body)}\n"), width=width)
    if release.tags:
        console.print(make_cell(f"tags: {', '.join(release.tags)}", "dim"), width=width)
    for image in release.images:
        console.print(make_cell(f"image: {image.url}", "dim"), soft_wrap=True)


def print_posting(posting: "Posting") -> None:
    """Print the state and the times of a posting."""
    since = f"since {evidence.format_instant(posting.since_at)}"
    first, last = format_value(posting.first_seen_at), evidence.format_instant(posting.last_seen_at)
    print_line(f"  {posting.state} {since}, first seen {first} UTC, last seen {last}")
    print_line(f"      {escape_line(posting.url)}", "dim")


def print_history_event(found: "EventSummary", console: Console) -> None:
    """Print an event of a release: a sentence, importance, evidence, and the words that changed."""
    from crawler.cli.diff_render import print_field
    from storage.queries import event_summary

    event = found.event
    source = f"  {event.source}" if event.source else ""
    print_line(f"  {evidence.format_instant(event.at)}  {event.kind}{source}", STYLES.get(event.kind, ""))
    if not event.kind.is_first:
        print_running_text(escape_line(found.sentence), console, 6, "")
        print_running_text(event_summary.describe_importance(found.importance), console, 6)
    print_running_text(escape_line(evidence.describe_event(event)), console, 6)
    for one in found.fields:
        print_field(one, console, 6)


STYLES = {"edited": "yellow", "removed": "red", "suspected": "red", "returned": "green", "purged": "magenta"}


def print_running_text(text: str, console: Console, indent: int, style: str = "dim") -> None:
    """Print text wrapped and indented; an address is never cut."""
    for line in Text(text).wrap(console, min(TEXT_WIDTH, console.width) - indent):
        print_line(f"{' ' * indent}{line.plain.rstrip()}", style)


def print_looks(found: "ReleaseHistory", now: datetime) -> None:
    """Print when each posting was looked at, and when it was not."""
    for posting in found.postings:
        seen = [one for one in found.looks if one.posting == posting.url]
        if len(found.postings) > 1:
            print_line(f"  {escape_line(posting.url)}", "dim")
        for one in seen:
            print_look(one)
        if seen:
            print_line(f"  no look since then, for {evidence.format_span(now - seen[-1].last_at)}", "yellow")


def print_look(one: "LookSpan") -> None:
    """Print equal looks in a row on one line, after the gap before them if there was one."""
    if one.unwatched_s is not None:
        print_line(f"  no look for {evidence.format_span(timedelta(seconds=one.unwatched_s))}", "yellow")
    until = f" to {format_value(one.last_at)}" if one.looks > 1 else ""
    count = f"{one.looks} looks, " if one.looks > 1 else ""
    what = one.outcome.replace("_", " ") + (f", revision {one.revision}" if one.revision else "")
    reason = f" ({escape_line(one.reason)})" if one.reason else ""
    print_line(f"  {format_value(one.first_at)}{until} UTC: {count}{what}{reason}")
