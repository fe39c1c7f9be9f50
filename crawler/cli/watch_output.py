"""How a watch tells what happens: to people, as visits for a program, or as a log for machines."""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from crawler.cli import json_logs
from crawler.cli.terminal import note, one_line, plain, print_json, say
from storage.models import HIDDEN_EVENTS, Event, Source

if TYPE_CHECKING:
    from crawler.crawl.run import RunResult
    from crawler.health.monitor import Change

RELOADED = "reloaded: "  # how the watch begins to say that it was


class Voice(Protocol):
    """What a watch is told by."""

    def meet(self, sources: Sequence[Source]) -> None:
        """Take note of the newsrooms that are watched."""

    def started(self, newsrooms: int, hosts: int) -> None:
        """Tell that the watch begins."""

    def visited(self, result: "RunResult", events: Sequence[Event]) -> None:
        """Tell of a visit, and of all that it brought."""

    def changed(self, change: "Change") -> None:
        """Tell of an alarm that begins or ends."""

    def said(self, line: str) -> None:
        """Tell what happened to the watch itself."""

    def stopped(self, line: str) -> None:
        """Tell that the watch ends."""


class Spoken:
    """News on stdout, an event a line; failures, alarms and the watch's own affairs on stderr."""

    def meet(self, sources: Sequence[Source]) -> None:
        """Need no more than what is told."""

    def started(self, newsrooms: int, hosts: int) -> None:
        """Say nothing: a person sees that it begins."""

    def visited(self, result: "RunResult", events: Sequence[Event]) -> None:
        """Print what a visit brought; one without news prints nothing."""
        for event in events:
            if event.kind not in HIDDEN_EVENTS:
                what = event.title or event.posting or ""
                say(one_line(f"{plain(event.at)} {event.source}: {event.kind} {what}"))
        for failure in result.failures:
            note(f"{result.source_id}: {failure}", "red")

    def changed(self, change: "Change") -> None:
        """Print an alarm as it begins and as it ends, a line each."""
        alarm = change.alarm
        if change.has_begun:
            note(f"ALARM {alarm.source}: {alarm.kind}: {alarm.line}. {alarm.advice}", "bold red")
        else:
            note(f"over {alarm.source}: {alarm.kind}, an alarm since {plain(alarm.began_at)} UTC", "green")

    def said(self, line: str) -> None:
        """Print a line."""
        note(line)

    def stopped(self, line: str) -> None:
        """Print a line."""
        note(line)


class Listed(Spoken):
    """Visits on stdout, one JSON object a line (`--json`); all else as for people."""

    def visited(self, result: "RunResult", events: Sequence[Event]) -> None:
        """Print a visit."""
        print_json(result)


class Logged:
    """Everything as one JSON object a line on stderr (`--log-json`)."""

    def __init__(self, *, is_listed: bool = False) -> None:
        self._hosts: dict[str, str] = {}  # of newsrooms by id
        self._is_listed = is_listed  # visits go to stdout too

    def meet(self, sources: Sequence[Source]) -> None:
        """Learn on which hosts newsrooms are."""
        self._hosts |= {source.id: source.host for source in sources}

    def started(self, newsrooms: int, hosts: int) -> None:
        """Log that the watch begins."""
        message = f"watching {newsrooms} newsrooms on {hosts} hosts"
        json_logs.tell("started", message, {"newsrooms": newsrooms, "hosts": hosts})

    def visited(self, result: "RunResult", events: Sequence[Event]) -> None:
        """Log each event and failure of a visit, then the visit."""
        if self._is_listed:
            print_json(result)
        for event in events:
            self.happened(event)
        for failure in result.failures:
            json_logs.tell("failure", failure, self._where(result.source_id), logging.WARNING)
        told = {
            name: getattr(result, name)
            for name in (
                "run_id",
                "state",
                "complete",
                "found",
                "published",
                "edited",
                "requests",
                "verdicts",
            )
        }
        message = f"{result.source_id}: {result.state}, {result.requests} requests"
        json_logs.tell("visit", message, self._where(result.source_id) | told)

    def happened(self, event: Event) -> None:
        """Log a line of the ledger, unless the chain alone needs it."""
        if event.kind in HIDDEN_EVENTS:
            return
        told = {"id": event.id, "posting": event.posting, "release": event.release, "title": event.title}
        message = f"{event.source}: {event.kind} {event.title or event.posting or ''}"
        json_logs.tell("event", message, self._where(event.source) | {"kind": event.kind} | told)

    def changed(self, change: "Change") -> None:
        """Log an alarm that begins or ends."""
        alarm = change.alarm
        name, level = ("alarm_begun", logging.ERROR) if change.has_begun else ("alarm_ended", logging.INFO)
        told = {"since_at": alarm.since_at, "began_at": alarm.began_at, "advice": alarm.advice}
        message = f"{alarm.source}: {alarm.kind}: {alarm.line}"
        json_logs.tell(name, message, self._where(alarm.source) | {"kind": alarm.kind} | told, level)

    def said(self, line: str) -> None:
        """Log what happened to the watch itself."""
        if line.startswith(RELOADED):
            json_logs.tell("reloaded", line, {})
        else:
            json_logs.tell("trouble", line, {}, logging.WARNING)

    def stopped(self, line: str) -> None:
        """Log that the watch ends."""
        json_logs.tell("stopped", line, {})

    def _where(self, source: str | None) -> dict[str, object]:
        return {"source": source, "host": self._hosts.get(source or "")}
