"""`milwire status`: newsroom health, what is wrong, and what to do about it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.padding import Padding
from rich.text import Text

from crawler.cli.options import DbOption, JsonOption, load_settings, open_existing_store
from crawler.cli.terminal import (
    escape_line,
    format_value,
    make_cell,
    make_table,
    print_json,
    print_line,
    print_message,
    stdout_console,
)

if TYPE_CHECKING:
    from crawler.health.report import HealthReport, SourceHealth, WatchStatus
    from storage.models import Refusal, Source
    from storage.store import Store

ADVISED_AFTER = 3  # refusals in a row: the first ones pass by themselves
MAX_ROWS = 40  # newsrooms in the table, without --all
MAX_ALARMS = 20  # alarms printed in full, without --all
MAX_NAMED = 5  # newsrooms named in the last line
CALM_STATES = ("dormant", "well", "off")  # nothing to do: after all other states


def status_command(
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCE",
            help="Show these in detail: ids, branch:NAME, tag:NAME or under:NAME; default: an overview.",
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Show every newsroom and every alarm.")] = False,
    metrics: Annotated[
        bool, typer.Option("--metrics", help="Print Prometheus metrics and nothing else.")
    ] = False,
    db: DbOption = Path("milwire.db"),
    as_json: JsonOption = False,
) -> None:
    """Show newsroom health, the worst first. Exit code 1 while anything is wrong."""
    if metrics and (ids or as_json):
        raise typer.BadParameter("--metrics works only without newsrooms and without --json")
    with open_existing_store(db) as store:
        if metrics:
            print(format_metrics(store, db), end="")
            return
        found, known = examine_newsrooms(store, db, ids or ())
    if as_json:
        print_json(found, indent=2)
    elif ids:
        print_newsroom_pages(found, known)
    else:
        print_health_table(found, known, every=every)
    if not found.ok:
        report_trouble(found)


def examine_newsrooms(
    store: "Store", db: Path, ids: Sequence[str]
) -> "tuple[HealthReport, dict[str, Source]]":
    """Return the health of newsrooms, and all known newsrooms by id; SourceError for an unknown id."""
    from crawler.health import report
    from crawler.sources import catalog
    from crawler.sources.selection import select_sources
    from crawler.watch import heartbeat
    from storage.db.timestamps import get_utc_now

    known = {source.id: source for source in catalog.list_all_sources(store)}
    only = {source.id for source in select_sources(store, ids)}
    now = get_utc_now()
    watch = report.read_watch_status(heartbeat.read_pulse(db), now)
    return report.build_report(store, load_settings(db), known, watch, now, only), known


def format_metrics(store: "Store", db: Path) -> str:
    """Return the current metrics in Prometheus's text format."""
    from crawler.health import metrics

    found, _ = examine_newsrooms(store, db, ())
    return metrics.render_metrics(metrics.measure_report(found, store, db))


def report_trouble(found: "HealthReport") -> None:
    """Print what is wrong in one line on stderr; exit code 1."""
    wrong = [one.source for one in sort_worst_first(found.sources) if not one.ok]
    more = f" and {len(wrong) - MAX_NAMED} more" if len(wrong) > MAX_NAMED else ""
    if wrong:
        names = f"{', '.join(wrong[:MAX_NAMED])}{more}"
        print_message(f"milwire: {_count_newsrooms(wrong)} in trouble: {names}", "red")
    else:
        print_message("milwire: watch is not running", "red")
    raise typer.Exit(1)


def print_health_table(found: "HealthReport", known: "dict[str, Source]", *, every: bool) -> None:
    """Print the watch, a table of the newsrooms, then each alarm with what to do about it."""
    from crawler.health.alarms import AlarmKind
    from storage.db.timestamps import get_utc_now

    now = get_utc_now()
    print_watch_state(found.watch, now)
    rows = sort_worst_first(found.sources)
    shown = rows
    if not every and len(rows) > MAX_ROWS:
        shown = [one for one in rows if one.state not in CALM_STATES][:MAX_ROWS]
    if shown:
        columns = ("newsroom", "state", "list read", "last post", "usual gap", "stored")
        stdout_console().print(make_table(columns, (_format_health_row(one, now) for one in shown)))
    print_line(summarize_health(found, len(shown)))
    alarms = [one for health in rows for one in health.alarms]
    for one in alarms if every else alarms[:MAX_ALARMS]:
        print_alarm(one.source, one.kind, one.since_at, (one.line, one.advice))
    if len(alarms) > MAX_ALARMS and not every:
        print_line(f"\n... and {len(alarms) - MAX_ALARMS} more alarms; --all shows them", "dim")
    in_alarm = {known[one.source].host.lower() for one in alarms if one.kind is AlarmKind.UNREACHABLE}
    for refusal in [one for one in found.refused if one.host not in in_alarm][:MAX_ALARMS]:
        print_line("\n" + escape_line(advise_on_refusal(refusal)), "red")


