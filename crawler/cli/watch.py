"""`milwire watch`: visit the enabled newsrooms on a schedule, or estimate requests and delays."""

import signal
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.cli import json_logs
from crawler.cli.options import (
    CommandError,
    DbOption,
    JsonOption,
    LogJsonOption,
    load_settings,
    open_store_if_any,
)
from crawler.cli.terminal import make_table, print_json, print_line, stdout_console

if TYPE_CHECKING:
    from crawler.cli.reporter import WatchOutput
    from crawler.config import Config
    from crawler.watch.forecast import Delay, Forecast
    from storage.models import Source
    from storage.store import Store

UNITS = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("min", timedelta(minutes=1)))
MIN_UNITS = 2.0  # below this many of a unit, the next smaller one is used


def watch_command(
    plan: Annotated[
        bool, typer.Option("--plan", help="Estimate requests and delays; visit nothing.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Check whether a watch is running: exit code 0 if so, else 1.")
    ] = False,
    metrics: Annotated[
        Path | None,
        typer.Option("--metrics", dir_okay=False, help="Write Prometheus metrics to this file."),
    ] = None,
    log_json: LogJsonOption = False,
    db: DbOption = Path("milwire.db"),
    as_json: JsonOption = False,
) -> None:
    """Visit the enabled newsrooms on a schedule. Ctrl-C or SIGTERM stops it, SIGHUP reloads the settings."""
    from crawler.cli.reporter import JsonVisitsOutput, LogOutput, TextOutput  # Scrapy: start-up time

    if plan and check:
        raise typer.BadParameter("choose --plan or --check, not both")
    if metrics and not metrics.absolute().parent.is_dir():
        raise typer.BadParameter(f"--metrics: no such folder: {metrics.absolute().parent}")
    if check:
        print_heartbeat(db, as_json=as_json)
    elif plan:
        print_forecasts(forecast_newsrooms(db), as_json=as_json)
    elif log_json:
        with json_logs.log_as_json():
            run_watch(db, LogOutput(prints_visits=as_json), metrics)
    else:
        run_watch(db, JsonVisitsOutput() if as_json else TextOutput(), metrics)


def run_watch(db: Path, output: "WatchOutput", metrics: Path | None) -> None:
    """Watch until a signal. CommandError if another watch runs, or if requests were left unfinished."""
    from crawler.cli.reporter import WatchReporter
    from crawler.watch import heartbeat, scheduler

    reporter = WatchReporter(db, lambda store: load_newsrooms(store, db), output, metrics)
    callbacks = scheduler.WatchListener(
        on_crawl=reporter.report_visit,
        on_message=reporter.report_line,
        on_beat=reporter.run_periodic_tasks,
        on_reload=output.report_reload,
    )
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # reloads once the watch runs
    try:
        is_clean = scheduler.watch_until_stopped(db, reporter.load_newsrooms, callbacks)
    except heartbeat.WatchedError as error:
        raise CommandError(str(error)) from error
    if not is_clean:
        raise CommandError("stopped before all requests had finished (stop_timeout)")
    output.report_stop("stopped; all finished requests are stored")


def print_heartbeat(db: Path, *, as_json: bool) -> None:
    """Print the heartbeat of a database's watch; CommandError if the watch is not running."""
    from crawler.watch import heartbeat
    from storage.db.timestamps import get_utc_now

    pulse = heartbeat.read_pulse(db)
    if silence := heartbeat.explain_silence(pulse, get_utc_now()):
        raise CommandError(f"{db}: {silence}")
    if as_json:
        print_json(pulse)
    else:
        print_line(f"{db}: process {pulse.get('pid')} is {heartbeat.format_pulse(pulse)}")


def load_newsrooms(store: "Store", db: Path) -> "tuple[Config, Sequence[Source]]":
    """Return the configuration and the enabled newsrooms as they are now."""
    from crawler.cli.crawl import check_can_crawl
    from crawler.config import ConfigError
    from crawler.sources import catalog

    config, wanted = load_settings(db), catalog.list_enabled_sources(store)
    try:
        check_can_crawl(wanted, config, db)
    except CommandError as error:  # reported like any mistake in the configuration, also on a reload
        raise ConfigError(error.format_message()) from error
    return config, wanted


def forecast_newsrooms(db: Path) -> "list[Forecast]":
    """Return the estimate for each enabled newsroom, by id."""
    from crawler.sources import catalog
    from crawler.sources.hosts import get_source_site, group_by_site
    from crawler.watch import forecast, planner, polling
    from storage.db.timestamps import get_utc_now

    config, now = load_settings(db), get_utc_now()
    with open_store_if_any(db) as store:
        wanted = sorted(catalog.list_enabled_sources(store), key=lambda source: source.id)
        groups = group_by_site(wanted)
        return [
            forecast.forecast_newsroom(
                source.id,
                planner.read_past_activity(store, source, now),
                polling.share_limits(config, len(groups[get_source_site(source)])),
                config.removal,
            )
            for source in wanted
        ]


def print_forecasts(forecasts: "list[Forecast]", *, as_json: bool) -> None:
    """Print the estimate for each newsroom, then the total."""
    if as_json:
        for one in forecasts:
            print_json(one)
        return
    columns = ("newsroom", "posts/day", "polls/day", "looks/day", "requests/day", "post", "edit", "removal")
    stdout_console().print(make_table(columns, map(_forecast_row, forecasts)))
    total = sum(one.requests_a_day for one in forecasts)
    print_line(
        f"{len(forecasts)} newsrooms, {total:,.0f} requests a day in all."
        " Delays are medians: half of all changes are found sooner."
    )
    print_line(
        "This assumes that half of all edits and removals come within a day of publishing;"
        " see docs/watching.md."
    )


def _forecast_row(one: "Forecast") -> Sequence[object]:
    rates = (one.posts_a_day, one.polls_a_day, one.looks_a_day, one.requests_a_day)
    return (
        one.source,
        *(f"{rate:.1f}" for rate in rates),
        *map(_format_delay, (one.post, one.edit, one.removal)),
    )


def _format_delay(delay: "Delay") -> str:
    """Return a median in a unit that reads well: days, hours or minutes."""
    median = timedelta(seconds=delay.median_s)
    name, unit = next((one for one in UNITS if median >= one[1] * MIN_UNITS), UNITS[-1])
    return f"{median / unit:.0f} {name}"
