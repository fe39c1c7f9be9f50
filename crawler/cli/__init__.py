"""The `milwire` command: a module a group of commands, and one place where failures become one line."""

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.exceptions import Abort, TyperException

from crawler.cli import (
    asof,
    backup,
    browse,
    coverage,
    crawl,
    demo,
    diff,
    events,
    exit_codes,
    export,
    extract,
    import_,
    reparse,
    show,
    sources,
    status,
    verify,
    watch,
)
from crawler.cli.exit_codes import DONE, FAILED, INTERRUPTED

app = typer.Typer(
    name="milwire",
    help="A wire service for U.S. military newsrooms: every release, every silent edit, with the evidence.",
    epilog="Every command says more with --help. Exit codes: 0 done, 1 something failed, 2 wrong usage.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(crawl.crawl)
app.command()(watch.watch)
app.add_typer(sources.app, name="sources")
app.command()(events.search)
app.command()(show.show)
app.command()(diff.diff)
app.command()(events.events)
app.command()(asof.asof)
app.command()(status.status)
app.command()(coverage.coverage)
app.command()(verify.verify)
app.command()(verify.purge)
app.command()(reparse.reparse)
app.command()(backup.backup)
app.command()(browse.browse)
app.command()(export.export)
app.command(name="import")(import_.import_)
app.command()(extract.extract)
app.command()(demo.demo)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"milwire {version('milwire')}")
        raise typer.Exit


@app.callback()
def milwire(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Hold what stands before a command."""


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Return the exit code of a command line; what goes wrong for a user is one line on stderr."""
    _tolerate_any_text()
    try:
        code = app(list(arguments) or ["--help"], prog_name="milwire", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader had enough: `milwire events | head`
        _drop_stdout()
        return FAILED
    except TyperException as error:
        return complain(exit_codes.message(error), exit_codes.code(error))
    except Abort:
        code = INTERRUPTED
    except exit_codes.told() as error:
        return complain(exit_codes.message(error), exit_codes.code(error))
    if code == INTERRUPTED:  # typer's answer to Ctrl-C
        return complain("interrupted; what was stored stays stored", INTERRUPTED)
    return code if isinstance(code, int) else DONE


def complain(message: str, code: int) -> int:
    """Write what went wrong in one line on stderr and return the exit code."""
    from crawler.cli.terminal import note

    note(f"milwire: {message}")
    return code


def _tolerate_any_text() -> None:
    """Let a terminal without Korean letters show escapes instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="backslashreplace")


def _drop_stdout() -> None:
    """Keep Python from complaining about a closed pipe while it shuts down."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
