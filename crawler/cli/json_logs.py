"""The log of `--log-json`: one JSON object per line on stderr, for log collectors."""

import logging
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import typer
from pythonjsonlogger.json import JsonFormatter
from typer.exceptions import TyperException

from crawler.cli import exit_codes
from crawler.cli.terminal import format_json

NAME = "milwire"  # of our own logger; other loggers log from WARNING on
LOG = logging.getLogger(NAME)


class JsonLinesFormatter(JsonFormatter):
    """Formats whatever is logged, by us or by a library, as one line of JSON."""

    def __init__(self) -> None:
        # `format_json` escapes all control characters, so that no text can start a new line.
        super().__init__(json_serializer=lambda data, **_: format_json(data))

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        """Fill `log_data` with the fields of docs/json.md, then with those of the record itself."""
        log_data |= {
            "at": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "event": getattr(record, "event", "log"),
            "message": record.getMessage(),
        }
        if record.name != NAME:
            log_data["logger"] = record.name
        log_data |= getattr(record, "details", {})
        if "exc_info" in message_dict:
            log_data["traceback"] = message_dict["exc_info"]


def log_json_event(
    event: str, message: str, details: Mapping[str, object], level: int = logging.INFO
) -> None:
    """Log an event with its details."""
    LOG.log(level, "%s", message, extra={"event": event, "details": details})


@contextmanager
def log_as_json() -> Iterator[None]:
    """Write everything logged, warned of or raised as lines of JSON on stderr, and nothing else."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLinesFormatter())
    root, hooks = logging.getLogger(), (threading.excepthook, sys.unraisablehook)
    root.addHandler(handler)
    LOG.setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    threading.excepthook = _log_uncaught
    sys.unraisablehook = _log_uncaught
    _log_twisted()
    try:
        with _log_failures():
            yield
    finally:
        threading.excepthook, sys.unraisablehook = hooks
        logging.captureWarnings(capture=False)
        root.removeHandler(handler)


@contextmanager
def _log_failures() -> Iterator[None]:
    """Log why a command fails, internal errors included, and exit with the matching code."""
    try:
        yield
    except (typer.Exit, typer.Abort):
        raise
    except TyperException as error:
        log_json_event("failed", exit_codes.format_error(error), {}, logging.ERROR)
        raise typer.Exit(exit_codes.get_exit_code(error)) from error
    except exit_codes.get_expected_errors() as error:
        log_json_event("failed", exit_codes.format_error(error), {}, logging.ERROR)
        raise typer.Exit(exit_codes.get_exit_code(error)) from error
    except Exception as error:
        LOG.critical("%r", error, exc_info=True, extra={"event": "failed"})
        raise typer.Exit(exit_codes.FAILED) from error


def _log_uncaught(what: "threading.ExceptHookArgs | sys.UnraisableHookArgs") -> None:
    """Log an error that Python itself would print: it ended a thread, or could not be raised."""
    LOG.error("%r", what.exc_value, extra={"event": "failed"})


def _log_twisted() -> None:
    """Send what Twisted logs to Python's logging; by default Twisted prints failures to stderr."""
    from twisted.logger import STDLibLogObserver, globalLogBeginner

    observer = STDLibLogObserver()
    globalLogBeginner.beginLoggingTo([observer], discardBuffer=True, redirectStandardIO=False)  # type: ignore[list-item]  # mypy does not know zope's interfaces
