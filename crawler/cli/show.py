"""`milwire show`: the whole story of a release."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from crawler.cli import lookup
from crawler.cli.options import CommandError, Db, Json, existing_store
from crawler.cli.terminal import COLUMN, cell, one_line, out, plain, print_json, safe, say
from storage.models import Event
from storage.queries import event_json, evidence

if TYPE_CHECKING:
    from storage.queries.results import Posting, Release, Sight, Story


def show(
    release: Annotated[
        str, typer.Argument(metavar="RELEASE", help="A release's number, an article number or an address.")
    ],
    db: Db = Path("milwire.db"),
    as_json: Json = False,
) -> None:
    """Show one release with its story. Text, copies, what happened, when we looked, what is kept."""
    from storage.queries import history

    with existing_store(db) as store:
        found, now = history.story(store, lookup.release(store, release)), store.clock()
    if found is None:
        raise CommandError(f"no release {release}; `milwire search WORDS` finds one")
    if as_json:
        print_json(history.as_json(found), indent=2)
    else:
        print_story(found, now)


def print_story(found: "Story", now: datetime) -> None:
    """Print a release for a person."""
    print_release(found.release, out())
    say("\nWhere it is posted", "bold")
    for posting in found.postings:
        print_posting(posting)
    say("\nWhat happened", "bold")
    for one in found.events:
        print_event(one, out())
    say("\nWhen we looked", "bold")
    print_looks(found, now)
    say("\nWhat is kept of it", "bold")
    for capture in found.captures:
        read = f", revision {', '.join(map(str, capture.revisions))}" if capture.revisions else ""
        say(f"  {evidence.instant(capture.at)}  HTTP {capture.status}{read}: {capture.file}:{capture.offset}")
        say(f"      {capture.sha256}", "dim")
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


def print_posting(posting: "Posting") -> None:
    """Print where a copy stands and since when."""
    since = f"since {evidence.instant(posting.since_at)}"
    seen = (
        f"first seen {plain(posting.first_seen_at)} UTC, last seen {evidence.instant(posting.last_seen_at)}"
    )
    say(f"  {posting.state} {since}, {seen}")
    say(f"      {one_line(posting.url)}", "dim")


def print_event(event: Event, console: Console) -> None:
    """Print an event of a release, its evidence and its changes, words in colour."""
    from crawler.cli.diff_render import print_changes

    source = f"  {event.source}" if event.source else ""
    say(f"  {evidence.instant(event.at)}  {event.kind}{source}", STYLES.get(event.kind, ""))
    print_running(one_line(event_json.evidence(event)), console, 6)
    print_changes(event.changes, console, 6)


STYLES = {"edited": "yellow", "removed": "red", "suspected": "red", "returned": "green", "purged": "magenta"}


def print_running(text: str, console: Console, indent: int) -> None:
    """Print running text in lines of its own width; an address is never cut."""
    for line in Text(text).wrap(console, min(COLUMN, console.width) - indent):
        say(f"{' ' * indent}{line.plain.rstrip()}", "dim")


def print_looks(found: "Story", now: datetime) -> None:
    """Print our own watching, posting by posting, with its gaps."""
    for posting in found.postings:
        seen = [one for one in found.looks if one.posting == posting.url]
        if len(found.postings) > 1:
            say(f"  {one_line(posting.url)}", "dim")
        for one in seen:
            print_look(one)
        if seen:
            say(f"  not looked at since then, for {evidence.span(now - seen[-1].last_at)}", "yellow")


def print_look(one: "Sight") -> None:
    """Print equal looks on one line, and before them for how long nobody looked."""
    if one.unwatched_s is not None:
        say(f"  nobody looked for {evidence.span(timedelta(seconds=one.unwatched_s))}", "yellow")
    until = f" to {plain(one.last_at)}" if one.looks > 1 else ""
    many = f"{one.looks} looks, " if one.looks > 1 else ""
    what = one.outcome.replace("_", " ") + (f", revision {one.revision}" if one.revision else "")
    reason = f" ({one_line(one.reason)})" if one.reason else ""
    say(f"  {plain(one.first_at)}{until} UTC: {many}{what}{reason}")
