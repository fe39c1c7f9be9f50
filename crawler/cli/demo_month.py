"""How `milwire demo` looks at a newsroom through a month that passes in seconds: on a clock of its own."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.cli.events import print_event
from crawler.cli.options import CommandError
from crawler.cli.terminal import say
from storage.models import Event, EventKind, Source

if TYPE_CHECKING:
    from crawler.config import Config
    from storage.store import Store

TOLD = frozenset({EventKind.PUBLISHED, EventKind.EDITED, EventKind.REMOVED, EventKind.RETURNED})


class Clock:
    """A clock that can be set, and runs on from there: a month takes as long as its looks do."""

    def __init__(self, at: datetime) -> None:
        self.set(at)

    def set(self, at: datetime) -> None:
        """Set the clock."""
        self._at, self._since = at, time.monotonic()

    def __call__(self) -> datetime:
        """Return the time."""
        return self._at + timedelta(seconds=time.monotonic() - self._since)


@contextmanager
def opened(db: Path, clock: Clock) -> Iterator["Store"]:
    """Open a database for writing, on a clock of ours."""
    from storage.store import Store

    store = Store.open(db, clock=clock)
    try:
        yield store
    finally:
        store.close()


def look(store: "Store", source: Source, config: "Config", clock: Clock, *, again: bool) -> list[Event]:
    """Crawl the newsroom, look again at what is known, print what was noticed and return it."""
    from crawler import runner
    from crawler.crawl.pagination import Plan
    from crawler.crawl.run import Run

    events: list[Event] = []
    run = Run(
        source,
        Plan(look_again=again),
        store,
        config,
        clock=clock,
        on_look=lambda _, noted: events.extend(noted),
        on_judged=events.extend,
    )
    loop = runner.loop()
    result = loop.run_until_complete(runner.crawl_source(runner.new_runner(), run))
    if result.failures:
        raise CommandError(f"the demo met a failure: {result.failures[0]}")
    print_noticed(events, is_first=not again)
    return events


def print_noticed(events: list[Event], *, is_first: bool) -> None:
    """Print what a look noticed: each event with its evidence, words in colour."""
    if is_first:
        found = sum(event.kind is EventKind.FOUND for event in events)
        say(f"First crawl: {found} releases found. Since when they were there nobody knows.")
    for event in events:
        if event.kind in TOLD:
            print_event(event)
