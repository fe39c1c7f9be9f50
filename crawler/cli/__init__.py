"""The `milwire` command line: registers the commands, one module each, and turns failures into one line."""

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
    feed,
    import_,
    purge,
    reparse,
    search,
    show,
    sources,
    status,
    verify,
    watch,
)
from crawler.cli.exit_codes import DONE, FAILED, INTERRUPTED

PRIVATE = 0o077  # umask: new files are for their owner alone

app = typer.Typer(
    name="milwire",
    help="A wire service for U.S. military newsrooms: every release, every silent edit, with the evidence.",
    epilog="For more on a command: milwire COMMAND --help. Exit codes: 0 done, 1 failed, 2 wrong usage.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("crawl")(crawl.crawl_command)
app.command("watch")(watch.watch_command)
app.add_typer(sources.app, name="sources")
app.command("search", cls=search.SearchCommand)(search.search_command)
app.command("show")(show.show_command)
app.command("diff")(diff.diff_command)
app.command("events")(events.events_command)
app.command("asof")(asof.asof_command)
app.command("status")(status.status_command)
app.command("coverage")(coverage.coverage_command)
app.command("verify")(verify.verify_command)
app.command("purge")(purge.purge_command)
app.command("reparse")(reparse.reparse_command)
app.command("backup")(backup.backup_command)
app.command("browse")(browse.browse_command)
app.command("feed")(feed.feed_command)
app.command("export")(export.export_command)
app.command("import")(import_.import_command)
app.command("extract")(extract.extract_command)
app.command("demo")(demo.demo_command)


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        from importlib.metadata import version

        print(f"milwire {version('milwire')}")
        raise typer.Exit


@app.callback()
def milwire_command(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Take the options that come before a command."""


def main() -> None:
    """Run the command line and exit with its exit code."""
    sys.exit(run_command_line(sys.argv[1:]))


def run_command_line(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code; a user's mistake or a failure is one line on stderr."""
    _tolerate_any_text()
    umask = os.umask(PRIVATE)  # commands with a database follow its milwire.toml
    try:
        code = app(list(arguments) or ["--help"], prog_name="milwire", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader stopped reading: `milwire events | head`
        _drop_stdout()
        return FAILED
    except TyperException as error:
        return print_error(exit_codes.format_error(error), exit_codes.get_exit_code(error))
    except Abort:
        code = INTERRUPTED
    except exit_codes.get_expected_errors() as error:
        return print_error(exit_codes.format_error(error), exit_codes.get_exit_code(error))
    finally:
        os.umask(umask)
    if code == INTERRUPTED:  # typer's answer to Ctrl-C
        return print_error("interrupted; everything stored so far is kept", INTERRUPTED)
    return code if isinstance(code, int) else DONE


def print_error(message: str, code: int) -> int:
    """Print an error in one line on stderr and return the exit code."""
    from crawler.cli.terminal import print_message

    print_message(f"milwire: {message}")
    return code


def _tolerate_any_text() -> None:
    """Show escapes instead of failing on a terminal that cannot show Korean, say."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="backslashreplace")


def _drop_stdout() -> None:
    """Keep Python from complaining about a closed pipe while it shuts down."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
