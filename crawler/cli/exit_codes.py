"""How a command that failed says so: the failures that have a line of their own, and their exit codes."""

from typer.exceptions import TyperException

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


def told() -> tuple[type[BaseException], ...]:
    """Return the failures that have a line of their own; imported when one happens, not at start."""
    from crawler.config import ConfigError
    from crawler.parsing.html import ParseError
    from crawler.sources.catalog import SourceError
    from storage.archive.reader import ArchiveError
    from storage.errors import StoreError

    return (ConfigError, ParseError, SourceError, ArchiveError, StoreError, OSError)


def code(error: BaseException) -> int:
    """Return the exit code of a failure: a name that does not exist is wrong usage."""
    from crawler.sources.catalog import SourceError

    if isinstance(error, TyperException):
        return error.exit_code
    return USAGE if isinstance(error, SourceError) else FAILED


def message(error: BaseException) -> str:
    """Return a failure as text, with where to look after wrong usage."""
    if not isinstance(error, TyperException):
        return str(error) or type(error).__name__
    context = getattr(error, "ctx", None)
    hint = f" (try '{context.command_path} --help')" if context else ""
    return error.format_message().rstrip(".") + hint