def sort_worst_first(sources: "Iterable[SourceHealth]") -> "list[SourceHealth]":
    """Return newsrooms in the order in which they need attention, then by id."""
    from crawler.health.alarms import AlarmKind

    order = [*AlarmKind, "refused", "never looked at", "not watched", *CALM_STATES]
    return sorted(sources, key=lambda one: (order.index(one.state), one.source))


def summarize_health(found: "HealthReport", shown: int) -> str:
    """Return how many newsrooms are in each state, and how many releases are stored."""
    counts = Counter(one.state for one in sort_worst_first(found.sources))
    states = ", ".join(f"{n:,} {state}" for state, n in counts.items())
    hidden = len(found.sources) - shown
    more = f" {hidden:,} are not shown; --all shows them." if hidden else ""
    return (
        f"{_count_newsrooms(found.sources)}: {states}.{more}"
        f"\n{found.releases:,} releases, {found.postings:,} postings."
    )


def print_watch_state(watch: "WatchStatus", now: datetime) -> None:
    """Print whether the watch is running."""
    from crawler.health.report import WatchState

    pid, at = f"process {watch.pid}", watch.at
    if watch.state is WatchState.RUNNING:
        since = format_value(watch.started_at)
        print_line(
            f"The watch has been running since {since} UTC ({pid}, heartbeat {format_age(at, now)}).", "green"
        )
    elif watch.state is WatchState.DEAD:
        print_line(
            f"THE WATCH IS DEAD: last heartbeat of {pid} {format_age(at, now)}, {format_value(at)} UTC.",
            "bold red",
        )
        print_line("Nothing has been observed since. Start it again: milwire watch", "red")
    elif watch.state is WatchState.STOPPED:
        end = watch.stopped_at
        print_line(
            f"The watch is not running. It was stopped {format_age(end, now)}, {format_value(end)} UTC.",
            "yellow",
        )
    else:
        print_line("The watch is not running and never was: newsrooms are read only when you crawl them.")


def print_newsroom_pages(found: "HealthReport", known: "dict[str, Source]") -> None:
    """Print some newsrooms in detail."""
    from storage.db.timestamps import get_utc_now

    now = get_utc_now()
    print_watch_state(found.watch, now)
    for health in found.sources:
        print_newsroom_health(health, known.get(health.source), now)


def advise_on_refusal(refusal: "Refusal") -> str:
    """Return since when a host has refused us, until when it is left alone, and what to do about it."""
    times = "once" if refusal.times == 1 else f"{refusal.times} times in a row"
    line = (
        f"{refusal.host}: not observed since {format_value(refusal.since_at)} UTC; it refused us {times}"
        f" ({refusal.reason}) and is left alone until {format_value(refusal.until_at)} UTC."
    )
    if refusal.times < ADVISED_AFTER:
        return line
    return f"{line} Ask its webmaster to let your user agent in, or disable its newsrooms."


def print_newsroom_health(health: "SourceHealth", source: "Source | None", now: datetime) -> None:
    """Print the health of one newsroom: alarms first, then the facts."""
    title = "no longer in the catalogue"
    if source:
        title = ", ".join(filter(None, (source.organization, source.host)))
    print_line(f"\n{health.source}: {escape_line(title)}", "bold")
    for one in health.alarms:
        print_alarm(one.source, one.kind, one.since_at, (one.line, one.advice))
    for label, fact in _list_facts(health, now):
        print_line(f"  {label:<16} {escape_line(fact)}")
    _print_fields(health)
    _print_gaps(health, now)


