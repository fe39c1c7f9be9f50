"""What the commands share: common options, opening the database, and the error of a failed command."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.exceptions import TyperException

from storage.models.quoting import quote_value

if TYPE_CHECKING:  # the database is opened by the commands that need it: start-up time
    from crawler.config import Config
    from storage.store import Store


def set_file_mode(db: Path) -> Path:
    """Make new files as `file_mode` in the milwire.toml beside a database says; return the database."""
    from crawler import config

    with suppress(config.ConfigError):  # the commands that need the file say what is wrong with it
        os.umask(config.make_umask(config.load_config(config.find_config_file(db), {}).file_mode))
    return db


DbOption = Annotated[
    Path,
    typer.Option(
        "--db",
        envvar="MILWIRE_DB",
        dir_okay=False,
        help="Database file.",
        show_default=True,
        callback=set_file_mode,
    ),
]
NewsroomOption = Annotated[
    list[str] | None,
    typer.Option(
        "--newsroom",
        "--source",
        metavar="NEWSROOM",
        help="Only these: an id, branch:NAME, tag:NAME or under:NAME; may be given again.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
LogJsonOption = Annotated[bool, typer.Option("--log-json", help="Log to stderr, one JSON object per line.")]


class CommandError(TyperException):
    """A command failed: shown as one line, exit code 1."""


def parse_day_option(text: str) -> date:
    """Return the day of an ISO date; anything else is wrong usage."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{quote_value(text)} is not a date like 2026-11-22") from None


@contextmanager
def open_existing_store(db: Path) -> "Iterator[Store]":
    """Open a database for reading; CommandError where there is none yet."""
    if not db.exists():
        raise CommandError(f"no database at {db}; `milwire crawl` creates one, `milwire demo` shows how")
    from crawler.cli.terminal import print_message
    from storage.db.connection import is_on_read_only_disk
    from storage.store import Store

    store = Store.open(db, read_only=True)
    if is_on_read_only_disk(db):
        print_message(f"{db}: its folder is read-only, so it is read as a file that nobody changes")
    try:
        yield store
    finally:
        store.close()


@contextmanager
def open_store_if_any(db: Path) -> "Iterator[Store | None]":
    """Open a database for reading, or yield None where there is none yet."""
    if not db.exists():
        yield None
        return
    with open_existing_store(db) as store:
        yield store


@contextmanager
def open_store_for_writing(db: Path) -> "Iterator[Store]":
    """Open a database for writing; create it where there is none."""
    from storage.store import Store

    store = Store.open(db)
    try:
        yield store
    finally:
        store.close()


def load_settings(db: Path) -> "Config":
    """Return the configuration of a database; the environment overrides the file. ConfigError if invalid."""
    from crawler import config

    return config.load_config(config.find_config_file(db), os.environ)
