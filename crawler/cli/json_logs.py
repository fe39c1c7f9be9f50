"""What happens, as one JSON object a line on stderr (`--log-json`): for machines that collect logs."""

import logging
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

import typer
from typer.exceptions import TyperException

from crawler.cli import exit_codes
from crawler.cli.terminal import format_json

NAME = "milwire"  # of our own logger; what others log is told from WARNING on
LOG = logging.getLogger(NAME)


class JsonLines(logging.Formatter):
    """Makes a line of JSON of whatever is logged, by us or by a library; no text can break out of it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one line."""
        told: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "event": getattr(record, "event", "log"),
            "message": record.getMessage(),
        }
        if record.name != NAME:
            told["logger"] = record.name
        told |= getattr(record, "told", {})
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return format_json(told)


def tell(event: str, message: str, told: Mapping[str, object], level: int = logging.INFO) -> None:
    """Log something that happened, with what belongs to it."""
    LOG.log(level, "%s", message, extra={"event": event, "told": told})


@contextmanager
def as_json() -> Iterator[None]:
    """Let all that is logged, warned of or raised leave as lines of JSON on stderr, and nothing else."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root, hooks = logging.getLogger(), (threading.excepthook, sys.unraisablehook)
    root.addHandler(handler)
    LOG.setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    threading.excepthook = _log_uncaught
    sys.unraisablehook = _log_uncaught
    _hear_twisted()
    try:
        with _failures_logged():
            yield
    finally:
        threading.excepthook, sys.unraisablehook = hooks
        logging.captureWarnings(capture=False)
        root.removeHandler(handler)


@contextmanager
def _failures_logged() -> Iterator[None]:
    """Log how a command fails, by a fault of ours too, and end with the exit code of that."""
    try:
        yield
    except (typer.Exit, typer.Abort):
        raise
    except TyperException as error:
        tell("failed", exit_codes.format_error(error), {}, logging.ERROR)
        raise typer.Exit(exit_codes.get_exit_code(error)) from error
    except exit_codes.get_expected_errors() as error:
        tell("failed", exit_codes.format_error(error), {}, logging.ERROR)
        raise typer.Exit(exit_codes.get_exit_code(error)) from error
    except Exception as error:
        LOG.critical("%r", error, exc_info=True, extra={"event": "failed"})
        raise typer.Exit(exit_codes.FAILED) from error


def _log_uncaught(what: "threading.ExceptHookArgs | sys.UnraisableHookArgs") -> None:
    """Log what Python would write to stderr by itself: it ended a thread, or could not be raised anywhere."""
    LOG.error("%r", what.exc_value, extra={"event": "failed"})


def _hear_twisted() -> None:
    """Take what Twisted logs to the log of Python; by itself it writes failures to stderr as text."""
    from twisted.logger import STDLibLogObserver, globalLogBeginner

    observer = STDLibLogObserver()
    globalLogBeginner.beginLoggingTo([observer], discardBuffer=True, redirectStandardIO=False)  # type: ignore[list-item]  # zope's interfaces say nothing to mypy
