"""All about the health of one newsroom, for `milwire status SOURCE`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.text import Text

from crawler.cli.terminal import cell, one_line, out, plain, say, table
from crawler.health import field_drift
from crawler.health.alarms import span

if TYPE_CHECKING:
    from crawler.health.report import Health
    from storage.models import Source

FIELDS = {field_drift.LENGTH: "a body of usual length", field_drift.TRUSTED: "a reader of their own"}


def print_page(health: "Health", source: "Source | None", now: datetime) -> None:
    """Print how a newsroom fares: what is wrong first, then what is known."""
    title = (
        ", ".join(filter(None, (source.organization, source.host))) if source else "in no catalogue any more"
    )
    say(f"\n{health.source}: {one_line(title)}", "bold")
    for one in health.alarms:
        print_alarm(one.source, one.kind, one.since_at, (one.line, one.advice))
    for label, told in _facts(health, now):
        say(f"  {label:<16} {one_line(told)}")
    _print_fields(health)
    _print_gaps(health, now)


def print_alarm(source: str, kind: str, since: datetime, told: Sequence[str]) -> None:
    """Print an alarm: what, since when, and what to do, folded at words."""
    out().print()
    out().print(Text(one_line(f"{source}: {kind} since {plain(since)} UTC"), style="bold red"))
    for line in told:
        out().print(Padding(Text(one_line(line)), (0, 0, 0, 4)))


def ago(at: datetime | None, now: datetime) -> str:
    """Return how long ago something was, as people say it."""
    return f"{span(now - at)} ago" if at else "at an unknown time"


def _facts(health: "Health", now: datetime) -> list[tuple[str, str]]:
    run, at = health.last_run, health.last_success_at
    looks = ", ".join(f"{verdict.replace('_', ' ')} {n:,}" for verdict, n in health.verdicts.items())
    told = [
        ("how", health.state),
        ("list read well", f"{plain(at)} UTC, {ago(at, now)}" if at else "never"),
        (
            "last crawl",
            f"{plain(run.started_at)} UTC, {run.state}, {run.requests} requests" if run else "never",
        ),
        ("looks of 7 days", looks or "none"),
        ("stored", f"{health.postings:,} postings, {health.pending:,} announced and not fetched yet"),
        ("posts", _posts(health, now)),
    ]
    return told + [("failed", failure) for failure in (run.failures if run else ())]


def _posts(health: "Health", now: datetime) -> str:
    """Return when a newsroom posts, and when its silence would be an alarm."""
    if health.last_post_at is None or health.median_gap_s is None or health.longest_gap_s is None:
        return "too few are known"
    usual, longest = (span(timedelta(seconds=one)) for one in (health.median_gap_s, health.longest_gap_s))
    told = f"the last one {ago(health.last_post_at, now)}; between two {usual} usually, {longest} at most"
    if health.allowed_silence_s is None:
        return f"{told}; too few to call it silent"
    return f"{told}; silent after {span(timedelta(seconds=health.allowed_silence_s))}"


def _print_fields(health: "Health") -> None:
    rows = [
        (
            cell(FIELDS.get(one.field, one.field.replace("_", " ")), "red" if one.is_fallen else ""),
            _share(one.recent, one.recent_of),
            _share(one.before, one.before_of),
        )
        for one in health.fields
        if one.recent_of
    ]
    if rows:
        out().print(table(("releases with", "the newest", "before"), rows))


def _share(part: int, whole: int) -> str:
    return f"{part / whole:4.0%} of {whole}" if whole else ""


def _print_gaps(health: "Health", now: datetime) -> None:
    rows = [
        (gap.since_at, gap.until_at or "still", span((gap.until_at or now) - gap.since_at), gap.reason)
        for gap in health.not_observed
    ]
    if rows:
        out().print(table(("not observed from", "until (UTC)", "for", "why"), rows))
