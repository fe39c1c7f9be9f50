"""`milwire watch`: visit the enabled newsrooms on a schedule, or tell what that would cost and bring."""

import signal
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.cli import json_logs
from crawler.cli.options import CommandError, Db, Json, LogJson, settings, store_if_any
from crawler.cli.terminal import out, print_json, say, table
from crawler.cli.watch_output import Listed, Logged, Spoken, Voice

if TYPE_CHECKING:
    from crawler.config import Config
    from crawler.watch.forecast import Delay, Forecast
    from storage.models import Source
    from storage.store import Store

UNITS = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("min", timedelta(minutes=1)))
FEW = 2.0  # of a unit, below which the next smaller one is clearer


def watch(
    plan: Annotated[
        bool, typer.Option("--plan", help="Tell requests and expected delays; visit nothing.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Tell whether a watch is at work: exit code 0, else 1.")
    ] = False,
    metrics: Annotated[
        Path | None,
        typer.Option("--metrics", dir_okay=False, help="Write what Prometheus reads into this file."),
    ] = None,
    log_json: LogJson = False,
    db: Db = Path("milwire.db"),
    as_json: Json = False,
) -> None:
    """Visit the enabled newsrooms on a schedule until Ctrl-C or SIGTERM. SIGHUP reloads the configuration."""
    if plan and check:
        raise typer.BadParameter("--plan and --check are two questions; ask one")
    if metrics and not metrics.absolute().parent.is_dir():
        raise typer.BadParameter(f"--metrics: there is no folder {metrics.absolute().parent}")
    if check:
        print_pulse(db, as_json=as_json)
    elif plan:
        print_plan(forecasts(db), as_json=as_json)
    elif log_json:
        with json_logs.as_json():
            run(db, Logged(is_listed=as_json), metrics)
    else:
        run(db, Listed() if as_json else Spoken(), metrics)


def run(db: Path, voice: Voice, metrics: Path | None) -> None:
    """Watch until a signal; CommandError where another watch is at work, or something is left in flight."""
    from crawler.cli.reporter import Teller
    from crawler.watch import heartbeat, scheduler

    teller = Teller(db, lambda store: loaded(store, db), voice, metrics)
    told = scheduler.Told(teller.result, teller.line, teller.tick)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # it means something once the watch runs
    try:
        is_clean = scheduler.watch(db, teller.load, told)
    except heartbeat.WatchedError as error:
        raise CommandError(str(error)) from error
    if not is_clean:
        raise CommandError("stopped before all that was in flight was there (stop_timeout)")
    voice.stopped("stopped; what was in flight is stored")


def print_pulse(db: Path, *, as_json: bool) -> None:
    """Print the pulse of a database's watch; CommandError where it is no sign of life."""
    from crawler.watch import heartbeat
    from storage.db.timestamps import utcnow

    pulse = heartbeat.pulse(db)
    if silence := heartbeat.silence(pulse, utcnow()):
        raise CommandError(f"{db}: {silence}")
    if as_json:
        print_json(pulse)
    else:
        say(f"{db}: process {pulse.get('pid')} is {heartbeat.status(pulse)}")


def loaded(store: "Store", db: Path) -> "tuple[Config, Sequence[Source]]":
    """Return the configuration and the enabled newsrooms as they are now."""
    from crawler.cli.crawl import check
    from crawler.config import ConfigError
    from crawler.sources import catalog

    config, wanted = settings(db), catalog.enabled(store)
    try:
        check(wanted, config, db)
    except CommandError as error:  # told like any mistake in the configuration, also on a reload
        raise ConfigError(error.format_message()) from error
    return config, wanted


def forecasts(db: Path) -> "list[Forecast]":
    """Return what to expect of each enabled newsroom, by id."""
    from crawler.sources import catalog
    from crawler.watch import forecast, planner
    from storage.db.timestamps import utcnow

    config, now = settings(db), utcnow()
    with store_if_any(db) as store:
        wanted = sorted(catalog.enabled(store), key=lambda source: source.id)
        return [
            forecast.forecast(
                source.id,
                planner.past(store, source, now),
                planner.limits_of(config, [one for one in wanted if one.host == source.host]),
                config.removal,
            )
            for source in wanted
        ]


def print_plan(told: "list[Forecast]", *, as_json: bool) -> None:
    """Print what to expect of each newsroom, then of all."""
    if as_json:
        for one in told:
            print_json(one)
        return
    columns = ("newsroom", "posts/day", "polls/day", "looks/day", "requests/day", "post", "edit", "removal")
    out().print(table(columns, map(_row, told)))
    total = sum(one.requests_a_day for one in told)
    say(
        f"{len(told)} newsrooms, {total:,.0f} requests a day in all. Delays are medians: half is found sooner"
    )
    say("Edits and removals are assumed to come at ages of which half is below a day; see docs/watching.md.")


def _row(one: "Forecast") -> Sequence[object]:
    rates = (one.posts_a_day, one.polls_a_day, one.looks_a_day, one.requests_a_day)
    return (one.source, *(f"{rate:.1f}" for rate in rates), *map(_delay, (one.post, one.edit, one.removal)))


def _delay(delay: "Delay") -> str:
    """Return a median in the unit in which people say it."""
    told = timedelta(seconds=delay.median_s)
    name, unit = next((one for one in UNITS if told >= one[1] * FEW), UNITS[-1])
    return f"{told / unit:.0f} {name}"
