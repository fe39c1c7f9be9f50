"""`milwire status`: how the newsrooms fare, what is wrong, and what to do about it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.cli.options import Db, Json, existing_store, settings
from crawler.cli.terminal import cell, note, one_line, out, plain, print_json, say, table

if TYPE_CHECKING:
    from crawler.health.report import Checkup, Health, Watching
    from storage.models import Source
    from storage.queries.results import Refusal
    from storage.store import Store

ADVISED_AFTER = 3  # refusals in a row: the first ones pass by themselves
ROWS = 40  # newsrooms in the table without --all
TOLD = 20  # alarms in full without --all
NAMED = 5  # newsrooms in the last line
CALM = ("dormant", "well", "off")  # states, after all others


def status(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE...]", help="Tell all about these newsrooms.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Show every newsroom, however many there are.")
    ] = False,
    metrics: Annotated[
        bool, typer.Option("--metrics", help="Print what Prometheus reads, and nothing else.")
    ] = False,
    db: Db = Path("milwire.db"),
    as_json: Json = False,
) -> None:
    """Show how the newsrooms fare, the worst first. Exit code 1 while anything is wrong."""
    if metrics and (ids or as_json):
        raise typer.BadParameter("--metrics is about all newsrooms and has a format of its own")
    with existing_store(db) as store:
        if metrics:
            print(measured(store, db), end="")
            return
        found, known = examined(store, db, ids or ())
    if as_json:
        print_json(found, indent=2)
    elif ids:
        print_pages(found, known)
    else:
        print_table(found, known, every=every)
    if not found.ok:
        complain(found)


def examined(store: "Store", db: Path, ids: Sequence[str]) -> "tuple[Checkup, dict[str, Source]]":
    """Return how newsrooms fare, and all newsrooms there are; SourceError for a name that is none."""
    from crawler.health import report
    from crawler.sources import catalog
    from crawler.watch import heartbeat
    from storage.db.timestamps import utcnow

    known = {source.id: source for source in catalog.all_sources(store)}
    only = {catalog.find(store, one).id for one in ids}
    now = utcnow()
    watch = report.watching(heartbeat.pulse(db), now)
    return report.checkup(store, settings(db), known, watch, now, only), known


def measured(store: "Store", db: Path) -> str:
    """Return what Prometheus reads, as of now."""
    from crawler.health import metrics

    found, _ = examined(store, db, ())
    return metrics.text(metrics.of_checkup(found, store, db))


def complain(found: "Checkup") -> None:
    """Say on stderr what is wrong, in one line; exit code 1."""
    wrong = [one.source for one in worst_first(found.sources) if not one.ok]
    more = f" and {len(wrong) - NAMED} more" if len(wrong) > NAMED else ""
    if wrong:
        who = f"{len(wrong)} {_newsrooms(len(wrong))} in trouble: {', '.join(wrong[:NAMED])}{more}"
        note(f"milwire: {who}", "red")
    else:
        note("milwire: no watch is at work", "red")
    raise typer.Exit(1)


def print_table(found: "Checkup", known: "dict[str, Source]", *, every: bool) -> None:
    """Print the watch, a table of the newsrooms, then each alarm with what to do about it."""
    from crawler.cli.status_source import print_alarm
    from storage.db.timestamps import utcnow

    now = utcnow()
    print_watch(found.watch, now)
    rows = worst_first(found.sources)
    shown = rows if every or len(rows) <= ROWS else [one for one in rows if one.state not in CALM][:ROWS]
    if shown:
        columns = ("newsroom", "how", "list read", "last post", "usual gap", "stored")
        out().print(table(columns, (_row(one, now) for one in shown)))
    say(summary(found, len(shown)))
    alarms = [one for health in rows for one in health.alarms]
    for one in alarms if every else alarms[:TOLD]:
        print_alarm(one.source, one.kind, one.since_at, (one.line, one.advice))
    if len(alarms) > TOLD and not every:
        say(f"\n... and {len(alarms) - TOLD} more alarms; --all tells them", "dim")
    told = {known[one.source].host.lower() for one in alarms if one.kind == "unheard"}
    for refusal in [one for one in found.refused if one.host not in told][:TOLD]:
        say("\n" + one_line(advice(refusal)), "red")


def worst_first(sources: "Iterable[Health]") -> "list[Health]":
    """Return newsrooms in the order in which somebody should look at them."""
    from crawler.health.alarms import AlarmKind

    order = [*AlarmKind, "refused", "never looked at", "not watched", *CALM]
    return sorted(sources, key=lambda one: (order.index(one.state), one.source))


def summary(found: "Checkup", shown: int) -> str:
    """Return the counts of all newsrooms in a line."""
    counts = Counter(one.state for one in worst_first(found.sources))
    told = ", ".join(f"{n:,} {state}" for state, n in counts.items())
    hidden = len(found.sources) - shown
    more = f" {hidden:,} are not shown; --all shows them." if hidden else ""
    return (
        f"{len(found.sources):,} {_newsrooms(len(found.sources))}: {told}.{more}"
        f"\n{found.releases:,} releases, {found.postings:,} postings."
    )


def print_watch(watch: "Watching", now: datetime) -> None:
    """Print whether a watch is at work."""
    from crawler.cli.status_source import ago
    from crawler.health.report import WatchState

    pid, at = f"process {watch.pid}", watch.at
    if watch.state is WatchState.RUNNING:
        since = plain(watch.started_at)
        say(f"A watch is at work since {since} UTC ({pid}, last sign of life {ago(at, now)}).", "green")
    elif watch.state is WatchState.DEAD:
        say(
            f"THE WATCH IS DEAD: {pid} gave its last sign of life {ago(at, now)}, {plain(at)} UTC.",
            "bold red",
        )
        say("Nothing is observed since. `milwire watch` starts it again.", "red")
    elif watch.state is WatchState.STOPPED:
        end = watch.stopped_at
        say(f"No watch is at work. The last one was ended {ago(end, now)}, {plain(end)} UTC.", "yellow")
    else:
        say("No watch is at work, and there was none yet: newsrooms are read when somebody crawls them.")


def print_pages(found: "Checkup", known: "dict[str, Source]") -> None:
    """Print all about some newsrooms."""
    from crawler.cli.status_source import print_page
    from storage.db.timestamps import utcnow

    now = utcnow()
    print_watch(found.watch, now)
    for health in found.sources:
        print_page(health, known.get(health.source), now)


def advice(refusal: "Refusal") -> str:
    """Return since when a host has not been observed, and what to do about it."""
    times = "once" if refusal.times == 1 else f"{refusal.times} times in a row"
    told = (
        f"{refusal.host}: not observed since {plain(refusal.since_at)} UTC; it refused us {times}"
        f" ({refusal.reason}) and is left alone until {plain(refusal.until_at)} UTC."
    )
    if refusal.times < ADVISED_AFTER:
        return told
    return f"{told} Ask its webmaster to let your user agent in, or switch its newsrooms off."


def _row(one: "Health", now: datetime) -> tuple[object, ...]:
    from crawler.cli.status_source import ago
    from crawler.health.alarms import span

    style = "" if one.ok else "red"
    gap = span(timedelta(seconds=one.median_gap_s)) if one.median_gap_s else ""
    times = (ago(at, now) if at else "never" for at in (one.last_success_at, one.last_post_at))
    return (one.source, cell(one.state, style), *times, gap, f"{one.postings:,}")


def _newsrooms(count: int) -> str:
    return "newsroom" if count == 1 else "newsrooms"
