"""What the commands share: options, opening the database, and how they fail."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.exceptions import TyperException

if TYPE_CHECKING:  # the database is opened by the commands that need it: start-up time
    from crawler.config import Config
    from storage.store import Store

Db = Annotated[
    Path,
    typer.Option("--db", envvar="MILWIRE_DB", dir_okay=False, help="The database.", show_default=True),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
LogJson = Annotated[
    bool, typer.Option("--log-json", help="Log what happens on stderr, one JSON object a line.")
]


class CommandError(TyperException):
    """A command that could not do its work: one line, exit code 1."""


def calendar_day(text: str) -> date:
    """Return the day of an ISO date; a wrong one is wrong usage."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date like 2026-11-22") from None


@contextmanager
def existing_store(db: Path) -> "Iterator[Store]":
    """Open a database for reading; CommandError where there is none yet."""
    if not db.exists():
        raise CommandError(f"no database at {db}; `milwire crawl` makes one, `milwire demo` shows how")
    from storage.store import Store

    store = Store.open(db, read_only=True)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def store_if_any(db: Path) -> "Iterator[Store | None]":
    """Open a database for reading, or give None where there is none yet."""
    if not db.exists():
        yield None
        return
    with existing_store(db) as store:
        yield store


@contextmanager
def written_store(db: Path) -> "Iterator[Store]":
    """Open a database for writing and make it where there is none."""
    from storage.store import Store

    store = Store.open(db)
    try:
        yield store
    finally:
        store.close()


def settings(db: Path) -> "Config":
    """Return the configuration beside a database, environment over file; ConfigError names what is wrong."""
    from crawler import config

    return config.load(config.beside(db), os.environ)