def print_alarm(source: str, kind: str, since: datetime, lines: Sequence[str]) -> None:
    """Print an alarm: what is wrong, since when, and what to do, wrapped at words."""
    stdout_console().print()
    stdout_console().print(
        Text(escape_line(f"{source}: {kind} since {format_value(since)} UTC"), style="bold red")
    )
    for line in lines:
        stdout_console().print(Padding(Text(escape_line(line)), (0, 0, 0, 4)))


def format_age(at: datetime | None, now: datetime) -> str:
    """Return how long ago something was, such as "3 h ago"."""
    from crawler.health.alarms import format_duration

    return f"{format_duration(now - at)} ago" if at else "at an unknown time"


def _format_health_row(one: "SourceHealth", now: datetime) -> tuple[object, ...]:
    style = "" if one.ok else "red"
    gap = _format_roughly(timedelta(seconds=one.median_gap_s)) if one.median_gap_s else ""
    dates = (one.last_success_at, one.last_post_at)
    times = (f"{_format_roughly(now - at)} ago" if at else "never" for at in dates)
    return (one.source, make_cell(one.state, style), *times, gap, f"{one.postings:,}")


def _format_roughly(length: timedelta) -> str:
    """Return a length of time in its largest unit, which fits a table: "13 days"."""
    from crawler.health.alarms import format_duration

    return format_duration(length).replace(" and ", ", ").split(", ")[0]


def _count_newsrooms(newsrooms: Sequence[object]) -> str:
    return "1 newsroom" if len(newsrooms) == 1 else f"{len(newsrooms):,} newsrooms"


def _list_facts(health: "SourceHealth", now: datetime) -> list[tuple[str, str]]:
    run, at = health.last_run, health.last_success_at
    looks = ", ".join(f"{verdict.replace('_', ' ')} {n:,}" for verdict, n in health.verdicts.items())
    facts = [
        ("state", health.state),
        ("list last read", f"{format_value(at)} UTC, {format_age(at, now)}" if at else "never"),
        (
            "last crawl",
            f"{format_value(run.started_at)} UTC, {run.state}, {run.requests} requests" if run else "never",
        ),
        ("looks in 7 days", looks or "none"),
        ("stored", f"{health.postings:,} postings; {health.pending:,} more seen but not fetched yet"),
        ("posts", _describe_posting(health, now)),
    ]
    return facts + [("failed", failure) for failure in (run.failures if run else ())]


def _describe_posting(health: "SourceHealth", now: datetime) -> str:
    """Return how often a newsroom posts, and when its silence would be an alarm."""
    if health.last_post_at is None or health.median_gap_s is None or health.longest_gap_s is None:
        return "too few to say how often"
    from crawler.health.alarms import format_duration

    usual, longest = (
        format_duration(timedelta(seconds=one)) for one in (health.median_gap_s, health.longest_gap_s)
    )
    line = f"last {format_age(health.last_post_at, now)}; usual gap {usual}, longest {longest}"
    if health.allowed_silence_s is None:
        return f"{line}; too few for an alarm on silence"
    return f"{line}; alarm after a silence of {format_duration(timedelta(seconds=health.allowed_silence_s))}"


def _print_fields(health: "SourceHealth") -> None:
    from crawler.health import field_drift

    labels = {
        field_drift.LENGTH: "a body of usual length",
        field_drift.TRUSTED: "their platform's reader",
    }
    rows = [
        (
            make_cell(labels.get(one.field, one.field.replace("_", " ")), "red" if one.is_fallen else ""),
            _format_share(one.recent, one.recent_of),
            _format_share(one.before, one.before_of),
        )
        for one in health.fields
        if one.recent_of
    ]
    if rows:
        stdout_console().print(make_table(("releases with", "newest", "before"), rows))


def _format_share(part: int, whole: int) -> str:
    return f"{part / whole:4.0%} of {whole}" if whole else ""


def _print_gaps(health: "SourceHealth", now: datetime) -> None:
    from crawler.health.alarms import format_duration

    rows = [
        (
            gap.since_at,
            gap.until_at or "now",
            format_duration((gap.until_at or now) - gap.since_at),
            gap.reason,
        )
        for gap in health.not_observed
    ]
    if rows:
        stdout_console().print(make_table(("not observed from", "until (UTC)", "for", "why"), rows))
